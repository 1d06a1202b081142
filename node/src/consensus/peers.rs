//! What peers say about themselves: their tips, and who is connected. Claims, not proofs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ledger::types::Height;
use malachitebft_peer::PeerId;

/// Peers remembered; only allow-listed ones can send a status.
const PEERS_MAX: usize = 1024;
/// A status older than this says nothing: peers send one a second.
const FRESH: Duration = Duration::from_secs(5);
/// A peer that claims more than we have while value sync brings nothing is believed this long, no longer: else one
/// lying member could keep all others from ever resting.
const BELIEVED: Duration = Duration::from_secs(30);

/// The last status of each peer, shared between the codec that decodes them and the host that asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeerTips {
    tips: Arc<Mutex<HashMap<PeerId, Tip>>>,
}

#[derive(Debug)]
struct Tip {
    height: Height,
    seen: Instant,
    /// Our head when the peer was first above it, and since when.
    above: Option<(Height, Instant)>,
}

impl PeerTips {
    /// Notes a status.
    pub(crate) fn note(&self, peer: PeerId, height: Height) {
        self.note_at(peer, height, Instant::now());
    }

    fn note_at(&self, peer: PeerId, height: Height, now: Instant) {
        let mut tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        if tips.len() >= PEERS_MAX && !tips.contains_key(&peer) {
            return;
        }
        let tip = tips.entry(peer).or_insert(Tip { height, seen: now, above: None });
        tip.height = height;
        tip.seen = now;
    }

    /// How many peers claim, freshly and believably, to have more than `head`.
    pub(crate) fn above(&self, head: Height) -> usize {
        self.above_at(head, Instant::now())
    }

    fn above_at(&self, head: Height, now: Instant) -> usize {
        let mut tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        tips.values_mut().filter_map(|tip| tip.claims_above(head, now).then_some(())).count()
    }

    /// The highest fresh claim.
    pub(crate) fn highest(&self) -> Height {
        let now = Instant::now();
        let tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = tips.values().filter(|tip| now.saturating_duration_since(tip.seen) < FRESH);
        fresh.map(|tip| tip.height).max().unwrap_or_default()
    }

    /// The height that more than `count` peers freshly claim to have.
    pub(crate) fn height_of_more_than(&self, count: usize) -> Height {
        let now = Instant::now();
        let tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = tips.values().filter(|tip| now.saturating_duration_since(tip.seen) < FRESH);
        let mut heights: Vec<Height> = fresh.map(|tip| tip.height).collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.get(count).copied().unwrap_or_default()
    }
}

impl Tip {
    fn claims_above(&mut self, head: Height, now: Instant) -> bool {
        if self.height <= head {
            self.above = None;
            return false;
        }
        let since = match self.above {
            Some((judged, since)) if judged == head => since,
            _ => now,
        };
        self.above = Some((head, since));
        now.saturating_duration_since(self.seen) < FRESH && now.saturating_duration_since(since) < BELIEVED
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use malachitebft_app_channel::app::types::Keypair;

    /// The peer id of the key with this seed.
    pub(crate) fn peer(number: u8) -> PeerId {
        let key = Keypair::ed25519_from_bytes([number; 32]).unwrap();
        PeerId::from_bytes(&key.public().to_peer_id().to_bytes()).unwrap()
    }

    #[test]
    fn a_claim_is_believed_for_a_while_and_again_after_progress() {
        let (tips, peer, start) = (PeerTips::default(), peer(1), Instant::now());
        let at = |seconds: u64, head: u64| {
            let now = start + Duration::from_secs(seconds);
            tips.note_at(peer, Height(100), now);
            tips.above_at(Height(head), now)
        };
        assert_eq!(at(0, 100), 0);
        assert_eq!(at(1, 99), 1);
        assert_eq!(at(29, 99), 1);
        assert_eq!(at(40, 99), 0, "it brought nothing for 30 s");
        assert_eq!(at(41, 98), 1, "our head changed");
    }

    #[test]
    fn an_old_status_says_nothing() {
        let (tips, start) = (PeerTips::default(), Instant::now());
        tips.note_at(peer(1), Height(9), start);
        assert_eq!(tips.above_at(Height(8), start + Duration::from_secs(6)), 0);
    }

    #[test]
    fn one_liar_does_not_set_the_height_of_many() {
        let tips = PeerTips::default();
        for (number, height) in [(1, 7), (2, 9), (3, 1_000_000)] {
            tips.note(peer(number), Height(height));
        }
        assert_eq!(tips.height_of_more_than(0), Height(1_000_000));
        assert_eq!(tips.height_of_more_than(1), Height(9));
        assert_eq!(tips.height_of_more_than(5), Height(0));
    }
}
