//! Files that are certified: read piece by piece, refused when they are not what an office hands out.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use identity::{DocumentHasher, Fingerprint};
use ledger::types::Text;

use crate::error::CliError;
use crate::reason::why;

/// The largest file that is certified.
pub(crate) const DOCUMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// A PDF ends with this mark within its last kilobyte (ISO 32000-1 annex H.3).
const END_MARK: &[u8] = b"%%EOF";
const TAIL_BYTES: u64 = 1024;
/// `%PDF-1.4` and the shortest end.
const PDF_BYTES_MIN: u64 = 16;

/// Fingerprint of a finished certificate, which is a PDF file of at most 100 MiB.
///
/// What it does NOT check: that a reader can show the file. It must begin and end as PDF files do, so that no
/// half-copied or wrong file is certified by mistake.
///
/// # Errors
/// `FileTooBig` before anything is read; `NotPdf`; `FileRead`.
pub(crate) fn pdf(path: &Path) -> Result<Fingerprint, CliError> {
    let mut file = File::open(path).map_err(CliError::read(path))?;
    let refused = |key| CliError::NotPdf { path: path.to_owned(), reason: why(key) };
    let meta = file.metadata().map_err(CliError::read(path))?;
    if !meta.is_file() {
        return Err(refused("reason-pdf-regular"));
    }
    if meta.len() > DOCUMENT_BYTES_MAX {
        return Err(CliError::FileTooBig { path: path.to_owned(), size_bytes_max: DOCUMENT_BYTES_MAX });
    }
    let mut head = [0; 5];
    let begins = meta.len() >= PDF_BYTES_MIN && file.read_exact(&mut head).is_ok() && head == *b"%PDF-";
    if !begins {
        return Err(refused("reason-pdf-head"));
    }
    file.seek(SeekFrom::Start(meta.len().saturating_sub(TAIL_BYTES))).map_err(CliError::read(path))?;
    let mut tail = Vec::new();
    (&mut file).take(TAIL_BYTES).read_to_end(&mut tail).map_err(CliError::read(path))?;
    if !tail.windows(END_MARK.len()).any(|window| window == END_MARK) {
        return Err(refused("reason-pdf-end"));
    }
    file.rewind().map_err(CliError::read(path))?;
    let print = fingerprint(path, file)?;
    // The file must not have grown or shrunk while it was read.
    if print.size_bytes == meta.len() { Ok(print) } else { Err(refused("reason-changed")) }
}

/// Fingerprint of any file of at most 100 MiB.
///
/// # Errors
/// `FileTooBig`; `FileRead`.
pub(crate) fn any(path: &Path) -> Result<Fingerprint, CliError> {
    fingerprint(path, File::open(path).map_err(CliError::read(path))?)
}

/// Fingerprint of a file, or of stdin for the name `-`.
///
/// # Errors
/// As [`any`].
pub(crate) fn any_or_stdin(path: &Path) -> Result<Fingerprint, CliError> {
    if path == Path::new("-") { fingerprint(path, std::io::stdin().lock()) } else { any(path) }
}

fn fingerprint(path: &Path, mut source: impl Read) -> Result<Fingerprint, CliError> {
    let mut hasher = DocumentHasher::new();
    let mut piece = vec![0; 64 * 1024];
    let mut size_bytes = 0u64;
    loop {
        let length = source.read(&mut piece).map_err(CliError::read(path))?;
        if length == 0 {
            return Ok(hasher.finish());
        }
        size_bytes += length as u64;
        if size_bytes > DOCUMENT_BYTES_MAX {
            return Err(CliError::FileTooBig { path: path.to_owned(), size_bytes_max: DOCUMENT_BYTES_MAX });
        }
        hasher.update(&piece[..length]);
    }
}

/// A file's own name, where it can be shown to people without harm.
pub(crate) fn name(path: &Path) -> Option<Text> {
    let name = path.file_name()?.to_str()?;
    identity::commitment::canonical_text(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(bytes: &[u8]) -> Result<Fingerprint, CliError> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.pdf");
        std::fs::write(&path, bytes).expect("written");
        pdf(&path)
    }

    #[test]
    fn a_pdf_is_taken_and_nothing_else() {
        let whole = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n";
        let print = judged(whole).expect("a PDF");
        assert_eq!(print.size_bytes, whole.len() as u64);
        assert_eq!(print.digest, ledger::crypto::Hash::sha256(whole));
        for wrong in [&b""[..], b"%PDF", b"PK\x03\x04 not a PDF at all %%EOF", b"%PDF-1.7\ncut in the middle of it"] {
            assert!(matches!(judged(wrong), Err(CliError::NotPdf { .. })), "{wrong:?}");
        }
        let mut trailing = whole.to_vec();
        trailing.extend([0; 4096]);
        assert!(matches!(judged(&trailing), Err(CliError::NotPdf { .. })), "the end lies too far back");
    }

    #[test]
    fn a_file_above_the_bound_is_refused_unread() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("a.pdf");
        let file = File::create(&path).expect("made");
        file.set_len(DOCUMENT_BYTES_MAX + 1).expect("sparse");
        assert!(matches!(pdf(&path), Err(CliError::FileTooBig { .. })));
        assert!(matches!(any(&path), Err(CliError::FileTooBig { .. })));
    }

    #[test]
    fn a_directory_and_a_missing_file_are_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        assert!(matches!(pdf(directory.path()), Err(CliError::NotPdf { .. } | CliError::FileRead { .. })));
        assert!(matches!(pdf(&directory.path().join("none")), Err(CliError::FileRead { .. })));
    }
}
