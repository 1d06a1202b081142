#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::codec::{decode, encode};
use crate::error::VerifyError;
use crate::state::tree;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader, TreeUpdateBatch};
use jmt::{KeyHash, OwnedValue, Version};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Nodes and values of every version, in ordered maps.
#[derive(Default)]
struct Store {
    nodes: BTreeMap<NodeKey, Node>,
    values: BTreeMap<(KeyHash, Version), Option<OwnedValue>>,
    roots: Vec<Hash>,
}

impl TreeReader for Store {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }
    fn get_value_option(&self, version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        Ok(self.values.range((key, 0)..=(key, version)).next_back().and_then(|(_, value)| value.clone()))
    }
    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

type Map = BTreeMap<StateKey, Vec<u8>>;

impl Store {
    fn of(versions: &[Map]) -> Self {
        let mut store = Self::default();
        versions.iter().for_each(|values| store.write(values));
        store
    }

    fn write(&mut self, values: &Map) {
        let (root, TreeUpdateBatch { node_batch, .. }) = tree::write(self, self.roots.len() as u64, values).unwrap();
        self.nodes.extend(node_batch.nodes().iter().map(|(key, node)| (key.clone(), node.clone())));
        self.values.extend(node_batch.values().iter().map(|((version, key), value)| ((*key, *version), value.clone())));
        self.roots.push(root);
    }

    fn root(&self) -> Hash {
        *self.roots.last().unwrap()
    }

    fn prove(&self, key: &StateKey) -> (Option<Vec<u8>>, StateProof) {
        tree::prove(self, self.roots.len() as u64 - 1, key).unwrap()
    }
}

fn path(number: u64) -> StateKey {
    StateKey::parse(&format!("record/{number}")).unwrap()
}

fn numbered(numbers: impl IntoIterator<Item = u64>) -> Map {
    numbers.into_iter().map(|number| (path(number), format!("value {number}").into_bytes())).collect()
}

