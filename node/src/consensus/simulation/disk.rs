//! What outlives a node's process: its store, and a directory with the engine's log and the signer guard.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use ledger::block::{Block, Header};
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::executor::{Executed, derive_block};
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::memory::MemoryChain;
use ledger::state::{StateKey, StateView, Tip};
use ledger::statement::SignedStatement;
use ledger::types::Height;
use ledger::validator::ValidatorSet;
use tempfile::TempDir;

use super::founding::Founding;
use crate::consensus::ports::{BlockStore, Undecided};
use crate::consensus::{guard, wal};

/// Planted: what undecided blocks wrote.
type Leak = Arc<Mutex<BTreeMap<StateKey, Vec<u8>>>>;

/// What a store was told to keep, for the checks.
#[derive(Debug)]
pub(super) enum Kept {
    /// A decided block.
    Block(Box<Block>, CommitCertificate),
    /// Proof of a double signature.
    Evidence(Box<Evidence>),
}

/// Blocks and state of one node, in memory; counts nothing as durable but what its methods were told to keep.
pub(super) struct SimStore {
    founding: Arc<Founding>,
    chain: Arc<RwLock<MemoryChain>>,
    blocks: Mutex<BTreeMap<Height, (Block, CommitCertificate)>>,
    undecided: Mutex<Vec<Undecided>>,
    told: Mutex<Vec<Kept>>,
    /// Ends the process at the n-th write; true: after it is done.
    dies: Mutex<Option<(u64, bool)>>,
    /// Planted: what undecided blocks wrote.
    leak: Option<Leak>,
}

/// Reads through to the chain: blocks are written by the reader's own consensus alone, between its reads.
pub(super) struct SimView {
    chain: Arc<RwLock<MemoryChain>>,
    leak: Option<Leak>,
}

impl SimStore {
    /// A store at genesis; `leaking` plants the leak.
    pub(super) fn new(founding: &Arc<Founding>, leaking: bool) -> Self {
        Self {
            founding: founding.clone(),
            chain: Arc::new(RwLock::new(founding.start.clone())),
            blocks: Mutex::default(),
            undecided: Mutex::default(),
            told: Mutex::default(),
            dies: Mutex::default(),
            leak: leaking.then(Arc::default),
        }
    }

    /// Height of the last persisted block.
    pub(super) fn head(&self) -> Height {
        self.chain.read().unwrap().tip().unwrap().header.height
    }

    /// True if a statement is on the chain already.
    pub(super) fn has(&self, statement: &SignedStatement) -> bool {
        self.chain.read().unwrap().seen(&statement.act()).unwrap()
    }

    /// Hash of a persisted header.
    pub(super) fn hash(&self, height: Height) -> Option<Hash> {
        self.chain.read().unwrap().header(height).unwrap().map(|header| header.hash())
    }

    /// What was kept since the last call.
    pub(super) fn take_told(&self) -> Vec<Kept> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// The process is to end at the n-th write from now on.
    pub(super) fn die_at(&self, dies: Option<(u64, bool)>) {
        *self.dies.lock().unwrap() = dies;
    }

    /// True if the process had to end at a write.
    pub(super) fn died(&self) -> bool {
        matches!(*self.dies.lock().unwrap(), Some((0, _)))
    }

    /// Replaces everything by what stood here `back` blocks ago.
    pub(super) fn turn_back(&self, back: u64) {
        let kept = Height(self.head().0.saturating_sub(back));
        let mut blocks = self.blocks.lock().unwrap();
        blocks.retain(|height, _| *height <= kept);
        let mut chain = self.founding.start.clone();
        for (block, _) in blocks.values() {
            chain.apply(&(), block).unwrap();
        }
        *self.chain.write().unwrap() = chain;
        self.undecided.lock().unwrap().clear();
    }

    /// Runs a write, or ends the process before or after it.
    fn write(&self, write: impl FnOnce()) -> Result<(), Fault> {
        let ended = || Fault::damaged("the process ends here");
        let dies = {
            let mut dies = self.dies.lock().unwrap();
            match dies.as_mut() {
                Some((0, _)) => return Err(ended()),
                Some((number, done)) => {
                    *number -= 1;
                    (*number == 0).then_some(*done)
                }
                None => None,
            }
        };
        if dies != Some(false) {
            write();
        }
        dies.map_or(Ok(()), |_| Err(ended()))
    }

    /// Planted: remembers what an undecided block would write.
    fn leak(&self, undecided: &Undecided) {
        let Some(leak) = &self.leak else { return };
        let Ok(block) = codec::decode::<Block>(&undecided.block, BLOCK_BYTES_MAX) else { return };
        if let Ok(executed) = derive_block(&*self.chain.read().unwrap(), &(), &block) {
            leak.lock().unwrap().extend(executed.values);
        }
    }
}

