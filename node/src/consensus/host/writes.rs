//! The store's writes: one at a time, and none unnoticed.
//!
//! A write runs on a blocking thread and goes on when the host that began it is dropped. The next host must not read the
//! tip before that write is done, or it would ask for a block that the write takes away.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::super::Fault;
use super::blocking;

/// Shared by all hosts of one store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes(Arc<Mutex<()>>);

impl Writes {
    /// Runs a write on a blocking thread, after those that were begun before.
    ///
    /// # Errors
    /// [`Fault::Panicked`] if it panicked.
    pub(super) async fn run<T: Send + 'static>(&self, write: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let turn = self.0.clone().lock_owned().await;
        blocking(move || {
            let _turn = turn;
            write()
        })
        .await
    }

    /// Waits until no write is under way.
    pub(crate) async fn finish(&self) {
        drop(self.0.lock().await);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_write_that_nobody_waits_for_any_more_is_waited_for() {
        let (writes, done) = (Writes::default(), Arc::new(AtomicBool::new(false)));
        let (begin, begun) = oneshot::channel();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let flag = done.clone();
        let write = writes.run(move || {
            begin.send(()).unwrap();
            held.recv().unwrap();
            flag.store(true, Ordering::SeqCst);
        });
        tokio::select! {
            _ = write => panic!("it is held"),
            told = begun => told.unwrap(),
        }
        let finish = tokio::spawn(async move {
            writes.finish().await;
            done.load(Ordering::SeqCst)
        });
        tokio::task::yield_now().await;
        release.send(()).unwrap();
        assert!(finish.await.unwrap(), "the write was done when the wait for it ended");
    }
}
