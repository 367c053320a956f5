//! A table, or everything, as it was at one moment, read piece by piece beside the writes.
//!
//! The writer opens it between two batches, so that definition, totals and rows are of the same
//! commit. Its pieces are read on the reader's threads.
//!
//! Must hold: a table is not deleted while it is read; a store that was reopened ends the reading
//! with an error.
//! Not here: what becomes of the items (`backup/`).

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::EmbeddedEngine;
use super::backed_up::BackedUp;
use super::holds::{Held, Hold};
use super::rows;
use super::tables::of_store;
use super::writer::Writer;
use crate::api::{TableName, TableStatus};
use crate::engine::{Error, Table};
use crate::model::ItemBytes;
use crate::store::{
    self, ChunkLimit, Direction, KeyRange, Snapshot, SpaceId, SpaceName, WriteState,
};

/// A table at one moment.
pub struct TableSnapshot {
    /// The table.
    pub table: Arc<Table>,
    /// What it was, for [`TableEngine::restore_table`](crate::engine::TableEngine::restore_table).
    pub description: Bytes,
    /// How many items it had.
    pub items: u64,
    /// Their sizes together.
    pub bytes: u64,
    snapshot: Arc<dyn Snapshot>,
    space: SpaceId,
    /// The rows that were not read yet.
    rest: Option<KeyRange>,
    _hold: Hold,
}

/// Everything at one moment. Spaces that are dropped stay as long as this lives.
pub struct StoreSnapshot {
    /// The rows.
    pub snapshot: Arc<dyn Snapshot>,
    /// The spaces that they are in.
    pub spaces: Vec<(SpaceName, SpaceId)>,
    _hold: Hold,
}

impl Writer {
    /// Opens everything as it is now, and answers.
    pub(super) fn open_snapshot_of_all(
        &self,
        reply: oneshot::Sender<Result<StoreSnapshot, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        let snapshot = self.store.snapshot().map_err(of_store);
        drop(reply.send(snapshot.map(|snapshot| StoreSnapshot {
            snapshot,
            spaces: self.store.spaces(),
            _hold: self.state.holds().take_everything(),
        })));
    }

    /// Drops a space, or does so later if somebody reads everything or the disk is full. One that
    /// stays is in nobody's way, and goes at the next opening.
    pub(super) fn drop_space(&mut self, name: SpaceName) {
        self.leaving.push(name);
        self.drop_leaving();
    }

    /// Drops the spaces that had to stay, unless they still have to.
    pub(super) fn drop_leaving(&mut self) {
        if self.leaving.is_empty() || self.state.holds().has(Held::Everything) {
            return;
        }
        if self.store.state() != WriteState::Open {
            return;
        }
        self.leaving.retain(|name| match self.store.drop_space(name) {
            Ok(()) => false,
            // It goes once there is room.
            Err(store::Error::DiskFull) => true,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, space = name.as_str(), "a dropped space stays");
                false
            }
        });
    }

    /// Opens a table as it is now, and answers.
    pub(super) fn open_snapshot(
        &mut self,
        name: &TableName,
        reply: oneshot::Sender<Result<TableSnapshot, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_open_snapshot(name)));
    }

    fn try_open_snapshot(&mut self, name: &TableName) -> Result<TableSnapshot, Error> {
        // Below the reserve a backup would take the space that writes are refused for.
        self.check_writable()?;
        let table = self.named(name)?;
        if table.status == TableStatus::Creating {
            return Err(Error::NoTable { name: name.as_str().to_owned() });
        }
        let (items, bytes) = table.totals.read();
        self.check_space(bytes)?;
        let id = table.schema.table;
        let space =
            self.tables.get(&id).map(|kept| kept.space).ok_or_else(|| Error::no_table(id))?;
        Ok(TableSnapshot {
            description: BackedUp::of(&table, items, bytes).encode(),
            items,
            bytes,
            snapshot: self.store.snapshot().map_err(of_store)?,
            space,
            rest: Some(KeyRange::prefix(&[rows::ITEM_ROW])),
            _hold: self.state.holds().take_table(id, bytes),
            table,
        })
    }

    /// Refuses what would take so many bytes, if they are not free above the reserve besides what
    /// the backups take that are being made. What those have written counts twice meanwhile.
    pub(super) fn check_space(&self, bytes: u64) -> Result<(), Error> {
        let free_bytes = self.store.free().map_err(of_store)?.free_bytes;
        let taken_bytes = self.reserve_bytes.saturating_add(self.state.holds().announced_bytes());
        let room_bytes = free_bytes.saturating_sub(taken_bytes);
        if bytes > room_bytes {
            return Err(Error::NoRoom { bytes, room_bytes });
        }
        Ok(())
    }
}

impl EmbeddedEngine {
    /// The next items of a table; none once all were given.
    pub(super) async fn read_items(
        &self,
        from: &mut TableSnapshot,
    ) -> Result<Vec<ItemBytes>, Error> {
        let Some(range) = from.rest.clone() else { return Ok(Vec::new()) };
        let (space, id) = (from.space, from.table.schema.table);
        let read = move |snapshot: &dyn Snapshot| {
            snapshot.range(space, &range, Direction::Forward, PIECE).map_err(of_store)
        };
        let chunk = self.reader.look_in(Arc::clone(&from.snapshot), read).await?;
        let items = chunk.rows.iter().map(|(_, value)| rows::item_of(id, value));
        let items = items.collect::<Result<_, _>>()?;
        from.rest = chunk.rest;
        Ok(items)
    }
}

/// What is read at once.
const PIECE: ChunkLimit = ChunkLimit { rows_max: 2_000, bytes_max: 1 << 20 };
