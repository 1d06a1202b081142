//! `yinxin propose`, `yinxin vote`: one department one vote, by its administration keys. `yinxin ready` and others: what
//! a change of keys or validators needs besides votes.

mod change;
mod joining;
mod proposal;

pub(super) use joining::{consent, parameters, ready, validator, validators};
pub(super) use proposal::proposal;

use ledger::action::Action;
use ledger::action::governance as acts;
use ledger::crypto::Hash;
use ledger::error::VerifyError;
use ledger::record::{Change, Department, Grounds, Item, Parameters, Proposal, ValidatorSchedule, base_of};
use ledger::state::StateKey;
use ledger::types::RecordId;
use proposal::Standing;
use serde_json::json;

use super::ask::{self, Sending};
use super::facts::{self, as_of_json};
use super::shown::{changed, conclude};
use crate::app::{App, Signer, random};
use crate::args::{Propose, Vote, VoteChoice};
use crate::client::{Client, Committed, Proven};
use crate::error::CliError;
use crate::exit::Exit;
use crate::given::Next;

/// Opens a proposal; it is the department's vote for it.
///
/// # Errors
/// [`CliError`].
pub(crate) fn propose(app: &App, args: &Propose) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let (change, base) = completed(app, &client, change::read(&args.change)?)?;
    proposal::tell(app, &client, &change)?;
    let id = RecordId(random());
    let action = Action::Propose(acts::Propose { proposal: id, change, base });
    let signers = ask::signers(app, &args.sign)?;
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &[], files: &[] }, &args.sign, &signers)?;
    done(app, &client, "proposal-opened", &id, &committed, &signers)
}

/// Votes for the department of the keys that sign, on what the proven proposal says and on nothing else that may stand
/// under its id.
///
/// # Errors
/// [`CliError`].
pub(crate) fn vote(app: &App, args: &Vote) -> Result<Exit, CliError> {
    let client = Client::new(app)?;
    let id = ask::id("PROPOSAL", &args.proposal)?;
    let approve = args.choice == VoteChoice::Yes;
    let signers = ask::signers(app, &args.sign)?;
    let (_, record, standing) = proposal::read(app, &client, &id, signers.first())?;
    let proposed = Some(proposal::told(app, &client, &record, standing, args.proposed.as_deref())?);
    let action = Action::Vote(acts::Vote { proposal: id, approve, proposed });
    let committed =
        ask::send(app, &client, Sending { action, record: &id, secrets: &[], files: &[] }, &args.sign, &signers)?;
    done(app, &client, "proposal-voted", &id, &committed, &signers)
}

/// Takes from the ledger what a change must not alter, a department's keys and number words and an item's next version, and
/// names what it replaces: whatever is decided until the proposal arrives makes it stale.
///
/// # Errors
/// `ChangesNothing` where the present value is proven to be the same; as [`ask::read`].
fn completed(app: &App, client: &Client, change: Change) -> Result<(Change, Option<Hash>), CliError> {
    let key = change.replaces();
    let proven = ask::read(app, client, std::slice::from_ref(&key), None, None)?;
    let forged = |source| CliError::Forged { source };
    let change = match change {
        Change::PutDepartment(new) => {
            let old: Option<Department> = proven.verified.record(&key).map_err(forged)?;
            let (administration, administration_threshold, mut numbering) = old.map_or_else(
                || (Vec::new(), 0, Vec::new()),
                |old| (old.administration, old.administration_threshold, old.numbering),
            );
            // What the file does not name stays: papers bear an office's words.
            numbering.retain(|entry| new.numbering.iter().all(|other| other.class != entry.class));
            numbering.extend(new.numbering);
            Change::PutDepartment(Department { administration, administration_threshold, numbering, ..new })
        }
        Change::PutItem(new) => {
            let old: Option<Item> = proven.verified.record(&key).map_err(forged)?;
            let version = old.map_or(1, |old| old.version.saturating_add(1));
            Change::PutItem(Item { version, ..new })
        }
        other => other,
    };
    if changes_nothing(&proven, &key, &change).map_err(forged)? {
        return Err(CliError::ChangesNothing { change: change.word() });
    }
    let replaced = base(&proven, &key);
    Ok((change, replaced))
}

/// Names the proven value of a key, which a change would replace; nothing if it is proven that none is there.
fn base(proven: &Proven, key: &StateKey) -> Option<Hash> {
    let present = proven.verified.entries().find(|(path, _)| *path == key.path());
    present.and_then(|(_, value)| value).map(base_of)
}

/// Whether a change would leave everything as it is proven to be. Validators that wait for their time are no such thing:
/// a vote for the present ones sends them away.
fn changes_nothing(proven: &Proven, key: &StateKey, change: &Change) -> Result<bool, VerifyError> {
    Ok(match change {
        Change::SetParameters(new) => {
            let old: Option<Parameters> = proven.verified.record(key)?;
            let plain = |one: &Parameters| Parameters { absences_max: Some(one.absences_max()), ..one.clone() };
            old.is_some_and(|old| plain(&old) == plain(new))
        }
        Change::SetValidators(new) => {
            let old: Option<ValidatorSchedule> = proven.verified.record(key)?;
            old.is_some_and(|old| old.pending.is_none() && old.current.validators() == new.validators)
        }
        Change::SetGrounds(new) => proven.verified.record::<Grounds>(key)?.is_some_and(|old| old == *new),
        _ => false,
    })
}

fn done(
    app: &App,
    client: &Client,
    said: &str,
    id: &RecordId,
    committed: &Committed,
    signers: &[Signer],
) -> Result<Exit, CliError> {
    let (proven, record): (_, Proposal) = changed(app, client, &StateKey::proposal(id), committed, signers)?;
    // What it replaces was compared a block ago, or the act would have been refused.
    let standing = Standing::of(&record, record.base, proven.verified.header().time);
    let done = format!("{}\n{}", app.say(said, &[("record", &id.to_string())]), standing.words(app, &record));
    let value = json!({
        "record": id.to_string(), "as_of": as_of_json(&proven), "status": record.status.word(),
        "standing": standing.word(), "proposal": facts::json(&record),
    });
    let next = Next::Whole(app.given.signed(&["proposal", "show", &id.to_string()]));
    conclude(app, done, value, committed, &[], Some(next));
    Ok(Exit::Done)
}
