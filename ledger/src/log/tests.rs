#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::codec::{decode, encode};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Items of different lengths, the empty one among them.
fn item(number: usize) -> Vec<u8> {
    number.to_be_bytes()[..number % 9].repeat(1 + number % 3)
}

/// Our log and the oracle's tree over the same items.
struct Both {
    peaks: Peaks,
    stored: Vec<Hash>,
    oracle: MemoryBackedTree<sha2_oracle::Sha256, Vec<u8>>,
}

impl Both {
    fn of(count: usize) -> Self {
        let mut both = Self { peaks: Peaks::default(), stored: Vec::new(), oracle: MemoryBackedTree::new() };
        (0..count).for_each(|number| both.push(number));
        both
    }

    fn push(&mut self, number: usize) {
        for (index, hash) in self.peaks.append(&item(number)) {
            assert_eq!(index, self.stored.len() as u64, "hashes are stored one after another");
            self.stored.push(hash);
        }
        self.oracle.push(item(number));
    }

    fn node(&self, index: u64) -> Result<Hash, Fault> {
        self.stored.get(usize::try_from(index).unwrap()).copied().ok_or_else(|| Fault::damaged("missing"))
    }

    fn oracle_root(&self) -> Hash {
        Hash(self.oracle.root().as_bytes().as_slice().try_into().unwrap())
    }

    fn prove(&self, index: u64) -> InclusionProof {
        InclusionProof::make(index, self.peaks.size(), |node| self.node(node)).unwrap()
    }

    /// The proof is byte for byte the oracle's, and verifies.
    fn check_index(&self, index: usize) {
        let proof = self.prove(index as u64);
        let flat: Vec<u8> = proof.siblings.iter().flat_map(|hash| hash.0).collect();
        assert_eq!(flat, self.oracle.prove_inclusion(index).as_bytes());
        proof.verify(&item(index), index as u64, self.peaks.size(), self.oracle_root()).unwrap();
    }
}

#[test]
fn roots_and_all_inclusion_proofs_are_those_of_rfc_9162_up_to_size_130() {
    let mut both = Both::of(0);
    assert_eq!(both.peaks.root(), Hash::sha256(&[]));
    for size in 1..=130 {
        both.push(size - 1);
        assert_eq!(both.peaks.root(), both.oracle_root(), "size {size}");
        assert_eq!(Peaks::load(size as u64, |node| both.node(node)).unwrap(), both.peaks);
        (0..size).for_each(|index| both.check_index(index));
    }
}

#[test]
fn large_odd_sizes_agree_too() {
    for size in [1_000, 4_095, 4_096, 4_097, 9_999, 65_537] {
        let both = Both::of(size);
        assert_eq!(both.peaks.root(), both.oracle_root(), "size {size}");
        for index in [0, 1, size / 3, size / 2, size - 2, size - 1] {
            both.check_index(index);
        }
    }
}

#[test]
fn a_root_over_all_items_at_once_is_that_of_appending() {
    for count in [0, 1, 2, 3, 7, 8, 100] {
        let items: Vec<_> = (0..count).map(item).collect();
        assert_eq!(root_of(items.iter().map(Vec::as_slice)), Both::of(count).peaks.root());
    }
}

#[test]
fn each_complete_subtree_has_a_stored_index_of_its_own_without_gaps() {
    let leaves = 1_024u64;
    let mut seen = BTreeSet::new();
    for level in 0..=10 {
        for n in 0..leaves >> level {
            assert!(seen.insert(stored_index(level, n)), "level {level}, number {n}");
        }
    }
    assert_eq!(seen, (0..2 * leaves - 1).collect());
    // Far out, at the most that the format allows: 2^63 entries.
    assert_eq!(stored_index(63, 0), (1u64 << 63).wrapping_mul(2).wrapping_sub(2));
}

