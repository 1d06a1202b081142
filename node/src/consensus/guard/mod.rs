//! The signer guard: what stands between the consensus key and a second, conflicting signature.
//!
//! The engine's write-ahead log is no such guard (it can lose entries silently), so each vote and proposal passes
//! here before it is signed. The guard is a small file in a directory of its own, apart from data and backups, held
//! by an exclusive lock, so that two processes on one directory cannot both sign.
//!
//! What it promises for its key and chain:
//! 1. heights only rise, and inside a height (round, step) only rises;
//! 2. for one (height, round, step) one string of bytes is ever signed; asked again, it gives the same signature;
//! 3. a signature leaves only after both copies of the record that holds it are on disk;
//! 4. a height that is closed gets no signature at all.
//!
//! What it does NOT promise: that a vote respects a lock of an earlier round. That knowledge is in the engine's log;
//! `consensus::wal` compares the two at start, and where they disagree the height is closed.
//!
//! ## Why no damage to the file leads to a second signature
//! The file holds the same record twice ([`slot`]). Each change is written to the first copy, synced, written to the
//! second, synced; only then is the signature given out. So whatever was given out stands in BOTH copies. A copy that
//! fails its checksum is either torn (its change was never given out) or rotten (the other copy has the same): taking
//! the other loses nothing in both cases. Of two sound copies the one with the higher number is taken, and the other
//! is rewritten before anything is given out. When both copies fail, or the file is gone, the guard says so
//! ([`Found::Lost`], [`Found::Fresh`]); it then knows nothing, and its owner signs nothing before it has asked the others
//! and followed to what they have ([`SignerGuard::is_settled`]). Their word closes no height: a lie would close it for
//! ever.
//!
//! A guard that was copied to another place is refused ([`place`]): its key may still sign at the old one.

mod error;
mod file;
mod place;
mod slot;

#[cfg(test)]
mod tests;

pub use error::{GuardError, Refusal};
pub use slot::{Entry, Step};

pub(crate) use file::FILE;
pub(crate) use slot::Record;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use ledger::crypto::{Hash, KeyId, SecretKey, Signature};
use ledger::types::{Height, Round};

use crate::fail_points::{Point, pass};
use error::failed;
use file::{create_file, read_file, set_aside, take_lock};
use slot::{SLOT_BYTES, Sound};

/// What was found when the guard was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// No file: this key never signed here, or the file was removed.
    Fresh,
    /// Both copies are sound.
    Kept,
    /// One copy was damaged or a step behind; it was rewritten from the other.
    Healed,
    /// Both copies are damaged; the file was set aside and a new one begun.
    Lost,
}

/// A request for a signature.
#[derive(Debug, Clone)]
pub struct Request {
    /// Height.
    pub height: Height,
    /// Round.
    pub round: Round,
    /// Proposal or which vote.
    pub step: Step,
    /// Header hash, `None` for nil.
    pub value: Option<Hash>,
    /// The bytes to sign.
    pub bytes: Vec<u8>,
}

/// The guard of one consensus key on one chain. Give it out behind one mutex.
#[derive(Debug)]
pub struct SignerGuard {
    record: Record,
    file: File,
    found: Found,
    /// What the engine's log lacks and the engine has not asked for again.
    left_out: BTreeSet<(Round, Step)>,
    out_of_use: bool,
    /// Held until the guard is retired or dropped; then the directory is free.
    lock: Option<File>,
}

