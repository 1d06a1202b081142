//! What can go wrong at the command line: one enum, each case with a stable word, a plain sentence and what to do next.
//!
//! The sentences are in the catalogue under `error-<slug>`, the advice under `error-<slug>.next`; `Display` is for
//! developers and for the JSON output's `detail`.

mod nodes;
mod outcome;
mod words;

use std::path::{Path, PathBuf};

use crate::given::Next;
use crate::reason::{Reason, why};

pub(crate) use nodes::{FailedNode, FailedNodes, Failure, NodeTrouble};
pub(crate) use words::place;

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
    /// The result cannot be written to standard output.
    #[error("cannot write to standard output")]
    Output {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A directory is needed where a file is.
    #[error("{path} is no directory")]
    NotDirectory {
        /// The file.
        path: PathBuf,
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
        reason: Reason,
    },
    /// A finished certificate is a PDF file, and this is none.
    #[error("{path} is no PDF file: {reason}")]
    NotPdf {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: Reason,
    },
    /// There is no bundle beside a file, or more than one.
    #[error("no bundle at {path}")]
    BundleMissing {
        /// Where it was looked for.
        path: PathBuf,
        /// The ones beside the file that say they are about it, in the language of the reader.
        found: Vec<String>,
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
        reason: Reason,
    },
    /// A certificate's number stands where a record's id is needed.
    #[error("{what}: {number} is a number, not an id")]
    NumberForId {
        /// The argument.
        what: String,
        /// The number.
        number: String,
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
    /// Neither one passphrase file for all keys nor one for each.
    #[error("{files} passphrase files for {keys} keys")]
    PassphraseFiles {
        /// Files named.
        files: usize,
        /// Keys that the command opens or makes.
        keys: usize,
    },
    /// The first line of a passphrase file is empty.
    #[error("the first line of {path} is empty")]
    PassphraseEmpty {
        /// The file.
        path: PathBuf,
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
    /// One key is to sign twice.
    #[error("key {name} is named twice")]
    KeyTwice {
        /// The key, as it was named the second time.
        name: String,
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
    #[error("no node answered; at the last, {node}: {reason}")]
    Unreachable {
        /// The last of them.
        node: String,
        /// What happened at the last of them.
        reason: Reason,
    },
    /// A node answered something that is no answer.
    #[error("{node} gave an unusable answer: {reason}")]
    Answer {
        /// The node.
        node: String,
        /// What does not fit.
        reason: Reason,
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
        /// Whose word it is; empty where this program found out by itself.
        nodes: Vec<String>,
        /// So few nodes say so that all of them may be lying.
        doubtful: bool,
        /// Something was asked for, and nothing was submitted.
        reads: bool,
        /// Which values of this statement it is about, in the language of the reader.
        here: Vec<String>,
        /// The command that shows more.
        follow: Option<Box<Next>>,
    },
    /// Something must be said, and one of these may be.
    #[error("{what} is missing")]
    Choose {
        /// What is missing.
        what: &'static str,
        /// What may be said, in the language of the reader.
        list: Vec<String>,
    },
    /// It was taken and is not on the ledger yet.
    #[error("transaction {transaction} is pending")]
    Pending {
        /// The transaction.
        transaction: String,
        /// The record that it is about, where it was made here.
        record: Option<String>,
    },
    /// It was taken and ran out before a block held it.
    #[error("transaction {transaction} expired")]
    Expired {
        /// The transaction.
        transaction: String,
        /// So few nodes say so that all of them may be lying.
        doubtful: bool,
    },
    /// The node neither holds it nor remembers it.
    #[error("the node does not know transaction {transaction}")]
    TransactionUnknown {
        /// The transaction.
        transaction: String,
    },
    /// The node that was asked holds no such evidence, which nothing proves of any other.
    #[error("the node holds no evidence {height}.{number}")]
    EvidenceUnknown {
        /// The height.
        height: u64,
        /// The number among those of the height.
        number: u32,
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
    /// What answered belongs to another ledger than the one that is trusted.
    #[error("expected the ledger {expected}, found {actual}")]
    OtherLedger {
        /// The ledger of the trust file.
        expected: String,
        /// The ledger of the answer.
        actual: String,
    },
    /// The proof could neither be confirmed nor refuted with this trust file.
    #[error("cannot tell: {reason}")]
    CannotTell {
        /// Why.
        reason: Reason,
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
        /// Key of the name of the format of ours that it is of.
        found: Option<&'static str>,
    },
    /// A file was named as evidence and is none.
    #[error("{path} is no evidence")]
    NotEvidence {
        /// The file.
        path: PathBuf,
        /// Key of the name of the format of ours that it is of.
        found: Option<&'static str>,
    },
    /// A file was named as a trust file and is none.
    #[error("{path} is no trust file: {reason}")]
    NotTrust {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: Reason,
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
    /// Nodes that were to come up did not.
    #[error("nodes failed: {0}")]
    NodesFailed(Box<FailedNodes>),
    /// There is no node in a directory.
    #[error("no node.toml in {path}")]
    NoNode {
        /// The directory.
        path: PathBuf,
    },
    /// The node's program did not do what it was asked for.
    #[error("yinxin-node: {said}")]
    Node {
        /// Why, by its exit code.
        trouble: NodeTrouble,
        /// In its own words.
        said: String,
    },
    /// A change whose values are those in force.
    #[error("the change {change} changes nothing")]
    ChangesNothing {
        /// Its kind.
        change: &'static str,
    },
    /// A measurement that cannot be believed.
    #[error("the measurement is worthless: {reason}")]
    Bench {
        /// Why.
        reason: Reason,
    },
    /// This machine failed.
    #[error("this machine failed: {reason}")]
    Fault {
        /// What failed.
        reason: Reason,
    },
    /// It took effect, and what was to follow here did not.
    #[error("transaction {transaction} took effect; then")]
    Unfinished {
        /// The transaction.
        transaction: String,
        /// What failed afterwards.
        #[source]
        source: Box<CliError>,
        /// The command that makes up for it.
        follow: String,
        /// What a person must have of it all the same, in the language of the reader.
        here: Vec<String>,
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
    pub(crate) fn value(what: &str, reason: impl Into<Reason>) -> Self {
        Self::Value { what: what.to_owned(), reason: reason.into() }
    }

    /// A fault of this machine or of ours, as the system or the code says it.
    pub(crate) fn fault(own: impl ToString) -> Self {
        Self::Fault { reason: why("reason-fault").said(own) }
    }

    /// A file that is not of the expected kind.
    pub(crate) fn format(path: &Path, reason: impl Into<Reason>) -> Self {
        Self::FileFormat { path: path.to_owned(), reason: reason.into() }
    }
}
