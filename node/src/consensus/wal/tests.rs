#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::consensus::context::tests::{chain, secret};
use crate::consensus::context::{EngineHeight, EngineSignature, Proposal, ValueHash, Vote, engine_round};
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
    let inputs = votes.iter().map(|vote| {
        let signature = EngineSignature(secret(1).sign(&vote.sign_bytes(&chain()).unwrap()));
        Input::Vote(SignedMessage::new(vote.clone(), signature))
    });
    log_of(directory, inputs);
}

fn log_of(directory: &TempDir, inputs: impl IntoIterator<Item = Input<LedgerContext>>) {
    let mut log = Log::open(path(directory.path())).unwrap();
    log.reset(5).unwrap();
    for input in inputs {
        let mut bytes = Vec::new();
        encode_entry(input, &WireCodec, &mut bytes).unwrap();
        log.append(&bytes).unwrap();
    }
    log.flush().unwrap();
}

fn agrees(missing: &[Entry]) -> Verdict {
    Verdict::Agrees { missing: missing.iter().map(|entry| (entry.round, entry.step)).collect() }
}

/// A vote of another validator: an entry that is not our own.
fn foreign() -> Input<LedgerContext> {
    let vote = Vote { validator: Address(secret(2).public().id()), ..vote(VoteType::Prevote, 0) };
    let signature = EngineSignature(secret(2).sign(&vote.sign_bytes(&chain()).unwrap()));
    Input::Vote(SignedMessage::new(vote, signature))
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
fn what_the_log_lacks_is_expected_again_and_a_lost_log_is_not_voted_on() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0), vote(VoteType::Prevote, 1)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    assert_eq!(compared(&directory, &[]), agrees(&[]));
    assert_eq!(compared(&directory, &guarded[..1]), agrees(&guarded[..1]), "no log");
    assert!(matches!(compared(&directory, &guarded), Verdict::Disagrees { .. }), "no log");
    write(&directory, &votes[..2]);
    assert_eq!(compared(&directory, &guarded[..2]), agrees(&[]));
    assert_eq!(compared(&directory, &guarded), agrees(&guarded[2..]), "a crash before the log was written");
    write(&directory, &votes[1..]);
    assert_eq!(compared(&directory, &guarded), agrees(&guarded[..1]), "signed in a replay, which logs nothing");
    write(&directory, &votes[2..]);
    assert_eq!(compared(&directory, &guarded), agrees(&guarded[..2]));
    write(&directory, &[]);
    assert!(matches!(compared(&directory, &guarded), Verdict::Disagrees { .. }), "an empty log");
    log_of(&directory, [foreign()]);
    assert_eq!(compared(&directory, &guarded), agrees(&guarded), "all signed in a replay of what stands there");
}

#[test]
fn a_proposal_that_the_log_lacks_is_expected_again() {
    let directory = TempDir::new().unwrap();
    let (height, round) = (EngineHeight(Height(5)), engine_round(Some(Round(1))));
    let value = ValueHash(Hash([9; 32]));
    let proposal = Proposal { height, round, value, pol_round: engine_round(Some(Round(0))), proposer: own() };
    let bytes = proposal.sign_bytes(&chain()).unwrap();
    let signature = secret(1).sign(&bytes);
    let digest = Hash::sha256(&bytes);
    let entry = Entry { round: Round(1), step: Step::Propose, value: Some(value.0), digest, signature };
    let guarded = [entry, self::entry(&vote(VoteType::Prevote, 1))];
    log_of(&directory, [Input::Proposal(SignedMessage::new(proposal, EngineSignature(signature)))]);
    assert_eq!(compared(&directory, &guarded), agrees(&guarded[1..]));
    write(&directory, &[vote(VoteType::Prevote, 1)]);
    assert_eq!(compared(&directory, &guarded), agrees(&guarded[..1]));
}

#[test]
fn a_torn_tail_hides_nothing_and_a_damaged_length_closes_the_height() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0), vote(VoteType::Prevote, 1)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    let file = path(directory.path());
    write(&directory, &votes[..1]);
    let one = fs::metadata(&file).unwrap().len() as usize;
    write(&directory, &votes);
    let whole = fs::read(&file).unwrap();
    let two = one + (whole.len() - one) / 2;
    // The last entry is cut at each byte.
    for cut in two..whole.len() {
        fs::write(&file, &whole[..cut]).unwrap();
        assert_eq!(compared(&directory, &guarded), agrees(&guarded[2..]), "cut {cut}");
        assert_eq!(fs::metadata(&file).unwrap().len() as usize, two, "cut {cut}");
    }
    // The second one is cut: the others were signed in a replay.
    for cut in one..two {
        fs::write(&file, &whole[..cut]).unwrap();
        assert_eq!(compared(&directory, &guarded), agrees(&guarded[1..]), "cut {cut}");
    }
    for bit in 24..64 {
        let mut damaged = whole.clone();
        damaged[one + 1 + (63 - bit) / 8] ^= 1 << (bit % 8);
        fs::write(&file, &damaged).unwrap();
        assert!(matches!(compared(&directory, &guarded), Verdict::Disagrees { .. }), "bit {bit}");
    }
}

#[test]
fn what_stands_in_the_log_must_be_known_to_the_guard() {
    let directory = TempDir::new().unwrap();
    let votes = [vote(VoteType::Prevote, 0), vote(VoteType::Precommit, 0), vote(VoteType::Prevote, 1)];
    let guarded: Vec<Entry> = votes.iter().map(entry).collect();
    write(&directory, &votes);
    assert_eq!(compared(&directory, &guarded), agrees(&[]));
    assert_eq!(compared(&directory, &guarded[1..]), agrees(&[]), "the oldest may be forgotten");
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
    assert_eq!(found.verdict, agrees(&[]));
    assert!(found.damage.is_some_and(|damage| damage.contains("from entry 2 on")));
    assert_eq!(compared(&directory, &guarded), agrees(&[]));
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
    assert_eq!(compared(&directory, &guarded), agrees(&[]));
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
        assert_eq!(found.verdict == agrees(&[]), signed.is_empty());
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
    assert_eq!(compared(&directory, &guarded), agrees(&[]));
}
