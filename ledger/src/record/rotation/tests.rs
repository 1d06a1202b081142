#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::codec;
use crate::crypto::{SecretKey, Suite};
use crate::validator::Validator;
use proptest::prelude::*;

const LIMIT: u64 = 8;

fn set_of(seeds: &[u8]) -> ValidatorSet {
    let validator = |seed: &u8| Validator {
        department: format!("d{seed}").parse().unwrap(),
        suite: Suite::Ed25519Sha256,
        key: SecretKey::from_seed(&[*seed; 32]).public(),
        power: 1,
    };
    ValidatorSet::new(seeds.iter().map(validator).collect()).unwrap()
}

fn set(count: u8) -> ValidatorSet {
    set_of(&(1..=count).collect::<Vec<_>>())
}

fn key(set: &ValidatorSet, index: usize) -> KeyId {
    set.validators()[index].key.id()
}

/// All but these.
fn signers(set: &ValidatorSet, missing: &[usize]) -> Vec<KeyId> {
    (0..set.len()).filter(|index| !missing.contains(index)).map(|index| key(set, index)).collect()
}

fn roll<'a>(height: u64, proposer: &'a KeyId, set: &'a ValidatorSet, signers: &'a [KeyId]) -> RollCall<'a> {
    RollCall { height: Height(height), proposer, called: set, signers, deciding: set, next: set }
}

fn call(rotation: &Rotation, set: &ValidatorSet, height: u64, proposer: usize, missing: &[usize]) -> Rotation {
    let (signers, proposer) = (signers(set, missing), key(set, proposer));
    rotation.after(&roll(height, &proposer, set, &signers))
}

/// Blocks from `from` on, each by who has the turn, their certificates without `missing`.
fn run(mut rotation: Rotation, set: &ValidatorSet, heights: core::ops::Range<u64>, missing: &[usize]) -> Rotation {
    for height in heights {
        let turns = rotation.turns(set, Height(height), LIMIT);
        let there: Vec<usize> = turns.into_iter().filter(|index| !missing.contains(index)).collect();
        let proposer = there[usize::try_from(height).unwrap() % there.len()];
        rotation = call(&rotation, set, height, proposer, missing);
    }
    rotation
}

#[test]
fn who_stays_away_leaves_and_one_signature_brings_it_back() {
    let set = set(4);
    let mut rotation = run(Rotation::full(), &set, 2..10, &[]);
    assert_eq!(rotation, Rotation::full());
    for height in 10..18 {
        assert_eq!(rotation.turns(&set, Height(height), LIMIT), [0, 1, 2, 3], "height {height}");
        rotation = run(rotation, &set, height..height + 1, &[2]);
    }
    assert_eq!(rotation.turns(&set, Height(18), LIMIT), [0, 1, 3], "eight certificates lack it");
    let settled = rotation.clone();
    assert_eq!(run(rotation, &set, 18..500, &[2]), settled, "nothing changes while it stays away");
    let back = run(settled, &set, 500..501, &[]);
    assert_eq!(back, Rotation::full());
    assert_eq!(back.turns(&set, Height(501), LIMIT), [0, 1, 2, 3]);
}

#[test]
fn one_proposer_alone_pushes_nobody_out() {
    let set = set(4);
    let mut rotation = Rotation::full();
    for height in 2..1_000 {
        rotation = call(&rotation, &set, height, 0, &[1]);
        assert_eq!(rotation.turns(&set, Height(height + 1), LIMIT).len(), 4, "height {height}");
    }
    let rotation = call(&rotation, &set, 1_000, 3, &[1]);
    assert_eq!(rotation.turns(&set, Height(1_001), LIMIT), [0, 2, 3], "a second one says so too");
}

#[test]
fn an_honest_certificate_in_between_begins_anew() {
    let set = set(4);
    let mut rotation = Rotation::full();
    for height in 2..500 {
        let proposer = usize::try_from(height % 4).unwrap();
        let left_out: &[usize] = if proposer == 0 { &[] } else { &[2] };
        rotation = call(&rotation, &set, height, proposer, left_out);
        assert_eq!(rotation.turns(&set, Height(height + 1), LIMIT).len(), 4);
    }
}

#[test]
fn the_limit_is_at_least_the_number_of_validators() {
    let set = set(13);
    let rotation = run(Rotation::full(), &set, 2..14, &[5]);
    assert_eq!(rotation.turns(&set, Height(14), LIMIT).len(), 13, "twelve certificates");
    let rotation = run(rotation, &set, 14..15, &[5]);
    assert_eq!(rotation.turns(&set, Height(15), LIMIT).len(), 12, "thirteen");
}

#[test]
fn a_change_of_validators_forgets_who_left_and_never_leaves_less_than_a_quorum() {
    let old = set(4);
    let gone = key(&old, 3);
    let rotation = run(Rotation::full(), &old, 2..20, &[3]);
    assert_eq!(rotation.turns(&old, Height(20), LIMIT), [0, 1, 2]);
    let keeps_it: Vec<u8> = (1..=4u8).filter(|seed| set_of(&[*seed]).get(&key(&old, 0)).is_none()).collect();
    let three = set_of(&keeps_it);
    let (present, proposer) = (signers(&old, &[3]), key(&old, 1));
    let change = RollCall { next: &three, ..roll(20, &proposer, &old, &present) };
    let after = rotation.after(&change);
    assert!(three.get(&gone).is_some());
    assert_eq!(after.turns(&three, Height(21), LIMIT), [0, 1, 2], "two of three are no quorum: all take turns");
    let without: Vec<u8> = (1..=4u8).filter(|seed| set_of(&[*seed]).get(&gone).is_none()).collect();
    let without = set_of(&without);
    let after = rotation.after(&RollCall { next: &without, ..change });
    assert_eq!(after, Rotation::full());
}

