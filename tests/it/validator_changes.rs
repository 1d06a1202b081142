//! Validators change by vote, late and little at a time; a verifier follows by handovers from what it trusts.

use ledger::action::Action;
use ledger::action::governance::Ready;
use ledger::block::SignedHeader;
use ledger::bundle::{Bundle, Handover};
use ledger::commit::CommitCertificate;
use ledger::crypto::{Hash, Signature, Suite};
use ledger::error::VerifyError;
use ledger::executor::{BlockInvalid, ExecuteError, execute_block};
use ledger::light::{self, CannotTell, LightError};
use ledger::record::{Change, SetValidators};
use ledger::rejection::Rejection;
use ledger::state::StateKey;
use ledger::trust::TrustFile;
use ledger::types::{Height, TimeMs};
use ledger::validator::{Validator, ValidatorSet};
use yinxin_tests::sample::{SampleChain, genesis, key, validator_set, word};
use yinxin_tests::story::{
    administer, certified_by, change_validators, consensus_keys, pass, propose, ready, schedule, validators_of,
};

const ALL: [&str; 4] = ["court", "justice", "notary", "police"];
const THREE: [&str; 3] = ["justice", "notary", "police"];
const LAST: [&str; 3] = ["court", "notary", "police"];

fn set_with(change: impl FnOnce(&mut Vec<Validator>)) -> Change {
    let mut validators = validator_set(&ALL).validators().to_vec();
    change(&mut validators);
    Change::SetValidators(SetValidators { validators })
}

fn verdict(bundle: &Bundle, trust: &TrustFile) -> Result<u64, LightError> {
    light::verify(bundle, trust).map(|verified| verified.header().height.0)
}

fn with(bundle: &Bundle, handovers: &[&Handover]) -> Bundle {
    Bundle { handovers: handovers.iter().map(|handover| (*handover).clone()).collect(), ..bundle.clone() }
}

#[test]
fn a_change_takes_effect_ten_minutes_after_its_vote_and_at_one_height() {
    let mut chain = SampleChain::default();
    pass(&mut chain, "court leaves", validators_of(&THREE)).unwrap();
    let voted = chain.time();
    let pending = schedule(&chain).pending.unwrap();
    assert_eq!(pending.not_before, voted.plus(600_000));
    chain.block_at(TimeMs(pending.not_before.0 - 1), Vec::new());
    assert_eq!(schedule(&chain).current, validator_set(&ALL));
    chain.block_at(pending.not_before, Vec::new());
    let turning = chain.signed.last().unwrap().header.clone();
    assert_eq!(turning.validators, validator_set(&ALL).hash(), "the old set decides the block of the change");
    assert_eq!(turning.next_validators, validator_set(&THREE).hash());
    chain.block(Vec::new());
    assert_eq!(chain.signed.last().unwrap().header.validators, validator_set(&THREE).hash());
    assert_eq!(schedule(&chain).pending, None);
}

#[test]
fn at_most_a_third_of_the_power_moves_at_once() {
    let refused = Err(Rejection::ValidatorChangeUnsafe);
    let mut chain = SampleChain::default();
    let mut propose_it = |change: Change| administer(&mut chain, "notary", propose("change", change));
    assert_eq!(propose_it(validators_of(&["notary", "police"])), refused, "two of four leave");
    assert_eq!(
        propose_it(set_with(|set| (set[0].key, set[1].key) = (key("x").public(), key("y").public()))),
        refused,
        "two keys of four"
    );
    assert_eq!(propose_it(set_with(Vec::clear)), refused);
    assert_eq!(propose_it(set_with(|set| set.push(set[0].clone()))), refused, "a doubled key");
    assert_eq!(
        propose_it(set_with(|set| set[1].department = set[0].department.clone())),
        refused,
        "two of one department"
    );
    assert_eq!(propose_it(set_with(|set| set[0].department = word("nobody"))), refused, "of no member");
    assert_eq!(propose_it(set_with(|set| set[0].key = key("x").public())), Ok(()), "one key of four");
}

