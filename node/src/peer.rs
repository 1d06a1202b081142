//! How nodes are named among nodes: where one listens, and another member's node. The one reading of both forms.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use core::fmt;
use core::str::FromStr;

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

/// Where a node listens: `/ip4/ADDRESS/tcp/PORT`, and nothing behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    address: Ipv4Addr,
    port: u16,
}

/// Another member's node: `/ip4/ADDRESS/tcp/PORT/p2p/PEERID`, and nothing behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its network key's id.
    pub id: PeerId,
    /// Where it listens.
    pub place: Place,
}

/// Why a text names no place or peer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} has not the form {form}")]
pub struct PeerParseError {
    text: String,
    form: &'static str,
}

impl Place {
    /// As a socket's address.
    #[must_use]
    pub fn socket(self) -> SocketAddr {
        SocketAddrV4::new(self.address, self.port).into()
    }

    /// As libp2p has it.
    #[must_use]
    pub fn multiaddr(self) -> Multiaddr {
        Multiaddr::empty().with(Protocol::Ip4(self.address)).with(Protocol::Tcp(self.port))
    }

    fn of(address: &Multiaddr) -> Option<Self> {
        let mut parts = address.iter();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Protocol::Ip4(address)), Some(Protocol::Tcp(port)), None) => Some(Self { address, port }),
            _ => None,
        }
    }
}

impl Peer {
    /// As libp2p has it, with the peer's id.
    #[must_use]
    pub fn multiaddr(&self) -> Multiaddr {
        self.place.multiaddr().with(Protocol::P2p(self.id))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.multiaddr().fmt(f)
    }
}

impl FromStr for Place {
    type Err = PeerParseError;

    fn from_str(text: &str) -> Result<Self, PeerParseError> {
        let refused = || PeerParseError { text: text.to_owned(), form: "/ip4/ADDRESS/tcp/PORT" };
        text.parse().ok().as_ref().and_then(Self::of).ok_or_else(refused)
    }
}

impl FromStr for Peer {
    type Err = PeerParseError;

    fn from_str(text: &str) -> Result<Self, PeerParseError> {
        let refused = || PeerParseError { text: text.to_owned(), form: "/ip4/ADDRESS/tcp/PORT/p2p/PEERID" };
        let mut address: Multiaddr = text.parse().map_err(|_| refused())?;
        let Some(Protocol::P2p(id)) = address.pop() else { return Err(refused()) };
        Place::of(&address).map(|place| Self { id, place }).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const PEER: &str = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";

    #[test]
    fn a_peer_is_an_ip4_address_a_tcp_port_and_an_id() {
        let text = format!("/ip4/127.0.1.1/tcp/27001/p2p/{PEER}");
        let peer: Peer = text.parse().unwrap();
        assert_eq!(
            (peer.id.to_string(), peer.place.to_string()),
            (PEER.to_owned(), "/ip4/127.0.1.1/tcp/27001".to_owned())
        );
        assert_eq!(
            (peer.multiaddr().to_string(), peer.place.socket().to_string()),
            (text, "127.0.1.1:27001".to_owned())
        );
    }

    #[test]
    fn nothing_else_names_a_peer_or_a_place() {
        let names =
            ["/dns/example.org/tcp/1", "/ip6/::1/tcp/1", "/ip4/127.0.0.1/udp/1", "/ip4/127.0.0.1/tcp/1/tcp/2", ""];
        for text in names {
            assert!(text.parse::<Place>().is_err(), "{text}");
            assert!(format!("{text}/p2p/{PEER}").parse::<Peer>().is_err(), "{text}");
        }
        let place = "/ip4/127.0.0.1/tcp/1";
        for behind in ["/ws", "/udp/2", &format!("/p2p/{PEER}"), "/p2p/"] {
            assert!(format!("{place}{behind}").parse::<Place>().is_err(), "{behind}");
            assert!(format!("{place}/p2p/{PEER}{behind}").parse::<Peer>().is_err(), "{behind}");
        }
        assert!(place.parse::<Peer>().is_err());
        assert!(format!("{place}/p2p/12D3KooW").parse::<Peer>().is_err(), "an id that is none");
    }
}
