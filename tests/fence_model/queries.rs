//! How pages are cached: stamped with an epoch, loaded once for all who ask in that epoch, and
//! what they fill in of the item cache.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hearth::fence::Epoch;
use hearth::model::Image;
use quick_cache::sync::GuardResult;
use shuttle::sync::{Mutex, MutexGuard};
use shuttle::thread;

use super::history::Seen;
use super::parts::Part;
use super::store::KEYS;
use super::version::Version;
use super::world::{Rule, World, key, pick};
use super::writers::Write;

/// One item a page, or its absence; the pages of an answer are read one after another.
type Pages = [Image; KEYS];

/// The page cache and the loads in flight.
pub(crate) struct Queries {
    /// What the queries of this schedule ask for: few parts, so that they meet.
    parts: [Part; 2],
    pages: Mutex<HashMap<Part, (Option<Epoch>, Pages)>>,
    loads: Mutex<HashMap<Joined, Arc<Load>>>,
}

/// What a load is shared by; the epoch is missing with [`Rule::JoinByEpoch`] left out.
type Joined = (Part, Option<Epoch>);

type Load = Mutex<Option<Pages>>;

/// A client that queries; one in four of its queries is consistent and goes past the cache.
pub(crate) fn query(world: &World, queries: &Queries, count: usize) {
    for _ in 0..count {
        let part = pick(&queries.parts);
        let is_consistent = pick(&[true, false, false, false]);
        let invoked = world.history.invoke();
        let pages =
            if is_consistent { Some(read_pages(world, part)) } else { queries.answer(world, part) };
        let Some(pages) = pages else { continue };
        for (key, image) in pages.iter().enumerate() {
            let seen = match image {
                Image::Item(_) => Seen::Version(Version::of(image)),
                Image::Absent => Seen::MissingFrom(part),
            };
            world.history.read(key, seen, invoked);
        }
    }
}

/// A client that commits by itself, of which some commits fail, and of these some are applied.
///
/// What a write leaves is known only to whoever applies writes one by one, hence the turn.
pub(crate) fn write_touching(world: &World, turn: &Mutex<()>, writes: impl Iterator<Item = Write>) {
    for write in writes {
        let mut ticket = world.fence.ticket();
        let (applied, answered) =
            pick(&[(true, true), (true, true), (true, false), (false, false)]);
        let in_turn = lock(turn);
        world.touch(&mut ticket, world.store.newest(write.key), write.version);
        if applied {
            world.store.apply(write.key, write.version);
        }
        drop(in_turn);
        if applied {
            world.store.sync();
        }
        ticket.close();
        if answered {
            world.history.acknowledge(write.version);
        }
    }
}

impl Queries {
    /// An empty cache, which is asked for one or two of these parts.
    pub(crate) fn of(parts: &[Part]) -> Arc<Self> {
        let [one, other] = [pick(parts), pick(parts)];
        let parts = [one, pick(&[one, other])];
        Arc::new(Self { parts, pages: Mutex::default(), loads: Mutex::default() })
    }

    /// The pages, unless the client hangs up while it loads them.
    fn answer(&self, world: &World, part: Part) -> Option<Pages> {
        let epoch = part.epoch(world);
        if epoch.is_none() && world.lacks(Rule::EpochBeforePage) {
            return self.load(world, part, epoch);
        }
        if epoch.is_none() && !world.lacks(Rule::NoWriterInFlight) {
            return Some(read_pages(world, part));
        }
        if let Some((stamp, pages)) = lock(&self.pages).get(&part)
            && *stamp == epoch
        {
            return Some(pages.clone());
        }
        let joined = (part, epoch.filter(|_| !world.lacks(Rule::JoinByEpoch)));
        let load = Arc::clone(lock(&self.loads).entry(joined).or_default());
        let mut answer = lock(&load);
        if let Some(pages) = &*answer {
            return Some(pages.clone());
        }
        let pages = self.load(world, part, epoch)?;
        *answer = Some(pages.clone());
        lock(&self.loads).remove(&joined);
        Some(pages)
    }

    fn load(&self, world: &World, part: Part, epoch_before: Option<Epoch>) -> Option<Pages> {
        let pages = read_pages(world, part);
        if pick(&[true, false, false, false]) {
            // Hung up: another that joined the load reads in its place.
            return None;
        }
        let epoch =
            if world.lacks(Rule::EpochBeforePage) { part.epoch(world) } else { epoch_before };
        if let Some(epoch) = epoch
            && world.caches_items()
        {
            fill_items(world, part, epoch, &pages);
        }
        if epoch.is_some() || world.lacks(Rule::NoWriterInFlight) {
            lock(&self.pages).insert(part, (epoch, pages.clone()));
        }
        Some(pages)
    }
}

/// Fills in the items of pages that were read in that epoch, as long as it stands.
///
/// A write that the pages do not show opened its key before its commit. Before the guard, and it
/// is open still: not admitted. Before the guard, and it is closed: it touched, and the epoch has
/// moved. After the guard: that is void.
fn fill_items(world: &World, part: Part, epoch: Epoch, pages: &Pages) {
    for (number, image) in pages.iter().enumerate() {
        if let Image::Absent = image {
            continue;
        }
        let early = world.lacks(Rule::FillGuardBeforeEpoch).then(|| part.stands(world, epoch));
        let found = world.map.items.get_value_or_guard(key(number), Some(Duration::ZERO));
        let GuardResult::Guard(guard) = found else { continue };
        let early = early.or_else(|| {
            world.lacks(Rule::FillAdmitsBeforeEpoch).then(|| part.stands(world, epoch))
        });
        let admitted = if world.lacks(Rule::FillAdmits) {
            Some(guard)
        } else {
            world.fence.admit(key(number), guard)
        };
        let Some(guard) = admitted else { continue };
        let stands = world.lacks(Rule::FillChecksEpoch)
            || early.unwrap_or_else(|| part.stands(world, epoch));
        if stands {
            // Refused if a write overtook it.
            let _ = guard.insert(image.clone());
        }
    }
}

fn read_pages(world: &World, part: Part) -> Pages {
    let pages = std::array::from_fn(|key| {
        let version = world.store.version(world.store.snapshot(), key);
        if part.shows(version) { version.image() } else { Image::Absent }
    });
    // Pages are long, so a write fits in before the answer is here.
    (0..3).for_each(|_| thread::yield_now());
    pages
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