#[test]
fn a_proof_fits_its_index_size_item_and_root_alone() {
    for size in [1u64, 2, 3, 5, 8, 13, 64, 65, 100] {
        let both = Both::of(usize::try_from(size).unwrap());
        let root = both.peaks.root();
        for index in 0..size {
            let (proof, own) = (both.prove(index), item(usize::try_from(index).unwrap()));
            for other in (0..size + 2).filter(|other| *other != index) {
                assert!(proof.verify(&own, other, size, root).is_err(), "index {index} as {other} of {size}");
            }
            for other in (0..size + 70).filter(|other| *other != size) {
                // A shape may be shared between sizes; the root is not.
                let other_root = Both::of(usize::try_from(other).unwrap()).peaks.root();
                assert!(proof.verify(&own, index, other, other_root).is_err(), "size {size} as {other}");
            }
            assert!(proof.verify(b"another item", index, size, root).is_err());
            assert!(proof.verify(&own, index, size, Hash::default()).is_err());
        }
    }
}

#[test]
fn shortened_lengthened_and_reordered_proofs_are_refused() {
    let both = Both::of(77);
    let root = both.peaks.root();
    for index in 0..77u64 {
        let (proof, own) = (both.prove(index), item(usize::try_from(index).unwrap()));
        let refused = |siblings: Vec<Hash>| InclusionProof { siblings }.verify(&own, index, 77, root).unwrap_err();
        let whole = &proof.siblings;
        (0..whole.len())
            .for_each(|count| assert!(matches!(refused(whole[..count].to_vec()), VerifyError::ProofShape { .. })));
        for extra in [Hash::default(), root, leaf_hash(&own)] {
            assert!(matches!(refused([whole.as_slice(), &[extra]].concat()), VerifyError::ProofShape { .. }));
            assert!(matches!(refused([&[extra], whole.as_slice()].concat()), VerifyError::ProofShape { .. }));
        }
        refused(whole.iter().rev().copied().collect());
        (0..whole.len()).for_each(|dropped| {
            refused(whole.iter().enumerate().filter(|(at, _)| *at != dropped).map(|(_, hash)| *hash).collect());
        });
        for bit in 0..whole.len() * 256 {
            let mut changed = whole.clone();
            changed[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            refused(changed);
        }
    }
}

#[test]
fn an_inner_node_never_passes_as_an_item() {
    // Second preimage: the two hashes below a node, shown as one item a level higher.
    let both = Both::of(8);
    for pair in 0..4u64 {
        let left = leaf_hash(&item(usize::try_from(pair * 2).unwrap()));
        let right = leaf_hash(&item(usize::try_from(pair * 2 + 1).unwrap()));
        let forged = InclusionProof { siblings: both.prove(pair * 2).siblings[1..].to_vec() };
        for front in [&[][..], &[0], &[1]] {
            let shown = [front, &left.0, &right.0].concat();
            assert!(forged.verify(&shown, pair, 4, both.peaks.root()).is_err());
        }
    }
}

#[test]
fn sizes_at_the_end_of_the_range_do_not_overflow() {
    let proof = InclusionProof { siblings: vec![Hash::default(); 64] };
    for size in [u64::MAX, 1 << 63, (1 << 63) + 1] {
        for index in [0, 1, size / 2, size - 1, size, u64::MAX] {
            assert!(proof.verify(b"item", index, size, Hash::default()).is_err());
        }
    }
    assert!(proof.verify(b"item", 0, 0, Hash::sha256(&[])).is_err());
}

#[test]
fn more_than_64_hashes_are_refused_when_read() {
    let long = InclusionProof { siblings: vec![Hash::default(); 65] };
    assert!(matches!(decode::<InclusionProof>(&encode(&long), 9_999), Err(CodecError::OutOfRange { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: proptest::test_runner::RngSeed::Fixed(2), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_larger_log_proves_every_item_of_a_smaller_one(small in 1usize..200, more in 0usize..200) {
        let both = Both::of(small + more);
        (0..small).for_each(|index| both.check_index(index));
    }
}
