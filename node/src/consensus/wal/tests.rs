#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::consensus::context::tests::{chain, secret};
use crate::consensus::context::{EngineHeight, EngineSignature, Vote};
use malachitebft_core_types::{NilOrVal, SignedMessage};
use malachitebft_engine::wal::encode_entry;
use tempfile::TempDir;

fn own() -> Address {
    Address(secret(1).public().id())
}

fn vote(kind: VoteType, round: u32) -> Vote {
    let height = EngineHeight(Height(5));
    let round = malachitebft_core_types::Round::new(round);
    Vote { kind, height, round, value: NilOrVal::Nil, validator: own() }
}

fn entry(vote: &Vote) -> Entry {
    let bytes = vote.sign_bytes(&chain()).unwrap();
    let step = if vote.kind == VoteType::Prevote { Step::Prevote } else { Step::Precommit };
    let round = ledger_round(vote.round).unwrap();
    Entry { round, step, value: None, digest: Hash::sha256(&bytes), signature: secret(1).sign(&bytes) }
}

fn write(directory: &TempDir, votes: &[Vote]) {
    let codec = WireCodec;
    let mut log = Log::open(path(directory.path())).unwrap();
    log.reset(5).unwrap();
    for vote in votes {
        let signature = EngineSignature(secret(1).sign(&vote.sign_bytes(&chain()).unwrap()));
        let input: Input<LedgerContext> = Input::Vote(SignedMessage::new(vote.clone(), signature));
        let mut bytes = Vec::new();
        encode_entry(input, &codec, &mut bytes).unwrap();
        log.append(&bytes).unwrap();
    }
    log.flush().unwrap();
}

fn compared(directory: &TempDir, guarded: &[Entry]) -> Verdict {
    compare(directory.path(), &chain(), own(), Height(5), guarded).unwrap().verdict
}

fn refused(directory: &TempDir) -> Vec<Vec<u8>> {
    let files = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path());
    let refused = files.filter(|path| path.to_string_lossy().contains(".refused-"));
    refused.map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn what_was_signed_must_stand_in_the_log_but_for_the_last() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0), vote(VoteType::Prevote, 1)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    assert_eq!(compared(&directory, &[]), Verdict::Agrees);
    assert_eq!(compared(&directory, &guarded[..1]), Verdict::LastMissing);
    assert!(matches!(compared(&directory, &guarded), Verdict::Disagrees { .. }));
    write(&directory, &votes[..2]);
    assert_eq!(compared(&directory, &guarded[..2]), Verdict::Agrees);
    assert_eq!(compared(&directory, &guarded), Verdict::LastMissing);
    write(&directory, &votes[1..]);
    assert!(matches!(compared(&directory, &guarded), Verdict::Disagrees { .. }));
}

#[test]
fn what_stands_in_the_log_must_be_known_to_the_guard() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0), vote(VoteType::Prevote, 1)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    write(&directory, &votes);
    assert_eq!(compared(&directory, &guarded), Verdict::Agrees);
    assert_eq!(compared(&directory, &guarded[1..]), Verdict::Agrees, "the oldest may be forgotten");
    assert!(matches!(compared(&directory, &guarded[..2]), Verdict::Disagrees { .. }));
    assert!(matches!(compared(&directory, &[]), Verdict::Disagrees { .. }));
}

#[test]
fn an_unreadable_tail_is_cut_and_a_copy_kept() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    write(&directory, &votes);
    let file = path(directory.path());
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend_from_slice(&[0; 100]);
    fs::write(&file, &bytes).unwrap();
    let found = compare(directory.path(), &chain(), own(), Height(5), &guarded).unwrap();
    assert_eq!(found.verdict, Verdict::Agrees);
    assert!(found.damage.is_some_and(|damage| damage.contains("from entry 2 on")));
    assert_eq!(compared(&directory, &guarded), Verdict::Agrees);
    assert_eq!(refused(&directory), [bytes], "one copy, as it was");
}

#[test]
fn a_log_that_is_held_is_waited_for_and_never_touched() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    write(&directory, &votes);
    let held = Log::open(path(directory.path())).unwrap();
    let release = std::thread::spawn(move || {
        std::thread::sleep(LOCK_PAUSE * 3);
        drop(held);
    });
    assert_eq!(compared(&directory, &guarded), Verdict::Agrees);
    release.join().unwrap();
}

#[test]
fn a_damaged_head_matters_only_if_something_was_signed() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    for signed in [&guarded[..], &[]] {
        fs::write(path(directory.path()), [0xff; 64]).unwrap();
        let found = compare(directory.path(), &chain(), own(), Height(5), signed).unwrap();
        assert_eq!(found.verdict == Verdict::Agrees, signed.is_empty());
        assert!(found.damage.is_some_and(|damage| damage.contains("could not be opened")));
        assert!(!path(directory.path()).exists(), "the engine begins a new one");
    }
    for _ in 0..40 {
        write(&directory, &votes);
        keep_copy(directory.path()).unwrap();
    }
    assert_eq!(refused(&directory), [vec![0xff; 64], vec![0xff; 64]], "what was refused is never removed");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1 + 2 + KEPT_MAX);
    write(&directory, &votes);
    assert_eq!(compared(&directory, &guarded), Verdict::Agrees);
}
