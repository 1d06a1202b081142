//! The log: the Merkle tree of RFC 9162 section 2.1 (SHA-256) over the items' own bytes.
//!
//! ```text
//! leaf = SHA-256(0x00 || item)      node = SHA-256(0x01 || left || right)
//!
//! stored in append order, a leaf followed by every subtree it completes (as tlog's stored hash index):
//!        6
//!     2     5
//!    0 1   3 4   7   ...
//! ```
//! Nothing stands in front of an item: headers begin with 0x8x, statements with 0xd2, so neither reads as the other.

use crate::codec::{Cbor, CodecError, Reader, ValueRule, View, Writer};
use crate::crypto::Hash;
use crate::error::{Fault, VerifyError};
use crate::limits::LOG_PROOF_DEPTH_MAX;

#[cfg(test)]
mod tests;

/// Hash of an item (RFC 9162 section 2.1.1).
#[must_use]
pub fn leaf_hash(item: &[u8]) -> Hash {
    Hash::sha256_parts(&[&[0], item])
}

/// Hash of an inner node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::sha256_parts(&[&[1], &left.0, &right.0])
}

/// Roots of the complete subtrees of a tree, largest first: all that appending needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peaks {
    size: u64,
    hashes: Vec<Hash>,
}

impl Peaks {
    /// Takes the roots of the complete subtrees of a tree of `size` items.
    ///
    /// Surplus or missing hashes make a root that nothing certifies; who reads them from outside compares the root.
    #[must_use]
    pub fn from_parts(size: u64, hashes: Vec<Hash>) -> Self {
        Self { size, hashes }
    }

    /// Reads the peaks of a tree of `size` items from stored hashes.
    ///
    /// # Errors
    /// What `node` gives.
    pub fn load(size: u64, mut node: impl FnMut(u64) -> Result<Hash, Fault>) -> Result<Self, Fault> {
        let mut hashes = Vec::new();
        let mut start = 0;
        for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
            hashes.push(node(stored_index(level, start >> level))?);
            start += 1 << level;
        }
        Ok(Self { size, hashes })
    }

    /// Number of items.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, largest subtree first.
    #[must_use]
    pub fn into_hashes(self) -> Vec<Hash> {
        self.hashes
    }

    /// Appends an item and gives the hashes to store, with their stored indices, in order.
    pub fn append(&mut self, item: &[u8]) -> Vec<(u64, Hash)> {
        let mut hash = leaf_hash(item);
        let mut index = stored_index(0, self.size);
        let mut stored = vec![(index, hash)];
        let mut size = self.size;
        while size & 1 == 1 {
            let Some(left) = self.hashes.pop() else { break };
            hash = node_hash(&left, &hash);
            index += 1;
            stored.push((index, hash));
            size >>= 1;
        }
        self.hashes.push(hash);
        self.size += 1;
        stored
    }

    /// The root; of no items it is SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.hashes.iter().rev();
        let Some(last) = peaks.next() else { return Hash::sha256(&[]) };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// Root over all items at once.
#[must_use]
pub fn root_of<'a>(items: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    let mut peaks = Peaks::default();
    for item in items {
        peaks.append(item);
    }
    peaks.root()
}

/// Position in append order of the complete subtree number `n` (from 0) of height `level`.
#[must_use]
pub fn stored_index(level: u32, n: u64) -> u64 {
    // The subtree is stored right after its last leaf and the lower subtrees which that leaf completes.
    let last_leaf = (n << level) + ((1u64 << level) - 1);
    // Before leaf k stand k leaves and one inner node for each subtree completed: k - popcount(k).
    2 * last_leaf - u64::from(last_leaf.count_ones()) + u64::from(level)
}

/// Proof that an item stands at an index of a log of some size (RFC 9162 section 2.1.3).
///
/// Shape: array of sibling hashes, bottom first, at most 64. Index and size are the caller's: they come from the
/// signed header and the claim, never from the proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    siblings: Vec<Hash>,
}

impl InclusionProof {
    /// Makes the proof from stored hashes.
    ///
    /// # Errors
    /// `Damaged` if `index` is not below `size`; what `node` gives.
    pub fn make(index: u64, size: u64, mut node: impl FnMut(u64) -> Result<Hash, Fault>) -> Result<Self, Fault> {
        if index >= size {
            return Err(Fault::damaged(format!("log index {index} is beyond its size {size}")));
        }
        let mut siblings = Vec::new();
        path(index, 0, size, &mut node, &mut siblings)?;
        Ok(Self { siblings })
    }

    /// Checks that `item` is entry `index` of the log of `size` entries with this root.
    ///
    /// # Errors
    /// `NumberMismatch` for an index beyond the size, `ProofShape` for a wrong length, `HashMismatch` for the root.
    pub fn verify(&self, item: &[u8], index: u64, size: u64, root: Hash) -> Result<(), VerifyError> {
        if index >= size {
            return Err(VerifyError::NumberMismatch {
                what: "log index is below the log size",
                expected: size,
                actual: index,
            });
        }
        // RFC 9162 section 2.1.3.2, with fn = at, sn = last.
        let (mut at, mut last, mut hash) = (index, size - 1, leaf_hash(item));
        for sibling in &self.siblings {
            if last == 0 {
                return Err(VerifyError::ProofShape { reason: "the inclusion proof is too long" });
            }
            if at & 1 == 1 || at == last {
                hash = node_hash(sibling, &hash);
                while at & 1 == 0 && at != 0 {
                    at >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            at >>= 1;
            last >>= 1;
        }
        if last != 0 {
            return Err(VerifyError::ProofShape { reason: "the inclusion proof is too short" });
        }
        crate::block::expect_hash("log root", root, hash)
    }
}

/// PATH(m, D[n]) of RFC 9162 section 2.1.3.1 for leaf `index` in the subtree `start..end`, bottom first.
fn path<N>(index: u64, start: u64, end: u64, node: &mut N, siblings: &mut Vec<Hash>) -> Result<(), Fault>
where
    N: FnMut(u64) -> Result<Hash, Fault>,
{
    // At most 64 levels deep: each halves the range.
    if end - start == 1 {
        return Ok(());
    }
    let middle = start + split(end - start);
    let sibling = if index < middle {
        path(index, start, middle, node, siblings)?;
        subtree(middle, end, node)?
    } else {
        path(index, middle, end, node, siblings)?;
        subtree(start, middle, node)?
    };
    siblings.push(sibling);
    Ok(())
}

/// Largest power of two below `n`, for `n` above 1.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// Root of the items `start..end`, where `start` is a multiple of the range's highest power of two.
fn subtree<N>(start: u64, end: u64, node: &mut N) -> Result<Hash, Fault>
where
    N: FnMut(u64) -> Result<Hash, Fault>,
{
    let mut at = start;
    let mut hashes = Vec::new();
    while at < end {
        let level = 63 - (end - at).leading_zeros();
        hashes.push(node(stored_index(level, at >> level))?);
        at += 1 << level;
    }
    Ok(Peaks::from_parts(end - start, hashes).root())
}

impl Cbor for InclusionProof {
    fn write(&self, writer: &mut Writer) {
        self.siblings.write(writer);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let siblings: Vec<Hash> = Vec::read(reader)?;
        if siblings.len() > LOG_PROOF_DEPTH_MAX {
            return Err(ValueRule::InclusionProofLength.into());
        }
        Ok(Self { siblings })
    }
    fn view(&self) -> View {
        self.siblings.view()
    }
}
