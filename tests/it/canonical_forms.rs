//! One value, one form on the wire: every format refuses every other way to write what it means.

use ledger::block::{Block, Header};
use ledger::bundle::Bundle;
use ledger::codec::{Cbor, CodecError, decode, encode};
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::Hash;
use ledger::evidence::{Evidence, SignedContent, SignedStep};
use ledger::genesis::Genesis;
use ledger::limits::{
    BLOCK_BYTES_MAX, BUNDLE_BYTES_MAX, EVIDENCE_BYTES_MAX, GENESIS_BYTES_MAX, HEADER_BYTES_MAX, STATEMENT_BYTES_MAX,
    TRUST_BYTES_MAX, VALUE_BYTES_MAX,
};
use ledger::record::{
    CorrectionCase, Department, IdentityAttestation, Item, KeyRecord, NotarialCertificate, Proposal, ValidatorSchedule,
};
use ledger::state::StateKey;
use ledger::statement::SignedStatement;
use ledger::trust::TrustFile;
use ledger::types::{DepartmentId, Height, Round};
use std::time::{Duration, Instant};
use yinxin_tests::sample::{SampleChain, id, key, word};
use yinxin_tests::story::{change_validators, enter, issued, open_case, person};
use yinxin_tests::token::Token;

/// A format with an example that has most of its fields.
struct Format {
    name: &'static str,
    example: Vec<u8>,
    tree: Token,
    size_bytes_max: usize,
    decode: fn(&[u8]) -> Result<Vec<u8>, CodecError>,
}

fn typed<T: Cbor, const MAX: usize>(bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    decode::<T>(bytes, MAX).map(|value| encode(&value))
}

fn format(
    name: &'static str,
    example: Vec<u8>,
    size_bytes_max: usize,
    decode: fn(&[u8]) -> Result<Vec<u8>, CodecError>,
) -> Format {
    let tree = Token::parse(&example);
    Format { name, example, tree, size_bytes_max, decode }
}

fn record<T: Cbor>(name: &'static str, chain: &SampleChain, key: &StateKey) -> Format {
    format(name, encode(&chain.record::<T>(key).unwrap()), VALUE_BYTES_MAX, typed::<T, VALUE_BYTES_MAX>)
}

/// A chain on which everything has happened once.
fn full_chain() -> (SampleChain, Bundle) {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    issued(&mut chain, "first");
    chain.submit("court", &["court-judge"], open_case("case")).unwrap();
    let report = enter(&chain, "case", "report", "monthly report");
    chain.submit("justice", &["justice-officer"], report).unwrap();
    let handover = change_validators(&mut chain, "court leaves", &["justice", "notary", "police"]);
    chain.block(Vec::new());
    let keys =
        [StateKey::certificate(&id("first")), StateKey::certificate(&id("none")), StateKey::correction(&id("case"))];
    let item = chain.blocks[0].statements[0].clone();
    let index = chain.log_index(&item).unwrap();
    let mut bundle = chain.bundle(&keys).prove_logged(&chain.chain, index, &item).unwrap();
    bundle.handovers.push(handover);
    let items = chain.chain.list(&StateKey::correction(&id("case"))).iter().map(|item| item.clone().into()).collect();
    let path = StateKey::correction(&id("case")).path().to_owned();
    bundle.lists.push(ledger::bundle::ListPage { path, start: 0, items, proofs: Vec::new() });
    bundle.disclosures.push(b"salt".to_vec().into());
    bundle.made_at = Some(chain.time());
    (chain, bundle)
}

fn formats() -> Vec<Format> {
    let (chain, bundle) = full_chain();
    let endorsed = chain.blocks[3].statements[0].0.clone();
    let mut statement = format("statement", endorsed, STATEMENT_BYTES_MAX, |bytes| {
        SignedStatement::decode(bytes).map(|statement| statement.encoded().0.clone())
    });
    statement.tree = statement.tree.looking_into(&[0, 2]);
    let head = chain.signed.last().unwrap();
    let trust = ledger::light::verify(&chain_bundle_before_change(), &chain.trust()).unwrap().ratchet(&chain.trust());
    vec![
        statement,
        format("block", encode(&chain.blocks[4]), BLOCK_BYTES_MAX, typed::<Block, BLOCK_BYTES_MAX>),
        format("header", encode(&head.header), HEADER_BYTES_MAX, typed::<Header, HEADER_BYTES_MAX>),
        format("genesis", encode(&chain.genesis), GENESIS_BYTES_MAX, |bytes| {
            Genesis::decode(bytes).map(|genesis| encode(&genesis))
        }),
        format("trust file", encode(&trust), TRUST_BYTES_MAX, |bytes| {
            TrustFile::decode(bytes).map(|trust| encode(&trust))
        }),
        format("bundle", bundle.encode(), BUNDLE_BYTES_MAX, |bytes| {
            Bundle::decode(bytes).map(|bundle| bundle.encode())
        }),
        format(
            "commit certificate",
            encode(&head.certificate),
            HEADER_BYTES_MAX,
            typed::<CommitCertificate, HEADER_BYTES_MAX>,
        ),
        format("evidence", encode(&double_vote(&chain)), EVIDENCE_BYTES_MAX, |bytes| {
            Evidence::decode(bytes).map(|evidence| encode(&evidence))
        }),
        record::<NotarialCertificate>("notarial certificate", &chain, &StateKey::certificate(&id("first"))),
        record::<IdentityAttestation>("identity attestation", &chain, &StateKey::identity(&id("wang"))),
        record::<CorrectionCase>("corrections case", &chain, &StateKey::correction(&id("case"))),
        record::<Department>("department", &chain, &StateKey::department(&word::<DepartmentId>("notary"))),
        record::<KeyRecord>("key", &chain, &StateKey::key(&key("notary-head").public().id())),
        record::<Item>("item", &chain, &StateKey::item(&word("correction.community"))),
        record::<Proposal>("proposal", &chain, &StateKey::proposal(&id("court leaves"))),
        record::<ValidatorSchedule>("schedule of validators", &chain, &StateKey::validators()),
    ]
}

