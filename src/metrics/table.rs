//! What is counted of one table.
//!
//! Must hold: a hit adds to a handful of numbers that lie here, and resolves nothing.
//! Not here: how many tables have numbers of their own (`mod.rs`).

use std::array;

use super::OPERATIONS_MAX;
use super::catalogue::{
    CACHE_REQUESTS, CACHE_STALE, CAPACITY, CONDITION_FAILURES, EXPIRED, ITEMS_RETURNED, REQUESTS,
    TABLE_BYTES, TABLE_ITEMS, THROTTLES,
};
use super::histogram::as_f64;
use super::labels::{
    CACHE_RESULTS, CACHES, CAPACITIES, OUTCOMES, PAGE_RESULTS, PROTOCOLS, THROTTLE_CAUSES,
};
use super::labels::{
    CacheKind, CacheResult, Capacity, Outcome, PageResult, Protocol, ThrottleCause,
};
use super::number::Counter;
use super::page::Page;
use super::upstream::RECORD_RESULTS;

/// The numbers of one table, or of all that share a label.
#[derive(Debug)]
pub struct TableMetrics {
    label: String,
    requests: [[[Counter; OUTCOMES.len()]; OPERATIONS_MAX]; PROTOCOLS.len()],
    items: [Counter; CACHE_RESULTS.len()],
    pages: [Counter; PAGE_RESULTS.len()],
    returned: [Counter; OPERATIONS_MAX],
    /// In half units.
    capacity: [Counter; CAPACITIES.len()],
    throttles: [[Counter; THROTTLE_CAUSES.len()]; CAPACITIES.len()],
    condition_failures: Counter,
    expired: Counter,
    stale: [Counter; CACHES.len()],
    /// Of its stream upstream.
    pub(super) stream_records: [Counter; RECORD_RESULTS.len()],
    pub(super) stream_losses: Counter,
}

/// How much a table holds.
#[derive(Clone, Debug)]
pub struct TableSize {
    /// Its label, which other tables may share.
    pub label: String,
    /// Its items.
    pub items: u64,
    /// Their size.
    pub bytes: u64,
}

impl TableMetrics {
    pub(super) fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            requests: array::from_fn(|_| array::from_fn(|_| Default::default())),
            items: Default::default(),
            pages: Default::default(),
            returned: array::from_fn(|_| Counter::default()),
            capacity: Default::default(),
            throttles: Default::default(),
            condition_failures: Counter::default(),
            expired: Counter::default(),
            stale: Default::default(),
            stream_records: Default::default(),
            stream_losses: Counter::default(),
        }
    }

    /// Counts a look-up in the item cache.
    pub fn cache_lookup(&self, result: CacheResult) {
        self.items[result as usize].add(1);
    }

    /// Counts a look-up in the page cache.
    pub fn page_lookup(&self, result: PageResult) {
        self.pages[result as usize].add(1);
    }

    /// Counts the items in an answer of an operation.
    pub fn returned(&self, operation: usize, items: usize) {
        self.returned[operation].add(items as u64);
    }

    /// Counts capacity, in half units.
    pub fn consumed(&self, kind: Capacity, half_units: u64) {
        self.capacity[kind as usize].add(half_units);
    }

    /// Counts a read or write that was refused for want of capacity.
    pub fn throttled(&self, kind: Capacity, cause: ThrottleCause) {
        self.throttles[kind as usize][cause as usize].add(1);
    }

    /// Counts a write whose condition did not hold.
    pub fn condition_failed(&self) {
        self.condition_failures.add(1);
    }

    /// Counts an item that was deleted because its time to live was over.
    pub fn expired(&self) {
        self.expired.add(1);
    }

    /// Counts a look-up that was answered with what had outlived its time.
    pub fn answered_stale(&self, cache: CacheKind) {
        self.stale[cache as usize].add(1);
    }

    /// The label, which other tables may share.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many look-ups in the item cache had each [`CacheResult`], in its order.
    pub fn cache_lookups(&self) -> [u64; 4] {
        self.items.each_ref().map(Counter::get)
    }

    /// How many look-ups in the page cache had each [`PageResult`], in its order.
    pub fn page_lookups(&self) -> [u64; 3] {
        self.pages.each_ref().map(Counter::get)
    }

    /// Counts a request; whether it is the first of its protocol, operation and outcome.
    pub(super) fn count(&self, protocol: Protocol, operation: usize, outcome: Outcome) -> bool {
        self.requests[protocol as usize][operation][outcome as usize].add(1) == 0
    }
}

