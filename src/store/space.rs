//! Names and ids of spaces.
//!
//! Must hold: a name is on disk for ever, an id lives as long as the process.

use std::fmt;

/// The durable name of a space: 1 to 128 bytes of `[a-z0-9.-]`, not beginning with a
/// dot.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SpaceName(Box<str>);

impl SpaceName {
    /// Takes a name that follows the rule above; other names are `None`.
    pub fn new(name: &str) -> Option<Self> {
        let fits = (1..=NAME_BYTES_MAX).contains(&name.len())
            && !name.starts_with('.')
            && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        fits.then(|| Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A space of this process: rows are addressed by it without looking a name up.
///
/// An id stays valid when the store is reopened and is never given to another space.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SpaceId(u32);

impl SpaceId {
    /// The id of the space in slot `slot`; there are fewer than 2^32 spaces in a process's life.
    pub(super) fn from_slot(slot: usize) -> Self {
        Self(u32::try_from(slot).expect("a process makes fewer than 2^32 spaces"))
    }

    /// The slot that this id stands for.
    pub(super) fn slot(self) -> usize {
        self.0 as usize
    }
}

/// Longest name of a space, in bytes.
pub(super) const NAME_BYTES_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        assert!(SpaceName::new("table.18").is_some());
        assert!(SpaceName::new(&"a".repeat(NAME_BYTES_MAX)).is_some());

        assert!(SpaceName::new("").is_none());
        assert!(SpaceName::new(".own").is_none());
        assert!(SpaceName::new("Table").is_none());
        assert!(SpaceName::new(&"a".repeat(NAME_BYTES_MAX + 1)).is_none());
    }
}
