//! The first height of an engine, and the first messages of a round.

use std::time::{Duration, Instant};

use ledger::codec;
use ledger::limits::VALUE_BYTES_MAX;
use ledger::record::{Parameters, Rotation, ValidatorSchedule};
use ledger::state::{StateKey, StateView};
use ledger::types::{Height, Round as LedgerRound};
use malachitebft_app_channel::{NetworkRequest, Reply};
use malachitebft_core_consensus::ProposedValue;
use malachitebft_core_types::{LinearTimeouts, Round, VoteExtensionPolicy};
use malachitebft_engine::host::HeightParams;

use super::super::context::{EngineHeight, LedgerContext, Members, ledger_round};
use super::super::ports::{BlockStore, StatementPool, Undecided};
use super::super::status::Mode;
use super::super::{Fault, mesh};
use super::{End, Host, Next, blocking, receive};
use crate::clock::Clock;
use crate::fail_points::{Point, pass};

/// How long the first height waits for more than two thirds of the power to be connected. Then it starts anyway: the
/// timeouts carry it on. A node whose guard is not settled does not start: it waits [`ASK_WAIT`] and connects anew.
const MESH_WAIT: Duration = Duration::from_secs(10);
const MESH_POLL: Duration = Duration::from_millis(50);
/// After the mesh is up, the time for topic subscriptions and the first statuses to arrive.
const MESH_SETTLE: Duration = Duration::from_millis(300);
const ASK_WAIT: Duration = Duration::from_secs(60);
/// The same for a guard that is not settled: a peer tells its tip each second, from its own start on.
const ASK_SETTLE: Duration = Duration::from_millis(1300);

/// Reads the head and what the next height needs from one snapshot.
///
/// # Errors
/// [`Fault`] if the store cannot be read or lacks the schedule of validators or the parameters.
pub(in crate::consensus) fn next_height<S: BlockStore>(store: &S) -> Result<Next, Fault> {
    let view = store.view()?;
    let head = view.tip()?.header;
    let schedule: ValidatorSchedule = state_value(&view, &StateKey::validators())?;
    let parameters: Parameters = state_value(&view, &StateKey::parameters())?;
    let rotation: Option<Rotation> = optional(&view, &StateKey::rotation())?;
    let (rotation, limit) = (rotation.unwrap_or_else(Rotation::full), parameters.absences_max());
    let turns = rotation.turns(&schedule.current, head.height.next(), limit);
    let pending = schedule.pending.map(|pending| Members::new(pending.validators));
    let members = Members::with_turns(schedule.current, turns);
    if members.ledger().hash() != head.next_validators {
        return Err(ledger::error::Fault::damaged("the validators of the state are not those the head names").into());
    }
    Ok(Next { head_hash: head.hash(), height: head.height.next(), head, members, pending, parameters })
}

fn state_value<T: codec::Cbor>(view: &impl StateView, key: &StateKey) -> Result<T, Fault> {
    let missing = || ledger::error::Fault::damaged(format!("the state has no {key}"));
    Ok(optional(view, key)?.ok_or_else(missing)?)
}

fn optional<T: codec::Cbor>(view: &impl StateView, key: &StateKey) -> Result<Option<T>, Fault> {
    let Some(bytes) = view.value(key)? else { return Ok(None) };
    let damaged = |error| ledger::error::Fault::damaged(format!("{key} of the state cannot be read: {error}"));
    Ok(Some(codec::decode(&bytes, VALUE_BYTES_MAX).map_err(damaged)?))
}

/// Validators, timeouts and pace of the next height.
pub(in crate::consensus) fn height_params(next: &Next) -> HeightParams<LedgerContext> {
    params_of(&next.members, &next.parameters)
}

/// The same, of what they follow from.
pub(in crate::consensus) fn params_of(members: &Members, parameters: &Parameters) -> HeightParams<LedgerContext> {
    let milliseconds = Duration::from_millis;
    let delta = milliseconds(100);
    let timeouts = LinearTimeouts {
        propose: milliseconds(parameters.propose_timeout_ms),
        propose_delta: delta,
        prevote: milliseconds(parameters.vote_timeout_ms),
        prevote_delta: delta,
        precommit: milliseconds(parameters.vote_timeout_ms),
        precommit_delta: delta,
        rebroadcast: milliseconds(1000),
        max_timeout: milliseconds(2000),
    };
    HeightParams::new(members.clone(), timeouts, Some(milliseconds(parameters.pace_ms)))
        .with_vote_extension_policy(VoteExtensionPolicy::Disabled)
}

/// Where this process begins to number its streams: later than any earlier process of this node did.
pub(super) fn stream_nonce(clock: &Clock) -> u64 {
    clock.now().0.saturating_mul(1000)
}

