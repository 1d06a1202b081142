//! Blocks that were proposed and are not decided.
//!
//! ```text
//! height u64 | round u32 | header hash 32 B  ->  [valid round | null, proposer, signature | null, encoded block] CBOR
//! ```
//! Persisting a height removes its rows; a height at or below the tip has none.

use super::{Table, take};
use crate::consensus::ports::Undecided;
use ledger::codec::{self, Bytes, Cbor, CodecError, Reader, View, Writer};
use ledger::crypto::{Hash, KeyId, Signature};
use ledger::error::Fault;
use ledger::limits::BLOCK_BYTES_MAX;
use ledger::types::{Height, Round};

pub(in crate::storage) const TABLE: Table = Table::records("undecided");

/// Proposer, signature and framing beside the block.
const BYTES_MAX: usize = BLOCK_BYTES_MAX + 1024;

/// The row; the rest of the proposal stands in the key.
struct Row {
    valid_round: Option<Round>,
    proposer: KeyId,
    signature: Option<Signature>,
    block: Bytes,
}

impl Cbor for Row {
    fn write(&self, writer: &mut Writer) {
        writer.array(4);
        self.valid_round.write(writer);
        self.proposer.write(writer);
        self.signature.write(writer);
        self.block.write(writer);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.array_exact(4)?;
        Ok(Self {
            valid_round: Option::read(reader)?,
            proposer: KeyId::read(reader)?,
            signature: Option::read(reader)?,
            block: Bytes::read(reader)?,
        })
    }

    fn view(&self) -> View {
        View::Null
    }
}

/// The key of a proposal.
pub(in crate::storage) fn key(undecided: &Undecided) -> Vec<u8> {
    let (height, round) = (undecided.height.0.to_be_bytes(), undecided.round.0.to_be_bytes());
    [&height[..], &round, &undecided.hash.0].concat()
}

/// The row of a proposal.
pub(in crate::storage) fn value(undecided: &Undecided) -> Vec<u8> {
    codec::encode(&Row {
        valid_round: undecided.valid_round,
        proposer: undecided.proposer,
        signature: undecided.signature,
        block: undecided.block.clone(),
    })
}

/// Reads a proposal.
pub(in crate::storage) fn read(key: &[u8], row: &[u8]) -> Result<Undecided, Fault> {
    let (height, rest) = take::<8>(&TABLE, key)?;
    let (round, rest) = take::<4>(&TABLE, rest)?;
    let (hash, _) = take::<32>(&TABLE, rest)?;
    let row: Row = codec::decode(row, BYTES_MAX).map_err(|error| TABLE.damaged(error))?;
    Ok(Undecided {
        height: Height(u64::from_be_bytes(height)),
        round: Round(u32::from_be_bytes(round)),
        valid_round: row.valid_round,
        proposer: row.proposer,
        hash: Hash(hash),
        signature: row.signature,
        block: row.block,
    })
}
