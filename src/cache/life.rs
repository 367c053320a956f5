//! How long an entry may be served, in eight bytes.
//!
//!     its end in milliseconds (36 bits, all ones: none) | the generation it was made in (28 bits)
//!
//! A cache holds a million of these. Milliseconds since the process began fit for two years, which
//! is when an entry ends that would end later. A generation is told from 2^28 others.
//!
//! Not here: what lifetimes tables have, and what raises their generations.

use std::time::Duration;

use crate::clock::whole_ms;
use crate::fence::Stamp;

/// An entry's end and generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life(u64);

impl Life {
    /// Until a monotonic time; [`Duration::MAX`] is without end.
    pub(super) fn until(end: Duration, stamp: Stamp) -> Self {
        let end = match whole_ms(end) {
            u64::MAX => ENDLESS_MS,
            end => end.min(ENDLESS_MS - 1),
        };
        Self((end << STAMP_BITS) | (stamp.get() & STAMP_MASK))
    }

    /// Whether its end has not come.
    pub(super) fn lasts(self, now: Duration) -> bool {
        let end = self.0 >> STAMP_BITS;
        end == ENDLESS_MS || whole_ms(now) < end
    }

    /// How long it still lasts; none if it is without end.
    pub(super) fn left(self, now: Duration) -> Option<Duration> {
        let end = self.0 >> STAMP_BITS;
        (end != ENDLESS_MS).then(|| Duration::from_millis(end).saturating_sub(now))
    }

    /// How long its end is over; none if it has not come.
    pub(super) fn past(self, now: Duration) -> Option<Duration> {
        let end = self.0 >> STAMP_BITS;
        let is_over = end != ENDLESS_MS && whole_ms(now) >= end;
        is_over.then(|| Duration::from_millis(whole_ms(now) - end))
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
        assert_eq!(life.past(Duration::from_micros(49_999)), None);
        assert_eq!(life.past(Duration::from_millis(53)), Some(Duration::from_millis(3)));
        assert!(life.is_of(stamp));
        generations.raise(table);
        assert!(!life.is_of(generations.stamp(table)));
    }

    #[test]
    fn an_endless_life_outlasts_any_time_and_one_beyond_counting_ends_where_counting_does() {
        let stamp = Generations::default().stamp(TableId::new(1));

        let ms = Duration::from_millis;
        let (endless, long) = (Life::until(Duration::MAX, stamp), Life::until(ms(1 << 40), stamp));

        assert!(endless.lasts(Duration::MAX) && endless.left(ms(1)).is_none());
        assert_eq!(endless.past(Duration::MAX), None);
        assert!(long.lasts(ms(ENDLESS_MS - 2)) && !long.lasts(ms(ENDLESS_MS - 1)));
        assert_eq!(long.left(ms(ENDLESS_MS - 3)), Some(ms(2)));
    }
}
