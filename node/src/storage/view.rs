//! Reading: the chain as of one tip, from one snapshot.
//!
//! Everything a view answers is of the same block. It keeps answering, and keeps its rows from being pruned, however
//! many blocks come after it; so it is taken for one question or one block and dropped, not kept. The store alone
//! keeps the newest one, until it is written to: whoever asks meanwhile shares it. What execution and proofs ask is
//! in [`state`].

mod state;

use super::database::{Database, Scan, Snapshot};
use super::newest::{Newest, ReadRows};
use super::tables::{
    StatementLocation, Table, bodies, certificates, evidence, handovers, headers, height_key, list_nodes, lists, meta,
    number, statements, tree_versions, undecided, validator_sets, values,
};
use crate::consensus::ports::Undecided;
use ledger::block::{Block, Header, SignedHeader};
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::state::{StateKey, StateView, Tip};
use ledger::statement::StatementId;
use ledger::types::Height;
use ledger::validator::ValidatorSet;
use std::sync::Arc;

/// The chain as of one tip. Clones share one snapshot.
#[derive(Clone)]
pub struct StoreView {
    shared: Arc<Shared>,
}

/// A snapshot, and what was read from it already.
struct Shared {
    snapshot: Snapshot,
    tip: Arc<Tip>,
    rows: ReadRows,
}

impl StoreView {
    /// The newest view: the one that was taken last, if nothing was written since.
    pub(super) fn newest(database: &Database, newest: &Newest) -> Result<Self, Fault> {
        let (writes, known) = newest.look();
        if let Some(view) = known {
            return Ok(view);
        }
        let view = Self::take(database, newest)?;
        newest.keep(&view, writes);
        Ok(view)
    }

    /// A view of the store as it is now. Reads the tip's header unless it was the last one that was read.
    fn take(database: &Database, newest: &Newest) -> Result<Self, Fault> {
        let snapshot = database.snapshot();
        let row = snapshot.get(&meta::TABLE, meta::TIP)?.ok_or_else(|| meta::TABLE.damaged("the tip is missing"))?;
        let (height, hash) = meta::read_tip(&row)?;
        if let Some(tip) = newest.tip(&hash) {
            return Ok(Self::of(snapshot, tip));
        }
        let genesis = snapshot.get(&meta::TABLE, meta::GENESIS)?.unwrap_or_default();
        let genesis: [u8; 32] = genesis.try_into().map_err(|_| meta::TABLE.damaged("the genesis hash is missing"))?;
        let header =
            header_in(&snapshot, height)?.ok_or_else(|| headers::TABLE.damaged("the tip's header is missing"))?;
        if header.hash() != hash {
            return Err(headers::TABLE.damaged("the tip's header has another hash than the tip"));
        }
        let tree_version = tree_version_in(&snapshot, height)?
            .ok_or_else(|| tree_versions::TABLE.damaged("the tip's version of the tree is missing"))?;
        let tip = Arc::new(Tip { header, tree_version, genesis: Hash(genesis) });
        newest.keep_tip(hash, &tip);
        Ok(Self::of(snapshot, tip))
    }

    fn of(snapshot: Snapshot, tip: Arc<Tip>) -> Self {
        Self { shared: Arc::new(Shared { snapshot, tip, rows: ReadRows::default() }) }
    }

    /// The last persisted block.
    #[must_use]
    pub fn tip_ref(&self) -> &Tip {
        &self.shared.tip
    }

    /// Height of the tip.
    #[must_use]
    pub fn height(&self) -> Height {
        self.shared.tip.header.height
    }

