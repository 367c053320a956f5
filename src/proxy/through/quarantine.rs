//! Writes of unknown fate: their tickets stay open until they cannot land any more.
//!
//! Must hold: no more keys are held than the limit says, and what finds no room is given back, never
//! closed here.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::fence::WriteTicket;
use crate::metrics::UpstreamMetrics;
use crate::model::TableId;

/// How long and how many writes of unknown fate are kept from the caches.
#[derive(Clone, Copy, Debug)]
pub struct QuarantineOptions {
    /// For how long after it was given up a write may still be applied.
    pub span: Duration,
    /// The most keys that are kept; beyond them their tables are.
    pub keys_max: usize,
}

pub(super) struct Quarantine {
    options: QuarantineOptions,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// In the order in which they end.
    writes: VecDeque<Write>,
    keys: usize,
}

struct Write {
    until: Duration,
    keys: usize,
    tables: BTreeSet<TableId>,
    ticket: WriteTicket,
}

impl Quarantine {
    pub(super) fn new(options: &QuarantineOptions) -> Self {
        Self { options: *options, held: Mutex::default() }
    }

    pub(super) fn span(&self) -> Duration {
        self.options.span
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).writes.is_empty()
    }

    /// Until when writes may land that are kept, of each table that has any.
    pub(super) fn lands(&self) -> HashMap<TableId, Duration> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let of_write = |write: &Write| {
            let until = write.until;
            write.tables.iter().map(move |table| (*table, until)).collect::<Vec<_>>()
        };
        // Those that end last come last.
        held.writes.iter().flat_map(of_write).collect()
    }

    /// Keeps a ticket of so many keys of these tables open, or gives it back if there is no room;
    /// closes it if no time is given to land.
    pub(super) fn keep(
        &self,
        ticket: WriteTicket,
        keys: usize,
        tables: &BTreeSet<TableId>,
        now: Duration,
        metrics: &UpstreamMetrics,
    ) -> Result<(), WriteTicket> {
        if self.options.span.is_zero() {
            ticket.close();
            return Ok(());
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.keys + keys > self.options.keys_max {
            metrics.quarantine_overflowed();
            return Err(ticket);
        }
        held.keys += keys;
        let (until, tables) = (now + self.options.span, tables.clone());
        held.writes.push_back(Write { until, keys, tables, ticket });
        metrics.quarantined_keys.set(held.keys as u64);
        Ok(())
    }

    /// Closes the tickets of writes that cannot land any more.
    pub(super) fn release(&self, now: Duration, metrics: &UpstreamMetrics) {
        let mut over = Vec::new();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while held.writes.front().is_some_and(|write| write.until <= now) {
            let Some(write) = held.writes.pop_front() else { break };
            held.keys -= write.keys;
            over.push(write.ticket);
        }
        metrics.quarantined_keys.set(held.keys as u64);
        drop(held);
        over.into_iter().for_each(WriteTicket::close);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fence::{self, Entries, Fence};
    use crate::model::{Image, ItemKey, KeyAttribute, KeyBuffer, KeyType, KeyValue, TableSchema};

    const TABLE: TableId = TableId::new(1);

    struct Nothing;

    impl Entries for Nothing {
        fn remove(&self, _: &ItemKey) {}
        fn install(&self, _: &ItemKey, _: Image) {}
    }

    struct World {
        fence: Arc<Fence>,
        quarantine: Quarantine,
        metrics: UpstreamMetrics,
    }

    impl World {
        fn new(keys_max: usize) -> Self {
            Self::with(QuarantineOptions { span: Duration::from_secs(10), keys_max })
        }

        fn with(quarantine: QuarantineOptions) -> Self {
            let options = fence::Options { stripes: 4, words: 16, ..fence::Options::default() };
            Self {
                fence: Fence::new(Arc::new(Nothing), options),
                quarantine: Quarantine::new(&quarantine),
                metrics: UpstreamMetrics::default(),
            }
        }

        /// The ticket, if it finds no room.
        fn keep(&self, id: &str, second: u64) -> Option<WriteTicket> {
            let mut ticket = self.fence.ticket();
            ticket.open(&key(id));
            let (tables, now) = (BTreeSet::from([TABLE]), Duration::from_secs(second));
            self.quarantine.keep(ticket, 1, &tables, now, &self.metrics).err()
        }

        fn release(&self, second: u64) {
            self.quarantine.release(Duration::from_secs(second), &self.metrics);
        }

        fn is_kept(&self, id: &str) -> bool {
            self.fence.is_written(&key(id))
        }
    }

    fn key(id: &str) -> ItemKey {
        let hash = KeyAttribute { name: "id".into(), kind: KeyType::S };
        let schema = TableSchema { table: TABLE, hash, range: None, indexes: Vec::new() };
        let mut buffer = KeyBuffer::default();
        let key = schema.key_of_pairs(&[("id", KeyValue::S(id))], &mut buffer);
        key.expect("it has its key").to_key()
    }

    #[test]
    fn a_write_is_kept_until_it_cannot_land_any_more() {
        let world = World::new(10);
        assert!(world.keep("a", 0).is_none(), "there is room");
        assert!(world.keep("b", 5).is_none(), "there is room");

        world.release(9);
        assert!(world.is_kept("a") && world.is_kept("b"));
        let until = Duration::from_secs(15);
        assert_eq!(world.quarantine.lands(), HashMap::from([(TABLE, until)]));
        assert_eq!(world.metrics.quarantined_keys.get(), 2);

        world.release(10);
        assert!(!world.is_kept("a") && world.is_kept("b"));

        world.release(15);
        assert!(!world.is_kept("b") && world.quarantine.lands().is_empty());
        assert_eq!(world.metrics.quarantined_keys.get(), 0);
    }

    #[test]
    fn nothing_is_kept_if_no_time_is_given() {
        let world = World::with(QuarantineOptions { span: Duration::ZERO, keys_max: 10 });

        assert!(world.keep("a", 0).is_none(), "its end is known");

        assert!(!world.is_kept("a") && world.quarantine.lands().is_empty());
    }

    #[test]
    fn what_finds_no_room_is_given_back_open() {
        let world = World::new(1);
        assert!(world.keep("a", 0).is_none(), "there is room");

        let ticket = world.keep("b", 0).expect("there is no room");

        assert!(world.is_kept("b"), "whoever has it closes it");
        ticket.close();
        assert!(!world.is_kept("b") && world.is_kept("a"));
        world.release(10);
        assert!(world.keep("b", 10).is_none(), "there is room");
    }
}
