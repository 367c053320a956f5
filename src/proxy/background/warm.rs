//! Warm-ups: loading keys before anybody asks for them.
//!
//!     pages of a table, keys only ─┐
//!     a dump of hot keys ──────────┴─> at the asked rate, up to 100 at once: guard, admit, read, fill
//!
//! Must hold: a table is warmed by one task at a time, which ends on the drain; what is warmed takes
//! the way of every fill; a warm-up ends when the cache is full, rather than evict what it holds.
//! Not here: pages of queries, which are not warmed; how far a warm-up is (`warming.rs`); the bytes
//! of a dump (`dump.rs`).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use super::dump::{self, DumpError};
use super::pace::Pace;
use super::warming::{WarmEnd, WarmError, WarmProgress, Warming};
use crate::api::{Consistency, Order};
use crate::cache::{FillGuard, Lookup};
use crate::engine::{self, ItemSource, PageAnswer, PageRead, Position, Scope, Table};
use crate::expr::Projection;
use crate::model::{IndexId, ItemBytes, ItemKey, KeyBuffer, TableId};
use crate::proxy::Proxy;
use crate::task;

impl Proxy {
    /// Begins to load a table's items, at most so many, at most so many in a second.
    ///
    /// It goes on in the background; [`Proxy::warmings`] tells how far it is.
    pub fn warm(
        self: &Arc<Self>,
        table: &str,
        items_per_second: u64,
        items_max: u64,
    ) -> Result<(), WarmError> {
        let table = self.catalog().serving(table).cloned().ok_or(WarmError::NoTable)?;
        let id = table.schema.table;
        if self.cache.capacity() == 0 || self.rules.policy(id).bypass {
            return Err(WarmError::NotCached);
        }
        let warming = Arc::new(Warming::of(table.name.clone()));
        let mut warmings = self.warmings_now();
        if warmings.get(&id).is_some_and(|warming| warming.is_running()) {
            return Err(WarmError::Running);
        }
        let catalog = self.catalog();
        warmings.retain(|id, _| catalog.table_of(*id).is_some());
        warmings.insert(id, Arc::clone(&warming));
        drop(warmings);
        let proxy = Arc::clone(self);
        task::spawn("warm-up", async move {
            let running = warming.running();
            let pace = Pace::of(items_per_second);
            let end = tokio::select! {
                end = proxy.warm_table(&table, &warming, pace, items_max) => end,
                () = warming.stopped() => WarmEnd::Stopped,
                () = proxy.background.drain.begun() => WarmEnd::Stopped,
            };
            running.end(end);
        });
        Ok(())
    }

    /// Stops the table's warm-up; whether one was running.
    pub fn stop_warming(&self, table: &str) -> bool {
        let warmings = self.warmings_now();
        let mut running = warmings.values().filter(|warming| warming.is_running());
        let warming = running.find(|warming| warming.table().as_str() == table);
        warming.inspect(|warming| warming.stop()).is_some()
    }

    /// The last warm-up of each table, in the order of their names.
    pub fn warmings(&self) -> Vec<WarmProgress> {
        let mut warmings: Vec<_> =
            self.warmings_now().values().map(|warming| warming.progress()).collect();
        warmings.sort_by(|one, other| one.table.as_str().cmp(other.table.as_str()));
        warmings
    }

    /// The bytes of a dump of the hottest keys and, behind them, of others that are cached; `None`
    /// if there are none.
    pub fn dump_hot_keys(&self, keys_max: usize) -> Option<Vec<u8>> {
        let hottest = self.background.hot.hottest_of_all(self.clock.monotonic());
        let mut keys: Vec<ItemKey> = hottest.into_iter().map(|(key, _)| key).collect();
        keys.truncate(keys_max);
        let hot: HashSet<ItemKey> = keys.iter().cloned().collect();
        let others = self.cache.keys().filter(|key| !hot.contains(key));
        keys.extend(others.take(keys_max - keys.len()));
        (!keys.is_empty()).then(|| dump::encode(&keys))
    }

