//! A trust file's history of validators under answers that leave handovers out, or are full of what hands over nothing.

use ledger::bundle::{Bundle, Handover};
use ledger::error::VerifyError;
use ledger::light::{self, CannotTell, LightError};
use ledger::trust::TrustFile;
use ledger::types::Height;
use yinxin_tests::sample::{SampleChain, validator_set};
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
    let out = change_validators(&mut chain, "out", &THREE);
    chain.block(Vec::new());
    let between = chain.signed.last().unwrap().header.height;
    let back = change_validators(&mut chain, "back", &ALL);
    chain.block(Vec::new());
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
