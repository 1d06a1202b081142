//! Blocks that come in as a file.

use super::Site;
use crate::admin::{AdminError, EXIT_CONFLICT, EXIT_DAMAGED, Imported, Step, Unfit, Unsound, export, fsck, import};
use crate::consensus::SignerGuard;
use crate::shared::sample::{SampleChain, busy_block, certify, genesis_named, key};
use crate::storage::OpenError;
use ledger::block::Block;
use ledger::codec::{self, CodecError};
use ledger::commit::{CommitCertificate, VoteStep, vote_sign_bytes};
use ledger::crypto::{Hash, PublicKey};
use ledger::evidence::{Evidence, SignedContent, SignedStep};
use ledger::executor::{BlockInvalid, BuildParams, build_block};
use ledger::export::{DECIDED_BYTES_MAX, Decided, Misconduct};
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::types::{Height, Round};
use std::fs;
use std::path::Path;

/// A chain of some busy blocks.
fn chain(blocks: u64) -> SampleChain {
    let mut chain = SampleChain::default();
    (0..blocks).for_each(|number| busy_block(&mut chain, number));
    chain
}

/// What stands in a file for each height of a chain.
fn heights(chain: &SampleChain) -> Vec<Decided> {
    let both = chain.blocks.iter().zip(&chain.signed);
    let decided = |(block, signed): (&Block, &ledger::block::SignedHeader)| Decided {
        block: block.clone(),
        certificate: signed.certificate.clone(),
        misconduct: Vec::new(),
    };
    both.map(decided).collect()
}

fn file(chain: &SampleChain, heights: &[Decided]) -> Vec<u8> {
    let items = heights.iter().flat_map(codec::encode);
    codec::encode(&chain.genesis).into_iter().chain(items).collect()
}

fn bring(site: &Site, bytes: &[u8]) -> Result<Imported, AdminError> {
    import(&site.home, bytes, Path::new("blocks"), None, |_| ())
}

/// The file is refused, and the store holds the heights before what is wrong, all of them sound.
fn refused(what: &str, bytes: &[u8], kept: u64) -> Unfit {
    let site = Site::new();
    let error = bring(&site, bytes).unwrap_err();
    assert_eq!(error.code(), EXIT_DAMAGED, "{what}: {error}");
    assert_eq!(site.height(), kept, "{what}: {error}");
    fsck(&site.home, |_, _| ()).unwrap();
    match error {
        AdminError::Import(unfit) => unfit,
        other => panic!("{what}: {other}"),
    }
}

#[test]
fn an_export_comes_in_as_it_went_out() {
    let (site, other) = (Site::of(9), Site::new());
    let (out, again) = (site.home.root().join("blocks"), other.home.root().join("blocks"));
    export(&site.home, &out).unwrap();
    let mut steps = Vec::new();
    let bytes = fs::read(&out).unwrap();
    let done = import(&other.home, bytes.as_slice(), &out, None, |step: &Step| steps.push(*step)).unwrap();
    assert_eq!(done, Imported { height: Height(9), known: 0, guarded: None });
    let counted: Vec<_> = steps.iter().map(|step| (step.height.0, step.statements)).collect();
    let expected: Vec<_> = (1..).zip(site.chain.blocks.iter().map(|block| block.statements.len() as u64)).collect();
    assert_eq!(counted, expected);
    assert!(steps.iter().all(|step| step.tree_keys > 0));
    fsck(&other.home, |_, _| ()).unwrap();
    export(&other.home, &again).unwrap();
    assert_eq!(fs::read(again).unwrap(), bytes);
}

#[test]
fn what_is_here_is_not_executed_again_and_a_longer_file_goes_on() {
    let (chain, site) = (chain(8), Site::new());
    let all = heights(&chain);
    assert_eq!(bring(&site, &file(&chain, &all[..3])).unwrap().known, 0);
    for (upto, known) in [(3, 3), (8, 3), (2, 2), (8, 8)] {
        let mut steps = 0;
        let bytes = file(&chain, &all[..upto]);
        let done = import(&site.home, bytes.as_slice(), Path::new("blocks"), None, |_| steps += 1).unwrap();
        assert_eq!((done.height.0, done.known), (upto as u64, known));
        assert_eq!(steps, upto as u64 - known);
    }
    assert_eq!(site.height(), 8);
}

