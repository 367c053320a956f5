//! What a test can break in the store in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::FreeSpace;

/// The plan of faults of one store; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Plans>);

/// What a batch of unknown fate turns out to be once the store is reopened or restarted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Afterwards {
    /// It is there, whole.
    There,
    /// It is gone.
    Gone,
}

#[derive(Debug, Default)]
struct Plans {
    plan: Mutex<Plan>,
    /// Reads until the one that fails, that one included; none fails at zero. Apart from the rest,
    /// since reads take no lock for it.
    reads_left: AtomicU64,
}

#[derive(Debug)]
struct Plan {
    write: Option<Fault>,
    sync: Option<Fault>,
    full: Option<Afterwards>,
    /// Reopenings to come that find the store held.
    held: u64,
    free: FreeSpace,
}

#[derive(Clone, Copy, Debug)]
struct Fault {
    /// How many times the step still succeeds.
    after: u64,
    then: Afterwards,
}

/// A step of a commit that can fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Write,
    Sync,
}

impl Faults {
    /// The `k`-th sync from now on fails, the next one being the first. The store is closed for
    /// writes then, until [`super::MemoryStore::restart`].
    pub fn fail_sync(&self, k: u64, then: Afterwards) {
        self.plan().sync = Some(Fault { after: k.saturating_sub(1), then });
    }

    /// The `k`-th write from now on fails for want of room, the next one being the first. The
    /// store can be reopened at once.
    pub fn fail_write(&self, k: u64, then: Afterwards) {
        self.plan().write = Some(Fault { after: k.saturating_sub(1), then });
    }

    /// The `k`-th read of a snapshot from now on fails, the next one being the first; none does at
    /// zero.
    pub fn fail_read(&self, k: u64) {
        self.0.reads_left.store(k, Ordering::Relaxed);
    }

    /// From now on every write and every reopening fails for want of room.
    pub fn fill_disk(&self, then: Afterwards) {
        self.plan().full = Some(then);
    }

    /// There is room again.
    pub fn empty_disk(&self) {
        self.plan().full = None;
    }

    /// The next `count` reopenings fail because somebody holds the old store.
    pub fn hold_store(&self, count: u64) {
        self.plan().held = count;
    }

    /// What [`super::Store::free`] answers from now on.
    pub fn set_free(&self, free: FreeSpace) {
        self.plan().free = free;
    }

    pub(super) fn is_full(&self) -> bool {
        self.plan().full.is_some()
    }

    /// Counts a reopening; says whether it finds the store held.
    pub(super) fn strikes_reopening(&self) -> bool {
        let held = &mut self.plan().held;
        let is_held = *held > 0;
        *held = held.saturating_sub(1);
        is_held
    }

    pub(super) fn free(&self) -> FreeSpace {
        let plan = self.plan();
        let free_bytes = if plan.full.is_some() { 0 } else { plan.free.free_bytes };
        FreeSpace { free_bytes, ..plan.free }
    }

    /// Counts a step; says what to do if it is to fail.
    pub(super) fn strikes(&self, step: Step) -> Option<Afterwards> {
        let mut plan = self.plan();
        let full = plan.full.filter(|_| step == Step::Write);
        let planned = match step {
            Step::Write => &mut plan.write,
            Step::Sync => &mut plan.sync,
        };
        match planned {
            Some(fault) if fault.after == 0 => planned.take().map(|fault| fault.then),
            Some(fault) => {
                fault.after -= 1;
                full
            }
            None => full,
        }
    }

    /// Counts a read; says whether it is to fail.
    pub(super) fn strikes_read(&self) -> bool {
        let next = |left: u64| left.checked_sub(1);
        let left = self.0.reads_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        left == Ok(1)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Plan {
    fn default() -> Self {
        let free = FreeSpace { free_bytes: 1 << 40, total_bytes: 1 << 40 };
        Self { write: None, sync: None, full: None, held: 0, free }
    }
}
