//! Which loads got no answer, in a fixed amount of memory and in their order.
//!
//!     bucket of a key's hash | mark of the key, 24 bits | place of its last such load, 40 bits |
//!
//! A reader that finds what is past its time must ask the engine itself, unless a load that ended
//! without an answer after the reader began has asked for it. Keys share buckets and overwrite each
//! other's marks: who finds another's asks once more.
//!
//! Must hold: places rise, whatever the clock does.
//! Not here: what is past its time (`stale.rs`).

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use ahash::RandomState;

/// The loads that got no answer.
pub(super) struct Unanswered {
    places: AtomicU64,
    buckets: Box<[AtomicU64]>,
    hash: RandomState,
}

/// A place in the order of such loads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(u64);

impl Default for Unanswered {
    fn default() -> Self {
        let buckets = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Self { places: AtomicU64::new(0), buckets, hash: RandomState::new() }
    }
}

impl Unanswered {
    /// The place behind all loads that have ended so.
    pub(super) fn now(&self) -> Place {
        Place(self.places.load(Ordering::Acquire))
    }

    /// A load of this key ended without an answer.
    pub(super) fn note(&self, key: impl Hash) {
        let place = 1 + self.places.fetch_add(1, Ordering::AcqRel);
        let (bucket, mark) = self.bucket(key);
        bucket.store(mark | place & PLACE_MASK, Ordering::Release);
    }

    /// Whether the last load of this key that ended so did it after `began`.
    pub(super) fn is_since(&self, began: Place, key: impl Hash) -> bool {
        let (bucket, mark) = self.bucket(key);
        let word = bucket.load(Ordering::Acquire);
        word & !PLACE_MASK == mark && word & PLACE_MASK > began.0 & PLACE_MASK
    }

    fn bucket(&self, key: impl Hash) -> (&AtomicU64, u64) {
        let hash = self.hash.hash_one(key);
        let bucket = usize::try_from(hash & (BUCKETS - 1)).expect("a mask below a length fits");
        (&self.buckets[bucket], hash & !PLACE_MASK)
    }
}

/// A power of two.
const BUCKETS: u64 = 1 << 12;
const PLACE_MASK: u64 = (1 << 40) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_without_an_answer_speaks_for_who_began_before_it_and_for_its_key_alone() {
        let unanswered = Unanswered::default();
        let before = unanswered.now();
        assert!(!unanswered.is_since(before, "a"));

        unanswered.note("a");

        assert!(unanswered.is_since(before, "a"));
        assert!(!unanswered.is_since(before, "b"));
        assert!(!unanswered.is_since(unanswered.now(), "a"));
    }
}
