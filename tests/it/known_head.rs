//! A head is verified once, what stands under it each time.

use ledger::bundle::Bundle;
use ledger::commit::CommitCertificate;
use ledger::error::VerifyError;
use ledger::light::{LightError, VerifiedHead, verify};
use ledger::state::StateKey;
use yinxin_tests::sample::{SampleChain, busy_block, id};

#[test]
fn a_known_head_vouches_for_nothing_but_itself() {
    let mut chain = SampleChain::default();
    (0..5).for_each(|number| busy_block(&mut chain, number));
    let [one, other] = ["record-0", "record-1"].map(|name| chain.bundle(&[StateKey::certificate(&id(name))]));
    let head = VerifiedHead::of(&one, &chain.trust()).unwrap();
    for bundle in [&one, &other] {
        assert!(head.is_of(bundle));
        let (under, whole) = (head.contents(bundle).unwrap(), verify(bundle, &chain.trust()).unwrap());
        assert!(under.entries().eq(whole.entries()) && under.entries().count() == 1);
        assert_eq!((under.header(), under.signers()), (whole.header(), whole.signers()));
    }

    // Another value, an absence in its place, the proof of another key.
    let harms: [fn(&mut Bundle); 3] = [
        |bundle| bundle.entries[0].value.as_mut().unwrap().0[9] ^= 1,
        |bundle| bundle.entries[0].value = None,
        |bundle| bundle.entries[0].path = StateKey::certificate(&id("record-2")).path().to_owned(),
    ];
    for harm in harms {
        let mut bad = other.clone();
        harm(&mut bad);
        assert!(head.is_of(&bad) && head.contents(&bad).is_err());
    }

    // Another header, and the same one with a certificate that proves nothing.
    let wrong_head = |bundle: &Bundle| matches!(head.contents(bundle), Err(VerifyError::ProofShape { .. }));
    busy_block(&mut chain, 5);
    let newer = chain.bundle(&[StateKey::certificate(&id("record-0"))]);
    assert!(!head.is_of(&newer) && wrong_head(&newer));
    let mut unsigned = one.clone();
    let set = chain.genesis.validator_set().unwrap();
    unsigned.head.certificate = CommitCertificate::build(one.head.header.height, Default::default(), &set, Vec::new());
    assert!(!head.is_of(&unsigned) && wrong_head(&unsigned));
    let error = VerifiedHead::of(&unsigned, &chain.trust()).unwrap_err();
    assert!(matches!(error, LightError::Invalid(_)), "{error}");
}
