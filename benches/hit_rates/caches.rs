//! The caches that are compared, each with room for a number of entries of one size.

use std::convert::Infallible;
use std::future;
use std::num::NonZero;
use std::sync::Arc;

use futures_util::FutureExt as _;
use hearth::api::PageFound;
use hearth::cache::{ItemCache, Lookup, Options, PageCache, PageKey, Rules};
use hearth::clock::Clock;
use hearth::model::{
    AttributeValue, Image, Item, KeyAttribute, KeyBuffer, KeyType, KeyValue, TableId, TableSchema,
};

use crate::common::{DATA, ID, filling, item_id};

/// hearth's cache of items, with items of 1,000 bytes and as many bytes as these entries weigh.
pub(crate) fn items(trace: &[u32], entries: usize) -> usize {
    let items = Items::new(entries);
    let hits = trace.iter().filter(|key| items.asked(**key)).count();
    let (kept, _) = items.cache.usage();
    assert!(kept <= entries, "{kept} entries, with room for {entries}");
    hits
}

/// hearth's cache of pages, with pages of one small item and as many bytes as these weigh.
pub(crate) fn pages(trace: &[u32], entries: usize) -> usize {
    let pages = Pages::new(entries);
    trace.iter().filter(|key| pages.asked(**key)).count()
}

/// The crate `lru`: the least recently used entry goes.
pub(crate) fn lru(trace: &[u32], entries: usize) -> usize {
    let mut cache = lru::LruCache::new(NonZero::new(entries).expect("there is some room"));
    let asked = |key: &&u32| {
        let hit = cache.get(*key).is_some();
        if !hit {
            cache.put(**key, ());
        }
        hit
    };
    trace.iter().filter(asked).count()
}

/// The crate `moka`: W-TinyLFU.
pub(crate) fn moka(trace: &[u32], entries: usize) -> usize {
    let cache = moka::sync::Cache::new(entries as u64);
    let asked = |key: &&u32| {
        let hit = cache.get(*key).is_some();
        if !hit {
            cache.insert(**key, ());
        }
        hit
    };
    trace.iter().filter(asked).count()
}

struct Items {
    cache: ItemCache,
    rules: Arc<Rules>,
    clock: Clock,
    schema: TableSchema,
    image: Image,
}

impl Items {
    fn new(entries: usize) -> Self {
        let probe = Self::of_bytes(1 << 20);
        probe.asked(0);
        let (_, bytes) = probe.cache.usage();
        Self::of_bytes(bytes * entries as u64)
    }

    fn of_bytes(bytes: u64) -> Self {
        let clock = Clock::manual(0);
        let rules = Rules::new(Arc::default(), clock.clone());
        let options = Options { enabled: true, bytes, ..Options::default() };
        let cache = ItemCache::new(&options, Arc::clone(&rules));
        let hash = KeyAttribute { name: ID.into(), kind: KeyType::S };
        let schema = TableSchema { table: TableId::new(1), hash, range: None, indexes: Vec::new() };
        let text = |text: String| AttributeValue::S(text);
        let item = Item::from([(ID, text(item_id(0))), (DATA, text(filling()))]);
        Self { cache, rules, clock, schema, image: Image::Item(item.encode()) }
    }

    /// Asks for the key as a request does, and fills it if it is missing; whether it was there.
    fn asked(&self, number: u32) -> bool {
        let id = item_id(number.try_into().expect("a number of 32 bits"));
        let mut buffer = KeyBuffer::default();
        let key = self.schema.key_of_values(KeyValue::S(&id), None, &mut buffer).expect("a key");
        if self.cache.get(key, self.clock.monotonic()).is_some() {
            return true;
        }
        let key = key.to_key();
        match self.cache.try_get_or_guard(&key) {
            Lookup::Miss(guard) => guard.fill(self.image.clone(), self.rules.stamp(key.table())),
            Lookup::Hit(_) | Lookup::Stale(_) | Lookup::Bypass(_) => {
                panic!("nobody else fills this cache")
            }
        }
        false
    }
}

struct Pages {
    cache: PageCache,
    clock: Clock,
    found: PageFound,
}

impl Pages {
    fn new(entries: usize) -> Self {
        let probe = Self::of_bytes(1 << 20);
        // The map counts what it has some time after it was put there.
        for key in 0..1_000 {
            probe.asked(key);
        }
        let (kept, bytes) = probe.cache.usage();
        Self::of_bytes(bytes / kept * entries as u64)
    }

    fn of_bytes(query_bytes: u64) -> Self {
        let clock = Clock::manual(0);
        let options = Options { enabled: true, query_bytes, ..Options::default() };
        let cache = PageCache::new(&options, Rules::new(Arc::default(), clock.clone()));
        let item = Item::from([(ID, AttributeValue::S(item_id(0)))]).encode().item();
        let found =
            PageFound { items: Some(vec![item]), count: 1, scanned: 1, ..Default::default() };
        Self { cache, clock, found }
    }

    /// Asks for the page as a query does, and loads it if it is missing; whether it was there.
    fn asked(&self, number: u32) -> bool {
        let key = PageKey::new(TableId::new(1), number.to_be_bytes().to_vec());
        if self.cache.get(&key, None, self.clock.monotonic()).is_some() {
            return true;
        }
        let found = || future::ready(Ok::<_, Infallible>(self.found.clone()));
        let loaded = self.cache.load(&key, None, found).now_or_never();
        assert!(loaded.is_some(), "nobody else loads into this cache");
        false
    }
}
