//! Reads of public records and lists, each verified from the genesis hash.

use axum::http::StatusCode;
use ledger::access::ReadClass;
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::commit::{VoteStep, vote_sign_bytes};
use ledger::crypto::Hash;
use ledger::evidence::{Evidence, SignedContent, SignedStep};
use ledger::limits::BUNDLE_BYTES_MAX;
use ledger::record::NotarialCertificate;
use ledger::state::StateKey;
use ledger::types::{Height, RecordId, Round};

use super::fixture::TestNode;
use super::signed::sign_get;
use crate::api::archive::View;
use crate::api::ask::Ask;
use crate::api::lists::{self, Page};
use crate::api::read::{Found, PAGE_BYTES_MAX, respond};
use crate::api::{ApiError, Archive, Problem};
use crate::clock::now;
use crate::mempool::fixture::{approve, department, draft, genesis, key, who};

fn certificate_path(number: u8) -> String {
    format!("/v1/certificates/{}", RecordId([number; 16]))
}

#[tokio::test]
async fn presence_and_absence_are_proven_under_one_header() {
    let node = TestNode::with(&[draft(1, now())]);
    let key = StateKey::certificate(&RecordId([1; 16]));
    for reply in [node.get(&certificate_path(1), &[]).await, node.get_public(&certificate_path(1), &[]).await] {
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.json()["data"]["status_now"], "draft");
        assert_eq!(reply.json()["as_of"]["height"], 1);
        let verified = reply.verified();
        assert_eq!(reply.json()["as_of"]["root"], verified.header().state_root.to_string());
        assert!(verified.record::<NotarialCertificate>(&key).unwrap().is_some());
    }
    let absent = node.get(&certificate_path(2), &[]).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    assert!(absent.json()["data"].is_null());
    let key = StateKey::certificate(&RecordId([2; 16]));
    assert!(absent.verified().record::<NotarialCertificate>(&key).unwrap().is_none());
    let lookup = node.get_public(&format!("/v1/certificate-lookups/{}", "ab".repeat(32)), &[]).await;
    assert_eq!(lookup.status, StatusCode::NOT_FOUND);
    assert_eq!(lookup.verified().entries().count(), 1);
}

#[tokio::test]
async fn a_bundle_comes_as_it_is_when_it_is_asked_for_and_is_not_sent_twice() {
    let node = TestNode::with(&[draft(1, now())]);
    let reply = node.get(&certificate_path(1), &[("accept", BUNDLE_MEDIA_TYPE)]).await;
    assert_eq!(reply.header("content-type"), BUNDLE_MEDIA_TYPE);
    assert_eq!(reply.header("etag"), "\"1-bundle\"");
    reply.verified();
    let known = [("accept", BUNDLE_MEDIA_TYPE), ("if-none-match", "\"1-bundle\"")];
    assert_eq!(node.get(&certificate_path(1), &known).await.status, StatusCode::NOT_MODIFIED);
    let weak = [("accept", BUNDLE_MEDIA_TYPE), ("if-none-match", "\"0\", W/\"1-bundle\"")];
    assert_eq!(node.get(&certificate_path(1), &weak).await.status, StatusCode::NOT_MODIFIED);
    let refused = format!("application/json, {BUNDLE_MEDIA_TYPE};q=0");
    let json = node.get(&certificate_path(1), &[("accept", &refused)]).await;
    assert_eq!(json.header("content-type"), "application/json");
    node.commit(&[]);
    assert_eq!(node.get(&certificate_path(1), &known).await.status, StatusCode::OK);
}

#[tokio::test]
async fn past_heights_answer_while_they_are_kept() {
    let node = TestNode::with(&[draft(1, now())]);
    node.commit(&[approve(1, None, now())]);
    let path = certificate_path(1);
    let past = node.get(&format!("{path}?at=1"), &[]).await;
    assert_eq!(past.json()["data"]["status"], "draft");
    assert_eq!(past.verified().header().height.0, 1);
    assert!(past.header("cache-control").contains("immutable"));
    assert_eq!(node.get(&path, &[]).await.json()["data"]["status"], "approved");
    let ahead = node.get(&format!("{path}?at=9"), &[]).await;
    assert_eq!((ahead.status, ahead.slug().as_str()), (StatusCode::NOT_FOUND, "height-ahead"));
    assert_eq!(node.get(&format!("{path}?at=0"), &[]).await.slug(), "bad-request");
    *node.archive.oldest.lock().unwrap() = 2;
    let pruned = node.get(&format!("{path}?at=1"), &[]).await;
    assert_eq!((pruned.status, pruned.slug().as_str()), (StatusCode::GONE, "state-pruned"));
}

