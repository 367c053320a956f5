//! Keys of which few are asked for often: Zipf's distribution.
//!
//! Not here: which key has which rank; the number that is drawn is the rank, from 0.

use crate::common::Random;

/// A distribution in which the key of rank `r` is drawn in proportion to `1 / (r + 1)^exponent`.
pub(crate) struct Zipf {
    /// What the ranks up to each one have together.
    sums: Vec<f64>,
}

impl Zipf {
    pub(crate) fn new(keys: usize, exponent: f64) -> Self {
        let keys = u32::try_from(keys).expect("few enough to keep a sum of each");
        let shares = (0..keys).map(|rank| (f64::from(rank) + 1.0).powf(-exponent));
        let add = |sum: &mut f64, share: f64| {
            *sum += share;
            Some(*sum)
        };
        Self { sums: shares.scan(0.0, add).collect() }
    }

    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let last = self.sums.len() - 1;
        let at = random.unit() * self.sums[last];
        self.sums.partition_point(|sum| *sum <= at).min(last)
    }
}
