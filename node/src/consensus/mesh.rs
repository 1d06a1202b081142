//! Who is connected, in voting power.

use std::collections::BTreeSet;

use ledger::crypto::KeyId;
use malachitebft_engine::network::NetworkStateDump;

use super::context::{Address, Members};

/// Voting power of the members that are connected and have proven that their peer id is theirs, plus our own.
pub(crate) fn connected_power(dump: &NetworkStateDump, members: &Members, own: KeyId) -> u64 {
    let proven = dump.peers.values().filter_map(|peer| peer.consensus_public_key.as_deref());
    let keys: BTreeSet<&[u8]> = proven.collect();
    let here = |address: &Address, key: &[u8; 32]| address.0 == own || keys.contains(key.as_slice());
    let power = members.all().iter().filter(|member| here(&member.address, &member.key.to_bytes()));
    power.map(|member| member.power).sum()
}
