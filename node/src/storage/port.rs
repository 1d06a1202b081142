//! The store as consensus sees it.

use super::database::Scan;
use super::tables::{certificates, evidence, height_key, undecided};
use super::{Durability, Store, StoreView};
use crate::consensus::ports::{BlockStore, Undecided};
use crate::fail_points::{Point, pass};
use ledger::block::{Block, Header};
use ledger::codec;
use ledger::commit::CommitCertificate;
use ledger::error::Fault;
use ledger::evidence::Evidence;
use ledger::executor::Executed;
use ledger::state::StateView;
use ledger::types::Height;
use ledger::validator::ValidatorSet;

impl BlockStore for Store {
    type View = StoreView;

    fn tip(&self) -> Result<Header, Fault> {
        Ok(Store::view(self)?.tip_ref().header.clone())
    }

    fn view(&self) -> Result<StoreView, Fault> {
        Store::view(self)
    }

    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, Fault> {
        if height == Height(0) {
            return Ok(None);
        }
        Store::view(self)?.validators(height)
    }

    fn persist(&self, block: &Block, certificate: &CommitCertificate, executed: &Executed) -> Result<(), Fault> {
        Store::persist(self, block, certificate, executed)
    }

    fn block(&self, height: Height) -> Result<Option<Vec<u8>>, Fault> {
        Store::view(self)?.block_bytes(height)
    }

    fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, Fault> {
        Store::view(self)?.certificate(height)
    }

    /// A certificate that fails is not taken: it would replace a proof that holds.
    fn set_certificate(&self, certificate: &CommitCertificate) -> Result<(), Fault> {
        let _writer = self.writer();
        let (view, height) = (Store::view(self)?, certificate.height);
        let (Some(kept), Some(header)) = (view.certificate(height)?, view.header(height)?) else { return Ok(()) };
        if certificate.signatures.len() <= kept.signatures.len() {
            return Ok(());
        }
        let set = view
            .validators(height)?
            .ok_or_else(|| Fault::damaged(format!("the validators of {height} are missing")))?;
        if let Err(error) = certificate.verify(&self.context, &set, header.hash()) {
            tracing::warn!(%height, %error, "a larger certificate fails; the smaller one is kept");
            return Ok(());
        }
        let mut batch = self.database.batch();
        batch.put(&certificates::TABLE, height_key(height), codec::encode(certificate));
        pass(Point::LargerUnwritten);
        self.write(batch, Durability::Later)
    }

    fn history_min_height(&self) -> Result<Height, Fault> {
        Ok(Height(1))
    }

    /// A proposal for a height that is decided is dropped: nobody will ask for it.
    fn put_undecided(&self, undecided: &Undecided) -> Result<(), Fault> {
        let _writer = self.writer();
        if undecided.height <= Store::view(self)?.height() {
            return Ok(());
        }
        let mut batch = self.database.batch();
        batch.put(&undecided::TABLE, undecided::key(undecided), undecided::value(undecided));
        pass(Point::UndecidedUnwritten);
        self.write(batch, Durability::Synced)
    }

    fn undecided(&self, height: Height) -> Result<Vec<Undecided>, Fault> {
        Store::view(self)?.undecided(height)
    }

    /// Beyond the limit of a height nothing is kept: what is there says enough.
    fn put_evidence(&self, found: &Evidence) -> Result<bool, Fault> {
        let _writer = self.writer();
        let height = found.height;
        let (mut number, mut known, end) = (0, false, height_key(height.next()));
        let view = Store::view(self)?;
        view.snapshot().scan(&evidence::TABLE, &height_key(height), Some(&end), |key, row| {
            let (last, kept) = evidence::read(key, row)?;
            (number, known) = (last.saturating_add(1), known || kept.is_of_same_lie(found));
            Ok(Scan::On)
        })?;
        if known || number >= evidence::A_HEIGHT_MAX {
            return Ok(false);
        }
        let mut batch = self.database.batch();
        batch.put(&evidence::TABLE, evidence::key(height, number), codec::encode(found));
        pass(Point::EvidenceUnwritten);
        self.write(batch, Durability::Later)?;
        pass(Point::EvidenceWritten);
        Ok(true)
    }
}
