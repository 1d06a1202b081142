//! What every command is given: words, output, home directory, keys, nodes, trust.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use ledger::crypto::SecretKey;
use ledger::types::TimeMs;
use rand_core::{OsRng, RngCore};

use crate::args::Global;
use crate::catalogue::Words;
use crate::error::CliError;
use crate::given::Given;
use crate::home::Home;
use crate::keys::{KeyCard, KeyName, Passphrase};
use crate::output::Output;

/// One run of `yinxin`.
pub(crate) struct App {
    /// The words of the chosen language.
    pub(crate) words: Words,
    /// Where results go.
    pub(crate) out: Output,
    /// The home directory.
    pub(crate) home: Home,
    /// Nodes named on the command line or in the environment.
    pub(crate) nodes: Vec<String>,
    /// What a suggested command carries along.
    pub(crate) given: Given,
    trust: Option<PathBuf>,
    passphrase_file: Option<PathBuf>,
}

/// A key that signs.
pub(crate) struct Signer {
    /// Its name in the key ring.
    pub(crate) name: KeyName,
    /// Its public side.
    pub(crate) card: KeyCard,
    /// Its secret side.
    pub(crate) key: SecretKey,
}

impl App {
    /// Takes what holds for every command.
    pub(crate) fn new(global: Global, words: Words) -> Self {
        Self {
            words,
            out: Output::new(global.output),
            home: Home::new(global.home),
            nodes: global.nodes,
            given: Given::default(),
            trust: global.trust,
            passphrase_file: global.passphrase_file,
        }
    }

    /// With what the line gave.
    pub(crate) fn with(self, given: Given) -> Self {
        Self { given, ..self }
    }

    /// A sentence of the catalogue.
    pub(crate) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.words.with(key, values)
    }

    /// Sentences in one line, as the language sets them.
    pub(crate) fn sentences(&self, all: &[&str]) -> String {
        all.join(&self.words.say("sentence-join"))
    }

    /// Whether a node is named on the command line, in the environment or in the settings.
    pub(crate) fn knows_a_node(&self) -> bool {
        !self.nodes.is_empty() || self.home.settings().is_ok_and(|settings| !settings.nodes.is_empty())
    }

    /// The language in which rejections of the ledger speak.
    pub(crate) fn language(&self) -> ledger::rejection::Language {
        self.words.lang().language()
    }

    /// The trust file that was named, else the one of the home directory.
    pub(crate) fn trust_path(&self) -> PathBuf {
        self.trust.clone().unwrap_or_else(|| self.home.trust_path())
    }

    /// The passphrase of keys that exist.
    ///
    /// # Errors
    /// As [`Passphrase::existing`].
    pub(crate) fn passphrase(&self) -> Result<Passphrase, CliError> {
        Passphrase::existing(self.passphrase_file.as_deref(), &self.words)
    }

    /// The passphrase of keys about to be made.
    ///
    /// # Errors
    /// As [`Passphrase::chosen`].
    pub(crate) fn new_passphrase(&self) -> Result<Passphrase, CliError> {
        Passphrase::chosen(self.passphrase_file.as_deref(), &self.words)
    }

    /// Opens keys of the ring under one passphrase, which is asked for once.
    ///
    /// # Errors
    /// A key is not there, or the passphrase does not open it.
    pub(crate) fn signers<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Signer>, CliError> {
        let ring = self.home.ring();
        let named = names
            .into_iter()
            .map(|text| text.parse::<KeyName>().and_then(|name| ring.card(&name).map(|card| (name, card))))
            .collect::<Result<Vec<_>, _>>()?;
        let passphrase = self.passphrase()?;
        named
            .into_iter()
            .map(|(name, card)| ring.secret(&name, &passphrase).map(|key| Signer { name, card, key }))
            .collect()
    }

    /// Opens one key of the ring.
    ///
    /// # Errors
    /// As [`App::signers`].
    pub(crate) fn signer(&self, name: &str) -> Result<Signer, CliError> {
        let mut signers = self.signers([name])?;
        signers.pop().ok_or_else(|| CliError::fault("one name gives one key"))
    }

    /// This machine's clock.
    pub(crate) fn now(&self) -> TimeMs {
        now()
    }
}

/// This machine's clock.
pub(crate) fn now() -> TimeMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimeMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Random bytes of the operating system: ids of records, nonces, pseudonyms.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
