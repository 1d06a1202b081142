//! Compares the engine's write-ahead log with the signer guard before the engine starts.
//!
//! The engine replays its log to come back to where it was, locks included. The log can lose entries silently, and an
//! unreadable one hangs the engine. So before each start with a vote to cast:
//! - a tail that cannot be read is cut off, after the whole file was copied; a file that cannot be opened is set aside
//!   whole. What was refused is kept for good: the program never removes it;
//! - what the guard signed at this height must stand in the log, or the engine must come to the very same bytes again
//!   before anything new is signed (`SignerGuard::expect_again`), locks included. Two things leave a signature out:
//!   a crash between the guard's write and the log's, and replay itself, which logs nothing that it signs. Then it is
//!   missing for good, with later ones behind it. The log was synced before the guard wrote ([`sync`]), so all that led
//!   to it stands there, and each replay comes to it;
//! - what the log holds of our signatures the guard must know: else the guard is an old one (restored, replaced);
//! - a log that is gone or damaged, and lacks more than the last signature, cannot be replayed to where the engine was:
//!   the height must not be voted on.
//!
//! Nothing is written into the log in place of what it lacks. A precommit that stands there is counted, but it locks
//! nothing without the prevotes that led to it, and a log that lost its tail has lost those too.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ledger::commit::ChainContext;
use ledger::crypto::Hash;
use ledger::types::{Height, Round};
use malachitebft_app_channel::app::wal::Log;
use malachitebft_core_consensus::Input;
use malachitebft_core_types::VoteType;
use malachitebft_engine::wal::decode_entry;

use super::codec::{CERTIFICATE_BYTES_MAX, WireCodec};
use super::context::{Address, LedgerContext, ledger_round};
use super::guard::{Entry, Step};

/// Name of the log's file.
const FILE: &str = "consensus.wal";
/// Copies of sound logs that are kept; older ones are removed.
const KEPT_MAX: usize = 16;
/// Before the time, in the names of copies of sound logs, and of logs that could not be read.
const KEPT: &str = "kept";
const REFUSED: &str = "refused";
/// The longest entry: a certificate, with what the engine writes before it.
const ENTRY_BYTES_MAX: u64 = CERTIFICATE_BYTES_MAX as u64 + 16;
/// How often and how long to wait for a lock that an engine before still holds.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// What the comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The engine can come back to where it was.
    Agrees {
        /// What the guard signed and the log lacks, ascending: replay must come to it again.
        missing: Vec<(Round, Step)>,
    },
    /// It cannot, or the guard is an old one.
    Disagrees {
        /// What is wrong.
        reason: String,
    },
}

/// A comparison, and what was wrong with the file, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compared {
    /// What the comparison found.
    pub(crate) verdict: Verdict,
    /// Why the file, or a part of it, could not be read, and where it is kept.
    pub(crate) damage: Option<String>,
}

impl From<Verdict> for Compared {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, damage: None }
    }
}

/// The log's file.
pub(crate) fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

/// Syncs what the engine has appended so far: it writes without a buffer, so another handle syncs the same bytes.
///
/// # Errors
/// The system's error; then what led to the next signature may not be durable.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_data(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Copies the log before the engine resets it (sync-only mode does at every height).
///
/// # Errors
/// The system's error.
pub(crate) fn keep_copy(directory: &Path) -> io::Result<()> {
    if path(directory).exists() {
        copy_as(directory, KEPT)?;
    }
    remove_oldest(directory)
}

/// Copies a log that the engine has refused, for whoever looks into it; gives the copy's name. Never removed.
///
/// # Errors
/// The system's error.
pub(crate) fn keep_refused(directory: &Path) -> io::Result<Option<String>> {
    if path(directory).exists() { copy_as(directory, REFUSED).map(Some) } else { Ok(None) }
}

fn copy_as(directory: &Path, kind: &str) -> io::Result<String> {
    keep(directory, kind, &fs::read(path(directory))?)
}

/// Writes the bytes of a log beside it; gives the file's name.
fn keep(directory: &Path, kind: &str, bytes: &[u8]) -> io::Result<String> {
    let name = aside(kind);
    let target = directory.join(&name);
    fs::write(&target, bytes)?;
    File::open(&target)?.sync_all()?;
    File::open(directory)?.sync_all()?;
    Ok(name)
}

/// A new name beside the log.
fn aside(kind: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{FILE}.{kind}-{:016}", now.as_micros())
}

fn remove_oldest(directory: &Path) -> io::Result<()> {
    let prefix = format!("{FILE}.{KEPT}-");
    let names = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    let mut kept: Vec<PathBuf> = names
        .into_iter()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path())
        .collect();
    kept.sort();
    let surplus = kept.len().saturating_sub(KEPT_MAX);
    kept.iter().take(surplus).try_for_each(fs::remove_file)
}

/// What the log of one height holds of our own signed messages.
#[derive(Debug, Default)]
struct Own {
    signed: Vec<(Round, Step, Hash)>,
    /// True if nothing was lost as far as can be seen: entries stand in it, and all of them can be read.
    whole: bool,
    /// First entry that cannot be read, if any.
    unreadable: Option<u64>,
}

