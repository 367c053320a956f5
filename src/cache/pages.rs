//! The map from canonical requests to pages of queries and scans, and the loads in flight.
//!
//!     key      the table, and every byte of what was asked for
//!     entry    page | epoch of the partition, read before the page's snapshot | stamp | expiry
//!
//! A look-up brings the partition's present epoch; an entry of another one is not served. Without
//! epochs (pages that live by time alone) both have none.
//!
//! Must hold: loads are shared by key, epoch, stamp and mark, never by key alone, or a reader that
//! comes after an acknowledged write, a flush or an eviction would join a load from before it; a
//! load that ends, whoever gave it up, leaves nothing behind.
//! Not here: epochs (`fence/`), which pages may be kept and what a load reads (`proxy/`).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use moka::notification::RemovalCause;
use tokio::sync::OnceCell;

use super::evictions::{Evictions, Mark};
use super::policy::{Options, Rules};
use super::transitions::{Event, Transitions};
use super::verdict::Why;
use crate::api::{PageFound, PageImage};
use crate::fence::{Epoch, Stamp};
use crate::metrics::CacheCounts;
use crate::model::TableId;

/// A request for a page: its table, and canonical bytes of everything else.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct PageKey {
    table: TableId,
    is_of_follower: bool,
    bytes: Box<[u8]>,
}

/// The page cache.
pub struct PageCache {
    pub(super) map: Option<Map>,
    loads: DashMap<LoadKey, Arc<Load>, Hasher>,
    rules: Arc<Rules>,
    transitions: Transitions,
    pub(super) evictions: Evictions,
    pub(super) counts: Arc<CacheCounts>,
}

/// What a load brings.
pub enum Brought {
    /// What was read.
    Found(PageFound),
    /// What was cached, past its time, since nothing could be read.
    Past(Arc<PageImage>),
}

/// What a load came to, for all who share it.
#[derive(Clone)]
pub struct LoadedPage {
    /// The page.
    pub page: Arc<PageImage>,
    /// Whether it is past its time.
    pub is_stale: bool,
}

impl From<PageFound> for Brought {
    fn from(found: PageFound) -> Self {
        Self::Found(found)
    }
}

impl PageKey {
    /// The request with these canonical bytes.
    pub fn new(table: TableId, bytes: Vec<u8>) -> Self {
        Self { table, is_of_follower: false, bytes: bytes.into() }
    }

    /// The same, of an index that follows its table in its own time.
    pub fn of_follower(self) -> Self {
        Self { is_of_follower: true, ..self }
    }

