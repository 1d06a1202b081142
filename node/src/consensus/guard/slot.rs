//! The guard's record and its form on disk.
//!
//! ```text
//! file   copy 0 at byte 0, copy 1 at byte 32,768; 65,536 bytes in all, unused bytes are ignored
//! copy   magic "YXGUARD1" | length of payload u32 | crc32 of length and payload u32 | payload
//! payload  key id 32 | genesis hash 32 | sequence u64 | height u64 | flags u8 | entries u32 | entry ...
//! flags    1 the height is closed, 2 what the key signed before this record was begun is not settled
//! entry    round u32 | step u8 | value present u8, value 32 | SHA-256 of the signed bytes 32 | signature 64
//! ```
//! Integers are little-endian. The checksum finds every single flipped bit and every burst up to 32 bits.

use std::fmt;

use ledger::crypto::{Hash, KeyId, Signature};
use ledger::types::{Height, Round};

/// Bytes of one copy.
pub(crate) const SLOT_BYTES: usize = 32 * 1024;
/// Bytes of the file.
pub(crate) const FILE_BYTES: usize = 2 * SLOT_BYTES;
/// Entries kept for a height: some 66 rounds. When full the oldest go; what they guarded stays refused, because it is
/// below the last entry.
pub(crate) const ENTRIES_MAX: usize = 200;

const MAGIC: &[u8; 8] = b"YXGUARD1";
const CLOSED: u8 = 1;
const UNSETTLED: u8 = 2;
const HEAD_BYTES: usize = 16;
const PAYLOAD_HEAD_BYTES: usize = 32 + 32 + 8 + 8 + 1 + 4;
const ENTRY_BYTES: usize = 4 + 1 + 1 + 32 + 32 + 64;

/// What is signed in a round, in the order in which it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The proposal, by the proposer alone.
    Propose = 0,
    /// The first vote.
    Prevote = 1,
    /// The second vote.
    Precommit = 2,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Propose => "proposal",
            Self::Prevote => "prevote",
            Self::Precommit => "precommit",
        })
    }
}

/// One signature at the guard's height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Round.
    pub round: Round,
    /// Step.
    pub step: Step,
    /// Header hash, `None` for nil.
    pub value: Option<Hash>,
    /// SHA-256 of the bytes that were signed.
    pub digest: Hash,
    /// The signature.
    pub signature: Signature,
}

/// What the guard knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Consensus key it guards.
    pub(crate) key: KeyId,
    /// Chain it guards it on.
    pub(crate) genesis: Hash,
    /// Number of changes; the higher of two copies is the newer.
    pub(crate) sequence: u64,
    /// Height of the entries.
    pub(crate) height: Height,
    /// True if the height gets no signature any more.
    pub(crate) closed: bool,
    /// False while it is not known how far the chain was when this record was begun.
    pub(crate) settled: bool,
    /// What was signed at the height, ascending by round and step.
    pub(crate) entries: Vec<Entry>,
}

impl Record {
    /// A record that knows nothing of its key.
    pub(crate) fn new(key: KeyId, genesis: Hash) -> Self {
        Self { key, genesis, sequence: 0, height: Height(0), closed: false, settled: false, entries: Vec::new() }
    }

    /// Adds the newest entry and forgets the oldest above the bound.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        let surplus = self.entries.len().saturating_sub(ENTRIES_MAX);
        self.entries.drain(..surplus);
    }
}

/// What the two copies of a file hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    /// Both are sound and equal.
    Both(Record),
    /// The newest sound one; the other is damaged or older.
    One(Record),
    /// Neither is sound.
    None,
}

