//! Opening the database in a data directory, at a start and again after the disk was full.
//!
//! 1. Read the journals with our own reader: the engine would cut them silently at damage.
//! 2. Let the engine recover; compare the last batch with the side file.
//! 3. Unless the store was closed in order: write what the journal held to table files, close,
//!    replace the journal by an empty one, open again. What came before a failed write or sync
//!    may be in the operating system's cache only, and the engine must not write behind it.
//!
//! Must hold: nothing is written to a journal that an unclean end left behind; every wait has a
//! deadline.

use std::fs::{self, File};
use std::path::Path;

use fjall::{AbstractTree as _, Database, Keyspace, KeyspaceCreateOptions};

use super::super::{BatchNumber, Error, Result, SpaceName, WriteState};
use super::directory::{Directory, LOCK_WAIT_MAX, sync_directory};
use super::journal::{self, Survey};
use super::live::{Live, OWN_KEYSPACE_ID, Spaces};
use super::options::Options;
use super::progress::{Mark, Progress};
use super::verdict::Verdict;
use super::{room, wait};
use crate::clock::Clock;

/// An opened database.
pub(super) struct Opened {
    pub(super) live: Live,
    pub(super) last_batch: BatchNumber,
    /// [`WriteState::Open`], or why only reading is possible.
    pub(super) state: WriteState,
}

/// What an opening needs to know.
pub(super) struct Opening<'a> {
    pub(super) directory: &'a Directory,
    pub(super) options: &'a Options,
    pub(super) clock: &'a Clock,
}

impl Opening<'_> {
    /// Opens the database of a complete directory. `before` holds the ids that names already have.
    pub(super) fn run(&self, progress: &mut Progress, before: &Spaces) -> Result<Opened> {
        let mark = progress.mark();
        self.check_journals(mark)?;
        let live = self.recover(before)?;
        let last_batch = self.check_number(&live, mark)?;
        let (live, state) =
            if mark.closed { (live, WriteState::Open) } else { self.settle(live, before)? };
        let mark = Mark { synced: mark.synced.max(last_batch), closed: false };
        let state = match state {
            // From here on the next start must take this one's end for an unclean one.
            WriteState::Open => match progress.set_durably(mark) {
                Err(Error::DiskFull) => WriteState::DiskFull,
                other => other.map(|()| WriteState::Open)?,
            },
            closed => closed,
        };
        Ok(Opened { live, last_batch, state })
    }

    /// Makes an empty database in `path`.
    pub(super) fn make(&self, path: &Path) -> Result<()> {
        let db = self.open_engine(path)?;
        let own = db.keyspace(OWN_NAME, || self.space_options()).map_err(failed("create"))?;
        assert_eq!(own.id(), OWN_KEYSPACE_ID, "the first space of a database");
        drop(own);
        drop(db);
        self.wait_for_release(path)
    }

    /// What a new space is like.
    pub(super) fn space_options(&self) -> KeyspaceCreateOptions {
        KeyspaceCreateOptions::default().max_memtable_size(self.options.memtable_bytes_max)
    }

    /// Waits until no handle of a database is left in this process.
    pub(super) fn wait_for_release(&self, store: &Path) -> Result<()> {
        let path = store.join("lock");
        let free = || match File::options().read(true).write(true).open(&path) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => false,
        };
        let wait_max = self.options.release_wait_max;
        if wait::until(self.clock, wait_max, free) {
            Ok(())
        } else {
            Err(Error::StillHeld { waited_ms: crate::clock::whole_ms(wait_max) })
        }
    }

    fn check_journals(&self, mark: Mark) -> Result<()> {
        let surveys = survey_all(&self.directory.store())?;
        Verdict::of(&surveys, mark.synced.get()).admit(self.directory.path())
    }

    fn check_number(&self, live: &Live, mark: Mark) -> Result<BatchNumber> {
        let found = live.read_number().map_err(failed("read"))?;
        if found < mark.synced {
            return Err(Error::Shortened {
                dir: self.directory.path().to_owned(),
                synced: mark.synced.get(),
                found: found.get(),
            });
        }
        Ok(found)
    }

    fn recover(&self, before: &Spaces) -> Result<Live> {
        let db = self.open_engine(&self.directory.store())?;
        let mut found = Vec::new();
        for name in db.list_keyspace_names() {
            let keyspace = db.keyspace(&name, || self.space_options()).map_err(failed("open"))?;
            if let Some(name) = SpaceName::new(&name) {
                found.push((name, keyspace));
            }
        }
        let own = db.keyspace(OWN_NAME, || self.space_options()).map_err(failed("open"))?;
        let spaces = before.ids_only().refill(found);
        Ok(Live { spaces: arc_swap::ArcSwap::from_pointee(spaces), own, db })
    }

    /// Moves what the journal held to table files and begins a new journal.
    fn settle(&self, live: Live, before: &Spaces) -> Result<(Live, WriteState)> {
        if let Some(closed) = self.flush_all(&live)? {
            return Ok((live, closed));
        }
        drop(live);
        let store = self.directory.store();
        self.wait_for_release(&store)?;
        match renew_journal(&store) {
            Err(Error::DiskFull) => Ok((self.recover(before)?, WriteState::DiskFull)),
            other => other.and_then(|()| Ok((self.recover(before)?, WriteState::Open))),
        }
    }

    /// Writes every memtable to a table file; says in which state the store is if that failed.
    fn flush_all(&self, live: &Live) -> Result<Option<WriteState>> {
        let keyspaces = live.keyspaces();
        for keyspace in &keyspaces {
            if let Err(error) = keyspace.rotate_memtable() {
                tracing::warn!(%error, "journal not written out");
                return Ok(Some(self.why_poisoned()));
            }
        }
        let mut poisoned = false;
        let settled = wait::until(self.clock, self.options.flush_wait_max, || {
            poisoned = live.is_poisoned();
            poisoned || keyspaces.iter().all(is_flushed)
        });
        match (settled, poisoned) {
            (true, false) => Ok(None),
            (true, true) => Ok(Some(self.why_poisoned())),
            (false, _) => Err(Error::TooSlow {
                work: "writing out its journal",
                waited_ms: crate::clock::whole_ms(self.options.flush_wait_max),
            }),
        }
    }

    fn why_poisoned(&self) -> WriteState {
        room::why_poisoned(self.directory.path(), self.options)
    }

    fn open_engine(&self, path: &Path) -> Result<Database> {
        let mut opened = self.try_open_engine(path);
        wait::until(self.clock, LOCK_WAIT_MAX, || {
            if matches!(opened, Err(fjall::Error::Locked)) {
                opened = self.try_open_engine(path);
            }
            !matches!(opened, Err(fjall::Error::Locked))
        });
        opened.map_err(|error| match error {
            fjall::Error::Locked => Error::InUse(self.directory.path().to_owned()),
            error => failed("open")(error),
        })
    }

    fn try_open_engine(&self, path: &Path) -> fjall::Result<Database> {
        Database::builder(path)
            .cache_size(self.options.block_cache_bytes)
            .worker_threads(self.options.worker_threads)
            .max_cached_files(Some(self.options.open_files_max))
            // The journal is read by our own reader too; and a value is compressed once, in the
            // table file.
            .journal_compression(fjall::CompressionType::None)
            // The engine's own way to shorten the journal seals memtables at times that
            // `live::has_room` could not account for; the writer does it instead.
            .max_journaling_size(u64::MAX)
            .open()
    }
}

