#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use ledger::commit::ChainContext;
use ledger::crypto::{Hash, SecretKey};
use ledger::types::{ChainId, DepartmentId, Height};
use ledger::validator::{Validator, ValidatorSet};

pub(crate) fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

pub(crate) fn chain() -> ChainContext {
    ChainContext { chain: ChainId::new("test-00112233445566778899aabbccddeeff").unwrap(), genesis: Hash([9; 32]) }
}

/// `count` validators with the keys `secret(1)` to `secret(count)`, one power each.
pub(crate) fn ledger_set(count: u8) -> ValidatorSet {
    let validator = |number: u8| Validator {
        department: DepartmentId::new(format!("d{number}")).unwrap(),
        suite: ledger::crypto::Suite::Ed25519Sha256,
        key: secret(number).public(),
        power: 1,
    };
    ValidatorSet::new((1..=count).map(validator).collect()).unwrap()
}

fn at(set: &Members, height: u64, round: u32) -> Address {
    proposer(set, EngineHeight(Height(height)), Round::new(round)).address
}

#[test]
fn all_take_turns_by_height_and_by_round() {
    let set = Members::new(ledger_set(4));
    let order: Vec<Address> = set.all().iter().map(|member| member.address).collect();
    assert!(order.is_sorted());
    for height in 0..8 {
        assert_eq!(at(&set, height, 0), order[height as usize % 4]);
        assert_eq!(at(&set, height, 1), order[(height as usize + 1) % 4]);
    }
    let mut round_turns: Vec<Address> = (0..4).map(|round| at(&set, 1, round)).collect();
    round_turns.sort();
    assert_eq!(round_turns, order, "in four rounds each proposes once");
    at(&set, u64::MAX, u32::MAX);
    assert_eq!(proposer(&set, EngineHeight(Height(2)), Round::Nil).address, order[2]);
}

#[test]
fn who_is_out_of_the_rotation_is_passed_over_and_the_others_stay_equal() {
    let all = Members::new(ledger_set(7));
    let set = Members::with_turns(ledger_set(7), vec![0, 1, 3, 4, 6]);
    assert_ne!(set, all);
    let turns: Vec<usize> =
        (100..110).map(|height| all.all().iter().position(|one| one.address == at(&set, height, 0)).unwrap()).collect();
    assert_eq!(turns, [0, 1, 3, 4, 6, 0, 1, 3, 4, 6], "round robin: each of the five twice in ten heights");
    assert_eq!(at(&set, 102, 0), at(&set, 100, 2), "a failed round passes the turn on");
    assert_eq!(set.get(&all.all()[2].address), Some(&all.all()[2]), "it votes all the same");
    at(&set, u64::MAX, u32::MAX);
}

#[test]
fn members_are_found_by_address() {
    let set = Members::new(ledger_set(7));
    for member in set.all() {
        assert_eq!(set.get(&member.address).unwrap(), member);
        assert_eq!(member.address.0, member.key.id());
    }
    assert!(set.get(&Address(secret(99).public().id())).is_none());
}

#[test]
fn sign_bytes_bind_every_field() {
    let value = ValueHash(Hash([1; 32]));
    let address = Address(secret(1).public().id());
    let height = EngineHeight(Height(5));
    let vote = |height, round, value| core::Context::new_prevote(&LedgerContext, height, round, value, address);
    let base = vote(height, Round::new(0), NilOrVal::Val(value)).sign_bytes(&chain()).unwrap();
    let others = [
        vote(EngineHeight(Height(6)), Round::new(0), NilOrVal::Val(value)),
        vote(height, Round::new(1), NilOrVal::Val(value)),
        vote(height, Round::new(0), NilOrVal::Nil),
        core::Context::new_precommit(&LedgerContext, height, Round::new(0), NilOrVal::Val(value), address),
    ];
    for other in others {
        assert_ne!(other.sign_bytes(&chain()).unwrap(), base);
    }
    assert!(vote(height, Round::Nil, NilOrVal::Nil).sign_bytes(&chain()).is_none());
    let fresh = core::Context::new_proposal(&LedgerContext, height, Round::new(2), value, Round::Nil, address);
    let again = core::Context::new_proposal(&LedgerContext, height, Round::new(2), value, Round::new(0), address);
    assert_ne!(fresh.sign_bytes(&chain()).unwrap(), again.sign_bytes(&chain()).unwrap());
}
