//! Evictions of what cannot be named one by one, such as everything of a partition.
//!
//!     fill     mark, snapshot ............ insert           kept: nothing was evicted meanwhile
//!     fill        mark, snapshot ...|..... insert           refused: the mark is an old one
//!     evict                         raise, look at every entry
//!
//! Must hold: a mark is taken before the snapshot that is filled in; raising and inserting take the
//! same lock, so what was not refused is there to be looked at. Lock order: this, then cache shard.
//! Not here: writes (`fence/`), and everything of a table (`generation.rs`).

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use ahash::RandomState;

/// How often something was evicted, in stripes.
pub(super) struct Evictions {
    stripes: Box<[Mutex<u64>]>,
    hash: RandomState,
}

/// How often it was when a fill began.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Mark(u64);

impl Default for Evictions {
    fn default() -> Self {
        let stripes = (0..STRIPES).map(|_| Mutex::default()).collect();
        Self { stripes, hash: RandomState::new() }
    }
}

impl Evictions {
    /// The mark of a fill that begins now.
    pub(super) fn mark(&self, of: impl Hash) -> Mark {
        Mark(*self.stripe(of).lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Inserts, unless there was an eviction since the mark was taken.
    pub(super) fn insert_if_none<T>(
        &self,
        of: impl Hash,
        since: Mark,
        insert: impl FnOnce() -> T,
    ) -> Option<T> {
        let count = self.stripe(of).lock().unwrap_or_else(PoisonError::into_inner);
        (*count == since.0).then(insert)
    }

    /// Refuses every fill that began before; what was filled is there once this returns.
    pub(super) fn raise(&self, of: impl Hash) {
        *self.stripe(of).lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn stripe(&self, of: impl Hash) -> &Mutex<u64> {
        let mask = self.stripes.len() as u64 - 1;
        let place = self.hash.hash_one(of) & mask;
        &self.stripes[usize::try_from(place).expect("a mask below a length fits")]
    }
}

/// A power of two.
const STRIPES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_that_an_eviction_overtook_is_refused() {
        let evictions = Evictions::default();
        let (old, other) = (evictions.mark("a"), evictions.mark("a"));

        assert_eq!(evictions.insert_if_none("a", old, || 7), Some(7));
        evictions.raise("a");

        assert_eq!(evictions.insert_if_none("a", other, || 7), None);
        let new = evictions.mark("a");
        assert_eq!(evictions.insert_if_none("a", new, || 7), Some(7));
    }
}
