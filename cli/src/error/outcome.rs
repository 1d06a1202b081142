//! How an error ends the run, and which rule of the ledger is behind it.

use ledger::rejection::{Language, Rejection, RejectionClass};
use ledger::types::RecordId;

use super::CliError;
use crate::exit::Exit;
use crate::given::Next;

/// Codes from here on are the node's own problems; those below are rejections by the rules of the ledger.
const PROBLEMS_FROM: u32 = 1000;

impl CliError {
    /// A statement that the rules of the ledger refused, in their own words.
    pub(crate) fn rejected(rejection: Rejection, language: Language) -> Self {
        let status = match rejection.class() {
            RejectionClass::Malformed => 400,
            RejectionClass::NotAuthorised => 403,
            RejectionClass::NotFound => 404,
            RejectionClass::Conflict => 409,
        };
        let (slug, detail) = (rejection.slug().to_owned(), rejection.sentence(language).to_owned());
        Self::Refused {
            status,
            slug,
            code: u32::from(rejection.code()),
            detail,
            nodes: Vec::new(),
            doubtful: false,
            reads: false,
            here: Vec::new(),
            follow: None,
        }
    }

    /// The same as the word of a node.
    pub(crate) fn by(mut self, name: &str) -> Self {
        if let Self::Refused { nodes, .. } = &mut self {
            nodes.push(name.to_owned());
        }
        self
    }

    /// The same of a question, which would have changed nothing.
    pub(crate) fn reading(mut self, asked: bool) -> Self {
        if let Self::Refused { reads, .. } = &mut self {
            *reads = asked;
        }
        self
    }

    /// The same as the word of nodes all of which may be lying.
    pub(crate) fn doubted(mut self) -> Self {
        if let Self::Refused { doubtful, .. } | Self::Expired { doubtful, .. } = &mut self {
            *doubtful = true;
        }
        self
    }

    /// Whether it is a refusal by more nodes than may lie; one that is away or overloaded has not judged anything.
    pub(crate) fn is_believed(&self) -> bool {
        matches!(self, Self::Refused { doubtful: false, .. }) && self.exit() != Exit::Network
    }

    /// Whether it is a refusal that no later state and no later time takes back: what is wrong is in these very bytes. Every
    /// other one speaks of now. Whoever was sent the statement can keep it, and it takes effect if the state comes to allow
    /// it before it expires.
    pub(crate) fn is_final(&self) -> bool {
        const FINAL: [Rejection; 6] = [
            Rejection::OtherChain,
            Rejection::Expired,
            Rejection::WrongSubject,
            Rejection::OutOfRange,
            Rejection::BadSignature,
            Rejection::PossessionUnproven,
        ];
        self.rule().is_some_and(|(code, _)| FINAL.iter().any(|one| u32::from(one.code()) == code))
    }

    /// With the values of this statement that the refusal is about, or what must be kept of one that took effect.
    pub(crate) fn about(mut self, lines: Vec<String>) -> Self {
        if let Self::Refused { here, .. } | Self::Unfinished { here, .. } = &mut self {
            here.extend(lines);
        }
        self
    }

    /// With the record that a statement on its way is about: whoever asks again needs its id.
    pub(crate) fn of_record(mut self, id: &RecordId) -> Self {
        if let Self::Pending { record, .. } = &mut self {
            *record = Some(id.to_string());
        }
        self
    }

    /// The record that a statement on its way is about, for a program.
    pub(crate) fn record(&self) -> Option<&str> {
        match self {
            Self::Pending { record, .. } => record.as_deref(),
            _ => None,
        }
    }

    /// With the command that comes next.
    pub(crate) fn follow(mut self, next: Next) -> Self {
        if let Self::Refused { follow: follow @ None, .. } = &mut self {
            *follow = Some(Box::new(next));
        }
        self
    }

    /// Number and word of the rule that refused, for a program.
    pub(crate) fn rule(&self) -> Option<(u32, &str)> {
        match self {
            Self::Refused { code, slug, .. } => Some((*code, slug)),
            _ => None,
        }
    }

    /// How the run ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::PassphraseWrong { .. } => Exit::NotAuthorised,
            Self::Unreachable { .. } | Self::NodesMissing | Self::NodesFailed(_) | Self::Answer { .. } => Exit::Network,
            Self::Refused { status, code, .. } => refusal(*status, *code),
            Self::Pending { .. } | Self::Expired { .. } | Self::TransactionUnknown { .. } => Exit::CannotTell,
            // What one node saw is no state of the ledger: nothing proves that it is not there.
            Self::EvidenceUnknown { .. } => Exit::CannotTell,
            Self::CannotTell { .. } | Self::TrustMissing { .. } | Self::Bench { .. } => Exit::CannotTell,
            Self::Behind { .. } | Self::NewerProgram => Exit::CannotTell,
            // The office may have registered its words later than this number, or elsewhere: absence is not proven.
            Self::WordUnknown { .. } => Exit::CannotTell,
            Self::NotFound { .. } => Exit::NotFound,
            Self::Unfinished { source, .. } => source.exit(),
            // Whoever sets up a ledger of their own can prove anything on it: no better than forged.
            Self::Forged { .. } | Self::OtherLedger { .. } => Exit::Forged,
            Self::FileWrite { source, .. } if is_misnamed(source) => Exit::Usage,
            Self::Node { trouble, .. } => trouble.exit(),
            Self::AddressTaken { .. } | Self::ChangesNothing { .. } => Exit::Conflict,
            Self::FileWrite { .. } | Self::ProgramMissing { .. } | Self::Fault { .. } => Exit::Internal,
            _ => Exit::Usage,
        }
    }
}

/// Whether a file could not be written for the name it was given.
fn is_misnamed(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidFilename, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | PermissionDenied | NotADirectory | IsADirectory | InvalidFilename)
}

/// How a refusal with an HTTP status ends the run.
///
/// That a node has not found something proves nothing, so no refusal ends as proven absence does: a statement about a
/// record that is not there is in conflict with the ledger, an address that is not there was mistyped.
fn refusal(status: u16, code: u32) -> Exit {
    match status {
        401 | 403 => Exit::NotAuthorised,
        404 if code < PROBLEMS_FROM => Exit::Conflict,
        409 | 422 => Exit::Conflict,
        408 | 429 | 500.. => Exit::Network,
        _ => Exit::Usage,
    }
}
