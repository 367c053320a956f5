//! How many bytes may wait for the writer: a bound beside that of their number.
//!
//! Must hold: what was claimed is given back when the claim is dropped, whoever drops it.
//! Not here: what counts (`attempt.rs`), the queue itself (`mod.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that may be claimed at one moment; the last claim may pass them.
pub(super) struct Budget {
    bytes_max: usize,
    claimed: AtomicUsize,
}

/// Bytes that are claimed as long as this lives.
pub(super) struct Claim {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { bytes_max, claimed: AtomicUsize::new(0) })
    }

    /// Claims so many bytes, unless as many as there may be are claimed already.
    pub(super) fn claim(self: &Arc<Self>, bytes: usize) -> Option<Claim> {
        let add = |claimed: usize| {
            let room = claimed < self.bytes_max;
            room.then(|| claimed.saturating_add(bytes))
        };
        // The count alone is shared: nothing is read that another claim wrote.
        self.claimed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
        Some(Claim { budget: Arc::clone(self), bytes })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.budget.claimed.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_claim_may_pass_the_limit_and_what_is_dropped_can_be_claimed_again() {
        let budget = Budget::new(10);

        let nine = budget.claim(9);
        let large = budget.claim(1_000);
        let beyond = budget.claim(0);

        assert_eq!((nine.is_some(), large.is_some(), beyond.is_some()), (true, true, false));
        drop(nine);
        assert!(budget.claim(0).is_none());
        drop(large);
        assert!(budget.claim(1).is_some());
    }
}