    /// The certificate kept for a height; none at height 0.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, Fault> {
        self.row(&certificates::TABLE, height)?.map(|row| certificates::read(&row)).transpose()
    }

    /// A header with its certificate; none at height 0, which has no certificate, and above the tip.
    ///
    /// # Errors
    /// [`Fault`] of the store; `Damaged` for a header above 0 without certificate.
    pub fn signed_header(&self, height: Height) -> Result<Option<SignedHeader>, Fault> {
        if height == self.height()
            && let Some(known) = self.shared.rows.head()
        {
            return Ok(Some(known));
        }
        let Some(header) = self.header(height)?.filter(|header| header.height > Height(0)) else { return Ok(None) };
        let missing = || certificates::TABLE.damaged(format!("the certificate of height {height} is missing"));
        let certificate = self.certificate(height)?.ok_or_else(missing)?;
        let signed = SignedHeader { header, certificate };
        if height == self.height() {
            self.shared.rows.keep_head(&signed);
        }
        Ok(Some(signed))
    }

    /// The encoded block of a height; none at height 0 and above the tip.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn block_bytes(&self, height: Height) -> Result<Option<Vec<u8>>, Fault> {
        let Some(body) = self.row(&bodies::TABLE, height)? else { return Ok(None) };
        let header = self.row(&headers::TABLE, height)?;
        let header =
            header.ok_or_else(|| headers::TABLE.damaged(format!("the header of height {height} is missing")))?;
        Ok(Some(bodies::block(&header, &body)))
    }

    /// The block of a height; none at height 0 and above the tip.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn block(&self, height: Height) -> Result<Option<Block>, Fault> {
        let bytes = self.block_bytes(height)?;
        bytes
            .map(|bytes| codec::decode(&bytes, BLOCK_BYTES_MAX).map_err(|error| bodies::TABLE.damaged(error)))
            .transpose()
    }

    /// The set that decides a height, from 0 (the founding set) to the one above the tip.
    ///
    /// # Errors
    /// [`Fault`] of the store; `Damaged` if a header names a set that is not there.
    pub fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Fault> {
        let tip = &self.shared.tip.header;
        let hash = match height {
            next if next == tip.height.next() => Some(tip.next_validators),
            past => self.header(past)?.map(|header| header.validators),
        };
        hash.map(|hash| self.validator_set(&hash)).transpose()
    }

    /// A set that was in force once, by its hash.
    fn validator_set(&self, hash: &Hash) -> Result<ValidatorSet, Fault> {
        let row = self.shared.snapshot.get(&validator_sets::TABLE, hash.0)?;
        let row = row.ok_or_else(|| validator_sets::TABLE.damaged(format!("the set with hash {hash} is missing")))?;
        validator_sets::read(&row)
    }

    /// Version of the state tree after a height; `None` above the tip.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn tree_version(&self, height: Height) -> Result<Option<u64>, Fault> {
        tree_version_in(&self.shared.snapshot, height)
    }

    /// The oldest version of the state tree that can still be read and proven.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn oldest_tree_version(&self) -> Result<u64, Fault> {
        let row = self.shared.snapshot.get(&meta::TABLE, meta::PRUNED)?;
        row.map_or(Ok(0), |row| number(&meta::TABLE, &row))
    }

    /// Version of the state tree after a height, if that state is still kept.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn kept_tree_version(&self, height: Height) -> Result<Option<u64>, Fault> {
        if height == self.height() {
            // The tip's is never pruned.
            return Ok(Some(self.shared.tip.tree_version));
        }
        let oldest = self.oldest_tree_version()?;
        Ok(self.tree_version(height)?.filter(|version| *version >= oldest))
    }

    /// Items `start..end` of a list; fewer if the list is shorter.
    ///
    /// # Errors
    /// [`Fault`] of the store; `Damaged` if an item in the middle is missing.
    pub fn list_items(&self, list: &StateKey, start: u64, end: u64) -> Result<Vec<Vec<u8>>, Fault> {
        let (from, to) = (lists::key(list, start), lists::key(list, end));
        let mut items = Vec::new();
        if start >= end {
            return Ok(items);
        }
        self.shared.snapshot.scan(&lists::TABLE, &from, Some(&to), |key, item| {
            if key != lists::key(list, start + items.len() as u64) {
                return Err(lists::TABLE.damaged(format!("item {} of {list} is missing", items.len())));
            }
            items.push(item.to_vec());
            Ok(Scan::On)
        })?;
        Ok(items)
    }

    /// A hash of a list, by its index in append order: of a leaf or a complete subtree.
    ///
    /// # Errors
    /// [`Fault`] of the store; `Damaged` if it is missing.
    pub fn list_node(&self, list: &StateKey, index: u64) -> Result<Hash, Fault> {
        let row = self.shared.snapshot.get(&list_nodes::TABLE, list_nodes::key(list, index))?;
        let missing = || list_nodes::TABLE.damaged(format!("hash {index} of {list} is missing"));
        list_nodes::read(&row.ok_or_else(missing)?)
    }

    /// Heights above `since` and below `head` whose header hands over to another set, ascending; the newest `count_max`
    /// if there are more.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn handovers(&self, since: Height, head: Height, count_max: usize) -> Result<Vec<Height>, Fault> {
        let mut found = Vec::new();
        if self.newest_handover()?.is_none_or(|newest| newest <= since) {
            return Ok(found);
        }
        let below = height_key(Height(head.0.saturating_sub(1)));
        self.shared.snapshot.scan_back(&handovers::TABLE, &below, |key, _| {
            let height = handovers::read_key(key)?;
            if height <= since || found.len() >= count_max {
                return Ok(Scan::Stop);
            }
            found.push(height);
            Ok(Scan::On)
        })?;
        found.reverse();
        Ok(found)
    }

    /// The highest height whose header hands over to another set.
    fn newest_handover(&self) -> Result<Option<Height>, Fault> {
        if let Some(known) = self.shared.rows.newest_handover() {
            return Ok(known);
        }
        let last = self.shared.snapshot.last_up_to(&handovers::TABLE, &height_key(Height(u64::MAX)))?;
        let last = last.map(|(key, _)| handovers::read_key(&key)).transpose()?;
        self.shared.rows.keep_newest_handover(last);
        Ok(last)
    }

    /// Where a statement stands in the log.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn statement(&self, id: &StatementId) -> Result<Option<StatementLocation>, Fault> {
        self.shared.snapshot.get(&statements::TABLE, id.0.0)?.map(|row| statements::read(&row)).transpose()
    }

    /// Paths and values of the state that begin with `prefix`, after the path `after`, at most `limit`.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn values_under(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(StateKey, Vec<u8>)>, Fault> {
        let mut found = Vec::new();
        let from = after.map_or_else(|| prefix.as_bytes().to_vec(), |path| [path.as_bytes(), &[0]].concat());
        self.shared.snapshot.scan(&values::TABLE, &from, None, |path, value| {
            if found.len() >= limit || !path.starts_with(prefix.as_bytes()) {
                return Ok(Scan::Stop);
            }
            let key = core::str::from_utf8(path).ok().and_then(StateKey::parse);
            found.push((key.ok_or_else(|| values::TABLE.damaged("its key is no path"))?, value.to_vec()));
            Ok(Scan::On)
        })?;
        Ok(found)
    }

    /// All undecided blocks of a height, in the order of round, then hash.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn undecided(&self, height: Height) -> Result<Vec<Undecided>, Fault> {
        let mut found = Vec::new();
        let end = height_key(height.next());
        self.shared.snapshot.scan(&undecided::TABLE, &height_key(height), Some(&end), |key, row| {
            found.push(undecided::read(key, row)?);
            Ok(Scan::On)
        })?;
        Ok(found)
    }

    /// Proofs, kept for a height, that validators signed twice.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn evidence_of(&self, height: Height) -> Result<Vec<Evidence>, Fault> {
        let kept = self.evidence_from(height, 0, evidence::A_HEIGHT_MAX as usize)?;
        Ok(kept.into_iter().map(|(_, evidence)| evidence).filter(|evidence| evidence.height == height).collect())
    }

    /// Proofs that validators signed twice, in the order of height and number, from a place on, at most `limit`.
    ///
    /// # Errors
    /// [`Fault`] of the store.
    pub fn evidence_from(&self, height: Height, number: u32, limit: usize) -> Result<Vec<(u32, Evidence)>, Fault> {
        let mut found = Vec::new();
        self.shared.snapshot.scan(&evidence::TABLE, &evidence::key(height, number), None, |key, row| {
            if found.len() >= limit {
                return Ok(Scan::Stop);
            }
            found.push(evidence::read(key, row)?);
            Ok(Scan::On)
        })?;
        Ok(found)
    }

    /// The snapshot below.
    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.shared.snapshot
    }

    fn row(&self, table: &Table, height: Height) -> Result<Option<Vec<u8>>, Fault> {
        self.shared.snapshot.get(table, height_key(height))
    }
}

fn header_in(snapshot: &Snapshot, height: Height) -> Result<Option<Header>, Fault> {
    snapshot.get(&headers::TABLE, height_key(height))?.map(|row| headers::read(&row)).transpose()
}

fn tree_version_in(snapshot: &Snapshot, height: Height) -> Result<Option<u64>, Fault> {
    let row = snapshot.get(&tree_versions::TABLE, height_key(height))?;
    row.map(|row| number(&tree_versions::TABLE, &row)).transpose()
}
