//! What a proposal says, in full, to who is asked to sign for it: an id alone is whatever another department put there.

use std::io::IsTerminal;

use ledger::action::governance as acts;
use ledger::codec::Cbor;
use ledger::crypto::Hash;
use ledger::record::{Change, OpenProposal, Proposal, ProposalStatus, ValidatorSchedule};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::types::{RecordId, TimeMs};
use ledger::validator::ValidatorSet;
use serde_json::json;

use super::base;
use crate::app::{App, Signer};
use crate::args::{ProposalCommand, ProposalShow};
use crate::client::{Client, Proven};
use crate::commands::age::Age;
use crate::commands::facts::{self, as_of_json};
use crate::commands::{ask, beijing, inspect};
use crate::error::CliError;
use crate::exit::Exit;

/// `yinxin proposal`.
///
/// # Errors
/// [`CliError`].
pub(crate) fn proposal(app: &App, command: &ProposalCommand) -> Result<Exit, CliError> {
    match command {
        ProposalCommand::Show(args) => show(app, args),
    }
}

/// Shows a proposal as it is proven to stand, with every value of its change.
fn show(app: &App, args: &ProposalShow) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let reader = ask::reader(app, Some(&args.key))?;
    let id = ask::id("PROPOSAL", &args.proposal)?;
    let (proven, record, standing) = read(app, &client, &id, reader.as_ref())?;
    let (age, proposed) = (Age::of(app, &proven, Some(args.current.within)), acts::Propose::of(&record).hash());
    let mut value = json!({
        "as_of": as_of_json(&proven), "status": record.status.word(), "standing": standing.word(),
        "proposed": proposed.to_string(), "proposal": facts::json(&record),
    });
    age.put_into(&mut value);
    let mut lines = vec![age.sentence(app, &proven), opened(app, &record, standing)];
    lines.extend(in_words(app, &client, &record.change)?);
    lines.push(hash_line(app, &proposed));
    lines.push(standing.words(app, &record));
    app.out.result(&lines.join("\n"), &value);
    Ok(age.exit(Exit::Done))
}

/// Reads a proposal, then it again with what it replaces and with those of its department that may be voted on, all under
/// one head, which tells how it stands.
pub(super) fn read(
    app: &App,
    client: &Client,
    id: &RecordId,
    reader: Option<&Signer>,
) -> Result<(Proven, Proposal, Standing), CliError> {
    let key = StateKey::proposal(id);
    let first = ask::read(app, client, std::slice::from_ref(&key), None, reader)?;
    let first: Proposal = ask::record(&first, &key)?;
    let (replaced, listed) = (first.change.replaces(), StateKey::proposals_of(&first.department));
    let proven = ask::read(app, client, &[key.clone(), replaced.clone(), listed.clone()], None, reader)?;
    let record: Proposal = ask::record(&proven, &key)?;
    let open: Option<Vec<OpenProposal>> =
        proven.verified.record(&listed).map_err(|source| CliError::Forged { source })?;
    let is_listed = open.unwrap_or_default().iter().any(|one| one.proposal == *id);
    let standing = match Standing::of(&record, base(&proven, &replaced), proven.verified.header().time) {
        // Something was decided over it, though the value is what it was before.
        Standing::Open if !is_listed => Standing::Stale,
        standing => standing,
    };
    Ok((proven, record, standing))
}

/// Says before anyone signs what a proposal is that was read with its proof; gives the hash that the signature names.
///
/// Whoever signs has read it: they name its hash, or say so on a terminal.
///
/// # Errors
/// `Choose` with the hash if it is named neither way; `Refused` if what stands there is something else.
pub(super) fn told(
    app: &App,
    client: &Client,
    record: &Proposal,
    standing: Standing,
    named: Option<&str>,
) -> Result<Hash, CliError> {
    let hash = acts::Propose::of(record).hash();
    let named: Option<Hash> = named.map(|text| ask::word("--proposed", text)).transpose()?;
    if named.is_some_and(|named| named != hash) {
        return Err(CliError::rejected(Rejection::ProposalOther, app.language()));
    }
    app.out.note(&opened(app, record, standing));
    tell(app, client, &record.change)?;
    if named.is_none() && !confirmed(app)? {
        return Err(CliError::Choose { what: "--proposed", list: vec![hash_line(app, &hash)] });
    }
    Ok(hash)
}