#[test]
fn a_file_that_ends_early_keeps_what_was_whole_and_may_be_given_again() {
    let chain = chain(4);
    let all = heights(&chain);
    let whole = file(&chain, &all);
    let ends: Vec<usize> = (0..=4).map(|count| file(&chain, &all[..count]).len()).collect();
    for cut in [1, ends[0] - 1, ends[0] + 1, ends[1] - 1, ends[2] + 3, ends[3] + 200, ends[4] - 1] {
        let kept = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1) as u64;
        let site = Site::new();
        let error = bring(&site, &whole[..cut]).unwrap_err();
        let truncated = matches!(&error, AdminError::Import(Unfit::Truncated { after }) if after.0 == kept);
        assert!(truncated, "cut at {cut}: {error}");
        assert_eq!(site.home.data().exists(), cut >= ends[0], "cut at {cut}");
        assert_eq!(bring(&site, &whole).unwrap().known, kept, "cut at {cut}");
    }
    assert!(matches!(bring(&Site::new(), &[]).unwrap_err(), AdminError::Import(Unfit::Empty)));
}

#[test]
fn a_height_that_is_missing_doubled_or_misplaced_is_refused() {
    let chain = chain(5);
    let all = heights(&chain);
    let orders: [(&[usize], u64, u64); 5] =
        [(&[0, 1, 3], 3, 4), (&[0, 1, 1], 3, 2), (&[1], 1, 2), (&[0, 2, 1], 2, 3), (&[0, 1, 2, 3, 0], 5, 1)];
    for (order, wanted, found) in orders {
        let picked: Vec<Decided> = order.iter().map(|index| all[*index].clone()).collect();
        let unfit = refused("gap", &file(&chain, &picked), wanted - 1);
        let gap = matches!(unfit, Unfit::Gap { expected, actual } if (expected.0, actual.0) == (wanted, found));
        assert!(gap, "{order:?}: {unfit}");
    }
}

