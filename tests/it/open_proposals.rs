//! How many proposals one department may have open: what stands in the state stays there. And when they are open no more.

use ledger::block::Header;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::executor::check_statement;
use ledger::limits::{OPEN_PROPOSALS_MAX, PROPOSAL_LIFETIME_MS};
use ledger::record::{Change, OpenProposal, Parameters};
use ledger::rejection::Rejection;
use ledger::state::{StateKey, StateView, Tip};
use ledger::types::Height;
use yinxin_tests::sample::{SampleChain, id, word};
use yinxin_tests::story::{administer, pass, propose, vote};

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

fn pace(pace_ms: u64) -> Change {
    Change::SetParameters(Parameters { pace_ms, ..Parameters::default() })
}

#[test]
fn an_older_proposal_stays_closed_when_the_value_becomes_what_it_was() {
    let mut chain = SampleChain::default();
    let stale = Err(Rejection::ProposalStale);
    administer(&mut chain, "notary", propose("old", pace(900))).unwrap();
    administer(&mut chain, "justice", vote("old", true)).unwrap();
    pass(&mut chain, "other", pace(50)).unwrap();
    assert_eq!(administer(&mut chain, "police", vote("old", true)), stale);
    pass(&mut chain, "back", pace(Parameters::default().pace_ms)).unwrap();
    assert_eq!(administer(&mut chain, "police", vote("old", true)), stale, "what it would replace stands again");
    assert_eq!(administer(&mut chain, "justice", vote("old", false)), stale);
    assert_eq!(chain.record::<Parameters>(&StateKey::parameters()), Some(Parameters::default()));
}

#[test]
fn no_decisions_give_a_department_more_proposals_that_can_be_voted_on() {
    let mut chain = SampleChain::default();
    let mut names = Vec::new();
    for turn in 0..3 {
        for number in 0..OPEN_PROPOSALS_MAX {
            let name = format!("{turn}-{number}");
            administer(&mut chain, "court", propose(&name, pace(200 + number as u64))).unwrap();
            names.push(name);
        }
        for to in [50, Parameters::default().pace_ms] {
            administer(&mut chain, "notary", propose(&format!("to {to} {turn}"), pace(to))).unwrap();
            for department in ["justice", "police"] {
                administer(&mut chain, department, vote(&format!("to {to} {turn}"), true)).unwrap();
            }
        }
    }
    let votable = names.iter().filter(|name| administer(&mut chain, "police", vote(name, true)).is_ok()).count();
    assert_eq!((votable, open(&chain, "court").len()), (0, 0), "all were decided over");
}

/// A view in which nobody reads a proposal but by the name of a new one.
struct WithoutProposals<'a>(&'a SampleChain);

impl StateView for WithoutProposals<'_> {
    fn tip(&self) -> Result<Tip, Fault> {
        self.0.chain.tip()
    }

    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        let value = self.0.chain.value(key)?;
        assert!(value.is_none() || !key.path().starts_with("proposal/"), "{key} is read");
        Ok(value)
    }

    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        self.0.chain.seen(act)
    }

    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        self.0.chain.log_node(index)
    }

    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        self.0.chain.header(height)
    }
}

#[test]
fn a_proposal_too_many_costs_no_look_at_the_open_ones() {
    let mut chain = SampleChain::default();
    for number in 0..OPEN_PROPOSALS_MAX {
        proposes(&mut chain, "court", number).unwrap();
    }
    let one_more = chain.statement("court", &["court-admin-1", "court-admin-2"], propose("one more", pace(300)));
    let refused = check_statement(&WithoutProposals(&chain), &(), &one_more, chain.time()).unwrap_err();
    assert!(refused.to_string().contains("proposals-too-many"), "{refused}");
}
