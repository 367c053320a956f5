//! How long an entry may be served, in eight bytes.
//!
//!     its end in milliseconds (36 bits, all ones: none) | the generation it was made in (28 bits)
//!
//! A cache holds a million of these. Milliseconds since the process began fit for two years; an
//! entry that would end later then ends at once. A generation is told from 2^28 others.
//!
//! Not here: what lifetimes tables have, and what raises their generations.

use std::time::Duration;

use super::generation::Stamp;
use crate::clock::whole_ms;

/// An entry's end and generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life(u64);

impl Life {
    /// Until a monotonic time; [`Duration::MAX`] is without end.
    pub(super) fn until(end: Duration, stamp: Stamp) -> Self {
        let end = match whole_ms(end) {
            u64::MAX => ENDLESS_MS,
            end if end < ENDLESS_MS => end,
            _ => 0,
        };
        Self((end << STAMP_BITS) | (stamp.get() & STAMP_MASK))
    }

    /// Whether its end has not come.
    pub(super) fn lasts(self, now: Duration) -> bool {
        let end = self.0 >> STAMP_BITS;
        end == ENDLESS_MS || whole_ms(now) < end
    }

    /// Whether it was made in this generation.
    pub(super) fn is_of(self, stamp: Stamp) -> bool {
        self.0 & STAMP_MASK == stamp.get() & STAMP_MASK
    }
}

const STAMP_BITS: u32 = 28;
const STAMP_MASK: u64 = (1 << STAMP_BITS) - 1;
const ENDLESS_MS: u64 = u64::MAX >> STAMP_BITS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Generations;
    use crate::model::TableId;

    #[test]
    fn a_life_ends_at_its_end_and_with_its_generation() {
        let (generations, table) = (Generations::default(), TableId::new(1));
        let stamp = generations.stamp(table);
        let life = Life::until(Duration::from_millis(50), stamp);

        assert!(life.lasts(Duration::from_micros(49_999)));
        assert!(!life.lasts(Duration::from_millis(50)));
        assert!(life.is_of(stamp));
        generations.raise(table);
        assert!(!life.is_of(generations.stamp(table)));
    }

    #[test]
    fn an_endless_life_outlasts_any_time_and_one_beyond_counting_ends_at_once() {
        let stamp = Generations::default().stamp(TableId::new(1));

        let lasts = |end| Life::until(end, stamp).lasts(Duration::ZERO);

        assert!(Life::until(Duration::MAX, stamp).lasts(Duration::MAX));
        assert!(lasts(Duration::from_millis(ENDLESS_MS - 1)));
        assert!(!lasts(Duration::from_millis(ENDLESS_MS)));
        assert!(!lasts(Duration::from_millis(u64::MAX - 1)));
    }
}
