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

mod archive;
mod ask;
mod blocks;
mod cases;
mod certificates;
mod error;
mod events;
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

use handovers::Handovers;
use lists::Lists;
use signed::Nonces;
use tokio::sync::Semaphore;

use crate::mempool::Mempool;

/// Reads at work for each core. The threads that wait for the disk are shared with consensus, which comes first.
const READS_PER_CORE: usize = 4;
/// Event streams of one node.
const STREAMS_MAX: usize = 64;

/// What the handlers share, and what is different between listeners. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
    scheme: &'static str,
    public_only: bool,
}

struct Shared {
    archive: Arc<dyn Archive>,
    mempool: Arc<Mempool>,
    nonces: Nonces,
    handovers: Handovers,
    lists: Lists,
    submissions: Semaphore,
    reads: Semaphore,
    streams: Arc<Semaphore>,
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
            handovers: Handovers::default(),
            lists: Lists::default(),
            submissions: Semaphore::new(cores + 1),
            reads: Semaphore::new(cores * READS_PER_CORE),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        };
        let api = Self { shared: Arc::new(shared), scheme: "http", public_only: false };
        api.read_ahead();
        api
    }

    /// Looks for changes of validators in the whole chain, in the background.
    fn read_ahead(&self) {
        let api = self.clone();
        rayon::spawn(move || {
            let read = api.archive().open().and_then(|view| api.handovers().follow(&archive::View(view), u64::MAX));
            if let Err(fault) = read {
                tracing::error!(%fault, "the changes of validators could not be read");
            }
        });
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

    /// The same behind TLS: signed requests then name `https`.
    #[must_use]
    pub fn behind_tls(mut self) -> Self {
        self.scheme = "https";
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

    fn handovers(&self) -> &Handovers {
        &self.shared.handovers
    }

    fn lists(&self) -> &Lists {
        &self.shared.lists
    }

    fn submissions(&self) -> &Semaphore {
        &self.shared.submissions
    }

    fn streams(&self) -> &Arc<Semaphore> {
        &self.shared.streams
    }

    fn scheme(&self) -> &'static str {
        self.scheme
    }

    fn is_public(&self) -> bool {
        self.public_only
    }
}
