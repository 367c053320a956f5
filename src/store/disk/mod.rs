//! The store on disk, over fjall; nothing outside this directory names that crate.
//!
//! A commit goes in two steps: the batch is written to the journal, then the journal is synced.
//! Only then is a new snapshot *published*, and every reader gets the published one: a reader
//! sees nothing that a power cut could take back, and a failed write is told from a failed sync.
//!
//! ```text
//! commit n   | write |---- sync ----| publish n | note n in the side file |
//! readers    ........ see n-1 ......|.......... see n ....................
//! ```
//!
//! Must hold: nothing is written after a failed write or sync until the store was opened anew;
//! no call into the engine can wait without a deadline (`live::has_room`).
//! Not here: the files around the database (`directory.rs`), recovery (`opening.rs`).

mod check;
mod directory;
mod journal;
mod live;
mod opening;
mod options;
mod progress;
mod repair;
mod state;
#[cfg(test)]
mod tests;
mod verdict;
mod wait;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use arc_swap::ArcSwapOption;
use fjall::{AbstractTree as _, Keyspace, PersistMode};

use self::directory::Directory;
use self::live::{DiskSnapshot, Generation, Live, NUMBER_KEY, Spaces, has_room};
use self::opening::{Opened, Opening, failed, is_disk_full};
use self::progress::{Mark, Progress};
use self::state::AtomicState;
use super::{
    Batch, BatchNumber, CommitError, Error, FreeSpace, Result, Snapshot, SpaceId, SpaceName, Store,
    SyncMode, WriteState,
};
use crate::clock::Clock;

pub use self::check::{JournalReport, Report, check_data};
pub use self::options::Options;
pub use self::repair::{Repair, repair};
pub use self::verdict::Verdict;

/// A store in a data directory.
pub struct DiskStore {
    directory: Directory,
    options: Options,
    clock: Clock,
    published: ArcSwapOption<DiskSnapshot>,
    writer: Mutex<Writer>,
    state: AtomicState,
}

/// What only the one who commits, creates, drops or reopens may touch.
struct Writer {
    generation: Arc<Generation>,
    /// Ids of a store that is between two openings.
    ids: Spaces,
    last_batch: BatchNumber,
    progress: Progress,
}

impl DiskStore {
    /// Opens the store in `dir`, making directory and store if they are missing.
    ///
    /// On a full disk the store may open for reading only: look at [`Store::state`].
    pub fn open(dir: &Path, options: Options, clock: Clock) -> Result<Self> {
        let directory = Directory::lock_or_create(dir)?;
        directory.check_format()?;
        Self::open_in(directory, options, clock)
    }

    fn open_in(directory: Directory, options: Options, clock: Clock) -> Result<Self> {
        let opening = Opening { directory: &directory, options: &options, clock: &clock };
        if !directory.is_complete()? {
            directory.complete(|path| opening.make(path))?;
        }
        let mut progress = directory.open_progress()?;
        let opened = opening.run(&mut progress, &Spaces::default())?;
        let store = Self {
            directory,
            options,
            clock,
            published: ArcSwapOption::empty(),
            writer: Mutex::new(Writer {
                generation: Arc::default(),
                ids: Spaces::default(),
                last_batch: opened.last_batch,
                progress,
            }),
            state: AtomicState::new(WriteState::Closed),
        };
        store.install(&mut store.writer(), opened);
        Ok(store)
    }

    fn install(&self, writer: &mut Writer, opened: Opened) {
        writer.last_batch = opened.last_batch;
        let live = opened.live;
        let at = live.db.snapshot();
        writer.generation = Arc::new(Generation::new(live));
        self.published.store(Some(Arc::new(DiskSnapshot::at(
            opened.last_batch,
            at,
            &writer.generation,
        ))));
        self.state.set(opened.state);
    }

