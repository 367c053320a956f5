//! What the clients of one schedule saw, and whether a single copy of each item could explain it.
//!
//! The store knows in which order the versions of a key were committed, so a history is
//! linearizable if each read has a place in that order: not before a version whose write was
//! acknowledged, or that a read was given, before it began. What a read saw may leave a choice of
//! versions, since an item may be missing from a page as any version that the page does not show;
//! the oldest that will do is taken, which leaves later reads the most.

use std::sync::{Mutex, PoisonError};

use super::parts::Part;
use super::store::Committed;
use super::version::Version;

/// A moment of the schedule; later events have higher ones.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(u32);

/// What a client was shown of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    Version(Version),
    /// It is not on the pages of this part.
    MissingFrom(Part),
}

/// All that was invoked and answered.
#[derive(Default)]
pub(crate) struct History(Mutex<Events>);

#[derive(Default)]
struct Events {
    now: u32,
    acknowledged: Vec<(Version, Moment)>,
    reads: Vec<Read>,
}

struct Read {
    key: usize,
    seen: Seen,
    invoked: Moment,
    returned: Moment,
}

/// A place in the order of the key's versions that a read may not be before, and why.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Bound {
    place: usize,
    why: &'static str,
}

impl History {
    /// The moment in which a client begins an operation.
    pub(crate) fn invoke(&self) -> Moment {
        self.events(Events::tick)
    }

    /// A client is told that its write is done.
    pub(crate) fn acknowledge(&self, version: Version) {
        self.events(|events| {
            let moment = events.tick();
            events.acknowledged.push((version, moment));
        });
    }

    /// A client is shown this of the key.
    pub(crate) fn read(&self, key: usize, seen: Seen, invoked: Moment) {
        self.events(|events| {
            let returned = events.tick();
            events.reads.push(Read { key, seen, invoked, returned });
        });
    }

    /// The first read of the key that no order explains, in words.
    pub(crate) fn check(&self, key: usize, committed: &[Committed]) -> Result<(), String> {
        self.events(|events| events.check(key, committed))
    }

    fn events<T>(&self, work: impl FnOnce(&mut Events) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Events {
    fn tick(&mut self) -> Moment {
        self.now += 1;
        Moment(self.now)
    }

    fn check(&self, key: usize, committed: &[Committed]) -> Result<(), String> {
        let mut reads: Vec<_> = self.reads.iter().filter(|read| read.key == key).collect();
        // Whatever returned before a read began was invoked before it, and has its place already.
        reads.sort_by_key(|read| read.invoked);
        let mut placed: Vec<(Moment, usize)> = Vec::new();
        for read in reads {
            let earlier = placed.iter().filter(|(returned, _)| *returned < read.invoked);
            let read_before = earlier.map(|(_, place)| Bound { place: *place, why: "read" });
            let bound = read_before.chain(self.acknowledged_before(read, committed)).max();
            placed.push((read.returned, place(read, committed, bound)?));
        }
        Ok(())
    }

    fn acknowledged_before(
        &self,
        read: &Read,
        committed: &[Committed],
    ) -> impl Iterator<Item = Bound> {
        let earlier = self.acknowledged.iter().filter(|(_, moment)| *moment < read.invoked);
        earlier.filter_map(|(version, _)| {
            let place = committed.iter().position(|known| known.version == *version)?;
            Some(Bound { place, why: "acknowledged" })
        })
    }
}

impl Seen {
    fn may_be(self, version: Version) -> bool {
        match self {
            Self::Version(seen) => seen == version,
            Self::MissingFrom(part) => !part.shows(version),
        }
    }
}

/// The oldest place from the bound on that explains the read, or why there is none.
fn place(read: &Read, committed: &[Committed], bound: Option<Bound>) -> Result<usize, String> {
    let Read { key, seen, .. } = read;
    let mut places = (0..committed.len()).filter(|place| seen.may_be(committed[*place].version));
    let Some(oldest) = places.clone().next() else {
        return Err(format!("key {key} never had {seen:?}, which was read"));
    };
    let is_visible =
        |place: usize| committed[place].durable.is_some_and(|durable| durable <= read.returned);
    if !is_visible(oldest) {
        return Err(format!("{seen:?} of key {key} was read before it was durable"));
    }
    match places.find(|place| bound.is_none_or(|bound| *place >= bound.place)) {
        Some(place) if is_visible(place) => Ok(place),
        Some(_) | None => {
            let Bound { place, why } = bound.expect("without a bound the oldest is found");
            let newer = committed[place].version;
            Err(format!("key {key}: {seen:?} read after {newer:?} was {why}"))
        }
    }
}
