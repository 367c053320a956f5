//! The map from item keys to images.
//!
//! Must hold: a fill goes through [`FillGuard`], which is refused once the key was removed or
//! installed, or its partition evicted, under it; a key's absence weighs too, so a scan for missing
//! keys cannot grow the map.
//! Not here: flights and tickets (`fence/`), entries past their time (`stale.rs`).

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::{Cache, GuardResult, PlaceholderGuard};
use quick_cache::{OptionsBuilder, Weighter};

use super::evictions::{Evictions, Mark};
use super::life::Life;
use super::lifecycle::Evicting;
use super::policy::{Options, Rules};
use super::transitions::{Event, Transitions};
use super::unanswered::Unanswered;
use super::verdict::Why;
use crate::fence::{Entries, Stamp};
use crate::metrics::CacheCounts;
use crate::model::{Image, ItemKey, ItemKeyRef, TableId};

/// The item cache.
pub struct ItemCache {
    pub(super) map: Option<Map>,
    pub(super) rules: Arc<Rules>,
    pub(super) transitions: Transitions,
    pub(super) evictions: Evictions,
    pub(super) unanswered: Unanswered,
    pub(super) counts: Arc<CacheCounts>,
}

/// What a look-up that may wait and fill found.
pub enum Lookup<'a> {
    /// The key's image.
    Hit(Image),
    /// What the key had when its time was over: a load of it just now got no answer.
    Stale(Image),
    /// Nothing; whoever holds the guard loads it.
    Miss(FillGuard<'a>),
    /// Nothing, and nothing may be filled: read past the cache.
    Bypass(Why),
}

/// The right to fill one key, until a write overtakes it.
pub struct FillGuard<'a> {
    /// None once it was used.
    pub(super) guard: Option<Placeholder<'a>>,
    /// What stands in the guard's place if nothing is filled.
    pub(super) stale: Option<Entry>,
    pub(super) cache: &'a ItemCache,
    pub(super) key: &'a ItemKey,
    pub(super) since: Mark,
}

impl ItemCache {
    /// An empty cache.
    pub fn new(options: &Options, rules: Arc<Rules>) -> Self {
        let counts = Arc::default();
        let map = options.enabled.then(|| new_map(options.bytes, Evicting::counted_in(&counts)));
        let (transitions, evictions) = (Transitions::default(), Evictions::default());
        Self { map, rules, transitions, evictions, unanswered: Unanswered::default(), counts }
    }

    /// The key's image, if it is cached, at a monotonic time that the caller has read already.
    pub fn get(&self, key: ItemKeyRef<'_>, now: Duration) -> Option<Image> {
        let entry = self.map.as_ref()?.get(&key)?;
        self.holds(&entry, key, now).then_some(entry.image)
    }

    /// The key's image, or the right to fill it; waits while somebody else has that right.
    pub async fn get_or_guard<'a>(&'a self, key: &'a ItemKey) -> Lookup<'a> {
        let began = self.unanswered.now();
        loop {
            let Some(map) = self.filled_map(key) else { return Lookup::Bypass(Why::Policy) };
            match map.get_value_or_guard_async(key).await {
                Ok(entry) if self.holds(&entry, key.view(), self.rules.now()) => {
                    return Lookup::Hit(entry.image);
                }
                Ok(_) => {
                    if let Some(lookup) = self.replace_spent(map, key, began) {
                        return lookup;
                    }
                }
                Err(guard) => return Lookup::Miss(FillGuard::new(guard, self, key)),
            }
        }
    }

    /// The same without waiting: a key that somebody else is filling is a bypass.
    ///
    /// Who holds one guard may call this for the next, since it waits for nobody.
    pub fn try_get_or_guard<'a>(&'a self, key: &'a ItemKey) -> Lookup<'a> {
        let began = self.unanswered.now();
        loop {
            let Some(map) = self.filled_map(key) else { return Lookup::Bypass(Why::Policy) };
            match map.get_value_or_guard(key, Some(Duration::ZERO)) {
                GuardResult::Value(entry) if self.holds(&entry, key.view(), self.rules.now()) => {
                    return Lookup::Hit(entry.image);
                }
                GuardResult::Value(_) => {
                    if let Some(lookup) = self.replace_spent(map, key, began) {
                        return lookup;
                    }
                }
                GuardResult::Guard(guard) => {
                    return Lookup::Miss(FillGuard::new(guard, self, key));
                }
                GuardResult::Timeout => return Lookup::Bypass(Why::InFlight),
            }
        }
    }