/// Asks on a terminal whether this is what the signature is to name.
fn confirmed(app: &App) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    app.out.note(&app.words.say("proposal-confirm"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(CliError::fault)?;
    Ok(answer.trim() == app.words.say("word-yes"))
}

fn hash_line(app: &App, hash: &Hash) -> String {
    app.say("proposal-hash", &[("hash", &hash.to_string())])
}

/// Says what a change is, before anyone signs.
///
/// # Errors
/// As any read.
pub(super) fn tell(app: &App, client: &Client, change: &Change) -> Result<(), CliError> {
    in_words(app, client, change)?.iter().for_each(|line| app.out.note(line));
    Ok(())
}

/// Whether votes on a proposal count, and else what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Votes count.
    Open,
    /// Something else was decided over it: votes are refused.
    Stale,
    /// Its time is over: votes are refused.
    Expired,
    /// In effect.
    Passed,
    /// Passed, and in effect at the time that was set for it.
    Scheduled,
    /// It can no longer pass.
    Rejected,
}

impl Standing {
    /// How a proposal stands at a time at which `present` names what it would replace, see [`base`].
    pub(super) fn of(record: &Proposal, present: Option<Hash>, time: TimeMs) -> Self {
        match record.status {
            ProposalStatus::Open if time >= record.expires_at => Self::Expired,
            ProposalStatus::Open if present != record.base => Self::Stale,
            ProposalStatus::Open => Self::Open,
            ProposalStatus::Passed if matches!(record.change, Change::SetValidators(_)) => Self::Scheduled,
            ProposalStatus::Passed => Self::Passed,
            ProposalStatus::Rejected => Self::Rejected,
        }
    }

    /// The stable word.
    pub(super) fn word(self) -> &'static str {
        self.key().trim_start_matches("proposal-status-")
    }

    /// Key of its words in the catalogue.
    const fn key(self) -> &'static str {
        match self {
            Self::Open => "proposal-status-open",
            Self::Stale => "proposal-status-stale",
            Self::Expired => "proposal-status-expired",
            Self::Passed => "proposal-status-passed",
            Self::Scheduled => "proposal-status-scheduled",
            Self::Rejected => "proposal-status-rejected",
        }
    }

    /// The votes, and this.
    pub(super) fn words(self, app: &App, record: &Proposal) -> String {
        let (yes, no) = (record.yes.len().to_string(), record.no.len().to_string());
        app.say("proposal-standing", &[("yes", &yes), ("no", &no), ("status", &app.words.say(self.key()))])
    }
}

/// Who proposed it and when; of an open one, until when votes count.
fn opened(app: &App, record: &Proposal, standing: Standing) -> String {
    let (time, until) = (beijing::shown(record.proposed_at), beijing::shown(record.expires_at));
    let (id, department) = (record.id.to_string(), record.department.to_string());
    let values = [("record", &*id), ("department", &*department), ("time", &*time), ("until", &*until)];
    match standing {
        Standing::Open => app.say("proposal-by-open", &values),
        _ => app.say("proposal-by", &values[..3]),
    }
}

/// What changes, every value of it by the names of the format, and for validators how many may fail now and then.
fn in_words(app: &App, client: &Client, change: &Change) -> Result<Vec<String>, CliError> {
    let named = app.say("proposal-change", &[("change", &facts::word(app, "change", change.word()))]);
    let view = change.view();
    let body = view.get("body").map_or(serde_json::Value::Null, facts::plain);
    let mut lines = vec![named, inspect::values(&body)];
    lines.extend(quorums(app, client, change)?);
    lines.push(needed(app, client)?);
    Ok(lines)
}

/// How many departments must be for it: more than two thirds of the active ones that can sign.
fn needed(app: &App, client: &Client) -> Result<String, CliError> {
    let all = ask::departments(app, client)?;
    let count = all.iter().filter(|one| one.can_vote()).count();
    let needed = acts::votes_needed(count).to_string();
    Ok(app.say("proposal-needs", &[("needed", &needed), ("count", &count.to_string())]))
}

/// Of a change of validators: how many may fail and how many must agree, now and then.
fn quorums(app: &App, client: &Client, change: &Change) -> Result<Vec<String>, CliError> {
    let Change::SetValidators(change) = change else { return Ok(Vec::new()) };
    let key = StateKey::validators();
    let schedule: ValidatorSchedule =
        ask::record(&ask::read(app, client, std::slice::from_ref(&key), None, None)?, &key)?;
    let next =
        ValidatorSet::new(change.validators.clone()).map_err(|error| CliError::value("set-validators", error))?;
    let said = [("validators-now", &schedule.current), ("validators-then", &next)].map(|(said, set)| {
        let (count, faulty, quorum) =
            (set.len().to_string(), set.faults_tolerated().to_string(), set.quorum().to_string());
        app.say(said, &[("count", &count), ("faulty", &faulty), ("quorum", &quorum)])
    });
    Ok(said.into())
}

#[cfg(test)]
mod tests;
