//! What a change of a table's time to live leaves to be done, part by part.
//!
//!     reader   some left over rows ─────────────┐
//!              some items behind the cursor ────┴─> writer   rows go, rows of the items as they
//!                                                            are now come, the cursor moves on
//!
//! Whoever enables or disables it does not wait for this: live writes keep the rows of their items
//! from then on, and items from before are looked at in the order of their rows. The cursor is in
//! the batch of each part, so that a process that was killed goes on where it was.
//!
//! Must hold: a part is small, for writes wait behind it; the writer reads an item itself, so that
//! no write between look and batch is undone; a part of another setting than the present does
//! nothing.
//! Not here: when the parts are asked for (`proxy/background/`).

use std::sync::{Arc, PoisonError};

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::sync::oneshot;

use super::EmbeddedEngine;
use super::definition::Definition;
use super::expiry::{left_over, row, second_of};
use super::reader::{ReadError, View, of_store};
use super::totals::Totals;
use super::writer::{Command, Writer};
use super::{index_rows, rows};
use crate::engine::{Error, Scope, Table, Tended, TimeToLive};
use crate::model::{IndexId, ItemKey, TableId};
use crate::store::{Batch, ChunkLimit, Direction, KeyRange, SpaceId};

/// A part of what is to be done for a table, as a reader found it.
pub(super) struct Tending {
    /// The table, with the setting that the part is for.
    table: Arc<Table>,
    part: Part,
}

enum Part {
    /// These rows count for nothing; `end` says that there are no more of them.
    Clear { rows: Vec<Bytes>, end: bool },
    /// The items of these keys may need their rows; those behind `upto` were not looked at.
    Index { keys: Vec<ItemKey>, upto: Option<Bytes> },
}

impl EmbeddedEngine {
    /// Does a part, if there is anything to do.
    pub(super) async fn tend(&self, id: TableId) -> Result<Tended, Error> {
        let table = self.catalog.load().table_of(id).cloned();
        let table = table.ok_or_else(|| Error::no_table(id))?;
        if !table.time_to_live.is_to_be_tended() {
            return Ok(Tended::Done);
        }
        let (system, looked_at) = (self.system, Arc::clone(&table));
        let setting = table.time_to_live.clone();
        // What is deleted is long passed over in a scan from the beginning. Of another setting it is
        // not known what was deleted.
        let cleared = self.cleared.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let after = cleared.and_then(|(of, row)| (of == setting).then_some(row));
        let part = self.reader.look(move |view| part(view, system, &looked_at, after.as_ref()));
        let part = part.await?;
        let last = match &part {
            Part::Clear { rows, end: false } => rows.last().map(|row| (setting, row.clone())),
            Part::Clear { end: true, .. } | Part::Index { .. } => None,
        };
        let tended = self.ask(|reply| Command::Tend(Tending { table, part }, reply)).await?;
        let mut cleared = self.cleared.lock().unwrap_or_else(PoisonError::into_inner);
        match last {
            Some(last) => drop(cleared.insert(id, last)),
            None => drop(cleared.remove(&id)),
        }
        Ok(tended)
    }
}

impl Writer {
    /// Does a part and answers.
    pub(super) fn tend(&mut self, tending: Tending, reply: oneshot::Sender<Result<Tended, Error>>) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_tend(tending)));
    }

    fn try_tend(&mut self, Tending { table: looked_at, part }: Tending) -> Result<Tended, Error> {
        let id = looked_at.schema.table;
        let snapshot = self.ready()?;
        let kept = self.tables.get(&id).ok_or_else(|| Error::no_table(id))?;
        if kept.table.time_to_live != looked_at.time_to_live {
            return Ok(Tended::More);
        }
        let (space, table) = (kept.space, Arc::clone(&kept.table));
        let mut setting = table.time_to_live.clone();
        let cursor = rows::expiry_cursor_row(id);
        let mut batch = Batch::new();
        match part {
            Part::Clear { rows, end } => {
                for row in rows {
                    batch.delete(space, row);
                }
                setting.cleared = end;
                if end && setting.attribute.is_none() {
                    batch.delete(self.system, cursor);
                }
            }
            Part::Index { keys, upto } => {
                for key in keys {
                    let value = snapshot.get(space, &rows::item_row(&key));
                    let value = value.map_err(|error| Error::Store(Arc::new(error)))?;
                    if let Some(row) = row_of(&setting, &key, value.as_ref())? {
                        batch.put(space, row, Bytes::new());
                    }
                }
                setting.complete = upto.is_none();
                match upto {
                    Some(upto) => batch.put(self.system, cursor, cursor_value(&setting, &upto)),
                    None => batch.delete(self.system, cursor),
                }
            }
        }
        // A reopening waits until no snapshot is held.
        drop(snapshot);
        let table = Table { time_to_live: setting, ..Table::clone(&table) };
        let is_another = table.time_to_live != looked_at.time_to_live;
        if is_another {
            batch.put(self.system, rows::definition_row(id), Definition::of(&table).encode());
        }
        self.commit_piece(batch, &Totals::default())?;
        let tended = if table.time_to_live.is_to_be_tended() { Tended::More } else { Tended::Done };
        if is_another {
            if let Some(kept) = self.tables.get_mut(&id) {
                kept.table = Arc::new(table);
            }
            self.publish();
        }
        Ok(tended)
    }
}

