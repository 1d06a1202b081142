//! What a vote is for: the change that its signer has read, and not what another department put under the same id.

use ledger::action::Action;
use ledger::action::governance::{Propose, Ready, Vote};
use ledger::crypto::Hash;
use ledger::record::{Change, Parameters, Proposal, ProposalStatus};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use yinxin_tests::sample::{SampleChain, id};
use yinxin_tests::story::{
    administer, administrators, change_validators, propose, ready, validators_of, vote, vote_on,
};

fn pace(pace_ms: u64) -> Change {
    Change::SetParameters(Parameters { pace_ms, ..Parameters::default() })
}

fn record(chain: &SampleChain, name: &str) -> Proposal {
    chain.record(&StateKey::proposal(&id(name))).unwrap()
}

/// What the statement of a proposal says, as its voters would read it once it is on the ledger.
fn said(chain: &mut SampleChain, action: Action) -> Propose {
    let [one, two] = administrators("notary");
    match chain.statement("notary", &[&one, &two], action).action().clone() {
        Action::Propose(body) => body,
        other => panic!("{}", other.word()),
    }
}

#[test]
fn votes_for_one_change_pass_no_other_under_its_id() {
    let mut chain = SampleChain::default();
    let good = said(&mut chain, propose("p", pace(300)));
    // On its way the court's node sees it, and the court proposes first under the same id.
    let evil = Change::SetParameters(Parameters { issue_within_ms: 3_600_000, ..Parameters::default() });
    administer(&mut chain, "court", propose("p", evil)).unwrap();
    assert_eq!(administer(&mut chain, "notary", Action::Propose(good.clone())), Err(Rejection::AlreadyExists));
    for department in ["justice", "police", "notary"] {
        for approve in [true, false] {
            let refused = administer(&mut chain, department, vote_on(&good, approve));
            assert_eq!(refused, Err(Rejection::ProposalOther), "{department} {approve}");
        }
    }
    let found = record(&chain, "p");
    assert_eq!((found.status, found.yes.len(), found.no.len()), (ProposalStatus::Open, 1, 0));
    let court = Propose::of(&found);
    assert_ne!(court.hash(), good.hash());
    administer(&mut chain, "justice", vote_on(&court, false)).unwrap();
    administer(&mut chain, "police", vote_on(&court, false)).unwrap();
    assert_eq!(record(&chain, "p").status, ProposalStatus::Rejected);
}

#[test]
fn a_vote_that_names_what_was_read_passes_it() {
    let mut chain = SampleChain::default();
    let good = said(&mut chain, propose("p", pace(300)));
    administer(&mut chain, "notary", Action::Propose(good.clone())).unwrap();
    assert_eq!(Propose::of(&record(&chain, "p")), good, "the record says all that was proposed");
    administer(&mut chain, "justice", vote_on(&good, true)).unwrap();
    administer(&mut chain, "police", vote("p", true)).unwrap();
    assert_eq!(record(&chain, "p").status, ProposalStatus::Passed, "a vote on the id alone counts as it always did");
}

#[test]
fn the_hash_names_id_change_and_base() {
    let mut chain = SampleChain::default();
    let good = said(&mut chain, propose("p", pace(300)));
    assert!(good.base.is_some());
    let others = [
        Propose { proposal: id("q"), ..good.clone() },
        Propose { change: pace(301), ..good.clone() },
        Propose { base: None, ..good.clone() },
        Propose { base: Some(Hash([7; 32])), ..good.clone() },
    ];
    assert!(others.iter().all(|other| other.hash() != good.hash()));
    let bare = Vote { proposal: id("p"), approve: true, proposed: None };
    let Action::Vote(named) = vote_on(&good, true) else { panic!("a vote") };
    assert_eq!(ledger::codec::encode(&bare).len() + 35, ledger::codec::encode(&named).len(), "one label, one hash");
}

#[test]
fn a_joining_node_is_up_for_the_change_that_its_department_has_read() {
    let mut chain = SampleChain::default();
    change_validators(&mut chain, "out", &["justice", "notary", "police"]);
    let all = ["court", "justice", "notary", "police"];
    administer(&mut chain, "notary", propose("back", validators_of(&all))).unwrap();
    let read = Propose::of(&record(&chain, "back"));
    let Action::Ready(up) = ready(&chain, "back", "court") else { panic!("a ready statement") };
    let says = |proposed| Action::Ready(Ready { proposed, ..up.clone() });
    let other = Propose { base: None, ..read.clone() }.hash();
    assert_eq!(administer(&mut chain, "court", says(Some(other))), Err(Rejection::ProposalOther));
    administer(&mut chain, "court", says(Some(read.hash()))).unwrap();
    assert_eq!(record(&chain, "back").ready.len(), 1);
}
