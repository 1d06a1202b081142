//! `key`, `propose`, `proposal`, `vote`: who may do what.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::record::Current;
use super::shared::{Ground, Sign};
use crate::keys::{WORK_FACTOR, WORK_FACTOR_MAX};

/// Keys and their standing on the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key in the key ring.
    New(KeyNew),
    /// Lists the key ring.
    List(KeyList),
    /// Prints the public side of a key.
    Export(KeyExport),
    /// Registers a key on the ledger.
    Register(KeyRegister),
    /// Prints a new administration key with its owner's consent.
    Consent(KeyConsent),
    /// Suspends a key at once.
    Suspend(KeyEnded),
    /// Lets a suspended key sign again.
    Resume(KeyTarget),
    /// Ends a key for good.
    Revoke(KeyEnded),
    /// Stops any key for 72 hours, by two departments.
    Freeze(KeyEnded),
}

/// What a key made here is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Purpose {
    /// Manages the department's keys and votes in governance.
    Administration,
    /// An officer's own key.
    Officer,
    /// The seal of a notary office.
    Seal,
    /// A party that asks a citizen to log in.
    RelyingParty,
    /// A citizen's or company's own key.
    Holder,
}

/// Makes a key.
#[derive(Debug, Args)]
pub(crate) struct KeyNew {
    /// `department/name` in the key ring.
    #[arg(value_name = "KEY")]
    pub(crate) name: String,
    /// What it is for.
    #[arg(long, value_enum, default_value_t = Purpose::Officer)]
    pub(crate) purpose: Purpose,
    /// Unit inside the department.
    #[arg(long, value_name = "UNIT")]
    pub(crate) unit: Option<String>,
    /// Pseudonym of the officer, when the person has a key already.
    #[arg(long, value_name = "ID")]
    pub(crate) officer: Option<String>,
    /// What the officer is.
    #[arg(long = "title", value_name = "TITLE")]
    pub(crate) titles: Vec<String>,
    /// Cost of guessing the passphrase, as a power of two.
    #[arg(long, default_value_t = WORK_FACTOR, value_parser = clap::value_parser!(u8).range(1..=i64::from(WORK_FACTOR_MAX)), value_name = "N")]
    pub(crate) work_factor: u8,
}

/// Lists the key ring.
#[derive(Debug, Args)]
pub(crate) struct KeyList {
    /// Only this department.
    #[arg(value_name = "DEPARTMENT")]
    pub(crate) department: Option<String>,
}

/// Prints the public side of a key.
#[derive(Debug, Args)]
pub(crate) struct KeyExport {
    /// `department/name` in the key ring.
    #[arg(value_name = "KEY")]
    pub(crate) name: String,
}

/// Prints a new administration key with its owner's consent.
#[derive(Debug, Args)]
pub(crate) struct KeyConsent {
    /// `department/name` in the key ring.
    #[arg(value_name = "KEY")]
    pub(crate) name: String,
}

/// Registers a key on the ledger.
#[derive(Debug, Args)]
pub(crate) struct KeyRegister {
    /// The new key, `department/name` in the key ring.
    #[arg(value_name = "KEY")]
    pub(crate) name: String,
    /// Days from now on for which it may sign.
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u32).range(1..=3_660), value_name = "DAYS")]
    pub(crate) valid_days: u32,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// A key whose standing changes without a ground.
#[derive(Debug, Args)]
pub(crate) struct KeyTarget {
    /// `department/name` in the key ring, or the key's id.
    #[arg(value_name = "KEY")]
    pub(crate) record: String,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// A key whose standing changes for a ground.
#[derive(Debug, Args)]
pub(crate) struct KeyEnded {
    /// `department/name` in the key ring, or the key's id.
    #[arg(value_name = "KEY")]
    pub(crate) record: String,
    /// Why.
    #[command(flatten)]
    pub(crate) ground: Ground,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Opens a governance proposal.
#[derive(Debug, Args)]
pub(crate) struct Propose {
    /// TOML file with the change.
    #[arg(value_name = "FILE")]
    pub(crate) change: PathBuf,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Votes on a proposal.
#[derive(Debug, Args)]
pub(crate) struct Vote {
    /// The proposal.
    #[arg(value_name = "PROPOSAL")]
    pub(crate) proposal: String,
    /// For or against.
    #[arg(value_enum)]
    pub(crate) choice: VoteChoice,
    /// Hash of what is voted on, as `proposal show` prints it; asked for on a terminal if it is not given.
    #[arg(long, value_name = "HASH")]
    pub(crate) proposed: Option<String>,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// Proposals of governance.
#[derive(Debug, Subcommand)]
pub(crate) enum ProposalCommand {
    /// Shows a proposal.
    Show(ProposalShow),
}

/// Which proposal.
#[derive(Debug, Args)]
pub(crate) struct ProposalShow {
    /// The proposal.
    #[arg(value_name = "PROPOSAL")]
    pub(crate) proposal: String,
    /// Key that signs the request: proposals are for the consortium.
    #[arg(id = "read_key", long = "key", value_name = "KEY")]
    pub(crate) key: String,
    /// How old the answer may be.
    #[command(flatten)]
    pub(crate) current: Current,
}

/// Says that a joining validator's node is up.
#[derive(Debug, Args)]
pub(crate) struct Ready {
    /// The proposal that adds the validator.
    #[arg(value_name = "PROPOSAL")]
    pub(crate) proposal: String,
    /// Home directory of the joining node, where its consensus key lies.
    #[arg(long, value_name = "DIR")]
    pub(crate) node_home: PathBuf,
    /// Hash of the proposal, as `proposal show` prints it; asked for on a terminal if it is not given.
    #[arg(long, value_name = "HASH")]
    pub(crate) proposed: Option<String>,
    /// Who signs.
    #[command(flatten)]
    pub(crate) sign: Sign,
}

/// For or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum VoteChoice {
    /// For it.
    Yes,
    /// Against it.
    No,
}
