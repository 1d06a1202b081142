//! The pool over a chain in memory.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use ledger::executor::{BuildParams, build_block};
use ledger::memory::MemoryChain;
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::statement::{SignedStatement, StatementBuilder, StatementId};
use ledger::types::{Height, TimeMs};
use tokio::sync::mpsc;

use super::fixture::{self, GENESIS_TIME, TestChain, approve, draft, key, who};
use super::{Mempool, Share, Source, StatementStatus, SubmitError, Watched};
use crate::clock::now;
use crate::consensus::ports::StatementPool;

fn pool() -> (TestChain, Arc<Mempool>, mpsc::Receiver<Arc<SignedStatement>>) {
    let chain = TestChain::new();
    let (pool, queue) = Mempool::new(Arc::new(chain.clone())).expect("memory does not fail");
    (chain, pool, queue)
}

fn submit(pool: &Mempool, statement: &SignedStatement) -> Result<super::Submitted, SubmitError> {
    pool.submit(statement.encoded(), Source::Local)
}

fn rejection(result: Result<super::Submitted, SubmitError>) -> Rejection {
    match result {
        Err(SubmitError::Rejected { rejection, .. }) => rejection,
        other => panic!("expected a rejection, got {other:?}"),
    }
}

/// Waits until judging again on another thread has come to `expected`.
fn settles(pool: &Mempool, statement: &SignedStatement, expected: StatementStatus) {
    for _ in 0..200 {
        if pool.status(&statement.id()) == expected {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("expected {expected:?}, found {:?}", pool.status(&statement.id()));
}

#[test]
fn a_statement_goes_from_pending_to_committed() {
    let (chain, pool, mut queue) = pool();
    let statement = draft(1, now());
    assert_eq!(pool.status(&statement.id()), StatementStatus::Unknown);
    assert!(submit(&pool, &statement).expect("taken").fresh);
    assert!(!submit(&pool, &statement).expect("known").fresh);
    assert_eq!(queue.try_recv().expect("announced").id(), statement.id());
    assert!(queue.try_recv().is_err(), "announced once");
    let Watched::Pending(mut outcome) = pool.watch(&statement.id()) else { panic!("it waits") };
    chain.commit(&pool, now());
    assert_eq!(outcome.try_recv(), Ok(StatementStatus::Committed(Height(1))));
    assert_eq!(pool.status(&statement.id()), StatementStatus::Committed(Height(1)));
    assert!(pool.is_empty());
    assert_eq!(rejection(submit(&pool, &statement)), Rejection::Replayed);
}

#[test]
fn an_approval_sent_right_after_its_draft_is_held_and_then_taken() {
    let (chain, pool, _queue) = pool();
    let (first, second) = (draft(1, now()), approve(1, None, now()));
    assert_eq!(rejection(submit(&pool, &second)), Rejection::RecordUnknown);
    submit(&pool, &first).expect("taken");
    submit(&pool, &second).expect("held");
    assert_eq!(pool.status(&second.id()), StatementStatus::Pending);
    chain.commit(&pool, GENESIS_TIME.plus(1).max(now()));
    settles(&pool, &second, StatementStatus::Committed(Height(1)));
}

#[test]
fn the_loser_of_a_race_is_told_once_the_winner_is_committed() {
    let (chain, pool, _queue) = pool();
    submit(&pool, &draft(1, now())).expect("taken");
    chain.commit(&pool, now());
    let (winner, loser) = (approve(1, None, now()), approve(1, Some(1), now()));
    submit(&pool, &winner).expect("taken");
    submit(&pool, &loser).expect("taken: both fit the committed state");
    let Watched::Pending(outcome) = pool.watch(&loser.id()) else { panic!("it waits") };
    chain.commit(&pool, now());
    settles(&pool, &loser, StatementStatus::Rejected(Rejection::WrongStatus, Height(2)));
    let told = outcome.blocking_recv().expect("told");
    assert_eq!(told, StatementStatus::Rejected(Rejection::WrongStatus, Height(2)));
}

#[test]
fn what_cannot_be_read_verified_or_afforded_is_refused_and_not_kept() {
    let (_chain, pool, _queue) = pool();
    assert!(matches!(pool.submit(b"no statement", Source::Local), Err(SubmitError::Unreadable { .. })));
    assert!(matches!(pool.submit(&vec![0; 1 << 20], Source::Peer), Err(SubmitError::Unreadable { .. })));
    let mut forged = draft(1, now()).encoded().to_vec();
    *forged.last_mut().expect("not empty") ^= 1;
    let refused = pool.submit(&forged, Source::Local);
    assert_eq!(rejection(refused), Rejection::BadSignature);
    let forged = SignedStatement::decode(&forged).expect("well-formed");
    assert_eq!(pool.status(&forged.id()), StatementStatus::Unknown, "nothing is remembered of what nobody signed");
    let stranger = fixture::sign(99, "notary", draft(1, now()).action().clone(), now());
    assert_eq!(rejection(submit(&pool, &stranger)), Rejection::KeyUnknown);
    assert!(pool.is_empty());
}

#[test]
fn a_verification_is_remembered_for_the_whole_bytes_and_the_keys_used() {
    let (_chain, pool, _queue) = pool();
    let statement = draft(1, now());
    submit(&pool, &statement).expect("taken");
    let (notary, head) = (key(who::NOTARY).public(), key(who::HEAD).public());
    assert!(pool.is_verified(&statement.whole_hash(), &[notary]));
    assert!(!pool.is_verified(&statement.whole_hash(), &[head]));
    assert!(!pool.is_verified(&statement.whole_hash(), &[notary, head]));
    assert!(!pool.is_verified(&statement.id().0, &[notary]), "never by id");
    let other = draft(2, now());
    pool.verify_ahead(&[other.encoded().clone(), b"junk".to_vec().into()]).expect("memory does not fail");
    assert!(pool.is_verified(&other.whole_hash(), &[notary]));
}

#[test]
fn a_statement_that_a_peer_told_first_is_remembered_for_the_client_too() {
    let (chain, pool, mut queue) = pool();
    let (ours, theirs) = (draft(1, now()), draft(2, now()));
    for statement in [&ours, &theirs] {
        pool.submit(statement.encoded(), Source::Peer).expect("taken");
    }
    assert!(queue.try_recv().is_err(), "what a peer told is not told again");
    submit(&pool, &ours).expect("known");
    chain.commit(&pool, now());
    assert_eq!(pool.status(&ours.id()), StatementStatus::Committed(Height(1)));
    assert_eq!(pool.status(&theirs.id()), StatementStatus::Unknown, "the store knows it");
}

#[test]
fn a_statement_that_comes_while_its_block_is_committed_does_not_stay() {
    for number in 0..60 {
        let (chain, pool, _queue) = pool();
        let statement = draft(number, now());
        let params = BuildParams { time: now(), proposer: fixture::key_id(who::VALIDATOR), last_commit: None };
        let built = chain.read(|chain| build_block(chain, pool.as_ref(), params, [statement.clone()], || false));
        let built = built.expect("memory does not fail");
        let start = Arc::new(std::sync::Barrier::new(2));
        let (submitting, begins, sent) = (Arc::clone(&pool), Arc::clone(&start), statement.clone());
        let submitter = std::thread::spawn(move || {
            begins.wait();
            // Taken before the block, or refused after it: both are right.
            let _ = submit(&submitting, &sent);
        });
        start.wait();
        chain.0.write().expect("nobody panicked").keep(&built.block, &built.executed);
        pool.on_committed(&built.block, &built.executed);
        submitter.join().expect("it does not panic");
        assert_ne!(pool.status(&statement.id()), StatementStatus::Pending, "round {number}");
        assert!(pool.is_empty());
    }
}

#[test]
fn each_waiting_statement_is_told_again_in_its_turn() {
    let (_chain, pool, _queue) = pool();
    let drafts: Vec<_> = (1..=7).map(|number| draft(number, now())).collect();
    drafts.iter().for_each(|statement| assert!(submit(&pool, statement).expect("taken").fresh));
    pool.submit(draft(8, now()).encoded(), Source::Peer).expect("taken");
    let tell = |before: u64, statements_max, bytes_max| {
        let told = pool.tell_again(TimeMs(before), Share { statements_max, bytes_max });
        told.iter().map(|told| drafts.iter().position(|draft| draft.id() == told.id()).expect("a local one")).collect()
    };
    let told: Vec<usize> = tell(0, 9, usize::MAX);
    assert!(told.is_empty(), "just told");
    let far = u64::MAX;
    let (first, size): (Vec<usize>, _) = (tell(far, 3, usize::MAX), drafts[0].encoded().len());
    assert_eq!(first, [0, 1, 2]);
    assert_eq!(tell(far, 9, 2 * size) as Vec<usize>, [0, 1], "as many as the bytes allow");
    assert_eq!(tell(far, 9, 1) as Vec<usize>, [0], "one always");
    // What was told moments ago waits until the others have been.
    std::thread::sleep(Duration::from_millis(20));
    let before = now().0 - 10;
    let mut turns: Vec<usize> = Vec::new();
    for _ in 0..4 {
        turns.extend(tell(before, 2, usize::MAX) as Vec<usize>);
    }
    assert_eq!(turns, [0, 1, 2, 3, 4, 5, 6], "every one, none twice");
    assert_eq!(pool.local(Share { statements_max: 9, bytes_max: usize::MAX }).len(), 7);
}

/// A chain whose blocks have room for so much weight, with two statements for it: opening a case, and a draft.
fn narrow(block_weight_max: u64) -> (TestChain, Arc<Mempool>, SignedStatement, SignedStatement) {
    let mut genesis = fixture::genesis();
    genesis.parameters.block_weight_max = block_weight_max;
    let sign = |signer, owner, like: SignedStatement| {
        let (chain, department) = (genesis.context().chain, fixture::department(owner));
        let builder = StatementBuilder { chain, department, now: now(), nonce: [signer; 16] };
        builder.build(like.action().clone(), fixture::key_id(signer)).sign(&key(signer))
    };
    let small = sign(who::CORRECTIONS, "corrections", fixture::open_case(1, now()));
    let large = sign(who::NOTARY, "notary", draft(1, now()));
    let chain = TestChain(Arc::new(RwLock::new(MemoryChain::new(&genesis).expect("memory does not fail"))));
    let (pool, _queue) = Mempool::new(Arc::new(chain.clone())).expect("memory does not fail");
    (chain, pool, small, large)
}

#[test]
fn what_no_block_has_room_for_is_refused_and_holds_nothing_up() {
    let fits = |of: fn(u64) -> bool| (1..50).find(|weight| of(*weight)).expect("it fits");
    let light = fits(|weight| narrow(weight).1.submit(narrow(weight).2.encoded(), Source::Local).is_ok());
    let heavy = fits(|weight| narrow(weight).1.submit(narrow(weight).3.encoded(), Source::Local).is_ok());
    assert!(light < heavy, "{light} and {heavy}: the second is to be the larger one");
    let (chain, pool, small, large) = narrow(light);
    assert_eq!(rejection(submit(&pool, &large)), Rejection::BlockFull);
    // As if it had waited while the cap was lowered.
    let entry = super::pool::Entry {
        id: large.id(),
        statement: Arc::new(large.clone()),
        told_at: now(),
        local: true,
        held: false,
    };
    pool.lock().insert(entry);
    submit(&pool, &small).expect("taken");
    let block = chain.commit(&pool, now());
    assert_eq!(block.statements, [small.encoded().clone()], "the one behind it got in");
    assert_eq!(pool.status(&large.id()), StatementStatus::Rejected(Rejection::BlockFull, Height(0)));
    // With room for the first alone, the second is passed over, and stays.
    let (chain, pool, small, large) = narrow(heavy);
    [&large, &small].iter().for_each(|statement| assert!(submit(&pool, statement).expect("taken").fresh));
    assert_eq!(chain.commit(&pool, now()).statements, [large.encoded().clone()]);
    assert_eq!(pool.status(&small.id()), StatementStatus::Pending);
}

#[test]
fn a_statement_expires() {
    let (_chain, pool, _queue) = pool();
    let statement = draft(1, now());
    submit(&pool, &statement).expect("taken");
    let later = statement.claims().expires();
    let other = draft(2, later);
    pool.submit_at(other.encoded(), Source::Local, later).expect("taken");
    assert_eq!(pool.status(&statement.id()), StatementStatus::Expired);
    assert_eq!(pool.size().0, 1);
}

#[test]
fn one_key_cannot_fill_the_pool() {
    use super::pool::BYTES_MAX;
    use super::shares::{KEY_BYTES_MAX, KEY_STATEMENTS_MAX};
    let (_chain, pool, _queue) = pool();
    let [key, head] = [who::NOTARY, who::HEAD].map(fixture::key_id);
    let notary = fixture::department("notary");
    let mut inner = pool.lock();
    fill(&mut inner, who::NOTARY, KEY_STATEMENTS_MAX);
    assert!(matches!(inner.room(&key, &notary, 500), Err(SubmitError::KeyQuota)));
    assert!(inner.room(&head, &notary, 500).is_ok());
    assert!(matches!(inner.room(&head, &notary, KEY_BYTES_MAX + 1), Err(SubmitError::KeyQuota)));
    assert!(matches!(inner.room(&head, &notary, BYTES_MAX), Err(SubmitError::PoolFull)));
}

/// A department registers as many officers' keys as it likes; each may have its key's share, and all of them one share.
#[test]
fn one_department_cannot_fill_the_pool_with_many_keys() {
    use super::pool::STATEMENTS_MAX;
    use super::shares::{KEY_BYTES_MAX, KEY_STATEMENTS_MAX, parts};
    let (_chain, pool, _queue) = pool();
    let [notary, police] = ["notary", "police"].map(fixture::department);
    let mut inner = pool.lock();
    inner.advance(Height(0), Some(4));
    let left = STATEMENTS_MAX / parts(4) - KEY_STATEMENTS_MAX;
    fill(&mut inner, who::NOTARY, KEY_STATEMENTS_MAX);
    let last = fill(&mut inner, who::HEAD, left);
    for key in [who::NOTARY, who::HEAD, 99].map(fixture::key_id).iter().skip(1) {
        assert!(matches!(inner.room(key, &notary, 500), Err(SubmitError::DepartmentQuota)));
    }
    let other = fixture::key_id(who::POLICE);
    assert!(inner.room(&other, &police, 500).is_ok(), "others have their room");
    assert!(inner.room(&other, &police, KEY_BYTES_MAX).is_ok());
    inner.commit(&last, Height(1));
    assert!(inner.room(&fixture::key_id(99), &notary, 500).is_ok(), "what is done leaves room");
}

/// Puts so many statements of a notary's key into the maps, each with an id of its own; gives the last one's.
fn fill(pool: &mut super::pool::Pool, signer: u8, count: usize) -> StatementId {
    let (key, notary) = (fixture::key_id(signer), fixture::department("notary"));
    let mut last = None;
    for number in 0..count {
        let at = TimeMs(now().0 + number as u64 * 1000);
        let statement = fixture::sign(signer, "notary", draft(1, at).action().clone(), at);
        pool.room(&key, &notary, statement.encoded().len()).expect("room");
        let id = statement.id();
        let entry = super::pool::Entry { id, statement: Arc::new(statement), told_at: now(), local: true, held: false };
        pool.insert(entry);
        last = Some(id);
    }
    last.expect("at least one")
}