impl<S: BlockStore, P: StatementPool> Host<S, P> {
    /// Gives the engine its first height, once enough of the others are there. While the guard is not settled, they are
    /// asked first how far the chain is.
    ///
    /// # Errors
    /// [`Fault`] of the guard.
    pub(super) async fn start(
        &mut self,
        reply: Reply<(EngineHeight, HeightParams<LedgerContext>)>,
    ) -> Result<Option<End>, Fault> {
        if self.mode == Mode::Voting || self.unguarded {
            let here = self.wait_for_mesh().await;
            if self.unguarded
                && let Some(end) = self.ask(here).await?
            {
                return Ok(Some(end));
            }
        }
        tracing::info!(height = %self.next.height, mode = %self.mode, "consensus starts");
        pass(Point::EngineUnstarted);
        let _ = reply.send((EngineHeight(self.next.height), self.height_params()));
        Ok(None)
    }

    /// What follows from what the others have, for a guard that is not settled; `here` is true if enough were asked.
    async fn ask(&mut self, here: bool) -> Result<Option<End>, Fault> {
        self.asked = here;
        match (self.claimed(), &mut self.mode) {
            (Some(claimed), Mode::SyncOnly { until, .. }) => {
                *until = claimed.max(*until);
                let mode = self.mode.clone();
                self.rooms.status.update(|status| status.mode = mode);
            }
            (Some(claimed), _) => return Ok(Some(End::Behind(claimed))),
            (None, Mode::SyncOnly { .. }) => {}
            (None, _) if !here => return Ok(Some(End::Unasked)),
            (None, _) => {
                let signer = self.rooms.signer.clone();
                blocking(move || signer.settle()).await??;
                self.unguarded = false;
            }
        }
        Ok(None)
    }

    /// The height after the one that others claim, if they have more than this node. More than f say so, hence an
    /// honest one does.
    fn claimed(&self) -> Option<Height> {
        let faults = self.next.members.ledger().faults_tolerated();
        let others = self.rooms.tips.height_of_more_than(faults);
        (others >= self.next.height).then(|| others.next())
    }

    /// Waits for more than two thirds to be connected; false if they were not in time.
    async fn wait_for_mesh(&self) -> bool {
        let begun = Instant::now();
        let set = self.next.members.ledger();
        let wait = if self.unguarded && self.mode == Mode::Voting { ASK_WAIT } else { MESH_WAIT };
        let settle = if self.unguarded { ASK_SETTLE } else { MESH_SETTLE };
        while begun.elapsed() < wait {
            if let Ok(Some(dump)) = NetworkRequest::dump_state(&self.requests).await {
                let power = mesh::connected_power(&dump, &self.next.members, self.rooms.own);
                if set.is_quorum(power) || (self.unguarded && self.claimed().is_some()) {
                    tokio::time::sleep(settle).await;
                    return true;
                }
            }
            tokio::time::sleep(MESH_POLL).await;
        }
        tracing::warn!("less than two thirds of the voting power is connected");
        false
    }

    /// Gives back what this node has for the height: proposals that waited for it, proposals that the clock refused,
    /// and at the first round after a start all undecided blocks on disk.
    pub(super) async fn started_round(
        &mut self,
        height: Height,
        round: Round,
        reply: Reply<Vec<ProposedValue<LedgerContext>>>,
    ) -> Result<(), Fault> {
        self.rooms.status.round(height, ledger_round(round).unwrap_or_default());
        let mut values = Vec::new();
        if height == self.next.height {
            values.extend(self.take_later().await?);
            values.extend(self.ask_clock_again().await?);
            let on_disk = self.undecided().await?;
            let all = self.recalled != Some(height);
            self.recalled = Some(height);
            let wanted = |undecided: &&Undecided| all || ledger_round(round) == Some(undecided.round);
            values.extend(on_disk.iter().filter(wanted).map(receive::valid));
        }
        let mut known = std::collections::BTreeSet::new();
        values.retain(|value| known.insert((value.value, value.round)));
        let _ = reply.send(values);
        Ok(())
    }

    /// The undecided blocks of the next height on disk.
    pub(super) async fn undecided(&self) -> Result<Vec<Undecided>, Fault> {
        let (store, height) = (self.rooms.store.clone(), self.next.height);
        Ok(blocking(move || store.undecided(height)).await??)
    }

    /// Checks proposals that came before this height could be checked.
    async fn take_later(&mut self) -> Result<Vec<ProposedValue<LedgerContext>>, Fault> {
        let mut values = Vec::new();
        for proposed in self.later.take(self.next.height) {
            values.extend(self.check(proposed).await?);
        }
        Ok(values)
    }

    /// Asks the clock once more about proposals that it alone refused.
    async fn ask_clock_again(&mut self) -> Result<Vec<ProposedValue<LedgerContext>>, Fault> {
        let mut values = Vec::new();
        for undecided in std::mem::take(&mut self.early) {
            if undecided.height == self.next.height {
                values.extend(self.check_undecided(undecided).await?);
            }
        }
        Ok(values)
    }
}

/// The first round, for a round that the engine leaves open.
pub(super) fn round_or_first(round: Round) -> LedgerRound {
    ledger_round(round).unwrap_or_default()
}
