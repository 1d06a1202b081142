//! Files: read with a bound, written whole or not at all, never silently overwritten.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::CliError;
use crate::reason::why;

/// Reads a file of at most `size_bytes_max` bytes.
///
/// # Errors
/// `FileRead`; `FileTooBig`, after reading no more than the bound.
pub(crate) fn read(path: &Path, size_bytes_max: u64) -> Result<Vec<u8>, CliError> {
    let file = File::open(path).map_err(CliError::read(path))?;
    let mut bytes = Vec::new();
    file.take(size_bytes_max + 1).read_to_end(&mut bytes).map_err(CliError::read(path))?;
    if bytes.len() as u64 > size_bytes_max {
        return Err(CliError::FileTooBig { path: path.to_owned(), size_bytes_max });
    }
    Ok(bytes)
}

/// Reads a text file of at most `size_bytes_max` bytes.
///
/// # Errors
/// As [`read`]; `FileFormat` for what is not UTF-8.
pub(crate) fn read_text(path: &Path, size_bytes_max: u64) -> Result<String, CliError> {
    String::from_utf8(read(path, size_bytes_max)?).map_err(|_| CliError::format(path, why("reason-not-utf8")))
}

/// Writes a new file that others may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    write_new(path, bytes, 0o644)
}

/// Writes a new file that its owner alone may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    write_new(path, bytes, 0o600)
}

/// Makes a directory with those above it, or takes one that is there.
///
/// # Errors
/// `NotDirectory` where a file is; `FileWrite`.
pub(crate) fn create_dir(path: &Path) -> Result<(), CliError> {
    fs::create_dir_all(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => {
            CliError::NotDirectory { path: path.to_owned() }
        }
        _ => CliError::write(path)(error),
    })
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), CliError> {
    reserve_as(path, mode)?.fill(bytes)
}

/// A place for a new file that was free and could be written when it was looked at: what cannot be written is known
/// before anything takes effect.
///
/// Nothing stands there before the content is whole: it is written beside the place, under [`UNFINISHED`], and then gets
/// its name, which it takes from no file that came there meanwhile. A command that is ended leaves at most that one.
pub(crate) struct Reserved {
    path: PathBuf,
    mode: u32,
}

/// How the name of a file begins that is not whole yet.
const UNFINISHED: &str = ".yinxin-unfinished-";

/// Reserves the name of a new file that others may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn reserve(path: &Path) -> Result<Reserved, CliError> {
    reserve_as(path, 0o644)
}

/// Reserves the name of a new file that its owner alone may read.
///
/// # Errors
/// `FileExists`; `FileWrite`.
pub(crate) fn reserve_private(path: &Path) -> Result<Reserved, CliError> {
    reserve_as(path, 0o600)
}

fn reserve_as(path: &Path, mode: u32) -> Result<Reserved, CliError> {
    match fs::symlink_metadata(path) {
        Ok(_) => return Err(CliError::FileExists { path: path.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(CliError::write(path)(error)),
    }
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(CliError::write(path)(ErrorKind::IsADirectory.into()));
    }
    let reserved = Reserved { path: path.to_owned(), mode };
    // Made and removed at once: the directory is there and takes files.
    reserved.unfinished()?;
    Ok(reserved)
}

impl Reserved {
    /// Its name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file beside the place, which goes when it is dropped.
    fn unfinished(&self) -> Result<NamedTempFile, CliError> {
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED).permissions(Permissions::from_mode(self.mode));
        builder.tempfile_in(directory).map_err(CliError::write(&self.path))
    }

    /// Writes the content, whole or not at all.
    ///
    /// # Errors
    /// `FileExists` if a file has come there meanwhile; `FileWrite`.
    pub(crate) fn fill(self, bytes: &[u8]) -> Result<(), CliError> {
        let mut file = self.unfinished()?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(CliError::write(&self.path))?;
        file.persist_noclobber(&self.path).map_err(|failed| match failed.error.kind() {
            ErrorKind::AlreadyExists => CliError::FileExists { path: self.path.clone() },
            _ => CliError::write(&self.path)(failed.error),
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("readable").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_command_that_is_ended_leaves_nothing_in_the_way_of_the_next_try() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("(2026)粤佛禅城证字第000003号.yinxin");
        // Ended by a signal, nothing is dropped.
        std::mem::forget(reserve(&path).expect("free"));
        assert_eq!(names(dir.path()), Vec::<String>::new());
        reserve(&path).expect("still free").fill(b"whole").expect("written");
        assert_eq!(fs::read(&path).expect("there"), b"whole");
        assert_eq!(names(dir.path()).len(), 1);
    }

    #[test]
    fn what_is_there_or_comes_there_meanwhile_is_never_overwritten() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("bundle.yinxin");
        let reserved = reserve_private(&path).expect("free");
        fs::write(&path, "of somebody else").expect("written");
        assert!(matches!(reserved.fill(b"mine"), Err(CliError::FileExists { .. })));
        assert!(matches!(reserve(&path), Err(CliError::FileExists { .. })));
        assert!(matches!(create(&path, b"mine"), Err(CliError::FileExists { .. })));
        assert_eq!(fs::read_to_string(&path).expect("there"), "of somebody else");
        assert_eq!(names(dir.path()), ["bundle.yinxin"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told_before_anything_is_sent() {
        let dir = tempfile::tempdir().expect("a directory");
        let long = "x".repeat(300);
        for name in ["none/bundle.yinxin", "new/", &long] {
            assert!(matches!(reserve(&dir.path().join(name)), Err(CliError::FileWrite { .. })), "{name}");
        }
        assert_eq!(names(dir.path()), Vec::<String>::new());
    }

    #[test]
    fn a_private_file_is_its_owners_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret");
        create_private(&path, b"salt").expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}
