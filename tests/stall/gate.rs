//! The store in memory, whose commits can be made to wait.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use hearth::store::memory::MemoryStore;
use hearth::store::{
    Batch, BatchNumber, CommitError, Footprint, FreeSpace, Result, Snapshot, SpaceId, SpaceName,
    Store, SyncMode, WriteState,
};

/// A store with a gate before its commits.
#[derive(Default)]
pub(crate) struct Gated {
    store: MemoryStore,
    gate: Mutex<Gate>,
    moved: Condvar,
}

#[derive(Default)]
struct Gate {
    closed: bool,
    /// Whether a commit waits before it.
    reached: bool,
}

/// Keeps the gate closed until it is dropped, also by a test that fails.
pub(crate) struct Held(Arc<Gated>);

impl Gated {
    /// From now on commits wait before they write.
    pub(crate) fn hold_commits(self: &Arc<Self>) -> Held {
        self.close_gate(true);
        Held(Arc::clone(self))
    }

    fn close_gate(&self, closed: bool) {
        self.gate().closed = closed;
        self.moved.notify_all();
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Waits until a commit is before the gate: what is written from now on waits for the writer.
    pub(crate) fn reached(&self) {
        drop(self.0.moved.wait_while(self.0.gate(), |gate| !gate.reached));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.close_gate(false);
    }
}

impl Store for Gated {
    fn create_space(&self, name: &SpaceName) -> Result<SpaceId> {
        self.store.create_space(name)
    }

    fn drop_space(&self, name: &SpaceName) -> Result<()> {
        self.store.drop_space(name)
    }

    fn space(&self, name: &SpaceName) -> Option<SpaceId> {
        self.store.space(name)
    }

    fn spaces(&self) -> Vec<(SpaceName, SpaceId)> {
        self.store.spaces()
    }

    fn commit(&self, batch: Batch, mode: SyncMode) -> Result<BatchNumber, CommitError> {
        let mut gate = self.gate();
        gate.reached = true;
        self.moved.notify_all();
        gate =
            self.moved.wait_while(gate, |gate| gate.closed).unwrap_or_else(PoisonError::into_inner);
        gate.reached = false;
        drop(gate);
        self.store.commit(batch, mode)
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.store.snapshot()
    }

    fn footprint(&self) -> Result<Footprint> {
        self.store.footprint()
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

    fn last_batch(&self) -> BatchNumber {
        self.store.last_batch()
    }

    fn close(&self) -> Result<()> {
        self.store.close()
    }
}
