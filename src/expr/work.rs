//! What evaluating has cost, so that whoever evaluates for many items can end in time.
//!
//! A condition looks at values of the item and of the request, and the latter may be large: a text
//! of megabytes that is searched for every item, a list that is compared with every item's. The
//! count is of bytes that were looked at, with something for every value on the way.
//!
//! Must hold: counting is an addition; no evaluation is cut short by it.
//! Not here: how much is too much (whoever reads pages).

/// How much was looked at, in bytes, nearly.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Work {
    bytes: u64,
}

impl Work {
    /// The bytes so far.
    pub fn bytes(self) -> u64 {
        self.bytes
    }

    /// Counts bytes that are looked at.
    pub(super) fn look_at(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Counts values that are passed, however small they are.
    pub(super) fn step(&mut self, values: usize) {
        self.look_at(values.saturating_mul(STEP_BYTES));
    }
}

/// Passing a value takes about as long as looking at so many bytes.
const STEP_BYTES: usize = 64;
