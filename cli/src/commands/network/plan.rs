//! `network.toml`: what a consortium is founded from.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde::Deserialize;

use super::super::grounds::GroundNames;
use crate::error::CliError;
use crate::files;
use crate::reason::{Reason, from_toml};

/// A catalogue of a few hundred items.
const PLAN_BYTES_MAX: u64 = 1024 * 1024;

/// The whole file. Unknown keys are refused: a misspelt one must not be silently without effect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// First part of the chain id.
    pub(crate) name: String,
    /// Parameters of the network.
    pub(crate) parameters: ParametersPlan,
    /// Departments.
    #[serde(rename = "department")]
    pub(crate) departments: Vec<DepartmentPlan>,
    /// Sets of powers that items name.
    pub(crate) powers: BTreeMap<String, BTreeMap<String, PowerPlan>>,
    /// Grounds of each act, by their codes.
    #[serde(default)]
    pub(crate) grounds: BTreeMap<String, GroundNames>,
    /// Catalogue items.
    #[serde(rename = "item", default)]
    pub(crate) items: Vec<ItemPlan>,
}

/// Parameters, in units that people think in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParametersPlan {
    pub(crate) pace_ms: u64,
    pub(crate) block_weight_max: u64,
    pub(crate) block_bytes_max: u64,
    pub(crate) issue_within_hours: u64,
    pub(crate) propose_timeout_ms: u64,
    pub(crate) vote_timeout_ms: u64,
    pub(crate) validator_delay_s: u64,
    #[serde(default)]
    pub(crate) absences_max: Option<u64>,
}

/// A name in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Name {
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// A department.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepartmentPlan {
    pub(crate) id: String,
    pub(crate) name: Name,
    pub(crate) credit_code: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) administration: AdministrationPlan,
    /// Whether it gets a seal key.
    #[serde(default)]
    pub(crate) seal: bool,
    #[serde(default)]
    pub(crate) numbering: Vec<NumberingPlan>,
    #[serde(default)]
    pub(crate) officers: Vec<OfficerPlan>,
    /// Where its node listens; `None` for a member without a validator.
    pub(crate) node: Option<NodePlan>,
}

/// Administration keys of a department.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdministrationPlan {
    pub(crate) keys: u8,
    pub(crate) threshold: u8,
}

/// A number word of a notary office.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberingPlan {
    pub(crate) class: String,
    pub(crate) word: String,
}

/// An officer who gets a key at founding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficerPlan {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) titles: Vec<String>,
    pub(crate) unit: Option<String>,
}

/// Where a node listens: one address, a port for each kind of talk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodePlan {
    pub(crate) address: Ipv4Addr,
    pub(crate) consensus: u16,
    pub(crate) gossip: u16,
    pub(crate) api: u16,
    pub(crate) public: u16,
    pub(crate) ops: u16,
}

impl NodePlan {
    /// Address of the API for members.
    pub(crate) fn api_url(&self) -> String {
        format!("http://{}", self.api_address())
    }

    /// The same as a socket address.
    pub(crate) fn api_address(&self) -> SocketAddr {
        (self.address, self.api).into()
    }

    /// Every address it listens on.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        [self.consensus, self.gossip, self.api, self.public, self.ops]
            .map(|port| (self.address, port).into())
            .into_iter()
    }

    /// Address of health and metrics.
    pub(crate) fn ops_address(&self) -> SocketAddr {
        (self.address, self.ops).into()
    }
}

/// One act of a set of powers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PowerPlan {
    pub(crate) roles: Vec<String>,
    pub(crate) zh: String,
    pub(crate) en: String,
}

/// A catalogue item.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemPlan {
    pub(crate) code: String,
    pub(crate) kind: String,
    pub(crate) name: Name,
    pub(crate) legal_basis: String,
    pub(crate) exercising: Vec<String>,
    /// Name of a set of powers.
    pub(crate) powers: String,
    pub(crate) approval: Option<String>,
    pub(crate) number_class: Option<String>,
    pub(crate) promised_minutes: Option<u32>,
    pub(crate) statutory_days: Option<u32>,
    #[serde(default)]
    pub(crate) in_person: bool,
    #[serde(default)]
    pub(crate) parties: Vec<String>,
    #[serde(default)]
    pub(crate) variants: Vec<String>,
    /// Notarial: least number of subjects; one if left out.
    pub(crate) subjects_min: Option<u8>,
}

impl Plan {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or a line of it does not fit; the message shows the line.
    pub(crate) fn read(path: &Path) -> Result<(Self, String), CliError> {
        let text = files::read_text(path, PLAN_BYTES_MAX)?;
        let plan = Self::parse(&text).map_err(|reason| CliError::format(path, reason))?;
        Ok((plan, text))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// A message that shows the line.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        from_toml(text)
    }

    /// Departments that run a node, in the order of the file.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&DepartmentPlan, &NodePlan)> {
        self.departments.iter().filter_map(|department| department.node.as_ref().map(|node| (department, node)))
    }
}
