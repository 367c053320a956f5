//! `hearth repair`: makes a damaged data directory open again, and says what that cost.
//!
//! A power cut can leave the last batch with a hole, which the engine refuses to open. Nobody was
//! told that this batch is durable, so cutting it off loses nothing that was promised; but only
//! the side file can tell, and it may lag. Therefore a person decides, a copy is kept, and what
//! is dropped is said.
//!
//! Must hold: the copy is complete before anything is dropped; a journal is cut only where no
//! sound batch follows.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::super::{BatchNumber, Error, Result, Store as _};
use super::directory::{Directory, sync_tree};
use super::opening::survey_all;
use super::progress::{Mark, Progress};
use super::{DiskStore, Options, Verdict};
use crate::clock::Clock;

/// What a repair did.
#[derive(Clone, Debug)]
pub struct Repair {
    /// What was wrong.
    pub found: Verdict,
    /// Where the directory was copied to, if anything was changed.
    pub copy: Option<PathBuf>,
    /// The journal that was cut, and by how many bytes.
    pub cut: Option<(PathBuf, u64)>,
    /// The first and last number of batches that had been synced and are gone.
    pub lost: Option<(u64, u64)>,
    /// The last batch that is there now.
    pub last_batch: u64,
}

/// Repairs a data directory that no process uses.
///
/// One that opens is opened as a start would: after an unclean end its journal is written out and
/// replaced, without a copy.
///
/// Damage before sound batches is not repaired: the answer is [`Error::DamagedInside`].
pub fn repair(dir: &Path, options: &Options, clock: &Clock) -> Result<Repair> {
    let mut work = Work::begin(dir, clock)?;
    let surveys = survey_all(&work.store())?;
    work.repair.found = Verdict::of(&surveys, work.synced);
    match work.repair.found.clone() {
        Verdict::DamagedTail { file, at, bytes } => work.cut(&file, at, bytes)?,
        Verdict::DamagedInside { file, at } => return Err(Error::DamagedInside { file, at }),
        Verdict::Sound
        | Verdict::Unfinished { .. }
        | Verdict::Shortened { .. }
        | Verdict::Unreadable { .. } => {}
    }
    if !work.has_progress {
        work.accept(0)?;
    }
    match work.try_open(options, clock) {
        Err(Error::Shortened { found, .. }) => {
            work.accept(found)?;
            work.try_open(options, clock)?;
        }
        other => other?,
    }
    Ok(work.repair)
}

struct Work<'a> {
    dir: PathBuf,
    clock: &'a Clock,
    has_progress: bool,
    synced: u64,
    repair: Repair,
    /// Held between the openings; each opening takes it over.
    directory: Option<Directory>,
}

impl<'a> Work<'a> {
    fn begin(dir: &Path, clock: &'a Clock) -> Result<Self> {
        let directory = Directory::lock_complete(dir)?;
        let (has_progress, synced) = match directory.open_progress() {
            Ok(progress) => (true, progress.mark().synced.get()),
            Err(Error::NotAStore { .. }) => (false, 0),
            Err(error) => return Err(error),
        };
        let repair =
            Repair { found: Verdict::Sound, copy: None, cut: None, lost: None, last_batch: 0 };
        let dir = dir.to_owned();
        Ok(Self { dir, clock, has_progress, synced, repair, directory: Some(directory) })
    }

    fn store(&self) -> PathBuf {
        self.dir.join("store")
    }

    fn cut(&mut self, file: &Path, at: u64, bytes: u64) -> Result<()> {
        self.copy_first()?;
        File::options()
            .write(true)
            .open(file)
            .and_then(|journal| journal.set_len(at).and_then(|()| journal.sync_all()))
            .map_err(Error::io("cut", file))?;
        self.repair.cut = Some((file.to_owned(), bytes));
        Ok(())
    }

    /// Takes `found` for the last batch, though later ones had been synced.
    fn accept(&mut self, found: u64) -> Result<()> {
        self.copy_first()?;
        let mark = Mark { synced: BatchNumber::new(found), closed: false };
        Progress::create(&self.dir.join("progress"), mark)?;
        self.repair.lost = (found < self.synced).then_some((found + 1, self.synced));
        Ok(())
    }

    fn try_open(&mut self, options: &Options, clock: &Clock) -> Result<()> {
        let directory = match self.directory.take() {
            Some(directory) => directory,
            None => Directory::lock_complete(&self.dir)?,
        };
        let store = DiskStore::open_in(directory, options.clone(), clock.clone())?;
        self.repair.last_batch = store.last_batch().get();
        store.close()
    }

    fn copy_first(&mut self) -> Result<()> {
        if self.repair.copy.is_some() {
            return Ok(());
        }
        let mut name = self.dir.file_name().unwrap_or_default().to_owned();
        name.push(format!(".bak-{}", self.clock.unix_ms()));
        let copy = self.dir.with_file_name(name);
        copy_tree(&self.dir, &copy)?;
        sync_tree(&copy)?;
        self.repair.copy = Some(copy);
        Ok(())
    }
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to).map_err(Error::io("create", to))?;
    for entry in fs::read_dir(from).map_err(Error::io("list", from))? {
        let entry = entry.map_err(Error::io("list", from))?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).map_err(Error::io("copy to", &target))?;
        }
    }
    Ok(())
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "found: {}", self.found)?;
        if let Some(copy) = &self.copy {
            writeln!(f, "copied the directory to {}", copy.display())?;
        }
        if let Some((file, bytes)) = &self.cut {
            writeln!(f, "dropped one damaged batch, {bytes} bytes, from {}", file.display())?;
        }
        if let Some((first, last)) = self.lost {
            writeln!(f, "batches {first} to {last} had been synced and are lost")?;
        }
        writeln!(f, "the last batch is now {}", self.last_batch)
    }
}
