//! How fast this disk is for a store: the floor under every height.

use std::path::Path;
use std::time::{Duration, Instant};

use ledger::error::Fault;

use super::database::{Database, Durability, Refused};
use super::tables::values;

/// Bytes of one value; four make a batch of 4 KiB.
const VALUE_BYTES: usize = 1024;

/// Synced batches a second, in a new store in a directory of its own, over a time.
///
/// # Errors
/// The directory cannot be written, or holds a store that another process has opened.
pub fn synced_batches_per_second(path: &Path, length: Duration) -> Result<f64, Fault> {
    let database = Database::open(path).map_err(|refused| match refused {
        Refused::Fault(fault) => fault,
        Refused::Locked => Fault::damaged("the directory of a measurement is in use"),
    })?;
    let (started, mut count) = (Instant::now(), 0u32);
    while started.elapsed() < length {
        let mut batch = database.batch();
        for part in 0..4u32 {
            let key = [count.to_be_bytes(), part.to_be_bytes()].concat();
            batch.put(&values::TABLE, key, [part.to_le_bytes()[0]; VALUE_BYTES]);
        }
        database.write(batch, Durability::Synced)?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
