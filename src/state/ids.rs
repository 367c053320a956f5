//! Ids, and what keeps those of one log from meaning anything to another.
//!
//! ```text
//! id   incarnation, 32 bits | number, 20 bits   a list that was defined, 2, 3, …
//!                         0 | 1                 the empty list, whatever the incarnation
//! ```
//!
//! A client may outlive a data directory, or a server that keeps its lists in memory. The ids that
//! it still has must then be unknown, for an id that means another list makes wrong items of right
//! ones. So whoever begins to number lists draws an incarnation, and keeps it as long as the lists.
//!
//! Must hold: every id is below 2^53, where the integers of JavaScript's numbers end.
//! Not here: who hands out which number (`attribute_lists.rs`), where the incarnation is kept
//! (`records.rs`).

use std::num::NonZeroU32;

/// Whose ids they are: those of one log, or of one process that keeps its lists in memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Incarnation(pub(super) NonZeroU32);

impl Incarnation {
    /// One that is new: it is the same as a certain other one by a chance of 1 in 2^32.
    ///
    /// Clients learn it from every id, so nothing that is secret may be drawn along with it.
    pub(super) fn draw() -> Self {
        let drawn = uuid::Uuid::new_v4().as_fields().0;
        Self(NonZeroU32::new(drawn).unwrap_or(NonZeroU32::MAX))
    }

    /// The id of the list with this number.
    pub(super) fn id(self, number: u32) -> u64 {
        assert!((NUMBER_MIN..=NUMBER_MAX).contains(&number), "only such numbers are given");
        u64::from(self.0.get()) << NUMBER_BITS | u64::from(number)
    }
}

/// The id of the empty list, which clients use without asking for it.
pub(super) const EMPTY_ID: u64 = 1;

/// The number of the first list.
pub(super) const NUMBER_MIN: u32 = 2;
/// The number of the last list that there can be.
pub(super) const NUMBER_MAX: u32 = (1 << NUMBER_BITS) - 1;

const NUMBER_BITS: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_one_that_every_client_can_hold() {
        let first = Incarnation(NonZeroU32::MIN).id(NUMBER_MIN);
        let last = Incarnation(NonZeroU32::MAX).id(NUMBER_MAX);

        assert_eq!((first, last), (0x10_0002, 0xf_ffff_ffff_ffff));
        assert!(EMPTY_ID < first && last < 1 << 53);
    }
}
