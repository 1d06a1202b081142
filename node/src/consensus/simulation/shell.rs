//! The engine's shell around the sans-I/O core: answers effects as `malachitebft-engine` does, with the product's own
//! signer, verifier, log and host, and a point at which the process may end.

use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ledger::types::Height;
use malachitebft_app_channel::app::wal::Log;
use malachitebft_app_channel::{AppMsg, NetworkMsg, Reply};
use malachitebft_core_consensus::{ConsensusMsg, Effect, Error, Input, Resumable, Resume};
use malachitebft_core_types::{CertificateError, Context, ExtendedCommitSignature, LinearTimeouts, NilOrVal};
use malachitebft_core_types::{Timeout, ValueOrigin, VotingPower};
use malachitebft_engine::wal::{decode_entry, encode_entry};
use malachitebft_signing::{Signer, Verifier, VerifierExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::disk::SimStore;
use super::tools::Tools;
use super::wire::{Mail, Output, Wire};
use crate::consensus::codec::WireCodec;
use crate::consensus::context::{LedgerContext, Members};
use crate::consensus::guard::SignerGuard;
use crate::consensus::host::End;
use crate::consensus::signing::{GuardedSigner, SigningEnd, StrictVerifier};
use crate::consensus::{Exit, Fault};

/// Why a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// The schedule wanted it.
    Died,
    /// It followed far enough and may vote again.
    CaughtUp,
    /// The guard refused a signature.
    Refused(String),
    /// The engine could not replay its log.
    Replay(String),
    /// Anything else: a bug.
    Failed(String),
}

/// The engine's certificate of value sync.
type Certificate = malachitebft_core_types::ExtendedCommitCertificate<LedgerContext>;
/// What it hears of one.
type CertificateVerdict = Result<(), CertificateError<LedgerContext>>;

/// The parts of a process beside the core's state.
pub(super) struct Shell {
    pub(super) tools: Rc<Tools>,
    pub(super) store: Arc<SimStore>,
    pub(super) signer: GuardedSigner,
    pub(super) guard: Arc<Mutex<SignerGuard>>,
    pub(super) guard_file: PathBuf,
    pub(super) verifier: StrictVerifier,
    pub(super) codec: WireCodec,
    pub(super) log: Log,
    pub(super) log_path: PathBuf,
    /// Bytes of the log that are on disk for sure.
    pub(super) synced: Arc<AtomicU64>,
    pub(super) host: mpsc::Sender<AppMsg<LedgerContext>>,
    pub(super) task: Option<JoinHandle<Result<End, Fault>>>,
    pub(super) parts: mpsc::Receiver<NetworkMsg<LedgerContext>>,
    pub(super) timeouts: LinearTimeouts,
    pub(super) timers: Vec<(Timeout, u64)>,
    pub(super) timers_begun: u64,
    /// False in sync-only mode.
    pub(super) voting: bool,
    /// True while the log is replayed.
    pub(super) recovering: bool,
    /// Ends before the n-th effect from now on; true: torn.
    pub(super) dies: Option<(u64, bool)>,
    pub(super) counts_twice: bool,
    pub(super) ended: Option<Ended>,
    pub(super) out: Vec<Output>,
}