impl SignerGuard {
    /// Opens or creates the guard in its directory and takes the lock.
    ///
    /// # Errors
    /// [`GuardError::Locked`] if another process holds it, [`GuardError::Copied`] if it was made elsewhere,
    /// [`GuardError::OtherOwner`] for another key or chain, [`GuardError::Io`] else. Damage is no error: see
    /// [`SignerGuard::found`].
    pub fn open(directory: &Path, key: KeyId, genesis: Hash) -> Result<Self, GuardError> {
        fs::create_dir_all(directory).map_err(failed("making its directory"))?;
        let lock = take_lock(directory)?;
        pass(Point::GuardLocked);
        let path = directory.join(FILE);
        if path.exists() && !place::is_here(directory, &path).map_err(failed("reading its place"))? {
            return Err(GuardError::Copied { path: directory.to_owned() });
        }
        let (record, found) = match read_file(&path)? {
            None => (Record::new(key, genesis), Found::Fresh),
            Some(bytes) => match slot::read(&bytes) {
                Sound::Both(record) => (record, Found::Kept),
                Sound::One(record) => (record, Found::Healed),
                Sound::None => {
                    set_aside(directory, &path)?;
                    (Record::new(key, genesis), Found::Lost)
                }
            },
        };
        if record.key != key || record.genesis != genesis {
            return Err(GuardError::OtherOwner { key: record.key, genesis: record.genesis });
        }
        if matches!(found, Found::Fresh | Found::Lost) {
            // A crash in between leaves a guard of which no place is known, and that is no copy.
            place::forget(directory).map_err(failed("forgetting its place"))?;
            create_file(directory, &path, &record)?;
            pass(Point::GuardUnplaced);
        }
        place::note(directory, &path).map_err(failed("noting its place"))?;
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed("opening it"))?;
        let mut guard = Self { record, file, found, left_out: BTreeSet::new(), out_of_use: false, lock: Some(lock) };
        if found == Found::Healed {
            let same = guard.record.clone();
            guard.store(same)?;
        }
        Ok(guard)
    }

    /// What was found when it was opened.
    pub fn found(&self) -> Found {
        self.found
    }

    /// The highest height that was signed or closed; 0 if none was.
    pub fn height(&self) -> Height {
        self.record.height
    }

    /// True if the guard's height gets no signature any more.
    pub fn is_closed(&self) -> bool {
        self.record.closed
    }

    /// False in a file that was begun new, until [`SignerGuard::settle`]: its key may have signed elsewhere before, at
    /// heights that the file does not know. Survives restarts.
    pub fn is_settled(&self) -> bool {
        self.record.settled
    }

    /// What was signed at the guard's height, in ascending order of round and step.
    pub fn entries(&self) -> &[Entry] {
        &self.record.entries
    }

    /// Closes all heights up to this one. Used by restore, by sync-only mode and after a refusal; never lowers.
    ///
    /// # Errors
    /// [`GuardError::Io`] if it could not be written.
    pub fn advance_to(&mut self, height: Height) -> Result<(), GuardError> {
        if height < self.record.height || (height == self.record.height && self.record.closed) {
            return Ok(());
        }
        let next = Record { height, closed: true, entries: Vec::new(), ..self.record.clone() };
        self.left_out.clear();
        self.store(next)
    }

    /// Says that no height is open any more at which the key may have signed before the file was begun: the others
    /// were asked, and what they had is here.
    ///
    /// # Errors
    /// [`GuardError::Io`] if it could not be written.
    pub fn settle(&mut self) -> Result<(), GuardError> {
        if self.record.settled {
            return Ok(());
        }
        self.store(Record { settled: true, ..self.record.clone() })
    }

    /// Ends this guard, whoever still holds it: it signs nothing more and frees its directory.
    pub fn retire(&mut self) {
        self.out_of_use = true;
        self.lock = None;
    }

    /// Says which of the things signed at the guard's height the engine's log lacks. Until the engine has asked for the
    /// very same bytes of each again, everything new at this height is refused: an engine that comes to a precommit
    /// again holds its lock again.
    pub fn expect_again(&mut self, missing: impl IntoIterator<Item = (Round, Step)>) {
        self.left_out = missing.into_iter().collect();
    }

    /// What must still be asked for again, in ascending order.
    pub fn expected_again(&self) -> &BTreeSet<(Round, Step)> {
        &self.left_out
    }

    /// Signs, or gives the signature that was given before for the same bytes. Writes and syncs first.
    ///
    /// # Errors
    /// [`GuardError::Refused`] if it could lead to a second signature; [`GuardError::Io`] if the record could not be
    /// made durable, after which the guard is out of use.
    pub fn sign(&mut self, request: &Request, key: &SecretKey) -> Result<Signature, GuardError> {
        if self.out_of_use {
            return Err(GuardError::OutOfUse);
        }
        let digest = Hash::sha256(&request.bytes);
        let mut next = self.record.clone();
        if request.height > next.height {
            next = Record { height: request.height, closed: false, entries: Vec::new(), ..next };
            self.left_out.clear();
        } else if let Some(signature) = self.known(request, digest)? {
            return Ok(signature);
        }
        let signature = key.sign(&request.bytes);
        next.push(Entry { round: request.round, step: request.step, value: request.value, digest, signature });
        self.store(next)?;
        pass(Point::GuardWritten);
        Ok(signature)
    }

    /// The signature given before for this request, or `None` if it is new and may be signed.
    fn known(&mut self, request: &Request, digest: Hash) -> Result<Option<Signature>, Refusal> {
        let Request { height, round, step, .. } = *request;
        let guarded = self.record.height;
        if height < guarded {
            return Err(Refusal::Lower { height, round, step, guarded });
        }
        if self.record.closed {
            return Err(Refusal::Closed { height, guarded });
        }
        let at = (round, step);
        if let Some(entry) = self.record.entries.iter().find(|entry| (entry.round, entry.step) == at) {
            if entry.digest != digest {
                return Err(Refusal::Conflict { height, round, step });
            }
            self.left_out.remove(&at);
            return Ok(Some(entry.signature));
        }
        if self.record.entries.last().is_some_and(|last| (last.round, last.step) > at) {
            return Err(Refusal::Lower { height, round, step, guarded });
        }
        match self.left_out.first().copied() {
            Some((round, step)) => Err(Refusal::LeftOut { height, round, step }),
            None => Ok(None),
        }
    }

    /// Writes both copies, one after the other, each synced.
    fn store(&mut self, mut next: Record) -> Result<(), GuardError> {
        if self.out_of_use {
            return Err(GuardError::OutOfUse);
        }
        next.sequence = next.sequence.saturating_add(1);
        let bytes = slot::encode(&next);
        self.out_of_use = true;
        for (offset, before) in [(0, Point::GuardUnwritten), (SLOT_BYTES as u64, Point::GuardHalf)] {
            pass(before);
            self.file.write_all_at(&bytes, offset).map_err(failed("writing a copy"))?;
            self.file.sync_data().map_err(failed("syncing a copy"))?;
        }
        self.out_of_use = false;
        self.record = next;
        Ok(())
    }
}
