//! Salts and look-up codes of records made here: one private file a record.
//!
//! ```text
//! secrets/<record id>.secret    canonical CBOR, mode 0600; written before the statement leaves this computer
//! ```
//!
//! Whoever loses a salt can never again show what a commitment stands for; whoever destroys it has erased it. So a
//! file is only ever replaced as a whole, and what it held before stays in it.

use std::fs;
use std::path::{Path, PathBuf};

use identity::Disclosure;
use ledger::cbor_map;
use ledger::codec::{self, Bytes, CodecError, ValueRule};
use ledger::types::{ChainId, RecordId};

use crate::app::{App, random};
use crate::error::CliError;
use crate::files;

/// Version of the format.
const SECRET_VERSION: u64 = 1;
/// Bound of a file: a few thousand openings of at most 4 KiB.
pub(crate) const SECRET_BYTES_MAX: usize = 4 * 1024 * 1024;

cbor_map! {
    /// What opens the commitments of one record.
    pub struct SecretFile {
        /// Version of the format, 1.
        1 => version: u64,
        /// Chain of the record.
        2 => chain: ChainId,
        /// Path of the record.
        3 => record: String,
        /// Openings, each the canonical form of an `identity::Disclosure`, oldest first.
        4 => openings: Vec<Bytes>,
    }
}

impl SecretFile {
    /// A file that opens nothing yet.
    pub(crate) fn new(chain: ChainId, record: &str) -> Self {
        Self { version: SECRET_VERSION, chain, record: record.to_owned(), openings: Vec::new() }
    }

    /// Reads the canonical form.
    ///
    /// # Errors
    /// [`CodecError`]: not canonical, another version, or an opening that cannot be read.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let file: Self = codec::decode(bytes, SECRET_BYTES_MAX)?;
        ValueRule::Version("a secret file").require(file.version == SECRET_VERSION)?;
        file.disclosures()?;
        Ok(file)
    }

    /// What it opens.
    ///
    /// # Errors
    /// An opening that cannot be read.
    pub(crate) fn disclosures(&self) -> Result<Vec<Disclosure>, CodecError> {
        self.openings.iter().map(|bytes| Disclosure::from_bytes(bytes)).collect()
    }

    /// Adds what is not in it yet.
    fn add(&mut self, disclosures: &[Disclosure]) {
        for bytes in disclosures.iter().map(Disclosure::to_bytes) {
            if !self.openings.iter().any(|present| present.0 == bytes) {
                self.openings.push(bytes.into());
            }
        }
    }

    /// Writes it as a new private file.
    ///
    /// # Errors
    /// `FileExists`; `FileWrite`.
    pub(crate) fn create(&self, path: &Path) -> Result<(), CliError> {
        files::create_private(path, &codec::encode(self))
    }
}

/// The secrets of one home directory.
pub(crate) struct Secrets {
    root: PathBuf,
}

impl Secrets {
    /// The store of this home directory; it need not exist.
    pub(crate) fn of(app: &App) -> Self {
        Self { root: app.home.secrets() }
    }

    /// Where the secrets of a record are.
    pub(crate) fn path(&self, record: &RecordId) -> PathBuf {
        self.root.join(format!("{record}.secret"))
    }

    /// What is kept of a record; nothing if it was not made here.
    ///
    /// # Errors
    /// The file cannot be read or is damaged.
    pub(crate) fn of_record(&self, record: &RecordId) -> Result<Vec<Disclosure>, CliError> {
        let path = self.path(record);
        Ok(match read(&path)? {
            Some(file) => file.disclosures().map_err(|error| CliError::format(&path, error))?,
            None => Vec::new(),
        })
    }

    /// Keeps what opens commitments of a record, beside what is kept already.
    ///
    /// # Errors
    /// The file cannot be read or written; nothing is lost then.
    pub(crate) fn keep(
        &self,
        chain: &ChainId,
        path_of_record: &str,
        record: &RecordId,
        disclosures: &[Disclosure],
    ) -> Result<(), CliError> {
        let path = self.path(record);
        private_directory(&self.root)?;
        let found = read(&path)?;
        let mut file = found.unwrap_or_else(|| SecretFile::new(chain.clone(), path_of_record));
        file.add(disclosures);
        // Whole or not at all: the old file stands until the new one is on the disk.
        let draft = path.with_extension(format!("{}.draft", hex::encode(random::<8>())));
        file.create(&draft)?;
        fs::rename(&draft, &path).map_err(CliError::write(&path))
    }
}

fn read(path: &Path) -> Result<Option<SecretFile>, CliError> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read(path, SECRET_BYTES_MAX as u64)?;
    SecretFile::decode(&bytes).map(Some).map_err(|error| CliError::format(path, error))
}

/// Makes a directory that its owner alone may look into.
fn private_directory(path: &Path) -> Result<(), CliError> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(CliError::write(path))
}

#[cfg(test)]
mod tests {
    use identity::{DocumentHasher, DocumentSecret, LookupCode};
    use rand_core::OsRng;

    use super::*;

    fn disclosures() -> Vec<Disclosure> {
        let code = LookupCode::random(&mut OsRng);
        vec![
            Disclosure::Document(DocumentSecret::new(DocumentHasher::new().finish(), None, &mut OsRng)),
            Disclosure::Lookup(identity::disclosure::LookupDisclosure { code, number: None }),
        ]
    }

    #[test]
    fn secrets_add_up_and_stay_private() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("a directory");
        let secrets = Secrets { root: directory.path().join("secrets") };
        let (record, chain) = (RecordId([7; 16]), "sample-00".parse().expect("a chain id"));
        let all = disclosures();
        assert_eq!(secrets.of_record(&record).expect("nothing yet"), Vec::new());
        for one in [&all[..1], &all[1..], &all[..]] {
            secrets.keep(&chain, "certificate/07", &record, one).expect("kept");
        }
        assert_eq!(secrets.of_record(&record).expect("read"), all);
        let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&secrets.root), mode(&secrets.path(&record))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&secrets.root).expect("a directory").count(), 1);
    }

    #[test]
    fn a_damaged_file_is_refused_and_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let secrets = Secrets { root: directory.path().to_owned() };
        let (record, chain) = (RecordId([7; 16]), "sample-00".parse().expect("a chain id"));
        fs::write(secrets.path(&record), b"\0\0\0").expect("written");
        assert!(secrets.keep(&chain, "certificate/07", &record, &disclosures()).is_err());
        assert_eq!(fs::read(secrets.path(&record)).expect("there"), b"\0\0\0");
    }
}
