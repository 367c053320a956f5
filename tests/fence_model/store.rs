//! The engine of the model: cells with versions, commits by number, and a durable point.
//!
//! A commit is applied first and becomes durable, and visible to snapshots, with a later sync.

use std::sync::{Arc, Mutex, PoisonError};

use hearth::fence::CommitNumber;
use hearth::model::Image;
use shuttle::sync::atomic::{AtomicU64, Ordering};

use super::history::{History, Moment};
use super::version::Version;

/// A version in the order in which its key's commits were applied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Committed {
    number: u64,
    pub(crate) version: Version,
    pub(crate) durable: Option<Moment>,
}

/// The state that was durable at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Snapshot(u64);

/// The cells of all keys.
pub(crate) struct Store {
    gate: AtomicU64,
    history: Arc<History>,
    cells: Mutex<Cells>,
}

struct Cells {
    applied: u64,
    durable: u64,
    keys: [Vec<Committed>; KEYS],
}

impl Store {
    pub(crate) fn new(history: Arc<History>) -> Self {
        let keys = std::array::from_fn(|key| {
            let durable = Some(history.invoke());
            vec![Committed { number: 0, version: Version::first(key), durable }]
        });
        let cells = Mutex::new(Cells { applied: 0, durable: 0, keys });
        Self { gate: AtomicU64::new(0), history, cells }
    }

    /// Applies a write; it is neither durable nor visible yet.
    pub(crate) fn apply(&self, key: usize, version: Version) -> CommitNumber {
        self.step(|cells| {
            cells.applied += 1;
            cells.keys[key].push(Committed { number: cells.applied, version, durable: None });
            CommitNumber::new(cells.applied)
        })
    }

    /// Makes durable what was applied before the sync began.
    pub(crate) fn sync(&self) {
        let began = self.step(|cells| cells.applied);
        self.step(|cells| self.make_durable(cells, began));
    }

    /// Applies a write that is durable and visible at once, as an upstream does.
    pub(crate) fn apply_durably(&self, key: usize, version: Version) {
        self.step(|cells| {
            cells.applied += 1;
            cells.keys[key].push(Committed { number: cells.applied, version, durable: None });
            self.make_durable(cells, cells.applied);
        });
        // The answer takes its time: that of a later write may overtake it.
        self.gate.load(Ordering::SeqCst);
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.step(|cells| Snapshot(cells.durable))
    }

    /// The key's image in the snapshot.
    pub(crate) fn get(&self, snapshot: Snapshot, key: usize) -> Image {
        self.version(snapshot, key).image()
    }

    /// What the key holds in the snapshot. That never changes, so this is no step.
    pub(crate) fn version(&self, snapshot: Snapshot, key: usize) -> Version {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = cells.keys[key].iter().rev().find(|known| known.number <= snapshot.0);
        newest.expect("every key has a first version").version
    }

    /// What the next write of the key finds, durable or not. Only whoever applies may ask.
    pub(crate) fn newest(&self, key: usize) -> Version {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.keys[key].last().expect("every key has a first version").version
    }

    /// All versions of the key, in order of commit.
    pub(crate) fn committed(&self, key: usize) -> Vec<Committed> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner).keys[key].clone()
    }

    fn make_durable(&self, cells: &mut Cells, up_to: u64) {
        cells.durable = cells.durable.max(up_to);
        let moment = self.history.invoke();
        for committed in cells.keys.iter_mut().flatten() {
            if committed.number <= cells.durable {
                committed.durable.get_or_insert(moment);
            }
        }
    }

    /// Lets the scheduler switch first; then `work` is one atomic step.
    fn step<T>(&self, work: impl FnOnce(&mut Cells) -> T) -> T {
        self.gate.load(Ordering::SeqCst);
        work(&mut self.cells.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How many items the model has.
pub(crate) const KEYS: usize = 2;
