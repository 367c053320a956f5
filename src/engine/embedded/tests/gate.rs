//! A store whose readers, but for the writer thread, and whose commits and drops can be made to
//! wait.

use std::sync::{Condvar, MutexGuard};

use bytes::Bytes;

use super::*;
use crate::store::{
    Batch, BatchNumber, Chunk, ChunkLimit, CommitError, Direction, Footprint, KeyRange, Result,
    Snapshot, SpaceId, WriteState,
};

/// The store, and how many rows were read of it by others than the writer.
#[derive(Default)]
pub(super) struct Gated {
    store: MemoryStore,
    gate: Arc<Gate>,
    commits: Gate,
    drops: Gate,
}

#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    moved: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    waiting: usize,
    passes: usize,
}

impl Gated {
    /// From now on readers wait, behind a snapshot that they have opened already.
    pub(super) fn close_gate(&self) {
        self.gate.lock().closed = true;
    }

    pub(super) fn open_gate(&self) {
        self.gate.lock().closed = false;
        self.gate.moved.notify_all();
    }

    /// From now on commits wait before they write.
    pub(super) fn hold_commits(&self) {
        self.commits.lock().closed = true;
    }

    pub(super) fn let_commits_go(&self) {
        self.commits.lock().closed = false;
        self.commits.moved.notify_all();
    }

    /// How many commits were asked for, those that wait included.
    pub(super) fn commits(&self) -> usize {
        self.commits.lock().passes
    }

    /// From now on spaces that are dropped wait.
    pub(super) fn hold_drops(&self) {
        self.drops.lock().closed = true;
    }

    pub(super) fn let_drops_go(&self) {
        self.drops.lock().closed = false;
        self.drops.moved.notify_all();
    }

    /// Whether a space waits to be dropped.
    pub(super) fn drop_waits(&self) -> bool {
        self.drops.lock().waiting > 0
    }

    /// How many readers wait.
    pub(super) fn waiting(&self) -> usize {
        self.gate.lock().waiting
    }

    /// How many rows readers have asked for so far.
    pub(super) fn reads(&self) -> usize {
        self.gate.lock().passes
    }
}

impl Gate {
    fn pass(&self) {
        let mut state = self.lock();
        state.passes += 1;
        state.waiting += 1;
        let mut state = self
            .moved
            .wait_while(state, |state| state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Gated {
    fn create_space(&self, name: &SpaceName) -> Result<SpaceId> {
        self.store.create_space(name)
    }

    fn drop_space(&self, name: &SpaceName) -> Result<()> {
        self.drops.pass();
        self.store.drop_space(name)
    }

    fn space(&self, name: &SpaceName) -> Option<SpaceId> {
        self.store.space(name)
    }

    fn spaces(&self) -> Vec<(SpaceName, SpaceId)> {
        self.store.spaces()
    }

    fn commit(&self, batch: Batch, mode: SyncMode) -> Result<BatchNumber, CommitError> {
        self.commits.pass();
        self.store.commit(batch, mode)
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        let snapshot = self.store.snapshot()?;
        Ok(Arc::new(GatedSnapshot { snapshot, gate: Arc::clone(&self.gate) }))
    }

    fn state(&self) -> WriteState {
        self.store.state()
    }

    fn reopen(&self, before_publish: &dyn Fn()) -> Result<()> {
        self.store.reopen(before_publish)
    }

    fn reopen_room_bytes(&self) -> u64 {
        self.store.reopen_room_bytes()
    }

    fn free(&self) -> Result<FreeSpace> {
        self.store.free()
    }

    fn footprint(&self) -> Result<Footprint> {
        self.store.footprint()
    }

    fn last_batch(&self) -> BatchNumber {
        self.store.last_batch()
    }

    fn close(&self) -> Result<()> {
        self.store.close()
    }
}

struct GatedSnapshot {
    snapshot: Arc<dyn Snapshot>,
    gate: Arc<Gate>,
}

impl GatedSnapshot {
    fn pass(&self) {
        if std::thread::current().name() != Some("hearth-writer") {
            self.gate.pass();
        }
    }
}

impl Snapshot for GatedSnapshot {
    fn last_batch(&self) -> BatchNumber {
        self.snapshot.last_batch()
    }

    fn get(&self, space: SpaceId, key: &[u8]) -> Result<Option<Bytes>> {
        self.pass();
        self.snapshot.get(space, key)
    }

    fn range(
        &self,
        space: SpaceId,
        range: &KeyRange,
        direction: Direction,
        limit: ChunkLimit,
    ) -> Result<Chunk> {
        self.pass();
        self.snapshot.range(space, range, direction, limit)
    }
}
