//! Blocks that a byzantine proposer could make: each is invalid for a reason of its own, and changes nothing.

use ledger::block::{Block, Header};
use ledger::codec::{Bytes, encode};
use ledger::commit::CommitCertificate;
use ledger::crypto::{Hash, KeyId};
use ledger::error::VerifyError;
use ledger::executor::{BlockInvalid, BuildParams, ExecuteError, build_block, execute_block};
use ledger::rejection::Rejection;
use ledger::state::StateView;
use ledger::types::{ChainId, Height, Round, TimeMs};
use yinxin_tests::sample::{SampleChain, draft, key, register_identity, word};
use yinxin_tests::story::{certified_by, consensus_keys, person, schedule};

/// A chain of two blocks and a good third one with three statements.
fn next_block() -> (SampleChain, Block) {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    person(&mut chain, "li");
    let context = chain.context();
    let statements = vec![
        chain.statement("notary", &["notary-zhang"], draft("a", &["wang"])),
        chain.statement("notary", &["notary-li"], draft("b", &["li"])),
        chain.statement("police", &["police-officer"], register_identity(&context, "zhao")),
    ];
    let built = chain.build(chain.time().plus(1_000), statements);
    assert!(built.refused.is_empty());
    (chain, built.block)
}

fn invalid(chain: &SampleChain, block: &Block) -> BlockInvalid {
    let tip = chain.chain.tip().unwrap();
    match execute_block(&chain.chain, &(), block) {
        Err(ExecuteError::Invalid(invalid)) => {
            assert_eq!(chain.chain.tip().unwrap(), tip, "nothing is kept");
            invalid
        }
        Err(ExecuteError::Fault(fault)) => panic!("a block is no fault of this machine: {fault}"),
        Ok(_) => panic!("the block is accepted"),
    }
}

/// The field of the header that is named as wrong.
fn wrong_field(change: impl FnOnce(&mut Header)) -> &'static str {
    let (chain, mut block) = next_block();
    change(&mut block.header);
    match invalid(&chain, &block) {
        BlockInvalid::Header { field, expected, actual } => {
            assert_ne!(expected, actual);
            field
        }
        other => panic!("{other}"),
    }
}

#[test]
fn each_wrong_field_of_the_header_is_named() {
    let other = Hash::sha256(b"other");
    assert_eq!(wrong_field(|header| header.version = 2), "version");
    assert_eq!(wrong_field(|header| header.protocol = 2), "protocol");
    assert_eq!(wrong_field(|header| header.chain = word::<ChainId>("other")), "chain");
    assert_eq!(wrong_field(|header| header.height = Height(4)), "height");
    assert_eq!(wrong_field(|header| header.height = Height(2)), "height");
    assert_eq!(wrong_field(|header| header.parent = other), "parent");
    assert_eq!(wrong_field(|header| header.log_size += 1), "log_size");
    assert_eq!(wrong_field(|header| header.log_root = other), "log_root");
    assert_eq!(wrong_field(|header| header.state_root = other), "state_root");
    assert_eq!(wrong_field(|header| header.validators = other), "validators");
    assert_eq!(wrong_field(|header| header.next_validators = other), "next_validators");
    assert_eq!(wrong_field(|header| header.last_commit = other), "last_commit");
    assert_eq!(wrong_field(|header| header.proposer = KeyId(other)), "proposer");
    assert_eq!(wrong_field(|header| header.proposer = key("notary-zhang").public().id()), "proposer");
}

#[test]
fn time_is_above_the_parents() {
    let (chain, block) = next_block();
    for time in [chain.time(), TimeMs(chain.time().0 - 1), TimeMs(0)] {
        let mut block = block.clone();
        block.header.time = time;
        assert!(matches!(invalid(&chain, &block), BlockInvalid::Header { field: "time", .. }));
    }
    // Another time above it is another block, with other records and another root.
    let mut later = block;
    later.header.time = later.header.time.plus(1);
    assert!(matches!(invalid(&chain, &later), BlockInvalid::Header { field: "state_root", .. }));
}

#[test]
fn the_certificate_of_the_parent_is_there_and_is_one_of_the_parent() {
    let (chain, block) = next_block();
    let with = |last_commit: Option<CommitCertificate>| {
        let mut block = block.clone();
        block.header.last_commit = last_commit.as_ref().map_or(Hash::default(), CommitCertificate::hash);
        block.last_commit = last_commit;
        invalid(&chain, &block)
    };
    assert_eq!(with(None), BlockInvalid::LastCommitPresence);
    assert_eq!(with(Some(chain.signed[0].certificate.clone())), BlockInvalid::LastCommitPresence, "of the grandparent");
    let good = chain.signed[1].certificate.clone();
    let renamed = CommitCertificate { height: Height(1), ..good.clone() };
    assert_eq!(with(Some(renamed)), BlockInvalid::LastCommitPresence);
    let other_round = CommitCertificate { round: Round(1), ..good.clone() };
    assert!(matches!(with(Some(other_round)), BlockInvalid::LastCommit(VerifyError::Signature { .. })));
    let relabelled = CommitCertificate { height: Height(2), ..chain.signed[0].certificate.clone() };
    assert!(matches!(with(Some(relabelled)), BlockInvalid::LastCommit(VerifyError::Signature { .. })));
    let one_bit = CommitCertificate { signers: Bytes(vec![0xf8]), ..good.clone() };
    assert!(matches!(with(Some(one_bit)), BlockInvalid::LastCommit(VerifyError::CertificateShape { .. })));
    let mut flipped = good;
    flipped.signatures.0[70] ^= 1;
    assert!(matches!(with(Some(flipped)), BlockInvalid::LastCommit(VerifyError::Signature { .. })));
}