impl Shell {
    /// Answers one effect. An error ends what the core was doing; then [`Shell::ended`] says why.
    pub(super) fn handle(&mut self, effect: Effect<LedgerContext>) -> Result<Resume<LedgerContext>, &'static str> {
        if self.ended.is_some() {
            return Err("the process has ended");
        }
        if let Some((left, torn)) = self.dies.as_mut() {
            if *left == 0 {
                let torn = *torn;
                return self.die(effect, torn);
            }
            *left -= 1;
        }
        self.answer(effect)
    }

    /// Ends the process before an effect; a signature may be half written to the guard.
    fn die(&mut self, effect: Effect<LedgerContext>, torn: bool) -> Result<Resume<LedgerContext>, &'static str> {
        if torn && matches!(effect, Effect::SignVote(..) | Effect::SignProposal(..)) {
            let before = fs::read(&self.guard_file).unwrap();
            let _ = self.answer(effect);
            let mut after = fs::read(&self.guard_file).unwrap();
            let half = after.len() / 2;
            after[half..].copy_from_slice(&before[half..]);
            fs::write(&self.guard_file, after).unwrap();
        }
        self.ended = Some(Ended::Died);
        Err("the process ends here")
    }

    fn answer(&mut self, effect: Effect<LedgerContext>) -> Result<Resume<LedgerContext>, &'static str> {
        match effect {
            Effect::CancelAllTimeouts(r) => {
                self.timers.clear();
                Ok(r.resume_with(()))
            }
            Effect::CancelTimeout(timeout, r) => {
                self.timers.retain(|(other, _)| *other != timeout);
                Ok(r.resume_with(()))
            }
            Effect::ScheduleTimeout(timeout, r) => {
                self.timers.retain(|(other, _)| *other != timeout);
                self.timers_begun += 1;
                self.timers.push((timeout, self.timers_begun));
                let lasts = self.timeouts.duration_for(timeout);
                self.out.push(Output::Timer(timeout, lasts, self.timers_begun));
                Ok(r.resume_with(()))
            }
            Effect::StartRound(height, round, proposer, role, r) => {
                self.flush();
                let message = |reply_value| AppMsg::StartedRound { height, round, proposer, role, reply_value };
                let values = self.ask(message).ok_or("no answer")?;
                let mail = |value| Output::Mail(Mail::Value(value, ValueOrigin::Consensus));
                self.out.extend(values.into_iter().map(mail));
                Ok(r.resume_with(()))
            }
            Effect::SignVote(vote, r) => {
                let signed = self.tools.runtime.block_on(self.signer.sign_vote(vote));
                signed.map(|signed| r.resume_with(signed)).map_err(|_| self.not_signed())
            }
            Effect::SignProposal(proposal, r) => {
                let signed = self.tools.runtime.block_on(self.signer.sign_proposal(proposal));
                signed.map(|signed| r.resume_with(signed)).map_err(|_| self.not_signed())
            }
            Effect::VerifySignature(message, key, r) => {
                let signature = message.signature;
                let verified = futures::executor::block_on(async {
                    match &message.message {
                        ConsensusMsg::Vote(vote) => self.verifier.verify_signed_vote(vote, &signature, &key).await,
                        ConsensusMsg::Proposal(proposal) => {
                            self.verifier.verify_signed_proposal(proposal, &signature, &key).await
                        }
                    }
                });
                Ok(r.resume_with(verified.is_ok_and(|result| result.is_valid())))
            }
            Effect::PublishConsensusMsg(message, r) => {
                self.flush();
                self.out.push(Output::Send(Wire::Consensus(message)));
                Ok(r.resume_with(()))
            }
            Effect::Decide(certificate, extensions, r) => {
                self.flush();
                self.out.push(Output::Mail(Mail::Decided(certificate, extensions)));
                Ok(r.resume_with(()))
            }
            Effect::WalAppend(height, entry, r) => {
                self.append(height.0, entry);
                Ok(r.resume_with(()))
            }
            other => self.answer_rest(other),
        }
    }

    fn answer_rest(&mut self, effect: Effect<LedgerContext>) -> Result<Resume<LedgerContext>, &'static str> {
        use malachitebft_core_consensus::LivenessMsg;
        let (output, resume) = match effect {
            Effect::PublishLivenessMsg(message, r) => (Output::Send(Wire::Liveness(message)), r),
            Effect::RepublishVote(vote, r) => (Output::Send(Wire::Liveness(LivenessMsg::Vote(vote))), r),
            Effect::RepublishRoundCertificate(certificate, r) => {
                (Output::Send(Wire::Liveness(LivenessMsg::SkipRoundCertificate(certificate))), r)
            }
            Effect::GetValue(height, round, timeout, r) => {
                let lasts = self.timeouts.duration_for(timeout);
                (Output::Mail(Mail::GetValue(height, round, lasts)), r)
            }
            Effect::RestreamProposal(height, round, valid_round, proposer, value, r) => {
                (Output::Mail(Mail::Restream(height, round, valid_round, proposer, value)), r)
            }
            Effect::Finalize(certificate, extensions, evidence, r) => {
                (Output::Mail(Mail::Finalized(certificate, extensions, evidence)), r)
            }
            Effect::CertVerifiedSyncValue(value, proposer, r) => (Output::Mail(Mail::Synced(value, proposer)), r),
            Effect::CertRejectedSyncValue(peer, _, error, r) => {
                let lied = matches!(error, Error::InvalidCommitCertificate(..));
                (if lied { Output::Blame(self.tools.index_of(peer)) } else { Output::AskAgain }, r)
            }
            other => return self.answer_certificate(other),
        };
        self.out.push(output);
        Ok(resume.resume_with(()))
    }

    fn answer_certificate(&mut self, effect: Effect<LedgerContext>) -> Result<Resume<LedgerContext>, &'static str> {
        use futures::executor::block_on;
        let (context, verifier) = (&LedgerContext, &self.verifier);
        match effect {
            Effect::VerifyCommitCertificate(certificate, set, thresholds, r) => {
                Ok(r.resume_with(block_on(verifier.verify_commit_certificate(context, &certificate, &set, thresholds))))
            }
            Effect::VerifyExtendedCommitCertificate(certificate, set, thresholds, policy, r) => {
                if self.counts_twice {
                    return Ok(r.resume_with(self.count_signers_twice(&certificate, &set)));
                }
                let verified =
                    verifier.verify_extended_commit_certificate(context, &certificate, &set, thresholds, policy);
                Ok(r.resume_with(block_on(verified)))
            }
            Effect::VerifyPolkaCertificate(certificate, set, thresholds, r) => {
                Ok(r.resume_with(block_on(verifier.verify_polka_certificate(context, &certificate, &set, thresholds))))
            }
            Effect::VerifyRoundCertificate(certificate, set, thresholds, r) => {
                Ok(r.resume_with(block_on(verifier.verify_round_certificate(context, &certificate, &set, thresholds))))
            }
            other => {
                self.ended = Some(Ended::Failed(format!("an effect that this chain does not use: {other:?}")));
                Err("an effect that this chain does not use")
            }
        }
    }

    /// Planted: a quorum in which one signer stands several times.
    #[expect(clippy::result_large_err, reason = "the engine's own error")]
    fn count_signers_twice(&self, certificate: &Certificate, set: &Members) -> CertificateVerdict {
        let (height, round, value) = (certificate.height, certificate.round, NilOrVal::Val(certificate.value_id));
        let power = |signature: &ExtendedCommitSignature<LedgerContext>| {
            let member = set.get(&signature.address)?;
            let vote = LedgerContext.new_precommit(height, round, value, signature.address);
            let verified = self.verifier.verify_signed_vote(&vote, &signature.signature, &member.key);
            futures::executor::block_on(verified).ok().filter(|result| result.is_valid()).map(|_| member.power)
        };
        let signed: VotingPower = certificate.commit_signatures.iter().filter_map(power).sum();
        let total = set.ledger().total_power();
        if set.ledger().is_quorum(signed) {
            return Ok(());
        }
        Err(CertificateError::NotEnoughVotingPower { signed, total, expected: total * 2 / 3 + 1 })
    }

    fn not_signed(&mut self) -> &'static str {
        let end = self.signer.ended().borrow().clone();
        self.ended.get_or_insert(match end {
            Some(SigningEnd::Refused(refusal)) => Ended::Refused(refusal.to_string()),
            other => Ended::Failed(format!("no signature: {other:?}")),
        });
        "no signature"
    }

    /// Appends to the log, unless it is being replayed, belongs to another height or this node does not vote.
    fn append(&mut self, height: Height, entry: Input<LedgerContext>) {
        if self.recovering || !self.voting || self.log.sequence() != height.0 {
            return;
        }
        let mut bytes = Vec::new();
        encode_entry(entry, &self.codec, &mut bytes).unwrap();
        self.log.append(&bytes).unwrap();
    }

    fn flush(&mut self) {
        if self.recovering || !self.voting {
            return;
        }
        self.log.flush().unwrap();
        note_synced(&self.log_path, &self.synced);
    }

    /// Entries of the log for this height; another height's are given up.
    pub(super) fn fetch(&mut self, height: Height) -> Vec<Input<LedgerContext>> {
        if !self.voting || self.log.sequence() != height.0 {
            self.log.reset(height.0).unwrap();
            note_synced(&self.log_path, &self.synced);
            return Vec::new();
        }
        if self.log.is_empty() {
            return Vec::new();
        }
        let codec = &self.codec;
        let decode =
            |bytes: std::io::Result<Vec<u8>>| decode_entry(codec, std::io::Cursor::new(bytes.unwrap())).unwrap();
        self.log.iter().unwrap().map(decode).collect()
    }

    /// Asks the host and waits for its answer; `None` if the host has ended, and [`Shell::ended`] says why.
    pub(super) fn ask<T>(&mut self, message: impl FnOnce(Reply<T>) -> AppMsg<LedgerContext>) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        let host = &self.host;
        let answer = self.tools.runtime.block_on(async {
            host.send(message(reply)).await.ok()?;
            answer.await.ok()
        });
        self.take_parts();
        if answer.is_none() {
            self.host_ended();
        }
        answer
    }

    /// Tells the host something that has no answer, and waits until it is done.
    pub(super) fn tell(&mut self, message: AppMsg<LedgerContext>) {
        let host = &self.host;
        let _ = self.tools.runtime.block_on(host.send(message));
        self.ask(|reply| AppMsg::GetHistoryMinHeight { reply });
    }

    fn host_ended(&mut self) {
        // An answer may also be left out, as for a block of another height: then the host goes on.
        if !self.task.as_ref().is_some_and(JoinHandle::is_finished) {
            return;
        }
        let Some(task) = self.task.take() else { return };
        let ended = match self.tools.runtime.block_on(task) {
            _ if self.store.died() => Ended::Died,
            Ok(Ok(End::CaughtUp)) => Ended::CaughtUp,
            Ok(Ok(End::Exit(Exit::Diverged { height }))) => {
                Ended::Failed(format!("execution differs from the block decided at height {height}"))
            }
            other => Ended::Failed(format!("the host ended: {other:?}")),
        };
        self.ended.get_or_insert(ended);
    }

    /// Takes what the host has sent: the parts of one proposal after the other.
    fn take_parts(&mut self) {
        let mut stream = Vec::new();
        while let Ok(NetworkMsg::PublishProposalPart(part)) = self.parts.try_recv() {
            let ends = part.content.is_fin();
            stream.push(part);
            if ends {
                self.out.push(Output::Send(Wire::Stream(std::mem::take(&mut stream))));
            }
        }
        assert!(stream.is_empty(), "a host sends a whole stream at a time");
    }

    /// True if this timer was neither cancelled nor begun again; then it is done.
    pub(super) fn take_timer(&mut self, timeout: Timeout, number: u64) -> bool {
        let before = self.timers.len();
        self.timers.retain(|timer| *timer != (timeout, number));
        before != self.timers.len()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.guard.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retire();
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Notes that the log's file is on disk as long as it is now.
pub(super) fn note_synced(path: &std::path::Path, synced: &AtomicU64) {
    if let Ok(metadata) = fs::metadata(path) {
        synced.store(metadata.len(), Ordering::SeqCst);
    }
}
