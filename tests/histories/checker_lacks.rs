//! Whether pages that leave a key out fit what it must have held.
//!
//! A run's values fall into *stays*: those of one parity that follow one another. A page of the
//! even values that does not show the key fits unless it lies wholly within one stay of even
//! values. So a stay that begins at one moment is over by the end of the first such page that began
//! after it:
//!
//!     even |-----------------?                the later a stay may begin, the later it may end, so
//!               |--no even--|                 to begin each one as late as possible decides
//!     odd            |......  by here
//!
//! Must hold: as `checker.rs`: exact for known outcomes, else never wrong.
//! Not here: moments between runs, where every page may leave the key out.

use crate::checker::{Did, NEVER, Op, Parity, Violation};

/// Values of one parity that follow one another in a run.
pub(crate) struct Stay {
    pub(crate) first_value: u64,
    pub(crate) parity: Parity,
    /// It begins after this: everything before it, or its first put, began then.
    pub(crate) last_begin: u64,
    /// It begins before this: something of it ended then.
    pub(crate) first_end: u64,
}

/// The pages that left the key out, by parity.
pub(crate) struct Lacks {
    even: Left,
    odd: Left,
}

/// Pages of one parity by their begin, each with the earliest end from there on.
struct Left(Vec<(u64, u64)>);

impl Lacks {
    pub(crate) fn of(ops: &[Op]) -> Self {
        let left = |wanted| {
            let lacks = |op: &&Op| matches!(op.did, Did::Lack { parity } if parity == wanted);
            Left::of(ops.iter().filter(lacks).map(|op| (op.began, op.ended)).collect())
        };
        Self { even: left(Parity::Even), odd: left(Parity::Odd) }
    }

    /// When a run of these stays must be over, which cannot be before `last_begin`.
    pub(crate) fn gone_by(&self, stays: &mut [Stay], last_begin: u64) -> Result<u64, Violation> {
        let mut first_end = NEVER;
        for stay in stays.iter_mut().rev() {
            first_end = first_end.min(stay.first_end);
            stay.first_end = first_end;
        }
        let mut over = NEVER;
        for (place, stay) in stays.iter().enumerate() {
            let begins = stay.first_end.min(over);
            over = self.first_end_after(stay.parity, begins);
            let next = stays.get(place + 1).map_or(last_begin, |next| next.last_begin);
            if over < next {
                return Err(Violation::LeftOut(stay.first_value));
            }
        }
        Ok(over)
    }

    /// The earliest end of the pages of that parity that began after a moment.
    fn first_end_after(&self, parity: Parity, moment: u64) -> u64 {
        let left = match parity {
            Parity::Even => &self.even,
            Parity::Odd => &self.odd,
        };
        let place = left.0.partition_point(|(began, _)| *began <= moment);
        left.0.get(place).map_or(NEVER, |(_, first_end)| *first_end)
    }
}

impl Left {
    fn of(mut pages: Vec<(u64, u64)>) -> Self {
        pages.sort_unstable();
        let mut first_end = NEVER;
        for (_, ended) in pages.iter_mut().rev() {
            first_end = first_end.min(*ended);
            *ended = first_end;
        }
        Self(pages)
    }
}
