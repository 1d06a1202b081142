//! A store and a pool in memory. The store counts nothing as durable but what its methods were told to keep, and
//! outlives the node, as a disk does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use ledger::block::{Block, Header};
use ledger::codec::{self, Bytes};
use ledger::commit::CommitCertificate;
use ledger::crypto::{Hash, PublicKey};
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::executor::Executed;
use ledger::genesis::Genesis;
use ledger::memory::MemoryChain;
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::state::{StateKey, StateView, Tip};
use ledger::statement::{SignedStatement, StatementId};
use ledger::types::{Height, Round};
use ledger::validator::ValidatorSet;
use tokio::sync::Notify;

use crate::consensus::ports::{BlockStore, StatementPool, Undecided};

pub(in crate::consensus) struct MemoryStore {
    chain: Arc<RwLock<MemoryChain>>,
    set: ValidatorSet,
    blocks: Mutex<BTreeMap<Height, (Vec<u8>, CommitCertificate)>>,
    undecided: Mutex<BTreeMap<(Height, Round, Hash), Undecided>>,
    /// While it is true, whoever asks for undecided blocks waits: the host, and with it the engine, stands still.
    pub(super) held: AtomicBool,
}

impl MemoryStore {
    pub(super) fn new(genesis: &Genesis) -> Self {
        Self {
            chain: Arc::new(RwLock::new(MemoryChain::new(genesis).unwrap())),
            set: genesis.validator_set().unwrap(),
            blocks: Mutex::default(),
            undecided: Mutex::default(),
            held: AtomicBool::new(false),
        }
    }

    pub(super) fn head(&self) -> Height {
        self.chain.read().unwrap().tip().unwrap().header.height
    }

    pub(super) fn header(&self, height: Height) -> Option<Header> {
        self.chain.read().unwrap().header(height).unwrap()
    }
}

/// Reads through to the chain: blocks are written by the reader's own consensus alone, between its reads.
pub(in crate::consensus) struct MemoryView(Arc<RwLock<MemoryChain>>);

impl StateView for MemoryView {
    fn tip(&self) -> Result<Tip, Fault> {
        self.0.read().unwrap().tip()
    }

    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        self.0.read().unwrap().value(key)
    }

    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        self.0.read().unwrap().seen(act)
    }

    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        self.0.read().unwrap().log_node(index)
    }

    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        self.0.read().unwrap().header(height)
    }
}

impl jmt::storage::TreeReader for MemoryView {
    fn get_node_option(&self, key: &jmt::storage::NodeKey) -> anyhow::Result<Option<jmt::storage::Node>> {
        self.0.read().unwrap().get_node_option(key)
    }

    fn get_value_option(&self, version: jmt::Version, key: jmt::KeyHash) -> anyhow::Result<Option<jmt::OwnedValue>> {
        self.0.read().unwrap().get_value_option(version, key)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(jmt::storage::NodeKey, jmt::storage::LeafNode)>> {
        Ok(None)
    }
}

impl BlockStore for MemoryStore {
    type View = MemoryView;

    fn tip(&self) -> Result<Header, Fault> {
        Ok(self.chain.read().unwrap().tip()?.header)
    }

    fn view(&self) -> Result<MemoryView, Fault> {
        Ok(MemoryView(self.chain.clone()))
    }

    fn validators(&self, _height: Height) -> Result<Option<ValidatorSet>, Fault> {
        Ok(Some(self.set.clone()))
    }

    fn persist(&self, block: &Block, certificate: &CommitCertificate, executed: &Executed) -> Result<(), Fault> {
        let height = block.header.height;
        let mut chain = self.chain.write().unwrap();
        assert_eq!(height, chain.tip()?.header.height.next());
        chain.keep(block, executed);
        self.blocks.lock().unwrap().insert(height, (codec::encode(block), certificate.clone()));
        self.undecided.lock().unwrap().retain(|(kept, _, _), _| *kept > height);
        Ok(())
    }

    fn block(&self, height: Height) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.blocks.lock().unwrap().get(&height).map(|(block, _)| block.clone()))
    }

    fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, Fault> {
        Ok(self.blocks.lock().unwrap().get(&height).map(|(_, certificate)| certificate.clone()))
    }

    fn set_certificate(&self, certificate: &CommitCertificate) -> Result<(), Fault> {
        if let Some((_, kept)) = self.blocks.lock().unwrap().get_mut(&certificate.height) {
            *kept = certificate.clone();
        }
        Ok(())
    }

    fn history_min_height(&self) -> Result<Height, Fault> {
        Ok(Height(1))
    }

    fn put_undecided(&self, undecided: &Undecided) -> Result<(), Fault> {
        let key = (undecided.height, undecided.round, undecided.hash);
        self.undecided.lock().unwrap().insert(key, undecided.clone());
        Ok(())
    }

    fn undecided(&self, height: Height) -> Result<Vec<Undecided>, Fault> {
        while self.held.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let all = self.undecided.lock().unwrap();
        Ok(all.values().filter(|undecided| undecided.height == height).cloned().collect())
    }

    fn put_evidence(&self, evidence: &Evidence) -> Result<bool, Fault> {
        panic!("height {}: validator {} signed twice", evidence.height, evidence.key);
    }
}

#[derive(Default)]
pub(in crate::consensus) struct MemoryPool {
    statements: Mutex<Vec<SignedStatement>>,
    committed: Mutex<Vec<StatementId>>,
    ahead: Mutex<BTreeSet<StatementId>>,
    wake: Arc<Notify>,
}

impl MemoryPool {
    pub(super) fn submit(&self, statement: SignedStatement) {
        self.statements.lock().unwrap().push(statement);
        self.wake.notify_one();
    }

    pub(super) fn committed(&self) -> usize {
        self.committed.lock().unwrap().len()
    }

    /// True if this statement was verified before a block with it was executed.
    pub(super) fn verified_ahead(&self, id: &StatementId) -> bool {
        self.ahead.lock().unwrap().contains(id)
    }
}

impl SignatureCache for MemoryPool {
    fn is_verified(&self, _whole: &Hash, _keys: &[PublicKey]) -> bool {
        false
    }
}

impl StatementPool for MemoryPool {
    fn verify_ahead(&self, statements: &[Bytes]) -> Result<(), Fault> {
        let ids = statements.iter().map(|bytes| SignedStatement::decode(bytes).unwrap().id());
        self.ahead.lock().unwrap().extend(ids);
        Ok(())
    }

    fn candidates(&self) -> Vec<SignedStatement> {
        self.statements.lock().unwrap().clone()
    }

    fn is_empty(&self) -> bool {
        self.statements.lock().unwrap().is_empty()
    }

    fn on_committed(&self, block: &Block, _executed: &Executed) {
        let decoded = block.statements.iter().map(|bytes| SignedStatement::decode(bytes).unwrap().id());
        let ids: Vec<StatementId> = decoded.collect();
        self.statements.lock().unwrap().retain(|statement| !ids.contains(&statement.id()));
        self.committed.lock().unwrap().extend(ids);
    }

    fn on_rejected(&self, rejected: Vec<(StatementId, Rejection)>) {
        panic!("refused: {rejected:?}");
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }
}
