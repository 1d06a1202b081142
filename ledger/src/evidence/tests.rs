#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::codec::encode;
use crate::crypto::{SecretKey, Suite};
use crate::trust::{Checkpoint, History, TRUST_VERSION_HISTORY, Term};
use crate::types::{DepartmentId, TimeMs};
use crate::validator::Validator;

fn context(name: &str) -> ChainContext {
    let genesis = Hash::sha256(name.as_bytes());
    let chain = format!("{name}-{}", hex::encode(&genesis.0[..16])).parse().unwrap();
    ChainContext { chain, genesis }
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn set() -> ValidatorSet {
    let validator = |(index, name): (u8, &str)| Validator {
        department: DepartmentId::new(name).unwrap(),
        suite: Suite::Ed25519Sha256,
        key: key(index).public(),
        power: 1,
    };
    ValidatorSet::new([(1, "court"), (2, "justice"), (3, "notary"), (4, "police")].map(validator).to_vec()).unwrap()
}

const PLACE: (Height, Round, SignedStep) = (Height(7), Round(2), SignedStep::Precommit);

fn vote(context: &ChainContext, signer: &SecretKey, value: Option<Hash>) -> SignedContent {
    let bytes = vote_sign_bytes(context, PLACE.0, PLACE.1, VoteStep::Precommit, value);
    SignedContent { value, valid_round: None, signature: signer.sign(&bytes) }
}

fn proposal(context: &ChainContext, signer: &SecretKey, value: Hash, valid_round: Option<Round>) -> SignedContent {
    let bytes = proposal_sign_bytes(context, PLACE.0, PLACE.1, value, valid_round);
    SignedContent { value: Some(value), valid_round, signature: signer.sign(&bytes) }
}

fn of_votes(context: &ChainContext) -> Evidence {
    let (a, b) = (vote(context, &key(3), Some(Hash([1; 32]))), vote(context, &key(3), Some(Hash([2; 32]))));
    Evidence::new(context, key(3).public().id(), PLACE, a, b).unwrap()
}

#[test]
fn the_guilty_department_is_named_and_a_pair_has_one_encoding() {
    let context = context("sample");
    let (nil, some) = (vote(&context, &key(3), None), vote(&context, &key(3), Some(Hash([1; 32]))));
    let id = key(3).public().id();
    let evidence = Evidence::new(&context, id, PLACE, some.clone(), nil.clone()).unwrap();
    assert_eq!(evidence, Evidence::new(&context, id, PLACE, nil, some).unwrap());
    assert_eq!(Evidence::decode(&encode(&evidence)).unwrap(), evidence);
    let guilty = evidence.verify(&context, &set()).unwrap();
    assert_eq!((guilty.department.as_str(), guilty.key), ("notary", id));

    let place = (PLACE.0, PLACE.1, SignedStep::Proposal);
    let value = Hash([9; 32]);
    let (fresh, again) = (proposal(&context, &key(2), value, None), proposal(&context, &key(2), value, Some(Round(1))));
    let evidence = Evidence::new(&context, key(2).public().id(), place, fresh, again).unwrap();
    assert_eq!(evidence.verify(&context, &set()).unwrap().department.as_str(), "justice");
    assert!(encode(&evidence).len() <= EVIDENCE_BYTES_MAX / 2, "{} B", encode(&evidence).len());
}

#[test]
fn what_is_no_double_signature_is_no_evidence() {
    let context = context("sample");
    let (id, value) = (key(3).public().id(), Some(Hash([1; 32])));
    let one = || vote(&context, &key(3), value);
    assert!(Evidence::new(&context, id, PLACE, one(), one()).is_err(), "the same content twice");
    let odd = SignedContent { valid_round: Some(Round(0)), ..one() };
    assert!(
        Evidence::new(&context, id, PLACE, vote(&context, &key(3), None), odd).is_err(),
        "a vote has no valid round"
    );
    let place = (PLACE.0, PLACE.1, SignedStep::Proposal);
    let nothing = vote(&context, &key(3), None);
    assert!(Evidence::new(&context, id, place, nothing, one()).is_err(), "a proposal of nothing");
    let mut swapped = of_votes(&context);
    core::mem::swap(&mut swapped.first, &mut swapped.second);
    assert!(Evidence::decode(&encode(&swapped)).is_err(), "the wrong order");
}

#[test]
fn nobody_is_accused_by_another_chain_another_place_or_another_key() {
    let (here, there) = (context("sample"), context("other"));
    let refuted = |evidence: &Evidence, why: &str| match evidence.verify(&here, &set()) {
        Err(EvidenceError::Refuted(_)) => {}
        other => panic!("{why}: {other:?}"),
    };
    refuted(&of_votes(&there), "another chain");
    let relabelled = Evidence { chain: here.chain.clone(), genesis: here.genesis, ..of_votes(&there) };
    refuted(&relabelled, "votes of another chain under this chain's name");
    let good = of_votes(&here);
    refuted(&Evidence { height: Height(8), ..good.clone() }, "another height");
    refuted(&Evidence { round: Round(3), ..good.clone() }, "another round");
    refuted(&Evidence { step: SignedStep::Prevote, ..good.clone() }, "another step");
    refuted(&Evidence { step: SignedStep::Proposal, ..good.clone() }, "votes as proposals");
    refuted(&Evidence { key: key(1).public().id(), ..good.clone() }, "another validator's key");
    let second = vote(&here, &key(1), Some(Hash([2; 32])));
    refuted(&Evidence { second, ..good.clone() }, "one vote each of two validators");
    let stranger = Evidence { key: key(9).public().id(), ..good };
    assert_eq!(stranger.verify(&here, &set()), Err(EvidenceError::UnknownKey { key: key(9).public().id() }));
}

#[test]
fn any_flipped_bit_accuses_nobody() {
    let context = context("sample");
    let bytes = encode(&of_votes(&context));
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let named = Evidence::decode(&bytes).is_ok_and(|evidence| evidence.verify(&context, &set()).is_ok());
        assert!(!named, "bit {bit}");
    }
}

