//! The order of scans: by a hash of the partition key, which segments part among them.
//!
//! Must hold: the hash never changes, since rows lie in its order (`docs/storage-format.md`); each
//! hash is in one segment.
//! Not here: the rows (`engine/embedded/`).

use std::ops::Range;

/// One of the parts that a table is scanned in side by side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment {
    /// Its number, from zero, below `total`.
    pub number: u32,
    /// How many there are, 1 to 1,000,000.
    pub total: u32,
}

impl Segment {
    /// The hashes of the segment: those that fall into its part of all when they are stretched
    /// over the number of segments. None may, if there are many segments.
    pub fn hashes(self) -> Range<u64> {
        let total = u64::from(self.total.max(1));
        let first = |number: u64| (number * HASHES).div_ceil(total).min(HASHES);
        let number = u64::from(self.number);
        first(number)..first(number + 1)
    }

    /// Whether a scan of the segment meets the partition.
    pub fn holds(self, partition: &[u8]) -> bool {
        self.hashes().contains(&u64::from(u16::from_be_bytes(hash16(partition))))
    }
}

/// The hash of a partition key's canonical bytes: the first two bytes of XXH3-64 without a key.
pub fn hash16(partition: &[u8]) -> [u8; 2] {
    let hash = xxhash_rust::xxh3::xxh3_64(partition).to_be_bytes();
    [hash[0], hash[1]]
}

/// How many values [`hash16`] has.
const HASHES: u64 = 1 << 16;