#[test]
fn two_of_four_signatures_are_too_few_and_three_are_enough() {
    let (chain, block) = next_block();
    let set = schedule(&chain).current;
    let parent = &chain.signed[1].header;
    let by = |departments: &[&str]| {
        let certificate = certified_by(&chain, parent, &set, &consensus_keys(departments)).certificate;
        let mut block = block.clone();
        block.header.last_commit = certificate.hash();
        block.last_commit = Some(certificate);
        execute_block(&chain.chain, &(), &block)
    };
    let too_few = by(&["court", "notary"]).unwrap_err();
    assert!(matches!(
        too_few,
        ExecuteError::Invalid(BlockInvalid::LastCommit(VerifyError::QuorumMissing { power: 2, total: 4 }))
    ));
    let relabelled = by(&["court", "notary", "police"]).unwrap_err();
    assert!(
        matches!(relabelled, ExecuteError::Invalid(BlockInvalid::Header { field: "state_root", .. })),
        "three are enough, and who is missing stands in the state: {relabelled}"
    );
    let three = certified_by(&chain, parent, &set, &consensus_keys(&["court", "notary", "police"])).certificate;
    let params =
        BuildParams { time: block.header.time, proposer: block.header.proposer, last_commit: Some(three.clone()) };
    let built = build_block(&chain.chain, &(), params, Vec::new(), || false).unwrap().block;
    assert_eq!(built.last_commit, Some(three));
    execute_block(&chain.chain, &(), &built).unwrap();
}

#[test]
fn the_first_block_carries_no_certificate() {
    let chain = SampleChain::default();
    let mut block = chain.build(chain.time().plus(1_000), Vec::new()).block;
    execute_block(&chain.chain, &(), &block).unwrap();
    let (other, _) = next_block();
    block.last_commit = Some(CommitCertificate { height: Height(0), ..other.signed[0].certificate.clone() });
    assert_eq!(invalid(&chain, &block), BlockInvalid::LastCommitPresence);
}

#[test]
fn a_refused_doubled_or_reordered_statement_makes_the_block_invalid() {
    let (mut chain, block) = next_block();
    let put = |index: usize, statement: Bytes| {
        let mut block = block.clone();
        block.statements.insert(index, statement);
        block
    };
    let refused = chain.statement("police", &["police-officer"], draft("c", &["wang"])).encoded().clone();
    assert_eq!(
        invalid(&chain, &put(1, refused)),
        BlockInvalid::Refused { index: 1, rejection: Rejection::TitleMissing }
    );
    let doubled = put(2, block.statements[1].clone());
    assert_eq!(invalid(&chain, &doubled), BlockInvalid::Refused { index: 2, rejection: Rejection::Replayed });
    let old = put(0, chain.blocks[0].statements[0].clone());
    assert_eq!(invalid(&chain, &old), BlockInvalid::Refused { index: 0, rejection: Rejection::Replayed });
    let mut reordered = block.clone();
    reordered.statements.swap(0, 1);
    assert!(matches!(invalid(&chain, &reordered), BlockInvalid::Header { field: "log_root", .. }));
    let mut fewer = block.clone();
    fewer.statements.pop();
    assert!(matches!(invalid(&chain, &fewer), BlockInvalid::Header { field: "log_size", .. }));
}

#[test]
fn a_statement_that_cannot_be_read_makes_the_block_invalid() {
    let (chain, block) = next_block();
    let header = Bytes(encode(&chain.signed[0].header));
    for unreadable in [Bytes(Vec::new()), Bytes(vec![0xd2]), header, Bytes(vec![0; 70_000]), Bytes(vec![0x81; 10_000])]
    {
        let mut block = block.clone();
        block.statements.push(unreadable);
        assert!(matches!(invalid(&chain, &block), BlockInvalid::Unreadable { index: 3, .. }));
    }
}

#[test]
fn every_flipped_bit_of_a_signature_inside_makes_the_block_invalid() {
    let (chain, block) = next_block();
    for bit in 0..512 {
        let mut block = block.clone();
        let at = block.statements[1].len() - 64 + bit / 8;
        block.statements[1].0[at] ^= 1 << (bit % 8);
        assert_eq!(invalid(&chain, &block), BlockInvalid::Refused { index: 1, rejection: Rejection::BadSignature });
    }
}

#[test]
fn a_block_above_the_cost_cap_is_invalid_and_a_proposer_stops_in_time() {
    let mut genesis = yinxin_tests::sample::genesis();
    genesis.parameters.block_weight_max = 300;
    let mut chain = SampleChain::new(genesis);
    let context = chain.context();
    // Each weighs two signatures, the holder's included, and one key.
    let names: Vec<String> = (0..130).map(|number| format!("person {number}")).collect();
    let statements: Vec<_> = names
        .iter()
        .map(|name| chain.statement("police", &["police-officer"], register_identity(&context, name)))
        .collect();
    let built = chain.build(chain.time().plus(1_000), statements.clone());
    assert_eq!(built.block.statements.len(), 100);
    assert!(built.refused.is_empty(), "what found no room is not refused");
    let mut heavy = built.block.clone();
    heavy.statements.push(statements[100].encoded().clone());
    assert_eq!(invalid(&chain, &heavy), BlockInvalid::TooLarge("weight or size"));
    chain.keep(&built.block);
    assert!(chain.block(statements[100..].to_vec()).is_empty(), "the rest enters the next block");
}
