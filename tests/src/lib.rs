//! What the tests share: a sample consortium with fixed keys, chains in memory, and the harness for real nodes.

use std::path::PathBuf;

pub mod cluster;
pub mod sample;
pub mod scale;
pub mod story;
pub mod token;
pub mod vectors;

/// The folder of this package, as cargo says it at run time: a binary from a shared target directory may have been
/// built in another checkout.
///
/// # Panics
///
/// When cargo does not run it.
#[must_use]
pub fn folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests").into()
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    folder().parent().expect("the package lies in the repository").to_path_buf()
}
