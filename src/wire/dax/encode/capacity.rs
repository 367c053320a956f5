//! Writes the capacity that an operation consumed.
//!
//!     << table, units, the table's own or null, global indexes or null, local indexes or null >>

use super::super::cbor::{SHORT_BYTES, Writer};
use crate::api::{CapacityDetail, ConsumedCapacity, HalfUnits};

/// Writes one table's.
pub(super) fn put(writer: &mut Writer, consumed: &ConsumedCapacity) {
    let is_apart = consumed.detail == CapacityDetail::Indexes;
    writer.embedded(SHORT_BYTES, |writer| {
        writer.text(consumed.table.as_given());
        units(writer, consumed.total());
        if is_apart {
            units(writer, consumed.table_units);
        } else {
            writer.null();
        }
        for indexes in [&consumed.global, &consumed.local] {
            if !is_apart || indexes.is_empty() {
                writer.null();
                continue;
            }
            writer.map(indexes.len());
            for (index, consumed) in indexes {
                writer.text(index);
                units(writer, *consumed);
            }
        }
    });
}

/// Writes those of a batch.
pub(super) fn put_all(writer: &mut Writer, all: &[ConsumedCapacity]) {
    writer.array(all.len());
    for consumed in all {
        put(writer, consumed);
    }
}

/// Writes units.
pub(super) fn units(writer: &mut Writer, HalfUnits(half_units): HalfUnits) {
    let half_units = u32::try_from(half_units).unwrap_or(u32::MAX);
    writer.float(f64::from(half_units) / 2.0);
}