/// Reads every journal of a database, oldest first.
pub(super) fn survey_all(store: &Path) -> Result<Vec<Survey>> {
    let files = journal::files(store).map_err(Error::io("list", store))?;
    files.iter().map(|(_, path)| journal::survey(path).map_err(Error::io("read", path))).collect()
}

/// Puts an empty journal in the place of those there are; their rows must be in table files.
fn renew_journal(store: &Path) -> Result<()> {
    let files = journal::files(store).map_err(Error::io("list", store))?;
    let next = files.last().map_or(0, |(id, _)| id + 1);
    let fresh = store.join(format!("{next}.jnl"));
    File::create_new(&fresh)
        .and_then(|file| file.sync_all())
        .map_err(Error::io("create", &fresh))?;
    sync_directory(store)?;
    for (_, path) in &files {
        fs::remove_file(path).map_err(Error::io("remove", path))?;
    }
    sync_directory(store)
}

fn is_flushed(keyspace: &Keyspace) -> bool {
    keyspace.tree.sealed_memtable_count() == 0 && keyspace.tree.active_memtable().is_empty()
}

/// An error of the engine, with what it was doing.
pub(super) fn failed(action: &'static str) -> impl FnOnce(fjall::Error) -> Error {
    move |error| {
        if is_disk_full(&error) {
            Error::DiskFull
        } else {
            Error::Engine { action, detail: error.to_string() }
        }
    }
}

/// Whether an error of the engine says that there is no room left.
pub(super) fn is_disk_full(error: &fjall::Error) -> bool {
    match error {
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => {
            super::super::error::is_disk_full(error)
        }
        _ => false,
    }
}

/// The engine's name of the store's own space; no [`SpaceName`] begins with a dot.
const OWN_NAME: &str = ".own";
