//! Administration keys: single stolen ones end nobody's part in governance, and one lost key is no emergency.

use ledger::action::Action;
use ledger::action::key::{ResumeKey, SuspendKey};
use ledger::genesis::Genesis;
use ledger::limits::FREEZE_MS;
use ledger::record::{Change, KeyRecord, KeyStatus, Parameters, Proposal, ProposalStatus};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use yinxin_tests::sample::{DEPARTMENTS, SampleChain, genesis, id, key, word};
use yinxin_tests::story::{administer, propose, set_administration, vote};

fn suspend(chain: &mut SampleChain, name: &str) -> Result<(), Rejection> {
    let action = Action::SuspendKey(SuspendKey { key: key(name).public().id(), reason: word("lost") });
    let department = name.split('-').next().unwrap();
    chain.submit(department, &[name], action)
}

fn record(chain: &SampleChain, name: &str) -> KeyRecord {
    chain.record(&StateKey::key(&key(name).public().id())).unwrap()
}

/// Every department has two keys and needs both. No genesis document may say so; the chain is made all the same.
fn two_of_two() -> Genesis {
    let mut genesis = genesis();
    genesis.departments.iter_mut().for_each(|department| department.administration.truncate(2));
    genesis
}

fn all_propose(chain: &mut SampleChain) -> [Result<(), Rejection>; 4] {
    let change = || Change::SetParameters(Parameters::default());
    DEPARTMENTS.map(|one| administer(chain, one, propose(one, change())))
}

#[test]
fn a_founding_department_may_lose_one_administration_key() {
    assert!(genesis().check().is_ok());
    assert!(two_of_two().check().is_err());
    assert!(ledger::trust::TrustFile::of_genesis(&two_of_two()).is_err());
}

/// ONE stolen key each of two departments of four: what they can do is over after 72 hours.
#[test]
fn stolen_single_keys_do_not_end_governance() {
    let mut chain = SampleChain::new(two_of_two());
    assert_eq!(suspend(&mut chain, "court-admin-1"), Ok(()));
    assert_eq!(suspend(&mut chain, "police-admin-1"), Ok(()));
    let frozen = record(&chain, "police-admin-1");
    assert_eq!((frozen.status, frozen.frozen_until), (KeyStatus::Active, Some(chain.time().plus(FREEZE_MS))));
    assert_eq!(
        administer(&mut chain, "police", propose("now", Change::SetParameters(Parameters::default()))),
        Err(Rejection::KeyFrozen)
    );
    chain.block_at(chain.time().plus(FREEZE_MS), Vec::new());
    assert_eq!(suspend(&mut chain, "police-admin-1"), Err(Rejection::LastKeys), "and not at once again");
    assert_eq!(all_propose(&mut chain), [Ok(()); 4]);
    chain.block_at(chain.time().plus(FREEZE_MS), Vec::new());
    assert_eq!(suspend(&mut chain, "police-admin-1"), Ok(()), "any key may stop itself");
}

/// In between, the others are given new keys by vote.
#[test]
fn what_stolen_single_keys_did_is_mended_by_vote() {
    let mut chain = SampleChain::new(two_of_two());
    for name in ["court-admin-1", "police-admin-1"] {
        suspend(&mut chain, name).unwrap();
    }
    let change = set_administration(&chain, "court", &["new-1", "new-2", "new-3"], 2);
    administer(&mut chain, "notary", propose("mend", change)).unwrap();
    administer(&mut chain, "justice", vote("mend", true)).unwrap();
    chain.block_at(chain.time().plus(FREEZE_MS), Vec::new());
    administer(&mut chain, "police", vote("mend", true)).unwrap();
    let record: Proposal = chain.record(&StateKey::proposal(&id("mend"))).unwrap();
    assert_eq!(record.status, ProposalStatus::Passed);
}

/// Two of three: the first that stops stays stopped, the second only freezes itself.
#[test]
fn no_administration_key_ends_itself_below_the_threshold() {
    let mut chain = SampleChain::default();
    suspend(&mut chain, "court-admin-1").unwrap();
    suspend(&mut chain, "court-admin-2").unwrap();
    let (first, second) = (record(&chain, "court-admin-1"), record(&chain, "court-admin-2"));
    assert_eq!((first.status, first.frozen_until), (KeyStatus::Suspended, None));
    assert_eq!((second.status, second.frozen_until), (KeyStatus::Active, Some(chain.time().plus(FREEZE_MS))));
    chain.block_at(chain.time().plus(FREEZE_MS), Vec::new());
    let change = Change::SetParameters(Parameters::default());
    assert_eq!(chain.submit("court", &["court-admin-3", "court-admin-2"], propose("still here", change)), Ok(()));
}

#[test]
fn the_other_administrators_resume_a_key_that_stopped_itself() {
    let mut chain = SampleChain::default();
    suspend(&mut chain, "court-admin-1").unwrap();
    let resume = || Action::ResumeKey(ResumeKey { key: key("court-admin-1").public().id() });
    let one = chain.submit("court", &["court-admin-2"], resume());
    assert_eq!(one, Err(Rejection::ThresholdMissing));
    let others = chain.submit("police", &["police-admin-1", "police-admin-2"], resume());
    assert_eq!(others, Err(Rejection::OtherDepartment));
    chain.submit("court", &["court-admin-2", "court-admin-3"], resume()).unwrap();
    assert_eq!(record(&chain, "court-admin-1").status, KeyStatus::Active);
    assert_eq!(all_propose(&mut chain), [Ok(()); 4]);
}
