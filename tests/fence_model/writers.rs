//! How items are written: by clients that commit themselves, in any overlap, and through an
//! upstream. The engine with its queue is in `engine.rs`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hearth::fence::{CommitNumber, Slot, Stamp, WriteTicket};
use hearth::model::Image;
use shuttle::thread;

use super::version::{Half, Version};
use super::world::{Rule, World, key, pick};

/// How a write ends in the engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Committed,
    /// Committed, but whoever closes cannot say what it left.
    CommittedUnseen,
    /// Its condition failed when it was looked at again.
    Refused,
    /// The commit failed; it did its work all the same.
    FailedButApplied,
    /// The commit failed, and nothing was done.
    FailedAndLost,
}

/// One write: which key gets which version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    pub(crate) key: usize,
    pub(crate) version: Version,
}

/// The writes of one client; the first of the schedule may be a delete.
pub(crate) fn writes(client: usize, count: usize) -> impl Iterator<Item = Write> {
    (client * count..(client + 1) * count).map(|number| {
        let put = Version::written(number);
        let version = if number == 0 { pick(&[put, Version::ABSENT]) } else { put };
        Write { key: pick(&[0, 0, 1]), version }
    })
}

/// The same, of items that also move in the global index.
pub(crate) fn moves(client: usize, count: usize) -> impl Iterator<Item = Write> {
    writes(client, count).map(|Write { key, version }| {
        let half = pick(&[None, Some(Half::Left), Some(Half::Right)]);
        Write { key, version: version.with_index_key(half) }
    })
}

/// How a write through an upstream ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answer {
    /// Done, and the new image is known.
    Done,
    /// Done, but the answer held the old image, so the new one is not known.
    DoneUnseen,
    /// Its condition failed.
    Refused,
    /// None came in time; the write may land later.
    Late,
}

/// A client whose writes go through an upstream, which numbers nothing.
pub(crate) fn write_upstream(world: &Arc<World>, writes: impl Iterator<Item = Write>) {
    for write in writes {
        let mut ticket = world.fence.ticket();
        let slot = ticket.open(key(write.key));
        match pick(&[Answer::Done, Answer::Done, Answer::DoneUnseen, Answer::Refused, Answer::Late])
        {
            Answer::Done => {
                world.store.apply_durably(write.key, write.version);
                world.bring_from_upstream(&mut ticket, slot, write.version.image());
                ticket.close();
                world.history.acknowledge(write.version);
            }
            Answer::DoneUnseen => {
                world.store.apply_durably(write.key, write.version);
                ticket.close();
                world.history.acknowledge(write.version);
            }
            Answer::Refused => ticket.not_written(slot),
            Answer::Late => land_later(world, write, ticket),
        }
    }
}

/// The client is told of a time-out; the write lands some time after.
fn land_later(world: &Arc<World>, write: Write, ticket: WriteTicket) {
    let quarantined = (!world.lacks(Rule::Quarantine)).then_some(ticket);
    let world = Arc::clone(world);
    thread::spawn(move || {
        world.store.apply_durably(write.key, write.version);
        drop(quarantined);
    });
}

impl World {
    /// A client that commits by itself and knows the number of its commit.
    pub(crate) fn write_numbered(&self, writes: impl Iterator<Item = Write>, fates: &[Fate]) {
        for write in writes {
            if self.lacks(Rule::FlightAroundWrite) {
                self.map.items.remove(key(write.key));
                self.store.apply(write.key, write.version);
                self.store.sync();
                self.history.acknowledge(write.version);
            } else if self.commit(write, pick(fates), self.fence.ticket()) {
                self.history.acknowledge(write.version);
            }
        }
    }

    /// Commits and closes the ticket; says whether the client may be told that it is done.
    fn commit(&self, write: Write, fate: Fate, mut ticket: WriteTicket) -> bool {
        let slot = ticket.open(key(write.key));
        if self.caches_pages() {
            // No query of the global index is asked beside this.
            self.touch(&mut ticket, Version::ABSENT, Version::ABSENT);
        }
        match fate {
            Fate::Committed => {
                let number = self.store.apply(write.key, write.version);
                self.store.sync();
                ticket.bring(slot, number, write.version.image());
            }
            Fate::CommittedUnseen => {
                self.store.apply(write.key, write.version);
                self.store.sync();
            }
            Fate::Refused => ticket.not_written(slot),
            Fate::FailedButApplied => {
                self.store.apply(write.key, write.version);
                self.store.sync();
                self.fail(&mut ticket, slot);
            }
            Fate::FailedAndLost => self.fail(&mut ticket, slot),
        }
        ticket.close();
        self.map.install_postponed();
        matches!(fate, Fate::Committed | Fate::CommittedUnseen)
    }

    fn bring_from_upstream(&self, ticket: &mut WriteTicket, slot: Slot, image: Image) {
        if self.lacks(Rule::InstallOnlyAlone) {
            let closing = self.closings.fetch_add(1, Ordering::Relaxed);
            ticket.bring(slot, CommitNumber::new(closing), image);
        } else {
            // The map of the model forgets nothing but single keys.
            ticket.bring_if_alone(slot, image, Stamp::new(0));
        }
    }

    /// A write about which nothing is said closes as unknown.
    fn fail(&self, ticket: &mut WriteTicket, slot: Slot) {
        if self.lacks(Rule::UnknownEmptiesFlight) {
            ticket.not_written(slot);
        }
    }
}
