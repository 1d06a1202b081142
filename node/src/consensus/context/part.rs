//! The parts in which the body of a proposal travels.
//!
//! ```text
//! sequence 0        Init  height, round, round of an earlier polka, proposer
//! sequence 1..n     Data  at most 128 KiB of the encoded block each
//! sequence n + 1    Fin   header hash, signature of the proposer over ["yinxin/proposal-part/1", chain,
//!                         genesis hash, height, round, header hash]
//! ```

use borsh::{BorshDeserialize, BorshSerialize};
use ledger::codec::{Cbor, Writer};
use ledger::commit::ChainContext;
use ledger::crypto::{Domain, Hash};
use ledger::types::{Height, Round as LedgerRound};
use malachitebft_core_types as core;
use malachitebft_core_types::Round;

use super::{Address, EngineHeight, EngineSignature, LedgerContext, ValueHash};

/// Bytes of a block in one part: large enough that a full block is 32 parts, small enough to interleave with votes.
pub(crate) const DATA_BYTES_MAX: usize = 128 * 1024;

/// One part of a proposal's stream.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum ProposalPart {
    /// What the stream is.
    Init {
        /// Height of the block.
        height: EngineHeight,
        /// Round it is proposed in.
        round: Round,
        /// Round of an earlier polka that the proposer claims for it, or nil. A hint only: it is not signed.
        valid_round: Round,
        /// Who proposes it in that round.
        proposer: Address,
    },
    /// A piece of the encoded block.
    Data(Vec<u8>),
    /// The end: what was sent, signed.
    Fin {
        /// Hash of the block's header.
        hash: ValueHash,
        /// The proposer's signature.
        signature: EngineSignature,
    },
}

impl core::ProposalPart<LedgerContext> for ProposalPart {
    fn is_first(&self) -> bool {
        matches!(self, Self::Init { .. })
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Fin { .. })
    }
}

/// The bytes that a proposer signs at the end of a stream.
pub(crate) fn part_sign_bytes(chain: &ChainContext, height: Height, round: LedgerRound, hash: Hash) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(6).text(Domain::ProposalPart.tag());
    chain.chain.write(&mut writer);
    chain.genesis.write(&mut writer);
    height.write(&mut writer);
    round.write(&mut writer);
    hash.write(&mut writer);
    writer.finish()
}