impl StateView for SimView {
    fn tip(&self) -> Result<Tip, Fault> {
        self.chain.read().unwrap().tip()
    }

    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        let leaked = self.leak.as_ref().and_then(|leak| leak.lock().unwrap().get(key).cloned());
        if leaked.is_some() {
            return Ok(leaked);
        }
        self.chain.read().unwrap().value(key)
    }

    fn seen(&self, act: &Hash) -> Result<bool, Fault> {
        self.chain.read().unwrap().seen(act)
    }

    fn log_node(&self, index: u64) -> Result<Hash, Fault> {
        self.chain.read().unwrap().log_node(index)
    }

    fn header(&self, height: Height) -> Result<Option<Header>, Fault> {
        self.chain.read().unwrap().header(height)
    }
}

impl jmt::storage::TreeReader for SimView {
    fn get_node_option(&self, key: &jmt::storage::NodeKey) -> anyhow::Result<Option<jmt::storage::Node>> {
        self.chain.read().unwrap().get_node_option(key)
    }

    fn get_value_option(&self, version: jmt::Version, key: jmt::KeyHash) -> anyhow::Result<Option<jmt::OwnedValue>> {
        self.chain.read().unwrap().get_value_option(version, key)
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(jmt::storage::NodeKey, jmt::storage::LeafNode)>> {
        Ok(None)
    }
}

impl BlockStore for SimStore {
    type View = SimView;

    fn tip(&self) -> Result<Header, Fault> {
        Ok(self.chain.read().unwrap().tip()?.header)
    }

    fn view(&self) -> Result<SimView, Fault> {
        Ok(SimView { chain: self.chain.clone(), leak: self.leak.clone() })
    }

    fn validators(&self, _height: Height) -> Result<Option<ValidatorSet>, Fault> {
        Ok(Some(self.founding.members.ledger().clone()))
    }

    fn persist(&self, block: &Block, certificate: &CommitCertificate, executed: &Executed) -> Result<(), Fault> {
        let height = block.header.height;
        self.write(|| {
            let mut chain = self.chain.write().unwrap();
            assert_eq!(height, chain.tip().unwrap().header.height.next(), "a block is persisted after its parent");
            chain.keep(block, executed);
            self.blocks.lock().unwrap().insert(height, (block.clone(), certificate.clone()));
            self.undecided.lock().unwrap().retain(|kept| kept.height > height);
            self.told.lock().unwrap().push(Kept::Block(Box::new(block.clone()), certificate.clone()));
        })
    }

    fn block(&self, height: Height) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.blocks.lock().unwrap().get(&height).map(|(block, _)| codec::encode(block)))
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
        self.leak(undecided);
        let key = |kept: &Undecided| (kept.height, kept.round, kept.hash);
        self.write(|| {
            let mut all = self.undecided.lock().unwrap();
            all.retain(|kept| key(kept) != key(undecided));
            all.push(undecided.clone());
        })
    }

    /// In the order of rounds; within one in the order in which they came, so that a run can be repeated.
    fn undecided(&self, height: Height) -> Result<Vec<Undecided>, Fault> {
        let all = self.undecided.lock().unwrap();
        let mut found: Vec<Undecided> = all.iter().filter(|undecided| undecided.height == height).cloned().collect();
        found.sort_by_key(|undecided: &Undecided| undecided.round);
        Ok(found)
    }

    fn put_evidence(&self, evidence: &Evidence) -> Result<bool, Fault> {
        self.told.lock().unwrap().push(Kept::Evidence(Box::new(evidence.clone())));
        Ok(true)
    }
}

/// The files of one node.
pub(super) struct Files {
    directory: TempDir,
}

impl Files {
    /// A directory of its own; in memory where the system has that, because syncing it costs nothing.
    pub(super) fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        let files = Self { directory: directory.unwrap() };
        fs::create_dir_all(files.wal()).unwrap();
        files
    }

    /// Directory of the engine's log.
    pub(super) fn wal(&self) -> PathBuf {
        self.directory.path().join("wal")
    }

    /// Directory of the signer guard.
    pub(super) fn guard(&self) -> PathBuf {
        self.directory.path().join("guard")
    }

    /// Loses what was written to the log and not synced: everything from a byte after `synced` on.
    pub(super) fn cut_log(&self, synced: u64, kept: impl FnOnce(u64) -> u64) {
        let path = wal::path(&self.wal());
        let Ok(length) = fs::metadata(&path).map(|metadata| metadata.len()) else { return };
        if length > synced {
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(synced + kept(length - synced)).unwrap();
        }
    }

    /// Removes the log.
    pub(super) fn remove_log(&self) {
        let _ = fs::remove_file(wal::path(&self.wal()));
    }

    /// Flips a bit in both copies of the guard's record.
    pub(super) fn damage_guard(&self) {
        let path = self.guard_file();
        let mut bytes = fs::read(&path).unwrap();
        let half = bytes.len() / 2;
        for copy in [0, half] {
            bytes[copy + 40] ^= 4;
        }
        fs::write(&path, bytes).unwrap();
    }

    /// The guard's file.
    pub(super) fn guard_file(&self) -> PathBuf {
        self.guard().join(guard::FILE)
    }

    /// Removes the guard.
    pub(super) fn remove_guard(&self) {
        let _ = fs::remove_dir_all(self.guard());
    }
}
