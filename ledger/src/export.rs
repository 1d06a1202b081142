//! The chain as one file: every block with its certificate, and who was seen to sign twice.
//!
//! ```text
//! file    genesis document, then for each height from 1 on: [block, commit-certificate, [* [key-id, bstr]]]
//! ```
//! A CBOR sequence (RFC 8742). Whoever reads it needs nothing else to derive every state of the chain again.
//!
//! Spec: docs/spec/export.md.

use crate::block::Block;
use crate::codec::{Bytes, CodecError};
use crate::commit::CommitCertificate;
use crate::crypto::KeyId;
use crate::limits::{BLOCK_BYTES_MAX, EVIDENCE_BYTES_MAX, MISCONDUCT_MAX, VALIDATORS_MAX};
use minicbor::Decoder;

cbor_array! {
    /// A validator that signed twice.
    pub struct Misconduct {
        /// Its consensus key.
        validator: KeyId,
        /// The canonical encoding of a [`crate::evidence::Evidence`].
        evidence: Bytes,
    }
}

cbor_array! {
    /// What stands in the file for a height.
    pub struct Decided {
        /// The block.
        block: Block,
        /// The certificate that the exporting node keeps.
        certificate: CommitCertificate,
        /// Who signed twice, as the exporting node saw it; at most `limits::MISCONDUCT_MAX`.
        misconduct: Vec<Misconduct>,
    }
}

/// Bytes of one [`Decided`]: a full block, a certificate of the largest set, and all the evidence that a node keeps for
/// a height, with what frames them.
pub const DECIDED_BYTES_MAX: usize =
    BLOCK_BYTES_MAX + VALIDATORS_MAX * 64 + 1024 + MISCONDUCT_MAX * (EVIDENCE_BYTES_MAX + 64);

/// Length of the data item that `bytes` begin with; `None` if it goes on beyond them. For reading a sequence off a
/// stream: what the item says is left to who decodes it.
///
/// # Errors
/// `Malformed` if no item begins so.
pub fn item_length(bytes: &[u8]) -> Result<Option<usize>, CodecError> {
    let mut decoder = Decoder::new(bytes);
    match decoder.skip() {
        Ok(()) => Ok(Some(decoder.position())),
        Err(error) if error.is_end_of_input() => Ok(None),
        Err(_) => Err(CodecError::Malformed { position: decoder.position(), reason: "a data item" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_told_apart_by_their_structure() {
        for (item, rest) in [("83010203", ""), ("a10143000102", "a0"), ("d28440a04040", "f6"), ("00", "00")] {
            let (item, rest) = (hex::decode(item).unwrap(), hex::decode(rest).unwrap());
            let bytes = [item.clone(), rest].concat();
            assert_eq!(item_length(&bytes), Ok(Some(item.len())));
            for length in 0..item.len() {
                assert_eq!(item_length(&item[..length]), Ok(None), "{length} bytes of {}", hex::encode(&item));
            }
        }
        assert!(item_length(&[0x1c]).is_err(), "a reserved length");
    }

    #[test]
    fn a_deep_or_endless_item_costs_no_more_than_its_bytes() {
        assert_eq!(item_length(&vec![0x81; 1 << 20]), Ok(None));
        assert_eq!(item_length(&vec![0x9f; 1 << 20]), Ok(None));
        assert_eq!(item_length(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Ok(None));
    }
}
