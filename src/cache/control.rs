//! Looking into the caches, and dropping from them, for who operates them.
//!
//! Must hold: looking at an entry does not make it hotter; dropping looks at one entry at a time,
//! so that no look-up waits for all of them.
//! Not here: what tables and keys are called (`proxy/`).

use std::time::Duration;

use quick_cache::Weighter as _;

use super::items::{EntryWeight, ItemCache};
use super::pages::{PageCache, PageKey};
use super::transitions::Event;
use super::verdict::Why;
use crate::metrics::CacheFigures;
use crate::model::{Image, ItemKey, TableId};

/// How full a cache is.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Entries, absences among them.
    pub entries: u64,
    /// The memory that they take.
    pub bytes: u64,
    /// The memory that they may take.
    pub bytes_max: u64,
}

/// An entry of the item cache that holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// What is cached.
    pub image: Image,
    /// The memory that it takes.
    pub bytes: u64,
    /// How long it may still be served; `None` is without limit.
    pub left: Option<Duration>,
}

impl ItemCache {
    /// How full it is.
    pub fn fullness(&self) -> Usage {
        let (entries, bytes) = self.usage();
        Usage { entries: entries as u64, bytes, bytes_max: self.capacity() }
    }

    /// How full it is, and what it has counted.
    pub fn figures(&self) -> CacheFigures {
        let Usage { entries, bytes, bytes_max } = self.fullness();
        self.counts.figures(entries, bytes, bytes_max)
    }

    /// The key's entry, or why a look-up would find none.
    pub fn held(&self, key: &ItemKey) -> Result<Held, Why> {
        if self.rules.policy(key.table()).bypass {
            return Err(Why::Policy);
        }
        let Some(map) = &self.map else { return Err(Why::Policy) };
        let Some(entry) = map.peek(key) else { return Err(self.why(key.view())) };
        let now = self.rules.now();
        if self.holds(&entry, key.view(), now) {
            let bytes = EntryWeight.weight(key, &entry);
            return Ok(Held { bytes, left: entry.life.left(now), image: entry.image });
        }
        Err(if entry.life.lasts(now) { Why::Flushed } else { Why::Expired })
    }

    /// Evicts every item of a partition, whatever is filling it; returns how many there were.
    pub fn evict_partition(&self, table: TableId, partition: &[u8]) -> u64 {
        let is_one = |key: &ItemKey| key.table() == table && key.partition() == partition;
        self.evictions.evict((table, partition), || self.drop_all(Event::Dropped, is_one))
    }

    /// Gives back the memory of what a table, or all of them, was just made to forget; returns how
    /// many entries there were.
    pub fn sweep(&self, table: Option<TableId>) -> u64 {
        self.drop_all(Event::Flushed, |key| table.is_none_or(|table| key.table() == table))
    }

    fn drop_all(&self, event: Event, is_one: impl Fn(&ItemKey) -> bool) -> u64 {
        let Some(map) = &self.map else { return 0 };
        let mut dropped = 0;
        for (key, _) in map.iter().filter(|(key, _)| is_one(key)) {
            if map.remove(&key).is_some() {
                self.note(key.view(), event);
                dropped += 1;
            }
        }
        dropped
    }
}

impl PageCache {
    /// How full it is.
    pub fn fullness(&self) -> Usage {
        let Some(map) = &self.map else { return Usage { entries: 0, bytes: 0, bytes_max: 0 } };
        // Its figures are those of the last upkeep otherwise.
        map.run_pending_tasks();
        let (entries, bytes) = self.usage();
        Usage { entries, bytes, bytes_max: map.policy().max_capacity().unwrap_or(0) }
    }

    /// How full it is, and what it has counted.
    pub fn figures(&self) -> CacheFigures {
        let Usage { entries, bytes, bytes_max } = self.fullness();
        self.counts.figures(entries, bytes, bytes_max)
    }

    /// Drops the pages of a table whose request is one of these, and what is loading any page of
    /// the table; returns how many pages there were.
    pub fn evict(&self, table: TableId, is_one: impl Fn(&PageKey) -> bool) -> u64 {
        let is_one = |key: &PageKey| key.table() == table && is_one(key);
        self.evictions.evict(table, || self.drop_all(Event::Dropped, is_one))
    }