    /// The writer's part; if a holder panicked, what it had begun is of unknown fate.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(|poisoned| {
            if self.state.get() == WriteState::Open {
                self.state.set(WriteState::SyncFailed);
            }
            poisoned.into_inner()
        })
    }

    /// Waits until a commit to these spaces cannot be held up inside the engine.
    fn wait_for_room(&self, live: &Live, spaces: &[Keyspace]) -> Result<(), CommitError> {
        if spaces.iter().all(has_room) {
            return Ok(());
        }
        let mut poisoned = false;
        let room = wait::until(&self.clock, self.options.commit_wait_max, || {
            poisoned = live.is_poisoned();
            poisoned || spaces.iter().all(has_room)
        });
        match (room, poisoned) {
            (true, false) => Ok(()),
            (_, true) => Err(CommitError::Refused(self.close_for_writes(self.why_poisoned()))),
            (false, false) => Err(CommitError::Stalled),
        }
    }

    /// Why the engine closed itself although no write or sync of ours had failed.
    ///
    /// Its threads do so when they cannot write a table file or sync the journal, and do not say
    /// which it was. With (nearly) no room left it was that: the journal is whole, and reopening
    /// replays it. With room, a sync may have failed, and then what is durable is unknown.
    fn why_poisoned(&self) -> WriteState {
        match self.free() {
            Ok(free) if is_nearly_full(free, &self.options) => WriteState::DiskFull,
            Ok(_) | Err(_) => WriteState::SyncFailed,
        }
    }

    fn close_for_writes(&self, why: WriteState) -> WriteState {
        tracing::error!(?why, "store closed for writes");
        self.state.set(why);
        why
    }

    fn failed_write(&self, error: &fjall::Error) -> CommitError {
        let detail = error.to_string();
        if matches!(error, fjall::Error::Poisoned) {
            return CommitError::Refused(self.close_for_writes(self.why_poisoned()));
        }
        if is_disk_full(error) {
            self.close_for_writes(WriteState::DiskFull);
            return CommitError::DiskFull { detail };
        }
        self.close_for_writes(WriteState::SyncFailed);
        CommitError::WriteFailed { detail }
    }

    /// Syncs the journal with the batch that was just written.
    fn sync(&self, live: &Live) -> Result<(), CommitError> {
        let synced = match live.db.persist(PersistMode::SyncData) {
            // A thread of the engine may have synced the journal first and failed; the operating
            // system reports a lost page to one of the two only.
            Ok(()) if live.is_poisoned() => Err(fjall::Error::Poisoned),
            other => other,
        };
        synced.map_err(|error| {
            let detail = error.to_string();
            let why = match error {
                fjall::Error::Poisoned => self.why_poisoned(),
                _ => WriteState::SyncFailed,
            };
            match self.close_for_writes(why) {
                WriteState::DiskFull => CommitError::DiskFull { detail },
                WriteState::Open | WriteState::SyncFailed | WriteState::Closed => {
                    CommitError::SyncFailed { detail }
                }
            }
        })
    }

    /// Writes out what keeps too much memory or too many journals.
    fn relieve(&self, live: &Live) {
        let over_memory = live.db.write_buffer_size() > self.options.write_buffer_bytes_max;
        let over_journals = live.db.journal_count() > self.options.journals_max;
        if !over_memory && !over_journals {
            return;
        }
        let mut keyspaces = live.keyspaces();
        keyspaces.retain(|keyspace| keyspace.tree.sealed_memtable_count() == 0);
        if !over_journals {
            let largest = keyspaces.into_iter().max_by_key(memtable_bytes);
            keyspaces =
                largest.filter(|keyspace| memtable_bytes(keyspace) > 0).into_iter().collect();
        }
        for keyspace in keyspaces {
            if let Err(error) = keyspace.rotate_memtable() {
                tracing::warn!(%error, "memtable not written out");
            }
        }
    }

    /// Takes the database away from its readers and closes it.
    fn release(&self, writer: &mut Writer) -> Result<()> {
        self.published.store(None);
        let Some(live) = writer.generation.revoke() else {
            return self.opening().wait_for_release(&self.directory.store());
        };
        writer.ids = live.spaces.load().ids_only();
        let wait_max = self.options.release_wait_max;
        let alone = wait::until(&self.clock, wait_max, || Arc::strong_count(&live) == 1);
        if !alone {
            return Err(Error::StillHeld { waited_ms: crate::clock::whole_ms(wait_max) });
        }
        // Closing waits for the engine's threads, without a deadline of its own.
        let closing = std::thread::Builder::new().name("store-close".into());
        closing
            .spawn(move || drop(live))
            .map_err(Error::io("start a thread to close", self.directory.path()))?;
        self.opening().wait_for_release(&self.directory.store())
    }

    fn opening(&self) -> Opening<'_> {
        Opening { directory: &self.directory, options: &self.options, clock: &self.clock }
    }
}

