//! A change takes the place of what its proposer saw: no older proposal undoes a newer decision.

use ledger::action::Action;
use ledger::action::governance::{Propose, Ready};
use ledger::crypto::Hash;
use ledger::record::{Change, Department, Parameters, Proposal, RetireDepartment, SetValidators};
use ledger::rejection::Rejection;
use ledger::state::{StateKey, StateView};
use ledger::statement::ready_bytes;
use ledger::types::Text;
use ledger::validator::ValidatorSet;
use yinxin_tests::sample::{DEPARTMENTS, SampleChain, id, key, validator_set, word};
use yinxin_tests::story::{
    administer, change_validators, pass, propose, schedule, set_administration, validators_of, vote,
};

fn archive(name: &str, roles: &[&str]) -> Department {
    Department {
        id: word("archive"),
        name_zh: Text::new(name).unwrap(),
        name_en: Text::new("archive").unwrap(),
        roles: roles.iter().map(|role| word(role)).collect(),
        administration: Vec::new(),
        administration_threshold: 0,
        numbering: Vec::new(),
        active: true,
        credit_code: None,
        successor: None,
    }
}

fn department(chain: &SampleChain, name: &str) -> Department {
    chain.record(&StateKey::department(&word(name))).unwrap()
}

/// Proposed by the notary office and approved by justice: the police's vote would pass it.
fn one_vote_short(chain: &mut SampleChain, name: &str, change: Change) {
    administer(chain, "notary", propose(name, change)).unwrap();
    administer(chain, "justice", vote(name, true)).unwrap();
}

fn last_vote(chain: &mut SampleChain, name: &str) -> Result<(), Rejection> {
    administer(chain, "police", vote(name, true))
}

#[test]
fn a_change_of_name_brings_no_retired_department_back() {
    let mut chain = SampleChain::default();
    pass(&mut chain, "join", Change::PutDepartment(archive("档案馆", &["archive"]))).unwrap();
    one_vote_short(&mut chain, "rename", Change::PutDepartment(archive("新档案馆", &["archive"])));
    let retire = Change::RetireDepartment(RetireDepartment { department: word("archive"), successor: None });
    pass(&mut chain, "leave", retire).unwrap();
    assert_eq!(last_vote(&mut chain, "rename"), Err(Rejection::ProposalStale));
    assert!(!department(&chain, "archive").active);
    let again = propose("again", Change::PutDepartment(archive("档案馆", &["archive"])));
    assert_eq!(administer(&mut chain, "notary", again), Err(Rejection::DepartmentInactive), "nor a new proposal");
}

#[test]
fn an_older_proposal_gives_no_role_back() {
    let mut chain = SampleChain::default();
    pass(&mut chain, "join", Change::PutDepartment(archive("档案馆", &["archive", "court"]))).unwrap();
    one_vote_short(&mut chain, "rename", Change::PutDepartment(archive("新档案馆", &["archive", "court"])));
    pass(&mut chain, "role", Change::PutDepartment(archive("档案馆", &["archive"]))).unwrap();
    assert_eq!(last_vote(&mut chain, "rename"), Err(Rejection::ProposalStale));
    assert!(!department(&chain, "archive").has_role(&word("court")));
}

#[test]
fn an_older_proposal_puts_no_given_up_administration_keys_in_force() {
    let mut chain = SampleChain::default();
    let stolen = set_administration(&chain, "court", &["stolen-1", "stolen-2", "stolen-3"], 2);
    one_vote_short(&mut chain, "first", stolen);
    let good = set_administration(&chain, "court", &["good-1", "good-2", "good-3"], 2);
    pass(&mut chain, "second", good).unwrap();
    assert_eq!(last_vote(&mut chain, "first"), Err(Rejection::ProposalStale));
    assert!(department(&chain, "court").administration.contains(&key("good-1").public().id()));
}

#[test]
fn two_rival_values_of_the_parameters_do_not_both_take_effect() {
    let mut chain = SampleChain::default();
    let pace = |pace_ms| Change::SetParameters(Parameters { pace_ms, ..Parameters::default() });
    one_vote_short(&mut chain, "slow", pace(300));
    pass(&mut chain, "fast", pace(50)).unwrap();
    assert_eq!(last_vote(&mut chain, "slow"), Err(Rejection::ProposalStale));
    assert_eq!(administer(&mut chain, "court", vote("slow", false)), Err(Rejection::ProposalStale));
    assert_eq!(chain.record::<Parameters>(&StateKey::parameters()).unwrap().pace_ms, 50);
}

