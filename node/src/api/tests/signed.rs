//! Signed requests: who may read what, and what a forged or replayed request meets.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::crypto::Hash;
use ledger::http_signature::{SignatureParameters, SignedRequest};
use ledger::types::RecordId;

use super::fixture::{Reply, TestNode};
use crate::clock::now;
use crate::mempool::fixture::{draft, key, open_case, who};

/// Headers of a request signed now.
fn signed(signer: u8, method: &str, path: &str, nonce: u8, age: u64) -> Vec<(&'static str, String)> {
    let target_uri = format!("http://node.test:1{path}");
    let request = SignedRequest { method, target_uri: &target_uri, content_digest: None };
    let created = now().0 / 1000 - age;
    let nonce = Hash::sha256(&[path.as_bytes(), &[nonce]].concat()).0[..16].try_into().unwrap();
    let parameters = SignatureParameters { created, expires: created + 60, nonce, key: key(signer).public().id() };
    let (input, signature) = request.sign(&parameters, &key(signer));
    vec![("signature-input", input), ("signature", format!("yinxin=:{}:", STANDARD.encode(signature.0)))]
}

/// Headers of a read signed now.
pub(super) fn headers(signer: u8, path: &str) -> Vec<(&'static str, String)> {
    signed(signer, "GET", path, 0, 0)
}

