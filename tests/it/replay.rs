//! A statement takes effect once, on one chain, within its hour, with exactly the signatures that it was sent with.

use ledger::action::Action;
use ledger::action::key::{ResumeKey, SuspendKey};
use ledger::bundle::Bundle;
use ledger::crypto::{Hash, PublicKey, Signature};
use ledger::executor::{
    BuildParams, CheckError, ExecuteError, build_block, check_statement, execute_block, verified_keys,
};
use ledger::memory::MemoryChain;
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::state::{StateKey, StateView};
use ledger::statement::{Endorsement, SignedStatement};
use ledger::types::TimeMs;
use std::collections::BTreeSet;
use yinxin_tests::sample::{SampleChain, draft, draft_copy, genesis_named, id, issue, key, register_identity};
use yinxin_tests::story::{issued, person};
use yinxin_tests::token::Token;

fn suspend(name: &str) -> Action {
    Action::SuspendKey(SuspendKey { key: key(name).public().id(), reason: "lost".parse().unwrap() })
}

fn check(chain: &SampleChain, statement: &SignedStatement) -> Result<(), Rejection> {
    check_at(chain, statement, chain.time().plus(1_000))
}

fn check_at(chain: &SampleChain, statement: &SignedStatement, time: TimeMs) -> Result<(), Rejection> {
    check_statement(&chain.chain, &(), statement, time).map_err(|error| match error {
        CheckError::Rejected(rejection) => rejection,
        CheckError::Fault(fault) => panic!("{fault}"),
    })
}

#[test]
fn the_same_statement_enters_no_block_twice() {
    let mut chain = SampleChain::default();
    let context = chain.context();
    let statement = chain.statement("police", &["police-officer"], register_identity(&context, "wang"));
    assert_eq!(chain.block(vec![statement.clone(), statement.clone()]), vec![Rejection::Replayed]);
    assert_eq!(chain.block(vec![statement.clone()]), vec![Rejection::Replayed]);
    assert_eq!(check(&chain, &statement), Err(Rejection::Replayed));
}

#[test]
fn a_repeatable_action_is_replayed_neither_before_nor_after_its_expiry() {
    let mut chain = SampleChain::default();
    let statement = chain.statement("police", &["police-admin-1", "police-admin-2"], suspend("police-officer"));
    assert!(chain.block(vec![statement.clone()]).is_empty());
    let resume = Action::ResumeKey(ResumeKey { key: key("police-officer").public().id() });
    chain.submit("police", &["police-admin-1", "police-admin-2"], resume).unwrap();
    // Active again: the rules alone would let the old statement suspend it once more.
    let exp = statement.claims().expires();
    for time in [chain.time().plus(1), TimeMs(exp.0 - 1)] {
        assert_eq!(check_at(&chain, &statement, time), Err(Rejection::Replayed));
    }
    assert_eq!(check_at(&chain, &statement, exp), Err(Rejection::Expired));
    chain.block_at(TimeMs(exp.0 - 1), Vec::new());
    assert_eq!(check(&chain, &statement), Err(Rejection::Expired));
    chain.block_at(exp, Vec::new());
    assert_eq!(chain.block(vec![statement]), vec![Rejection::Expired], "forgotten and expired at the same block");
}

#[test]
fn a_chain_rebuilt_from_its_blocks_remembers_what_it_has_seen() {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    issued(&mut chain, "first");
    let mut restarted = MemoryChain::new(&chain.genesis).unwrap();
    for block in &chain.blocks {
        restarted.apply(&(), block).unwrap();
    }
    assert_eq!(restarted.tip().unwrap(), chain.chain.tip().unwrap());
    for encoded in chain.blocks.iter().flat_map(|block| &block.statements) {
        let statement = SignedStatement::decode(encoded).unwrap();
        assert!(restarted.seen(&statement.act()).unwrap());
        let refused = check_statement(&restarted, &(), &statement, chain.time());
        assert!(matches!(refused, Err(CheckError::Rejected(Rejection::Replayed))));
    }
}

#[test]
fn a_statement_for_another_chain_with_the_same_keys_is_refused() {
    let mut ours = SampleChain::default();
    let mut other = SampleChain::new(genesis_named("other"));
    let context = other.context();
    let statement = other.statement("police", &["police-officer"], register_identity(&context, "wang"));
    assert_eq!(ours.block(vec![statement]), vec![Rejection::OtherChain]);
    // The right audience, but the holder's key showed its possession to the other chain.
    let statement = ours.statement("police", &["police-officer"], register_identity(&context, "wang"));
    assert_eq!(ours.block(vec![statement]), vec![Rejection::PossessionUnproven]);
}

