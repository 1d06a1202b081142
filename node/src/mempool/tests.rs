//! The pool over a chain in memory.

use std::sync::Arc;
use std::time::Duration;

use ledger::crypto::KeyId;
use ledger::rejection::Rejection;
use ledger::rules::SignatureCache;
use ledger::statement::SignedStatement;
use ledger::types::{Height, TimeMs};
use tokio::sync::mpsc;

use super::fixture::{self, GENESIS_TIME, TestChain, approve, draft, key, who};
use super::{Mempool, Source, StatementStatus, SubmitError, Watched, now};
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
    let (_chain, pool, _queue) = pool();
    let key: KeyId = fixture::key_id(who::NOTARY);
    let mut inner = pool.lock();
    for number in 0..super::pool::KEY_STATEMENTS_MAX {
        let mut statement = draft(1, TimeMs(now().0 + number as u64 * 1000));
        // A statement of its own id: only the maps are looked at here.
        let action = statement.action().clone();
        statement = fixture::sign(who::NOTARY, "notary", action, TimeMs(now().0 + number as u64 * 1000));
        inner.room(&key, statement.encoded().len()).expect("room");
        let entry = super::pool::Entry {
            id: statement.id(),
            statement: Arc::new(statement),
            received: now(),
            local: true,
            held: false,
        };
        inner.insert(entry);
    }
    assert!(matches!(inner.room(&key, 500), Err(SubmitError::KeyQuota)));
    assert!(inner.room(&fixture::key_id(who::HEAD), 500).is_ok());
    assert!(matches!(inner.room(&fixture::key_id(who::HEAD), super::pool::BYTES_MAX), Err(SubmitError::PoolFull)));
}
