//! The HTTP API: what departments, their programs and the public ask a node.
//!
//! ```text
//! request ─ limits (connections, rate, size, time) ─ who asks (signed request) ─ one view of the chain ─ answer + proof
//! ```
//! * Three listeners: the consortium's (everything, by read class), the public one (public records by their id and
//!   look-ups by two facts, nothing that lists), and operations (health, readiness, metrics).
//! * Every read answers value or absence, with a bundle that proves it under one signed header; all of it from one
//!   view. The node is never to be trusted for what it says, only for whether it answers.
//! * Errors are problems (RFC 9457) with a stable code, in the reader's language.

mod accept;
mod archive;
mod ask;
mod blocks;
mod cases;
mod certificates;
mod error;
mod events;
mod evidence;
mod handovers;
mod limits;
mod lists;
mod members;
mod network;
mod ops;
mod read;
mod records;
mod routes;
mod run;
mod serve;
mod signed;
mod transactions;
mod view;
mod workers;

#[cfg(test)]
mod tests;

pub use archive::{Archive, ArchiveView};
pub use error::{ApiError, Problem, ProblemDocument};
pub use limits::Limits;
pub use ops::{Health, Operations};
pub use read::{Answer, AsOf};
pub use routes::{consortium, operations, public};
pub use run::{ApiConfig, Endpoint, run};
pub use serve::{Listener, ServeError, TlsFiles, serve};
pub use transactions::{STATEMENT_MEDIA_TYPE, Waiting, WaitingStatement};

use std::sync::Arc;

use events::Streams;
use signed::{Names, Nonces};
use tokio::sync::Semaphore;
use workers::Workers;

use crate::mempool::Mempool;

/// Reads at work for each core. The threads that wait for the disk are shared with consensus, which comes first.
const READS_PER_CORE: usize = 4;

/// What the handlers share, and what is different between listeners. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
    names: Arc<Names>,
    public_only: bool,
}

struct Shared {
    archive: Arc<dyn Archive>,
    mempool: Arc<Mempool>,
    nonces: Nonces,
    submissions: Arc<Workers>,
    outcomes: Arc<Workers>,
    reads: Semaphore,
    streams: Streams,
}

impl Api {
    /// The API over a chain and a pool, for the consortium's listener.
    #[must_use]
    pub fn new(archive: Arc<dyn Archive>, mempool: Arc<Mempool>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = Shared {
            archive,
            mempool,
            nonces: Nonces::default(),
            submissions: Workers::new(cores + 1),
            outcomes: Workers::new(cores),
            reads: Semaphore::new(cores * READS_PER_CORE),
            streams: Streams::default(),
        };
        Self { shared: Arc::new(shared), names: Arc::new(Names::new("http", [])), public_only: false }
    }

    /// Runs work that waits for the disk, a few at once.
    ///
    /// # Errors
    /// What `work` gives; `internal` if it was broken off.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self.shared.reads.acquire().await.map_err(|_| Problem::Busy)?;
        read::blocking(work).await
    }

    /// The same for a listener that is asked under these names, `HOST` or `HOST:PORT`, behind TLS or not: what signed
    /// requests must name. Without names no signed request is taken.
    #[must_use]
    pub fn known_as(mut self, authorities: impl IntoIterator<Item = String>, tls: bool) -> Self {
        self.names = Arc::new(Names::new(if tls { "https" } else { "http" }, authorities));
        self
    }

    /// The same for the public listener.
    #[must_use]
    pub fn for_public(mut self) -> Self {
        self.public_only = true;
        self
    }

    fn archive(&self) -> &dyn Archive {
        self.shared.archive.as_ref()
    }

    fn mempool(&self) -> &Arc<Mempool> {
        &self.shared.mempool
    }

    fn nonces(&self) -> &Nonces {
        &self.shared.nonces
    }

    /// Judge submissions; few, so that consensus has its share of the cores.
    fn submissions(&self) -> &Arc<Workers> {
        &self.shared.submissions
    }

    /// Prove to who submitted that a statement is committed.
    fn outcomes(&self) -> &Arc<Workers> {
        &self.shared.outcomes
    }

    fn streams(&self) -> &Streams {
        &self.shared.streams
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn is_public(&self) -> bool {
        self.public_only
    }
}