impl Store for DiskStore {
    fn create_space(&self, name: &SpaceName) -> Result<SpaceId> {
        let writer = self.writer();
        let live = writer.generation.live().ok_or(Error::NotOpen)?;
        if let Some(id) = live.spaces.load().id(name) {
            return Ok(id);
        }
        self.refuse_changes()?;
        let options = || self.opening().space_options();
        let keyspace =
            live.db.keyspace(name.as_str(), options).map_err(failed("create a space"))?;
        let mut spaces = Spaces::clone(&live.spaces.load());
        let id = spaces.add(name.clone(), keyspace);
        live.spaces.store(Arc::new(spaces));
        Ok(id)
    }

    fn drop_space(&self, name: &SpaceName) -> Result<()> {
        let writer = self.writer();
        let live = writer.generation.live().ok_or(Error::NotOpen)?;
        self.refuse_changes()?;
        let mut spaces = Spaces::clone(&live.spaces.load());
        let Some(keyspace) = spaces.remove(name) else { return Ok(()) };
        live.db.delete_keyspace(keyspace).map_err(failed("drop a space"))?;
        live.spaces.store(Arc::new(spaces));
        Ok(())
    }

    fn space(&self, name: &SpaceName) -> Option<SpaceId> {
        let snapshot = self.published.load();
        snapshot.as_ref()?.live()?.spaces.load().id(name)
    }

    fn spaces(&self) -> Vec<(SpaceName, SpaceId)> {
        let snapshot = self.published.load();
        let Some(live) = snapshot.as_ref().and_then(|snapshot| snapshot.live()) else {
            return Vec::new();
        };
        live.spaces.load().names().map(|(name, id)| (name.clone(), id)).collect()
    }

    fn commit(&self, batch: Batch, mode: SyncMode) -> Result<BatchNumber, CommitError> {
        let mut writer = self.writer();
        let state = self.state.get();
        let live = match (state, writer.generation.live()) {
            (WriteState::Open, Some(live)) => live,
            (state, _) => return Err(CommitError::Refused(state)),
        };
        let spaces = live.spaces.load_full();
        let mut touched = touched(&spaces, &batch)?;
        touched.push(live.own.clone());
        self.wait_for_room(&live, &touched)?;

        let number = writer.last_batch.next();
        write(&live, &spaces, batch, number).map_err(|error| self.failed_write(&error))?;
        if mode == SyncMode::Sync {
            self.sync(&live)?;
        }

        writer.last_batch = number;
        let at = live.db.snapshot();
        self.published.store(Some(Arc::new(DiskSnapshot::at(number, at, &writer.generation))));
        if mode == SyncMode::Sync {
            writer.progress.note(number);
        }
        self.relieve(&live);
        Ok(number)
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        let snapshot: Arc<dyn Snapshot> = self.published.load_full().ok_or(Error::NotOpen)?;
        Ok(snapshot)
    }

    fn state(&self) -> WriteState {
        self.state.get()
    }

