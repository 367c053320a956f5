//! The data directory: who may use it, what is in it, how it comes to be.
//!
//! ```text
//! DIR/LOCK        held as long as a process uses the directory
//!     format      "hearth storage format 1\n"
//!     progress    up to where the store was synced (`progress.rs`)
//!     store/      the engine's database
//!     store.new/  a database being made; without meaning until it is renamed
//!     admin-token  that of the last start; nothing to the store
//! ```
//!
//! Must hold: `store` comes last, by a rename of a finished and synced database, so that a crash
//! at any instant of a first start leaves a directory that the next start completes.
//! Not here: what is inside `store` (`opening.rs`).

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::{Error, Result};
use super::STORAGE_FORMAT;
use super::progress::{Mark, Progress};
use super::wait;
use crate::clock::Clock;

/// A data directory that no other process uses.
#[derive(Debug)]
pub(super) struct Directory {
    dir: PathBuf,
    _lock: File,
}

/// A data directory that no other process uses, without a store: for what is durable beside tables
/// that are elsewhere.
#[derive(Debug)]
pub struct Claim {
    _directory: Directory,
}

impl Claim {
    /// Takes the directory, making it if it is missing; it is let go with the claim.
    pub fn take(dir: &Path) -> Result<Self> {
        Ok(Self { _directory: Directory::lock_or_create(dir)? })
    }
}

impl Directory {
    /// Takes the directory, making it if it is missing.
    pub(super) fn lock_or_create(dir: &Path) -> Result<Self> {
        let missing: Vec<_> = dir.ancestors().take_while(|path| is_missing(path)).collect();
        fs::create_dir_all(dir).map_err(Error::io("create the data directory", dir))?;
        // Each is an entry of the one above it, and durable only when that one is synced.
        for created in missing.iter().rev() {
            sync_directory(parent(created))?;
        }
        Self::lock(dir)
    }

    /// Takes a directory that exists.
    pub(super) fn lock(dir: &Path) -> Result<Self> {
        let path = dir.join("LOCK");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        let mut tried = lock.try_lock();
        wait::until(&Clock::system(), LOCK_WAIT_MAX, || {
            if matches!(tried, Err(TryLockError::WouldBlock)) {
                tried = lock.try_lock();
            }
            !matches!(tried, Err(TryLockError::WouldBlock))
        });
        match tried {
            Ok(()) => Ok(Self { dir: dir.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(Error::io("lock", &path)(source)),
        }
    }

    /// Takes a directory with a store of a format that is known.
    pub(super) fn lock_complete(dir: &Path) -> Result<Self> {
        let missing = || Error::NotAStore { dir: dir.to_owned(), why: "it holds no store" };
        if !dir.join("store").is_dir() {
            return Err(missing());
        }
        let directory = Self::lock(dir)?;
        directory.check_format()?;
        Ok(directory)
    }

    pub(super) fn path(&self) -> &Path {
        &self.dir
    }

    pub(super) fn store(&self) -> PathBuf {
        self.dir.join("store")
    }

    pub(super) fn progress(&self) -> PathBuf {
        self.dir.join("progress")
    }

    /// Whether a first start came to its end here.
    pub(super) fn is_complete(&self) -> Result<bool> {
        let store = self.store();
        store.try_exists().map_err(Error::io("look for", &store))
    }

    /// Refuses a directory of a later format, and one whose parts do not belong together.
    pub(super) fn check_format(&self) -> Result<()> {
        let path = self.dir.join("format");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if self.is_complete()? {
                    Err(self.not_a_store("it has a store, but no file `format`"))
                } else {
                    Ok(())
                };
            }
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let found = text
            .strip_prefix(FORMAT_PREFIX)
            .and_then(|rest| rest.trim_end().parse::<u32>().ok())
            .ok_or_else(|| self.not_a_store("its file `format` is not hearth's"))?;
        if found > STORAGE_FORMAT {
            return Err(Error::NewerFormat { dir: self.dir.clone(), found, known: STORAGE_FORMAT });
        }
        Ok(())
    }

    /// Opens the side file of a complete directory.
    pub(super) fn open_progress(&self) -> Result<Progress> {
        let path = self.progress();
        if !path.try_exists().map_err(Error::io("look for", &path))? {
            return Err(self.not_a_store("it has a store, but no file `progress`"));
        }
        Progress::open(&path)?
            .ok_or_else(|| self.not_a_store("its file `progress` has no sound record"))
    }

    /// Refuses a directory whose store is gone although batches were synced into it.
    pub(super) fn check_never_synced(&self) -> Result<()> {
        let path = self.progress();
        if !path.try_exists().map_err(Error::io("look for", &path))? {
            return Ok(());
        }
        match Progress::open(&path)? {
            Some(progress) if progress.mark().synced.get() > 0 => Err(self.not_a_store(
                "batches were synced into it, but its directory `store` is missing: is all of it mounted or restored?",
            )),
            // A first start that did not come to its end.
            Some(_) | None => Ok(()),
        }
    }

    /// Makes everything that a complete directory has; `make` fills the given directory with an
    /// empty database and leaves nothing of it open.
    pub(super) fn complete(&self, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let fresh = self.dir.join("store.new");
        if fresh.try_exists().map_err(Error::io("look for", &fresh))? {
            fs::remove_dir_all(&fresh).map_err(Error::io("remove", &fresh))?;
        }
        self.write_format()?;
        Progress::create(&self.progress(), Mark { closed: true, ..Mark::default() })?;
        make(&fresh)?;
        sync_tree(&fresh)?;
        let store = self.store();
        fs::rename(&fresh, &store).map_err(Error::io("rename into", &store))?;
        sync_directory(&self.dir)
    }

    fn write_format(&self) -> Result<()> {
        let fresh = self.dir.join("format.new");
        let write = || {
            fs::write(&fresh, format!("{FORMAT_PREFIX}{STORAGE_FORMAT}\n"))?;
            File::open(&fresh)?.sync_all()?;
            fs::rename(&fresh, self.dir.join("format"))
        };
        write().map_err(Error::io("write", &fresh))
    }

    fn not_a_store(&self, why: &'static str) -> Error {
        Error::NotAStore { dir: self.dir.clone(), why }
    }
}

fn is_missing(path: &Path) -> bool {
    !path.as_os_str().is_empty() && matches!(path.try_exists(), Ok(false))
}

/// The directory that has an entry for `path`.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the entries of a directory durable.
pub(super) fn sync_directory(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(Error::io("sync", dir))
}

/// Makes a directory, everything below it and their entries durable.
pub(super) fn sync_tree(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir).map_err(Error::io("list", dir))? {
        let path = entry.map_err(Error::io("list", dir))?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(Error::io("sync", &path))?;
        }
    }
    sync_directory(dir)
}

const FORMAT_PREFIX: &str = "hearth storage format ";

/// How long a lock is tried for: a process that is just ending, or one that was forked from its
/// holder and has yet to become another program, has it for an instant longer.
pub(super) const LOCK_WAIT_MAX: Duration = Duration::from_secs(1);
