//! A node without network: chain in memory, pool, router.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{KeyHash, OwnedValue, Version};
use ledger::block::{Block, SignedHeader};
use ledger::bundle::{BUNDLE_MEDIA_TYPE, Bundle};
use ledger::commit::CommitCertificate;
use ledger::crypto::Hash;
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::light::{Verified, verify};
use ledger::log::Peaks;
use ledger::state::{StateKey, StateView};
use ledger::statement::{SignedStatement, StatementId};
use ledger::trust::TrustFile;
use ledger::types::Height;
use ledger::validator::ValidatorSet;
use serde_json::Value;
use tower::ServiceExt;

use crate::api::{Api, Archive, ArchiveView, Limits, consortium, public};
use crate::clock::now;
use crate::mempool::Mempool;
use crate::mempool::fixture::{TestChain, certify, genesis};

/// The chain with its blocks and certificates.
#[derive(Clone)]
pub(super) struct TestArchive {
    chain: TestChain,
    blocks: Arc<Mutex<Vec<(Block, CommitCertificate)>>>,
    /// Versions of the tree below this one count as pruned.
    pub(super) oldest: Arc<Mutex<u64>>,
    /// Items of lists are at least this long, by zeros after them.
    pub(super) item_bytes: Arc<Mutex<usize>>,
    /// Evidence with its numbers, in order.
    pub(super) evidence: Arc<Mutex<Vec<(u32, Evidence)>>>,
}

impl Archive for TestArchive {
    fn open(&self) -> Result<Box<dyn ArchiveView>, Fault> {
        Ok(Box::new(self.clone()))
    }
}

impl TestArchive {
    fn at(&self, height: Height) -> Option<(Block, CommitCertificate)> {
        let index = usize::try_from(height.0).ok()?.checked_sub(1)?;
        self.blocks.lock().unwrap().get(index).cloned()
    }
}

impl ArchiveView for TestArchive {
    fn signed_header(&self, height: Height) -> Result<Option<SignedHeader>, Fault> {
        Ok(self.at(height).map(|(block, certificate)| SignedHeader { header: block.header, certificate }))
    }
    fn kept_tree_version(&self, height: Height) -> Result<Option<u64>, Fault> {
        let oldest = *self.oldest.lock().unwrap();
        Ok(self.chain.read(|chain| chain.tree_version(height)).filter(|version| *version >= oldest))
    }
    fn list_items(&self, list: &StateKey, start: u64, end: u64) -> Result<Vec<Vec<u8>>, Fault> {
        let (start, count) = (usize::try_from(start).unwrap(), usize::try_from(end - start).unwrap());
        let mut items: Vec<Vec<u8>> =
            self.chain.read(|chain| chain.list(list).iter().skip(start).take(count).cloned().collect());
        let least = *self.item_bytes.lock().unwrap();
        items.iter_mut().for_each(|item| item.resize(item.len().max(least), 0));
        Ok(items)
    }
    fn list_node(&self, list: &StateKey, index: u64) -> Result<Hash, Fault> {
        let mut peaks = Peaks::default();
        let node = self.chain.read(|chain| {
            let hashes = chain.list(list).iter().flat_map(|item| peaks.append(item));
            hashes.into_iter().find(|(found, _)| *found == index)
        });
        node.map(|(_, hash)| hash).ok_or_else(|| Fault::damaged("a hash of a list is missing"))
    }
    fn handovers(&self, _: Height, _: Height, _: usize) -> Result<Vec<Height>, Fault> {
        Ok(Vec::new())
    }
    fn statement(&self, id: &StatementId) -> Result<Option<(Height, u64)>, Fault> {
        let items = self.chain.read(|chain| chain.log_items().to_vec());
        let index = items.iter().position(|item| SignedStatement::decode(item).is_ok_and(|found| found.id() == *id));
        let Some(index) = index.map(|index| index as u64) else { return Ok(None) };
        let blocks = self.blocks.lock().unwrap();
        let block = blocks.iter().find(|(block, _)| block.header.log_size > index).unwrap();
        Ok(Some((block.0.header.height, index)))
    }
    fn block(&self, height: Height) -> Result<Option<Block>, Fault> {
        Ok(self.at(height).map(|(block, _)| block))
    }
    fn validators(&self, _: Height) -> Result<Option<ValidatorSet>, Fault> {
        Ok(Some(genesis().validator_set().unwrap()))
    }
    fn evidence_from(&self, height: Height, number: u32, limit: usize) -> Result<Vec<(u32, Evidence)>, Fault> {
        let kept = self.evidence.lock().unwrap();
        let wanted = |(kept, one): &&(u32, Evidence)| (one.height, *kept) >= (height, number);
        Ok(kept.iter().filter(wanted).take(limit).cloned().collect())
    }
    fn paths_under(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<StateKey>, Fault> {
        let found = |key: &&StateKey| key.path().starts_with(prefix) && after.is_none_or(|after| key.path() > after);
        Ok(self.chain.read(|chain| chain.values().keys().filter(found).take(limit).cloned().collect()))
    }
}

impl StateView for TestArchive {
    fn tip(&self) -> Result<ledger::state::Tip, Fault> {
        self.chain.tip()
    }
    fn value(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Fault> {
        self.chain.value(key)
    }
    fn seen(&self, act: &ledger::crypto::Hash) -> Result<bool, Fault> {
        self.chain.seen(act)
    }
    fn log_node(&self, index: u64) -> Result<ledger::crypto::Hash, Fault> {
        self.chain.log_node(index)
    }
    fn header(&self, height: Height) -> Result<Option<ledger::block::Header>, Fault> {
        self.chain.header(height)
    }
}

impl TreeReader for TestArchive {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        self.chain.read(|chain| chain.get_node_option(key))
    }
    fn get_value_option(&self, max_version: Version, key: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        self.chain.read(|chain| chain.get_value_option(max_version, key))
    }
    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

/// A node, its pool and its routers.
pub(super) struct TestNode {
    pub(super) archive: TestArchive,
    pub(super) mempool: Arc<Mempool>,
    pub(super) consortium: Router,
    pub(super) public: Router,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The stable word of a problem.
    pub(super) fn slug(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.json()["slug"].as_str().unwrap().to_owned()
    }