    /// The table.
    pub fn table(&self) -> TableId {
        self.table
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl PageCache {
    /// An empty cache.
    pub fn new(options: &Options, rules: Arc<Rules>) -> Self {
        let counts = Arc::default();
        let map = options.enabled.then(|| new_map(options.query_bytes, &counts));
        let loads = DashMap::with_hasher(Hasher::new());
        let (transitions, evictions) = (Transitions::default(), Evictions::default());
        Self { map, loads, rules, transitions, evictions, counts }
    }

    /// Whether pages are cached at all.
    pub fn is_on(&self) -> bool {
        self.map.is_some()
    }

    /// The page, if it is cached and of this epoch, at a monotonic time read already.
    pub fn get(
        &self,
        key: &PageKey,
        epoch: Option<Epoch>,
        now: Duration,
    ) -> Option<Arc<PageImage>> {
        let found = self.find(key, epoch, now)?;
        if let Err(why) = &found {
            self.counts.expirations.add(u64::from(*why == Why::Expired));
        }
        found.ok()
    }

    /// The same for a caller who asks [`Self::get`] next if there is none, which counts why.
    pub fn get_first(
        &self,
        key: &PageKey,
        epoch: Option<Epoch>,
        now: Duration,
    ) -> Option<Arc<PageImage>> {
        self.find(key, epoch, now)?.ok()
    }

    /// Why a look-up that has just found nothing did so.
    pub fn why(&self, key: &PageKey, epoch: Option<Epoch>) -> Why {
        let now = self.rules.now();
        let entry = self.map.as_ref().and_then(|map| map.get(key));
        let spent = entry.and_then(|entry| self.why_not(key, &entry, epoch, now));
        spent.unwrap_or_else(|| self.transitions.why(self.transitions.slot(key), now))
    }

    /// The page that was kept, past its time, if the policy of its table lets it be served still.
    /// For who asked the engine in vain, with the epoch as it is by now.
    pub fn past_its_time(&self, key: &PageKey, epoch: Option<Epoch>) -> Option<Arc<PageImage>> {
        let policy = self.rules.policy(key.table);
        let entry = self.map.as_ref()?.get(key)?;
        let past = self.rules.now().checked_sub(entry.expires);
        let is_servable = !policy.bypass
            && past.is_some_and(|past| past < policy.max_stale)
            && entry.stamp == self.rules.stamp(key.table)
            && entry.epoch == epoch;
        is_servable.then_some(entry.page)
    }

    /// The page that `read` brings, or that another caller of this is reading for the same epoch.
    ///
    /// `read` opens its snapshot only once it is called. If it fails, or its caller gives up,
    /// another caller reads in its place.
    pub async fn load<E, F, B>(
        &self,
        key: &PageKey,
        epoch: Option<Epoch>,
        read: impl FnOnce() -> F,
    ) -> Result<LoadedPage, E>
    where
        F: Future<Output = Result<B, E>>,
        B: Into<Brought>,
    {
        let (stamp, since) = (self.rules.stamp(key.table), self.evictions.mark(key.table));
        let began = Moment { epoch, stamp, since };
        let joined = Joined::new(self, (key.clone(), began));
        let page = joined.load.get_or_try_init(|| async {
            Ok(match read().await?.into() {
                Brought::Found(page) => {
                    LoadedPage { page: self.keep(key, began, page), is_stale: false }
                }
                Brought::Past(page) => LoadedPage { page, is_stale: true },
            })
        });
        page.await.cloned()
    }

    /// Forgets a page that turned out to be wrong.
    pub fn drop_diverged(&self, key: &PageKey) {
        if let Some(map) = &self.map {
            map.invalidate(key);
        }
        self.note(key, Event::Diverged);
    }

    /// What is known of the slot of a request, the newest first.
    pub fn transitions(&self, key: &PageKey) -> Vec<(Event, Duration)> {
        self.transitions.of(self.transitions.slot(key), self.rules.now())
    }

    /// Pages in the cache, and the memory that they take.
    pub fn usage(&self) -> (u64, u64) {
        self.map.as_ref().map_or((0, 0), |map| (map.entry_count(), map.weighted_size()))
    }

    fn keep(&self, key: &PageKey, began: Moment, found: PageFound) -> Arc<PageImage> {
        let policy = self.rules.policy(key.table);
        let fits = found.item_bytes() <= policy.page_bytes_max;
        // One that nobody may be served must not take the place of one that may.
        let holds = began.stamp == self.rules.stamp(key.table);
        let Some(map) = self.map.as_ref().filter(|_| fits && holds) else {
            self.counts.refused.add(1);
            return Arc::new(PageImage::of(found));
        };
        let page = Arc::new(PageImage::of(found.compact()));
        let weight = ENTRY_BYTES + key.bytes.len() + page.weight();
        let entry = Entry {
            page: Arc::clone(&page),
            epoch: began.epoch,
            stamp: began.stamp,
            expires: self.rules.expiry(policy.page_ttl(key.is_of_follower)),
            weight: weight.try_into().unwrap_or(u32::MAX),
        };
        let insert = || map.insert(key.clone(), entry);
        if self.evictions.insert_if_none(key.table, began.since, insert).is_some() {
            self.counts.filled.add(1);
            self.note(key, Event::Filled);
        } else {
            self.counts.refused.add(1);
        }
        page
    }

    /// The page, or why what is there may not be served; none if nothing is.
    fn find(
        &self,
        key: &PageKey,
        epoch: Option<Epoch>,
        now: Duration,
    ) -> Option<Result<Arc<PageImage>, Why>> {
        let entry = self.map.as_ref()?.get(key)?;
        Some(self.why_not(key, &entry, epoch, now).map_or(Ok(entry.page), Err))
    }

    /// Why an entry may not be served; none if it may.
    fn why_not(
        &self,
        key: &PageKey,
        entry: &Entry,
        epoch: Option<Epoch>,
        now: Duration,
    ) -> Option<Why> {
        if now >= entry.expires {
            Some(Why::Expired)
        } else if entry.stamp != self.rules.stamp(key.table) {
            Some(Why::Flushed)
        } else if entry.epoch != epoch {
            Some(Why::Written)
        } else {
            None
        }
    }

    pub(super) fn note(&self, key: &PageKey, event: Event) {
        self.transitions.note(self.transitions.slot(key), event, self.rules.now());
    }
}

pub(super) type Map = moka::sync::Cache<PageKey, Entry, Hasher>;
type Hasher = ahash::RandomState;
type LoadKey = (PageKey, Moment);
type Load = OnceCell<LoadedPage>;

/// When a load began, in the terms of what may overtake it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Moment {
    epoch: Option<Epoch>,
    stamp: Stamp,
    since: Mark,
}

#[derive(Clone)]
pub(super) struct Entry {
    page: Arc<PageImage>,
    epoch: Option<Epoch>,
    stamp: Stamp,
    expires: Duration,
    weight: u32,
}

/// A caller's part in a load. The last one to go takes the load with it, and so does the first
/// that goes once it is done: who comes later finds the page in the cache or reads it anew.
struct Joined<'a> {
    pages: &'a PageCache,
    key: LoadKey,
    load: Arc<Load>,
}

impl<'a> Joined<'a> {
    fn new(pages: &'a PageCache, key: LoadKey) -> Self {
        let load = Arc::clone(pages.loads.entry(key.clone()).or_default().value());
        Self { pages, key, load }
    }
}

impl Drop for Joined<'_> {
    fn drop(&mut self) {
        // The map's own handle and ours; others are only made under the same lock.
        self.pages.loads.remove_if(&self.key, |_, load| {
            let is_last = Arc::strong_count(load) <= 2;
            Arc::ptr_eq(load, &self.load) && (is_last || load.initialized())
        });
    }
}

fn new_map(bytes: u64, counts: &Arc<CacheCounts>) -> Map {
    let counts = Arc::clone(counts);
    moka::sync::Cache::builder()
        .max_capacity(bytes)
        .eviction_listener(move |_, _, cause| {
            counts.evictions.add(u64::from(cause == RemovalCause::Size));
        })
        .weigher(|_: &PageKey, entry: &Entry| entry.weight)
        .build_with_hasher(Hasher::new())
}

/// The map's own bookkeeping for an entry.
const ENTRY_BYTES: usize = 512;

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
