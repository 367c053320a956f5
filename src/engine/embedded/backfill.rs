//! Filling an index with the items that were there before it, and clearing one away.
//!
//!     items, by rows   |-- covered ------------|-- not yet ---------------|
//!     a write here     keeps the entry, as of   leaves it: its item has
//!                      any other index          none until its turn comes
//!
//! The writer does a piece between two batches: it reads items behind what is covered, writes their
//! entries, and moves on, all in one batch. So an item's entry is made once, either by its turn or
//! by the write that changed it afterwards, and a crash resumes where the last piece ended.
//!
//! Must hold: what is covered in memory is what the store's row says; each piece is bounded.
//! Not here: when the next piece is asked for (`proxy/background/`), which indexes come and go
//! (`index_changes.rs`).

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::entries::EntryChange;
use super::tables::of_store;
use super::totals::Totals;
use super::writer::Writer;
use super::{definition::Definition, index_changes, index_rows, rows};
use crate::engine::{Error, Scope, Table, Tended};
use crate::model::{IndexId, IndexSchema, ItemKey, TableId};
use crate::store::{Batch, Chunk, Direction, KeyRange, Snapshot, SpaceId};

/// An index that is being filled, and the last row of an item that has its entry.
#[derive(Clone, Debug)]
pub(super) struct Building {
    index: IndexId,
    /// Empty before the first.
    covered: Bytes,
}

impl Building {
    /// How far the index is, as the store says.
    pub(super) fn read(
        snapshot: &dyn Snapshot,
        system: SpaceId,
        table: TableId,
        index: IndexId,
    ) -> Result<Self, Error> {
        let covered = snapshot.get(system, &rows::covered_row(table, index)).map_err(of_store)?;
        Ok(Self { index, covered: covered.unwrap_or_default() })
    }

    /// What is being filled once the table was altered.
    pub(super) fn after(before: Option<Self>, table: &Table) -> Option<Self> {
        let index = table.building()?;
        let begun = before.filter(|before| before.index == index);
        Some(begun.unwrap_or(Self { index, covered: Bytes::new() }))
    }

    /// Leaves out the entry of an item whose turn has not come.
    pub(super) fn leave_to_later(&self, key: &ItemKey, entries: &mut Vec<EntryChange>) {
        if entries.iter().any(|entry| entry.index == self.index)
            && rows::item_row(key) > self.covered
        {
            entries.retain(|entry| entry.index != self.index);
        }
    }
}

/// Adds what an alteration changes besides the definition: rows of an index that comes, and of one
/// that will not be filled any further.
pub(super) fn change_rows(before: &Table, after: &Table, system: SpaceId, batch: &mut Batch) {
    let id = after.schema.table;
    for index in after.indexes.iter().filter(|index| before.index(index.id).is_none()) {
        let row = rows::index_totals_row(id, index.id);
        batch.put(system, row, rows::totals_value(0, 0));
    }
    if let Some(index) = before.building()
        && after.building() != Some(index)
    {
        batch.delete(system, rows::covered_row(id, index));
    }
}