/// The row of an item that is there now, if it has one.
fn row_of(
    setting: &TimeToLive,
    key: &ItemKey,
    value: Option<&Bytes>,
) -> Result<Option<Bytes>, Error> {
    let Some(value) = value else { return Ok(None) };
    let item = rows::item_of(key.table(), value)?;
    let second = second_of(setting, item.view());
    Ok(second.map(|second| row(setting.number, second, key.bytes())))
}

/// What is to be done next for a table.
fn part(
    view: &View<'_>,
    system: SpaceId,
    table: &Table,
    cleared: Option<&Bytes>,
) -> Result<Part, ReadError> {
    let setting = &table.time_to_live;
    let id = table.schema.table;
    let space = view.space(id).ok_or_else(|| Error::no_table(id))?;
    let snapshot = view.snapshot();
    let some = |range: &KeyRange| {
        let limit = ChunkLimit { rows_max: PART_ROWS, bytes_max: PART_BYTES };
        snapshot.range(space, range, Direction::Forward, limit).map_err(of_store)
    };
    if !setting.cleared {
        let left_over = left_over(setting);
        let chunk = some(&cleared.map_or(left_over.clone(), |row| {
            index_rows::behind(&left_over, row, Direction::Forward)
        }))?;
        let rows = chunk.rows.iter().map(|(row, _)| Bytes::copy_from_slice(row)).collect();
        return Ok(Part::Clear { rows, end: chunk.rest.is_none() });
    }
    let items = index_rows::scope_range(IndexId::TABLE, &Scope::Everything);
    let cursor = snapshot.get(system, &rows::expiry_cursor_row(id)).map_err(of_store)?;
    let range = match cursor.and_then(|value| cursor_of(setting, &value)) {
        Some(upto) => items.behind(&upto, Direction::Forward),
        None => items,
    };
    let chunk = some(&range)?;
    let mut keys = Vec::new();
    for (item_row, value) in &chunk.rows {
        let item = rows::item_of(id, value)?;
        if second_of(setting, item.view()).is_some() {
            let key = rows::key_of_item_row(&table.schema, item_row);
            keys.push(key.ok_or(Error::Damaged { table: id.get() })?);
        }
    }
    let last = chunk.rows.last().map(|(row, _)| Bytes::copy_from_slice(row));
    Ok(Part::Index { keys, upto: last.filter(|_| chunk.rest.is_some()) })
}

/// The value of a table's cursor: the number of its setting, and the row that was looked at last.
fn cursor_value(setting: &TimeToLive, upto: &[u8]) -> Bytes {
    let mut value = BytesMut::with_capacity(4 + upto.len());
    value.put_u32(setting.number);
    value.put_slice(upto);
    value.freeze()
}

/// The row in a cursor, unless it is of another setting.
fn cursor_of(setting: &TimeToLive, value: &Bytes) -> Option<Bytes> {
    let (number, _) = value.split_first_chunk()?;
    (u32::from_be_bytes(*number) == setting.number).then(|| value.slice(4..))
}

/// What a part looks at: some milliseconds of the writer's time, and one sync.
const PART_ROWS: usize = 500;
const PART_BYTES: usize = 1 << 20;
