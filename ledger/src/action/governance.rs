//! Governance: one department one vote, more than two thirds, each vote by the department's administration keys.
//!
//! A change names what it replaces, and is stale for good once something else was decided there: nothing that is decided later
//! is undone by an older proposal. It takes effect with the vote that passes it; a change of validators waits at least 600 s more, moves at most
//! a third of the power, and needs every joining node to have shown that it is up.

use super::Rule;
use crate::block::Header;
use crate::codec;
use crate::crypto::{Domain, Hash, KeyId, Signature, tagged};
use crate::limits::{DEPARTMENTS_MAX, OPEN_PROPOSALS_MAX, PROPOSAL_LIFETIME_MS};
use crate::record::{Change, Department, OpenProposal, Proposal, ProposalStatus, ReadyMark, base_of};
use crate::rejection::Rejection;
use crate::rules::{Context, RuleError, apply_change, check_change, require};
use crate::state::StateKey;
use crate::statement::ready_bytes;
use crate::types::{DepartmentId, Height, RecordId};

cbor_map! {
    /// A department proposes a change; its proposal is its vote for it.
    pub struct Propose {
        /// Id of the new record, random.
        1 => proposal: RecordId,
        /// What changes.
        2 => change: Change,
        /// What the change replaces, see [`base_of`]; left out if nothing stands there yet.
        3 => base: Option<Hash>,
    }
}

cbor_map! {
    /// A department votes; while the proposal is open its newer vote takes the place of its older one.
    pub struct Vote {
        /// The proposal.
        1 => proposal: RecordId,
        /// For it, or against it.
        2 => approve: bool,
        /// What the voter has read, see [`Propose::hash`]. Left out the vote is for whatever stands under the id.
        3 => proposed: Option<Hash>,
    }
}

cbor_map! {
    /// A joining validator's node shows that it follows the chain, with its consensus key.
    pub struct Ready {
        /// The proposal that adds the validator.
        1 => proposal: RecordId,
        /// The consensus key.
        2 => key: KeyId,
        /// Height that the node has reached, within 200 of the head.
        3 => height: Height,
        /// Hash of the header at that height.
        4 => header: Hash,
        /// Signature by the consensus key over [`ready_bytes`].
        5 => signature: Signature,
        /// What the department has read, as with a vote.
        6 => proposed: Option<Hash>,
    }
}

impl Propose {
    /// What was proposed, from its record.
    #[must_use]
    pub fn of(record: &Proposal) -> Self {
        Self { proposal: record.id, change: record.change.clone(), base: record.base }
    }

    /// Names what is proposed. Ids of proposals are first come, first served, so who votes on an id alone votes on what
    /// another department may have put there; who names the hash votes on what was read.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(Domain::Proposed, &[&codec::encode(self)])
    }
}

/// Heights behind the head at which a ready statement still counts.
const READY_HEIGHTS_BEHIND_MAX: u64 = 200;

impl Rule for Propose {
    fn subject(&self) -> StateKey {
        StateKey::proposal(&self.proposal)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.administration()?;
        context.vacant::<Proposal>(&self.subject())?;
        require_base(context, &self.change, self.base)?;
        check_change(context, &self.change)?;
        let department = context.signers.department.id.clone();
        let expires_at = context.time.plus(PROPOSAL_LIFETIME_MS);
        let replaces = self.change.replaces().hash();
        note_open(context, &department, OpenProposal { proposal: self.proposal, expires_at, replaces })?;
        let record = Proposal {
            id: self.proposal,
            department: department.clone(),
            change: self.change.clone(),
            yes: vec![department],
            no: Vec::new(),
            proposed_at: context.time,
            expires_at,
            status: ProposalStatus::Open,
            ready: Vec::new(),
            base: self.base,
        };
        settle(context, record)
    }
}

impl Rule for Vote {
    fn subject(&self) -> StateKey {
        StateKey::proposal(&self.proposal)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.administration()?;
        let mut record = open_proposal(context, &self.subject(), self.proposed)?;
        let department = context.signers.department.id.clone();
        let Proposal { yes, no, .. } = &mut record;
        let (side, other) = if self.approve { (yes, no) } else { (no, yes) };
        require(!side.contains(&department), Rejection::AlreadyVoted)?;
        // A vote that stolen keys cast is withdrawn by the department's new ones.
        other.retain(|voter| *voter != department);
        side.push(department);
        settle(context, record)
    }
}

impl Rule for Ready {
    fn subject(&self) -> StateKey {
        StateKey::proposal(&self.proposal)
    }