impl Writer {
    /// Does a piece of what a table's indexes have left, and answers.
    pub(super) fn tend_indexes(
        &mut self,
        table: TableId,
        reply: oneshot::Sender<Result<Tended, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_tend_indexes(table)));
    }

    fn try_tend_indexes(&mut self, id: TableId) -> Result<Tended, Error> {
        self.look_at_store();
        // Below the reserve, clearing rows away is how space comes back.
        self.state.accepts_writes()?;
        self.settle();
        let Some(kept) = self.tables.get(&id).filter(|kept| !kept.table.waits_for_index()) else {
            return Ok(Tended::Done);
        };
        let (space, table) = (kept.space, Arc::clone(&kept.table));
        if let Some(building) = kept.building.clone() {
            self.check_writable()?;
            return self.fill(space, &table, building);
        }
        if let Some(leaving) = &table.leaving {
            let cleared = kept.cleared.clone();
            return self.clear(space, &table, leaving.index.id, cleared.as_ref());
        }
        Ok(Tended::Done)
    }

    /// Makes the entries of the next items.
    fn fill(
        &mut self,
        space: SpaceId,
        table: &Arc<Table>,
        building: Building,
    ) -> Result<Tended, Error> {
        let id = table.schema.table;
        let Some(schema) = table.schema.index_of(building.index) else { return Ok(Tended::Done) };
        let items = KeyRange::prefix(&[rows::ITEM_ROW]);
        let range = index_rows::behind(&items, &building.covered, Direction::Forward);
        let Chunk { rows: found, rest } = self.piece(space, &range)?;
        let mut batch = Batch::new();
        let mut totals = Totals::default();
        for (item_row, value) in &found {
            if let Some((row, value, size)) = entry_of(table, schema, item_row, value)? {
                batch.put(space, row, value);
                totals.move_on(table, schema.id, [None, Some(size)]);
            }
        }
        totals.write(self.system, &mut batch);
        let covered = found.last().map_or(building.covered, |(row, _)| Bytes::copy_from_slice(row));
        let row = rows::covered_row(id, schema.id);
        if rest.is_some() {
            batch.put(self.system, row, covered.clone());
            self.commit_piece(batch, &totals)?;
            if let Some(kept) = self.tables.get_mut(&id) {
                kept.building = Some(Building { index: schema.id, covered });
            }
            return Ok(Tended::More);
        }
        batch.delete(self.system, row);
        self.end(index_changes::built(table), batch, &totals)?;
        tracing::info!(table = table.name.as_str(), index = schema.name, "an index is full");
        Ok(Tended::Done)
    }

    /// Clears away the next rows of an index that left its table.
    fn clear(
        &mut self,
        space: SpaceId,
        table: &Arc<Table>,
        index: IndexId,
        cleared: Option<&Bytes>,
    ) -> Result<Tended, Error> {
        let entries = index_rows::scope_range(index, &Scope::Everything);
        // Nothing comes before it any more, but what is deleted is long passed over in a scan.
        let range = match cleared {
            Some(cleared) => entries.behind(cleared, Direction::Forward),
            None => entries,
        };
        let Chunk { rows: found, rest } = self.piece(space, &range)?;
        let mut batch = Batch::new();
        let mut last = None;
        for (row, _) in found {
            let row = Bytes::copy_from_slice(&row);
            last = Some(row.clone());
            batch.delete(space, row);
        }
        let totals = Totals::default();
        if rest.is_some() {
            self.commit_piece(batch, &totals)?;
            if let Some(kept) = self.tables.get_mut(&table.schema.table) {
                kept.cleared = last;
            }
            return Ok(Tended::More);
        }
        batch.delete(self.system, rows::index_totals_row(table.schema.table, index));
        self.end(index_changes::cleared(table), batch, &totals)?;
        Ok(Tended::Done)
    }

    fn piece(&self, space: SpaceId, range: &KeyRange) -> Result<Chunk, Error> {
        let snapshot = self.store.snapshot().map_err(of_store)?;
        let limit = self.options.index_piece;
        snapshot.range(space, range, Direction::Forward, limit).map_err(of_store)
    }

    /// Writes the last piece of an index's work together with the table as it is from then on.
    pub(super) fn end(
        &mut self,
        table: Table,
        mut batch: Batch,
        totals: &Totals,
    ) -> Result<(), Error> {
        let id = table.schema.table;
        batch.put(self.system, rows::definition_row(id), Definition::of(&table).encode());
        self.commit_piece(batch, totals)?;
        if let Some(kept) = self.tables.get_mut(&id) {
            kept.table = Arc::new(table);
            kept.building = None;
            kept.cleared = None;
        }
        self.publish();
        Ok(())
    }

    pub(super) fn commit_piece(&mut self, batch: Batch, totals: &Totals) -> Result<(), Error> {
        let bytes = batch.bytes();
        self.commit_rows(batch)?;
        self.metrics.writer.bytes.add(bytes as u64);
        totals.publish(&self.tables);
        Ok(())
    }
}

/// The row, value and size of the entry that an item's row comes to, if it is in the index.
fn entry_of(
    table: &Table,
    schema: &IndexSchema,
    item_row: &[u8],
    value: &Bytes,
) -> Result<Option<(Bytes, Bytes, u64)>, Error> {
    let id = table.schema.table;
    let damaged = || Error::Damaged { table: id.get() };
    let item = rows::item_of(id, value)?;
    let Some(key) = schema.key_of(item.view()) else { return Ok(None) };
    let of = rows::key_of_item_row(&table.schema, item_row).ok_or_else(damaged)?;
    // The entry is as old as its item.
    let commit = rows::version_of(id, Some(value))?.ok_or_else(damaged)?.get();
    let entry = schema.entry(&table.schema, &item);
    let row = index_rows::entry_row(schema.id, &key, &of);
    Ok(Some((row, index_rows::entry_value(commit, &entry), entry.view().size() as u64)))
}
