//! Evictions of what cannot be named one by one, such as everything of a partition.
//!
//!     fill     mark, snapshot ............ insert           kept: nothing was evicted meanwhile
//!     fill        mark, snapshot ...|..... insert           refused: the mark is an old one
//!     evict                         raise, look at every entry
//!     put back                             no mark          what was found may have been passed over
//!
//! Must hold: a mark is taken before the snapshot that is filled in; raising and inserting take the
//! same lock, so what was not refused is there to be looked at. What is taken out and may be put
//! back is taken under an idle mark, for it is not there while it is out. Lock order: this, then
//! cache shard.
//! Not here: writes (`fence/`), and everything of a table (`generation.rs`).

use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ahash::RandomState;

/// How often something was evicted, in stripes.
pub(super) struct Evictions {
    stripes: Box<[Mutex<Stripe>]>,
    hash: RandomState,
}

#[derive(Default)]
struct Stripe {
    begun: u64,
    under_way: u64,
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
        Mark(self.stripe(of).begun)
    }

    /// The same, if nothing is being evicted.
    pub(super) fn idle_mark(&self, of: impl Hash) -> Option<Mark> {
        let stripe = self.stripe(of);
        (stripe.under_way == 0).then_some(Mark(stripe.begun))
    }

    /// Inserts, unless there was an eviction since the mark was taken.
    pub(super) fn insert_if_none<T>(
        &self,
        of: impl Hash,
        since: Mark,
        insert: impl FnOnce() -> T,
    ) -> Option<T> {
        let stripe = self.stripe(of);
        (stripe.begun == since.0).then(insert)
    }

    /// Evicts: `drop_all` looks at every entry, while every fill that began before is refused;
    /// what was filled by then is there.
    pub(super) fn evict<T>(&self, of: impl Hash + Copy, drop_all: impl FnOnce() -> T) -> T {
        {
            let mut stripe = self.stripe(of);
            stripe.begun += 1;
            stripe.under_way += 1;
        }
        let dropped = drop_all();
        self.stripe(of).under_way -= 1;
        dropped
    }

    fn stripe(&self, of: impl Hash) -> MutexGuard<'_, Stripe> {
        let mask = self.stripes.len() as u64 - 1;
        let place = self.hash.hash_one(of) & mask;
        let stripe = &self.stripes[usize::try_from(place).expect("a mask below a length fits")];
        stripe.lock().unwrap_or_else(PoisonError::into_inner)
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
        evictions.evict("a", || ());

        assert_eq!(evictions.insert_if_none("a", other, || 7), None);
        let new = evictions.mark("a");
        assert_eq!(evictions.insert_if_none("a", new, || 7), Some(7));
    }

    #[test]
    fn what_may_be_put_back_is_not_taken_while_it_may_be_passed_over() {
        let evictions = Evictions::default();

        let meanwhile = evictions.evict("a", || evictions.idle_mark("a"));

        assert!(meanwhile.is_none());
        assert!(evictions.idle_mark("a").is_some());
    }
}