    fn apply(&self, context: &mut Context<'_, '_>) -> Result<(), RuleError> {
        context.signers.administration()?;
        let mut record = open_proposal(context, &self.subject(), self.proposed)?;
        let Change::SetValidators(change) = &record.change else { return Err(Rejection::WrongStatus.into()) };
        let department = &context.signers.department.id;
        let joining = change.validators.iter().find(|validator| validator.key.id() == self.key);
        let joining =
            joining.filter(|validator| validator.department == *department).ok_or(Rejection::OtherDepartment)?;
        let tip = context.state.view().tip()?.header.height;
        let near = self.height <= tip && self.height.0 + READY_HEIGHTS_BEHIND_MAX >= tip.0;
        let header: Option<Header> = if near { context.state.view().header(self.height)? } else { None };
        require(header.is_some_and(|found| found.hash() == self.header), Rejection::NotNearHead)?;
        let message = ready_bytes(&context.chain.chain, &self.proposal, &self.key, self.height, &self.header);
        require(context.verifies(&joining.key, &message, &self.signature), Rejection::PossessionUnproven)?;
        record.ready.retain(|mark| mark.key != self.key);
        record.ready.push(ReadyMark { key: self.key, at: context.time });
        settle(context, record)
    }
}

fn open_proposal(context: &Context<'_, '_>, key: &StateKey, proposed: Option<Hash>) -> Result<Proposal, RuleError> {
    let record: Proposal = context.record(key)?;
    require(proposed.is_none_or(|read| read == Propose::of(&record).hash()), Rejection::ProposalOther)?;
    let open = record.status == ProposalStatus::Open && context.time < record.expires_at;
    require(open, Rejection::ProposalClosed)?;
    let listed = open_proposals_of(context, &record.department)?;
    require(listed.iter().any(|one| one.proposal == record.id), Rejection::ProposalStale)?;
    require_base(context, &record.change, record.base)?;
    Ok(record)
}

/// A change takes the place of what its proposer saw, and of nothing that was decided since: an older proposal never
/// undoes a newer decision.
fn require_base(context: &Context<'_, '_>, change: &Change, base: Option<Hash>) -> Result<(), RuleError> {
    let present = context.state.value(&change.replaces())?.map(|value| base_of(&value));
    require(present == base, Rejection::ProposalStale)
}

fn open_proposals_of(context: &Context<'_, '_>, department: &DepartmentId) -> Result<Vec<OpenProposal>, RuleError> {
    Ok(context.one_of_many(&StateKey::proposals_of(department))?.unwrap_or_default())
}

/// Lists a new proposal among its department's open ones; those whose time is over count no more.
fn note_open(context: &mut Context<'_, '_>, by: &DepartmentId, new: OpenProposal) -> Result<(), RuleError> {
    let mut open = open_proposals_of(context, by)?;
    open.retain(|one| context.time < one.expires_at);
    require(open.len() < OPEN_PROPOSALS_MAX, Rejection::ProposalsTooMany)?;
    open.push(new);
    context.state.put(StateKey::proposals_of(by), &open);
    Ok(())
}

/// Strikes out of a department's list.
fn strike(
    context: &mut Context<'_, '_>,
    department: &DepartmentId,
    struck: impl Fn(&OpenProposal) -> bool,
) -> Result<(), RuleError> {
    let mut open = open_proposals_of(context, department)?;
    let before = open.len();
    open.retain(|one| !struck(one));
    if open.len() < before {
        context.state.put(StateKey::proposals_of(department), &open);
    }
    Ok(())
}

/// Nobody votes any more on what would replace the value that was just decided, whatever stands there later.
fn note_decided(context: &mut Context<'_, '_>, change: &Change) -> Result<(), RuleError> {
    let decided = change.replaces().hash();
    let all: Vec<DepartmentId> = context.record(&StateKey::departments())?;
    for department in all.iter().take(DEPARTMENTS_MAX) {
        strike(context, department, |one| one.replaces == decided)?;
    }
    Ok(())
}

/// Votes that a change needs of so many active departments: more than two thirds.
#[must_use]
pub const fn votes_needed(departments: usize) -> usize {
    departments * 2 / 3 + 1
}

/// Writes the proposal, and carries it out if it has passed.
fn settle(context: &mut Context<'_, '_>, mut record: Proposal) -> Result<(), RuleError> {
    let members = active_departments(context)?;
    let count = |votes: &[DepartmentId]| votes.iter().filter(|vote| members.contains(vote)).count();
    let (yes, no) = (count(&record.yes), count(&record.no));
    if yes >= votes_needed(members.len()) {
        check_change(context, &record.change)?;
        if apply_change(context, &record)? {
            record.status = ProposalStatus::Passed;
            note_decided(context, &record.change)?;
        }
    } else if no * 3 >= members.len() {
        record.status = ProposalStatus::Rejected;
    }
    if record.status == ProposalStatus::Rejected {
        strike(context, &record.department, |one| one.proposal == record.id)?;
    }
    context.state.put(StateKey::proposal(&record.id), &record);
    Ok(())
}

fn active_departments(context: &Context<'_, '_>) -> Result<Vec<DepartmentId>, RuleError> {
    let all: Vec<DepartmentId> = context.record(&StateKey::departments())?;
    let mut active = Vec::new();
    for id in all.into_iter().take(DEPARTMENTS_MAX) {
        let department: Option<Department> = context.one_of_many(&StateKey::department(&id))?;
        let department = department.ok_or(Rejection::RecordUnknown)?;
        if department.can_vote() {
            active.push(id);
        }
    }
    Ok(active)
}