#[tokio::test]
async fn before_the_first_block_nothing_can_be_proven() {
    let reply = TestNode::new().get("/v1/network", &[]).await;
    assert_eq!((reply.status, reply.slug().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "no-block-yet"));
    assert_eq!(reply.header("retry-after"), "1");
}

#[tokio::test]
async fn several_records_come_under_one_header() {
    let node = TestNode::with(&[draft(1, now())]);
    let path = format!("/v1/records?path=parameters&path=certificate/{}&path=item/none", RecordId([1; 16]));
    let reply = node.get(&path, &[]).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.verified().entries().count(), 3);
    assert!(reply.json()["data"]["item/none"].is_null());
    assert_eq!(reply.json()["data"]["parameters"]["pace_ms"], 100);
    let many: Vec<String> = (0..65).map(|number| format!("path=item/{number}")).collect();
    let many = node.get(&format!("/v1/records?{}", many.join("&")), &[]).await;
    assert_eq!((many.status, many.slug().as_str()), (StatusCode::BAD_REQUEST, "bad-request"));
    assert_eq!(node.get("/v1/records", &[]).await.slug(), "bad-request");
    let mixed = node.get(&format!("{path}&path=certificates/notary"), &[]).await;
    assert_eq!((mixed.status, mixed.slug().as_str()), (StatusCode::UNAUTHORIZED, "signature-needed"));
}

#[tokio::test]
async fn a_list_is_complete_or_comes_in_proven_pages_of_one_height() {
    let drafts: Vec<_> = (1..=5).map(|number| draft(number, now())).collect();
    let node = TestNode::with(&drafts);
    let list = StateKey::certificates_of(&department("notary"));
    let whole = sign_get(&node, who::POLICE, "/v1/certificates?office=notary").await;
    assert_eq!(whole.status, StatusCode::OK);
    assert!(whole.verified().list(&list).unwrap().is_complete());
    assert_eq!(whole.json()["data"]["items"][4], RecordId([5; 16]).to_string());
    let first = sign_get(&node, who::POLICE, "/v1/departments/notary/certificates?limit=2").await;
    assert_eq!(first.verified().list(&list).unwrap().items.len(), 2);
    node.commit(&[draft(6, now())]);
    let cursor = first.json()["data"]["next"].as_str().unwrap().to_owned();
    let second =
        sign_get(&node, who::POLICE, &format!("/v1/departments/notary/certificates?limit=2&cursor={cursor}")).await;
    let shown = second.verified().list(&list).unwrap().clone();
    assert_eq!((shown.start, shown.length, second.json()["as_of"]["height"].as_u64()), (2, 5, Some(1)));
    let beyond = sign_get(&node, who::POLICE, "/v1/departments/notary/certificates?start=99").await;
    assert_eq!(beyond.json()["data"]["length"], 6);
    beyond.verified();
    let none = sign_get(&node, who::POLICE, "/v1/departments/police/certificates").await;
    assert!(none.verified().list(&StateKey::certificates_of(&department("police"))).unwrap().is_complete());
}

#[tokio::test]
async fn a_page_ends_before_it_is_larger_than_a_bundle_may_be() {
    let drafts: Vec<_> = (1..=5).map(|number| draft(number, now())).collect();
    let node = TestNode::with(&drafts);
    let list = StateKey::certificates_of(&department("notary"));
    let view = View(node.archive.open().unwrap());
    let ask = |query: &str| Ask {
        parameters: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(a, b)| (a.into(), b.into()))
            .collect(),
        ..Ask::default()
    };
    let page = |query: &str| lists::page(&view, &list, 5, Page::of(&mut ask(query)).unwrap()).unwrap();
    let whole = page("limit=5");
    assert_eq!((whole.items.len(), whole.proofs.len(), lists::next(&whole, Height(1), 5)), (5, 0, None));
    *node.archive.item_bytes.lock().unwrap() = 3 * PAGE_BYTES_MAX / 8;
    let first = page("limit=5");
    assert_eq!((first.items.len(), first.proofs.len()), (2, 2));
    let cursor = lists::next(&first, Height(1), 5).unwrap();
    assert_eq!(cursor, "1.2");
    assert_eq!(page(&format!("cursor={cursor}")).items.len(), 2);
    *node.archive.item_bytes.lock().unwrap() = 2 * PAGE_BYTES_MAX;
    assert_eq!(page("start=1&limit=2").items.len(), 1, "one is always shown");
}

