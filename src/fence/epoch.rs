//! Partition epochs: whether a cached query page may still be served.
//!
//!     word   | epoch, 44 bits | writers in flight, 20 bits |
//!     touch       + 1             + 1
//!     close       + 1             - 1
//!
//! A page carries the word that was read before its first snapshot, when no writer was in flight,
//! and is served only while the word is the same. Partitions share words by hash: a collision
//! costs a hit and never serves an old page.
//!
//! Must hold: every raise is followed by one settle; fewer than 2^20 tickets are open at once,
//! so that the count of writers never reaches the epoch.
//! Not here: which partitions a write touches, which only the engine knows.

use std::sync::atomic::Ordering;

use ahash::RandomState;

use super::sync::{AtomicU64, zeroed_words};
use crate::model::{IndexId, TableId};

/// The state of a partition, or of a whole index, at a moment when no writer was in flight.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Epoch(u64);

/// What one word stands for.
#[derive(Hash)]
pub(super) enum Extent<'a> {
    Partition(TableId, IndexId, &'a [u8]),
    Index(TableId, IndexId),
}

/// A fixed number of words, shared by all extents.
pub(super) struct Epochs {
    words: Box<[AtomicU64]>,
    hash: RandomState,
}

impl Epochs {
    pub(super) fn new(words: usize, hash: RandomState) -> Self {
        let words = words.clamp(1, WORDS_MAX).next_power_of_two();
        Self { words: zeroed_words(words), hash }
    }

    pub(super) fn read(&self, extent: &Extent<'_>) -> Option<Epoch> {
        let word = self.words[self.place(extent)].load(Ordering::SeqCst);
        (word & WRITERS == 0).then_some(Epoch(word))
    }

    /// Where the extent's word is.
    pub(super) fn place(&self, extent: &Extent<'_>) -> usize {
        let mask = self.words.len() as u64 - 1;
        usize::try_from(self.hash.hash_one(extent) & mask).expect("a mask below a length fits")
    }

    /// Begins a write: the epoch moves on and a writer is in flight.
    pub(super) fn raise(&self, place: usize) {
        let before = self.words[place].fetch_add(EPOCH + 1, Ordering::SeqCst);
        debug_assert!(before & WRITERS < WRITERS, "too many tickets open at once");
    }

    /// Ends a write: the epoch moves on and the writer is gone.
    pub(super) fn settle(&self, place: usize) {
        let before = self.words[place].fetch_add(EPOCH - 1, Ordering::SeqCst);
        debug_assert!(before & WRITERS > 0, "a word settles as often as it was raised");
    }
}

const WRITERS_BITS: u32 = 20;
/// The bits that count writers in flight.
const WRITERS: u64 = EPOCH - 1;
/// One step of the epoch.
const EPOCH: u64 = 1 << WRITERS_BITS;
/// A hash spreads over no more words than this.
const WORDS_MAX: usize = 1 << 32;

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;

    fn epochs() -> Epochs {
        Epochs::new(1, RandomState::with_seeds(1, 2, 3, 4))
    }

    fn only() -> Extent<'static> {
        Extent::Partition(TableId::new(1), IndexId::new(0), b"p")
    }

    #[test]
    fn a_word_has_no_epoch_while_any_writer_is_in_flight() {
        let epochs = epochs();
        let before = epochs.read(&only()).expect("nothing is in flight");

        epochs.raise(0);
        epochs.raise(0);
        epochs.settle(0);
        let between = epochs.read(&only());
        epochs.settle(0);

        assert_eq!(between, None);
        assert_ne!(epochs.read(&only()), Some(before));
    }

    #[test]
    fn an_epoch_never_comes_back_and_leaves_the_count_alone() {
        let epochs = epochs();
        let mut seen = std::collections::HashSet::new();

        for _ in 0..1_000 {
            assert!(seen.insert(epochs.read(&only()).expect("nothing is in flight")));
            epochs.raise(0);
            epochs.settle(0);
        }
    }

    #[test]
    fn a_word_moves_as_it_is_drawn() {
        let epochs = epochs();
        let word = || epochs.words[0].load(Ordering::SeqCst);

        epochs.raise(0);
        let touched = word();
        epochs.settle(0);

        assert_eq!((touched, word()), (EPOCH + 1, 2 * EPOCH));
    }

    #[test]
    fn the_count_of_words_is_a_power_of_two_and_never_none() {
        for (asked, got) in [(0, 1), (1, 1), (3, 4), (1 << 20, 1 << 20)] {
            assert_eq!(Epochs::new(asked, RandomState::new()).words.len(), got);
        }
    }
}
