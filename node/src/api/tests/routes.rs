//! The description (OpenAPI) and the routes are the same thing; streams; problems.

use axum::http::StatusCode;
use futures::StreamExt;
use ledger::rejection::{Language, Rejection};

use super::fixture::{TestNode, api};
use crate::api::Problem;
use crate::api::routes::description;
use crate::clock::now;
use crate::mempool::fixture::{draft, who};

#[tokio::test]
async fn the_description_is_served_and_names_every_route() {
    let node = TestNode::with(&[draft(1, now())]);
    let served = node.get("/v1/openapi.json", &[]).await;
    assert_eq!(served.status, StatusCode::OK);
    assert!(served.json()["openapi"].as_str().unwrap().starts_with("3.1"));
    let described = description();
    assert_eq!(served.json()["paths"].as_object().unwrap().len(), described.paths.paths.len());
    let wanted = [
        "/v1/transactions",
        "/v1/transactions/{id}",
        "/v1/certificates",
        "/v1/certificates/{id}",
        "/v1/certificate-lookups/{hash}",
        "/v1/departments/{id}/certificates",
        "/v1/identities/{id}",
        "/v1/cases/{id}",
        "/v1/cases/{id}/entries",
        "/v1/items",
        "/v1/items/{code}",
        "/v1/departments",
        "/v1/departments/{id}",
        "/v1/keys/{id}",
        "/v1/proposals/{id}",
        "/v1/network",
        "/v1/blocks/{height}",
        "/v1/evidence",
        "/v1/headers/{height}",
        "/v1/validators/{height}",
        "/v1/records",
        "/v1/events",
    ];
    let named: Vec<&str> = described.paths.paths.keys().map(String::as_str).collect();
    for path in wanted {
        assert!(named.contains(&path), "{path} is not described");
    }
    assert_eq!(named.len(), wanted.len());
    for (path, operations) in &described.paths.paths {
        assert!(operations.get.is_some() || operations.post.is_some(), "{path}");
        // Every described path is routed: with any value in place of its parameter it is not an unknown address.
        let filled =
            path.replace("{id}", "zz").replace("{hash}", "zz").replace("{code}", "zz").replace("{height}", "1");
        let reply = node.get(&filled, &[]).await;
        let unknown = reply.header("content-type") == "application/problem+json" && reply.slug() == "no-such-address";
        assert!(!unknown, "{path}");
    }
    let public = node.get_public("/v1/openapi.json", &[]).await;
    assert_eq!(public.json()["paths"].as_object().unwrap().len(), 10);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let node = TestNode::with(&[draft(1, now())]);
    assert_eq!(node.get("/v2/x", &[]).await.slug(), "no-such-address");
    let reply = super::fixture::send(&node.consortium, "DELETE", "/v1/network", &[], Vec::new()).await;
    assert_eq!((reply.status, reply.slug().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"));
}

#[test]
fn codes_of_problems_and_rejections_never_meet() {
    let mut codes: Vec<u16> = Problem::ALL.iter().map(|problem| problem.code()).collect();
    codes.extend(Rejection::ALL.iter().map(|rejection| rejection.code()));
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
    for problem in Problem::ALL {
        assert!(problem.code() >= 1000);
        assert!(
            problem.sentence(Language::Chinese).ends_with('。') && problem.sentence(Language::English).ends_with('.')
        );
    }
}

#[tokio::test]
async fn events_go_on_where_the_client_left() {
    let node = TestNode::with(&[draft(1, now())]);
    node.commit(&[draft(2, now())]);
    let api = api(&node.archive, &node.mempool);
    let router = crate::api::consortium(api, crate::api::Limits::CONSORTIUM);
    let mut headers = super::signed::headers(who::NOTARY, "/v1/events");
    headers.push(("last-event-id", "1".to_owned()));
    let mut request = axum::http::Request::builder().uri("/v1/events").header("host", "node.test:1");
    for (name, value) in &headers {
        request = request.header(*name, value);
    }
    let mut request = request.body(axum::body::Body::empty()).unwrap();
    let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 9));
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body().into_data_stream();
    let first = String::from_utf8(body.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.contains("id: 2") && first.contains("event: block"), "{first}");
    assert!(first.contains(&format!("certificate/{}", "02".repeat(16))), "{first}");
    node.commit(&[draft(3, now())]);
    let second = String::from_utf8(body.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(second.contains("id: 3"), "{second}");
    assert_eq!(node.get("/v1/events", &[]).await.slug(), "signature-needed");
}