/// Two precommits of one validator.
fn double_vote(chain: &SampleChain) -> Evidence {
    let (context, court) = (chain.context(), key("court-consensus"));
    let content = |value: Option<Hash>| {
        let bytes = vote_sign_bytes(&context, Height(7), Round(2), VoteStep::Precommit, value);
        SignedContent { value, valid_round: None, signature: court.sign(&bytes) }
    };
    let place = (Height(7), Round(2), SignedStep::Precommit);
    Evidence::new(&context, court.public().id(), place, content(None), content(Some(Hash([1; 32])))).unwrap()
}

/// A bundle from before any change of validators, which the trust file of genesis reaches.
fn chain_bundle_before_change() -> Bundle {
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    chain.bundle(&[])
}

#[test]
fn each_example_is_read_back_as_it_was_written() {
    for format in formats() {
        assert_eq!((format.decode)(&format.example).as_ref(), Ok(&format.example), "{}", format.name);
        assert_eq!(format.tree.encode(), format.example, "{}", format.name);
    }
}

#[test]
fn every_other_form_of_every_format_is_refused() {
    for format in formats() {
        let forms = format.tree.refused_forms();
        let mut kinds: Vec<&str> = forms.iter().map(|form| form.name.split(" at ").next().unwrap()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for form in &forms {
            let read = (format.decode)(&form.bytes);
            assert!(read.is_err(), "{} accepts {}: {}", format.name, form.name, hex::encode(&form.bytes));
        }
        println!("{}: {} forms of {} kinds refused", format.name, forms.len(), kinds.len());
        assert!(kinds.len() >= 30, "{}: only {} kinds", format.name, kinds.len());
    }
}

#[test]
fn longer_integers_and_indefinite_lengths_are_named_as_not_canonical_or_malformed() {
    let header = formats().into_iter().find(|format| format.name == "header").unwrap();
    let longer = header.tree.with_raw(&[0], vec![0x18, 1]);
    assert_eq!((header.decode)(&longer), Err(CodecError::NotCanonical { position: 1 }));
    let float = header.tree.with_raw(&[3], vec![0xf9, 0x3c, 0]);
    assert!(matches!((header.decode)(&float), Err(CodecError::Malformed { .. })));
    let after = [header.example.as_slice(), &[0]].concat();
    assert_eq!(
        (header.decode)(&after),
        Err(CodecError::Malformed { position: header.example.len(), reason: "nothing after the value" })
    );
}

#[test]
fn nesting_of_ten_thousand_levels_is_refused_at_once_and_without_a_stack() {
    let heads: [&[u8]; 6] = [&[0x81], &[0x9f], &[0xa1, 0x01], &[0xbf, 0x01], &[0xd2], &[0xd8, 0x18, 0x81]];
    for format in formats() {
        for head in heads {
            let mut deep = head.repeat(10_000);
            deep.push(0);
            let node = format.tree.paths().pop().unwrap();
            for bytes in [deep.clone(), format.tree.with_raw(&node, deep.clone())] {
                let begun = Instant::now();
                assert!((format.decode)(&bytes).is_err(), "{}", format.name);
                assert!(begun.elapsed() < Duration::from_secs(2), "{} takes {:?}", format.name, begun.elapsed());
            }
        }
    }
}

#[test]
fn ten_megabytes_are_refused_before_anything_is_decoded() {
    let large = vec![0x81; 10 * 1024 * 1024];
    for format in formats() {
        let begun = Instant::now();
        let expected = CodecError::TooLong { size_bytes: large.len(), size_bytes_max: format.size_bytes_max };
        assert_eq!((format.decode)(&large), Err(expected), "{}", format.name);
        assert!(begun.elapsed() < Duration::from_millis(100), "{}", format.name);
    }
}

#[test]
fn a_head_that_claims_2_60_items_reserves_nothing() {
    for format in formats() {
        for path in format.tree.paths() {
            for major in 2..=6 {
                let claimed = yinxin_tests::token::head(major, 1 << 60);
                let begun = Instant::now();
                assert!((format.decode)(&format.tree.with_raw(&path, claimed)).is_err(), "{}", format.name);
                assert!(begun.elapsed() < Duration::from_secs(2), "{}", format.name);
            }
        }
    }
}

#[test]
fn a_bundle_states_each_path_list_and_index_once_and_in_order() {
    let (chain, bundle) = full_chain();
    let refused =
        |bundle: Bundle| assert!(matches!(Bundle::decode(&bundle.encode()), Err(CodecError::OutOfRange { .. })));
    refused(Bundle { entries: bundle.entries.iter().rev().cloned().collect(), ..bundle.clone() });
    refused(Bundle { entries: [bundle.entries.clone(), bundle.entries.clone()].concat(), ..bundle.clone() });
    refused(Bundle { lists: [bundle.lists.clone(), bundle.lists.clone()].concat(), ..bundle.clone() });
    refused(Bundle { logged: [bundle.logged.clone(), bundle.logged.clone()].concat(), ..bundle.clone() });
    refused(Bundle { version: 2, ..bundle.clone() });
    refused(Bundle { disclosures: vec![Vec::new().into(); 1025], ..bundle.clone() });
    let mut genesis = chain.genesis.clone();
    genesis.departments.reverse();
    assert!(Genesis::decode(&encode(&genesis)).is_err());
    assert_eq!(bundle.head.header.height, Height(chain.blocks.len() as u64));
}
