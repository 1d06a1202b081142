//! The key ring: a directory a department.

use std::fs;
use std::path::{Path, PathBuf};

use ledger::crypto::{KeyId, SecretKey};
use ledger::types::DepartmentId;

use super::card::KeyCard;
use super::secret::{Passphrase, create_private_dir, open, seal};
use crate::error::CliError;
use crate::files;
use crate::reason::why;

/// Name of a key in the ring: `department/name`, both lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyName {
    /// Its department.
    pub(crate) department: DepartmentId,
    /// Its name within the department.
    pub(crate) name: String,
}

impl std::str::FromStr for KeyName {
    type Err = CliError;

    fn from_str(text: &str) -> Result<Self, CliError> {
        let refused = || CliError::value("KEY", why("reason-key-name").with("name", text));
        let (department, name) = text.split_once('/').ok_or_else(refused)?;
        let department: DepartmentId = department.parse().map_err(|_| refused())?;
        // The same alphabet as a department's name: no dot and no slash can lead out of the ring.
        let name: DepartmentId = name.parse().map_err(|_| refused())?;
        Ok(Self { department, name: name.to_string() })
    }
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.department, self.name)
    }
}

/// A directory of keys.
#[derive(Clone, Debug)]
pub(crate) struct KeyRing {
    root: PathBuf,
}

/// A public side is a few lines.
const CARD_BYTES_MAX: u64 = 16 * 1024;

impl KeyRing {
    /// The ring in a directory, which need not exist.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    fn secret_path(&self, name: &KeyName) -> PathBuf {
        self.root.join(name.department.as_str()).join(format!("{}.key.age", name.name))
    }

    fn card_path(&self, name: &KeyName) -> PathBuf {
        self.root.join(name.department.as_str()).join(format!("{}.toml", name.name))
    }

    /// Adds a key. Neither file is ever overwritten.
    ///
    /// # Errors
    /// `KeyExists`; files cannot be written.
    pub(crate) fn add(
        &self,
        name: &KeyName,
        key: &SecretKey,
        card: &KeyCard,
        passphrase: &Passphrase,
        work_factor: u8,
    ) -> Result<(), CliError> {
        let (secret, public) = (self.secret_path(name), self.card_path(name));
        if secret.exists() || public.exists() {
            return Err(CliError::KeyExists { name: name.to_string() });
        }
        if let Some(directory) = secret.parent() {
            create_private_dir(directory)?;
        }
        files::create_private(&secret, &seal(key, passphrase, work_factor)?)?;
        files::create(&public, card.to_toml().as_bytes())
    }

    /// The public side of a key.
    ///
    /// # Errors
    /// `KeyNotFound`; the file cannot be read or is no card.
    pub(crate) fn card(&self, name: &KeyName) -> Result<KeyCard, CliError> {
        let path = self.card_path(name);
        if !path.exists() {
            return Err(CliError::KeyNotFound { name: name.to_string(), ring: self.root.clone() });
        }
        read_card(&path)
    }

    /// The secret side of a key, checked against the public one.
    ///
    /// # Errors
    /// As [`KeyRing::card`]; the passphrase is wrong; the two sides do not belong together.
    pub(crate) fn secret(&self, name: &KeyName, passphrase: &Passphrase) -> Result<SecretKey, CliError> {
        let card = self.card(name)?;
        let path = self.secret_path(name);
        let key = open(&path, &name.to_string(), passphrase)?;
        if key.public() != card.public {
            return Err(CliError::format(&path, why("reason-key-sides")));
        }
        Ok(key)
    }

    /// Every key of the ring, by name.
    ///
    /// # Errors
    /// A directory or a card cannot be read.
    pub(crate) fn list(&self, department: Option<&DepartmentId>) -> Result<Vec<(KeyName, KeyCard)>, CliError> {
        let mut found = Vec::new();
        for directory in entries(&self.root)? {
            let Some(name) = directory.file_name().and_then(|name| name.to_str()) else { continue };
            let Ok(owner) = name.parse::<DepartmentId>() else { continue };
            if department.is_some_and(|wanted| *wanted != owner) || !directory.is_dir() {
                continue;
            }
            for file in entries(&directory)? {
                let stem = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".toml"));
                let Some(name) = stem.and_then(|stem| format!("{owner}/{stem}").parse::<KeyName>().ok()) else {
                    continue;
                };
                found.push((name, read_card(&file)?));
            }
        }
        found.sort_by_key(|(name, _)| name.to_string());
        Ok(found)
    }

    /// The id of a key that is named either by its place in the ring or by its 64 hex digits.
    ///
    /// # Errors
    /// `KeyNotFound` or `Value`.
    pub(crate) fn id_of(&self, text: &str) -> Result<KeyId, CliError> {
        if let Ok(id) = text.parse::<KeyId>() {
            return Ok(id);
        }
        self.card(&text.parse()?).map(|card| card.id())
    }
}

fn read_card(path: &Path) -> Result<KeyCard, CliError> {
    let text = files::read_text(path, CARD_BYTES_MAX)?;
    KeyCard::from_toml(&text).map_err(|reason| CliError::format(path, reason))
}

/// What a directory holds; nothing if it does not exist.
fn entries(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    match fs::read_dir(path) {
        Ok(entries) => {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(CliError::read(path))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(CliError::read(path)(error)),
    }
}
