//! Steps that many stories share, on the sample's chain: persons, certificates, cases, votes, changes of validators.

use crate::sample::{SampleChain, approve, draft, id, issue, item_ref, key, register_identity, validator_set, word};
use ledger::action::Action;
use ledger::action::correction::{Close, Enter, Open};
use ledger::action::governance::{Propose, Ready, Vote};
use ledger::block::{Header, SignedHeader};
use ledger::bundle::Handover;
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, SecretKey, Suite};
use ledger::record::{Change, NewKey, PendingSet, SetAdministration, SetValidators, ValidatorSchedule};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::statement::{KeyUse, possession_bytes, ready_bytes};
use ledger::types::{Height, Round};
use ledger::validator::ValidatorSet;

/// Two administration keys of a department, the number that its threshold asks for.
#[must_use]
pub fn administrators(department: &str) -> [String; 2] {
    [format!("{department}-admin-1"), format!("{department}-admin-2")]
}

/// Submits a statement by a department's administration.
///
/// # Errors
/// The rejection.
pub fn administer(chain: &mut SampleChain, department: &str, action: Action) -> Result<(), Rejection> {
    let [first, second] = administrators(department);
    chain.submit(department, &[&first, &second], action)
}

/// Registers a natural person by the police.
pub fn person(chain: &mut SampleChain, name: &str) {
    let action = register_identity(&chain.context(), name);
    chain.submit("police", &["police-officer"], action).expect("a person is registered");
}

/// Drafts, approves and issues a certificate about `wang`, who must be registered.
pub fn issued(chain: &mut SampleChain, name: &str) {
    chain.submit("notary", &["notary-zhang"], draft(name, &["wang"])).expect("drafted");
    chain.submit("notary", &["notary-head"], approve(name)).expect("approved");
    chain.submit("notary", &["notary-zhang", "notary-seal"], issue(name)).expect("issued");
}

/// The court opens a corrections case.
#[must_use]
pub fn open_case(name: &str) -> Action {
    Action::OpenCase(Open {
        case: id(name),
        item: item_ref("correction.community"),
        variant: word("probation"),
        subject: Hash::sha256(format!("subject of {name}").as_bytes()),
        decision: Hash::sha256(format!("decision of {name}").as_bytes()),
        minor: false,
    })
}

/// An entry of a case, made a minute before the tip.
#[must_use]
pub fn enter(chain: &SampleChain, name: &str, kind: &str, content: &str) -> Action {
    Action::EnterCase(Enter {
        case: id(name),
        kind: word(kind),
        content: Hash::sha256(content.as_bytes()),
        occurred_at: ledger::types::TimeMs(chain.time().0 - 60_000),
    })
}

/// The end of a case.
#[must_use]
pub fn close(name: &str, ground: &str) -> Action {
    Action::CloseCase(Close { case: id(name), ground: word(ground), document: Some(Hash::sha256(b"closing")) })
}

/// A proposal of governance.
#[must_use]
pub fn propose(name: &str, change: Change) -> Action {
    Action::Propose(Propose { proposal: id(name), change, base: None })
}

/// A vote on it.
#[must_use]
pub fn vote(name: &str, approve: bool) -> Action {
    Action::Vote(Vote { proposal: id(name), approve, proposed: None })
}

/// A vote on it that says what the voter has read.
#[must_use]
pub fn vote_on(read: &Propose, approve: bool) -> Action {
    Action::Vote(Vote { proposal: read.proposal, approve, proposed: Some(read.hash()) })
}

/// Proposed by the notary office, approved by justice and police: three of four, more than two thirds.
///
/// # Errors
/// The first rejection.
pub fn pass(chain: &mut SampleChain, name: &str, change: Change) -> Result<(), Rejection> {
    administer(chain, "notary", propose(name, change))?;
    administer(chain, "justice", vote(name, true))?;
    administer(chain, "police", vote(name, true))
}

/// A new key of a department, with proof of possession.
#[must_use]
pub fn new_key(chain: &SampleChain, department: &str, meant: KeyUse, secret: &SecretKey) -> NewKey {
    let message = possession_bytes(&chain.context().chain, &word(department), meant, &secret.public().id());
    NewKey { suite: Suite::Ed25519Sha256, key: secret.public(), possession: secret.sign(&message) }
}

/// New administration keys of a department, from these key names.
#[must_use]
pub fn set_administration(chain: &SampleChain, department: &str, names: &[&str], threshold: u8) -> Change {
    let keys = names.iter().map(|name| new_key(chain, department, KeyUse::Administration, &key(name))).collect();
    Change::SetAdministration(SetAdministration { department: word(department), keys, threshold })
}

/// A change to the validators of these departments.
#[must_use]
pub fn validators_of(departments: &[&str]) -> Change {
    Change::SetValidators(SetValidators { validators: validator_set(departments).validators().to_vec() })
}

/// The ready statement of a joining department's node, as of the tip.
#[must_use]
pub fn ready(chain: &SampleChain, name: &str, department: &str) -> Action {
    let secret = key(&format!("{department}-consensus"));
    let tip = &chain.signed.last().expect("a head").header;
    let message = ready_bytes(&chain.context().chain, &id(name), &secret.public().id(), tip.height, &tip.hash());
    Action::Ready(Ready {
        proposal: id(name),
        key: secret.public().id(),
        height: tip.height,
        header: tip.hash(),
        signature: secret.sign(&message),
        proposed: None,
    })
}

/// The schedule of validators at the tip.
#[must_use]
pub fn schedule(chain: &SampleChain) -> ValidatorSchedule {
    chain.record(&StateKey::validators()).expect("a schedule")
}

/// Votes for a set, lets the joining nodes show that they are up, waits out the delay, and gives the handover.
pub fn change_validators(chain: &mut SampleChain, name: &str, departments: &[&str]) -> Handover {
    let joining: Vec<&str> = departments
        .iter()
        .copied()
        .filter(|department| {
            schedule(chain).current.validators().iter().all(|one| one.department.as_str() != *department)
        })
        .collect();
    pass(chain, name, validators_of(departments)).expect("the change is voted");
    for department in joining {
        let action = ready(chain, name, department);
        administer(chain, department, action).expect("the joining node is up");
    }
    let PendingSet { validators, not_before } = schedule(chain).pending.expect("the change is pending");
    chain.block_at(not_before, Vec::new());
    let signed = chain.signed.last().expect("a head").clone();
    assert_eq!(signed.header.next_validators, validators.hash());
    Handover { signed, next: validators }
}

/// Precommits of these keys for a header, whoever they are.
#[must_use]
pub fn certified_by(chain: &SampleChain, header: &Header, set: &ValidatorSet, keys: &[SecretKey]) -> SignedHeader {
    let Height(height) = header.height;
    let message = vote_sign_bytes(&chain.context(), Height(height), Round(0), VoteStep::Precommit, Some(header.hash()));
    let votes = keys.iter().map(|key| (key.public().id(), key.sign(&message)));
    let certificate = CommitCertificate::build(header.height, Round(0), set, votes);
    SignedHeader { header: header.clone(), certificate }
}

/// Consensus keys of these departments.
#[must_use]
pub fn consensus_keys(departments: &[&str]) -> Vec<SecretKey> {
    departments.iter().map(|department| key(&format!("{department}-consensus"))).collect()
}
