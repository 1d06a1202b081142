//! What a node could answer instead of the truth, and what the verifier makes of it.

use ledger::action::Action;
use ledger::action::notarial::Annul;
use ledger::block::{Header, SignedHeader};
use ledger::bundle::{Bundle, ListPage, StateEntry};
use ledger::codec::{Bytes, encode};
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::Hash;
use ledger::error::VerifyError;
use ledger::light::{self, LightError, Verified};
use ledger::record::{CertificateStatus, NotarialCertificate};
use ledger::state::StateKey;
use ledger::types::{Height, Round, TimeMs};
use yinxin_tests::sample::{SampleChain, genesis_named, id, key, validator_set, word};
use yinxin_tests::story::{certified_by, consensus_keys, enter, issued, open_case, person};

/// A certificate that was issued and annulled, another one, a case with five entries. The bundle from before annulling.
fn world() -> (SampleChain, Bundle) {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    issued(&mut chain, "bad");
    issued(&mut chain, "good");
    chain.submit("court", &["court-judge"], open_case("case")).unwrap();
    for number in 0..5 {
        let action = enter(&chain, "case", "report", &number.to_string());
        chain.submit("justice", &["justice-officer"], action).unwrap();
    }
    let before = chain.bundle(&keys());
    let annul = Action::Annul(Annul { certificate: id("bad"), reason: word("forged-paper"), text: None });
    chain.submit("notary", &["notary-zhang", "notary-head"], annul).unwrap();
    (chain, before)
}

fn keys() -> [StateKey; 4] {
    [
        StateKey::certificate(&id("bad")),
        StateKey::certificate(&id("good")),
        StateKey::certificate(&id("none")),
        StateKey::correction(&id("case")),
    ]
}

fn verify(chain: &SampleChain, bundle: &Bundle) -> Result<Verified, VerifyError> {
    light::verify(bundle, &chain.trust()).map_err(|error| match error {
        LightError::Invalid(error) => error,
        LightError::CannotTell(reason) => panic!("{reason}"),
    })
}

fn refused(chain: &SampleChain, bundle: &Bundle) -> VerifyError {
    verify(chain, bundle).unwrap_err()
}

fn entry<'b>(bundle: &'b mut Bundle, key: &StateKey) -> &'b mut StateEntry {
    bundle.entries.iter_mut().find(|entry| entry.path == key.path()).unwrap()
}

#[test]
fn an_honest_answer_is_what_the_state_holds() {
    let (chain, _) = world();
    let verified = verify(&chain, &chain.bundle(&keys())).unwrap();
    let status = |name: &str| {
        verified.record::<NotarialCertificate>(&StateKey::certificate(&id(name))).unwrap().map(|record| record.status)
    };
    assert_eq!(status("bad"), Some(CertificateStatus::Annulled));
    assert_eq!(status("good"), Some(CertificateStatus::Issued));
    assert_eq!(status("none"), None);
    assert_eq!(
        (verified.signers(), verified.validators()),
        (4, &validator_set(&["court", "justice", "notary", "police"]))
    );
}

#[test]
fn an_annulled_certificate_is_not_shown_as_issued() {
    let (chain, before) = world();
    let honest = chain.bundle(&keys());
    let old = before.entries.iter().find(|entry| entry.path == keys()[0].path()).unwrap().clone();
    let mut lie = honest.clone();
    entry(&mut lie, &keys()[0]).value = old.value.clone();
    refused(&chain, &lie);
    let mut lie = honest.clone();
    *entry(&mut lie, &keys()[0]) = old;
    refused(&chain, &lie);
    let lie = Bundle { head: honest.head, ..before.clone() };
    refused(&chain, &lie);
    // The old answer as a whole is authentic, and says of which block it is; a session that saw a newer one refuses it.
    let verified = verify(&chain, &before).unwrap();
    assert!(verified.header().height < chain.signed.last().unwrap().header.height);
    let newer = verify(&chain, &chain.bundle(&[])).unwrap().ratchet(&chain.trust());
    assert!(verified.header().height < newer.checkpoint.as_ref().unwrap().height);
    assert_eq!(verified.ratchet(&newer), newer);
}

#[test]
fn absence_is_not_shown_for_presence_nor_one_key_for_another() {
    let (chain, _) = world();
    let honest = chain.bundle(&keys());
    for index in 0..honest.entries.len() {
        let mut lie = honest.clone();
        lie.entries[index].value = match lie.entries[index].value {
            Some(_) => None,
            None => Some(Bytes(Vec::new())),
        };
        refused(&chain, &lie);
        for other in (0..honest.entries.len()).filter(|other| *other != index) {
            let mut lie = honest.clone();
            lie.entries[index].proof = honest.entries[other].proof.clone();
            refused(&chain, &lie);
            lie.entries[index].value = honest.entries[other].value.clone();
            refused(&chain, &lie);
        }
    }
    let mut renamed = honest;
    entry(&mut renamed, &keys()[1]).path = StateKey::certificate(&id("somebody else's")).path().to_owned();
    refused(&chain, &renamed);
}

