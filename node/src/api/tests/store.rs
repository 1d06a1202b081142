//! The API over the real store.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::executor::{BuildParams, build_block};
use ledger::light::verify;
use ledger::trust::TrustFile;
use ledger::types::Height;
use tower::ServiceExt;

use crate::api::{Api, Limits, consortium};
use crate::clock::now;
use crate::consensus::ports::StatementPool;
use crate::mempool::fixture::{approve, certify, draft, genesis, key_id, who};
use crate::mempool::{Mempool, Source};
use crate::storage::Store;

#[tokio::test]
async fn what_the_store_holds_is_proven_to_a_client() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&directory.path().join("data"), &genesis()).unwrap());
    let (mempool, _queue) = Mempool::new(store.clone()).unwrap();
    let router = consortium(
        Api::new(store.clone(), mempool.clone()).known_as(["node.test:1".to_owned()], false),
        Limits::CONSORTIUM,
    );
    for statements in [vec![draft(1, now()), draft(2, now())], vec![approve(1, None, now())]] {
        for statement in &statements {
            mempool.submit(statement.encoded(), Source::Local).unwrap();
        }
        let view = store.view().unwrap();
        let parent = view.tip_ref().header.clone();
        let last_commit = (parent.height > Height(0)).then(|| certify(&parent));
        let params = BuildParams { time: now(), proposer: key_id(who::VALIDATOR), last_commit };
        let built = build_block(&view, mempool.as_ref(), params, mempool.candidates(), || false).unwrap();
        assert!(built.refused.is_empty());
        store.persist(&built.block, &certify(&built.block.header), &built.executed).unwrap();
        mempool.on_committed(&built.block, &built.executed);
    }
    let id = draft(2, now()).action().subject().path().replace("certificate/", "");
    let transaction = store.view().unwrap().block(Height(2)).unwrap().unwrap().statements[0].clone();
    let transaction = ledger::statement::SignedStatement::decode(&transaction).unwrap().id();
    let paths = [
        (format!("/v1/certificates/{id}"), StatusCode::OK),
        (format!("/v1/certificates/{id}?at=1"), StatusCode::OK),
        (format!("/v1/certificates/{}", "ff".repeat(16)), StatusCode::NOT_FOUND),
        (format!("/v1/transactions/{transaction}"), StatusCode::OK),
        ("/v1/records?path=parameters&path=validators&path=item/none".to_owned(), StatusCode::OK),
        ("/v1/headers/1".to_owned(), StatusCode::OK),
        ("/v1/validators/3".to_owned(), StatusCode::OK),
        ("/v1/items".to_owned(), StatusCode::OK),
        ("/v1/certificates?office=notary&start=1&limit=1".to_owned(), StatusCode::OK),
        ("/v1/certificates?office=notary&at=1".to_owned(), StatusCode::OK),
    ];
    for (path, status) in paths {
        let mut request =
            Request::builder().uri(&path).header("accept", BUNDLE_MEDIA_TYPE).header("host", "node.test:1");
        for (name, value) in super::signed::headers(who::NOTARY, &path) {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body = axum::body::to_bytes(response.into_body(), 1 << 22).await.unwrap();
        let verified = verify(&Bundle::decode(&body).unwrap(), &TrustFile::of_genesis(&genesis()).unwrap()).unwrap();
        assert!(verified.header().height >= Height(1), "{path}");
    }
}
