//! Random numbers that many tasks draw without waiting for each other.
//!
//! Not here: anything that must not be guessed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A seeded source of them.
#[derive(Debug)]
pub(in crate::engine::upstream) struct Chance(AtomicU64);

impl Chance {
    pub(in crate::engine::upstream) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Any number. A counter in steps of an odd number, its bits mixed so that all depend on all.
    pub(super) fn draw(&self) -> u64 {
        let mut bits = self.0.fetch_add(STEP, Ordering::Relaxed);
        for (shift, factor) in MIXING {
            bits = (bits ^ (bits >> shift)).wrapping_mul(factor);
        }
        bits ^ (bits >> 31)
    }

    /// A number below `count`, which is not 0.
    pub(in crate::engine::upstream) fn below(&self, count: usize) -> usize {
        let scaled = (u128::from(self.draw()) * count as u128) >> 64;
        usize::try_from(scaled).expect("it is below a usize")
    }

    /// Any part of a span.
    pub(in crate::engine::upstream) fn part(&self, of: Duration) -> Duration {
        let ns = u64::try_from(of.as_nanos()).unwrap_or(u64::MAX);
        let scaled = (u128::from(self.draw()) * u128::from(ns)) >> 64;
        Duration::from_nanos(u64::try_from(scaled).expect("it is below a u64"))
    }
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
const MIXING: [(u32, u64); 2] = [(30, 0xBF58_476D_1CE4_E5B9), (27, 0x94D0_49BB_1331_11EB)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_reach_all_of_their_range_and_nothing_beyond() {
        let chance = Chance::new(7);
        let mut seen = [0_u32; 5];

        for _ in 0..1_000 {
            seen[chance.below(5)] += 1;
            assert!(chance.part(Duration::from_millis(3)) < Duration::from_millis(3));
        }

        assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
        assert_eq!(chance.part(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_seed_says_what_is_drawn() {
        let (one, same, other) = (Chance::new(1), Chance::new(1), Chance::new(2));

        assert_eq!(one.draw(), same.draw());
        assert_ne!(one.draw(), other.draw());
    }
}
