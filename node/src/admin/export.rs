//! `export`: every block with its certificate in one file, for who checks the chain with a program of their own, and for
//! `import`. The form is [`ledger::export`]'s.

use super::{AdminError, Unsound, io_error};
use crate::home::Home;
use crate::storage::{Store, StoreOptions, StoreView};
use ledger::codec;
use ledger::evidence::Evidence;
use ledger::export::{Decided, Misconduct};
use ledger::types::Height;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes every block of a stopped node's store to a new file; gives their number.
///
/// # Errors
/// [`AdminError::Exists`] if the file is there; others if store or file fail.
pub fn export(home: &Home, to: &Path) -> Result<u64, AdminError> {
    let genesis = home.genesis()?;
    let store = Store::open_existing(&home.data(), &genesis, StoreOptions::default())?;
    let file = match File::create_new(to) {
        Ok(file) => BufWriter::new(file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(AdminError::Exists { path: to.to_owned(), advice: "name a file that does not exist yet" });
        }
        Err(error) => return Err(io_error("making", to)(error)),
    };
    let view = store.view()?;
    write(&view, &codec::encode(&genesis), file, to)?;
    Ok(view.height().0)
}

fn write(view: &StoreView, genesis: &[u8], mut file: BufWriter<File>, to: &Path) -> Result<(), AdminError> {
    file.write_all(genesis).map_err(io_error("writing", to))?;
    for height in (1..=view.height().0).map(Height) {
        file.write_all(&codec::encode(&decided(view, height)?)).map_err(io_error("writing", to))?;
    }
    let file = file.into_inner().map_err(|error| io_error("writing", to)(error.into_error()))?;
    file.sync_all().map_err(io_error("syncing", to))
}

fn decided(view: &StoreView, height: Height) -> Result<Decided, AdminError> {
    let missing = |what| AdminError::from(Unsound::Missing { height, what });
    let block = view.block(height)?.ok_or_else(|| missing("block"))?;
    let certificate = view.certificate(height)?.ok_or_else(|| missing("certificate"))?;
    let shown = |kept: Evidence| Misconduct { validator: kept.key, evidence: codec::encode(&kept).into() };
    let misconduct = view.evidence_of(height)?.into_iter().map(shown).collect();
    Ok(Decided { block, certificate, misconduct })
}
