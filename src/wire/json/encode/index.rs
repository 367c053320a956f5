//! Writes the descriptions of a table's indexes.

use super::table::{keys, status, takes, throughput};
use super::write::{Separator, list, plain, text};
use crate::api::{Billing, CreateIndex, IndexDescription, TableDescription, TableStatus};
use crate::model::{IndexProjection, IndexScope};

/// Writes the two lists; one without indexes is left out, and so is the one of global indexes once
/// the table is being dropped.
pub(super) fn indexes(out: &mut Vec<u8>, next: &mut Separator, table: &TableDescription) {
    let of = |scope| table.indexes.iter().filter(move |index| index.index.scope == scope);
    named(out, next, "LocalSecondaryIndexes", of(IndexScope::Local));
    if table.status != TableStatus::Deleting {
        named(out, next, "GlobalSecondaryIndexes", of(IndexScope::Global));
    }
}

fn named<'a>(
    out: &mut Vec<u8>,
    next: &mut Separator,
    name: &str,
    indexes: impl Iterator<Item = &'a IndexDescription>,
) {
    let mut indexes = indexes.peekable();
    if indexes.peek().is_none() {
        return;
    }
    next.name(out, name);
    list(out, indexes, index);
}

fn index(out: &mut Vec<u8>, described: &IndexDescription) {
    let index = &described.index;
    let billing = match index.units {
        Some(units) => Billing::bought(units),
        None => Billing::OnDemand,
    };
    out.push(b'{');
    let mut next = Separator::start();
    what_it_is(out, &mut next, index);
    if index.scope == IndexScope::Global {
        next.name(out, "IndexStatus");
        text(out, status(described.status));
        if described.backfilling {
            next.name(out, "Backfilling");
            out.extend_from_slice(b"true");
        }
        next.name(out, "ProvisionedThroughput");
        throughput(out, billing, described.throughput_changes);
    }
    next.name(out, "IndexSizeBytes");
    plain(out, described.bytes);
    next.name(out, "ItemCount");
    plain(out, described.items);
    next.name(out, "IndexArn");
    text(out, &described.arn);
    if index.scope == IndexScope::Global {
        takes(out, &mut next, index.throughput);
    }
    out.push(b'}');
}

/// Writes the members that say which index it is and what it holds.
pub(super) fn what_it_is(out: &mut Vec<u8>, next: &mut Separator, index: &CreateIndex) {
    next.name(out, "IndexName");
    text(out, &index.name);
    next.name(out, "KeySchema");
    keys(out, &index.hash, &index.range);
    next.name(out, "Projection");
    projection(out, &index.projection);
}

fn projection(out: &mut Vec<u8>, projection: &IndexProjection) {
    let (kind, names) = match projection {
        IndexProjection::All => ("ALL", None),
        IndexProjection::KeysOnly => ("KEYS_ONLY", None),
        IndexProjection::Include(names) => ("INCLUDE", Some(names)),
    };
    out.push(b'{');
    let mut next = Separator::start();
    next.name(out, "ProjectionType");
    text(out, kind);
    if let Some(names) = names {
        next.name(out, "NonKeyAttributes");
        out.push(b'[');
        let mut separator = Separator::start();
        for name in names {
            separator.next(out);
            text(out, name);
        }
        out.push(b']');
    }
    out.push(b'}');
}