/// Pseudo-random bytes that are the same in every run.
fn noise(number: u64) -> Hash {
    Hash::sha256(&number.to_be_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, rng_seed: proptest::test_runner::RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_version_proves_what_a_plain_map_says(
        writes in proptest::collection::vec(proptest::collection::btree_map(0u64..60, proptest::collection::vec(any::<u8>(), 0..40), 1..12), 1..8)
    ) {
        let versions: Vec<Map> = writes.iter().map(|write| write.iter().map(|(number, value)| (path(*number), value.clone())).collect()).collect();
        let store = Store::of(&versions);
        let mut plain = Map::new();
        for (version, written) in versions.into_iter().enumerate() {
            plain.extend(written);
            let root = store.roots[version];
            for key in (0..66).map(path) {
                let (value, proof) = tree::prove(&store, version as u64, &key).unwrap();
                prop_assert_eq!(value.as_ref(), plain.get(&key));
                proof.verify(root, &key, value.as_deref()).unwrap();
                prop_assert_eq!(&decode::<StateProof>(&encode(&proof), 9_999).unwrap(), &proof);
                let lie = if value.is_some() { None } else { Some(b"value".as_slice()) };
                prop_assert!(proof.verify(root, &key, lie).is_err());
            }
        }
    }
}

#[test]
fn the_root_depends_on_keys_and_values_alone() {
    let all = numbered(0..300);
    let at_once = Store::of(std::slice::from_ref(&all)).root();
    for (seed, size) in [(1u64, 1usize), (2, 7), (3, 64), (4, 299)] {
        let mut order: Vec<_> = all.clone().into_iter().collect();
        order.sort_by_key(|(key, _)| Hash::sha256_parts(&[&seed.to_be_bytes(), key.path().as_bytes()]));
        let batches: Vec<Map> = order.chunks(size).map(|chunk| chunk.iter().cloned().collect()).collect();
        assert_eq!(Store::of(&batches).root(), at_once, "batches of {size}");
    }
    let older: Map = all.keys().map(|key| (key.clone(), b"older".to_vec())).collect();
    assert_eq!(Store::of(&[older, all.clone()]).root(), at_once, "what was overwritten leaves no trace");
    let mut one_more = all;
    one_more.insert(path(300), Vec::new());
    assert_ne!(Store::of(&[one_more]).root(), at_once);
}

#[test]
fn a_present_key_is_never_shown_absent_or_under_another_keys_proof() {
    let store = Store::of(&[numbered(0..200)]);
    let root = store.root();
    let proven: Vec<_> = (0..200).map(|number| (path(number), store.prove(&path(number)))).collect();
    let mut tried = 0;
    for (key, (value, own)) in &proven {
        for (other, (other_value, proof)) in &proven {
            let same = key == other;
            assert_eq!(proof.verify(root, key, value.as_deref()).is_ok(), same);
            assert_eq!(proof.verify(root, key, other_value.as_deref()).is_ok(), same);
            assert!(proof.verify(root, key, None).is_err(), "{key} shown absent");
            // The other key's leaf, put where this key would stand if it were absent.
            let leaf = ProofLeaf { key: other.hash(), value: Hash::sha256(other_value.as_ref().unwrap()) };
            for base in [proof, own] {
                for depth in [base.depth, base.depth.saturating_sub(1)] {
                    let forged = StateProof { leaf: Some(leaf.clone()), depth, ..base.clone() };
                    assert!(forged.verify(root, key, None).is_err(), "{key} shown absent behind {other}");
                }
            }
            tried += 5;
        }
    }
    println!("{tried} claims over 200 x 200 pairs");
}

#[test]
fn every_shortened_path_of_a_present_key_fails_to_show_it_absent() {
    let store = Store::of(&[numbered(0..500)]);
    for number in 0..500 {
        let (_, proof) = store.prove(&path(number));
        let siblings = proof.siblings().unwrap();
        for cut in 0..=siblings.len() {
            let forged = StateProof::from_siblings(None, siblings[cut..].iter().copied());
            assert!(forged.verify(store.root(), &path(number), None).is_err());
        }
    }
}

#[test]
fn unknown_keys_are_absent_and_never_present() {
    let store = Store::of(&[numbered(0..1_000)]);
    let (mut behind_a_leaf, mut in_an_empty_subtree) = (0, 0);
    for number in 1_000..4_000 {
        let (value, proof) = store.prove(&path(number));
        assert_eq!(value, None);
        proof.verify(store.root(), &path(number), None).unwrap();
        if proof.leaf.is_some() {
            behind_a_leaf += 1
        } else {
            in_an_empty_subtree += 1
        }
        for claimed in [b"".as_slice(), b"value 1", format!("value {number}").as_bytes()] {
            assert!(proof.verify(store.root(), &path(number), Some(claimed)).is_err());
            let without_leaf = StateProof { leaf: None, ..proof.clone() };
            assert!(without_leaf.verify(store.root(), &path(number), Some(claimed)).is_err());
        }
    }
    println!("absent behind another leaf {behind_a_leaf}, in an empty subtree {in_an_empty_subtree}");
    assert!(behind_a_leaf > 100 && in_an_empty_subtree > 100);
}

#[test]
fn a_proof_of_another_version_is_refused() {
    let store = Store::of(&[numbered(0..50), numbered(50..100), numbered([200])]);
    for version in 0..3u64 {
        let (value, proof) = tree::prove(&store, version, &path(7)).unwrap();
        for (other, root) in store.roots.iter().enumerate() {
            assert_eq!(proof.verify(*root, &path(7), value.as_deref()).is_ok(), other as u64 == version);
        }
    }
    let (_, absent) = tree::prove(&store, 0, &path(60)).unwrap();
    assert!(absent.verify(store.root(), &path(60), None).is_err(), "absent once, present now");
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let store = Store::of(&[numbered(0..300)]);
    let mut flips = 0;
    for number in [0, 1, 2, 150, 299, 300, 301, 302, 303, 304, 305, 306] {
        let (value, proof) = store.prove(&path(number));
        let bytes = encode(&proof);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let accepted = decode::<StateProof>(&changed, 99_999)
                .is_ok_and(|changed| changed.verify(store.root(), &path(number), value.as_deref()).is_ok());
            assert!(!accepted, "bit {bit} of the proof of {number}");
            flips += 1;
        }
    }
    println!("{flips} flipped bits refused");
}

