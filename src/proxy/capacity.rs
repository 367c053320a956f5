//! The capacity that an operation consumes.
//!
//! A hit is reported as if the item had been read from the table. Counted in half units, since an
//! eventual read of a small item costs half of one.

use crate::api::{CapacityDetail, Consistency, ConsumedCapacity, HalfUnits, TableName};
use crate::model::{Image, ItemImage};

/// Half units of reading these items, each rounded on its own; a missing one costs the least.
pub(super) fn of_reads<'a>(
    items: impl IntoIterator<Item = Option<&'a ItemImage>>,
    consistency: Consistency,
) -> u64 {
    let halves = match consistency {
        Consistency::Eventual => 1,
        Consistency::Strong => 2,
    };
    let units = |item: Option<&ItemImage>| units(item.map_or(0, size), READ_UNIT_BYTES);
    halves * items.into_iter().map(units).sum::<u64>()
}

/// Half units of a write from one image of an item to another.
pub(super) fn of_write(before: &Image, after: &Image) -> u64 {
    let size_of = |image: &Image| match image {
        Image::Item(item) => size(item),
        Image::Absent => 0,
    };
    2 * units(size_of(before).max(size_of(after)), WRITE_UNIT_BYTES)
}

/// The report, if one was asked for.
pub(super) fn report(
    table: TableName,
    detail: CapacityDetail,
    half_units: u64,
) -> Option<ConsumedCapacity> {
    match detail {
        CapacityDetail::None => None,
        CapacityDetail::Total | CapacityDetail::Indexes => Some(ConsumedCapacity {
            table,
            table_units: HalfUnits(half_units),
            local: Vec::new(),
            global: Vec::new(),
            detail,
        }),
    }
}

fn units(bytes: usize, unit_bytes: usize) -> u64 {
    bytes.div_ceil(unit_bytes).max(1) as u64
}

fn size(item: &ItemImage) -> usize {
    item.view().size()
}

const READ_UNIT_BYTES: usize = 4096;
const WRITE_UNIT_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{AttributeValue, Item};

    fn item(bytes: usize) -> ItemImage {
        // The name counts too.
        Item::from([("v", AttributeValue::S("x".repeat(bytes - 1)))]).encode()
    }

    #[test]
    fn reads_cost_a_unit_for_each_4_kib() {
        for (bytes, half_units) in [(1, 1), (4096, 1), (4097, 2), (400 * 1024, 100)] {
            let item = item(bytes);
            assert_eq!(of_reads([Some(&item)], Consistency::Eventual), half_units, "{bytes}");
            assert_eq!(of_reads([Some(&item)], Consistency::Strong), 2 * half_units, "{bytes}");
        }
        assert_eq!(of_reads([None], Consistency::Eventual), 1);
    }

    #[test]
    fn writes_cost_a_unit_for_each_kib_of_the_larger_image() {
        let (small, large) = (item(10), item(2049));
        let (small, large) = (Image::Item(Arc::new(small)), Image::Item(Arc::new(large)));

        assert_eq!(of_write(&Image::Absent, &small), 2);
        assert_eq!(of_write(&large, &small), 6);
        assert_eq!(of_write(&large, &Image::Absent), 6);
        assert_eq!(of_write(&Image::Absent, &Image::Absent), 2);
    }
}