    /// Why a look-up of this key finds nothing.
    pub fn why(&self, key: ItemKeyRef<'_>) -> Why {
        self.transitions.why(self.transitions.slot(key), self.rules.now())
    }

    /// Evicts a key, whatever is filling it; returns whether it was cached.
    pub fn evict(&self, key: &ItemKey) -> bool {
        let Some(map) = &self.map else { return false };
        let removed = map.remove(key).is_some();
        self.note(key.view(), Event::Dropped);
        removed
    }

    /// The key's image, if it is cached; the entry does not count as used.
    pub fn peek(&self, key: ItemKeyRef<'_>, now: Duration) -> Option<Image> {
        let entry = self.map.as_ref()?.peek(&key)?;
        self.holds(&entry, key, now).then_some(entry.image)
    }

    /// The keys that are cached, in no order; those that come and go meanwhile may be among them.
    pub fn keys(&self) -> impl Iterator<Item = ItemKey> + '_ {
        let now = self.rules.now();
        let entries = self.map.iter().flat_map(Map::iter);
        entries.filter_map(move |(key, entry)| self.holds(&entry, key.view(), now).then_some(key))
    }

    /// Forgets an entry that turned out to be wrong.
    pub fn drop_diverged(&self, key: &ItemKey) {
        if let Some(map) = &self.map {
            map.remove(key);
        }
        self.note(key.view(), Event::Diverged);
    }

    /// What is known of the slot of a key, the newest first.
    pub fn transitions(&self, key: ItemKeyRef<'_>) -> Vec<(Event, Duration)> {
        self.transitions.of(self.transitions.slot(key), self.rules.now())
    }

    /// The memory that entries may take; none if the cache is off.
    pub fn capacity(&self) -> u64 {
        self.map.as_ref().map_or(0, Map::capacity)
    }

    /// Entries in the cache, and the memory that they take.
    pub fn usage(&self) -> (usize, u64) {
        self.map.as_ref().map_or((0, 0), |map| (map.len(), map.weight()))
    }

    /// The stamp was read before: what the policy forbids by now is spent, or forgotten with it.
    fn entry(&self, key: ItemKeyRef<'_>, image: Image, stamp: Stamp) -> Entry {
        let policy = self.rules.policy(key.table());
        let ttl = match image {
            Image::Item(_) => policy.item_ttl,
            Image::Absent => policy.absence_ttl,
        };
        let expires = if policy.bypass { Duration::ZERO } else { self.rules.expiry(ttl) };
        Entry { image, life: Life::until(expires, stamp) }
    }

    pub(super) fn holds(&self, entry: &Entry, key: ItemKeyRef<'_>, now: Duration) -> bool {
        entry.life.lasts(now) && entry.life.is_of(self.rules.stamp(key.table()))
    }

    /// The map, unless reads of the key's table go past it.
    fn filled_map(&self, key: &ItemKey) -> Option<&Map> {
        self.map.as_ref().filter(|_| !self.rules.policy(key.table()).bypass)
    }

    pub(super) fn note(&self, key: ItemKeyRef<'_>, event: Event) {
        self.transitions.note(self.transitions.slot(key), event, self.rules.now());
    }

    /// Removes an entry that no longer holds, unless a newer one has taken its place.
    pub(super) fn forget_spent(&self, map: &Map, key: &ItemKey) {
        let now = self.rules.now();
        let mut event = None;
        map.remove_if(key, |entry| {
            let spent = !self.holds(entry, key.view(), now);
            let flushed = entry.life.lasts(now);
            event = spent.then_some(if flushed { Event::Flushed } else { Event::Expired });
            spent
        });
        if let Some(event) = event {
            self.note_spent(key, event);
        }
    }

    /// A look-up found an entry that no longer holds.
    pub(super) fn note_spent(&self, key: &ItemKey, event: Event) {
        self.counts.expirations.add(u64::from(event == Event::Expired));
        self.note(key.view(), event);
    }
}

