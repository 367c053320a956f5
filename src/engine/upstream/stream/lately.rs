//! What somebody has changed past hearth a moment ago.
//!
//! A service may answer a read that need not be consistent from a copy that has not seen a change of
//! which its stream has told already. What is read of such a partition is read consistently for
//! [`SPAN`]; a scan, of a table in which anything was changed.
//!
//! Must hold: it takes no more memory than [`WORDS`] say; partitions that share a word are at worst
//! read consistently without need.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ahash::RandomState;

use crate::clock::{Clock, whole_ms};
use crate::model::TableId;

/// Partitions that were changed lately.
pub(in crate::engine::upstream) struct Lately {
    /// Until when each counts as changed, in monotonic milliseconds.
    words: Box<[AtomicU64]>,
    hash: RandomState,
    clock: Clock,
}

impl Lately {
    pub(in crate::engine::upstream) fn new(clock: Clock) -> Self {
        let words = (0..WORDS).map(|_| AtomicU64::new(0)).collect();
        Self { words, hash: RandomState::new(), clock }
    }

    /// A record told that this partition was changed.
    pub(in crate::engine::upstream) fn changed(&self, table: TableId, partition: &[u8]) {
        let until = whole_ms(self.clock.monotonic() + SPAN);
        self.word(table, Some(partition)).fetch_max(until, Ordering::SeqCst);
        self.word(table, None).fetch_max(until, Ordering::SeqCst);
    }

    /// Whether a partition was changed, or anything of the table.
    pub(in crate::engine::upstream) fn has(
        &self,
        table: TableId,
        partition: Option<&[u8]>,
    ) -> bool {
        let until = self.word(table, partition).load(Ordering::SeqCst);
        until > whole_ms(self.clock.monotonic())
    }

    fn word(&self, table: TableId, partition: Option<&[u8]>) -> &AtomicU64 {
        let place = self.hash.hash_one((table, partition)) % WORDS;
        &self.words[usize::try_from(place).expect("below the count of words")]
    }
}

const WORDS: u64 = 1 << 14;
/// Copies of DynamoDB are the same again within a second, as a rule.
const SPAN: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: TableId = TableId::new(1);

    #[test]
    fn a_partition_counts_as_changed_for_a_while() {
        let clock = Clock::manual(5_000);
        let lately = Lately::new(clock.clone());
        assert!(!lately.has(TABLE, Some(b"a")) && !lately.has(TABLE, None));

        lately.changed(TABLE, b"a");

        assert!(lately.has(TABLE, Some(b"a")) && lately.has(TABLE, None));
        assert!(!lately.has(TableId::new(2), None));
        clock.advance(Duration::from_millis(1_999));
        assert!(lately.has(TABLE, Some(b"a")));
        clock.advance(Duration::from_millis(1));
        assert!(!lately.has(TABLE, Some(b"a")) && !lately.has(TABLE, None));
    }
}