/// The node counts heads where the ledger counts power, so no power but one is ever taken.
#[test]
fn one_department_has_one_vote() {
    let mut chain = SampleChain::default();
    for power in [0, 2, 3, 1 << 60, u64::MAX] {
        let change = set_with(|set| set[0].power = power);
        assert_eq!(
            administer(&mut chain, "notary", propose("change", change)),
            Err(Rejection::VotesUnequal),
            "{power}"
        );
        let mut founding = genesis();
        founding.validators[0].power = power;
        assert!(founding.check().is_err(), "a genesis with power {power}");
    }
    let all_two = set_with(|set| set.iter_mut().for_each(|one| one.power = 2));
    assert_eq!(administer(&mut chain, "notary", propose("change", all_two)), Err(Rejection::VotesUnequal));
    let mut bytes = ledger::codec::encode(&validator_set(&ALL));
    assert!(ledger::codec::decode::<ValidatorSet>(&bytes, 4096).is_ok());
    assert_eq!(bytes.pop(), Some(1), "the last field of the last validator is its power");
    bytes.push(2);
    assert!(ledger::codec::decode::<ValidatorSet>(&bytes, 4096).is_err());
}

#[test]
fn while_a_change_is_pending_no_other_is_taken() {
    let mut chain = SampleChain::default();
    pass(&mut chain, "court leaves", validators_of(&THREE)).unwrap();
    let other = validators_of(&["court", "justice", "notary"]);
    assert_eq!(
        administer(&mut chain, "notary", propose("police leaves", other)),
        Err(Rejection::ValidatorChangeUnsafe)
    );
}

#[test]
fn a_joining_node_shows_that_it_is_up_before_anything_is_scheduled() {
    let mut chain = SampleChain::default();
    change_validators(&mut chain, "court leaves", &THREE);
    pass(&mut chain, "court returns", validators_of(&ALL)).unwrap();
    assert_eq!(schedule(&chain).pending, None, "voted, and yet nothing is scheduled");
    let Action::Ready(good) = ready(&chain, "court returns", "court") else { panic!("a ready statement") };
    let says = |chain: &mut SampleChain, body: Ready| administer(chain, "court", Action::Ready(body));
    assert_eq!(
        says(&mut chain, Ready { signature: Signature([1; 64]), ..good.clone() }),
        Err(Rejection::PossessionUnproven)
    );
    assert_eq!(says(&mut chain, Ready { header: Hash::default(), ..good.clone() }), Err(Rejection::NotNearHead));
    assert_eq!(says(&mut chain, Ready { height: Height(u64::MAX), ..good.clone() }), Err(Rejection::NotNearHead));
    assert_eq!(says(&mut chain, Ready { height: Height(1), ..good.clone() }), Err(Rejection::NotNearHead));
    let by_police = Ready { key: key("police-consensus").public().id(), ..good.clone() };
    assert_eq!(says(&mut chain, by_police), Err(Rejection::OtherDepartment));
    assert_eq!(administer(&mut chain, "police", Action::Ready(good.clone())), Err(Rejection::OtherDepartment));
    (0..201).for_each(|_| drop(chain.block(Vec::new())));
    assert_eq!(says(&mut chain, good), Err(Rejection::NotNearHead), "201 heights ago");
    let fresh = ready(&chain, "court returns", "court");
    administer(&mut chain, "court", fresh).unwrap();
    assert!(schedule(&chain).pending.is_some());
}

#[test]
fn after_a_change_the_old_set_certifies_nothing() {
    let mut chain = SampleChain::default();
    change_validators(&mut chain, "court leaves", &THREE);
    chain.block(Vec::new());
    let block = chain.build(chain.time().plus(1_000), Vec::new()).block;
    let tip = &chain.signed.last().unwrap().header;
    for (set, by, valid) in
        [(&THREE[..], &THREE[..], true), (&ALL, &ALL, false), (&THREE, &["justice", "notary"], false)]
    {
        let certificate = certified_by(&chain, tip, &validator_set(set), &consensus_keys(by)).certificate;
        let mut block = block.clone();
        block.header.last_commit = certificate.hash();
        block.last_commit = Some(certificate);
        match execute_block(&chain.chain, &(), &block) {
            Ok(_) => assert!(valid),
            Err(ExecuteError::Invalid(BlockInvalid::LastCommit(_))) => assert!(!valid),
            Err(other) => panic!("{other}"),
        }
    }
}

/// A chain of four sets, none of them twice: three handovers; the trust file is from the beginning.
fn three_changes() -> (SampleChain, TrustFile, [Handover; 3]) {
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    let genesis = chain.trust();
    let trust = light::verify(&chain.bundle(&[]), &genesis).unwrap().ratchet(&genesis);
    assert_eq!(trust.checkpoint.as_ref().unwrap().height, Height(1));
    let out = change_validators(&mut chain, "out", &THREE);
    let back = change_validators(&mut chain, "back", &["court", "justice", "notary"]);
    let again = change_validators(&mut chain, "again", &LAST);
    chain.block(Vec::new());
    (chain, trust, [out, back, again])
}

