//! Writes the capacity that an operation consumed.

use super::write::{Separator, plain, text};
use crate::api::{CapacityDetail, CapacityKind, ConsumedCapacity, HalfUnits};

/// Writes the member, if there is something to tell.
pub(super) fn optional(
    out: &mut Vec<u8>,
    separator: &mut Separator,
    consumed: Option<&ConsumedCapacity>,
) {
    if let Some(consumed) = consumed {
        separator.name(out, "ConsumedCapacity");
        capacity(out, consumed);
    }
}

/// Writes the member of a batch, if there is something to tell.
pub(super) fn optional_list(
    out: &mut Vec<u8>,
    separator: &mut Separator,
    all: &[ConsumedCapacity],
) {
    if all.is_empty() {
        return;
    }
    separator.name(out, "ConsumedCapacity");
    out.push(b'[');
    let mut elements = Separator::start();
    for consumed in all {
        elements.next(out);
        capacity(out, consumed);
    }
    out.push(b']');
}

fn capacity(out: &mut Vec<u8>, consumed: &ConsumedCapacity) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "TableName");
    text(out, consumed.table.as_given());
    let kind = consumed.kind;
    units(out, &mut members, consumed.total(), kind);
    if consumed.detail == CapacityDetail::Indexes {
        members.name(out, "Table");
        part(out, consumed.table_units, kind);
        optional_parts(out, &mut members, "LocalSecondaryIndexes", &consumed.local, kind);
        optional_parts(out, &mut members, "GlobalSecondaryIndexes", &consumed.global, kind);
    }
    out.push(b'}');
}

fn optional_parts(
    out: &mut Vec<u8>,
    members: &mut Separator,
    name: &str,
    indexes: &[(String, HalfUnits)],
    kind: Option<CapacityKind>,
) {
    if indexes.is_empty() {
        return;
    }
    members.name(out, name);
    out.push(b'{');
    let mut separator = Separator::start();
    for (index, units) in indexes {
        separator.name(out, index);
        part(out, *units, kind);
    }
    out.push(b'}');
}

fn part(out: &mut Vec<u8>, half_units: HalfUnits, kind: Option<CapacityKind>) {
    out.push(b'{');
    units(out, &mut Separator::start(), half_units, kind);
    out.push(b'}');
}

fn units(
    out: &mut Vec<u8>,
    members: &mut Separator,
    HalfUnits(half_units): HalfUnits,
    kind: Option<CapacityKind>,
) {
    let apart = kind.map(|kind| match kind {
        CapacityKind::Read => "ReadCapacityUnits",
        CapacityKind::Write => "WriteCapacityUnits",
    });
    for member in [Some("CapacityUnits"), apart].into_iter().flatten() {
        members.name(out, member);
        plain(out, format_args!("{}.{}", half_units / 2, half_units % 2 * 5));
    }
}