    /// Loads the first keys of a dump at a limited rate, until the drain; returns how many of them
    /// it loaded.
    pub async fn warm_from_dump(&self, dump: &[u8], keys_max: usize) -> Result<u64, DumpError> {
        let keys = dump::decode(dump)?;
        let mut pace = Pace::of(DUMP_ITEMS_PER_SECOND);
        let mut loaded = 0;
        for keys in keys[..keys.len().min(keys_max)].chunks(pace.chunk_keys) {
            let keys: Vec<ItemKey> =
                keys.iter().filter_map(|(table, key)| self.key_of_dump(*table, key)).collect();
            tokio::select! {
                _ = pace.ticks.tick() => {}
                () = self.background.drain.begun() => break,
            }
            // What is cached by then tells how much the next ones weigh.
            let (entries, bytes) = self.cache.usage();
            let each = bytes / (entries.max(1) as u64);
            if self.room_for(each.max(weight_of(0))) < keys.len() as u64 {
                break;
            }
            match self.load_keys(&keys).await {
                Ok(count) => loaded += count,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "hot keys are not loaded");
                    break;
                }
            }
        }
        Ok(loaded)
    }

    async fn warm_table(
        &self,
        table: &Table,
        warming: &Warming,
        mut pace: Pace,
        items_max: u64,
    ) -> WarmEnd {
        let mut after = None;
        loop {
            let found = match self.reader.page(keys_page(table, after)).await {
                Ok(found) => found,
                Err(error) => return warming.failed(&error),
            };
            let keys: Vec<ItemKey> =
                found.items.iter().filter_map(|item| key_of(table, item)).collect();
            let each = weight_of(found.row_bytes / (keys.len().max(1) as u64));
            let mut rest = &keys[..];
            while !rest.is_empty() {
                let left = items_max.saturating_sub(warming.loaded());
                if left == 0 {
                    return WarmEnd::ItemsMax;
                }
                let room = self.room_for(each);
                if room == 0 {
                    return WarmEnd::CacheFull;
                }
                let count = [as_usize(left), as_usize(room), pace.chunk_keys];
                let (keys, others) = rest.split_at(count.into_iter().fold(rest.len(), usize::min));
                rest = others;
                pace.ticks.tick().await;
                match self.in_time(self.load_keys(keys)).await {
                    Ok(loaded) => warming.add(keys.len(), loaded),
                    Err(error) => return warming.failed(&error),
                }
            }
            let Some(last) = found.last else { return WarmEnd::Complete };
            after = key_of(table, &last).map(|item| Position { item, entry: None });
        }
    }

    /// Loads those of these keys that are not cached; how many that were.
    async fn load_keys(&self, keys: &[ItemKey]) -> Result<u64, engine::Error> {
        let now = self.clock.monotonic();
        let mut admitted: Vec<(&ItemKey, Option<FillGuard<'_>>)> = Vec::new();
        for key in keys {
            // A look-up would make the key seem used.
            if self.cache.peek(key.view(), now).is_some() {
                continue;
            }
            if let Lookup::Miss(guard) = self.cache.try_get_or_guard(key) {
                admitted.push((key, Some(guard)));
            }
        }
        // All guards are held before the first flight is looked at, as for a batch.
        for (key, guard) in &mut admitted {
            *guard = guard.take().and_then(|guard| self.fence.admit(key, guard));
        }
        admitted.retain(|(_, guard)| guard.is_some());
        let loaded = self.fill_many(&mut admitted, Consistency::Eventual).await?;
        Ok(loaded.iter().flatten().count() as u64)
    }

    fn key_of_dump(&self, table: TableId, key: &[u8]) -> Option<ItemKey> {
        self.catalog().table_of(table)?.schema.key_of_bytes(key)
    }

    /// How many items of this weight can be loaded without pushing something out.
    fn room_for(&self, each: u64) -> u64 {
        let (_, bytes) = self.cache.usage();
        let capacity = self.cache.capacity();
        (capacity - capacity / FREE_SHARE).saturating_sub(bytes) / each.max(1)
    }

    fn warmings_now(&self) -> MutexGuard<'_, HashMap<TableId, Arc<Warming>>> {
        self.background.warmings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page of a table that has the key attributes alone.
fn keys_page(table: &Table, after: Option<Position>) -> PageRead {
    let names = table.schema.keys().map(|key| key.name.clone());
    PageRead {
        table: table.schema.table,
        index: IndexId::TABLE,
        scope: Scope::Everything,
        order: Order::Ascending,
        after,
        limit: Some(PAGE_KEYS),
        source: ItemSource::Rows,
        filter: None,
        projection: Some(Projection::of_attributes(names)),
        answer: PageAnswer::Items,
        consistency: Consistency::Eventual,
    }
}

/// About what an item of this size weighs in the cache, where its answer counts too.
fn weight_of(item_bytes: u64) -> u64 {
    ENTRY_BYTES + 3 * item_bytes
}

fn as_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn key_of(table: &Table, item: &ItemBytes) -> Option<ItemKey> {
    let mut buffer = KeyBuffer::default();
    Some(table.schema.key_of_stored(item.view(), &mut buffer)?.to_key())
}

/// What is loaded of a dump after a start: seconds for most, and little beside the requests.
const DUMP_ITEMS_PER_SECOND: u64 = 5_000;
const PAGE_KEYS: usize = 1_000;
/// This part of the cache is left free: its shards fill unevenly.
const FREE_SHARE: u64 = 16;
/// What an entry takes besides its item and its answer.
const ENTRY_BYTES: u64 = 300;
