//! Conformance vectors: bytes, hashes, proofs and golden bundles of every format, made from the sample consortium.
//!
//! ```text
//! story     one chain in which every action takes effect once
//! formats   JSON files: what each format's bytes are
//! golden    bundles and trust files that have to verify for ever
//! history   version 2 of the trust file
//! mutants   changed bundles, with the verdict that each has to get
//! spec      the examples and tables of docs/spec that are vectors themselves
//! ```
//! Everything is fixed: keys, ids, nonces, times and salts come from names, so the files never change unless a format
//! does. Changing them means approving another format: `YINXIN_REGENERATE_VECTORS=1`.

mod evidence;
pub mod formats;
pub mod golden;
pub mod history;
pub mod mutants;
mod rotation;
mod shapes;
pub mod signatures;
pub mod spec;
pub mod story;

use crate::root;
use serde_json::Value;

/// Set to 1 to write the files in place of comparing them.
pub const REGENERATE: &str = "YINXIN_REGENERATE_VECTORS";

/// A file under the root of the repository, as it has to be.
#[derive(Debug, Clone)]
pub struct VectorFile {
    /// Path from the root of the repository.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl VectorFile {
    /// A file of `tests/vectors`.
    #[must_use]
    pub fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self { path: format!("tests/vectors/{name}"), bytes }
    }

    /// A JSON file of `tests/vectors`, two blanks a level, keys in ascending order.
    #[must_use]
    pub fn json(name: &str, value: &Value) -> Self {
        let mut bytes = serde_json::to_vec_pretty(value).expect("a JSON value can be written");
        bytes.push(b'\n');
        Self::new(name, bytes)
    }
}

/// Every generated file.
///
/// # Errors
/// What reading the pages of docs/spec gives.
pub fn all() -> anyhow::Result<Vec<VectorFile>> {
    let story = story::Story::tell();
    let mut files = formats::files(&story);
    let golden = golden::bundles(&story);
    files.push(mutants::file(&golden, &golden::trust_files(&story)));
    files.extend(golden::files(&story, &golden));
    files.extend(history::files(&story, &golden));
    files.extend(spec::pages(&files)?);
    Ok(files)
}

/// Compares each file with what is in the repository, or writes it if [`REGENERATE`] is 1; gives the paths that differ.
///
/// # Errors
/// What writing gives.
pub fn settle(files: &[VectorFile]) -> anyhow::Result<Vec<String>> {
    let regenerate = std::env::var(REGENERATE).is_ok_and(|value| value == "1");
    let mut different = Vec::new();
    for file in files {
        let path = root().join(&file.path);
        if std::fs::read(&path).is_ok_and(|present| present == file.bytes) {
            continue;
        }
        if regenerate {
            std::fs::create_dir_all(path.parent().expect("a file lies in a directory"))?;
            std::fs::write(&path, &file.bytes)?;
        } else {
            different.push(file.path.clone());
        }
    }
    Ok(different)
}

/// Bytes in lower-case hex, as JSON.
pub(crate) fn hexed(bytes: impl AsRef<[u8]>) -> Value {
    Value::String(hex::encode(bytes))
}
