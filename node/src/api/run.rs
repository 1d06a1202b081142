//! All listeners of a node together.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;

use super::{Api, Archive, Limits, Listener, Operations, ServeError, TlsFiles, consortium, operations, public, serve};
use crate::mempool::Mempool;

/// Where clients are answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Address and port.
    pub listen: SocketAddr,
    /// Certificate and key; needed beyond loopback.
    pub tls: Option<TlsFiles>,
    /// Names under which clients ask, `HOST` or `HOST:PORT`: a signed request names one of them.
    pub authorities: Vec<String>,
}

/// The listeners of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// For members.
    pub consortium: Endpoint,
    /// For everybody, if there is one.
    pub public: Option<Endpoint>,
    /// Health and metrics, for who runs the node.
    pub operations: SocketAddr,
}

/// Binds every listener, then serves until `shutdown` turns true, and some seconds more for requests under way.
///
/// # Errors
/// [`ServeError`] if an address is taken or a TLS file cannot be used; nothing is served then.
pub async fn run(
    config: ApiConfig,
    archive: Arc<dyn Archive>,
    mempool: Arc<Mempool>,
    health: Operations,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let ops = Listener::bind(config.operations, None).await?;
    let members = Listener::bind(config.consortium.listen, config.consortium.tls.as_ref()).await?;
    let everybody = match &config.public {
        Some(endpoint) => Some((Listener::bind(endpoint.listen, endpoint.tls.as_ref()).await?, endpoint)),
        None => None,
    };
    let api = Api::new(archive, mempool);
    let at = |endpoint: &Endpoint| api.clone().known_as(endpoint.authorities.clone(), endpoint.tls.is_some());
    let of_members = consortium(at(&config.consortium), Limits::CONSORTIUM);
    let to_everybody = async {
        if let Some((listener, endpoint)) = everybody {
            serve(listener, public(at(endpoint), Limits::PUBLIC), shutdown.clone()).await;
        }
    };
    tracing::info!(members = %config.consortium.listen, operations = %config.operations, "the API listens");
    tokio::join!(
        serve(ops, operations(health), shutdown.clone()),
        serve(members, of_members, shutdown.clone()),
        to_everybody,
    );
    Ok(())
}
