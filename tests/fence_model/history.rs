//! What the clients of one schedule saw, and whether a single copy of each item could explain it.
//!
//! The store knows in which order the versions of a key were committed, so a history is
//! linearizable if each pair of operations agrees with that order: a read may not return a version
//! older than one whose write was acknowledged, or that a read returned, before it began.

use std::sync::{Mutex, PoisonError};

use super::store::{Committed, Version};

/// A moment of the schedule; later events have higher ones.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(u32);

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
    version: Version,
    invoked: Moment,
    returned: Moment,
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

    /// A client is given this version of the key.
    pub(crate) fn read(&self, key: usize, version: Version, invoked: Moment) {
        self.events(|events| {
            let returned = events.tick();
            events.reads.push(Read { key, version, invoked, returned });
        });
    }

    /// The first pair of operations on the key that no order explains, in words.
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
        let age = |version| committed.iter().position(|known| known.version == version);
        let reads = || self.reads.iter().filter(|read| read.key == key);
        for read in reads() {
            let Some(place) = age(read.version) else {
                return Err(format!("key {key} never had {:?}, which was read", read.version));
            };
            if committed[place].durable.is_none_or(|durable| durable > read.returned) {
                return Err(format!(
                    "{:?} of key {key} was read before it was durable",
                    read.version
                ));
            }
            let newer_acknowledged = self.acknowledged.iter().find(|(version, moment)| {
                age(*version).is_some_and(|newer| newer > place) && *moment < read.invoked
            });
            if let Some((newer, _)) = newer_acknowledged {
                let old = read.version;
                return Err(format!("key {key}: {old:?} read after {newer:?} was acknowledged"));
            }
            let newer_read = reads().find(|earlier| {
                age(earlier.version) > Some(place) && earlier.returned < read.invoked
            });
            if let Some(newer) = newer_read {
                let (old, newer) = (read.version, newer.version);
                return Err(format!("key {key}: {old:?} read after {newer:?} was read"));
            }
        }
        Ok(())
    }
}
