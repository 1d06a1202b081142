//! The public side of a key, as a file.

use ledger::crypto::{KeyId, PublicKey};
use ledger::record::Purpose;
use ledger::types::{Code, DepartmentId, OfficerId, Unit};
use serde::{Deserialize, Serialize};

use crate::reason::{Reason, from_toml, why};

/// What may be known of a key. Shape: `<name>.toml` in the key ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyCard {
    /// The key.
    pub(crate) public: PublicKey,
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// Owner.
    pub(crate) department: DepartmentId,
    /// Unit inside the department.
    pub(crate) unit: Option<Unit>,
    /// Pseudonym of the officer who holds it.
    pub(crate) officer: Option<OfficerId>,
    /// What the officer is.
    pub(crate) titles: Vec<Code>,
}

/// The card as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    id: String,
    suite: String,
    public: String,
    purpose: String,
    department: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    officer: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    titles: Vec<String>,
}

const SUITE: &str = "ed25519-sha256";
const HEAD: &str =
    "# The public side of a key: safe to show. The secret is beside it, in the file that ends in .key.age.\n";

impl KeyCard {
    /// The key's id.
    pub(crate) fn id(&self) -> KeyId {
        self.public.id()
    }

    /// The card as TOML.
    pub(crate) fn to_toml(&self) -> String {
        let file = CardFile {
            id: self.id().to_string(),
            suite: SUITE.to_owned(),
            public: hex::encode(self.public.to_bytes()),
            purpose: self.purpose.word().to_owned(),
            department: self.department.to_string(),
            unit: self.unit.as_ref().map(ToString::to_string),
            officer: self.officer.map(|officer| officer.to_string()),
            titles: self.titles.iter().map(ToString::to_string).collect(),
        };
        let body = toml::to_string(&file).expect("a flat table of texts serialises");
        format!("{HEAD}{body}")
    }

    /// Reads a card and checks that its parts belong together.
    ///
    /// # Errors
    /// A sentence about the first field that does not fit.
    pub(crate) fn from_toml(text: &str) -> Result<Self, Reason> {
        let file: CardFile = from_toml(text)?;
        if file.suite != SUITE {
            return Err(why("reason-unknown-word").with("what", "suite").with("word", file.suite));
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(&file.public, &mut bytes)?;
        let public = PublicKey::from_bytes(&bytes)?;
        if public.id().to_string() != file.id {
            return Err(why("reason-key-id"));
        }
        Ok(Self {
            public,
            purpose: Purpose::from_word(&file.purpose)
                .ok_or_else(|| why("reason-unknown-word").with("what", "purpose").with("word", &file.purpose))?,
            department: file.department.parse()?,
            unit: file.unit.map(|unit| unit.parse()).transpose()?,
            officer: file.officer.map(|officer| officer.parse()).transpose()?,
            titles: file.titles.iter().map(|title| title.parse()).collect::<Result<_, _>>()?,
        })
    }

    /// The card as JSON.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id().to_string(),
            "suite": SUITE,
            "public": hex::encode(self.public.to_bytes()),
            "purpose": self.purpose.word(),
            "department": self.department.as_str(),
            "unit": self.unit.as_ref().map(Unit::as_str),
            "officer": self.officer.map(|officer| officer.to_string()),
            "titles": self.titles.iter().map(Code::as_str).collect::<Vec<_>>(),
        })
    }
}
