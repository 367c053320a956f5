//! How many tries the service is asked for beyond the first of each request.
//!
//! Must hold: over any time, no more than one try again for ten requests and a few that were saved
//! up. A service that fails under its load is not asked for several times that. What other
//! credentials or another time mend is tried once more beside it (`course.rs`).
//! Not here: what may be tried again at all (`verdict.rs`).

use std::sync::atomic::{AtomicU32, Ordering};

/// What there is to spend.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

impl Budget {
    pub(super) fn full() -> Self {
        Self(AtomicU32::new(SAVED_MAX))
    }

    /// A request was made.
    pub(super) fn earn(&self) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| {
            (saved < SAVED_MAX).then_some(saved + 1)
        });
    }

    /// Pays for another try; whether there was enough.
    pub(super) fn spend(&self) -> bool {
        let spent = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| saved.checked_sub(COST));
        spent.is_ok()
    }
}

/// Requests that earn one try.
const COST: u32 = 10;
const SAVED_MAX: u32 = 10 * COST;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_ten_is_tried_again_after_what_was_saved() {
        let budget = Budget::full();
        let mut spent = 0;

        for _ in 0..10_000 {
            budget.earn();
            spent += u32::from(budget.spend());
        }

        assert_eq!(spent, SAVED_MAX / COST + 10_000 / COST - 1);
    }

    #[test]
    fn no_more_is_saved_than_a_few() {
        let budget = Budget::full();

        (0..1_000).for_each(|_| budget.earn());
        let spent = (0..1_000).filter(|_| budget.spend()).count();

        assert_eq!(spent, 10);
    }
}
