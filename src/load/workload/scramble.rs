//! A mapping of the numbers below `n` onto themselves that looks random.
//!
//! Ranks of popularity go through it, so that popular keys lie anywhere in the key space. It is a
//! Feistel network over the next even power of two, repeated until the result is below `n`:
//!
//!     rank ─► four rounds ─► below n? ─► number
//!                 ▲             │ no (at most 3 of 4 times)
//!                 └─────────────┘
//!
//! Must hold: no two numbers become the same one, and nothing is kept for each number.

use super::random::mix;

/// The mapping for one `n`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scramble {
    n: u64,
    half: u32,
}

impl Scramble {
    /// For the numbers below `n`, which is at least 1.
    pub(super) fn new(n: u64) -> Self {
        let bits = u64::BITS - n.saturating_sub(1).leading_zeros();
        Self { n, half: bits.div_ceil(2).max(1) }
    }

    /// Where a number below `n` is mapped to.
    pub(super) fn map(self, number: u64) -> u64 {
        debug_assert!(number < self.n, "{number} of {}", self.n);
        let mut mapped = self.rounds(number);
        while mapped >= self.n {
            mapped = self.rounds(mapped);
        }
        mapped
    }

    fn rounds(self, number: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (number >> self.half, number & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (mix(right ^ (round << 60)) & mask));
        }
        (left << self.half) | right
    }
}

const ROUNDS: u64 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_mapped_to_by_exactly_one() {
        for n in [1, 2, 3, 4, 5, 63, 64, 65, 1_000, 65_537] {
            let scramble = Scramble::new(n);

            let mut mapped: Vec<u64> = (0..n).map(|number| scramble.map(number)).collect();
            mapped.sort_unstable();

            assert_eq!(mapped, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn neighbours_are_not_mapped_to_neighbours() {
        let scramble = Scramble::new(1_000_000);

        let near = (1..1_000).filter(|n| scramble.map(*n).abs_diff(scramble.map(n - 1)) < 10_000);

        // By chance, one pair in fifty.
        assert!((5..60).contains(&near.count()));
    }
}
