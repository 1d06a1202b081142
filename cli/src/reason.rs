//! Why something does not fit, in the words of the catalogue. What a library or the system says is English: it comes
//! behind an English sentence in brackets, as it was said, and else stands in the `detail` of the JSON alone. It may help
//! whoever maintains this, and is never the whole answer.

use std::fmt;
use std::io::ErrorKind;

use identity::LookupCodeError;
use identity::china::{CertificateNumberError, CitizenIdError, CreditCodeError};
use identity::commitment::TextRefused;
use ledger::codec::{CodecError, ValueRule};
use ledger::error::VerifyError;
use ledger::evidence::EvidenceError;
use ledger::light::CannotTell;

use crate::catalogue::{Lang, Words};
use crate::output::inert;

/// A sentence of the catalogue with its values, and the system's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    key: &'static str,
    values: Vec<(&'static str, String)>,
    cause: Option<Box<Reason>>,
    own: Option<String>,
}

/// A reason by its key in the catalogue, which begins with `reason-`.
pub(crate) fn why(key: &'static str) -> Reason {
    Reason { key, values: Vec::new(), cause: None, own: None }
}

/// A line of a file is shown up to here.
const LINE_CHARS_SHOWN: usize = 60;

/// Number of the line in which a place of a text is, from 1.
pub(crate) fn line_of(text: &str, place: usize) -> usize {
    text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

/// That something belongs to another ledger than the one that is trusted.
pub(crate) fn other_ledger(expected: &str, actual: &str) -> Reason {
    why("reason-proof-chain").with("expected", expected).with("actual", actual)
}

impl Reason {
    /// Whether it is about a file that a person types.
    pub(crate) fn is_of_typed_text(&self) -> bool {
        matches!(
            self.key,
            "reason-toml"
                | "reason-toml-line"
                | "reason-toml-missing"
                | "reason-toml-value"
                | "reason-attribute-lines"
                | "reason-attribute-type"
                | "reason-not-utf8"
                | "reason-change-tables"
                | "reason-change-unknown"
                | "reason-fields-missing"
                | "reason-fields-unknown"
                | "reason-fields-both"
        )
    }

    /// Whether a file is of none of our formats.
    pub(crate) fn is_of_no_format(&self) -> bool {
        self.key == "reason-no-format"
    }

    /// Whether somebody else, who may read it, would be told.
    pub(crate) fn is_of_the_reader(&self) -> bool {
        self.key == "reason-hidden"
    }

    /// With a value that its sentence names.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// With why that is.
    pub(crate) fn because(mut self, cause: impl Into<Self>) -> Self {
        self.cause = Some(Box::new(cause.into()));
        self
    }

    /// With what a library or the system said.
    pub(crate) fn said(mut self, own: impl ToString) -> Self {
        self.own = Some(own.to_string());
        self
    }

    /// The sentence, without its full stop.
    pub(crate) fn words(&self, words: &Words) -> String {
        let values: Vec<(&str, String)> = self.values.iter().map(|(name, value)| (*name, inert(value))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut sentence = words.with(self.key, &values);
        if let Some(cause) = &self.cause {
            sentence = words.with("reason-because", &[("reason", &sentence), ("cause", &cause.words(words))]);
        }
        match (&self.own, words.lang()) {
            (Some(own), Lang::En) => {
                // One line: messages of some libraries draw the place with a line of its own.
                let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
                format!("{sentence} ({})", inert(&own))
            }
            _ => sentence,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(&Words::new(Lang::En)))
    }
}

impl From<&std::io::Error> for Reason {
    fn from(error: &std::io::Error) -> Self {
        let key = match error.kind() {
            ErrorKind::NotFound => "reason-io-not-found",
            ErrorKind::PermissionDenied => "reason-io-denied",
            ErrorKind::IsADirectory => "reason-io-directory",
            ErrorKind::NotADirectory => "reason-io-no-directory",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "reason-io-full",
            ErrorKind::ReadOnlyFilesystem => "reason-io-read-only",
            ErrorKind::InvalidFilename => "reason-io-name",
            ErrorKind::ConnectionRefused => "reason-io-refused",
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof => "reason-io-broken",
            ErrorKind::TimedOut | ErrorKind::WouldBlock => "reason-io-timeout",
            _ => "reason-io-other",
        };
        match key {
            "reason-io-other" => why(key).said(error),
            // The system would say the same once more.
            _ => why(key),
        }
    }
}

impl From<std::io::Error> for Reason {
    fn from(error: std::io::Error) -> Self {
        Self::from(&error)
    }
}

/// Reads TOML; what does not fit is told with its line.
///
/// # Errors
/// The text is no TOML, or a name or a value of it does not belong there.
pub(crate) fn from_toml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Reason> {
    toml::from_str(text).map_err(|error| {
        let well_formed = text.parse::<toml::Table>().is_ok();
        // What is missing at the top has an empty place; what is no TOML may end at one.
        let place = error.span().filter(|span| !well_formed || !span.is_empty()).map(|span| line_of(text, span.start));
        let found = place.map(|line| (line, text.lines().nth(line - 1).unwrap_or_default().trim()));
        let reason = match found {
            Some((line, found)) if well_formed && !found.is_empty() => {
                let found: String = found.chars().take(LINE_CHARS_SHOWN).collect();
                why("reason-toml-value").with("line", line).with("found", found)
            }
            Some((line, _)) if !well_formed => why("reason-toml-line").with("line", line),
            _ if well_formed => why("reason-toml-missing"),
            _ => why("reason-toml"),
        };
        reason.said(error.message())
    })
}

impl From<serde_json::Error> for Reason {
    fn from(error: serde_json::Error) -> Self {
        why("reason-json").said(error)
    }
}

impl From<CodecError> for Reason {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::OutOfRange { rule } => Self::from(rule),
            CodecError::Malformed { position, reason } => {
                why("reason-codec-malformed").with("position", position).said(reason)
            }
            CodecError::Missing { label, position } => {
                why("reason-codec-missing").with("label", label).with("position", position)
            }
            CodecError::NotCanonical { position } => why("reason-codec-canonical").with("position", position),
            CodecError::TooLong { size_bytes, size_bytes_max } => {
                why("reason-codec-long").with("length", size_bytes).with("max", size_bytes_max)
            }
        }
    }
}