/// Shows the numbers of all tables; `operations` has the name of each operation that was counted.
pub(super) fn show(page: &mut Page, tables: &[&TableMetrics], operations: &[(usize, &str)]) {
    let mut requests = page.family(&REQUESTS);
    for table in tables {
        for (protocol, by_operation) in PROTOCOLS.iter().zip(&table.requests) {
            for (operation, name) in operations {
                let counts = &by_operation[*operation];
                if counts.iter().all(|count| count.get() == 0) {
                    continue;
                }
                // All at once: a rate does not see the first of a series that comes later.
                for (outcome, count) in OUTCOMES.iter().zip(counts) {
                    requests.whole(&[name, &table.label, protocol, outcome], count.get());
                }
            }
        }
    }
    let mut returned = page.family(&ITEMS_RETURNED);
    for table in tables {
        for (operation, name) in operations {
            let items = table.returned[*operation].get();
            if items > 0 {
                returned.whole(&[name, &table.label], items);
            }
        }
    }
    let mut lookups = page.family(&CACHE_REQUESTS);
    for table in tables {
        let items = CACHE_RESULTS.iter().zip(&table.items);
        let items = items.map(|(result, count)| (CACHES[0], result, count));
        let pages = PAGE_RESULTS.iter().zip(&table.pages);
        let pages = pages.map(|(result, count)| (CACHES[1], result, count));
        for (cache, result, count) in items.chain(pages) {
            lookups.whole(&[cache, &table.label, result], count.get());
        }
    }
    let mut throttles = page.family(&THROTTLES);
    for table in tables {
        for (kind, counts) in CAPACITIES.iter().zip(&table.throttles) {
            for (cause, count) in THROTTLE_CAUSES.iter().zip(counts) {
                throttles.whole(&[&table.label, kind, cause], count.get());
            }
        }
    }
    let mut failures = page.family(&CONDITION_FAILURES);
    for table in tables {
        failures.whole(&[&table.label], table.condition_failures.get());
    }
    let mut expired = page.family(&EXPIRED);
    for table in tables {
        expired.whole(&[&table.label], table.expired.get());
    }
}

/// Shows what was consumed of all tables.
pub(super) fn show_capacity(page: &mut Page, tables: &[&TableMetrics]) {
    let mut capacity = page.family(&CAPACITY);
    for table in tables {
        for (kind, half_units) in CAPACITIES.iter().zip(&table.capacity) {
            capacity.real(&[&table.label, kind], as_f64(half_units.get()) / 2.0);
        }
    }
}

/// Shows how often what had outlived its time was served, of all tables.
pub(super) fn show_stale(page: &mut Page, tables: &[&TableMetrics]) {
    let mut stale = page.family(&CACHE_STALE);
    for table in tables {
        for (cache, count) in CACHES.iter().zip(&table.stale) {
            stale.whole(&[cache, &table.label], count.get());
        }
    }
}

/// Shows how much the tables hold; those that share a label, together.
pub(super) fn show_sizes(page: &mut Page, sizes: &[TableSize]) {
    let mut sums: Vec<TableSize> = Vec::new();
    for size in sizes {
        match sums.iter_mut().find(|sum| sum.label == size.label) {
            Some(sum) => {
                sum.items += size.items;
                sum.bytes += size.bytes;
            }
            None => sums.push(size.clone()),
        }
    }
    let mut items = page.family(&TABLE_ITEMS);
    for sum in &sums {
        items.whole(&[&sum.label], sum.items);
    }
    let mut bytes = page.family(&TABLE_BYTES);
    for sum in &sums {
        bytes.whole(&[&sum.label], sum.bytes);
    }
}
