//! Listening: bounded connections, bounded time for heads, TLS when configured.
//!
//! `axum::serve` sets no time limit for request heads, so a thousand half-open connections would hold a thousand
//! sockets for ever. Here each connection needs a permit before it is accepted, has five seconds for each head and for
//! the TLS handshake, and is closed when it idles longer.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Time for the head of a request, for the TLS handshake, and between two requests of one connection.
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
/// Bytes of a head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Connections of one listener, if the process may open enough files.
const CONNECTIONS_MAX: usize = 2_048;
/// How long requests under way may take when the node ends.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// Certificate chain and key, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// A bound listener.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
}

/// Why a listener could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the certificate cannot be used.
    #[error("cannot use the TLS file {}: {reason}", path.display())]
    TlsFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Certificate and key do not fit.
    #[error("the TLS certificate and its key do not fit: {source}")]
    Tls {
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

impl Listener {
    /// Binds an address, with TLS 1.2 and 1.3 if files are given.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn bind(address: SocketAddr, tls: Option<&TlsFiles>) -> Result<Self, ServeError> {
        let tls = tls.map(acceptor).transpose()?;
        let tcp = TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })?;
        Ok(Self { tcp, tls })
    }

    /// The address, with the port that was found for port 0.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServeError> {
    let unusable = |path: &PathBuf, reason: String| ServeError::TlsFile { path: path.clone(), reason };
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unusable(&files.certificate, error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unusable(&files.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|source| ServeError::Tls { source })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `stop` turns true; then lets requests under way finish for some seconds.
pub async fn serve(listener: Listener, router: Router, stop: watch::Receiver<bool>) {
    let connections_max = connections_max();
    let room = Arc::new(Semaphore::new(connections_max));
    let mut ended = stop.clone();
    let accepting = async {
        loop {
            // The permit comes first: without one, callers wait in the system's queue and hold no file here.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
            match listener.tcp.accept().await {
                Ok((stream, peer)) => {
                    let connection = converse(stream, peer, listener.tls.clone(), router.clone(), stop.clone());
                    tokio::spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // Out of files or a caller gone: others may still be served.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stopped(&mut ended) => {}
    }
    // New callers are refused from here on.
    drop(listener);
    let everybody = u32::try_from(connections_max).unwrap_or(u32::MAX);
    let drained = tokio::time::timeout(DRAIN_TIME_MAX, room.acquire_many(everybody)).await;
    if drained.is_err() {
        tracing::info!("connections were cut off at the end");
    }
}

/// Returns once the node ends.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody can tell any more: the node ends too.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    // A small answer is not held back for more.
    let _ = stream.set_nodelay(true);
    match tls {
        None => answer(stream, peer, router, stop).await,
        Some(tls) => match tokio::time::timeout(HEAD_TIME_MAX, tls.accept(stream)).await {
            Ok(Ok(stream)) => answer(stream, peer, router, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

async fn answer<S>(stream: S, peer: SocketAddr, router: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_buf_size(HEAD_BYTES_MAX).max_headers(64);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Each of up to three listeners takes a quarter of the files that this process may open at most; the last quarter and
/// what they do not use is for the store and the other rooms.
fn connections_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|rest| rest.split_whitespace().next()).and_then(|soft| soft.parse::<usize>().ok());
    files.map_or(CONNECTIONS_MAX, |files| (files / 4).clamp(16, CONNECTIONS_MAX))
}