impl Entries for ItemCache {
    fn remove(&self, key: &ItemKey) {
        if let Some(map) = &self.map {
            if map.remove(key).is_some() {
                self.counts.invalidations.add(1);
            }
            self.note(key.view(), Event::Opened);
        }
    }

    fn install(&self, key: &ItemKey, image: Image) {
        self.install_since(key, image, self.rules.stamp(key.table()));
    }

    fn install_since(&self, key: &ItemKey, image: Image, since: Stamp) {
        if let Some(map) = self.filled_map(key) {
            let entry = self.entry(key.view(), image, since);
            map.insert(key.clone(), entry);
            self.note(key.view(), Event::Installed);
        }
    }
}

impl<'a> FillGuard<'a> {
    pub(super) fn new(guard: Placeholder<'a>, cache: &'a ItemCache, key: &'a ItemKey) -> Self {
        let since = cache.evictions.mark(partition_of(key));
        Self { guard: Some(guard), stale: None, cache, key, since }
    }

    /// The same in place of an entry past its time, which was there at that mark.
    pub(super) fn over(mut self, entry: Entry, since: Mark) -> Self {
        (self.stale, self.since) = (Some(entry), since);
        self
    }

    /// Fills the key, unless a write or an eviction overtook the guard; who waited for it gets the
    /// image anyway, but after an eviction of its partition.
    pub fn fill(mut self, image: Image, stamp: Stamp) {
        self.stale = None;
        let Some(guard) = self.guard.take() else { return };
        let (cache, key, since) = (self.cache, self.key, self.since);
        let entry = cache.entry(key.view(), image, stamp);
        let insert = || guard.insert(entry);
        // A refusal is the fence at work: the next reader loads the key afresh.
        if let Some(Ok(())) = cache.evictions.insert_if_none(partition_of(key), since, insert) {
            cache.counts.filled.add(1);
            cache.note(key.view(), Event::Filled);
        } else {
            cache.counts.refused.add(1);
        }
    }
}

pub(super) type Map = Cache<ItemKey, Entry, EntryWeight, Hasher, Evicting>;
type Placeholder<'a> = PlaceholderGuard<'a, ItemKey, Entry, EntryWeight, Hasher, Evicting>;
type Hasher = ahash::RandomState;

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) image: Image,
    pub(super) life: Life,
}

#[derive(Clone)]
pub(super) struct EntryWeight;

impl Weighter<ItemKey, Entry> for EntryWeight {
    fn weight(&self, key: &ItemKey, entry: &Entry) -> u64 {
        let image = match &entry.image {
            Image::Item(image) => IMAGE_BYTES + image.weight(),
            Image::Absent => 0,
        };
        (SLOT_BYTES + key.bytes().len() + image) as u64
    }
}

/// What an eviction of a partition goes by.
pub(super) fn partition_of(key: &ItemKey) -> (TableId, &[u8]) {
    (key.table(), key.partition())
}

fn new_map(bytes: u64, evicting: Evicting) -> Map {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // A shard holds a few of the largest items; one heavier than its shard would be refused.
    let shards_max = usize::try_from(bytes / SHARD_BYTES_MIN).unwrap_or(usize::MAX).max(1);
    let options = OptionsBuilder::new()
        .shards((cores * 4).min(shards_max))
        .weight_capacity(bytes)
        .estimated_items_capacity(usize::try_from(bytes / ITEM_BYTES_TYPICAL).unwrap_or(0).max(32))
        .build()
        .expect("both capacities are given");
    Cache::with_options(options, EntryWeight, Hasher::new(), evicting)
}

/// The map's own bookkeeping for an entry, half of one that is gone but remembered, a long key's
/// memory beyond its bytes.
const SLOT_BYTES: usize = 120;
/// What the memory of an image and of its answer takes beyond their bytes.
const IMAGE_BYTES: usize = 80;
const SHARD_BYTES_MIN: u64 = 2 << 20;
const ITEM_BYTES_TYPICAL: u64 = 2048;

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
