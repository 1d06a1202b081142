//! What peers say of their tips: claims, not proofs. What one peer says moves nothing; only what more than f of them say
//! is acted on, because then an honest one is among them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ledger::types::Height;
use malachitebft_engine::network::{Msg, NetworkEvent, NetworkRef, Subscriber};
use malachitebft_engine::util::output_port::{OutputPort, OutputPortSubscriberTrait};
use malachitebft_peer::PeerId;

use super::context::LedgerContext;
use crate::peer::Peer;

/// A status older than this says nothing: peers send one a second.
const FRESH: Duration = Duration::from_secs(5);

/// The last status of each configured peer; of others none is kept.
#[derive(Clone, Debug)]
pub(crate) struct PeerTips {
    tips: Arc<Mutex<HashMap<PeerId, Option<Tip>>>>,
}

#[derive(Clone, Copy, Debug)]
struct Tip {
    height: Height,
    seen: Instant,
}

impl PeerTips {
    /// Of these peers, who have said nothing yet.
    pub(crate) fn of(peers: &[Peer]) -> Self {
        // Both types stand for the same bytes; the engine has a newtype of its own.
        let ids = peers.iter().filter_map(|peer| PeerId::from_bytes(&peer.id.to_bytes()).ok());
        Self { tips: Arc::new(Mutex::new(ids.map(|id| (id, None)).collect())) }
    }

    /// These are the peers from now on; what those who stay have said is kept.
    pub(crate) fn meet(&self, peers: &[Peer]) {
        let met = Self::of(peers);
        let mut tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        let mut met = met.tips.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, tip) in met.iter_mut() {
            *tip = tips.get(id).copied().flatten();
        }
        *tips = core::mem::take(&mut *met);
    }

    /// Notes the statuses of a network from now on. It has checked that each is of the peer that sent it.
    pub(crate) fn listen(&self, network: &NetworkRef<LedgerContext>) {
        let listener = Listener { tips: self.clone(), network: network.clone() };
        if network.cast(Msg::Subscribe(Box::new(listener))).is_err() {
            tracing::warn!("the network ended before its statuses could be heard");
        }
    }

    /// Notes a status of a peer.
    pub(crate) fn note(&self, peer: PeerId, height: Height) {
        self.note_at(peer, height, Instant::now());
    }

    fn note_at(&self, peer: PeerId, height: Height, seen: Instant) {
        let mut tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tip) = tips.get_mut(&peer) {
            *tip = Some(Tip { height, seen });
        }
    }

    /// The height that more than `count` peers freshly claim to have; 0 if fewer have said anything.
    pub(crate) fn height_of_more_than(&self, count: usize) -> Height {
        self.height_of_more_than_at(count, Instant::now())
    }

    fn height_of_more_than_at(&self, count: usize, now: Instant) -> Height {
        let tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = tips.values().flatten().filter(|tip| now.saturating_duration_since(tip.seen) < FRESH);
        let mut heights: Vec<Height> = fresh.map(|tip| tip.height).collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.get(count).copied().unwrap_or_default()
    }

    fn hear(&self, event: &NetworkEvent<LedgerContext>) {
        if let NetworkEvent::Status(peer, status) = event {
            self.note(*peer, status.tip_height.0);
        }
    }
}

/// Hears the events of a network.
struct Listener {
    tips: PeerTips,
    network: NetworkRef<LedgerContext>,
}

impl OutputPortSubscriberTrait<NetworkEvent<LedgerContext>> for Listener {
    fn subscribe_to_port(&self, port: &OutputPort<NetworkEvent<LedgerContext>>) {
        let tips = self.tips.clone();
        // A port forwards to an actor. Nothing is forwarded here, so the network itself stands in for one.
        port.subscribe(self.network.clone(), move |event| {
            tips.hear(&event);
            None
        });
    }
}

impl Subscriber<NetworkEvent<LedgerContext>> for Listener {
    fn send(&self, event: NetworkEvent<LedgerContext>) {
        self.tips.hear(&event);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::consensus::context::EngineHeight;
    use crate::consensus::peer_id;
    use malachitebft_engine::network::Status;

    /// The peer with this number.
    fn configured(number: u8) -> Peer {
        let id = peer_id(&[number; 32]).unwrap();
        format!("/ip4/127.0.0.1/tcp/1/p2p/{id}").parse().unwrap()
    }

    /// The peer id of the key with this seed.
    pub(crate) fn peer(number: u8) -> PeerId {
        PeerId::from_bytes(&configured(number).id.to_bytes()).unwrap()
    }

    fn tips(count: u8) -> PeerTips {
        let peers: Vec<Peer> = (1..=count).map(configured).collect();
        PeerTips::of(&peers)
    }

    #[test]
    fn an_old_status_says_nothing() {
        let (tips, start) = (tips(1), Instant::now());
        tips.note_at(peer(1), Height(9), start);
        assert_eq!(tips.height_of_more_than_at(0, start + Duration::from_secs(4)), Height(9));
        assert_eq!(tips.height_of_more_than_at(0, start + Duration::from_secs(6)), Height(0));
    }

    #[test]
    fn one_liar_does_not_set_the_height_of_many() {
        let tips = tips(3);
        for (number, height) in [(1, 7), (2, 9), (3, 1_000_000), (3, 1 << 62)] {
            tips.note(peer(number), Height(height));
        }
        assert_eq!(tips.height_of_more_than(0), Height(1 << 62));
        assert_eq!(tips.height_of_more_than(1), Height(9));
        assert_eq!(tips.height_of_more_than(5), Height(0));
    }

    #[test]
    fn who_is_no_configured_peer_is_not_heard() {
        let tips = tips(2);
        let status = |number: u8| {
            let status = Status::new(EngineHeight(Height(50)), EngineHeight(Height(1)));
            NetworkEvent::<LedgerContext>::Status(peer(number), status)
        };
        (3..=255).for_each(|stranger| tips.hear(&status(stranger)));
        assert_eq!(tips.height_of_more_than(0), Height(0));
        tips.hear(&status(2));
        assert_eq!((tips.height_of_more_than(0), tips.height_of_more_than(1)), (Height(50), Height(0)));
        assert_eq!(tips.tips.lock().unwrap().len(), 2);
    }
}
