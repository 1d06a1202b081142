//! What schedules of one size begin with. Made once and not for each schedule: making a consortium's keys and signatures,
//! and the tree of its state, takes longer than many a height.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::commit::ChainContext;
use ledger::memory::MemoryChain;
use ledger::statement::SignedStatement;
use ledger::types::TimeMs;

use crate::consensus::context::Members;
use crate::consensus::tests::cluster::{genesis_at, statement_at};

/// The time at which every run begins: 2026-01-01 in Beijing.
pub(super) const START: TimeMs = TimeMs(1_767_196_800_000);
/// Statements of one run.
pub(super) const STATEMENTS: u8 = 40;

/// A consortium at genesis.
pub(super) struct Founding {
    pub(super) chain: ChainContext,
    pub(super) members: Members,
    /// The chain at height 0; every store begins with a copy.
    pub(super) start: MemoryChain,
    pub(super) statements: Vec<SignedStatement>,
}

impl Founding {
    fn new(count: usize) -> Self {
        let genesis = genesis_at(count as u8, START);
        Self {
            chain: genesis.context(),
            members: Members::new(genesis.validator_set().unwrap()),
            start: MemoryChain::new(&genesis).unwrap(),
            statements: (0..STATEMENTS).map(|number| statement_at(&genesis, number, START)).collect(),
        }
    }
}

/// Foundings by their number of validators.
#[derive(Default)]
pub(super) struct Foundings(RefCell<BTreeMap<usize, Arc<Founding>>>);

impl Foundings {
    /// The one of so many validators.
    pub(super) fn of(&self, count: usize) -> Arc<Founding> {
        self.0.borrow_mut().entry(count).or_insert_with(|| Arc::new(Founding::new(count))).clone()
    }
}