#[test]
fn handovers_lead_from_the_checkpoint_to_the_set_in_force() {
    let (chain, trust, [out, back, again]) = three_changes();
    let bundle = chain.bundle(&[StateKey::validators()]);
    let height = chain.blocks.len() as u64;
    assert_eq!(verdict(&with(&bundle, &[&out, &back, &again]), &trust), Ok(height));
    let unknown = Err(LightError::CannotTell(CannotTell::ValidatorsUnknown { height }));
    assert_eq!(verdict(&with(&bundle, &[]), &trust), unknown);
    assert_eq!(verdict(&with(&bundle, &[&out, &back]), &trust), unknown, "the last one is left out");
    // Each is genuine; where one before it is missing, nothing leads there, and nothing is forged either.
    assert_eq!(verdict(&with(&bundle, &[&back, &again]), &trust), unknown, "the first one is left out");
    assert_eq!(verdict(&with(&bundle, &[&again, &back, &out]), &trust), unknown, "the other way round");
    assert_eq!(verdict(&with(&bundle, &[&out, &again]), &trust), unknown, "the middle one is left out");
}

#[test]
fn a_forged_handover_is_told() {
    let (chain, trust, [out, back, again]) = three_changes();
    let bundle = chain.bundle(&[]);
    let others = validator_set(&["notary"]);
    let mut announced = out.signed.header.clone();
    announced.next_validators = others.hash();
    let forge = |signed: SignedHeader, next: &ValidatorSet| {
        verdict(&with(&bundle, &[&Handover { signed, next: next.clone() }, &back, &again]), &trust)
    };
    assert!(
        matches!(forge(out.signed.clone(), &others), Err(LightError::Invalid(VerifyError::HashMismatch { .. }))),
        "another set than announced"
    );
    let unsigned = SignedHeader { header: announced.clone(), certificate: out.signed.certificate.clone() };
    assert!(matches!(forge(unsigned, &others), Err(LightError::Invalid(VerifyError::Signature { .. }))));
    let by_two = certified_by(&chain, &announced, &validator_set(&ALL), &consensus_keys(&["notary", "police"]));
    assert!(matches!(
        forge(by_two, &others),
        Err(LightError::Invalid(VerifyError::QuorumMissing { power: 2, total: 4 }))
    ));
    let by_itself = certified_by(&chain, &announced, &others, &consensus_keys(&["notary"]));
    assert!(matches!(forge(by_itself, &others), Err(LightError::Invalid(_))));
}

#[test]
fn with_the_genesis_hash_alone_nothing_is_told_once_validators_have_changed() {
    let (chain, _, [out, back, again]) = three_changes();
    let needed = Err(LightError::CannotTell(CannotTell::CheckpointNeeded));
    let bundle = chain.bundle(&[]);
    assert_eq!(verdict(&with(&bundle, &[&out, &back, &again]), &chain.trust()), needed);
    assert_eq!(verdict(&with(&bundle, &[]), &chain.trust()), needed);
    // The keys of the first validators may have leaked since: they cannot hand over to a set of the thief's.
    let thief = validator_set(&["notary"]);
    let mut header = chain.signed[5].header.clone();
    header.next_validators = thief.hash();
    let signed = certified_by(&chain, &header, &validator_set(&ALL), &consensus_keys(&ALL));
    let mut head = header.clone();
    (head.height, head.validators, head.next_validators) = (Height(7), thief.hash(), thief.hash());
    let head = certified_by(&chain, &head, &thief, &consensus_keys(&["notary"]));
    let forged = Bundle { handovers: vec![Handover { signed, next: thief }], ..Bundle::of_head(head) };
    assert_eq!(verdict(&forged, &chain.trust()), needed);
}

