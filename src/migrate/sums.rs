//! Sums of a table's items, in parts by a hash of their keys.
//!
//! Two tables hold the same if they have the same sums, in whatever order they were read; where a
//! part differs, only its items need to be looked at one by one.
//!
//!     part = first 16 bits of XXH3-64 of the key's canonical bytes
//!     sum  = items, and their hashes added up modulo 2^128
//!
//! Must hold: equal items give equal sums; a difference stays unseen by chance only.

use super::canonical;
use crate::model::ItemBytes;

/// The sums of all parts.
pub(super) struct Sums(Vec<Sum>);

/// The sum of a part.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Sum {
    pub(super) items: u64,
    hashes: u128,
}

/// The number of a part.
pub(super) type Part = u16;

impl Sums {
    pub(super) fn empty() -> Self {
        Self(vec![Sum::default(); PARTS])
    }

    pub(super) fn add(&mut self, key: &[u8], item: &ItemBytes) {
        let sum = &mut self.0[usize::from(part_of(key))];
        sum.items += 1;
        sum.hashes = sum.hashes.wrapping_add(canonical::hash(item.view()));
    }

    pub(super) fn items(&self) -> u64 {
        self.0.iter().map(|sum| sum.items).sum()
    }

    pub(super) fn of(&self, part: Part) -> Sum {
        self.0[usize::from(part)]
    }

    /// The parts that differ.
    pub(super) fn differing(&self, other: &Self) -> Vec<Part> {
        (0..=Part::MAX).filter(|part| self.of(*part) != other.of(*part)).collect()
    }
}

/// The part that a key's item is in.
pub(super) fn part_of(key: &[u8]) -> Part {
    let hash = xxhash_rust::xxh3::xxh3_64(key).to_be_bytes();
    Part::from_be_bytes([hash[0], hash[1]])
}

const PARTS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item};

    fn item(text: &str) -> ItemBytes {
        Item::from([("id", AttributeValue::S(text.to_owned()))]).encode().item()
    }

    fn sums(items: &[(&str, &str)]) -> Sums {
        let mut sums = Sums::empty();
        for (key, text) in items {
            sums.add(key.as_bytes(), &item(text));
        }
        sums
    }

    #[test]
    fn the_order_does_not_count() {
        let one = sums(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let other = sums(&[("c", "3"), ("a", "1"), ("b", "2")]);

        assert_eq!((one.items(), one.differing(&other)), (3, vec![]));
    }

    #[test]
    fn the_part_of_what_differs_is_told() {
        let all = sums(&[("a", "1"), ("b", "2")]);

        for other in [sums(&[("a", "1")]), sums(&[("a", "1"), ("b", "3")])] {
            assert_eq!(all.differing(&other), [part_of(b"b")]);
            assert_eq!(other.differing(&all), [part_of(b"b")]);
        }
    }
}
