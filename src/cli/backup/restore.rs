//! Making a data directory of a backup.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Error, Progress, failed, open, partial, sync_parent, unusable};
use crate::backup::{ArchivePiece, ArchiveSums, Head};
use crate::clock::Clock;
use crate::store::disk::{DiskStore, Options};
use crate::store::{Batch, SpaceId, Store as _, SyncMode};

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
                store.commit(batch, SyncMode::Buffer)?;
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

/// A directory may be made where there is none, or in the place of an empty one.
fn check_free(dir: &Path) -> Result<(), Error> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::DirectoryExists(dir.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Error::DirectoryExists(dir.to_owned()))
        }
        Err(error) => Err(failed("look into", dir)(error)),
    }
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
        fs::rename(&self.path, dir).map_err(failed("rename into", dir))?;
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