    /// The proof, verified from the genesis hash.
    pub(super) fn verified(&self) -> Verified {
        let bytes = if self.header("content-type") == BUNDLE_MEDIA_TYPE {
            self.body.clone()
        } else {
            STANDARD.decode(self.json()["proof"].as_str().unwrap()).unwrap()
        };
        let bundle = Bundle::decode(&bytes).unwrap();
        verify(&bundle, &TrustFile::of_genesis(&genesis()).unwrap()).unwrap()
    }
}

/// The API as clients of the tests name it.
pub(super) fn api(archive: &TestArchive, mempool: &Arc<Mempool>) -> Api {
    Api::new(Arc::new(archive.clone()), Arc::clone(mempool)).known_as(["node.test:1".to_owned()], false)
}

impl TestNode {
    /// A node at height 0. Needs a runtime.
    pub(super) fn new() -> Self {
        let chain = TestChain::new();
        let archive = TestArchive {
            chain: chain.clone(),
            blocks: Arc::default(),
            oldest: Arc::default(),
            item_bytes: Arc::default(),
            evidence: Arc::default(),
        };
        let (mempool, _queue) = Mempool::new(Arc::new(chain)).unwrap();
        let api = api(&archive, &mempool);
        let (consortium, public) = (consortium(api.clone(), Limits::CONSORTIUM), public(api, Limits::PUBLIC));
        Self { archive, mempool, consortium, public }
    }

    /// A node with these statements in block 1.
    pub(super) fn with(statements: &[SignedStatement]) -> Self {
        let node = Self::new();
        node.commit(statements);
        node
    }

    /// Submits statements and decides a block.
    pub(super) fn commit(&self, statements: &[SignedStatement]) {
        for statement in statements {
            self.mempool.submit(statement.encoded(), crate::mempool::Source::Local).unwrap();
        }
        let last = self.archive.blocks.lock().unwrap().last().map(|(_, certificate)| certificate.clone());
        let decide = |block: &Block| {
            let certificate = certify(&block.header);
            self.archive.blocks.lock().unwrap().push((block.clone(), certificate));
        };
        self.archive.chain.commit_then(&self.mempool, now(), last, decide);
    }

    pub(super) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        send(&self.consortium, "GET", path, headers, Vec::new()).await
    }

    pub(super) async fn get_public(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        send(&self.public, "GET", path, headers, Vec::new()).await
    }

    pub(super) async fn post(&self, statement: &[u8], headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("content-type", "application/cose")];
        all.extend(headers);
        send(&self.consortium, "POST", "/v1/transactions", &all, statement.to_vec()).await
    }
}

/// One request, as from a client on loopback.
pub(super) async fn send(router: &Router, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header("host", "node.test:1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
    answer(router, request).await
}

/// What a router answers to a request.
pub(super) async fn answer(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 8 * 1024 * 1024).await.unwrap().to_vec();
    Reply { status: parts.status, headers: parts.headers, body }
}