#[test]
fn absence_under_another_spelling_says_nothing_of_the_record() {
    let (chain, _) = world();
    let real = StateKey::certificate(&id("good"));
    let other = StateKey::parse(&format!("certificate/{}", id("good").to_string().to_uppercase())).unwrap();
    let verified = verify(&chain, &chain.bundle(std::slice::from_ref(&other))).unwrap();
    assert_eq!(verified.entries().collect::<Vec<_>>(), [(other.path(), None)], "the proof itself is good");
    // Who asks for the record makes its path from the id, and finds that nothing was said of it.
    let asked = verified.record::<NotarialCertificate>(&real);
    assert!(matches!(asked, Err(VerifyError::NotShown { .. })), "{asked:?}");
}

#[test]
fn a_list_is_neither_shortened_nor_lengthened_nor_reordered() {
    let (chain, _) = world();
    let case = StateKey::correction(&id("case"));
    let items: Vec<Bytes> = chain.chain.list(&case).iter().map(|item| item.clone().into()).collect();
    let with = |items: Vec<Bytes>, start: u64| {
        let mut bundle = chain.bundle(&keys());
        bundle.lists.push(ListPage { path: case.path().to_owned(), start, items, proofs: Vec::new() });
        bundle
    };
    assert!(verify(&chain, &with(items.clone(), 0)).unwrap().list(&case).unwrap().is_complete());
    refused(&chain, &with(items[..4].to_vec(), 0));
    refused(&chain, &with(items[1..].to_vec(), 0));
    refused(&chain, &with(items[1..].to_vec(), 1));
    refused(&chain, &with(Vec::new(), 0));
    refused(&chain, &with(Vec::new(), 5));
    refused(&chain, &with([items.clone(), vec![items[4].clone()]].concat(), 0));
    refused(&chain, &with(items.iter().rev().cloned().collect(), 0));
    refused(&chain, &with([&items[..3], &[items[4].clone(), items[3].clone()]].concat(), 0));
    // Two items glued into one, as if an inner node were an item.
    refused(&chain, &with([&items[..3], &[Bytes([items[3].0.clone(), items[4].0.clone()].concat())]].concat(), 0));
    let mut without_head = with(items, 0);
    without_head.entries.retain(|entry| entry.path != case.path());
    assert!(matches!(refused(&chain, &without_head), VerifyError::NotShown { .. }));
}

#[test]
fn a_list_head_is_not_read_from_a_record_of_another_kind() {
    let (chain, _) = world();
    for key in [StateKey::certificate(&id("bad")), StateKey::parameters(), StateKey::department(&word("notary"))] {
        let mut bundle = chain.bundle(std::slice::from_ref(&key));
        bundle.lists.push(ListPage { path: key.path().to_owned(), start: 0, items: Vec::new(), proofs: Vec::new() });
        assert!(matches!(refused(&chain, &bundle), VerifyError::Codec { .. }));
    }
}

/// The tip's header, signed anew in some way.
fn resigned(chain: &SampleChain, change: impl FnOnce(&mut CommitCertificate)) -> Bundle {
    let mut bundle = chain.bundle(&keys());
    change(&mut bundle.head.certificate);
    bundle
}

#[test]
fn every_trick_with_the_bitmap_is_refused() {
    let (chain, _) = world();
    let good = chain.signed.last().unwrap().certificate.clone();
    let part = |index: usize| good.signatures[index * 64..index * 64 + 64].to_vec();
    let with = |signers: Vec<u8>, signatures: Vec<Vec<u8>>| {
        refused(
            &chain,
            &resigned(&chain, |certificate| {
                (certificate.signers, certificate.signatures) = (Bytes(signers), Bytes(signatures.concat()));
            }),
        )
    };
    let shape = |error: VerifyError| assert!(matches!(error, VerifyError::CertificateShape { .. }), "{error}");
    let signature = |error: VerifyError| assert!(matches!(error, VerifyError::Signature { .. }), "{error}");
    let quorum = |error: VerifyError| assert!(matches!(error, VerifyError::QuorumMissing { .. }), "{error}");
    quorum(with(vec![0xc0], vec![part(0), part(1)]));
    quorum(with(vec![0], vec![]));
    shape(with(vec![0xc0], vec![part(0), part(1), part(1)]));
    shape(with(vec![0xf0], vec![part(0), part(1), part(2)]));
    signature(with(vec![0xe0], vec![part(0), part(1), part(1)]));
    signature(with(vec![0xe0], vec![part(0), part(0), part(0)]));
    signature(with(vec![0xf0], vec![part(0), part(1), part(3), part(2)]));
    signature(with(vec![0xf0], vec![part(0), part(1), part(2), vec![0; 64]]));
    shape(with(vec![0xcc], [0, 1, 0, 1].map(part).to_vec()));
    shape(with(vec![0xf8], vec![part(0), part(1), part(2), part(3), part(3)]));
    shape(with(vec![0xf0, 0], vec![part(0), part(1), part(2), part(3)]));
    shape(with(vec![0xf0, 0xf0], [0, 1, 2, 3, 0, 1, 2, 3].map(part).to_vec()));
    shape(with(vec![], vec![part(0), part(1), part(2), part(3)]));
    shape(with(vec![0xf0], vec![part(0), part(1), part(2), part(3)[..63].to_vec()]));
    verify(
        &chain,
        &resigned(&chain, |certificate| {
            (certificate.signers, certificate.signatures) =
                (Bytes(vec![0x70]), Bytes([part(1), part(2), part(3)].concat()));
        }),
    )
    .expect("three of four are enough");
}

