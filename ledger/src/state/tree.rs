//! The state tree: a Jellyfish Merkle tree, SHA-256, from crate `jmt`. The prover's side only; proofs are checked by
//! [`crate::proof`], which shares no code with it.

use super::StateKey;
use crate::crypto::Hash;
use crate::error::Fault;
use crate::proof::{ProofLeaf, StateProof};
use borsh::BorshDeserialize;
use jmt::storage::{TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, Sha256Jmt};
use std::collections::BTreeMap;

/// Root of the tree without keys.
pub const EMPTY_ROOT: Hash = Hash(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// Writes values as a new version and gives the root with the nodes to store.
///
/// Versions are consecutive: 0 is genesis, and only a block that writes something makes the next one.
///
/// # Errors
/// A fault of the store.
pub fn write<R: TreeReader>(
    reader: &R,
    version: u64,
    values: &BTreeMap<StateKey, Vec<u8>>,
) -> Result<(Hash, TreeUpdateBatch), Fault> {
    let set: Vec<_> = values.iter().map(|(key, value)| (KeyHash(key.hash().0), Some(value.clone()))).collect();
    let (root, batch) = Sha256Jmt::new(reader)
        .put_value_set(set, version)
        .map_err(|error| Fault::storage("writing the state tree", format!("{error:#}")))?;
    Ok((Hash(root.0), batch))
}

/// Reads a value and its proof, or the proof of its absence, at a kept version.
///
/// # Errors
/// A fault of the store, or the version has been pruned.
pub fn prove<R: TreeReader>(reader: &R, version: u64, key: &StateKey) -> Result<(Option<Vec<u8>>, StateProof), Fault> {
    let (value, proof) = Sha256Jmt::new(reader)
        .get_with_proof(KeyHash(key.hash().0), version)
        .map_err(|error| Fault::storage("reading the state tree", format!("{error:#}")))?;
    Ok((value, compact(&key.hash(), &proof)?))
}

/// The fields of `jmt`'s proof, which it shows through its own encoding alone.
#[derive(BorshDeserialize)]
struct JmtProof {
    leaf: Option<JmtLeaf>,
    siblings: Vec<JmtNode>,
}

#[derive(BorshDeserialize)]
struct JmtLeaf {
    key: [u8; 32],
    value: [u8; 32],
}

#[derive(BorshDeserialize)]
enum JmtNode {
    Null,
    Internal { left: [u8; 32], right: [u8; 32] },
    Leaf(JmtLeaf),
}

fn compact<H: jmt::SimpleHasher>(key: &Hash, proof: &jmt::proof::SparseMerkleProof<H>) -> Result<StateProof, Fault> {
    let damaged = |error: borsh::io::Error| Fault::damaged(format!("state proof of the tree: {error}"));
    let bytes = borsh::to_vec(proof).map_err(damaged)?;
    let JmtProof { leaf, siblings } = borsh::from_slice(&bytes).map_err(damaged)?;
    let leaf = leaf.map(|leaf| ProofLeaf { key: Hash(leaf.key), value: Hash(leaf.value) });
    let leaf = leaf.filter(|leaf| leaf.key != *key);
    Ok(StateProof::from_siblings(leaf, siblings.iter().map(sibling_hash)))
}

/// Hash of a sibling; `None` for an empty subtree.
fn sibling_hash(node: &JmtNode) -> Option<Hash> {
    match node {
        JmtNode::Null => None,
        JmtNode::Internal { left, right } => Some(crate::proof::inner_hash(&Hash(*left), &Hash(*right))),
        JmtNode::Leaf(leaf) => Some(crate::proof::leaf_hash(&Hash(leaf.key), &Hash(leaf.value))),
    }
}
