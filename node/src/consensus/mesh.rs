//! Who is connected, in voting power.

use std::collections::BTreeSet;

use ledger::crypto::KeyId;
use malachitebft_engine::network::NetworkStateDump;

use super::context::{Address, Members};

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