#[test]
fn prevotes_other_rounds_other_heights_and_other_headers_certify_nothing() {
    let (chain, _) = world();
    let head = chain.signed.last().unwrap();
    let set = validator_set(&["court", "justice", "notary", "police"]);
    let sign = |height: Height, round: Round, step: VoteStep, value: Option<Hash>| {
        let message = vote_sign_bytes(&chain.context(), height, round, step, value);
        let votes = consensus_keys(&["court", "justice", "notary", "police"]);
        CommitCertificate::build(
            head.header.height,
            Round(0),
            &set,
            votes.iter().map(|key| (key.public().id(), key.sign(&message))),
        )
    };
    let (height, own) = (head.header.height, Some(head.header.hash()));
    verify(&chain, &resigned(&chain, |certificate| *certificate = sign(height, Round(0), VoteStep::Precommit, own)))
        .unwrap();
    for wrong in [
        sign(height, Round(0), VoteStep::Prevote, own),
        sign(height, Round(1), VoteStep::Precommit, own),
        sign(Height(height.0 + 1), Round(0), VoteStep::Precommit, own),
        sign(height, Round(0), VoteStep::Precommit, None),
        sign(height, Round(0), VoteStep::Precommit, Some(head.header.parent)),
    ] {
        assert!(matches!(
            refused(&chain, &resigned(&chain, |certificate| *certificate = wrong)),
            VerifyError::Signature { .. }
        ));
    }
    let relabelled = resigned(&chain, |certificate| certificate.height = Height(1));
    assert!(matches!(refused(&chain, &relabelled), VerifyError::NumberMismatch { .. }));
}

#[test]
fn a_header_of_height_0_proves_nothing() {
    let (chain, _) = world();
    let mut header: Header = chain.signed[0].header.clone();
    (header.height, header.parent, header.state_root) = (Height(0), chain.context().genesis, Hash::sha256(b"forged"));
    let head = SignedHeader {
        header,
        certificate: CommitCertificate { height: Height(0), ..chain.signed[0].certificate.clone() },
    };
    refused(&chain, &Bundle::of_head(head));
}

#[test]
fn another_chain_with_the_same_keys_is_told_apart() {
    let (chain, _) = world();
    let mut other = SampleChain::new(genesis_named("other"));
    other.block(Vec::new());
    let foreign = other.bundle(&keys());
    assert!(matches!(refused(&chain, &foreign), VerifyError::OtherChain { .. }));
    // Renamed to ours: the votes were for the other chain and the other genesis.
    let mut renamed = foreign;
    renamed.head.header.chain = chain.context().chain;
    assert!(matches!(refused(&chain, &renamed), VerifyError::Signature { .. }));
}

#[test]
fn what_was_logged_is_shown_at_its_own_index_and_whole() {
    let (chain, _) = world();
    let statement = chain.blocks[1].statements[0].clone();
    let index = chain.log_index(&statement).unwrap();
    let header = encode(&chain.signed[3].header);
    let header_index = chain.log_index(&header).unwrap();
    let bundle = chain
        .bundle(&[])
        .prove_logged(&chain.chain, index, &statement)
        .unwrap()
        .prove_logged(&chain.chain, header_index, &header)
        .unwrap();
    let verified = verify(&chain, &bundle).unwrap();
    assert_eq!(verified.statements()[0].0, index);
    assert_eq!(verified.headers(), [(header_index, chain.signed[3].header.clone())]);
    for at in [0, 1] {
        let mut moved = bundle.clone();
        moved.logged[at].index += 1;
        refused(&chain, &moved);
        let mut swapped = bundle.clone();
        swapped.logged[at].item = bundle.logged[1 - at].item.clone();
        refused(&chain, &swapped);
        for bit in 0..bundle.logged[at].item.len() * 8 {
            let mut flipped = bundle.clone();
            flipped.logged[at].item.0[bit / 8] ^= 1 << (bit % 8);
            refused(&chain, &flipped);
        }
    }
}

#[test]
fn a_header_from_the_future_is_for_the_caller_to_judge_by_its_time() {
    let (chain, _) = world();
    let set = validator_set(&["court", "justice", "notary", "police"]);
    let mut header = chain.signed.last().unwrap().header.clone();
    header.time = TimeMs(header.time.0 + 1_000 * 365 * 24 * 3600 * 1000);
    let head = certified_by(
        &chain,
        &header,
        &set,
        &[key("court-consensus"), key("notary-consensus"), key("police-consensus")],
    );
    let verified = verify(&chain, &Bundle::of_head(head)).unwrap();
    let now = chain.time();
    assert!(verified.header().time > now);
    assert_eq!(verified.age_ms(now), 0, "the age alone does not show it: callers compare the time");
}
