//! The way of a statement into the pool.

use std::sync::Arc;

use ledger::executor::{CheckError, check_statement};
use ledger::rejection::Rejection;
use ledger::statement::{SignedStatement, StatementId};
use ledger::types::{Height, TimeMs};

use super::pool::{Entry, may_depend};
use super::{Mempool, Source, SubmitError, Submitted};
use crate::clock::now;
use crate::fail_points::{Point, pass};

/// A record that changes while a statement about it is judged is looked at again this often.
const ATTEMPTS_MAX: usize = 3;

/// The rules' answer to a statement that is not refused for good.
struct Judged {
    /// Height of the state that it was judged on.
    height: Height,
    /// Why it is held, if it is.
    held: Option<Rejection>,
}

impl Mempool {
    /// Takes a statement, or says why not. Blocks for a few look-ups and signature checks: call it off the async
    /// threads. Submissions run side by side.
    ///
    /// # Errors
    /// [`SubmitError`]; the pool is as before then.
    pub fn submit(&self, bytes: &[u8], source: Source) -> Result<Submitted, SubmitError> {
        self.submit_at(bytes, source, now())
    }

    /// [`Mempool::submit`] at a given time of this machine's clock.
    pub(super) fn submit_at(&self, bytes: &[u8], source: Source, now: TimeMs) -> Result<Submitted, SubmitError> {
        let statement = SignedStatement::decode(bytes).map_err(|source| SubmitError::Unreadable { source })?;
        let (id, statement) = (statement.id(), Arc::new(statement));
        {
            let mut pool = self.lock();
            pool.expire(now);
            if pool.contains(&id) {
                if source == Source::Local {
                    pool.adopt(&id);
                }
                return Ok(Submitted { id, fresh: false });
            }
            pool.room(&statement.key(), &statement.claims().iss, bytes.len())?;
        }
        let mut attempts = 0;
        loop {
            attempts += 1;
            let judged = self.judge(&statement, id, source, now)?;
            let entry = Entry {
                id,
                statement: Arc::clone(&statement),
                told_at: now,
                local: source == Source::Local,
                held: judged.held.is_some(),
            };
            match self.take(entry, judged.height)? {
                Taken::Fresh => return Ok(self.announce(statement, id, source)),
                Taken::Double => return Ok(Submitted { id, fresh: false }),
                Taken::Stale if attempts < ATTEMPTS_MAX => {}
                Taken::Stale => {
                    // Blocks come faster than this thread: let the sender try again.
                    return Err(judged
                        .held
                        .map_or(SubmitError::PoolFull, |rejection| SubmitError::Rejected { id, rejection }));
                }
            }
        }
    }

    /// Verifies, remembers, and asks the rules.
    fn judge(
        &self,
        statement: &SignedStatement,
        id: StatementId,
        source: Source,
        now: TimeMs,
    ) -> Result<Judged, SubmitError> {
        let view = self.chain.snapshot()?;
        let height = view.tip()?.header.height;
        let authentic = self.verified.verify(view.as_ref(), statement)?;
        let rejection = match check_statement(view.as_ref(), self, statement, now) {
            Ok(()) => return Ok(Judged { height, held: None }),
            Err(CheckError::Rejected(rejection)) => rejection,
            Err(CheckError::Fault(fault)) => return Err(fault.into()),
        };
        let mut pool = self.lock();
        let claims = statement.claims();
        if authentic && may_depend(rejection) && pool.may_hold(&claims.iss) && pool.has_about(&claims.sub) {
            return Ok(Judged { height, held: Some(rejection) });
        }
        // What nobody authentic sent is not worth remembering, and a replay is in the store.
        if authentic && source == Source::Local && rejection != Rejection::Replayed {
            let expires = statement.claims().expires().min(now.plus(ledger::limits::STATEMENT_LIFETIME_MS_MAX));
            pool.remember_refused(id, rejection, expires);
        }
        Err(SubmitError::Rejected { id, rejection })
    }

    /// Puts a statement that was judged on the state after `height` into the maps.
    fn take(&self, entry: Entry, height: Height) -> Result<Taken, SubmitError> {
        pass(Point::StatementJudged);
        let mut pool = self.lock();
        if pool.contains(&entry.id) {
            return Ok(Taken::Double);
        }
        let statement = &entry.statement;
        pool.room(&statement.key(), &statement.claims().iss, statement.encoded().len())?;
        if pool.tip() > height || (entry.held && !pool.has_about(&entry.statement.claims().sub)) {
            return Ok(Taken::Stale);
        }
        pool.insert(entry);
        Ok(Taken::Fresh)
    }

    /// Hands a local statement to the gossip, then wakes consensus.
    fn announce(&self, statement: Arc<SignedStatement>, id: StatementId, source: Source) -> Submitted {
        if source == Source::Local {
            pass(Point::StatementPooled);
        }
        if source == Source::Local && self.announcements.try_send(statement).is_err() {
            metrics::counter!("yinxin_mempool_announcements_dropped").increment(1);
        }
        self.wake.notify_one();
        Submitted { id, fresh: true }
    }
}

/// What came of putting a statement into the maps.
enum Taken {
    /// It waits now.
    Fresh,
    /// It waited already.
    Double,
    /// A block came in between: the answer may be another one now.
    Stale,
}