/// The court's change of key is voted and waits for its ready statement. Then governance votes the court out of the
/// validators. A ready statement on the older proposal, signed by nobody but the court, does not bring it back.
#[test]
fn who_was_voted_out_of_the_validators_does_not_come_back_alone() {
    let mut chain = SampleChain::default();
    let mut rotated = validator_set(&DEPARTMENTS).validators().to_vec();
    rotated.iter_mut().find(|one| one.department == word("court")).unwrap().key = key("court-consensus-2").public();
    let validators = ValidatorSet::new(rotated).unwrap().validators().to_vec();
    pass(&mut chain, "rotate", Change::SetValidators(SetValidators { validators })).unwrap();
    assert_eq!(schedule(&chain).pending, None, "it waits for the ready statement");
    change_validators(&mut chain, "court is out", &["justice", "notary", "police"]);
    chain.block_at(chain.time().plus(20 * 24 * 3600 * 1000), Vec::new());
    let tip = chain.signed.last().unwrap().header.clone();
    let secret = key("court-consensus-2");
    let kid = secret.public().id();
    let message = ready_bytes(&chain.context().chain, &id("rotate"), &kid, tip.height, &tip.hash());
    let (height, header) = (tip.height, tip.hash());
    let ready =
        Ready { proposal: id("rotate"), key: kid, height, header, signature: secret.sign(&message), proposed: None };
    let outcome = administer(&mut chain, "court", Action::Ready(ready));
    assert_eq!(outcome, Err(Rejection::ProposalStale));
    assert_eq!(schedule(&chain).pending, None);
}

#[test]
fn nobody_proposes_on_what_stood_there_before() {
    let mut chain = SampleChain::default();
    let change = || Change::SetParameters(Parameters { pace_ms: 300, ..Parameters::default() });
    let on = |name: &str, base| Action::Propose(Propose { proposal: id(name), change: change(), base });
    let before = ledger::record::base_of(&chain.chain.value(&StateKey::parameters()).unwrap().unwrap());
    pass(&mut chain, "fast", Change::SetParameters(Parameters { pace_ms: 50, ..Parameters::default() })).unwrap();
    for base in [before, Hash::default()] {
        assert_eq!(administer(&mut chain, "notary", on("old", Some(base))), Err(Rejection::ProposalStale));
    }
    administer(&mut chain, "notary", propose("now", change())).unwrap();
    let record: Proposal = chain.record(&StateKey::proposal(&id("now"))).unwrap();
    let present = ledger::record::base_of(&chain.chain.value(&StateKey::parameters()).unwrap().unwrap());
    assert_eq!(record.base, Some(present));
    pass(&mut chain, "something new", Change::PutDepartment(archive("档案馆", &["archive"]))).unwrap();
    let record: Proposal = chain.record(&StateKey::proposal(&id("something new"))).unwrap();
    assert_eq!(record.base, None, "nothing stood there");
}

/// Keys were stolen and vote; the department has new ones, and its newer vote counts in the place of the older.
#[test]
fn a_departments_newer_vote_takes_the_place_of_its_older_one() {
    let mut chain = SampleChain::default();
    let pace = Change::SetParameters(Parameters { pace_ms: 50, ..Parameters::default() });
    administer(&mut chain, "court", propose("fast", pace)).unwrap();
    administer(&mut chain, "police", vote("fast", true)).unwrap();
    let new = set_administration(&chain, "police", &["police-new-1", "police-new-2", "police-new-3"], 2);
    pass(&mut chain, "new keys", new).unwrap();
    let withdrawn = chain.submit("police", &["police-new-1", "police-new-2"], vote("fast", false));
    assert_eq!(withdrawn, Ok(()));
    let record: Proposal = chain.record(&StateKey::proposal(&id("fast"))).unwrap();
    assert_eq!((record.yes, record.no), (vec![word("court")], vec![word("police")]));
    administer(&mut chain, "justice", vote("fast", true)).unwrap();
    assert_eq!(chain.record::<Parameters>(&StateKey::parameters()).unwrap().pace_ms, 100, "two of four");
}

/// Two thirds voted for a change that waits for a node to be up; a department that changes its mind holds it up.
#[test]
fn a_change_that_waits_is_held_up_by_a_vote_that_is_withdrawn() {
    let mut chain = SampleChain::default();
    change_validators(&mut chain, "court leaves", &["justice", "notary", "police"]);
    pass(&mut chain, "court returns", validators_of(&DEPARTMENTS)).unwrap();
    administer(&mut chain, "police", vote("court returns", false)).unwrap();
    let up = yinxin_tests::story::ready(&chain, "court returns", "court");
    administer(&mut chain, "court", up).unwrap();
    assert_eq!(schedule(&chain).pending, None);
}
