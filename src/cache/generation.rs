//! Generations: how everything cached, or everything of one table, is forgotten at once.
//!
//! A stamp is read before the snapshot that an entry comes from and kept with it; raising a
//! generation makes every older stamp wrong. Entries so forgotten leave the map by eviction.
//!
//! Must hold: a stamp that was once wrong is never right again, since generations only rise and a
//! stamp is the sum of two of them.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::fence::Stamp;
use crate::model::TableId;

/// The generations of the whole cache and, in stripes, of the tables.
#[derive(Debug)]
pub struct Generations {
    all: AtomicU64,
    tables: Box<[AtomicU64]>,
}

impl Default for Generations {
    fn default() -> Self {
        Self {
            all: AtomicU64::new(0),
            tables: (0..TABLE_STRIPES).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Generations {
    /// The stamp of an entry of this table that is made from now on.
    pub fn stamp(&self, table: TableId) -> Stamp {
        let all = self.all.load(Ordering::Acquire);
        Stamp::new(all + self.stripe(table).load(Ordering::Acquire))
    }

    /// Forgets everything.
    pub fn raise_all(&self) {
        self.all.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets everything of this table, and of the few that share its stripe.
    pub fn raise(&self, table: TableId) {
        self.stripe(table).fetch_add(1, Ordering::AcqRel);
    }

    fn stripe(&self, table: TableId) -> &AtomicU64 {
        let stripe = table.get() % TABLE_STRIPES;
        &self.tables[usize::try_from(stripe).expect("below the count of stripes")]
    }
}

const TABLE_STRIPES: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_generation_makes_older_stamps_wrong() {
        let generations = Generations::default();
        let (a, b) = (TableId::new(1), TableId::new(2));
        let (stamp_a, stamp_b) = (generations.stamp(a), generations.stamp(b));

        generations.raise(a);

        assert_ne!(generations.stamp(a), stamp_a);
        assert_eq!(generations.stamp(b), stamp_b);
        generations.raise_all();
        assert_ne!(generations.stamp(b), stamp_b);
    }
}
