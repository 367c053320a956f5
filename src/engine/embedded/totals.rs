//! Items and bytes of tables and their indexes, as the mutations of a batch move them.
//!
//! Must hold: what everybody sees is that of the last commit; a batch that is lost moves nothing.
//! Not here: reading them at opening (`tables.rs`).

use std::collections::HashMap;

use super::rows;
use super::writer::WriterTable;
use crate::engine::{Table, TableTotals};
use crate::model::{IndexId, TableId};
use crate::store::{Batch, SpaceId};

/// The totals that a batch changes; a table's own stand under [`IndexId::TABLE`].
#[derive(Default)]
pub(super) struct Totals(HashMap<(TableId, IndexId), Held, ahash::RandomState>);

#[derive(Clone, Copy)]
struct Held {
    items: u64,
    bytes: u64,
}

impl Totals {
    /// An item or entry had the first size and has the second, if there was and is one.
    pub(super) fn move_on(
        &mut self,
        table: &Table,
        index: IndexId,
        [before, after]: [Option<u64>; 2],
    ) {
        let held = self.0.entry((table.schema.table, index)).or_insert_with(|| {
            let (items, bytes) = of(table, index).map_or((0, 0), TableTotals::read);
            Held { items, bytes }
        });
        let count = |size: Option<u64>| u64::from(size.is_some());
        // Saturating: totals that a damaged row put wrong must not stop the writer.
        held.items = (held.items + count(after)).saturating_sub(count(before));
        held.bytes = (held.bytes + after.unwrap_or(0)).saturating_sub(before.unwrap_or(0));
    }

    /// Adds the rows to write.
    pub(super) fn write(&self, system: SpaceId, batch: &mut Batch) {
        for ((table, index), Held { items, bytes }) in &self.0 {
            let row = match *index {
                IndexId::TABLE => rows::totals_row(*table),
                index => rows::index_totals_row(*table, index),
            };
            batch.put(system, row, rows::totals_value(*items, *bytes));
        }
    }

    /// Shows them to everybody.
    pub(super) fn publish(&self, tables: &HashMap<TableId, WriterTable, ahash::RandomState>) {
        for ((id, index), Held { items, bytes }) in &self.0 {
            if let Some(totals) = tables.get(id).and_then(|table| of(&table.table, *index)) {
                totals.set(*items, *bytes);
            }
        }
    }
}

fn of(table: &Table, index: IndexId) -> Option<&TableTotals> {
    match index {
        IndexId::TABLE => Some(&table.totals),
        index => table.index(index).map(|index| &*index.totals),
    }
}