async fn ask(node: &TestNode, path: &str, headers: &[(&'static str, String)]) -> Reply {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    node.get(path, &headers).await
}

/// A read signed now, with a nonce of its own for each path.
pub(super) async fn sign_get(node: &TestNode, signer: u8, path: &str) -> Reply {
    ask(node, path, &signed(signer, "GET", path, signer, 0)).await
}

#[tokio::test]
async fn a_case_is_for_its_parties() {
    let node = TestNode::with(&[open_case(1, now())]);
    let path = format!("/v1/cases/{}", RecordId([1; 16]));
    let nobody = node.get(&path, &[]).await;
    assert_eq!((nobody.status, nobody.slug().as_str()), (StatusCode::UNAUTHORIZED, "signature-needed"));
    assert!(nobody.header("accept-signature").contains("yinxin-read"));
    let stranger = sign_get(&node, who::NOTARY, &path).await;
    assert_eq!((stranger.status, stranger.slug().as_str()), (StatusCode::FORBIDDEN, "not-a-party"));
    let party = sign_get(&node, who::CORRECTIONS, &path).await;
    assert_eq!(party.status, StatusCode::OK);
    assert_eq!(party.json()["data"]["case"]["status"], "open");
    assert_eq!(party.header("cache-control"), "no-store");
    party.verified();
    let entries = sign_get(&node, who::CORRECTIONS, &format!("{path}/entries")).await;
    assert_eq!(entries.status, StatusCode::OK);
    let record = format!("/v1/records?path=correction/{}", RecordId([1; 16]));
    assert_eq!(sign_get(&node, who::NOTARY, &record).await.slug(), "not-a-party");
    assert_eq!(sign_get(&node, who::CORRECTIONS, &record).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_block_and_its_events_leave_out_what_the_reader_may_not_see() {
    let node = TestNode::with(&[open_case(1, now()), draft(1, now())]);
    let stranger = sign_get(&node, who::NOTARY, "/v1/blocks/1").await;
    assert_eq!(stranger.json()["data"]["count"], 2);
    assert_eq!(stranger.json()["data"]["statements"].as_array().unwrap().len(), 1);
    let party = sign_get(&node, who::CORRECTIONS, "/v1/blocks/1").await;
    assert_eq!(party.json()["data"]["statements"].as_array().unwrap().len(), 2);
    assert_eq!(node.get("/v1/blocks/1", &[]).await.slug(), "signature-needed");
}

#[tokio::test]
async fn forged_old_and_replayed_requests_are_refused() {
    let node = TestNode::with(&[draft(1, now())]);
    let path = "/v1/blocks/1";
    let good = signed(who::NOTARY, "GET", path, 1, 0);
    assert_eq!(ask(&node, path, &good).await.status, StatusCode::OK);
    assert_eq!(ask(&node, path, &good).await.slug(), "signature-replayed");
    let invalid = [
        signed(who::NOTARY, "POST", path, 2, 0),
        signed(who::NOTARY, "GET", "/v1/blocks/2", 3, 0),
        signed(who::NOTARY, "GET", path, 4, 120),
        signed(99, "GET", path, 5, 0),
        signed(who::VALIDATOR, "GET", path, 6, 0),
        good[..1].to_vec(),
        good[1..].to_vec(),
        vec![good[0].clone(), ("signature", "yinxin=:AAAA:".to_owned())],
        vec![("signature-input", "yinxin=(".to_owned()), good[1].clone()],
        vec![("signature-input", good[0].1.replace("\"@target-uri\"", "\"@path\"")), good[1].clone()],
        vec![("signature-input", good[0].1.replace("yinxin-read", "other")), good[1].clone()],
        vec![("signature-input", good[0].1.replace("ed25519", "hmac-sha256")), good[1].clone()],
    ];
    for headers in invalid {
        let reply = ask(&node, path, &headers).await;
        assert_eq!(
            (reply.status, reply.slug().as_str()),
            (StatusCode::UNAUTHORIZED, "signature-invalid"),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn a_request_that_names_another_node_is_refused_here() {
    let node = TestNode::with(&[draft(1, now())]);
    let path = "/v1/blocks/1";
    // Signed for another node, which passes it on with its own address in Host: the signature itself would verify.
    let target_uri = format!("http://other.test:1{path}");
    let request = SignedRequest { method: "GET", target_uri: &target_uri, content_digest: None };
    let created = now().0 / 1000;
    let parameters =
        SignatureParameters { created, expires: created + 60, nonce: [7; 16], key: key(who::NOTARY).public().id() };
    let (input, signature) = request.sign(&parameters, &key(who::NOTARY));
    let signature = format!("yinxin=:{}:", STANDARD.encode(signature.0));
    let headers = [("host", "other.test:1"), ("signature-input", input.as_str()), ("signature", signature.as_str())];
    let mut builder = axum::http::Request::builder().uri(path);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let mut replayed = builder.body(axum::body::Body::empty()).unwrap();
    let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    replayed.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let refused = super::fixture::answer(&node.consortium, replayed).await;
    assert_eq!((refused.status, refused.slug().as_str()), (StatusCode::MISDIRECTED_REQUEST, "wrong-authority"));
    // With this node's name in Host the signature is over another URI.
    let headers = [("signature-input", input.clone()), ("signature", signature.clone())];
    assert_eq!(ask(&node, path, &headers).await.slug(), "signature-invalid");
}

#[tokio::test]
async fn another_client_may_choose_label_order_and_leave_the_algorithm_out() {
    let node = TestNode::with(&[draft(1, now())]);
    let path = "/v1/blocks/1";
    let created = now().0 / 1000;
    let parameters = format!(
        "(\"@method\" \"@target-uri\");keyid=\"{}\";nonce=\"{}\";created={created};expires={};tag=\"yinxin-read\"",
        key(who::HEAD).public().id(),
        "AB".repeat(16),
        created + 30,
    );
    let request = SignedRequest { method: "GET", target_uri: "http://node.test:1/v1/blocks/1", content_digest: None };
    let signature = key(who::HEAD).sign(request.base(&parameters).as_bytes());
    let headers = [
        ("signature-input", format!("sig1={parameters}")),
        ("signature", format!("sig1=:{}:", STANDARD.encode(signature.0))),
    ];
    assert_eq!(ask(&node, path, &headers).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_public_listener_serves_no_more_to_who_signs() {
    let node = TestNode::with(&[draft(1, now()), open_case(1, now())]);
    let lists = ["/v1/blocks/1", "/v1/items", "/v1/certificates?office=notary", "/v1/events"];
    let members = ["/v1/records?path=certificates/notary", "/v1/records?path=parameters&path=certificates/notary"];
    let refused = lists.map(|path| (path, StatusCode::NOT_FOUND, "no-such-address")).into_iter();
    for (path, status, slug) in refused.chain(members.map(|path| (path, StatusCode::FORBIDDEN, "not-public"))) {
        let headers = signed(who::NOTARY, "GET", path, 1, 0);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = node.get_public(path, &headers).await;
        assert_eq!((reply.status, reply.slug().as_str()), (status, slug), "{path}");
    }
    let public = node.get_public("/v1/records?path=parameters&path=departments", &[]).await;
    assert_eq!(public.status, StatusCode::OK);
}
