//! Ranges of keys, and the chunks in which they are read.
//!
//! A long range is read chunk by chunk, each a call of its own, so that a reader holds no cursor
//! between calls and the store can be taken away from under it.

use std::ops::Bound;

use bytes::Bytes;

/// The keys between two bounds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyRange {
    /// Where the range begins.
    pub from: Bound<Bytes>,
    /// Where it ends.
    pub to: Bound<Bytes>,
}

impl KeyRange {
    /// Every key.
    pub const fn all() -> Self {
        Self { from: Bound::Unbounded, to: Bound::Unbounded }
    }

    /// The keys that begin with `prefix`.
    pub fn prefix(prefix: &[u8]) -> Self {
        let from = Bound::Included(Bytes::copy_from_slice(prefix));
        let to = match successor(prefix) {
            Some(end) => Bound::Excluded(end),
            None => Bound::Unbounded,
        };
        Self { from, to }
    }

    /// Whether no key can lie in the range, so that it need not be looked for.
    ///
    /// Ordered maps panic on such bounds.
    pub fn is_empty(&self) -> bool {
        match (&self.from, &self.to) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(from), Bound::Included(to)) => from > to,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to))
            | (Bound::Excluded(from), Bound::Included(to)) => from >= to,
        }
    }

    /// What is left of the range behind `key`, for a reader that goes in `direction`.
    pub fn behind(&self, key: &Bytes, direction: Direction) -> Self {
        match direction {
            Direction::Forward => Self { from: Bound::Excluded(key.clone()), to: self.to.clone() },
            Direction::Backward => {
                Self { from: self.from.clone(), to: Bound::Excluded(key.clone()) }
            }
        }
    }
}

/// The order in which rows are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Smallest key first.
    Forward,
    /// Largest key first.
    Backward,
}

/// Where a chunk ends: at whichever is reached first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChunkLimit {
    /// At most this many rows.
    pub rows_max: usize,
    /// No further row once keys and values have this many bytes.
    pub bytes_max: usize,
}

impl ChunkLimit {
    /// Up to `rows_max` rows of any size.
    pub const fn rows(rows_max: usize) -> Self {
        Self { rows_max, bytes_max: usize::MAX }
    }
}

/// Some rows of a range.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chunk {
    /// Keys and values, in the order of reading.
    pub rows: Vec<(Bytes, Bytes)>,
    /// The part of the range that was not read; `None` once its end was seen.
    pub rest: Option<KeyRange>,
}

impl Chunk {
    /// Collects rows until `limit` is reached or the rows end.
    pub(super) fn collect(
        rows: impl Iterator<Item = super::Result<(Bytes, Bytes)>>,
        range: &KeyRange,
        direction: Direction,
        limit: ChunkLimit,
    ) -> super::Result<Self> {
        let mut chunk = Self { rows: Vec::new(), rest: None };
        let mut bytes = 0;
        for row in rows {
            let (key, value) = row?;
            bytes += key.len() + value.len();
            chunk.rows.push((key, value));
            if bytes >= limit.bytes_max || chunk.rows.len() >= limit.rows_max {
                let last = chunk.rows.last().map(|(key, _)| range.behind(key, direction));
                chunk.rest = last.filter(|rest| !rest.is_empty());
                break;
            }
        }
        Ok(chunk)
    }
}

/// The smallest key that is larger than every key beginning with `prefix`.
fn successor(prefix: &[u8]) -> Option<Bytes> {
    let kept = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=kept].to_vec();
    end[kept] += 1;
    Some(end.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_one() {
        let to = |prefix: &[u8]| KeyRange::prefix(prefix).to;

        assert_eq!(to(b"ab"), Bound::Excluded(Bytes::from_static(b"ac")));
        assert_eq!(to(&[7, 255, 255]), Bound::Excluded(Bytes::from_static(&[8])));
        assert_eq!(to(&[255, 255]), Bound::Unbounded);
        assert_eq!(to(b""), Bound::Unbounded);
    }

    #[test]
    fn bounds_that_cross_hold_no_key() {
        let range = |from, to| KeyRange { from, to };
        let key = || Bytes::from_static(b"k");

        assert!(range(Bound::Excluded(key()), Bound::Excluded(key())).is_empty());
        assert!(range(Bound::Included(key()), Bound::Excluded(key())).is_empty());
        assert!(!range(Bound::Included(key()), Bound::Included(key())).is_empty());
        assert!(!KeyRange::all().is_empty());
    }
}
