//! Listening for real: half-open connections, TLS, rate, the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::fixture::{TestNode, send};
use crate::api::{Api, ApiConfig, Endpoint, Health, Limits, Listener, Operations, TlsFiles, public, run, serve};
use crate::clock::now;
use crate::mempool::fixture::draft;

async fn listening(
    node: &TestNode,
    tls: Option<&TlsFiles>,
) -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), tls).await.unwrap();
    let address = listener.address().unwrap();
    let (stop, stopped) = watch::channel(false);
    (address, stop, tokio::spawn(serve(listener, node.consortium.clone(), stopped)))
}

async fn get(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: node.test:1\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_connections_are_closed_and_others_are_served() {
    let node = TestNode::with(&[draft(1, now())]);
    let (address, stop, served) = listening(&node, None).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut halting = TcpStream::connect(address).await.unwrap();
    halting.write_all(b"GET /v1/network HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let answer = get(TcpStream::connect(address).await.unwrap(), "/v1/network").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let (began, mut rest) = (Instant::now(), Vec::new());
    let patience = Duration::from_secs(9);
    let _ = tokio::time::timeout(patience, silent.read_to_end(&mut rest)).await.expect("a silent connection is closed");
    let _ =
        tokio::time::timeout(patience, halting.read_to_end(&mut rest)).await.expect("a halting connection is closed");
    assert!(began.elapsed() < patience);
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(8), served).await.expect("it ends when asked").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_when_it_is_configured() {
    let node = TestNode::with(&[draft(1, now())]);
    let certificate = rcgen::generate_simple_self_signed(vec!["node.test".to_owned()]).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let files = TlsFiles { certificate: directory.path().join("tls.pem"), key: directory.path().join("tls.key") };
    std::fs::write(&files.certificate, certificate.cert.pem()).unwrap();
    std::fs::write(&files.key, certificate.signing_key.serialize_pem()).unwrap();
    let (address, _stop, _served) = listening(&node, Some(&files)).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("node.test").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    assert!(get(stream, "/v1/network").await.starts_with("HTTP/1.1 200 OK"));
    let wrong = TlsFiles { certificate: files.key.clone(), key: files.certificate.clone() };
    assert!(Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Some(&wrong)).await.is_err());
}

#[tokio::test]
async fn one_address_cannot_ask_without_end() {
    let node = TestNode::with(&[draft(1, now())]);
    let api = Api::new(Arc::new(node.archive.clone()), Arc::clone(&node.mempool));
    let router = public(api, Limits { requests_max: 8, rate_per_second: 1, burst: 3 });
    for _ in 0..3 {
        assert_eq!(send(&router, "GET", "/v1/network", &[], Vec::new()).await.status, StatusCode::OK);
    }
    let refused = send(&router, "GET", "/v1/network", &[], Vec::new()).await;
    assert_eq!((refused.status, refused.slug().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too-many-requests"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_serves_members_everybody_and_operations_apart() {
    let node = TestNode::with(&[draft(1, now())]);
    let mut ports = Vec::new();
    for _ in 0..3 {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        ports.push(free.local_addr().unwrap());
    }
    let config = ApiConfig {
        consortium: Endpoint { listen: ports[0], tls: None, authorities: vec![ports[0].to_string()] },
        public: Some(Endpoint { listen: ports[1], tls: None, authorities: vec![ports[1].to_string()] }),
        operations: ports[2],
    };
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let health = Health { alive: true, ready: false, detail: serde_json::json!({"mode": "following"}) };
    let operations = Operations::new(Arc::new(move || health.clone()), recorder.handle());
    let (stop, stopped) = watch::channel(false);
    let (archive, mempool) = (Arc::new(node.archive.clone()), Arc::clone(&node.mempool));
    let running =
        tokio::spawn(run(config.clone(), archive.clone(), mempool.clone(), operations.clone(), stopped.clone()));
    while TcpStream::connect(ports[1]).await.is_err() || TcpStream::connect(ports[2]).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let asked = async |port: usize, path| get(TcpStream::connect(ports[port]).await.unwrap(), path).await;
    assert!(asked(0, "/v1/items").await.starts_with("HTTP/1.1 200"));
    assert!(asked(1, "/v1/items").await.starts_with("HTTP/1.1 404"));
    assert!(asked(1, "/v1/network").await.starts_with("HTTP/1.1 200"));
    assert!(asked(2, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(asked(2, "/readyz").await.starts_with("HTTP/1.1 503"));
    assert!(asked(2, "/metrics").await.starts_with("HTTP/1.1 200"));
    assert!(asked(0, "/metrics").await.starts_with("HTTP/1.1 404"));
    assert!(run(config, archive, mempool, operations, stopped).await.is_err(), "the addresses are taken");
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(8), running).await.expect("it ends when asked").unwrap().unwrap();
}