#[test]
fn a_certificate_that_fails_is_refused_with_its_height() {
    let chain = chain(4);
    let set = chain.genesis.validator_set().unwrap();
    let (context, all) = (chain.context(), heights(&chain));
    type Harm<'h> = &'h dyn Fn(&mut CommitCertificate);
    let too_few = |certificate: &mut CommitCertificate| {
        let votes = certificate.votes(&set).unwrap().into_iter().take(2);
        *certificate = CommitCertificate::build(certificate.height, certificate.round, &set, votes);
    };
    let harms: [(&str, Harm<'_>); 6] = [
        ("a flipped bit", &|certificate| certificate.signatures.0[70] ^= 1),
        ("two of four", &too_few),
        ("another round", &|certificate| certificate.round = Round(1)),
        ("another block's", &|certificate| *certificate = certify(&context, &chain.blocks[0], &set)),
        ("a signature less than signers", &|certificate| drop(certificate.signatures.0.split_off(192))),
        ("nobody's", &|certificate| {
            *certificate = CommitCertificate::build(certificate.height, Round(0), &set, Vec::new());
        }),
    ];
    for (what, harm) in harms {
        let mut bad = all.clone();
        harm(&mut bad[2].certificate);
        let unfit = refused(what, &file(&chain, &bad), 2);
        let named = matches!(&unfit, Unfit::Unsound(Unsound::Certificate { height, .. }) if height.0 == 3);
        assert!(named, "{what}: {unfit}");
    }
}

/// Believes every signature.
struct Credulous;

impl SignatureCache for Credulous {
    fn is_verified(&self, _: &Hash, _: &[PublicKey]) -> bool {
        true
    }
}

/// All validators sign a block with a statement whose signature is bad; everything else of it fits.
#[test]
fn a_bad_signature_is_refused_whoever_certified_it() {
    let mut chain = chain(3);
    let unsigned = chain.unsigned("notary", "notary-zhang", crate::shared::sample::draft_copy("forged"));
    let forged = unsigned.sign(&key("notary-li"));
    let last_commit = chain.signed.last().map(|signed| signed.certificate.clone());
    let proposer = key("notary-consensus").public().id();
    let params = BuildParams { time: chain.time().plus(1_000), proposer, last_commit };
    let built = build_block(&chain.chain, &Credulous, params, vec![forged], || false).unwrap();
    assert_eq!(built.block.statements.len(), 1, "{:?}", built.refused);
    let certificate = certify(&chain.context(), &built.block, &chain.genesis.validator_set().unwrap());
    let mut all = heights(&chain);
    all.push(Decided { block: built.block, certificate, misconduct: Vec::new() });
    let unfit = refused("a bad signature", &file(&chain, &all), 3);
    let Unfit::Unsound(Unsound::Block { height: Height(4), source }) = &unfit else { panic!("{unfit}") };
    let rejection = Rejection::BadSignature;
    assert_eq!(**source, BlockInvalid::Refused { index: 0, rejection });
}

#[test]
fn blocks_of_another_chain_are_refused() {
    let mut foreign = SampleChain::new(genesis_named("other"));
    (0..3).for_each(|number| busy_block(&mut foreign, number));
    let site = Site::new();
    let error = bring(&site, &file(&foreign, &heights(&foreign))).unwrap_err();
    assert!(matches!(error, AdminError::Open(OpenError::OtherGenesis { .. })), "{error}");
    assert!(!site.home.data().exists());
    // Under our own genesis document.
    let unfit = refused("foreign blocks", &file(&site.chain, &heights(&foreign)), 0);
    assert!(matches!(unfit, Unfit::Unsound(Unsound::Certificate { height: Height(1), .. })), "{unfit}");
}

#[test]
fn another_block_of_a_height_that_is_here_is_refused() {
    let (ours, site) = (chain(3), Site::new());
    bring(&site, &file(&ours, &heights(&ours))).unwrap();
    let mut theirs = chain(1);
    theirs.block_at(theirs.time().plus(5_000), Vec::new());
    let error = bring(&site, &file(&theirs, &heights(&theirs))).unwrap_err();
    assert!(matches!(error, AdminError::Import(Unfit::Fork { height: Height(2) })), "{error}");
    assert_eq!(site.height(), 3);
}

#[test]
fn what_is_no_height_is_refused() {
    let chain = chain(2);
    let good = file(&chain, &heights(&chain));
    let with = |tail: &[u8]| [&good[..], tail].concat();
    for (what, tail) in [("a number", &[0x07][..]), ("an empty array", &[0x80]), ("no item", &[0x1c])] {
        let unfit = refused(what, &with(tail), 2);
        assert!(matches!(unfit, Unfit::Unreadable { after: Height(2), .. }), "{what}: {unfit}");
    }
    // 83 as a head of one byte more is the same array in another form.
    let last = codec::encode(&heights(&chain)[1]);
    let longer = [&file(&chain, &heights(&chain)[..1])[..], &[0x98, 0x03], &last[1..]].concat();
    let unfit = refused("another form", &longer, 1);
    assert!(matches!(unfit, Unfit::Unreadable { source: CodecError::NotCanonical { .. }, .. }), "{unfit}");
    let endless = with(&vec![0x9f; DECIDED_BYTES_MAX + 1]);
    let unfit = refused("too long", &endless, 2);
    assert!(matches!(unfit, Unfit::Unreadable { source: CodecError::TooLong { .. }, .. }), "{unfit}");
    let site = Site::new();
    let error = bring(&site, &[0x83, 1, 2, 3]).unwrap_err();
    assert!(matches!(error, AdminError::Import(Unfit::NoGenesis(_))), "{error}");
}

/// The court's node voted for two blocks at a height.
fn lie(chain: &SampleChain, height: Height) -> Evidence {
    let (context, liar) = (chain.context(), key("court-consensus"));
    let vote = |value: u8| {
        let value = Some(Hash([value; 32]));
        let bytes = vote_sign_bytes(&context, height, Round(0), VoteStep::Prevote, value);
        SignedContent { value, valid_round: None, signature: liar.sign(&bytes) }
    };
    let place = (height, Round(0), SignedStep::Prevote);
    Evidence::new(&context, liar.public().id(), place, vote(1), vote(2)).unwrap()
}

#[test]
fn proofs_of_lies_come_along_and_accusations_without_proof_do_not() {
    let chain = chain(3);
    let evidence = lie(&chain, Height(2));
    let accusation =
        |evidence: &Evidence| Misconduct { validator: evidence.key, evidence: codec::encode(evidence).into() };
    let mut all = heights(&chain);
    all[1].misconduct.push(accusation(&evidence));
    let site = Site::new();
    bring(&site, &file(&chain, &all)).unwrap();
    bring(&site, &file(&chain, &all)).unwrap();
    let out = site.home.root().join("blocks");
    export(&site.home, &out).unwrap();
    assert_eq!(fs::read(out).unwrap(), file(&chain, &all), "kept once");

    let mut forged = evidence.clone();
    forged.first.signature.0[3] ^= 1;
    let other_key = Misconduct { validator: key("police-consensus").public().id(), ..accusation(&evidence) };
    let long = Misconduct { evidence: vec![0; 2_000].into(), ..accusation(&evidence) };
    let bad = [accusation(&forged), other_key, long, accusation(&lie(&chain, Height(3)))];
    for (number, accusation) in bad.into_iter().enumerate() {
        let mut all = heights(&chain);
        all[1].misconduct.push(accusation);
        let unfit = refused("an accusation", &file(&chain, &all), 2);
        assert!(matches!(unfit, Unfit::Evidence { height: Height(2), .. }), "{number}: {unfit}");
    }
}

#[test]
fn a_store_in_use_takes_no_blocks() {
    let (chain, site) = (chain(2), Site::new());
    let held = site.open();
    let error = bring(&site, &file(&chain, &heights(&chain))).unwrap_err();
    assert_eq!(error.code(), EXIT_CONFLICT, "{error}");
    drop(held);
    assert_eq!(site.height(), 0);
}

#[test]
fn the_guard_moves_with_the_blocks_and_never_back() {
    let (chain, site) = (chain(5), Site::new());
    let (genesis, owner) = (chain.genesis.hash(), key("notary-consensus").public().id());
    let bytes = file(&chain, &heights(&chain));
    assert_eq!(bring(&site, &bytes).unwrap().guarded, None);
    assert!(!site.home.guard().exists(), "nothing is made up in place of a guard that is not here");
    let above =
        |height| import(&site.home, bytes.as_slice(), Path::new("blocks"), Some(Height(height)), |_| ()).unwrap();
    assert_eq!(above(5).guarded, Some(Height(5)));
    let guard = SignerGuard::open(&site.home.guard(), owner, genesis).unwrap();
    assert!(guard.is_closed() && guard.is_settled());
    drop(guard);
    assert_eq!(above(9).guarded, Some(Height(9)));
    assert_eq!(above(2).guarded, Some(Height(9)));
    assert_eq!(bring(&site, &bytes).unwrap().guarded, Some(Height(9)));
}

#[test]
fn a_file_that_breaks_off_leaves_the_key_no_free_height() {
    let (chain, site) = (chain(5), Site::new());
    let (genesis, owner) = (chain.genesis.hash(), key("notary-consensus").public().id());
    let bytes = file(&chain, &heights(&chain));
    let short = &bytes[..bytes.len() - 10];
    let refused = import(&site.home, short, Path::new("blocks"), Some(Height(1_000)), |_| ());
    assert!(matches!(refused, Err(AdminError::Import(Unfit::Truncated { .. }))), "{refused:?}");
    assert!(site.height() > 0, "what came before the break stays");
    let guard = SignerGuard::open(&site.home.guard(), owner, genesis).unwrap();
    assert_eq!(guard.height(), Height(1_000));
    assert!(guard.is_closed());
}
