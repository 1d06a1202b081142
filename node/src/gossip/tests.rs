use super::*;

const PEER: &str = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";

#[test]
fn a_peer_is_an_ip4_address_a_tcp_port_and_an_id() {
    let peer: Peer = format!("/ip4/127.0.1.1/tcp/27001/p2p/{PEER}").parse().unwrap();
    assert_eq!(peer.id.to_string(), PEER);
    assert_eq!(peer.address.to_string(), "/ip4/127.0.1.1/tcp/27001");
}

#[test]
fn names_and_missing_ids_are_refused() {
    for text in [
        format!("/dns/example.org/tcp/1/p2p/{PEER}"),
        format!("/ip6/::1/tcp/1/p2p/{PEER}"),
        "/ip4/127.0.0.1/tcp/1".to_owned(),
        format!("/ip4/127.0.0.1/udp/1/p2p/{PEER}"),
        format!("/ip4/127.0.0.1/tcp/1/tcp/2/p2p/{PEER}"),
        String::new(),
    ] {
        assert!(text.parse::<Peer>().is_err(), "{text}");
    }
}
