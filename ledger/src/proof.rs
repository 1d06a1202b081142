//! Proofs of the state: that a key holds a value, or none, under a state root.
//!
//! ```text
//! leaf  = SHA-256("JMT::LeafNode"    || key || SHA-256(value))        key = SHA-256(path)
//! inner = SHA-256("JMT::IntrnalNode" || left || right)                empty = "SPARSE_MERKLE_PLACEHOLDER_HASH__"
//! ```
//! Bit `d` of the key, from the most significant, leads left (0) or right (1) at depth `d`. A subtree with one leaf is
//! that leaf, so a path is as deep as the key shares bits with its nearest neighbour. Spec: docs/spec/proofs.md.

use crate::codec::{Bytes, Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::crypto::Hash;
use crate::error::VerifyError;
use crate::limits::STATE_PROOF_DEPTH_MAX;
use crate::state::{StateKey, tree::EMPTY_ROOT};

#[cfg(test)]
mod tests;

pub(crate) fn leaf_hash(key: &Hash, value: &Hash) -> Hash {
    Hash::sha256_parts(&[b"JMT::LeafNode", &key.0, &value.0])
}

pub(crate) fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::sha256_parts(&[b"JMT::IntrnalNode", &left.0, &right.0])
}

cbor_array! {
    /// The leaf at the end of a path.
    pub struct ProofLeaf {
        /// Hash of its path.
        key: Hash,
        /// Hash of its value.
        value: Hash,
    }
}

/// Proves that a key holds a value, or holds none, under a state root.
///
/// Shape: `[leaf | null, depth, bitmap, hashes]`. The leaf is another one that stands where the key would (absence);
/// it is null for a present key, whose leaf key and value give, and for absence in an empty subtree. Bit `i` of the bitmap, most significant first, says
/// whether the sibling at level `i` from the bottom is non-empty; `hashes` holds those, 32 bytes each. About
/// 32 B x log2 of the number of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateProof {
    leaf: Option<ProofLeaf>,
    depth: u64,
    bitmap: Bytes,
    hashes: Bytes,
}

impl StateProof {
    /// Packs siblings from bottom to root; `None` is an empty subtree.
    pub(crate) fn from_siblings(leaf: Option<ProofLeaf>, siblings: impl Iterator<Item = Option<Hash>>) -> Self {
        let (mut bitmap, mut hashes, mut depth) = (Vec::new(), Vec::new(), 0usize);
        for sibling in siblings {
            if depth.is_multiple_of(8) {
                bitmap.push(0);
            }
            if let (Some(hash), Some(byte)) = (sibling, bitmap.last_mut()) {
                *byte |= 0x80 >> (depth % 8);
                hashes.extend_from_slice(&hash.0);
            }
            depth += 1;
        }
        Self { leaf, depth: depth as u64, bitmap: bitmap.into(), hashes: hashes.into() }
    }

    /// Checks that `key` holds `value` (or none) under `root`.
    ///
    /// # Errors
    /// `ProofShape` before any hashing when the form does not fit the claim; `HashMismatch` for the root.
    pub fn verify(&self, root: Hash, key: &StateKey, value: Option<&[u8]>) -> Result<(), VerifyError> {
        let key = key.hash();
        let bottom = self.bottom(&key, value.map(Hash::sha256))?;
        let siblings = self.siblings()?;
        let ends_at_leaf = value.is_some() || self.leaf.is_some();
        if ends_at_leaf && siblings.first().is_some_and(Option::is_none) {
            // The tree would have put the leaf higher.
            return Err(VerifyError::ProofShape { reason: "a leaf stands beside an empty subtree" });
        }
        let depth = siblings.len();
        let folded = siblings.iter().enumerate().fold(bottom, |hash, (level, sibling)| {
            let sibling = sibling.unwrap_or(EMPTY_ROOT);
            if bit(&key, depth - 1 - level) { inner_hash(&sibling, &hash) } else { inner_hash(&hash, &sibling) }
        });
        crate::block::expect_hash("state root", root, folded)
    }

    /// Hash of what stands at the end of the path, if that supports the claim.
    fn bottom(&self, key: &Hash, value: Option<Hash>) -> Result<Hash, VerifyError> {
        let shape = |reason| Err(VerifyError::ProofShape { reason });
        match (value, &self.leaf) {
            (Some(value), None) => Ok(leaf_hash(key, &value)),
            (Some(_), Some(_)) => shape("a proof of presence carries no leaf: key and value give it"),
            (None, None) => Ok(EMPTY_ROOT),
            (None, Some(leaf)) if leaf.key == *key => shape("a proof of absence cannot end at the key itself"),
            (None, Some(leaf)) if shared_bits(&leaf.key, key) < self.depth => {
                shape("the leaf of a proof of absence stands on another path")
            }
            (None, Some(leaf)) => Ok(leaf_hash(&leaf.key, &leaf.value)),
        }
    }

    /// The siblings from bottom to root.
    fn siblings(&self) -> Result<Vec<Option<Hash>>, VerifyError> {
        let shape = |reason| Err(VerifyError::ProofShape { reason });
        let depth = usize::try_from(self.depth).unwrap_or(usize::MAX);
        if depth > STATE_PROOF_DEPTH_MAX || self.bitmap.len() != depth.div_ceil(8) {
            return shape("depth and bitmap do not fit");
        }
        let set = |level: usize| self.bitmap[level / 8] & (0x80 >> (level % 8)) != 0;
        if (depth..self.bitmap.len() * 8).any(set) {
            return shape("a bit is set beyond the depth");
        }
        if (0..depth).filter(|level| set(*level)).count() * 32 != self.hashes.len() {
            return shape("there is not exactly one hash for each set bit");
        }
        if self.hashes.chunks_exact(32).any(|chunk| chunk == EMPTY_ROOT.0) {
            return shape("an empty subtree is a clear bit, never a hash");
        }
        let mut hashes =
            self.hashes.chunks_exact(32).map(|chunk| Hash(chunk.try_into().expect("chunks are of 32 bytes")));
        Ok((0..depth).map(|level| if set(level) { hashes.next() } else { None }).collect())
    }
}

/// Bit `depth` of a key, from the most significant.
fn bit(key: &Hash, depth: usize) -> bool {
    key.0[depth / 8] & (0x80 >> (depth % 8)) != 0
}

/// Number of leading bits that two keys share.
fn shared_bits(a: &Hash, b: &Hash) -> u64 {
    let different = a.0.iter().zip(&b.0).position(|(x, y)| x != y);
    different.map_or(256, |byte| byte as u64 * 8 + u64::from((a.0[byte] ^ b.0[byte]).leading_zeros()))
}

impl Cbor for StateProof {
    fn write(&self, writer: &mut Writer) {
        writer.array(4);
        self.leaf.write(writer);
        self.depth.write(writer);
        self.bitmap.write(writer);
        self.hashes.write(writer);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.array_exact(4)?;
        let proof = Self {
            leaf: Option::read(reader)?,
            depth: reader.uint()?,
            bitmap: Bytes::read(reader)?,
            hashes: Bytes::read(reader)?,
        };
        if proof.depth > STATE_PROOF_DEPTH_MAX as u64 {
            return Err(ValueRule::StateProofDepth.into());
        }
        Ok(proof)
    }
    fn view(&self) -> View {
        View::Record(vec![
            ("leaf", self.leaf.view()),
            ("depth", self.depth.view()),
            ("bitmap", self.bitmap.view()),
            ("hashes", self.hashes.view()),
        ])
    }
}