    fn reopen(&self) -> Result<()> {
        let mut writer = self.writer();
        match self.state.get() {
            WriteState::Open => return Ok(()),
            WriteState::SyncFailed => return Err(Error::ClosedUntilRestart),
            WriteState::Closed => return Err(Error::NotOpen),
            WriteState::DiskFull => {}
        }
        self.release(&mut writer)?;
        let ids = std::mem::take(&mut writer.ids);
        let opened = self.opening().run(&mut writer.progress, &ids);
        writer.ids = ids;
        let opened = opened?;
        let state = opened.state;
        self.install(&mut writer, opened);
        match state {
            WriteState::Open => Ok(()),
            WriteState::DiskFull => Err(Error::DiskFull),
            WriteState::SyncFailed | WriteState::Closed => Err(Error::ClosedUntilRestart),
        }
    }

    fn free(&self) -> Result<FreeSpace> {
        free_space(self.directory.path())
    }

    fn last_batch(&self) -> BatchNumber {
        self.published.load().as_ref().map_or(BatchNumber::default(), |at| at.last_batch())
    }

    fn close(&self) -> Result<()> {
        let mut writer = self.writer();
        let state = self.state.get();
        if state == WriteState::Closed {
            return Ok(());
        }
        let synced = match (state, writer.generation.live()) {
            (WriteState::Open, Some(live)) => {
                let synced = live.db.persist(PersistMode::SyncAll).map_err(failed("sync"));
                synced.and_then(|()| {
                    if live.is_poisoned() { Err(Error::ClosedUntilRestart) } else { Ok(true) }
                })
            }
            _ => Ok(false),
        };
        self.state.set(WriteState::Closed);
        let released = self.release(&mut writer);
        if synced? {
            let mark = Mark { synced: writer.last_batch, closed: true };
            writer.progress.set_durably(mark)?;
        }
        released
    }
}

impl DiskStore {
    /// Refuses to change the set of spaces unless commits can succeed too.
    fn refuse_changes(&self) -> Result<()> {
        match self.state.get() {
            WriteState::Open => Ok(()),
            WriteState::DiskFull => Err(Error::DiskFull),
            WriteState::SyncFailed => Err(Error::ClosedUntilRestart),
            WriteState::Closed => Err(Error::NotOpen),
        }
    }
}

impl Drop for DiskStore {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "store not closed in order");
        }
    }
}

/// The handles of the spaces that a batch changes, each once.
fn touched(spaces: &Spaces, batch: &Batch) -> Result<Vec<Keyspace>, CommitError> {
    let ids: HashSet<SpaceId, ahash::RandomState> =
        batch.rows().map(|(space, _, _)| space).collect();
    ids.into_iter()
        .map(|id| spaces.handle(id).cloned().map_err(|_| CommitError::NoSpace(id)))
        .collect()
}

/// Hands a batch to the operating system, with its number in a row of its own.
fn write(
    live: &Live,
    spaces: &Spaces,
    batch: Batch,
    number: BatchNumber,
) -> Result<(), fjall::Error> {
    let mut writes = fjall::OwnedWriteBatch::with_capacity(live.db.clone(), batch.len() + 1)
        .durability(Some(PersistMode::Buffer));
    writes.insert(&live.own, NUMBER_KEY, number.get().to_be_bytes());
    for (space, key, change) in batch.into_rows() {
        let Ok(handle) = spaces.handle(space) else { continue };
        match change {
            Some(value) => writes.insert(handle, key, value),
            None => writes.remove(handle, key),
        }
    }
    writes.commit()
}

fn memtable_bytes(keyspace: &Keyspace) -> u64 {
    keyspace.tree.active_memtable().size()
}

/// Whether a table file of the usual size may have found no room.
fn is_nearly_full(free: FreeSpace, options: &Options) -> bool {
    let margin = 4 * options.memtable_bytes_max;
    free.free_bytes < margin.min(free.total_bytes / 4)
}

fn free_space(dir: &Path) -> Result<FreeSpace> {
    let stat = rustix::fs::statvfs(dir)
        .map_err(|errno| Error::io("ask for free space in", dir)(errno.into()))?;
    Ok(FreeSpace {
        free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
    })
}

/// The version of everything this program puts into a data directory.
pub const STORAGE_FORMAT: u32 = 1;