/// Reads both copies and takes the newest sound one.
pub(crate) fn read(file: &[u8]) -> Sound {
    let copy = |start: usize| file.get(start..).and_then(|rest| decode(&rest[..rest.len().min(SLOT_BYTES)]));
    match (copy(0), copy(SLOT_BYTES)) {
        (Some(first), Some(second)) if first == second => Sound::Both(first),
        // The same number with different content is not something this code writes: trust neither.
        (Some(first), Some(second)) if first.sequence == second.sequence => Sound::None,
        (Some(first), Some(second)) => Sound::One(if first.sequence > second.sequence { first } else { second }),
        (Some(only), None) | (None, Some(only)) => Sound::One(only),
        (None, None) => Sound::None,
    }
}

/// One copy, without the unused bytes behind it.
pub(crate) fn encode(record: &Record) -> Vec<u8> {
    let mut payload = Vec::with_capacity(PAYLOAD_HEAD_BYTES + record.entries.len() * ENTRY_BYTES);
    payload.extend_from_slice(&record.key.0.0);
    payload.extend_from_slice(&record.genesis.0);
    payload.extend_from_slice(&record.sequence.to_le_bytes());
    payload.extend_from_slice(&record.height.0.to_le_bytes());
    payload.push(u8::from(record.closed) * CLOSED + u8::from(!record.settled) * UNSETTLED);
    payload.extend_from_slice(&length(record.entries.len()));
    for entry in &record.entries {
        payload.extend_from_slice(&entry.round.0.to_le_bytes());
        payload.push(entry.step as u8);
        payload.push(u8::from(entry.value.is_some()));
        payload.extend_from_slice(&entry.value.unwrap_or_default().0);
        payload.extend_from_slice(&entry.digest.0);
        payload.extend_from_slice(&entry.signature.0);
    }
    let mut bytes = Vec::with_capacity(HEAD_BYTES + payload.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&length(payload.len()));
    bytes.extend_from_slice(&checksum(&payload).to_le_bytes());
    bytes.extend_from_slice(&payload);
    bytes
}

fn length(count: usize) -> [u8; 4] {
    u32::try_from(count).expect("a record is bounded by its number of entries").to_le_bytes()
}

fn checksum(payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length(payload.len()));
    hasher.update(payload);
    hasher.finalize()
}

/// One copy; `None` if anything of it does not fit.
fn decode(copy: &[u8]) -> Option<Record> {
    let mut head = Fields(copy);
    if head.take::<8>()? != *MAGIC {
        return None;
    }
    let size = usize::try_from(u32::from_le_bytes(head.take()?)).ok()?;
    let sum = u32::from_le_bytes(head.take()?);
    let payload = head.0.get(..size)?;
    if checksum(payload) != sum {
        return None;
    }
    let mut fields = Fields(payload);
    let mut record = Record::new(KeyId(Hash(fields.take()?)), Hash(fields.take()?));
    record.sequence = u64::from_le_bytes(fields.take()?);
    record.height = Height(u64::from_le_bytes(fields.take()?));
    (record.closed, record.settled) = fields.flags()?;
    let count = usize::try_from(u32::from_le_bytes(fields.take()?)).ok()?;
    if count > ENTRIES_MAX || fields.0.len() != count * ENTRY_BYTES {
        return None;
    }
    record.entries = (0..count).map(|_| fields.entry()).collect::<Option<_>>()?;
    Some(record)
}

/// The rest of a byte string that is read field by field.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }

    fn flags(&mut self) -> Option<(bool, bool)> {
        let [flags] = self.take::<1>()?;
        (flags <= CLOSED + UNSETTLED).then_some((flags & CLOSED != 0, flags & UNSETTLED == 0))
    }

    fn flag(&mut self) -> Option<bool> {
        match self.take::<1>()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    fn entry(&mut self) -> Option<Entry> {
        let round = Round(u32::from_le_bytes(self.take()?));
        let step = match self.take::<1>()? {
            [0] => Step::Propose,
            [1] => Step::Prevote,
            [2] => Step::Precommit,
            _ => return None,
        };
        let present = self.flag()?;
        let value = Hash(self.take()?);
        let digest = Hash(self.take()?);
        let signature = Signature(self.take()?);
        Some(Entry { round, step, value: present.then_some(value), digest, signature })
    }
}
