//! The store in memory, whose commits can be made to wait.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use hearth::store::memory::MemoryStore;
use hearth::store::{
    Batch, BatchNumber, CommitError, Footprint, FreeSpace, Result, Snapshot, SpaceId, SpaceName,
    Store, SyncMode, WriteState,
};

/// A store with a gate before its commits.
#[derive(Default)]
pub(crate) struct Gated {
    store: MemoryStore,
    closed: Mutex<bool>,
    moved: Condvar,
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
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = closed;
        self.moved.notify_all();
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
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.moved.wait_while(closed, |closed| *closed));
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
