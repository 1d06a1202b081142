//! Short work for blocking threads, many pieces of it: submissions, and the answers to them when a block is persisted.
//!
//! ```text
//! requests ─▶ line ─▶ worker: one piece after the other, until the line is empty
//!                └──▶ another worker when the line is long, up to a bound
//! ```
//! Waking a thread for each piece would cost more than the piece, and a burst of them would take all cores.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::error::Problem;

/// Pieces of work that wait for each worker before one more is called.
const LINE_OF_WORKER: usize = 8;
/// Pieces that wait at once: twice the requests that a listener takes, since those who gave up leave theirs in the line.
const LINE_MAX: usize = 4_096;

type Piece = Box<dyn FnOnce() + Send>;

/// A few workers and what waits for them.
pub(super) struct Workers {
    line: Mutex<Line>,
    workers_max: usize,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Piece>,
    workers: usize,
}

impl Workers {
    /// At most so many at once.
    pub(super) fn new(workers_max: usize) -> Arc<Self> {
        Arc::new(Self { line: Mutex::default(), workers_max })
    }

    /// Has a piece of work done in its turn, unless nobody waits for it any more by then.
    ///
    /// # Errors
    /// `Busy` if the line is full, `Internal` if the work was broken off.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, done) = oneshot::channel();
        let piece = Box::new(move || {
            if !reply.is_closed() {
                // Who gives up meanwhile is gone; the work is done all the same.
                let _ = reply.send(work());
            }
        });
        if self.put(piece)? {
            let workers = Arc::clone(self);
            tokio::task::spawn_blocking(move || workers.work());
        }
        done.await.map_err(|_| Problem::Internal)
    }

    /// Puts a piece in the line; true if one more worker is to come.
    fn put(&self, piece: Piece) -> Result<bool, Problem> {
        let mut line = self.line();
        if line.waiting.len() >= LINE_MAX {
            return Err(Problem::Busy);
        }
        line.waiting.push_back(piece);
        let more = line.workers < self.workers_max && line.waiting.len() > line.workers * LINE_OF_WORKER;
        line.workers += usize::from(more);
        Ok(more)
    }

    fn work(&self) {
        while let Some(piece) = self.next() {
            // A panic ends the whole process; where it does not, as in tests, the line goes on behind it.
            let _ = catch_unwind(AssertUnwindSafe(piece));
        }
    }

    /// The next piece; a worker that finds none has left.
    fn next(&self) -> Option<Piece> {
        let mut line = self.line();
        let next = line.waiting.pop_front();
        line.workers -= usize::from(next.is_none());
        next
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing is done under the lock that could panic half-way.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_is_done_by_few() {
        let (workers, at_work, most) = (Workers::new(2), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let pieces = (0..200).map(|number| {
            let (workers, at_work, most) = (workers.clone(), at_work.clone(), most.clone());
            tokio::spawn(async move {
                let piece = move || {
                    most.fetch_max(at_work.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(std::time::Duration::from_micros(200));
                    at_work.fetch_sub(1, Ordering::SeqCst);
                    number
                };
                workers.run(piece).await
            })
        });
        for (number, piece) in pieces.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(piece.await.unwrap(), Ok(number));
        }
        assert_eq!(most.load(Ordering::SeqCst), 2, "a long line calls a second one, and no third");
        // The last answer is sent before its worker has looked for more.
        while workers.line().workers > 0 {
            tokio::task::yield_now().await;
        }
        assert!(workers.line().waiting.is_empty());
    }

    #[tokio::test]
    async fn the_line_goes_on_behind_a_panic() {
        let workers = Workers::new(1);
        assert_eq!(workers.run(|| -> u8 { panic!("a bug") }).await, Err(Problem::Internal));
        assert_eq!(workers.run(|| 7).await, Ok(7));
    }
}