#[test]
fn expiry_is_after_the_block_and_within_one_hour_of_it() {
    let mut chain = SampleChain::default();
    chain.block(Vec::new());
    let now = chain.time().plus(1_000);
    let seconds = now.0 / 1000;
    for (exp, expected) in [
        (seconds, Err(Rejection::Expired)),
        (seconds + 1, Ok(())),
        (seconds + 3_600, Ok(())),
        (seconds + 3_601, Err(Rejection::ExpiryTooFar)),
        (u64::MAX, Err(Rejection::ExpiryTooFar)),
        (u64::MAX / 1000, Err(Rejection::ExpiryTooFar)),
        (0, Err(Rejection::Expired)),
    ] {
        let context = chain.context();
        let unsigned = chain.unsigned("police", "police-officer", register_identity(&context, "wang"));
        let statement = unsigned.expiring(exp).sign(&key("police-officer"));
        assert_eq!(check_at(&chain, &statement, now), expected, "exp {exp}, now {seconds}");
    }
}

#[test]
fn a_subject_that_is_not_the_actions_own_is_refused() {
    let mut chain = SampleChain::default();
    let statement = chain.statement("notary", &["notary-zhang"], draft_copy("first"));
    let mut tree = Token::parse(statement.encoded()).looking_into(&[0, 2]);
    // protected header, claims (label 15 is the fourth pair), sub (the second pair).
    let sub = tree.at_mut(&[0, 0, 0, 7, 3]);
    assert_eq!(*sub, Token::Text(StateKey::certificate(&id("first")).path().as_bytes().to_vec()));
    *sub = Token::Text(StateKey::certificate(&id("other")).path().as_bytes().to_vec());
    let other = SignedStatement::decode(&tree.encode()).unwrap();
    let signature = key("notary-zhang").sign(&other.signed_bytes());
    *tree.at_mut(&[0, 3]) = Token::Bytes(signature.0.to_vec());
    let other = SignedStatement::decode(&tree.encode()).unwrap();
    other.verify(&key("notary-zhang").public()).unwrap();
    assert_eq!(check(&chain, &other), Err(Rejection::WrongSubject));
}

/// An approved certificate and the statement that issues it, with the seal's endorsement.
fn before_issue() -> (SampleChain, SignedStatement) {
    let mut chain = SampleChain::default();
    person(&mut chain, "wang");
    chain.submit("notary", &["notary-zhang"], draft("first", &["wang"])).unwrap();
    chain.submit("notary", &["notary-head"], yinxin_tests::sample::approve("first")).unwrap();
    let statement = chain.statement("notary", &["notary-zhang", "notary-seal"], issue("first"));
    (chain, statement)
}

#[test]
fn a_signature_by_another_key_or_for_another_statement_is_refused() {
    let (mut chain, good) = before_issue();
    let seal = |chain: &mut SampleChain| {
        chain.unsigned("notary", "notary-zhang", issue("first")).endorsed_by(&key("notary-seal"))
    };
    let by_other = seal(&mut chain).sign(&key("notary-li"));
    assert_eq!(check(&chain, &by_other), Err(Rejection::BadSignature));
    let swapped = seal(&mut chain).signed(signature_of(&good));
    assert_eq!(
        check(&chain, &swapped),
        Err(Rejection::BadSignature),
        "the signature of an equal statement with another nonce"
    );
    assert_eq!(check(&chain, &good), Ok(()));
}

fn signature_of(statement: &SignedStatement) -> Signature {
    Signature(statement.encoded()[statement.encoded().len() - 64..].try_into().unwrap())
}

