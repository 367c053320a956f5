//! Keeps cached items and query pages coherent with the table engine.
//!
//! Whoever commits a mutation holds a [`WriteTicket`]: it opens a *flight* on each key just before
//! the commit and closes it once the outcome is known. A reader that missed holds the cache's
//! placeholder guard and shows it to [`Fence::admit`]; only a guard that comes back may fill.
//!
//!     fill    guard, admit, snapshot ........ insert    stored: no write was open or began
//!     fill       guard, admit, snapshot ..|.. insert    refused: `open` removed the placeholder
//!     write                               |-------|     the last one to close leaves the newest
//!     fill                                  guard, admit -> None: read without filling
//!
//! Must hold: a key has a flight while a ticket on it is open, and no longer; what a ticket opened
//! and touched is closed before [`WriteTicket::close`] returns. Locks: stripe, then cache shard.
//! Not here: the cache map, the engine, async. `docs/coherence.md` has the argument.

mod epoch;
mod flight;
mod sync;
mod ticket;

#[cfg(all(test, not(feature = "shuttle")))]
mod tests;

use std::sync::Arc;

use ahash::RandomState;

pub use self::epoch::Epoch;
pub use self::ticket::{CommitNumber, Slot, WriteTicket};

use self::epoch::{Epochs, Extent};
use self::flight::Flights;
use crate::model::{Image, IndexId, ItemKey, TableId};

/// The cache's map of items, as far as a fence changes it.
///
/// All methods run under a stripe's lock: they must not call the fence, wait for a guard or
/// panic. They take effect before they return.
pub trait Entries: Send + Sync {
    /// Removes the key's entry or placeholder, so that a guard taken before no longer fills.
    fn remove(&self, key: &ItemKey);

    /// Puts the image in place of whatever the key has, a placeholder included.
    fn install(&self, key: &ItemKey, image: Image);

    /// The same for the image of a write that was sent when the map had this stamp: if all of the
    /// table was forgotten since, the image is forgotten with it. A map that forgets nothing but
    /// single keys needs no stamp.
    fn install_since(&self, key: &ItemKey, image: Image, _since: Stamp) {
        self.install(key, image);
    }
}

/// What a map was at some moment, as far as it forgets many keys at once. It means something to that
/// map alone.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Stamp(u64);

impl Stamp {
    /// The one of that number.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The plain number.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// How large a fence is.
#[derive(Clone, Debug)]
pub struct Options {
    /// Locks that the flights are spread over; rounded up to a power of two.
    pub stripes: usize,
    /// Epoch words that the partitions are spread over; rounded up to a power of two, 2^32 at most.
    pub words: usize,
    /// Secret keys of the hash that picks stripes and words.
    pub hash: RandomState,
}

impl Default for Options {
    fn default() -> Self {
        Self { stripes: 1 << 10, words: 1 << 20, hash: RandomState::new() }
    }
}

/// The flights of the items and the epochs of the partitions that are being written.
pub struct Fence {
    flights: Flights,
    epochs: Epochs,
}

impl Fence {
    /// A fence before the cache map `entries`, with nothing in flight.
    pub fn new(entries: Arc<dyn Entries>, options: Options) -> Arc<Self> {
        let Options { stripes, words, hash } = options;
        Arc::new(Self {
            flights: Flights::new(entries, stripes, hash.clone()),
            epochs: Epochs::new(words, hash),
        })
    }

    /// A ticket for one mutation, with nothing opened or touched yet.
    pub fn ticket(self: &Arc<Self>) -> WriteTicket {
        WriteTicket::new(Arc::clone(self))
    }

    /// Gives the guard back if no write of the key is in flight, and drops it otherwise.
    ///
    /// The guard must already hold the key's place in the cache map: it is taken by value so that
    /// no one can look first and take the guard later. Only a snapshot opened after this call may
    /// be filled in. `None` means: read without filling.
    pub fn admit<G>(&self, key: &ItemKey, guard: G) -> Option<G> {
        if self.flights.has(key) { None } else { Some(guard) }
    }

    /// Whether a write of the key is in flight right now. It decides nothing about filling: it spares
    /// readers of a key that is written all the time the wait for each other's guards.
    pub fn is_written(&self, key: &ItemKey) -> bool {
        self.flights.has(key)
    }

    /// The epoch of one partition of an index, or `None` while a writer of it is in flight.
    ///
    /// Read it before the first page's snapshot, and keep it with the page.
    pub fn epoch(&self, table: TableId, index: IndexId, partition: &[u8]) -> Option<Epoch> {
        self.epochs.read(&Extent::Partition(table, index, partition))
    }

    /// Whether no writer has touched the partition since `epoch` was read from it.
    pub fn stands(&self, table: TableId, index: IndexId, partition: &[u8], epoch: Epoch) -> bool {
        self.epoch(table, index, partition) == Some(epoch)
    }

    /// The epoch of a whole index, or `None` while a writer of any of its partitions is in flight.
    pub fn index_epoch(&self, table: TableId, index: IndexId) -> Option<Epoch> {
        self.epochs.read(&Extent::Index(table, index))
    }

    /// Whether no writer has touched any partition of the index since `epoch` was read from it.
    pub fn index_stands(&self, table: TableId, index: IndexId, epoch: Epoch) -> bool {
        self.index_epoch(table, index) == Some(epoch)
    }
}
