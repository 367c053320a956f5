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
//! no call into the engine waits for its background work without a deadline (`live::has_room`;
//! `commit.rs` says what little remains).
//! Not here: the steps of a commit (`commit.rs`), the files around the database (`directory.rs`),
//! recovery (`opening.rs`).

mod check;
mod commit;
mod directory;
mod journal;
mod live;
mod opening;
mod options;
mod progress;
mod remover;
mod repair;
mod room;
mod state;
#[cfg(test)]
mod tests;
mod verdict;
mod wait;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use arc_swap::ArcSwapOption;
use fjall::PersistMode;

use self::commit::Relief;
use self::directory::Directory;
use self::live::{DiskSnapshot, Generation, Spaces};
use self::opening::{Opened, Opening, failed};
use self::progress::{Mark, Progress};
use self::remover::Remover;
use self::state::AtomicState;
use super::{
    Batch, BatchNumber, CommitError, Error, Footprint, FreeSpace, Result, Snapshot, SpaceId,
    SpaceName, Store, SyncMode, WriteState,
};
use crate::clock::Clock;

pub use self::check::{JournalReport, Report, check_data};
pub use self::directory::Claim;
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
    remover: Remover,
    /// What a reopening that was begun had to write out.
    unflushed_bytes: AtomicU64,
}

/// What only the one who commits, creates, drops or reopens may touch.
struct Writer {
    generation: Arc<Generation>,
    /// Ids of a store that is between two openings.
    ids: Spaces,
    last_batch: BatchNumber,
    progress: Progress,
    relief: Relief,
}

impl Writer {
    /// Bytes that are in memory and in journals only.
    fn unflushed_bytes(&self) -> u64 {
        self.generation.live().map_or(0, |live| live.db.write_buffer_size())
    }
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
            directory.check_never_synced()?;
            directory.complete(|path| opening.make(path))?;
        }
        let mut progress = directory.open_progress()?;
        let opened = opening.run(&mut progress, &Spaces::default())?;
        let starting = Error::io("start a thread to remove", directory.path());
        let remover = Remover::start().map_err(starting)?;
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
                relief: Relief::default(),
            }),
            state: AtomicState::new(WriteState::Closed),
            remover,
            unflushed_bytes: AtomicU64::new(0),
        };
        store.install(&mut store.writer(), opened);
        store.options.metrics.memory_limit.set(store.options.memory_bytes_max());
        Ok(store)
    }

    fn install(&self, writer: &mut Writer, opened: Opened) {
        self.unflushed_bytes.store(0, Ordering::Relaxed);
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
        live.db.delete_keyspace(keyspace.clone()).map_err(failed("drop a space"))?;
        live.spaces.store(Arc::new(spaces));
        self.remover.remove(keyspace);
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
        let mut touched = commit::touched(&spaces, &batch)?;
        touched.push(live.own.clone());
        self.wait_for_room(&live, &touched)?;

        let number = writer.last_batch.next();
        let batch_bytes = batch.bytes();
        commit::write(&live, &spaces, batch, number).map_err(|error| self.failed_write(&error))?;
        if mode == SyncMode::Sync {
            self.sync(&live)?;
        }

        writer.last_batch = number;
        let at = live.db.snapshot();
        self.published.store(Some(Arc::new(DiskSnapshot::at(number, at, &writer.generation))));
        if mode == SyncMode::Sync {
            writer.progress.note(number);
        }
        commit::seal_full(&live, &touched, &self.options);
        writer.relief.after_commit(&live, &self.options, batch_bytes);
        Ok(number)
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        let snapshot: Arc<dyn Snapshot> = self.published.load_full().ok_or(Error::NotOpen)?;
        Ok(snapshot)
    }

    fn state(&self) -> WriteState {
        self.state.get()
    }

    fn reopen(&self, before_publish: &dyn Fn()) -> Result<()> {
        let mut writer = self.writer();
        match self.state.get() {
            WriteState::Open => return Ok(()),
            WriteState::SyncFailed => return Err(Error::ClosedUntilRestart),
            WriteState::Closed => return Err(Error::NotOpen),
            WriteState::DiskFull => {}
        }
        // One that found the store held has taken the engine away.
        self.unflushed_bytes.fetch_max(writer.unflushed_bytes(), Ordering::Relaxed);
        self.release(&mut writer)?;
        before_publish();
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

    fn reopen_room_bytes(&self) -> u64 {
        let writer = self.writer();
        // After a reopening that failed there is no engine to ask, and no less to write.
        let unflushed = writer.unflushed_bytes().max(self.unflushed_bytes.load(Ordering::Relaxed));
        unflushed.saturating_add(room::REOPEN_MARGIN_BYTES)
    }

    fn footprint(&self) -> Result<Footprint> {
        let published = self.published.load();
        let live = published.as_ref().and_then(|snapshot| snapshot.live()).ok_or(Error::NotOpen)?;
        live.footprint().map_err(failed("measure"))
    }

    fn free(&self) -> Result<FreeSpace> {
        room::free_space(self.directory.path())
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

/// The version of everything this program puts into a data directory.
pub const STORAGE_FORMAT: u32 = 1;
