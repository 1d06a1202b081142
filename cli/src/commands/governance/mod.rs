//! `yinxin propose`, `yinxin vote`: one department one vote, by its administration keys. `yinxin ready` and others: what
//! a change of keys or validators needs besides votes.

mod change;
mod joining;
mod proposal;

pub(super) use joining::{consent, ready, validator, validators};
pub(super) use proposal::proposal;

use ledger::action::Action;
use ledger::action::governance as acts;
use ledger::crypto::Hash;
use ledger::record::{Change, Department, Item, Proposal, base_of};
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
    let committed = ask::send(app, &client, Sending { action, record: &id, secrets: &[] }, &args.sign, &signers)?;
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
    let proposed = Some(proposal::told(app, &client, &id, &signers, args.proposed.as_deref())?);
    let action = Action::Vote(acts::Vote { proposal: id, approve, proposed });
    let committed = ask::send(app, &client, Sending { action, record: &id, secrets: &[] }, &args.sign, &signers)?;
    done(app, &client, "proposal-voted", &id, &committed, &signers)
}

/// Takes from the ledger what a change must not alter, a department's keys and number words and an item's next version,
/// and names what it replaces: whatever is decided until the proposal arrives makes it stale.
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
    Ok((change, base(&proven, &key)))
}

/// Names the value that stands under a key, where one does.
fn base(proven: &Proven, key: &StateKey) -> Option<Hash> {
    let present = proven.verified.entries().find(|(path, _)| *path == key.path());
    present.and_then(|(_, value)| value).map(base_of)
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