#[test]
fn a_set_that_comes_back_gives_retired_keys_no_second_life() {
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    let early = chain.signed[0].clone();
    let out = change_validators(&mut chain, "out", &THREE);
    let back = change_validators(&mut chain, "back", &ALL);
    chain.block(Vec::new());
    let before = TrustFile { checkpoint: Some(checkpoint_of(&early)), ..chain.trust() };
    let trust = light::verify(&with(&chain.bundle(&[]), &[&out, &back]), &before).unwrap().ratchet(&before);
    assert_eq!(trust.validators, validator_set(&ALL), "the same set as in the beginning");
    // Leaked: the keys of the set of three, retired by now. A forged head above the checkpoint.
    let mut forged = chain.signed.last().unwrap().header.clone();
    forged.height = Height(forged.height.0 + 50);
    (forged.validators, forged.next_validators) = (validator_set(&THREE).hash(), validator_set(&THREE).hash());
    forged.state_root = Hash::sha256(b"whatever the thief likes");
    let head = Bundle::of_head(certified_by(&chain, &forged, &validator_set(&THREE), &consensus_keys(&THREE)));
    let standing_still = Handover { signed: early, next: validator_set(&ALL) };
    let told = Err(LightError::CannotTell(CannotTell::ValidatorsUnknown { height: forged.height.0 }));
    for handovers in [
        vec![],
        vec![&out],
        vec![&standing_still, &out],
        vec![&out, &back, &out],
        vec![&standing_still, &standing_still, &out],
    ] {
        assert_eq!(verdict(&with(&head, &handovers), &trust), told);
    }
}

fn checkpoint_of(signed: &SignedHeader) -> ledger::trust::Checkpoint {
    ledger::trust::Checkpoint { height: signed.header.height, time: signed.header.time, header: signed.header.hash() }
}

#[test]
fn the_checkpoint_moves_forward_alone() {
    let (chain, trust, [out, back, again]) = three_changes();
    let newest = light::verify(&with(&chain.bundle(&[]), &[&out, &back, &again]), &trust).unwrap();
    let moved = newest.ratchet(&trust);
    assert_eq!(moved.checkpoint, Some(checkpoint_of(chain.signed.last().unwrap())));
    assert_eq!(moved.validators, validator_set(&LAST));
    let old = light::verify(&Bundle::of_head(chain.signed[1].clone()), &trust).unwrap();
    assert_eq!(old.ratchet(&moved), moved, "an older header changes nothing");
    let turning = light::verify(&Bundle::of_head(out.signed.clone()), &trust).unwrap();
    assert_eq!(turning.ratchet(&trust), trust, "a header that hands over is no place to stand on");
    assert_eq!(TrustFile::decode(&ledger::codec::encode(&moved)).unwrap(), moved);
}

/// A bundle for each height of the chain, as it was when that height was the head.
fn every_head(chain: &SampleChain) -> Vec<Bundle> {
    chain.signed.iter().cloned().map(Bundle::of_head).collect()
}

#[test]
fn bundles_from_before_a_change_verify_under_the_trust_file_from_after_it() {
    let (chain, trust, [out, back, again]) = three_changes();
    let newest = light::verify(&with(&chain.bundle(&[]), &[&out, &back, &again]), &trust).unwrap();
    let moved = newest.ratchet(&trust);
    let since = |handover: &Handover| handover.signed.header.height.next();
    let history = moved.history.clone().unwrap();
    assert_eq!(history.since, since(&again));
    assert_eq!(
        history.before.iter().map(|term| term.since).collect::<Vec<_>>(),
        [Height(1), since(&out), since(&back)]
    );
    for (index, bundle) in every_head(&chain).iter().enumerate() {
        assert_eq!(verdict(bundle, &moved), Ok(index as u64 + 1), "what verified once verifies for ever");
    }
    let step = |trust: &TrustFile, height: Height, handovers: &[&Handover]| {
        let head = &every_head(&chain)[usize::try_from(height.0).unwrap() - 1];
        light::verify(&with(head, handovers), trust).unwrap().ratchet(trust)
    };
    let two = step(&trust, Height(since(&back).0 + 1), &[&out, &back]);
    let all = step(&two, chain.signed.last().unwrap().header.height, &[&out, &back, &again]);
    assert_eq!(all, moved, "in one step or in two");
    assert_eq!(newest.ratchet(&all), all, "never back, never twice");
}

#[test]
fn a_set_certifies_only_heights_at_which_it_was_in_force() {
    let (chain, trust, [out, back, again]) = three_changes();
    let moved = light::verify(&with(&chain.bundle(&[]), &[&out, &back, &again]), &trust).unwrap().ratchet(&trust);
    let (from, to) = (out.signed.header.height.next().0, back.signed.header.height.0);
    for signed in &chain.signed {
        let height = signed.header.height.0;
        let mut forged = signed.header.clone();
        (forged.validators, forged.next_validators) = (validator_set(&THREE).hash(), validator_set(&THREE).hash());
        forged.state_root = Hash::sha256(b"whatever three departments like");
        let head = Bundle::of_head(certified_by(&chain, &forged, &validator_set(&THREE), &consensus_keys(&THREE)));
        // More than two thirds of a set that was in force sign what they like: nothing can tell but the evidence.
        let expected = (from..=to).contains(&height);
        assert_eq!(verdict(&head, &moved).is_ok(), expected, "height {height}");
        let unknown = Err(LightError::CannotTell(CannotTell::ValidatorsUnknown { height }));
        let told = verdict(&head, &moved);
        if signed.header.height == moved.checkpoint.as_ref().unwrap().height {
            assert!(matches!(told, Err(LightError::Invalid(VerifyError::HashMismatch { .. }))), "{told:?}");
        } else {
            assert!(expected || told == unknown, "height {height}: {told:?}");
        }
    }
}

