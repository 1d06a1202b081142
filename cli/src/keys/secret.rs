//! Secret keys under a passphrase.

use std::fs;
use std::io::IsTerminal;
use std::path::Path;

use age::scrypt;
use age::secrecy::{ExposeSecret, SecretString};
use ledger::crypto::SecretKey;
use zeroize::Zeroizing;

use crate::catalogue::Words;
use crate::error::CliError;
use crate::reason::why;

/// Cost of guessing that new files get: 2^18 rounds of scrypt, about a second on a desk computer.
pub(crate) const WORK_FACTOR: u8 = 18;
/// Below this a file is good for trying things out only, and `yinxin` says so.
pub(crate) const WORK_FACTOR_SAFE: u8 = 15;
/// Above this a file would take minutes and gigabytes to open; such files are refused.
pub(crate) const WORK_FACTOR_MAX: u8 = 22;

/// Least length of a new passphrase, in characters.
const PASSPHRASE_CHARS_MIN: usize = 8;
/// Longest line of a passphrase file.
const PASSPHRASE_BYTES_MAX: u64 = 4_096;
/// An age file around one short line.
pub(crate) const KEY_FILE_BYTES_MAX: u64 = 16 * 1024;

const LABEL: &str = "yinxin-secret-key:ed25519-sha256:";

/// The passphrase of key files. Wiped when dropped; shows nothing in debug output.
#[derive(Clone)]
pub(crate) struct Passphrase(SecretString);

impl Passphrase {
    /// Takes a passphrase.
    pub(crate) fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The passphrase of files about to be made; at a terminal it is asked for twice.
    ///
    /// # Errors
    /// As [`Passphrase::given`] and [`Passphrase::asked`]; shorter than 8 characters; two different entries.
    pub(crate) fn chosen(file: Option<&Path>, words: &Words) -> Result<Self, CliError> {
        let passphrase = match Self::given(file)? {
            Some(passphrase) => passphrase,
            None => {
                let first = Self::asked(&words.say("ask-new-passphrase"))?;
                let second = Self::asked(&words.say("ask-passphrase-again"))?;
                if first.0.expose_secret() != second.0.expose_secret() {
                    return Err(CliError::PassphraseMismatch);
                }
                first
            }
        };
        if passphrase.0.expose_secret().chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(CliError::PassphraseShort { chars_min: PASSPHRASE_CHARS_MIN });
        }
        Ok(passphrase)
    }

    /// From the file named or the environment variable `YINXIN_PASSPHRASE`.
    ///
    /// # Errors
    /// The file cannot be read; `PassphraseEmpty`.
    pub(crate) fn given(file: Option<&Path>) -> Result<Option<Self>, CliError> {
        if let Some(path) = file {
            let bytes = Zeroizing::new(crate::files::read(path, PASSPHRASE_BYTES_MAX)?);
            let text = std::str::from_utf8(&bytes).map_err(|_| CliError::format(path, why("reason-not-utf8")))?;
            return match text.lines().next() {
                // No key has an empty one: the person has to look at the file, not at the key.
                None | Some("") => Err(CliError::PassphraseEmpty { path: path.to_owned() }),
                Some(line) => Ok(Some(Self::new(line.to_owned()))),
            };
        }
        Ok(std::env::var("YINXIN_PASSPHRASE").ok().filter(|text| !text.is_empty()).map(Self::new))
    }

    /// From the terminal.
    ///
    /// # Errors
    /// `PassphraseMissing`: there is none to ask.
    pub(crate) fn asked(prompt: &str) -> Result<Self, CliError> {
        if !std::io::stdin().is_terminal() {
            return Err(CliError::PassphraseMissing);
        }
        rpassword::prompt_password(prompt).map(Self::new).map_err(|_| CliError::PassphraseMissing)
    }
}

/// Encrypts a secret key.
///
/// # Errors
/// Only a fault of this machine.
pub(crate) fn seal(key: &SecretKey, passphrase: &Passphrase, work_factor: u8) -> Result<Vec<u8>, CliError> {
    let mut recipient = scrypt::Recipient::new(passphrase.0.clone());
    recipient.set_work_factor(work_factor);
    let seed = Zeroizing::new(key.seed());
    let text = Zeroizing::new(format!("{LABEL}{}\n", *Zeroizing::new(hex::encode(*seed))));
    age::encrypt_and_armor(&recipient, text.as_bytes())
        .map(String::into_bytes)
        .map_err(|error| CliError::fault(format!("age: {error}")))
}

/// Decrypts a secret key.
///
/// # Errors
/// `PassphraseWrong`, or `FileFormat` for a file that is no key file of ours.
pub(crate) fn open(path: &Path, name: &str, passphrase: &Passphrase) -> Result<SecretKey, CliError> {
    let sealed = crate::files::read(path, KEY_FILE_BYTES_MAX)?;
    let mut identity = scrypt::Identity::new(passphrase.0.clone());
    identity.set_max_work_factor(WORK_FACTOR_MAX);
    let plain = age::decrypt(&identity, &sealed).map(Zeroizing::new).map_err(|error| match error {
        age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => {
            CliError::PassphraseWrong { name: name.to_owned() }
        }
        other => CliError::format(path, why("reason-key-file").said(other)),
    })?;
    let not_ours = || CliError::format(path, why("reason-key-file"));
    let line = std::str::from_utf8(&plain).map_err(|_| not_ours())?;
    let digits = line.trim_end().strip_prefix(LABEL).ok_or_else(not_ours)?;
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, seed.as_mut_slice()).map_err(|_| not_ours())?;
    Ok(SecretKey::from_seed(&seed))
}

/// Whether a directory that holds secrets is closed to others.
pub(crate) fn create_private_dir(path: &Path) -> Result<(), CliError> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(CliError::write(path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(CliError::write(path))
}