    /// Gives back the memory of what a table, or all of them, was just made to forget; returns how
    /// many pages there were.
    pub fn sweep(&self, table: Option<TableId>) -> u64 {
        self.drop_all(Event::Flushed, |key| table.is_none_or(|table| key.table() == table))
    }

    fn drop_all(&self, event: Event, is_one: impl Fn(&PageKey) -> bool) -> u64 {
        let Some(map) = &self.map else { return 0 };
        let mut dropped = 0;
        for (key, _) in map.iter().filter(|(key, _)| is_one(key)) {
            if map.remove(&*key).is_some() {
                self.note(&key, event);
                dropped += 1;
            }
        }
        dropped
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::api::PageFound;
    use crate::cache::{Lookup, Options, Rules};
    use crate::clock::Clock;
    use crate::model::{KeyAttribute, KeyBuffer, KeyType, KeyValue, TableSchema};

    const TABLE: TableId = TableId::new(1);

    fn rules() -> Arc<Rules> {
        Rules::new(Arc::default(), Clock::manual(0))
    }

    fn key(partition: &str, sort: &str) -> ItemKey {
        let attribute = |name: &str| KeyAttribute { name: name.into(), kind: KeyType::S };
        let (hash, range) = (attribute("pk"), Some(attribute("sk")));
        let schema = TableSchema { table: TABLE, hash, range, indexes: Vec::new() };
        let (partition, sort) = (KeyValue::S(partition), Some(KeyValue::S(sort)));
        let mut buffer = KeyBuffer::default();
        schema.key_of_values(partition, sort, &mut buffer).expect("a key").to_key()
    }

    #[test]
    fn the_items_of_one_partition_are_evicted_and_so_is_what_is_filling_it() {
        let rules = rules();
        let cache = ItemCache::new(&Options::default(), Arc::clone(&rules));
        let keys = [key("a", "1"), key("a", "2"), key("b", "1")];
        let fill = |key: &ItemKey| match cache.try_get_or_guard(key) {
            Lookup::Miss(guard) => guard.fill(Image::Absent, rules.stamp(TABLE)),
            Lookup::Hit(_) | Lookup::Stale(_) | Lookup::Bypass(_) => panic!("the key is free"),
        };
        keys.iter().for_each(fill);
        let late = key("a", "late");
        let Lookup::Miss(guard) = cache.try_get_or_guard(&late) else { panic!("it is free") };

        let dropped = cache.evict_partition(TABLE, b"a");
        guard.fill(Image::Absent, rules.stamp(TABLE));

        assert_eq!(dropped, 2);
        assert_eq!(cache.held(&keys[0]).err(), Some(Why::Flushed));
        assert!(cache.held(&keys[2]).is_ok());
        assert!(cache.held(&late).is_err(), "its load began before the eviction");
        fill(&late);
        assert!(cache.held(&late).is_ok());
    }

    #[tokio::test]
    async fn evicted_pages_do_not_come_back_with_the_loads_that_were_under_way() {
        let pages = PageCache::new(&Options::default(), rules());
        let (one, other) = (PageKey::new(TABLE, b"1".to_vec()), PageKey::new(TABLE, b"2".to_vec()));
        let found = || async { Ok::<_, ()>(PageFound::default()) };
        pages.load(&one, None, found).await.expect("the read succeeds");
        pages.load(&other, None, found).await.expect("the read succeeds");

        let dropped = pages.evict(TABLE, |key| key.bytes() == b"1");
        let late = PageKey::new(TABLE, b"3".to_vec());
        let read = || async {
            pages.evict(TABLE, |_| false);
            found().await
        };
        pages.load(&late, None, read).await.expect("the read succeeds");

        assert_eq!(dropped, 1);
        let is_hit = |key| pages.get(key, None, Duration::ZERO).is_some();
        assert!(!is_hit(&one) && is_hit(&other) && !is_hit(&late));
    }
}
