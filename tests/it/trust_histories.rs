//! A trust file's history of validators under answers that leave handovers out, or are full of what hands over nothing.

use ledger::bundle::{Bundle, Handover};
use ledger::commit::{VoteStep, vote_sign_bytes};
use ledger::crypto::Hash;
use ledger::error::VerifyError;
use ledger::evidence::{Evidence, NamedBy, SignedContent, SignedStep};
use ledger::light::{self, CannotTell, LightError};
use ledger::trust::TrustFile;
use ledger::types::{Height, Round};
use yinxin_tests::sample::{SampleChain, key, validator_set};
use yinxin_tests::story::change_validators;

const ALL: [&str; 4] = ["court", "justice", "notary", "police"];
const THREE: [&str; 3] = ["justice", "notary", "police"];

fn with(bundle: &Bundle, handovers: &[&Handover]) -> Bundle {
    Bundle { handovers: handovers.iter().map(|handover| (*handover).clone()).collect(), ..bundle.clone() }
}

fn head_at(chain: &SampleChain, height: Height) -> Bundle {
    Bundle::of_head(chain.signed[usize::try_from(height.0).unwrap() - 1].clone())
}

/// A chain with one block, and a trust file that has seen it.
fn begun() -> (SampleChain, TrustFile) {
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    let genesis = chain.trust();
    let trust = light::verify(&chain.bundle(&[]), &genesis).unwrap().ratchet(&genesis);
    (chain, trust)
}

/// The court leaves the validators and comes back: the two handovers, and a height between them.
fn out_and_back(chain: &mut SampleChain) -> (Handover, Height, Handover) {
    let out = change_validators(chain, "out", &THREE);
    chain.block(Vec::new());
    let between = chain.signed.last().unwrap().header.height;
    let back = change_validators(chain, "back", &ALL);
    chain.block(Vec::new());
    (out, between, back)
}

#[test]
fn headers_that_hand_over_nothing_push_no_real_change_out_of_a_history() {
    let (mut chain, first) = begun();
    let out = change_validators(&mut chain, "out", &THREE);
    chain.block(Vec::new());
    let trust = light::verify(&with(&chain.bundle(&[]), &[&out]), &first).unwrap().ratchet(&first);
    let from = chain.signed.len();
    (0..3).for_each(|_| drop(chain.block(Vec::new())));
    let nothing: Vec<Handover> = chain.signed[from..chain.signed.len() - 1]
        .iter()
        .map(|signed| Handover { signed: signed.clone(), next: validator_set(&THREE) })
        .collect();
    assert!(nothing.iter().all(|one| one.signed.header.next_validators == one.next.hash()), "each is genuine");
    let lie = Bundle { handovers: nothing.clone(), ..chain.bundle(&[]) };
    let refused = LightError::Invalid(VerifyError::ProofShape { reason: "a handover changes the validators" });
    assert_eq!(light::verify(&lie, &trust).unwrap_err(), refused);
    // Between the real ones too.
    let mixed = with(&chain.bundle(&[]), &[&out, &nothing[0]]);
    assert_eq!(light::verify(&mixed, &first).unwrap_err(), refused);
    let moved = light::verify(&chain.bundle(&[]), &trust).unwrap().ratchet(&trust);
    assert_eq!(moved.history, trust.history, "no new term for the same set");
    for height in 1..=chain.signed.len() as u64 {
        assert!(light::verify(&head_at(&chain, Height(height)), &moved).is_ok(), "height {height}");
    }
}

#[test]
fn a_genuine_bundle_of_a_set_that_came_and_went_unseen_is_not_called_forged() {
    let (mut chain, first) = begun();
    let (out, between, back) = out_and_back(&mut chain);
    let told = light::verify(&with(&chain.bundle(&[]), &[&out, &back]), &first).unwrap().ratchet(&first);
    // The same head, from a node that leaves the handovers out, and from an honest one for the founders' file.
    let untold = light::verify(&chain.bundle(&[]), &first).unwrap().ratchet(&first);
    let away = light::verify(&chain.bundle(&[]), &chain.trust()).unwrap().ratchet(&chain.trust());
    let bundle = with(&head_at(&chain, between), &[&out]);
    assert!(light::verify(&bundle, &first).is_ok() && light::verify(&bundle, &told).is_ok());
    let unknown = LightError::CannotTell(CannotTell::ValidatorsUnknown { height: between.0 });
    for trust in [&untold, &away] {
        assert_eq!(light::verify(&bundle, trust).unwrap_err(), unknown);
        assert!(light::verify(&head_at(&chain, Height(1)), trust).is_ok(), "what both sets agree on is told");
    }
    // What says that it is of the set in force, and was changed, is still called forged.
    let mut forged = head_at(&chain, Height(1));
    forged.head.header.state_root.0[0] ^= 1;
    assert!(matches!(light::verify(&forged, &untold), Err(LightError::Invalid(VerifyError::Signature { .. }))));
}

/// The court was out and is back: evidence against it at a height between, and at the heights where the terms begin.
#[test]
fn a_key_is_called_in_force_only_where_that_is_proven() {
    let (mut chain, first) = begun();
    let (out, between, back) = out_and_back(&mut chain);
    let told = light::verify(&with(&chain.bundle(&[]), &[&out, &back]), &first).unwrap().ratchet(&first);
    let untold = light::verify(&chain.bundle(&[]), &first).unwrap().ratchet(&first);
    let (context, secret) = (chain.context(), key("court-consensus"));
    let named_by = |height: Height, trust: &TrustFile| {
        let content = |value: u8| {
            let value = Some(Hash([value; 32]));
            let message = vote_sign_bytes(&context, height, Round(0), VoteStep::Precommit, value);
            SignedContent { value, valid_round: None, signature: secret.sign(&message) }
        };
        let place = (height, Round(0), SignedStep::Precommit);
        let evidence = Evidence::new(&context, secret.public().id(), place, content(1), content(2)).unwrap();
        let (guilty, by) = evidence.judge(trust).unwrap();
        assert_eq!(guilty.department.as_str(), "court");
        by
    };
    assert_eq!(named_by(between, &told), NamedBy::Another, "it was out");
    assert_eq!(named_by(between, &untold), NamedBy::History, "the file was shown neither change");
    let (again, last) = (back.signed.header.height.next(), chain.signed.last().unwrap().header.height);
    assert_eq!(named_by(again, &told), NamedBy::InForce, "the handover names the set of the next height");
    assert_eq!(named_by(last, &untold), NamedBy::InForce, "the checkpoint is the header that was verified");
    assert_eq!(named_by(last.next(), &untold), NamedBy::Newest);
}