#[test]
fn random_siblings_reach_no_root() {
    let store = Store::of(&[numbered(0..40)]);
    for number in 0..5_000u64 {
        let siblings =
            (0..number % 40).map(|level| (noise(number * 64 + level).0[0] < 200).then(|| noise(number * 64 + level)));
        let leaf = number.is_multiple_of(3).then(|| ProofLeaf { key: noise(number), value: noise(number + 1) });
        let proof = StateProof::from_siblings(leaf, siblings);
        for value in [None, Some(b"value 3".as_slice())] {
            assert!(proof.verify(store.root(), &path(number % 80), value).is_err());
        }
    }
}

#[test]
fn a_tree_of_one_key_has_depth_0_and_of_none_the_fixed_root() {
    let store = Store::of(&[numbered([5])]);
    let (value, proof) = store.prove(&path(5));
    assert_eq!((proof.depth, proof.leaf.clone()), (0, None));
    proof.verify(store.root(), &path(5), value.as_deref()).unwrap();
    let (_, absent) = store.prove(&path(6));
    assert_eq!(absent.depth, 0);
    absent.verify(store.root(), &path(6), None).unwrap();
    let empty = StateProof::from_siblings(None, core::iter::empty());
    empty.verify(EMPTY_ROOT, &path(6), None).unwrap();
    assert!(empty.verify(store.root(), &path(6), None).is_err());
}

#[test]
fn a_path_has_256_levels_and_not_one_more() {
    let key = path(1);
    let deep = |depth: u64| StateProof::from_siblings(None, (0..depth).map(|level| Some(noise(level))));
    let proof = deep(256);
    let root = (0..256usize).fold(leaf_hash(&key.hash(), &Hash::sha256(b"value")), |hash, level| {
        let sibling = noise(level as u64);
        if bit(&key.hash(), 255 - level) { inner_hash(&sibling, &hash) } else { inner_hash(&hash, &sibling) }
    });
    proof.verify(root, &key, Some(b"value")).unwrap();
    assert_eq!(decode::<StateProof>(&encode(&proof), 99_999).unwrap(), proof);
    for depth in [257, 300, 1_000] {
        assert!(matches!(deep(depth).verify(root, &key, Some(b"value")), Err(VerifyError::ProofShape { .. })));
        assert!(decode::<StateProof>(&encode(&deep(depth)), 99_999).is_err());
    }
    let claims = StateProof { depth: u64::MAX, ..deep(8) };
    assert!(matches!(claims.verify(root, &key, None), Err(VerifyError::ProofShape { .. })));
}

#[test]
fn surplus_bits_and_hashes_are_refused_before_hashing() {
    let store = Store::of(&[numbered(0..9)]);
    let (value, proof) = store.prove(&path(4));
    let refused = |proof: StateProof| {
        assert!(matches!(proof.verify(store.root(), &path(4), value.as_deref()), Err(VerifyError::ProofShape { .. })));
    };
    let longer = |bytes: &Bytes, more: &[u8]| Bytes([&bytes.0, more].concat());
    refused(StateProof { hashes: longer(&proof.hashes, &[0; 32]), ..proof.clone() });
    refused(StateProof { hashes: longer(&proof.hashes, &[0]), ..proof.clone() });
    refused(StateProof { bitmap: longer(&proof.bitmap, &[0]), ..proof.clone() });
    refused(StateProof { bitmap: Bytes(vec![0xff; proof.bitmap.len()]), ..proof.clone() });
    let deeper = StateProof { depth: proof.depth + 1, ..proof.clone() };
    assert!(deeper.verify(store.root(), &path(4), value.as_deref()).is_err());
    refused(StateProof { leaf: Some(ProofLeaf { key: path(4).hash(), value: Hash::default() }), ..proof.clone() });
    let beside_nothing = StateProof::from_siblings(None, core::iter::once(None).chain(proof.siblings().unwrap()));
    refused(beside_nothing);
}

#[test]
fn a_proof_among_10_000_keys_is_about_32_bytes_times_log2() {
    let store = Store::of(&[numbered(0..10_000)]);
    let sizes: Vec<usize> = (0..2_000).map(|number| encode(&store.prove(&path(number * 5)).1).len()).collect();
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    // 32 x log2(10,000) = 425.
    println!("10,000 keys: {mean} bytes on average, {} at most; 32 x log2 N is 425", sizes.iter().max().unwrap());
    assert!(mean * 2 <= 425 * 3);
}
