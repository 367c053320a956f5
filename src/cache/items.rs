//! The map from item keys to images.
//!
//! Must hold: a fill goes through [`FillGuard`], which is refused once the key was removed or
//! installed under it; a key's absence weighs too, so a scan for missing keys cannot grow the map.
//! Not here: flights and tickets (`fence/`).

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use quick_cache::sync::{Cache, DefaultLifecycle, GuardResult, PlaceholderGuard};
use quick_cache::{OptionsBuilder, Weighter};

use super::generation::{Generations, Stamp};
use super::lifetimes::{Lifetimes, Options};
use crate::clock::Clock;
use crate::fence::Entries;
use crate::model::{Image, ItemKey, ItemKeyRef};

/// The item cache.
pub struct ItemCache {
    map: Option<Map>,
    generations: Arc<Generations>,
    lifetimes: ArcSwap<Lifetimes>,
    clock: Clock,
}

/// What a look-up that may wait and fill found.
pub enum Lookup<'a> {
    /// The key's image.
    Hit(Image),
    /// Nothing; whoever holds the guard loads it.
    Miss(FillGuard<'a>),
    /// Nothing, and nothing may be filled: read past the cache.
    Bypass,
}

/// The right to fill one key, until a write overtakes it.
pub struct FillGuard<'a> {
    guard: PlaceholderGuard<'a, ItemKey, Entry, EntryWeight, Hasher, Lifecycle>,
    cache: &'a ItemCache,
    key: &'a ItemKey,
}

impl ItemCache {
    /// An empty cache.
    pub fn new(options: &Options, generations: Arc<Generations>, clock: Clock) -> Self {
        let map = options.enabled.then(|| new_map(options.bytes));
        Self { map, generations, lifetimes: ArcSwap::default(), clock }
    }

    /// The key's image, if it is cached, at a monotonic time that the caller has read already.
    pub fn get(&self, key: ItemKeyRef<'_>, now: Duration) -> Option<Image> {
        let entry = self.map.as_ref()?.get(&key)?;
        self.holds(&entry, key, now).then_some(entry.image)
    }

    /// The key's image, or the right to fill it; waits while somebody else has that right.
    pub async fn get_or_guard<'a>(&'a self, key: &'a ItemKey) -> Lookup<'a> {
        let Some(map) = &self.map else { return Lookup::Bypass };
        loop {
            match map.get_value_or_guard_async(key).await {
                Ok(entry) if self.holds(&entry, key.view(), self.clock.monotonic()) => {
                    return Lookup::Hit(entry.image);
                }
                Ok(_) => self.forget_spent(map, key),
                Err(guard) => return Lookup::Miss(FillGuard { guard, cache: self, key }),
            }
        }
    }

    /// The same without waiting: a key that somebody else is filling is a bypass.
    ///
    /// Who holds one guard may call this for the next, since it waits for nobody.
    pub fn try_get_or_guard<'a>(&'a self, key: &'a ItemKey) -> Lookup<'a> {
        let Some(map) = &self.map else { return Lookup::Bypass };
        loop {
            match map.get_value_or_guard(key, Some(Duration::ZERO)) {
                GuardResult::Value(entry)
                    if self.holds(&entry, key.view(), self.clock.monotonic()) =>
                {
                    return Lookup::Hit(entry.image);
                }
                GuardResult::Value(_) => self.forget_spent(map, key),
                GuardResult::Guard(guard) => {
                    return Lookup::Miss(FillGuard { guard, cache: self, key });
                }
                GuardResult::Timeout => return Lookup::Bypass,
            }
        }
    }

    /// The stamp to read before the snapshot that a fill comes from.
    pub fn stamp(&self, key: ItemKeyRef<'_>) -> Stamp {
        self.generations.stamp(key.table())
    }

    /// Replaces how long entries made from now on live.
    pub fn set_lifetimes(&self, lifetimes: Lifetimes) {
        self.lifetimes.store(Arc::new(lifetimes));
    }

    /// Entries in the cache, and the memory that they take.
    pub fn usage(&self) -> (usize, u64) {
        self.map.as_ref().map_or((0, 0), |map| (map.len(), map.weight()))
    }

    fn entry(&self, key: ItemKeyRef<'_>, image: Image, stamp: Stamp) -> Entry {
        let weight = ENTRY_BYTES + key.bytes().len() + image.weight();
        let lifetime = self.lifetimes.load().of(key.table());
        let expires = lifetime.map_or(Duration::MAX, |lifetime| self.clock.monotonic() + lifetime);
        Entry { image, stamp, expires, weight: weight.try_into().unwrap_or(u32::MAX) }
    }

    fn holds(&self, entry: &Entry, key: ItemKeyRef<'_>, now: Duration) -> bool {
        now < entry.expires && entry.stamp == self.generations.stamp(key.table())
    }

    /// Removes an entry that no longer holds, unless a newer one has taken its place.
    fn forget_spent(&self, map: &Map, key: &ItemKey) {
        let now = self.clock.monotonic();
        map.remove_if(key, |entry| !self.holds(entry, key.view(), now));
    }
}

impl Entries for ItemCache {
    fn remove(&self, key: &ItemKey) {
        if let Some(map) = &self.map {
            map.remove(key);
        }
    }

    fn install(&self, key: &ItemKey, image: Image) {
        if let Some(map) = &self.map {
            let entry = self.entry(key.view(), image, self.stamp(key.view()));
            map.insert(key.clone(), entry);
        }
    }
}

impl FillGuard<'_> {
    /// Fills the key, unless a write overtook the guard; who waited for it gets the image anyway.
    pub fn fill(self, image: Image, stamp: Stamp) {
        let entry = self.cache.entry(self.key.view(), image, stamp);
        // A refusal is the fence at work: the next reader loads the key afresh.
        drop(self.guard.insert(entry));
    }
}

type Map = Cache<ItemKey, Entry, EntryWeight, Hasher, Lifecycle>;
type Hasher = ahash::RandomState;
type Lifecycle = DefaultLifecycle<ItemKey, Entry>;

#[derive(Clone)]
struct Entry {
    image: Image,
    stamp: Stamp,
    expires: Duration,
    weight: u32,
}

#[derive(Clone)]
struct EntryWeight;

impl Weighter<ItemKey, Entry> for EntryWeight {
    fn weight(&self, _key: &ItemKey, entry: &Entry) -> u64 {
        u64::from(entry.weight)
    }
}

fn new_map(bytes: u64) -> Map {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // A shard holds a few of the largest items; one heavier than its shard would be refused.
    let shards_max = usize::try_from(bytes / SHARD_BYTES_MIN).unwrap_or(usize::MAX).max(1);
    let options = OptionsBuilder::new()
        .shards((cores * 4).min(shards_max))
        .weight_capacity(bytes)
        .estimated_items_capacity(usize::try_from(bytes / ITEM_BYTES_TYPICAL).unwrap_or(0).max(32))
        .build()
        .expect("both capacities are given");
    Cache::with_options(options, EntryWeight, Hasher::new(), Lifecycle::default())
}

/// The map's own bookkeeping for an entry, the image's header and the allocator's rounding.
const ENTRY_BYTES: usize = 232;
const SHARD_BYTES_MIN: u64 = 2 << 20;
const ITEM_BYTES_TYPICAL: u64 = 2048;

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