#[test]
fn a_file_that_does_not_know_since_when_its_set_decides_says_so() {
    let (chain, trust, [out, back, again]) = three_changes();
    let at = checkpoint_of(&chain.signed[1]);
    let old = TrustFile { version: 1, history: None, checkpoint: Some(at), ..trust };
    let moved = light::verify(&with(&chain.bundle(&[]), &[&out, &back, &again]), &old).unwrap().ratchet(&old);
    assert_eq!(moved.history.as_ref().unwrap().before[0].since, Height(3), "known from above its checkpoint on");
    let heads = every_head(&chain);
    assert_eq!(verdict(&heads[2], &moved), Ok(3));
    assert_eq!(
        verdict(&heads[1], &moved),
        Err(LightError::CannotTell(CannotTell::ValidatorsUnknown { height: 2 })),
        "below that nobody can tell"
    );
    assert_eq!(verdict(&heads[0], &old), Ok(1), "the old version is read as it always was");
}

#[test]
fn a_history_out_of_order_is_refused() {
    let (chain, trust, [out, back, again]) = three_changes();
    let moved = light::verify(&with(&chain.bundle(&[]), &[&out, &back, &again]), &trust).unwrap().ratchet(&trust);
    let decoded = |change: &dyn Fn(&mut TrustFile)| {
        let mut trust = moved.clone();
        change(&mut trust);
        TrustFile::decode(&ledger::codec::encode(&trust))
    };
    assert_eq!(decoded(&|_| {}), Ok(moved.clone()));
    assert!(decoded(&|trust| trust.version = 1).is_err());
    assert!(decoded(&|trust| trust.version = 3).is_err());
    assert!(decoded(&|trust| trust.history = None).is_err());
    assert!(decoded(&|trust| trust.checkpoint = None).is_err());
    let terms = |change: &dyn Fn(&mut ledger::trust::History)| {
        decoded(&|trust| change(trust.history.as_mut().expect("a history")))
    };
    assert!(terms(&|history| history.before.swap(0, 1)).is_err());
    assert!(terms(&|history| history.before[0].since = Height(0)).is_err());
    assert!(terms(&|history| history.before[1].since = history.before[2].since).is_err());
    assert!(terms(&|history| history.since = history.before[2].since).is_err());
    assert!(terms(&|history| history.since = Height(chain.signed.len() as u64 + 1)).is_err());
}

#[test]
fn a_set_is_sorted_whole_and_each_department_stands_in_it_once() {
    let one = |name: &str, power: u64| Validator {
        department: word(name),
        suite: Suite::Ed25519Sha256,
        key: key(name).public(),
        power,
    };
    assert!(ValidatorSet::new(vec![one("a", 1), one("b", 1)]).is_ok());
    assert!(ValidatorSet::new(vec![one("a", 2), one("b", 1)]).is_err());
    assert!(ValidatorSet::new(vec![one("a", u64::MAX), one("b", u64::MAX)]).is_err(), "no overflow");
    assert!(ValidatorSet::new((0..257).map(|n| one(&format!("d{n}"), 1)).collect()).is_err());
    let set = ValidatorSet::new((0..4).map(|n| one(&format!("d{n}"), 1)).collect()).unwrap();
    assert!(!set.is_quorum(2) && set.is_quorum(3) && set.faults_tolerated() == 1);
    let three = ValidatorSet::new((0..3).map(|n| one(&format!("d{n}"), 1)).collect()).unwrap();
    assert!(!three.is_quorum(2) && three.is_quorum(3), "exactly two thirds are not more than two thirds");
    let empty = CommitCertificate {
        height: Height(1),
        round: ledger::types::Round(0),
        signers: vec![0].into(),
        signatures: Vec::new().into(),
    };
    assert!(empty.votes(&set).unwrap().is_empty());
}