/// Compares the log with what the guard signed at `height`, which is the next height to run. Cuts an unreadable tail.
///
/// # Errors
/// The system's error when a file cannot be copied, read or cut.
pub(crate) fn compare(
    directory: &Path,
    chain: &ChainContext,
    own: Address,
    height: Height,
    guarded: &[Entry],
) -> io::Result<Compared> {
    let file = path(directory);
    if !file.exists() {
        return Ok(judge(&Own::default(), guarded).into());
    }
    // Opening it cuts off an entry that is not whole.
    let before = fs::read(&file)?;
    let mut log = match open(&file) {
        Ok(log) => log,
        Err(error) if is_damage(&error) => return set_aside(directory, &file, guarded, &error),
        Err(error) => return Err(error),
    };
    if log.sequence() != height.0 {
        return Ok(judge(&Own::default(), guarded).into());
    }
    let mut found = read(&mut log, chain, own)?;
    let length = fs::metadata(&file)?.len();
    found.whole &= is_torn(&before, length);
    if length >= before.len() as u64 && found.unreadable.is_none() {
        return Ok(judge(&found, guarded).into());
    }
    let (kept, entry) = (keep(directory, REFUSED, &before)?, found.unreadable.unwrap_or(log.len() as u64));
    tracing::warn!(%height, entry, kept, "the engine's log cannot be read from here on; the rest is cut off, a copy kept");
    if found.unreadable.is_some() {
        log.truncate(entry)?;
        log.flush()?;
    }
    let damage = Some(format!("the engine's log could not be read from entry {entry} on; it is kept as {kept}"));
    Ok(Compared { verdict: judge(&found, guarded), damage })
}

/// Opens the log; waits while an engine that has just been stopped still holds its lock.
fn open(file: &Path) -> io::Result<Log> {
    for _ in 0..LOCK_TRIES {
        match Log::open(file) {
            Err(error) if !is_damage(&error) => std::thread::sleep(LOCK_PAUSE),
            opened => return opened,
        }
    }
    Log::open(file)
}

/// True if what opening cut off after `kept` bytes is nothing, or one entry that was being written: its length is one
/// that an entry can have. A damaged length cuts off all that follows.
fn is_torn(before: &[u8], kept: u64) -> bool {
    let cut = usize::try_from(kept).ok().and_then(|kept| before.get(kept..)).unwrap_or_default();
    let length = cut.get(1..).and_then(|rest| rest.first_chunk()).map_or(0, |length| u64::from_be_bytes(*length));
    length <= ENTRY_BYTES_MAX
}

/// True if the file's content is at fault, not the disk or a lock.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

/// A log whose head is damaged is set aside: the engine would not start with it. Without a signature at this height it
/// held nothing of ours.
fn set_aside(directory: &Path, file: &Path, guarded: &[Entry], error: &io::Error) -> io::Result<Compared> {
    let kept = aside(REFUSED);
    tracing::warn!(%error, kept, "the engine's log cannot be opened; it is set aside and a new one begun");
    fs::rename(file, directory.join(&kept))?;
    File::open(directory)?.sync_all()?;
    let reason = format!("the engine's log could not be opened ({error}); it is kept as {kept}");
    let verdict = match guarded {
        [] => Verdict::Agrees { missing: Vec::new() },
        _ => Verdict::Disagrees { reason: reason.clone() },
    };
    Ok(Compared { verdict, damage: Some(reason) })
}

fn read(log: &mut Log, chain: &ChainContext, own: Address) -> io::Result<Own> {
    let codec = WireCodec;
    let mut found = Own { whole: !log.is_empty(), ..Own::default() };
    if log.is_empty() {
        return Ok(found);
    }
    for (index, entry) in log.iter()?.enumerate() {
        let decoded = entry.and_then(|bytes| decode_entry::<LedgerContext, _, _>(&codec, io::Cursor::new(bytes)));
        match decoded {
            Ok(input) => found.signed.extend(own_message(&input, chain, own)),
            Err(_) => {
                found.unreadable = Some(index as u64);
                found.whole = false;
                break;
            }
        }
    }
    Ok(found)
}

fn own_message(input: &Input<LedgerContext>, chain: &ChainContext, own: Address) -> Option<(Round, Step, Hash)> {
    match input {
        Input::Vote(vote) if vote.message.validator == own => {
            let step = match vote.message.kind {
                VoteType::Prevote => Step::Prevote,
                VoteType::Precommit => Step::Precommit,
            };
            let digest = Hash::sha256(&vote.message.sign_bytes(chain)?);
            Some((ledger_round(vote.message.round)?, step, digest))
        }
        Input::Proposal(proposal) if proposal.message.proposer == own => {
            let digest = Hash::sha256(&proposal.message.sign_bytes(chain)?);
            Some((ledger_round(proposal.message.round)?, Step::Propose, digest))
        }
        _ => None,
    }
}

fn judge(log: &Own, guarded: &[Entry]) -> Verdict {
    let matches = |entry: &Entry, signed: &(Round, Step, Hash)| *signed == (entry.round, entry.step, entry.digest);
    // The guard forgets the oldest rounds of a very long height; from its first entry on it knows everything.
    let kept = |(round, step, _): &(Round, Step, Hash)| {
        guarded.first().is_none_or(|first| (*round, *step) >= (first.round, first.step))
    };
    let unknown = log.signed.iter().find(|signed| kept(signed) && !guarded.iter().any(|entry| matches(entry, signed)));
    if let Some((round, step, _)) = unknown {
        let reason = format!("the engine's log holds a {step} of round {round} that the signer guard does not know");
        return Verdict::Disagrees { reason };
    }
    let stands = |entry: &&Entry| log.signed.iter().any(|signed| matches(entry, signed));
    // What is followed by something that stands there was not lost with the tail.
    let tail = guarded.iter().rev().take_while(|entry| !stands(entry)).count();
    if tail > 1 && !log.whole {
        let Entry { round, step, .. } = &guarded[guarded.len() - tail];
        return Verdict::Disagrees { reason: format!("the engine's log lacks the {step} signed in round {round}") };
    }
    let missing = guarded.iter().filter(|entry| !stands(entry)).map(|entry| (entry.round, entry.step));
    Verdict::Agrees { missing: missing.collect() }
}

#[cfg(test)]
mod tests;
