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
use crate::keys::{KeyCard, KeyName, Passphrase, Prompt, unlock};
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
    passphrase_files: Vec<PathBuf>,
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
            passphrase_files: global.passphrase_files,
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

    /// The passphrase of a key about to be made, after `others` that this command opens.
    ///
    /// # Errors
    /// As [`Passphrase::chosen`]; `PassphraseFiles`.
    pub(crate) fn new_passphrase(&self, others: usize) -> Result<Passphrase, CliError> {
        let files = self.files(others + 1)?;
        Passphrase::chosen(files.get(others).or(files.first()).map(PathBuf::as_path), &self.words)
    }

    /// The passphrase files that were named: none, one for all keys, or one for each.
    fn files(&self, keys: usize) -> Result<&[PathBuf], CliError> {
        match self.passphrase_files.len() {
            files if files > 1 && files != keys => Err(CliError::PassphraseFiles { files, keys }),
            _ => Ok(&self.passphrase_files),
        }
    }

    /// Opens keys of the ring.
    ///
    /// # Errors
    /// As [`App::signers_before`].
    pub(crate) fn signers<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<Vec<Signer>, CliError> {
        self.signers_before(names, 0)
    }

    /// Opens keys of the ring, the first of those of this command; `later` further ones come after them.
    ///
    /// # Errors
    /// A key is not there or is named twice, or its passphrase does not open it; `PassphraseFiles`.
    pub(crate) fn signers_before<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        later: usize,
    ) -> Result<Vec<Signer>, CliError> {
        let ring = self.home.ring();
        let names = names.into_iter().map(str::parse).collect::<Result<Vec<KeyName>, _>>()?;
        let cards = names.iter().map(|name| ring.card(name)).collect::<Result<Vec<_>, _>>()?;
        // The rules would refuse it in other words.
        let twice = (1..cards.len()).find(|&at| cards[..at].iter().any(|card| card.id() == cards[at].id()));
        if let Some(at) = twice {
            return Err(CliError::KeyTwice { name: names[at].to_string() });
        }
        let given = match self.files(names.len() + later)? {
            [] => Passphrase::given(None)?.into_iter().collect(),
            files => files
                .iter()
                .map(|file| Passphrase::given(Some(file)))
                .filter_map(Result::transpose)
                .collect::<Result<_, _>>()?,
        };
        let keys = unlock(&ring, &names, given, &mut |prompt| Passphrase::asked(&self.prompt(&prompt)))?;
        let signers = names.into_iter().zip(cards).zip(keys);
        Ok(signers.map(|((name, card), key)| Signer { name, card, key }).collect())
    }

    /// What a person is asked for, by the names of the keys.
    pub(crate) fn prompt(&self, prompt: &Prompt<'_>) -> String {
        let shown = |names: &[KeyName]| {
            names.iter().map(ToString::to_string).collect::<Vec<_>>().join(&self.words.say("list-join"))
        };
        match prompt {
            Prompt::First([first, others @ ..]) if !others.is_empty() => {
                self.say("ask-passphrase-first", &[("key", &first.to_string()), ("others", &shown(others))])
            }
            Prompt::First(names) => self.say("ask-passphrase", &[("key", &shown(names))]),
            Prompt::Own(name) => self.say("ask-passphrase-own", &[("key", &name.to_string())]),
        }
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
