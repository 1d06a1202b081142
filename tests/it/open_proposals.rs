//! How many proposals one department may have open: what stands in the state stays there.

use ledger::limits::{OPEN_PROPOSALS_MAX, PROPOSAL_LIFETIME_MS};
use ledger::record::{Change, OpenProposal, Parameters};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use yinxin_tests::sample::{SampleChain, id, word};
use yinxin_tests::story::{administer, propose, vote};

fn proposes(chain: &mut SampleChain, department: &str, number: usize) -> Result<(), Rejection> {
    let change = Change::SetParameters(Parameters { pace_ms: 200, ..Parameters::default() });
    administer(chain, department, propose(&format!("{department}-{number}"), change))
}

fn open(chain: &SampleChain, department: &str) -> Vec<OpenProposal> {
    chain.record(&StateKey::proposals_of(&word(department))).unwrap_or_default()
}

#[test]
fn one_department_does_not_fill_the_state_with_proposals() {
    let mut chain = SampleChain::default();
    let full = Err(Rejection::ProposalsTooMany);
    for number in 0..OPEN_PROPOSALS_MAX {
        proposes(&mut chain, "court", number).unwrap();
    }
    assert_eq!(proposes(&mut chain, "court", 99), full);
    assert_eq!(open(&chain, "court").len(), OPEN_PROPOSALS_MAX);
    proposes(&mut chain, "notary", 0).expect("each department for itself");

    // Refused by more than a third: its place is free again, once.
    for department in ["justice", "police"] {
        administer(&mut chain, department, vote("court-3", false)).unwrap();
    }
    assert!(open(&chain, "court").iter().all(|one| one.proposal != id("court-3")));
    proposes(&mut chain, "court", 100).unwrap();
    assert_eq!(proposes(&mut chain, "court", 101), full);

    let late = open(&chain, "court")[0].expires_at;
    assert!(late.0 - chain.time().0 <= PROPOSAL_LIFETIME_MS);
    chain.block_at(late, Vec::new());
    proposes(&mut chain, "court", 101).expect("the first has expired");
    assert!(open(&chain, "court").iter().all(|one| chain.time() < one.expires_at));
}

#[test]
fn what_passes_leaves_its_place() {
    let mut chain = SampleChain::default();
    for number in 0..OPEN_PROPOSALS_MAX + 2 {
        let name = format!("change-{number}");
        let parameters = Parameters { pace_ms: 100 + number as u64, ..Parameters::default() };
        administer(&mut chain, "notary", propose(&name, Change::SetParameters(parameters))).unwrap();
        for department in ["justice", "police"] {
            administer(&mut chain, department, vote(&name, true)).unwrap();
        }
        assert!(open(&chain, "notary").is_empty(), "{number}");
    }
}

#[test]
fn what_something_else_was_decided_over_leaves_its_place() {
    let mut chain = SampleChain::default();
    for number in 0..OPEN_PROPOSALS_MAX {
        proposes(&mut chain, "court", number).unwrap();
    }
    // One passes, and the others are stale: nobody can vote on them any more.
    for department in ["justice", "police"] {
        administer(&mut chain, department, vote("court-3", true)).unwrap();
    }
    assert_eq!(administer(&mut chain, "justice", vote("court-4", false)), Err(Rejection::ProposalStale));
    let change = Change::SetParameters(Parameters { pace_ms: 300, ..Parameters::default() });
    administer(&mut chain, "court", propose("anew", change)).expect("their places are free");
    assert_eq!(open(&chain, "court").len(), 1);
}