#[test]
fn an_endorsement_is_not_moved_from_one_statement_to_another() {
    let (mut chain, good) = before_issue();
    let from_good = good.endorsements()[0].clone();
    let moved =
        chain.unsigned("notary", "notary-zhang", issue("first")).endorsed(from_good.clone()).sign(&key("notary-zhang"));
    assert_eq!(check(&chain, &moved), Err(Rejection::BadSignature));
    let under_other_name = Endorsement { key: key("notary-head").public().id(), ..from_good };
    let moved =
        chain.unsigned("notary", "notary-zhang", issue("first")).endorsed(under_other_name).sign(&key("notary-zhang"));
    assert_eq!(check(&chain, &moved), Err(Rejection::BadSignature));
    // The main signature passed off as the endorsement, and the other way round.
    let unsigned = chain.unsigned("notary", "notary-zhang", issue("first"));
    let main = key("notary-seal").sign(&unsigned.signed_bytes());
    let crossed = unsigned
        .endorsed(Endorsement { key: key("notary-seal").public().id(), signature: main })
        .sign(&key("notary-zhang"));
    assert_eq!(check(&chain, &crossed), Err(Rejection::BadSignature));
}

#[test]
fn endorsements_reordered_doubled_or_dropped_make_no_statement_that_passes() {
    let mut chain = SampleChain::default();
    let names = ["police-admin-1", "police-admin-2", "police-admin-3"];
    let good = chain.statement("police", &names, suspend("police-officer"));
    let tree = Token::parse(good.encoded()).looking_into(&[0, 2]);
    let Token::Array(endorsements) = tree.at(&[0, 2, 0, 1]).clone() else { panic!("the endorsements") };
    let [first, second] = endorsements.as_slice() else { panic!("two of them") };
    for changed in
        [vec![second, first], vec![first, first], vec![first, first, second], vec![first], vec![second], vec![]]
    {
        let mut tree = tree.clone();
        *tree.at_mut(&[0, 2, 0, 1]) = Token::Array(changed.into_iter().cloned().collect());
        match SignedStatement::decode(&tree.encode()) {
            Err(_) => {}
            Ok(statement) => {
                assert!(matches!(check(&chain, &statement), Err(Rejection::BadSignature | Rejection::ThresholdMissing)))
            }
        }
    }
    assert_eq!(check(&chain, &good), Ok(()));
}

/// Remembers as a mempool does: by the hash of the whole statement, with the keys.
#[derive(Default)]
struct Remembered(BTreeSet<(Hash, Vec<[u8; 32]>)>);

impl Remembered {
    fn learn(&mut self, chain: &SampleChain, statement: &SignedStatement) {
        let keys = verified_keys(&chain.chain, statement).unwrap().expect("it verifies");
        self.0.insert((statement.whole_hash(), keys.iter().map(|key| key.to_bytes()).collect()));
    }
}

impl SignatureCache for Remembered {
    fn is_verified(&self, whole: &Hash, keys: &[PublicKey]) -> bool {
        self.0.contains(&(*whole, keys.iter().map(|key| key.to_bytes()).collect()))
    }
}

#[test]
fn a_signature_changed_after_it_was_verified_is_verified_again() {
    let (chain, good) = before_issue();
    let mut cache = Remembered::default();
    cache.learn(&chain, &good);
    let last_commit = chain.signed.last().map(|signed| signed.certificate.clone());
    let params =
        BuildParams { time: chain.time().plus(1_000), proposer: key("notary-consensus").public().id(), last_commit };
    let built = build_block(&chain.chain, &cache, params, [good.clone()], || false).unwrap();
    execute_block(&chain.chain, &cache, &built.block).unwrap();
    for bit in 0..512 {
        let mut block = built.block.clone();
        let from_end = block.statements[0].0.len() - 64;
        block.statements[0].0[from_end + bit / 8] ^= 1 << (bit % 8);
        let refused = execute_block(&chain.chain, &cache, &block).unwrap_err();
        let ExecuteError::Invalid(invalid) = refused else { panic!("{refused}") };
        assert_eq!(invalid.to_string(), "statement 0 is refused: 208 bad-signature", "bit {bit}");
        let changed = SignedStatement::decode(&block.statements[0]).unwrap();
        assert_eq!(changed.id(), good.id(), "the id is the same, so it must not name the memory");
        assert_eq!(verified_keys(&chain.chain, &changed).unwrap(), None);
    }
}

#[test]
fn a_bundle_of_another_chain_is_told_apart_by_name() {
    let mut ours = SampleChain::default();
    let mut other = SampleChain::new(genesis_named("other"));
    ours.block(Vec::new());
    other.block(Vec::new());
    let foreign: Bundle = other.bundle(&[StateKey::parameters()]);
    let error = ledger::light::verify(&foreign, &ours.trust()).unwrap_err();
    assert!(error.to_string().starts_with("chain: expected sample-"), "{error}");
}
