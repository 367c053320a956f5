//! The write ticket: what one mutation opened and touched, and how each of its writes ended.
//!
//! A ticket travels with its mutation to whoever commits it, and is closed there, after the
//! commit and before the answer. A client that hangs up never owns it.
//!
//! Must hold: a ticket that is dropped, by an error or a panic, closes like any other; a write
//! that was opened and about which nothing was said closes as unknown.
//! Not here: what a close does (`flight.rs`, `epoch.rs`).

use std::sync::Arc;

use super::epoch::Extent;
use super::flight::Outcome;
use super::{Fence, Stamp};
use crate::model::{Image, IndexId, ItemKey, TableId};

/// A commit's place in the engine's order. A mutation has its own, even inside a batch.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CommitNumber(u64);

impl CommitNumber {
    /// The place `number`; a higher one is newer.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The plain number.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// One write that a ticket opened. It means nothing to another ticket.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Slot(usize);

/// The right to change items; made by [`Fence::ticket`].
///
/// While it is open, nobody fills the cache with the items it opened or caches pages of the
/// partitions it touched.
#[must_use = "a ticket closes when it is dropped"]
pub struct WriteTicket {
    fence: Arc<Fence>,
    writes: Vec<(ItemKey, Outcome)>,
    /// Places of the epoch words that it raised, in ascending order, each once.
    words: Vec<usize>,
}

impl WriteTicket {
    pub(super) fn new(fence: Arc<Fence>) -> Self {
        Self { fence, writes: Vec::new(), words: Vec::new() }
    }

    /// Opens a write of the key, just before its commit; its entry leaves the cache.
    ///
    /// One ticket may open a key several times; each is a write of its own.
    pub fn open(&mut self, key: &ItemKey) -> Slot {
        // Listed first: should the cache map panic, the drop still closes it.
        self.writes.push((key.clone(), Outcome::Unknown));
        self.fence.flights.open(key);
        Slot(self.writes.len() - 1)
    }

    /// The write is committed as `number` and left this image.
    pub fn bring(&mut self, slot: Slot, number: CommitNumber, image: Image) {
        self.writes[slot.0].1 = Outcome::Image(number, image);
    }

    /// The write is applied and left this image, by an engine that numbers no commits.
    ///
    /// The image is kept only if no other write of the key was open at any time meanwhile. `since` is
    /// the stamp of the key's table, read before the write was sent: its answer may come after the
    /// news of a later change.
    pub fn bring_if_alone(&mut self, slot: Slot, image: Image, since: Stamp) {
        self.writes[slot.0].1 = Outcome::ImageIfAlone(image, since);
    }

    /// The write changed nothing, and never will.
    pub fn not_written(&mut self, slot: Slot) {
        self.writes[slot.0].1 = Outcome::NotWritten;
    }

    /// Tells that the mutation changes this partition of this index, before its commit.
    pub fn touch(&mut self, table: TableId, index: IndexId, partition: &[u8]) {
        self.raise(&Extent::Partition(table, index, partition));
        self.raise(&Extent::Index(table, index));
    }

    /// Closes all that was opened and touched, before it returns; a drop does the same.
    pub fn close(self) {
        drop(self);
    }

    fn raise(&mut self, extent: &Extent<'_>) {
        let place = self.fence.epochs.place(extent);
        if let Err(at) = self.words.binary_search(&place) {
            self.words.insert(at, place);
            self.fence.epochs.raise(place);
        }
    }
}

impl Drop for WriteTicket {
    fn drop(&mut self) {
        for (key, outcome) in self.writes.drain(..) {
            self.fence.flights.close(key, outcome);
        }
        for place in self.words.drain(..) {
            self.fence.epochs.settle(place);
        }
    }
}
