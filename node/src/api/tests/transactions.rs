//! Submitting statements.

use std::sync::Arc;

use axum::http::StatusCode;
use ledger::bundle::BUNDLE_MEDIA_TYPE;

use super::fixture::TestNode;
use super::signed::sign_get;
use crate::clock::now;
use crate::mempool::fixture::{approve, draft, open_case, who};

#[tokio::test]
async fn a_statement_is_taken_committed_and_proven() {
    let node = TestNode::new();
    let statement = draft(1, now());
    let location = format!("/v1/transactions/{}", statement.id());
    assert_eq!(node.get(&location, &[]).await.status, StatusCode::NOT_FOUND);
    let taken = node.post(statement.encoded(), &[]).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED);
    assert_eq!(taken.header("location"), location);
    assert_eq!(taken.json()["data"]["status"], "pending");
    assert_eq!(node.get(&location, &[]).await.status, StatusCode::ACCEPTED);
    node.commit(&[]);
    let answer = node.get(&location, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["data"]["status"], "committed");
    assert_eq!(answer.json()["data"]["height"], 1);
    assert_eq!(answer.verified().statements()[0].1.id(), statement.id());
    let again = node.post(statement.encoded(), &[]).await;
    assert_eq!((again.status, again.slug().as_str()), (StatusCode::CONFLICT, "replayed"));
    assert_eq!(again.header("location"), location);
    assert_eq!(again.json()["code"], 103);
}

#[tokio::test]
async fn prefer_wait_answers_with_the_proof_once_it_is_committed() {
    let node = Arc::new(TestNode::new());
    let statement = draft(1, now());
    let (waiting, body) = (Arc::clone(&node), statement.encoded().to_vec());
    let wait = [("prefer", "respond-async, wait=20"), ("accept", BUNDLE_MEDIA_TYPE)];
    let reply = tokio::spawn(async move { waiting.post(&body, &wait).await });
    while node.mempool.size().0 == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    node.commit(&[]);
    let reply = reply.await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("preference-applied"), "wait");
    assert_eq!(reply.header("content-type"), BUNDLE_MEDIA_TYPE);
    assert_eq!(reply.verified().statements()[0].1.id(), statement.id());
}

#[tokio::test]
async fn a_statement_that_is_not_public_is_shown_to_who_may_see_it() {
    let node = TestNode::new();
    let statement = open_case(1, now());
    let path = format!("/v1/transactions/{}", statement.id());
    node.commit(std::slice::from_ref(&statement));
    let bundle = [("accept", BUNDLE_MEDIA_TYPE)];
    for reply in [node.get(&path, &[]).await, node.get(&path, &bundle).await, sign_get(&node, who::NOTARY, &path).await]
    {
        assert_eq!((reply.status, reply.header("cache-control")), (StatusCode::OK, "no-store"));
        let told = serde_json::json!({"data": {"id": statement.id().to_string(), "status": "committed", "height": 1}});
        assert_eq!(reply.json(), told, "no more than where it stands");
    }
    let party = sign_get(&node, who::CORRECTIONS, &path).await;
    assert_eq!(party.json()["data"]["statement"]["claims"]["iss"], "corrections");
    assert_eq!(party.verified().statements()[0].1.id(), statement.id());
    assert_eq!(party.header("cache-control"), "no-store");
}

#[tokio::test]
async fn who_submits_a_statement_that_is_not_public_gets_its_proof() {
    let node = Arc::new(TestNode::new());
    let statement = open_case(1, now());
    let (waiting, body) = (Arc::clone(&node), statement.encoded().to_vec());
    let reply = tokio::spawn(async move { waiting.post(&body, &[("prefer", "wait=20")]).await });
    while node.mempool.size().0 == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    node.commit(&[]);
    let reply = reply.await.unwrap();
    assert_eq!((reply.status, reply.json()["data"]["status"].as_str()), (StatusCode::OK, Some("committed")));
    assert_eq!(reply.verified().statements()[0].1.id(), statement.id());
}

#[tokio::test]
async fn a_wait_that_is_over_tells_that_it_is_pending() {
    let node = TestNode::new();
    let reply = node.post(draft(1, now()).encoded(), &[("prefer", "return=minimal, Wait = \"1\"; x=2")]).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    assert_eq!(reply.json()["data"]["status"], "pending");
}

#[tokio::test]
async fn a_refusal_has_a_code_and_a_sentence_in_the_language_asked_for() {
    let node = TestNode::with(&[draft(1, now())]);
    let refused = node.post(approve(2, None, now()).encoded(), &[("accept-language", "en-GB, zh;q=0.5")]).await;
    assert_eq!((refused.status, refused.slug().as_str()), (StatusCode::NOT_FOUND, "record-unknown"));
    assert_eq!(refused.json()["title"], "The ledger has no such record.");
    assert_eq!(refused.header("content-language"), "en");
    let location = refused.header("location").to_owned();
    assert_eq!(node.get(&location, &[]).await.json()["data"]["code"], 305);
    let chinese = node.post(approve(2, None, now()).encoded(), &[("accept-language", "zh-CN, en;q=0.9")]).await;
    assert_eq!(chinese.json()["title"], "账本上没有这条记录。");
}

#[tokio::test]
async fn what_is_no_statement_is_refused_before_it_costs_anything() {
    let node = TestNode::new();
    let junk = node.post(b"junk", &[]).await;
    assert_eq!((junk.status, junk.slug().as_str()), (StatusCode::BAD_REQUEST, "statement-unreadable"));
    let large = node.post(&vec![0; 64 * 1024 + 1], &[]).await;
    assert_eq!((large.status, large.slug().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "body-too-large"));
    let typed = super::fixture::send(&node.consortium, "POST", "/v1/transactions", &[], b"x".to_vec()).await;
    assert_eq!((typed.status, typed.slug().as_str()), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-media-type"));
    let wrong = node.get("/v1/transactions/zz", &[]).await;
    assert_eq!((wrong.status, wrong.slug().as_str()), (StatusCode::BAD_REQUEST, "bad-request"));
    assert_eq!((wrong.json()["rule"].as_str(), junk.json().get("rule")), (Some("hash"), None));
}
