//! Making a data directory of a backup.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Error, Progress, failed, open, partial, sync_parent, unusable};
use crate::backup::{ArchivePiece, ArchiveSums, Head};
use crate::clock::Clock;
use crate::store::disk::{DiskStore, Options};
use crate::store::{Batch, BatchNumber, CommitError, SpaceId, Store as _, SyncMode};

/// Makes the directory, whole or not at all.
pub(super) fn run(file: &Path, dir: &Path) -> Result<(Head, ArchiveSums), Error> {
    check_free(dir)?;
    let partial = Partial::create(dir)?;
    let made = fill(file, &partial.path)?;
    check_free(dir)?;
    partial.keep(dir)?;
    Ok(made)
}

fn fill(file: &Path, dir: &Path) -> Result<(Head, ArchiveSums), Error> {
    let (head, mut archive) = open(file)?;
    let mut progress = Progress::begin("restored");
    let store = DiskStore::open(dir, Options::default(), Clock::system())?;
    let mut into: Option<SpaceId> = None;
    loop {
        match archive.piece().map_err(unusable(file))? {
            ArchivePiece::Space(name) => into = Some(store.create_space(&name)?),
            ArchivePiece::Rows(rows) => {
                let mut batch = Batch::new();
                for (key, value) in rows {
                    if let Some(space) = into {
                        batch.put(space, key, value);
                    }
                }
                in_time(|| store.commit(batch.clone(), SyncMode::Buffer))?;
                progress.reached(archive.sums().bytes);
            }
            ArchivePiece::End => break,
        }
    }
    // Makes durable what came before it.
    store.commit(Batch::new(), SyncMode::Sync)?;
    store.close()?;
    Ok((head, archive.sums()))
}

/// Commits, however far the store is behind: it has waited each time before it says so.
fn in_time(
    mut commit: impl FnMut() -> Result<BatchNumber, CommitError>,
) -> Result<BatchNumber, CommitError> {
    loop {
        match commit() {
            Err(error @ CommitError::Stalled) => {
                // Who closed our standard error does not want to know.
                let _ = writeln!(io::stderr(), "{error}; the restore waits for it");
            }
            done => return done,
        }
    }
}

/// A directory may be made where there is none, or in the place of an empty one.
fn check_free(dir: &Path) -> Result<(), Error> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        // Nothing can be renamed into its place.
        Ok(true) if is_mount_point(dir)? => Err(Error::MountPoint(dir.to_owned())),
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::DirectoryExists(dir.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Error::DirectoryExists(dir.to_owned()))
        }
        Err(error) => Err(failed("look into", dir)(error)),
    }
}

/// Whether another file system begins with this directory.
fn is_mount_point(dir: &Path) -> Result<bool, Error> {
    let device =
        |path: &Path| fs::metadata(path).map(|of| of.dev()).map_err(failed("look at", path));
    Ok(device(dir)? != device(&dir.join(".."))?)
}

/// A directory that is being made; it goes when this is dropped before its end.
struct Partial {
    path: PathBuf,
    is_kept: bool,
}

impl Partial {
    fn create(dir: &Path) -> Result<Self, Error> {
        let path = partial(dir);
        fs::create_dir(&path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::LeftOver(path.clone()),
            _ => failed("create", &path)(source),
        })?;
        Ok(Self { path, is_kept: false })
    }

    fn keep(mut self, dir: &Path) -> Result<(), Error> {
        fs::rename(&self.path, dir).map_err(|source| match source.kind() {
            // Mounted from the same file system.
            io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices => {
                Error::MountPoint(dir.to_owned())
            }
            _ => failed("rename into", dir)(source),
        })?;
        self.is_kept = true;
        sync_parent(dir)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed is told by the next command.
            drop(fs::remove_dir_all(&self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_behind_is_asked_again_and_any_other_refusal_ends_it() {
        let mut asked = 0;
        let done = in_time(|| {
            asked += 1;
            if asked < 3 { Err(CommitError::Stalled) } else { Ok(BatchNumber::new(7)) }
        });
        assert_eq!((done.expect("it is done"), asked), (BatchNumber::new(7), 3));

        let full = in_time(|| Err(CommitError::DiskFull { detail: "none left".into() }));
        assert!(matches!(full, Err(CommitError::DiskFull { .. })));
    }

    #[test]
    fn where_another_file_system_begins_nothing_is_made() {
        let dir = tempfile::tempdir().expect("a directory");

        assert!(!is_mount_point(dir.path()).expect("it is there"));
        check_free(dir.path()).expect("it is empty");
        check_free(&dir.path().join("new")).expect("nothing is there");
        // On every Linux.
        assert!(is_mount_point(Path::new("/proc")).expect("it is there"));
    }
}
