//! What runs beside the requests: hot keys, audits, warm-ups, work on indexes, expiry, backups.
//!
//! Must hold: a request never waits for any of it.
//! Not here: the requests themselves.

mod audit;
mod backing;
mod dump;
mod pace;
mod restoring;
mod steady_time;
mod sweep;
mod tend;
mod warm;
mod warming;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ahash::RandomState;
use arc_swap::ArcSwap;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

pub(super) use self::audit::Audit;
pub(super) use self::backing::Backing;
pub use self::dump::{DUMP_BYTES_MAX, DumpError};
pub use self::sweep::{Sweeper, Sweeping};
pub use self::warming::{WarmEnd, WarmError, WarmProgress};

use self::backing::BACKINGS_MAX;
use self::warming::Warming;
use super::Proxy;
use crate::api::Key;
use crate::cache::{Drawn, HotKeys, NOTED_ONE_IN, Sampler};
use crate::model::{Image, ItemKey, ItemKeyRef, TableId};
use crate::task::Drain;

/// What a proxy keeps for what runs beside its requests.
pub(super) struct Background {
    sampler: Sampler,
    hot: HotKeys,
    audits: mpsc::Sender<Audit>,
    /// Until the auditor takes it.
    queue: Mutex<Option<mpsc::Receiver<Audit>>>,
    warmings: Mutex<HashMap<TableId, Arc<Warming>>>,
    /// Told when a table was altered.
    altered: Notify,
    backings: mpsc::Sender<Backing>,
    /// Until the one who writes backups takes it.
    backing_queue: Mutex<Option<mpsc::Receiver<Backing>>>,
    /// Told when a table waits for its items.
    restored: Notify,
    sweeping: ArcSwap<Sweeping>,
    archives: Arc<Semaphore>,
    drain: Drain,
}

impl Background {
    pub(super) fn new() -> Self {
        let (audits, queue) = mpsc::channel(AUDITS_MAX);
        let (backings, backing_queue) = mpsc::channel(BACKINGS_MAX);
        let hash = RandomState::new();
        Self {
            sampler: Sampler::new(hash.hash_one(())),
            hot: HotKeys::new(hash),
            audits,
            queue: Mutex::new(Some(queue)),
            warmings: Mutex::default(),
            altered: Notify::new(),
            backings,
            backing_queue: Mutex::new(Some(backing_queue)),
            restored: Notify::new(),
            sweeping: ArcSwap::default(),
            archives: Arc::new(Semaphore::new(1)),
            drain: Drain::default(),
        }
    }

    /// An item, or its absence, was found in the cache at this monotonic time.
    #[inline]
    pub(super) fn hit(&self, key: ItemKeyRef<'_>, image: &Image, now: Duration) {
        if let Some(drawn) = self.sampler.draw() {
            self.drawn_hit(drawn, key, image, now);
        }
    }

    /// An item was not found in the cache.
    pub(super) fn miss(&self, key: ItemKeyRef<'_>, now: Duration) {
        if self.sampler.draw().is_some_and(|drawn| drawn.noted) {
            self.hot.note(key, now);
        }
    }

    /// A page was found in the cache.
    pub(super) fn page_hit(&self, audit: impl FnOnce() -> Audit) {
        if self.sampler.draw().is_some_and(|drawn| drawn.audited) {
            self.queue(audit);
        }
    }

    #[cold]
    fn drawn_hit(&self, drawn: Drawn, key: ItemKeyRef<'_>, image: &Image, now: Duration) {
        if drawn.noted {
            self.hot.note(key, now);
        }
        if drawn.audited {
            self.queue(|| Audit::Item { key: key.to_key(), image: image.clone() });
        }
    }

    /// Has this compared, unless too much waits for it already.
    fn queue(&self, audit: impl FnOnce() -> Audit) {
        if let Ok(place) = self.audits.try_reserve() {
            place.send(audit());
        }
    }

    /// The right to make an archive, if nobody makes one.
    pub(super) fn archive_permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.archives).try_acquire_owned().ok()
    }

    /// Whether the process is going to stop.
    pub(super) fn is_draining(&self) -> bool {
        self.drain.has_begun()
    }

    fn take_backings(&self) -> Option<mpsc::Receiver<Backing>> {
        self.backing_queue.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn take_audits(&self) -> Option<mpsc::Receiver<Audit>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Proxy {
    /// The keys of a table that are looked up most, hottest first, each with about how many
    /// look-ups of it there were lately; `None` if there is no such table.
    pub fn hot_keys(&self, table: &str) -> Option<Vec<(Key, u64)>> {
        let table = self.catalog().table(table).cloned()?;
        let hottest = self.background.hot.hottest(table.schema.table, self.clock.monotonic());
        let told = |(key, noted): &(ItemKey, u64)| {
            Some((table.schema.attributes_of(key.bytes())?, noted * NOTED_ONE_IN))
        };
        Some(hottest.iter().filter_map(told).collect())
    }

    /// Ends all of it, for good: the process drains.
    pub fn stop_background(&self) {
        self.background.drain.begin();
    }

    /// From now on 1 hit in `one_in` is compared with the engine; 0 is none.
    pub fn set_audits(&self, one_in: u64) {
        self.background.sampler.audit_one_in(one_in);
    }
}

/// Hits that wait to be compared; each may hold an item of 400 KB, or a page.
const AUDITS_MAX: usize = 32;
