//! The store in memory: an engine without a disk, and the place where tests break things.
//!
//! It keeps the promises of the store on disk, the unpleasant ones included: a batch of unknown
//! fate is invisible, and may be there after a reopening.
//!
//! Must hold: rows change only under the lock, by whole batches; a snapshot reads the versions of
//! its own batch number.
//! Not here: how versions are kept (`rows.rs`), what may be broken (`faults.rs`).

mod faults;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

use self::faults::Step;
use self::rows::Rows;
use super::{
    Batch, BatchNumber, Chunk, ChunkLimit, CommitError, Direction, Error, Footprint, FreeSpace,
    KeyRange, Result, Snapshot, SpaceId, SpaceName, Store, SyncMode, WriteState,
};

pub use self::faults::{Afterwards, Faults};

/// A store whose rows are gone with the process.
#[derive(Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    faults: Faults,
}

/// What a store and its snapshots share.
#[derive(Default)]
struct Shared {
    inner: RwLock<Inner>,
    /// How many snapshots are held of each batch. Locked after `inner` where both are.
    held: Mutex<BTreeMap<BatchNumber, usize>>,
}

struct Inner {
    rows: Rows,
    last_batch: BatchNumber,
    state: WriteState,
    /// Snapshots of an earlier generation are revoked.
    generation: u64,
    /// A batch of unknown fate, and what it will turn out to be.
    pending: Option<(Batch, Afterwards)>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            rows: Rows::default(),
            last_batch: BatchNumber::default(),
            state: WriteState::Open,
            generation: 0,
            pending: None,
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The handle by which a test breaks this store; clones share it.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// What the next process would find: snapshots are revoked, a batch of unknown fate is there
    /// or gone, and writes are taken again.
    pub fn restart(&self) {
        self.shared.write().begin_anew();
    }
}

impl Inner {
    fn begin_anew(&mut self) {
        self.generation += 1;
        if let Some((batch, Afterwards::There)) = self.pending.take() {
            self.apply(batch);
        }
        self.state = WriteState::Open;
    }

    fn apply(&mut self, batch: Batch) -> BatchNumber {
        self.last_batch = self.last_batch.next();
        self.rows.apply(batch, self.last_batch);
        self.last_batch
    }

    fn refuse_changes(&self) -> Result<()> {
        match self.state {
            WriteState::Open => Ok(()),
            WriteState::DiskFull => Err(Error::DiskFull),
            WriteState::SyncFailed => Err(Error::ClosedUntilRestart),
            WriteState::Closed => Err(Error::NotOpen),
        }
    }
}

impl Store for MemoryStore {
    fn create_space(&self, name: &SpaceName) -> Result<SpaceId> {
        let mut inner = self.shared.write();
        if let Some(id) = inner.rows.id(name) {
            return Ok(id);
        }
        inner.refuse_changes()?;
        Ok(inner.rows.create(name.clone()))
    }

    fn drop_space(&self, name: &SpaceName) -> Result<()> {
        let mut inner = self.shared.write();
        inner.refuse_changes()?;
        inner.rows.drop_space(name);
        Ok(())
    }

    fn space(&self, name: &SpaceName) -> Option<SpaceId> {
        self.shared.read().rows.id(name)
    }

    fn spaces(&self) -> Vec<(SpaceName, SpaceId)> {
        self.shared.read().rows.names()
    }

    fn commit(&self, batch: Batch, mode: SyncMode) -> Result<BatchNumber, CommitError> {
        let mut inner = self.shared.write();
        if inner.state != WriteState::Open {
            return Err(CommitError::Refused(inner.state));
        }
        if let Some(unknown) = batch.rows().map(|row| row.0).find(|id| !inner.rows.has(*id)) {
            return Err(CommitError::NoSpace(unknown));
        }
        if let Some(afterwards) = self.faults.strikes(Step::Write) {
            inner.pending = Some((batch, afterwards));
            inner.state = WriteState::DiskFull;
            return Err(CommitError::DiskFull { detail: "injected".into() });
        }
        if mode == SyncMode::Sync
            && let Some(afterwards) = self.faults.strikes(Step::Sync)
        {
            inner.pending = Some((batch, afterwards));
            inner.state = WriteState::SyncFailed;
            return Err(CommitError::SyncFailed { detail: "injected".into() });
        }
        let number = inner.apply(batch);
        let oldest_held = self.shared.held().keys().next().copied();
        inner.rows.prune(oldest_held.unwrap_or(number).min(number));
        Ok(number)
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        let inner = self.shared.read();
        if inner.state == WriteState::Closed {
            return Err(Error::NotOpen);
        }
        *self.shared.held().entry(inner.last_batch).or_default() += 1;
        Ok(Arc::new(MemorySnapshot {
            shared: Arc::clone(&self.shared),
            faults: self.faults.clone(),
            last_batch: inner.last_batch,
            generation: inner.generation,
        }))
    }

    fn state(&self) -> WriteState {
        self.shared.read().state
    }

    fn reopen(&self, before_publish: &dyn Fn()) -> Result<()> {
        let mut inner = self.shared.write();
        match inner.state {
            WriteState::Open => Ok(()),
            WriteState::SyncFailed => Err(Error::ClosedUntilRestart),
            WriteState::Closed => Err(Error::NotOpen),
            WriteState::DiskFull if self.faults.strikes_reopening() => {
                inner.generation += 1;
                Err(Error::StillHeld { waited_ms: 0 })
            }
            WriteState::DiskFull if self.faults.is_full() => {
                inner.generation += 1;
                before_publish();
                Err(Error::DiskFull)
            }
            WriteState::DiskFull => {
                inner.begin_anew();
                before_publish();
                Ok(())
            }
        }
    }

    fn reopen_room_bytes(&self) -> u64 {
        0
    }

    fn footprint(&self) -> Result<Footprint> {
        Ok(Footprint::default())
    }

    fn free(&self) -> Result<FreeSpace> {
        Ok(self.faults.free())
    }

    fn last_batch(&self) -> BatchNumber {
        self.shared.read().last_batch
    }

    fn close(&self) -> Result<()> {
        let mut inner = self.shared.write();
        inner.generation += 1;
        inner.state = WriteState::Closed;
        Ok(())
    }
}

impl Shared {
    // Rows change by steps that cannot panic half-way, so a poisoned lock holds whole batches.
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<BatchNumber, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct MemorySnapshot {
    shared: Arc<Shared>,
    faults: Faults,
    last_batch: BatchNumber,
    generation: u64,
}

impl MemorySnapshot {
    fn inner(&self) -> Result<RwLockReadGuard<'_, Inner>> {
        if self.faults.strikes_read() {
            return Err(Error::Engine { action: "read", detail: "injected".into() });
        }
        let inner = self.shared.read();
        if inner.generation == self.generation { Ok(inner) } else { Err(Error::Revoked) }
    }
}

impl Snapshot for MemorySnapshot {
    fn last_batch(&self) -> BatchNumber {
        self.last_batch
    }

    fn get(&self, space: SpaceId, key: &[u8]) -> Result<Option<Bytes>> {
        self.inner()?.rows.get(space, key, self.last_batch)
    }

    fn range(
        &self,
        space: SpaceId,
        range: &KeyRange,
        direction: Direction,
        limit: ChunkLimit,
    ) -> Result<Chunk> {
        self.inner()?.rows.range(space, range, direction, limit, self.last_batch)
    }
}

impl Drop for MemorySnapshot {
    fn drop(&mut self) {
        let mut held = self.shared.held();
        if let Some(count) = held.get_mut(&self.last_batch) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.last_batch);
            }
        }
    }
}