impl From<ValueRule> for Reason {
    /// Words and texts that people type have sentences of their own.
    fn from(rule: ValueRule) -> Self {
        why(match rule {
            ValueRule::Role | ValueRule::Unit | ValueRule::Code | ValueRule::Chain => "reason-word",
            ValueRule::Department => "reason-word-department",
            ValueRule::ItemCode => "reason-word-item",
            ValueRule::OfficeWord => "reason-word-office",
            ValueRule::Text => "reason-text",
            ValueRule::Id => "reason-id",
            ValueRule::Hash => "reason-hash",
            ValueRule::ConsortiumName => "reason-name",
            other => return why("reason-out-of-range").said(other),
        })
    }
}

impl From<hex::FromHexError> for Reason {
    fn from(error: hex::FromHexError) -> Self {
        why("reason-hex").said(error)
    }
}

impl From<TextRefused> for Reason {
    fn from(_: TextRefused) -> Self {
        why("reason-text")
    }
}

impl From<LookupCodeError> for Reason {
    fn from(error: LookupCodeError) -> Self {
        match error {
            LookupCodeError::Length { found } => why("reason-code-length").with("found", found),
            LookupCodeError::Symbol { position } => why("reason-code-symbol").with("position", position),
            LookupCodeError::Check => why("reason-code-check"),
        }
    }
}

impl From<CertificateNumberError> for Reason {
    fn from(error: CertificateNumberError) -> Self {
        why(match error {
            CertificateNumberError::TooLong => "reason-number-long",
            CertificateNumberError::Year => "reason-number-year",
            CertificateNumberError::Words => "reason-number-words",
            CertificateNumberError::Serial => "reason-number-serial",
        })
    }
}

impl From<CitizenIdError> for Reason {
    fn from(error: CitizenIdError) -> Self {
        match error {
            CitizenIdError::Length { found } => why("reason-citizen-length").with("found", found),
            CitizenIdError::FirstGeneration => why("reason-citizen-old"),
            CitizenIdError::Character { position } => why("reason-citizen-character").with("position", position),
            CitizenIdError::Date => why("reason-citizen-date"),
            CitizenIdError::Check => why("reason-check-character"),
        }
    }
}

impl From<CreditCodeError> for Reason {
    fn from(error: CreditCodeError) -> Self {
        match error {
            CreditCodeError::Length { found } => why("reason-credit-length").with("found", found),
            CreditCodeError::Character { position } => why("reason-credit-character").with("position", position),
            CreditCodeError::Check => why("reason-check-character"),
        }
    }
}

impl From<&VerifyError> for Reason {
    fn from(error: &VerifyError) -> Self {
        match error {
            VerifyError::Signature { key } => why("reason-proof-signature").with("key", key),
            VerifyError::HashMismatch { what, expected, actual } => {
                why("reason-proof-hash").with("expected", expected).with("actual", actual).said(what)
            }
            VerifyError::NumberMismatch { what, expected, actual } => {
                why("reason-proof-number").with("expected", expected).with("actual", actual).said(what)
            }
            VerifyError::OtherChain { expected, actual } => other_ledger(expected, actual),
            VerifyError::QuorumMissing { power, total } => {
                why("reason-proof-quorum").with("power", power).with("total", total)
            }
            VerifyError::CertificateShape { .. } => why("reason-proof-certificate").said(error),
            VerifyError::ProofShape { .. } => why("reason-proof-shape").said(error),
            VerifyError::NotShown { what } => why("reason-proof-not-shown").with("what", what),
            VerifyError::Codec { what, source } => why("reason-proof-unreadable").because(source.clone()).said(what),
        }
    }
}

impl From<&CannotTell> for Reason {
    fn from(error: &CannotTell) -> Self {
        match error {
            CannotTell::CheckpointNeeded => why("reason-checkpoint-needed"),
            CannotTell::ValidatorsUnknown { height } => why("reason-validators-unknown").with("height", height),
        }
    }
}

impl From<&EvidenceError> for Reason {
    fn from(error: &EvidenceError) -> Self {
        match error {
            EvidenceError::Refuted(source) => Self::from(source),
            EvidenceError::UnknownKey { key } => why("reason-validator-unknown").with("key", key),
            EvidenceError::HeightUnknown { height } => why("reason-evidence-height").with("height", height),
            EvidenceError::SeveralDepartments { key } => why("reason-evidence-departments").with("key", key),
        }
    }
}

impl From<&ureq::Error> for Reason {
    fn from(error: &ureq::Error) -> Self {
        match error {
            ureq::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(rustls::Error::InvalidMessage(_)) => why("reason-link-no-tls"),
                Some(refused) => why("reason-link-tls").said(refused),
                None => Self::from(error),
            },
            ureq::Error::Timeout(_) => why("reason-io-timeout").said(error),
            ureq::Error::HostNotFound => why("reason-link-host").said(error),
            ureq::Error::ConnectionFailed => why("reason-io-refused").said(error),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => why("reason-link-tls").said(error),
            _ => why("reason-link").said(error),
        }
    }
}

#[cfg(test)]
mod tests;