#[test]
fn witnesses_are_the_same_departments_after_a_change() {
    let (old, new) = (set(4), set(5));
    let (missing, proposer) = (key(&old, 3), key(&old, 0));
    let present = signers(&old, &[3]);
    let rotation = call(&Rotation::full(), &old, 2, 0, &[3]);
    let change = RollCall { next: &new, ..roll(3, &proposer, &old, &present) };
    let after = rotation.after(&change);
    assert_eq!(after.absences[0].witnesses_of(&new), [proposer]);
    let present: Vec<KeyId> = signers(&new, &[]).into_iter().filter(|key| *key != missing).collect();
    let other = key(&old, 1);
    let after = after.after(&RollCall { signers: &present, ..roll(4, &other, &new, &present) });
    let mut both = [proposer, other];
    both.sort();
    assert_eq!((after.absences[0].since, after.absences[0].witnesses_of(&new)), (Height(2), both.to_vec()));
}

#[test]
fn the_largest_set_fits_one_value() {
    let seeds: Vec<u8> = (0..=255).collect();
    let set = set_of(&seeds);
    let everybody: Vec<usize> = (0..256).collect();
    let rotation = (2..5).fold(Rotation::full(), |rotation, height| {
        call(&rotation, &set, height, usize::try_from(height).unwrap(), &everybody)
    });
    assert!(codec::encode(&rotation).len() <= crate::limits::VALUE_BYTES_MAX / 8);
}

#[test]
fn the_set_before_is_called_and_who_joins_counts_as_there() {
    let (old, new) = (set(4), set(5));
    let joined = new.validators().iter().position(|validator| old.get(&validator.key.id()).is_none()).unwrap();
    let (present, proposer) = (signers(&old, &[]), key(&old, 0));
    let call = RollCall { next: &new, ..roll(7, &proposer, &old, &present) };
    let rotation = Rotation::full().after(&call);
    assert_eq!(rotation, Rotation::full());
    assert!(rotation.turns(&new, Height(8), LIMIT).contains(&joined));
}

proptest! {
    #[test]
    fn any_history_gives_one_sorted_canonical_state_with_a_quorum_of_turns(
        count in 1u8..10,
        rolls in proptest::collection::vec((any::<usize>(), proptest::collection::vec(any::<usize>(), 0..4)), 0..60),
        limit in 4u64..20,
    ) {
        let set = set(count);
        let faults = set.faults_tolerated();
        let (mut rotation, mut again) = (Rotation::full(), Rotation::full());
        for (number, (proposer, missing)) in rolls.iter().enumerate() {
            let height = number as u64 + 2;
            let proposer = proposer % set.len();
            let missing: Vec<usize> = missing.iter().take(faults).map(|index| index % set.len()).collect();
            rotation = call(&rotation, &set, height, proposer, &missing);
            // The order in which signers are named says nothing.
            let mut backwards = signers(&set, &missing);
            backwards.reverse();
            let key = key(&set, proposer);
            again = again.after(&roll(height, &key, &set, &backwards));
            prop_assert_eq!(&rotation, &again);
            let bytes = codec::encode(&rotation);
            prop_assert_eq!(&codec::decode::<Rotation>(&bytes, 1 << 20).unwrap(), &rotation);
            prop_assert!(rotation.absences.is_sorted_by(|a, b| a.key < b.key));
            let turns = rotation.turns(&set, Height(height + 1), limit);
            prop_assert!(turns.is_sorted_by(|a, b| a < b));
            let power: u64 = turns.iter().map(|index| set.validators()[*index].power).sum();
            prop_assert!(set.is_quorum(power));
            for absence in &rotation.absences {
                let out = !turns.contains(&set.index_of(&absence.key).unwrap());
                let counted = height + 1 - absence.since.0;
                prop_assert!(!out || (counted >= limit.max(set.len() as u64) && absence.witnesses_of(&set).len() > faults));
                prop_assert!(absence.witnesses_of(&set).len() <= set.len().div_ceil(3));
            }
        }
    }

    #[test]
    fn less_than_a_third_of_lying_proposers_push_nobody_out(
        count in 4u8..14, victim in any::<usize>(), lies in proptest::collection::vec((any::<usize>(), any::<bool>()), 1..80),
    ) {
        let set = set(count);
        let (faults, victim) = (set.faults_tolerated(), victim % set.len());
        let liars: Vec<usize> = (0..set.len()).filter(|index| *index != victim).take(faults).collect();
        let mut rotation = Rotation::full();
        for (number, (liar, lie)) in lies.into_iter().enumerate() {
            let missing: &[usize] = if lie { &[victim] } else { &[] };
            let height = number as u64 + 2;
            rotation = call(&rotation, &set, height, liars[liar % liars.len()], missing);
            prop_assert_eq!(rotation.turns(&set, Height(height + 1), 4).len(), set.len());
        }
    }
}
