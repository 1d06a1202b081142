//! What can go wrong at the command line: one enum, each case with a stable word, a plain sentence and what to do next.
//!
//! The sentences are in the catalogue under `error-<slug>`, the advice under `error-<slug>.next`; `Display` is for
//! developers and for the JSON output's `detail`.

mod outcome;

use std::path::{Path, PathBuf};

use crate::catalogue::Words;
use crate::output::inert;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A file that was named cannot be read.
    #[error("cannot read {path}")]
    FileRead {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    FileWrite {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is there already and is not overwritten.
    #[error("{path} exists")]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// A file is longer than anything of its kind.
    #[error("{path} is longer than {size_bytes_max} bytes")]
    FileTooBig {
        /// The file.
        path: PathBuf,
        /// The bound.
        size_bytes_max: u64,
    },
    /// A file is not of the kind that was expected.
    #[error("{path}: {reason}")]
    FileFormat {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A finished certificate is a PDF file, and this is none.
    #[error("{path} is no PDF file: {reason}")]
    NotPdf {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// There is no bundle beside a file, or more than one.
    #[error("no bundle at {path}")]
    BundleMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// No office of the consortium has these words in its certificate numbers.
    #[error("no office has the number word {word}")]
    WordUnknown {
        /// The words.
        word: String,
    },
    /// A value on the command line or in a file is out of its range.
    #[error("{what}: {reason}")]
    Value {
        /// Which value.
        what: String,
        /// What does not fit.
        reason: String,
    },
    /// There is no passphrase and nobody to ask.
    #[error("no passphrase and no terminal to ask for it")]
    PassphraseMissing,
    /// The passphrase does not open the key file.
    #[error("wrong passphrase for {name}")]
    PassphraseWrong {
        /// The key.
        name: String,
    },
    /// The two entries of a new passphrase differ.
    #[error("the two passphrases differ")]
    PassphraseMismatch,
    /// A new passphrase is too short.
    #[error("passphrase shorter than {chars_min} characters")]
    PassphraseShort {
        /// The least length.
        chars_min: usize,
    },
    /// No such key in the key ring.
    #[error("no key {name} in {ring}")]
    KeyNotFound {
        /// The key.
        name: String,
        /// The key ring.
        ring: PathBuf,
    },
    /// A key of this name is there already.
    #[error("key {name} exists")]
    KeyExists {
        /// The key.
        name: String,
    },
    /// No trust file: nothing an answer could be checked against.
    #[error("no trust file at {path}")]
    TrustMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// No node to ask.
    #[error("no node named")]
    NodesMissing,
    /// None of the nodes answered.
    #[error("no node answered; the last said: {reason}")]
    Unreachable {
        /// What happened at the last of them.
        reason: String,
    },
    /// A node answered something that is no answer.
    #[error("{node} gave an unusable answer: {reason}")]
    Answer {
        /// The node.
        node: String,
        /// What does not fit.
        reason: String,
    },
    /// The rules of the ledger or the node refused.
    #[error("refused with {status} {slug}: {detail}")]
    Refused {
        /// HTTP status; decides how the run ends.
        status: u16,
        /// Stable word of the reason.
        slug: String,
        /// Stable number of the reason, 0 if there is none.
        code: u32,
        /// Sentence of the node, in the language that was asked for.
        detail: String,
        /// Whose word it is; `None` where this program found out by itself.
        node: Option<String>,
    },
    /// It was taken and is not on the ledger yet.
    #[error("transaction {transaction} is pending")]
    Pending {
        /// The transaction.
        transaction: String,
    },
    /// It was taken and ran out before a block held it.
    #[error("transaction {transaction} expired")]
    Expired {
        /// The transaction.
        transaction: String,
    },
    /// The node neither holds it nor remembers it.
    #[error("the node does not know transaction {transaction}")]
    TransactionUnknown {
        /// The transaction.
        transaction: String,
    },
    /// Proven absent.
    #[error("{what} is not on the ledger")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// A proof is broken or forged.
    #[error("the proof does not hold")]
    Forged {
        /// The step that failed.
        #[source]
        source: ledger::error::VerifyError,
    },
    /// The proof could neither be confirmed nor refuted with this trust file.
    #[error("cannot tell: {reason}")]
    CannotTell {
        /// Why.
        reason: String,
    },
    /// No node has come to a height that is proven already.
    #[error("height {height} is proven, and the nodes still show {found}")]
    Behind {
        /// The height.
        height: u64,
        /// Height of the newest answer.
        found: u64,
    },
    /// The proof says that a newer program made it.
    #[error("made by a newer program")]
    NewerProgram,
    /// A file was named as a bundle and is none.
    #[error("{path} is no bundle")]
    NotBundle {
        /// The file.
        path: PathBuf,
    },
    /// The directory of a new consortium holds something.
    #[error("{path} is not empty")]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// There is no consortium in a directory.
    #[error("no network.toml in {path}")]
    NoNetwork {
        /// The directory.
        path: PathBuf,
    },
    /// `yinxin-node` is not where it should be.
    #[error("no yinxin-node at {path}")]
    ProgramMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Somebody else listens where a node is to listen.
    #[error("{address}, where the node of {department} is to listen, is taken")]
    AddressTaken {
        /// Its department.
        department: String,
        /// The address.
        address: std::net::SocketAddr,
    },
    /// A node ended while it was starting.
    #[error("the node of {department} ended while starting")]
    NodeEnded {
        /// Its department.
        department: String,
        /// Its log.
        log: PathBuf,
    },
    /// A node was not ready in time.
    #[error("the node of {department} is not ready after {seconds} s")]
    NodeNotReady {
        /// Its department.
        department: String,
        /// How long it was waited for.
        seconds: u64,
        /// Its log.
        log: PathBuf,
    },
    /// A measurement that cannot be believed.
    #[error("the measurement is worthless: {reason}")]
    Bench {
        /// Why.
        reason: String,
    },
    /// This machine failed.
    #[error("{what}")]
    Fault {
        /// What failed.
        what: String,
    },
}

impl CliError {
    /// Wraps the error of reading a file.
    pub(crate) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::FileRead { path, source }
    }

    /// Wraps the error of writing a file.
    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::FileWrite { path, source }
    }

    /// A value out of its range.
    pub(crate) fn value(what: &str, reason: impl ToString) -> Self {
        Self::Value { what: what.to_owned(), reason: reason.to_string() }
    }

    /// A file that is not of the expected kind.
    pub(crate) fn format(path: &Path, reason: impl ToString) -> Self {
        Self::FileFormat { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The stable word of this error.
    pub(crate) fn slug(&self) -> &'static str {
        match self {
            Self::FileRead { .. } => "file-read",
            Self::FileWrite { .. } => "file-write",
            Self::FileExists { .. } => "file-exists",
            Self::FileTooBig { .. } => "file-too-big",
            Self::FileFormat { .. } => "file-format",
            Self::NotPdf { .. } => "not-a-pdf",
            Self::BundleMissing { .. } => "bundle-missing",
            Self::WordUnknown { .. } => "word-unknown",
            Self::Value { .. } => "value",
            Self::PassphraseMissing => "passphrase-missing",
            Self::PassphraseWrong { .. } => "passphrase-wrong",
            Self::PassphraseMismatch => "passphrase-mismatch",
            Self::PassphraseShort { .. } => "passphrase-short",
            Self::KeyNotFound { .. } => "key-not-found",
            Self::KeyExists { .. } => "key-exists",
            Self::TrustMissing { .. } => "trust-missing",
            Self::NodesMissing => "nodes-missing",
            Self::Unreachable { .. } => "unreachable",
            Self::Answer { .. } => "answer",
            Self::Refused { .. } => "refused",
            Self::Pending { .. } => "pending",
            Self::Expired { .. } => "expired",
            Self::TransactionUnknown { .. } => "transaction-unknown",
            Self::NotFound { .. } => "not-found",
            Self::Forged { .. } => "forged",
            Self::CannotTell { .. } => "cannot-tell",
            Self::Behind { .. } => "behind",
            Self::NewerProgram => "newer-program",
            Self::NotBundle { .. } => "not-a-bundle",
            Self::NotEmpty { .. } => "not-empty",
            Self::NoNetwork { .. } => "no-network",
            Self::ProgramMissing { .. } => "program-missing",
            Self::AddressTaken { .. } => "address-taken",
            Self::NodeEnded { .. } => "node-ended",
            Self::NodeNotReady { .. } => "node-not-ready",
            Self::Bench { .. } => "bench",
            Self::Fault { .. } => "fault",
        }
    }

    /// The sentence a person reads: what happened.
    pub(crate) fn sentence(&self, words: &Words) -> String {
        let values = self.values();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let sentence = words.with(&format!("error-{}", self.slug()), &values);
        match self {
            Self::Refused { node: Some(node), .. } => {
                words.with("refused-by", &[("sentence", &sentence), ("node", &inert(node))])
            }
            _ => sentence,
        }
    }

    /// What to do next.
    pub(crate) fn next(&self, words: &Words) -> Option<String> {
        let values = self.values();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        words.find(&format!("error-{}.next", self.slug()), &values)
    }

    /// The values that sentences name.
    ///
    /// They come from files, nodes and command lines: none of them can begin a line of its own.
    fn values(&self) -> Vec<(&'static str, String)> {
        self.raw_values().into_iter().map(|(name, value)| (name, inert(&value))).collect()
    }

    fn raw_values(&self) -> Vec<(&'static str, String)> {
        let shown = |path: &PathBuf| path.display().to_string();
        match self {
            Self::FileRead { path, source } | Self::FileWrite { path, source } => {
                vec![("path", shown(path)), ("reason", source.to_string())]
            }
            Self::FileTooBig { path, size_bytes_max } => {
                vec![("path", shown(path)), ("max", size_bytes_max.to_string())]
            }
            Self::FileFormat { path, reason } | Self::NotPdf { path, reason } => {
                vec![("path", shown(path)), ("reason", reason.clone())]
            }
            Self::WordUnknown { word } => vec![("word", word.clone())],
            Self::Value { what, reason } => vec![("what", what.clone()), ("reason", reason.clone())],
            Self::PassphraseShort { chars_min } => vec![("min", chars_min.to_string())],
            Self::PassphraseWrong { name } | Self::KeyExists { name } => vec![("name", name.clone())],
            Self::KeyNotFound { name, ring } => vec![("name", name.clone()), ("ring", shown(ring))],
            Self::FileExists { path }
            | Self::TrustMissing { path }
            | Self::BundleMissing { path }
            | Self::NotBundle { path }
            | Self::NotEmpty { path }
            | Self::NoNetwork { path }
            | Self::ProgramMissing { path } => vec![("path", shown(path))],
            Self::Unreachable { reason } | Self::CannotTell { reason } | Self::Bench { reason } => {
                vec![("reason", reason.clone())]
            }
            Self::Answer { node, reason } => vec![("node", node.clone()), ("reason", reason.clone())],
            Self::Refused { slug, code, detail, .. } => {
                vec![("slug", slug.clone()), ("code", code.to_string()), ("detail", detail.clone())]
            }
            Self::Pending { transaction }
            | Self::Expired { transaction }
            | Self::TransactionUnknown { transaction } => {
                vec![("transaction", transaction.clone())]
            }
            Self::NotFound { what } | Self::Fault { what } => vec![("what", what.clone())],
            Self::Forged { source } => vec![("reason", source.to_string())],
            Self::AddressTaken { department, address } => {
                vec![("department", department.clone()), ("address", address.to_string())]
            }
            Self::NodeEnded { department, log } => vec![("department", department.clone()), ("log", shown(log))],
            Self::NodeNotReady { department, seconds, log } => {
                vec![("department", department.clone()), ("seconds", seconds.to_string()), ("log", shown(log))]
            }
            Self::Behind { height, found } => vec![("height", height.to_string()), ("found", found.to_string())],
            Self::PassphraseMissing | Self::PassphraseMismatch | Self::NodesMissing | Self::NewerProgram => Vec::new(),
        }
    }
}
