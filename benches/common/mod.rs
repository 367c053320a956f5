//! Keys and items that the benches share, the same in every run.
//!
//! Not here: how they travel (`end_to_end/request.rs`) or are cached (`cache/`, `hit_rates/`).

/// A small generator (`SplitMix64`) with a fixed start, so that every run asks for the same keys.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn seeded() -> Self {
        Self(0x6865_6172_7468)
    }

    /// A number below `end`, near enough uniform for an `end` that is far below 2^64.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % end as u64).expect("below a usize")
    }

    /// A number from 0 to 1, in steps that are finer than the share of any key of a million.
    pub(crate) fn unit(&mut self) -> f64 {
        let steps = u32::try_from(self.below(1 << 32)).expect("below 2^32");
        f64::from(steps) / 2_f64.powi(32)
    }
}

/// The partition key of an item; all are equally long.
pub(crate) fn item_id(number: usize) -> String {
    format!("item-{number:010}")
}

/// The text that makes an item of [`ITEM_BYTES`], by DynamoDB's count.
pub(crate) fn filling() -> String {
    filling_of(ITEM_BYTES)
}

/// The text that makes an item of so many bytes.
pub(crate) fn filling_of(item_bytes: usize) -> String {
    let names = ID.len() + DATA.len();
    let length = item_bytes - names - item_id(0).len();
    "The quick brown fox jumps over the lazy dog. ".chars().cycle().take(length).collect()
}

/// The attribute that is the partition key.
pub(crate) const ID: &str = "id";
/// The other attribute.
pub(crate) const DATA: &str = "data";
/// The size of an item.
pub(crate) const ITEM_BYTES: usize = 1_000;
/// Hot items of a table.
pub(crate) const KEYS: usize = 50;