#[tokio::test]
async fn an_answer_that_no_client_could_read_is_a_problem() {
    let node = TestNode::with(&[draft(1, now())]);
    let head = node.archive.open().unwrap().signed_header(Height(1)).unwrap().unwrap();
    let found = |bytes: usize| {
        let mut bundle = Bundle::of_head(head.clone());
        bundle.disclosures = vec![vec![0; bytes].into()];
        Found { data: serde_json::json!({}), bundle, class: ReadClass::Public }
    };
    assert_eq!(respond(&Ask::default(), found(BUNDLE_BYTES_MAX - 4096)).unwrap().status(), StatusCode::OK);
    let refused = respond(&Ask::default(), found(BUNDLE_BYTES_MAX));
    assert!(matches!(refused, Err(ApiError::Problem(Problem::AnswerTooLarge, _))));
}

#[tokio::test]
async fn the_network_headers_validators_blocks_and_catalogue_are_proven() {
    let node = TestNode::with(&[draft(1, now())]);
    node.commit(&[]);
    let network = node.get("/v1/network", &[]).await;
    assert_eq!(network.json()["data"]["departments"][1], "notary");
    assert_eq!(network.verified().entries().count(), 3);
    let header = node.get_public("/v1/headers/1", &[]).await;
    assert_eq!(header.verified().headers()[0].1.height.0, 1);
    assert_eq!(node.get("/v1/headers/3", &[]).await.slug(), "height-ahead");
    let validators = node.get("/v1/validators/3", &[]).await;
    assert_eq!(validators.json()["data"]["hash"], validators.verified().header().next_validators.to_string());
    let items = node.get("/v1/items?limit=2", &[]).await;
    assert_eq!(items.json()["data"]["items"].as_array().unwrap().len(), 2);
    let after = items.json()["data"]["next"].as_str().unwrap().to_owned();
    let rest = node.get(&format!("/v1/items?limit=2&after={after}"), &[]).await;
    assert_eq!(rest.json()["data"]["items"][0]["code"], "notarial.birth");
    assert!(rest.json()["data"]["next"].is_null());
    let block = sign_get(&node, who::NOTARY, "/v1/blocks/1").await;
    assert_eq!(block.json()["data"]["count"], 1);
    assert_eq!(block.verified().statements().len(), 1);
    for path in
        ["/v1/items/notarial.birth", "/v1/items/notarial.birth?version=1", "/v1/departments/notary", "/v1/departments"]
    {
        let reply = node.get(path, &[]).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        reply.verified();
    }
}

#[tokio::test]
async fn evidence_is_for_members_and_comes_in_pages_of_files_that_prove_themselves() {
    let node = TestNode::with(&[draft(1, now())]);
    let context = genesis().context();
    let accused = key(who::VALIDATOR);
    let of = |height: u64| {
        let content = |value: u8| {
            let value = Some(Hash([value; 32]));
            let bytes = vote_sign_bytes(&context, Height(height), Round(0), VoteStep::Precommit, value);
            SignedContent { value, valid_round: None, signature: accused.sign(&bytes) }
        };
        let place = (Height(height), Round(0), SignedStep::Precommit);
        Evidence::new(&context, accused.public().id(), place, content(1), content(2)).unwrap()
    };
    *node.archive.evidence.lock().unwrap() = vec![(0, of(1)), (0, of(2)), (1, of(2))];
    assert_eq!(node.get("/v1/evidence", &[]).await.slug(), "signature-needed");
    assert_eq!(node.get_public("/v1/evidence", &[]).await.slug(), "no-such-address");
    let first = sign_get(&node, who::NOTARY, "/v1/evidence?limit=2").await;
    assert_eq!(first.json()["data"]["evidence"].as_array().unwrap().len(), 2);
    assert_eq!(first.json()["data"]["next"], "2.1");
    let rest = sign_get(&node, who::NOTARY, "/v1/evidence?limit=2&start=2.1").await;
    assert!(rest.json()["data"]["next"].is_null());
    let shown = rest.json()["data"]["evidence"][0].clone();
    assert_eq!((shown["height"].as_u64(), shown["number"].as_u64()), (Some(2), Some(1)));
    assert_eq!((shown["department"].as_str(), shown["step"].as_str()), (Some("police"), Some("precommit")));
    let file = hex::decode(shown["encoded"].as_str().unwrap()).unwrap();
    let set = genesis().validator_set().unwrap();
    let guilty = Evidence::decode(&file).unwrap().verify(&context, &set).unwrap();
    assert_eq!(guilty.key, accused.public().id());
    assert_eq!(sign_get(&node, who::NOTARY, "/v1/evidence?start=x").await.slug(), "bad-request");
}
