//! How pages are cached: stamped with an epoch, and loaded once for all who ask in that epoch.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use hearth::fence::Epoch;
use hearth::model::Image;
use shuttle::sync::{Mutex, MutexGuard};

use super::store::KEYS;
use super::world::{INDEX, Rule, TABLE, World, pick};
use super::writers::Write;

/// What a query asks for. All see the same items here, but not by the same epoch.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Query {
    Partition,
    Scan,
    /// A consistent query of the partition, which goes past the cache.
    Consistent,
}

/// One item a page; the pages of an answer are read one after another.
type Pages = [Image; KEYS];

/// The query cache and the loads in flight.
#[derive(Default)]
pub(crate) struct Queries {
    pages: Mutex<HashMap<Query, (Epoch, Pages)>>,
    loads: Mutex<HashMap<Joined, Arc<Load>>>,
}

/// What a load is shared by; the epoch is missing with [`Rule::JoinByEpoch`] left out.
type Joined = (Query, Option<Epoch>);

type Load = Mutex<Option<Pages>>;

/// A client that queries.
pub(crate) fn query(world: &World, queries: &Queries, count: usize) {
    for _ in 0..count {
        let query = pick(&[Query::Partition, Query::Scan, Query::Consistent]);
        let invoked = world.history.invoke();
        let pages = queries.answer(world, query);
        for (key, image) in pages.iter().enumerate() {
            world.returned(key, image, invoked);
        }
    }
}

/// A client whose writes touch the partition; some fail, and of these some are applied.
pub(crate) fn write_touching(world: &World, writes: impl Iterator<Item = Write>) {
    for write in writes {
        let mut ticket = world.fence.ticket();
        ticket.touch(TABLE, INDEX, PARTITION);
        let (applied, answered) =
            pick(&[(true, true), (true, true), (true, false), (false, false)]);
        if applied {
            world.store.apply(write.key, write.version);
            world.store.sync();
        }
        ticket.close();
        if answered {
            world.history.acknowledge(write.version);
        }
    }
}

impl Queries {
    fn answer(&self, world: &World, query: Query) -> Pages {
        let Some(epoch) = epoch(world, query) else { return read_pages(world) };
        if let Some((stamp, pages)) = lock(&self.pages).get(&query)
            && *stamp == epoch
        {
            return pages.clone();
        }
        let joined = (query, (!world.lacks(Rule::JoinByEpoch)).then_some(epoch));
        let load = Arc::clone(lock(&self.loads).entry(joined).or_default());
        let mut answer = lock(&load);
        if let Some(pages) = &*answer {
            return pages.clone();
        }
        let pages = read_pages(world);
        self.keep(world, query, epoch, &pages);
        *answer = Some(pages.clone());
        lock(&self.loads).remove(&joined);
        pages
    }

    fn keep(&self, world: &World, query: Query, epoch_before: Epoch, pages: &Pages) {
        let stamp = if world.lacks(Rule::EpochBeforePage) {
            epoch(world, query)
        } else {
            Some(epoch_before)
        };
        if let Some(stamp) = stamp {
            lock(&self.pages).insert(query, (stamp, pages.clone()));
        }
    }
}

fn epoch(world: &World, query: Query) -> Option<Epoch> {
    match query {
        Query::Partition => world.fence.epoch(TABLE, INDEX, PARTITION),
        Query::Scan => world.fence.index_epoch(TABLE, INDEX),
        Query::Consistent => None,
    }
}

fn read_pages(world: &World) -> Pages {
    std::array::from_fn(|key| world.store.read(key))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const PARTITION: &[u8] = b"p";
