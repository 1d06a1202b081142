//! How an error is said: its stable word, its sentence, what to do next.

use std::path::PathBuf;

use ledger::rejection::Rejection;

use super::CliError;
use crate::catalogue::Words;
use crate::given::{Given, Next};
use crate::output::inert;
use crate::reason::Reason;

impl CliError {
    /// The stable word of this error.
    pub(crate) fn slug(&self) -> &'static str {
        match self {
            Self::FileRead { .. } => "file-read",
            Self::FileWrite { .. } => "file-write",
            Self::Output { .. } => "output",
            Self::NotDirectory { .. } => "not-a-directory",
            Self::FileExists { .. } => "file-exists",
            Self::FileTooBig { .. } => "file-too-big",
            Self::FileFormat { .. } => "file-format",
            Self::NotPdf { .. } => "not-a-pdf",
            Self::BundleMissing { .. } => "bundle-missing",
            Self::WordUnknown { .. } => "word-unknown",
            Self::Value { .. } => "value",
            Self::NumberForId { .. } => "number-for-id",
            Self::PassphraseMissing => "passphrase-missing",
            Self::PassphraseWrong { .. } => "passphrase-wrong",
            Self::PassphraseFiles { .. } => "passphrase-files",
            Self::PassphraseEmpty { .. } => "passphrase-empty",
            Self::PassphraseMismatch => "passphrase-mismatch",
            Self::PassphraseShort { .. } => "passphrase-short",
            Self::KeyTwice { .. } => "key-twice",
            Self::KeyNotFound { .. } => "key-not-found",
            Self::KeyExists { .. } => "key-exists",
            Self::TrustMissing { .. } => "trust-missing",
            Self::NodesMissing => "nodes-missing",
            Self::Unreachable { .. } => "unreachable",
            Self::Answer { .. } => "answer",
            Self::Refused { .. } => "refused",
            Self::Choose { .. } => "choose",
            Self::Pending { .. } => "pending",
            Self::Expired { .. } => "expired",
            Self::TransactionUnknown { .. } => "transaction-unknown",
            Self::EvidenceUnknown { .. } => "evidence-unknown",
            Self::NotFound { .. } => "not-found",
            Self::Forged { .. } => "forged",
            Self::OtherLedger { .. } => "other-ledger",
            Self::CannotTell { .. } => "cannot-tell",
            Self::Unfinished { .. } => "unfinished",
            Self::Behind { .. } => "behind",
            Self::NewerProgram => "newer-program",
            Self::NotBundle { .. } => "not-a-bundle",
            Self::NotEvidence { .. } => "not-evidence",
            Self::NotTrust { .. } => "not-a-trust-file",
            Self::NotEmpty { .. } => "not-empty",
            Self::NoNetwork { .. } => "no-network",
            Self::ProgramMissing { .. } => "program-missing",
            Self::AddressTaken { .. } => "address-taken",
            Self::NodesFailed(failed) if failed.has_ended() => "node-ended",
            Self::NodesFailed(_) => "node-not-ready",
            Self::NoNode { .. } => "no-node",
            Self::Node { trouble, .. } => trouble.slug(),
            Self::ChangesNothing { .. } => "changes-nothing",
            Self::Bench { .. } => "bench",
            Self::Fault { .. } => "fault",
        }
    }

    /// The sentence a person reads: what happened.
    pub(crate) fn sentence(&self, words: &Words) -> String {
        let sentence = words.with(&format!("error-{}", self.slug()), &pairs(&self.values(words)));
        let (nodes, lines): (&[String], Vec<String>) = match self {
            Self::Refused { nodes, here, .. } => (nodes, here.clone()),
            Self::Unfinished { here: list, .. } | Self::Choose { list, .. } => (&[], list.clone()),
            Self::Pending { record: Some(record), .. } => (&[], vec![words.with("here-record", &[("record", record)])]),
            Self::BundleMissing { found, .. } => (&[], found.clone()),
            Self::NodesFailed(failed) => (&[], failed.lines(words)),
            _ => return sentence,
        };
        let join = words.say("list-join");
        let mut said = vec![match nodes {
            [] => sentence,
            all => words.with("refused-by", &[("sentence", &sentence), ("node", &inert(&all.join(&join)))]),
        }];
        said.extend(lines.iter().map(|line| format!("  {line}")));
        said.join("\n")
    }

    /// Key of the mark before the sentence: what is on its way has not failed.
    pub(crate) fn mark(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending-mark",
            _ => "error-mark",
        }
    }

    /// What to do next, as a sentence.
    pub(crate) fn advice(&self, words: &Words, given: &Given) -> Option<String> {
        let (mut values, mut kinds) = (self.values(words), vec![self.advised()]);
        if let Some(command) = self.command(given) {
            values.push(("command", inert(command.line())));
            let first = if self.is_doubtful() { "doubt" } else { "command" };
            kinds.insert(0, first);
        }
        kinds.iter().find_map(|kind| words.find(&format!("error-{}.{kind}", self.slug()), &pairs(&values)))
    }

    /// Whether it rests on the word of nodes all of which may be lying.
    fn is_doubtful(&self) -> bool {
        matches!(self, Self::Refused { doubtful: true, .. } | Self::Expired { doubtful: true, .. })
    }

    /// Which piece of advice under the error's own word is meant.
    fn advised(&self) -> &'static str {
        match self {
            Self::Refused { status: 429 | 500.., .. } => "busy",
            Self::Refused { slug, .. } if slug == "signature-needed" => "signature",
            Self::Refused { slug, .. } if slug == "signature-invalid" => "unsigned",
            Self::Refused { slug, .. } if slug == Rejection::SubjectNotInForce.slug() => "subject",
            Self::Refused { reads: true, status: 401 | 403, .. } => "reader",
            Self::Refused { reads: true, .. } => "read",
            Self::CannotTell { reason } if reason.is_of_the_reader() => "reader",
            Self::FileFormat { reason, .. } if reason.is_of_typed_text() => "typed",
            Self::FileFormat { reason, .. } if reason.is_of_no_format() => "foreign",
            Self::NotFound { what } => match what.split_once('/') {
                Some(("item", _)) => "item",
                Some(("lookup", _)) => "next",
                _ => "other",
            },
            _ => "next",
        }
    }

    /// The command that comes next, where there is one.
    pub(crate) fn command(&self, given: &Given) -> Option<Next> {
        Some(Next::Whole(match self {
            Self::Pending { transaction, .. } | Self::Expired { transaction, doubtful: true } => {
                given.signed(&["transaction", "show", transaction])
            }
            Self::KeyNotFound { .. } => given.keyless(&["key", "list"]),
            // The code is asked for where somebody can type it; a program has none.
            Self::NumberForId { number, .. } => return Some(Next::Blanks(given.command(&["lookup", number]))),
            Self::NoNetwork { path } => given.command(&["network", "init", "--dir", &path.display().to_string()]),
            Self::NodesFailed(failed) => {
                given.keyless(&["node", "doctor", &failed.first()?.home.display().to_string()])
            }
            Self::Unfinished { follow, .. } => follow.clone(),
            Self::Refused { follow, .. } => return follow.as_deref().cloned(),
            _ => return None,
        }))
    }

    /// The values that sentences name.
    ///
    /// They come from files, nodes and command lines: none of them can begin a line of its own.
    fn values(&self, words: &Words) -> Vec<(&'static str, String)> {
        self.raw_values(words).into_iter().map(|(name, value)| (name, inert(&value))).collect()
    }

    fn raw_values(&self, words: &Words) -> Vec<(&'static str, String)> {
        let shown = |path: &PathBuf| path.display().to_string();
        match self {
            Self::FileRead { path, source } | Self::FileWrite { path, source } => {
                vec![("path", shown(path)), ("reason", Reason::from(source).words(words))]
            }
            Self::Output { source } => vec![("reason", Reason::from(source).words(words))],
            Self::NotBundle { path, found } | Self::NotEvidence { path, found } => {
                let found = found.map(|key| words.with("found-format", &[("format", &words.say(key))]));
                vec![("path", shown(path)), ("found", found.unwrap_or_default())]
            }
            Self::EvidenceUnknown { height, number } => {
                vec![("height", height.to_string()), ("number", number.to_string())]
            }
            Self::FileTooBig { path, size_bytes_max } => {
                vec![("path", shown(path)), ("max", size_bytes_max.to_string())]
            }
            Self::FileFormat { path, reason } | Self::NotPdf { path, reason } => {
                vec![("path", shown(path)), ("reason", reason.words(words))]
            }
            Self::WordUnknown { word } => vec![("word", word.clone())],
            Self::Value { what, reason } => vec![("what", named(what, words)), ("reason", reason.words(words))],
            Self::NumberForId { what, number } => vec![("what", named(what, words)), ("number", number.clone())],
            Self::PassphraseShort { chars_min } => vec![("min", chars_min.to_string())],
            Self::PassphraseFiles { files, keys } => vec![("files", files.to_string()), ("keys", keys.to_string())],
            Self::PassphraseWrong { name } | Self::KeyExists { name } | Self::KeyTwice { name } => {
                vec![("name", name.clone())]
            }
            Self::KeyNotFound { name, ring } => vec![("name", name.clone()), ("ring", shown(ring))],
            Self::FileExists { path }
            | Self::TrustMissing { path }
            | Self::BundleMissing { path, .. }
            | Self::NotDirectory { path }
            | Self::PassphraseEmpty { path }
            | Self::NotTrust { path, .. }
            | Self::NotEmpty { path }
            | Self::NoNetwork { path }
            | Self::NoNode { path }
            | Self::ProgramMissing { path } => vec![("path", shown(path))],
            Self::Unreachable { node, reason } | Self::Answer { node, reason } => {
                vec![("node", node.clone()), ("reason", reason.words(words))]
            }
            Self::CannotTell { reason } | Self::Bench { reason } | Self::Fault { reason } => {
                vec![("reason", reason.words(words))]
            }
            Self::Refused { slug, code, detail, .. } => {
                vec![("slug", slug.clone()), ("code", code.to_string()), ("detail", detail.clone())]
            }
            Self::Pending { transaction, .. }
            | Self::Expired { transaction, .. }
            | Self::TransactionUnknown { transaction } => {
                vec![("transaction", transaction.clone())]
            }
            Self::Choose { what, .. } => vec![("what", named(what, words))],
            Self::NotFound { what } => vec![("what", place(what, words))],
            Self::Unfinished { transaction, source, .. } => {
                vec![("transaction", transaction.clone()), ("reason", source.sentence(words))]
            }
            Self::OtherLedger { expected, actual } => vec![("expected", expected.clone()), ("actual", actual.clone())],
            Self::Forged { source } => vec![("reason", Reason::from(source).words(words))],
            Self::AddressTaken { department, address } => {
                vec![("department", department.clone()), ("address", address.to_string())]
            }
            Self::NodesFailed(failed) => {
                let home = failed.first().map(|node| shown(&node.home)).unwrap_or_default();
                vec![("departments", failed.departments(words)), ("home", home)]
            }
            Self::Node { said, .. } => vec![("said", said.clone())],
            Self::ChangesNothing { change } => {
                vec![("change", words.say(&format!("change-{change}")))]
            }
            Self::Behind { height, found } => vec![("height", height.to_string()), ("found", found.to_string())],
            Self::PassphraseMissing | Self::PassphraseMismatch | Self::NodesMissing | Self::NewerProgram => Vec::new(),
        }
    }
}

fn pairs<'v>(values: &'v [(&'static str, String)]) -> Vec<(&'v str, &'v str)> {
    values.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// An argument, an attribute or a part of a file, by its name for people where the catalogue has one.
fn named(what: &str, words: &Words) -> String {
    let found = ["value", "attribute"].into_iter().find_map(|kind| words.find(&format!("{kind}-{what}"), &[]));
    found.unwrap_or_else(|| what.to_owned())
}

/// A place of the state by what stands there: `item/notarial.birth` is an item.
pub(crate) fn place(path: &str, words: &Words) -> String {
    let (kind, rest) = path.split_once('/').unwrap_or((path, ""));
    words.find(&format!("place-of-{kind}"), &[("id", rest)]).unwrap_or_else(|| path.to_owned())
}