/// A trust file that has come to height 20, and knows that `before` decided up to height 9.
fn moved(before: &ValidatorSet, now: &ValidatorSet) -> TrustFile {
    let ChainContext { chain, genesis } = context("sample");
    let checkpoint = Checkpoint { height: Height(20), time: TimeMs(0), header: Hash([0; 32]) };
    let before = vec![Term { since: Height(1), validators: before.clone() }];
    let history = Some(History { since: Height(10), before });
    let validators = now.clone();
    TrustFile { version: TRUST_VERSION_HISTORY, chain, genesis, validators, checkpoint: Some(checkpoint), history }
}

/// The sample's set with the keys of two departments exchanged for others: `(department, seed)`.
fn with(changed: &[(&str, u8)]) -> ValidatorSet {
    let mut all = set().validators().to_vec();
    for (department, seed) in changed {
        let one = all.iter_mut().find(|one| one.department.as_str() == *department).unwrap();
        one.key = key(*seed).public();
    }
    ValidatorSet::new(all).unwrap()
}

#[test]
fn a_key_that_moved_accuses_the_department_that_had_it_at_the_height() {
    // Key 3 was the notary's up to height 9, and is the police's since; it signed twice at height 7.
    let (then, now) = (set(), with(&[("notary", 8), ("police", 3)]));
    let evidence = of_votes(&context("sample"));
    let judged = |trust: &TrustFile| evidence.judge(trust).map(|(guilty, by)| (guilty.department.to_string(), by));
    let named = |department: &str, by| Ok((department.to_owned(), by));
    assert_eq!(judged(&moved(&then, &now)), named("notary", NamedBy::History));
    // Where a term begins, the handover before it proves its set; at the checkpoint the header does.
    let terms = |mut trust: TrustFile| {
        trust.history.as_mut().unwrap().before[0].since = PLACE.0;
        trust
    };
    assert_eq!(judged(&terms(moved(&then, &now))), named("notary", NamedBy::InForce));
    let mut reached = moved(&set(), &then);
    reached.history = Some(History { since: Height(2), before: Vec::new() });
    reached.checkpoint.as_mut().unwrap().height = PLACE.0;
    assert_eq!(judged(&reached), named("notary", NamedBy::InForce));
    // The newest set alone names the wrong one: a file of today without a history tells nothing of height 7.
    let of_today = TrustFile { version: 1, history: None, ..moved(&then, &now) };
    assert_eq!(judged(&of_today), Err(EvidenceError::HeightUnknown { height: Height(7) }));
    let since = TrustFile { history: Some(History { since: Height(10), before: Vec::new() }), ..moved(&then, &now) };
    assert_eq!(judged(&since), Err(EvidenceError::HeightUnknown { height: Height(7) }));
    let founding = TrustFile { checkpoint: None, ..of_today };
    assert_eq!(judged(&founding), named("police", NamedBy::Newest), "it knows of no other set");
}

#[test]
fn a_key_that_was_not_in_force_accuses_only_whom_every_known_set_names() {
    let evidence = of_votes(&context("sample"));
    let without = with(&[("notary", 8)]);
    let (guilty, by) = evidence.judge(&moved(&without, &set())).unwrap();
    assert_eq!((guilty.department.as_str(), by), ("notary", NamedBy::Another));
    let mut trust = moved(&without, &with(&[("notary", 8), ("police", 3)]));
    let history = trust.history.as_mut().unwrap();
    history.before.insert(0, Term { since: Height(1), validators: set() });
    history.before[1].since = Height(5);
    assert_eq!(evidence.judge(&trust), Err(EvidenceError::SeveralDepartments { key: evidence.key }));
    let nobody = moved(&without, &without);
    assert_eq!(evidence.judge(&nobody), Err(EvidenceError::UnknownKey { key: evidence.key }));
    let forged = Evidence { round: Round(3), ..evidence };
    assert!(matches!(forged.judge(&trust), Err(EvidenceError::Refuted(_))), "what is forged is told first");
}
