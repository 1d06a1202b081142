//! Who is connected, in voting power; and who is to be.

use std::collections::BTreeSet;

use ledger::crypto::KeyId;
use malachitebft_app_channel::NetworkRequest;
use malachitebft_engine::network::NetworkStateDump;
use tokio::sync::{mpsc, watch};

use super::context::{Address, Members};
use super::engine::named;
use super::peers::PeerTips;
use crate::peer::Peer;

/// Voting power of the members that are connected, plus our own.
///
/// Only nodes of the configuration can connect. Most have proven which member they are; a proof that was lost with one
/// of two connections made at the same time does not come again, so a peer without one counts for a member that has
/// proven nothing yet. Good for waiting until the mesh is up, never for deciding anything.
pub(crate) fn connected_power(dump: &NetworkStateDump, members: &Members, own: KeyId) -> u64 {
    let proven: BTreeSet<&[u8]> = dump.peers.values().filter_map(|peer| peer.consensus_public_key.as_deref()).collect();
    let unproven = dump.peers.values().filter(|peer| peer.consensus_public_key.is_none()).count();
    let here = |address: &Address, key: &[u8; 32]| address.0 == own || proven.contains(key.as_slice());
    let (present, missing): (Vec<_>, Vec<_>) =
        members.all().iter().partition(|member| here(&member.address, &member.key.to_bytes()));
    present.into_iter().chain(missing.into_iter().take(unproven)).map(|member| member.power).sum()
}

/// Peers that are in this node's mesh for every topic it has subscribed to: what it publishes reaches them. The engine
/// looks at its topics once a second.
pub(crate) fn reached(dump: &NetworkStateDump) -> usize {
    let topics = &dump.local_node.subscribed_topics;
    dump.peers.values().filter(|peer| topics.is_subset(&peer.topics)).count()
}

/// Tells a running engine of members that join and leave; never ends.
///
/// `known` is the list from before the engine was built; what the engine is told twice it answers with an error, which
/// says nothing.
pub(crate) async fn follow(
    mut peers: watch::Receiver<Vec<String>>,
    mut known: BTreeSet<String>,
    tips: PeerTips,
    requests: mpsc::Sender<NetworkRequest>,
) {
    loop {
        if peers.changed().await.is_err() {
            // Nobody can change the list any more.
            std::future::pending::<()>().await;
        }
        let wanted: BTreeSet<String> = peers.borrow_and_update().iter().cloned().collect();
        let readable: Vec<Peer> = wanted.iter().filter_map(|text| named(text).ok()).collect();
        tips.meet(&readable);
        for (text, joins) in known.symmetric_difference(&wanted).map(|text| (text, wanted.contains(text))) {
            let Ok(peer) = named::<Peer>(text) else {
                tracing::error!(peer = text, "this is no address of a peer; it is left out");
                continue;
            };
            let address = peer.multiaddr();
            let told = if joins {
                NetworkRequest::add_persistent_peer(&requests, address).await
            } else {
                NetworkRequest::remove_persistent_peer(&requests, address).await
            };
            match told {
                Ok(answer) => tracing::info!(peer = text, joins, ?answer, "the list of peers has changed"),
                // Who watches the engine sees it end.
                Err(_) => std::future::pending().await,
            }
        }
        known = wanted;
    }
}
