//! The file that the attribute lists are kept in.
//!
//! ```text
//! DIR/attribute-lists.log       what was handed out (`records.rs`); grows at its end only
//!     attribute-lists.log.new   a log being made; without meaning until it is renamed
//! ```
//!
//! Each opening writes what it found anew and renames it into place: what the process before wrote
//! and could not sync may be in the operating system's memory only, where a sync no longer finds
//! it, and nothing may be written behind that. A torn end is left out on the way.
//!
//! Must hold: what was appended is durable; after the first failure nothing is appended any more.
//! Not here: that one process at a time uses the directory (the lock of the data directory).

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::Error;
use super::ids::Incarnation;
use super::records::{self, Contents, Header, Record};

/// A log that lists can be appended to.
pub(super) struct Log {
    file: File,
    path: PathBuf,
    salt: u32,
    failed: Option<io::ErrorKind>,
}

impl Log {
    /// Opens the log in a directory, or makes either; also returns what the log holds.
    pub(super) fn open(directory: &Path) -> Result<(Self, Contents), Error> {
        make_directory(directory)?;
        let path = directory.join("attribute-lists.log");
        let found = match fs::read(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => new_header().bytes(),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let contents = records::read(&found).map_err(|fault| Error::unreadable(fault, &path))?;
        let (sound, torn) = found.split_at(contents.sound_bytes);
        if !torn.is_empty() {
            tracing::warn!(
                path = %path.display(),
                at = sound.len(),
                bytes = torn.len(),
                "a list at the end of the log was not written whole and is cut off"
            );
        }
        let file = write_anew(&path, sound)?;
        sync_directory(directory)?;
        Ok((Self::ending(file, path, contents.header.salt), contents))
    }

    /// The log in this file, which is written from where it stands.
    pub(super) fn ending(file: File, path: PathBuf, salt: u32) -> Self {
        Self { file, path, salt, failed: None }
    }

    /// Appends records and returns when all of them are durable.
    pub(super) fn append(&mut self, records: &[Record]) -> io::Result<()> {
        if let Some(kind) = self.failed {
            return Err(io::Error::new(kind, "it failed before and is closed until a restart"));
        }
        let mut bytes = Vec::new();
        for record in records {
            records::encode(record, self.salt, &mut bytes);
        }
        let appended = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = &appended {
            self.failed = Some(error.kind());
            tracing::error!(
                path = %self.path.display(),
                error = error as &dyn std::error::Error,
                "the log of attribute lists is closed until a restart"
            );
        }
        appended
    }
}

fn make_directory(directory: &Path) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::io("create", directory)(error))
        }
        // An entry of the one above it, and durable only when that one is synced.
        Ok(()) | Err(_) => sync_directory(&directory.join("..")),
    }
}

/// Puts a durable file with these bytes in the place of the one at `path`; it can be appended to.
fn write_anew(path: &Path, bytes: &[u8]) -> Result<File, Error> {
    let fresh = path.with_extension("log.new");
    let write = || {
        let mut options = File::options();
        let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        Ok(file)
    };
    write().map_err(Error::io("write", &fresh))
}

fn sync_directory(directory: &Path) -> Result<(), Error> {
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(Error::io("sync", directory))
}

/// The header of a new log. Its parts are drawn one by one: only the salt is secret.
fn new_header() -> Header {
    Header { salt: uuid::Uuid::new_v4().as_fields().0, incarnation: Incarnation::draw() }
}
