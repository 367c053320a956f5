//! The open database: its handles, and the snapshots that read through them.
//!
//! Each handle of the engine holds its lock file, so a store can be opened anew only when all are
//! gone. Therefore a snapshot holds none: each call borrows them from the [`Generation`], which
//! gives nothing any more once it was revoked.
//!
//! Must hold: no handle outlives one call. Rows are read at the instant of a published batch
//! only: the engine itself may show half a batch.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use bytes::Bytes;
use fjall::{AbstractTree as _, Database, Keyspace, PersistMode, Readable as _};

use super::super::{
    BatchNumber, Chunk, ChunkLimit, Direction, Error, Footprint, KeyRange, Result, Snapshot,
    SpaceId, SpaceName,
};

/// A database and its spaces.
pub(super) struct Live {
    pub(super) spaces: ArcSwap<Spaces>,
    /// The store's own space.
    pub(super) own: Keyspace,
    pub(super) db: Database,
}

impl Live {
    /// Whether the engine's own threads, or an earlier failure, closed it for writes.
    pub(super) fn is_poisoned(&self) -> bool {
        matches!(self.db.persist(PersistMode::Buffer), Err(fjall::Error::Poisoned))
    }

    /// Every space of the engine, the store's own included.
    pub(super) fn keyspaces(&self) -> Vec<Keyspace> {
        let mut keyspaces: Vec<_> = self.spaces.load().handles().cloned().collect();
        keyspaces.push(self.own.clone());
        keyspaces
    }

    /// What the files take, as the engine keeps account of them.
    pub(super) fn footprint(&self) -> Result<Footprint, fjall::Error> {
        let journal_bytes = self.db.journal_disk_space()?;
        let each = self.keyspaces();
        let table_bytes: u64 = each.iter().map(Keyspace::disk_space).sum();
        let table_files = each.iter().map(|keyspace| keyspace.table_count() as u64).sum();
        Ok(Footprint { bytes: journal_bytes + table_bytes, journal_bytes, table_files })
    }

    /// The number of the last batch, as the store's own space has it.
    pub(super) fn read_number(&self) -> Result<BatchNumber, fjall::Error> {
        let row = self.own.get(NUMBER_KEY)?;
        let number = row.and_then(|row| row.as_ref().try_into().ok().map(u64::from_be_bytes));
        Ok(BatchNumber::new(number.unwrap_or(0)))
    }
}

/// Whether a space has so little to be written out that a commit to it cannot be made to wait
/// inside the engine, which it does without any deadline.
///
/// The engine waits at 4 sealed memtables or 30 runs of fresh tables. During one commit at most
/// two memtables are sealed, and each can become one run.
pub(super) fn has_room(keyspace: &Keyspace) -> bool {
    keyspace.tree.sealed_memtable_count() <= 1 && keyspace.tree.l0_run_count() <= 24
}

/// Names, ids and handles of the spaces.
#[derive(Clone, Default)]
pub(super) struct Spaces {
    ids: HashMap<SpaceName, SpaceId>,
    slots: Vec<Option<Keyspace>>,
}

impl Spaces {
    pub(super) fn id(&self, name: &SpaceName) -> Option<SpaceId> {
        self.ids.get(name).copied()
    }

    pub(super) fn handle(&self, space: SpaceId) -> Result<&Keyspace> {
        self.slots.get(space.slot()).and_then(Option::as_ref).ok_or(Error::NoSpace(space))
    }

    pub(super) fn handles(&self) -> impl Iterator<Item = &Keyspace> {
        self.slots.iter().flatten()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (&SpaceName, SpaceId)> {
        self.ids.iter().map(|(name, id)| (name, *id))
    }

    /// Gives `name` a new id.
    pub(super) fn add(&mut self, name: SpaceName, keyspace: Keyspace) -> SpaceId {
        let id = SpaceId::from_slot(self.slots.len());
        self.slots.push(Some(keyspace));
        self.ids.insert(name, id);
        id
    }

    pub(super) fn remove(&mut self, name: &SpaceName) -> Option<Keyspace> {
        let id = self.ids.remove(name)?;
        self.slots[id.slot()].take()
    }

    /// The ids given so far, without handles: what a reopened store goes on from.
    pub(super) fn ids_only(&self) -> Self {
        Self { ids: self.ids.clone(), slots: vec![None; self.slots.len()] }
    }

    /// Fills in handles under the ids that the names had before, and forgets names without one.
    pub(super) fn refill(mut self, found: Vec<(SpaceName, Keyspace)>) -> Self {
        let before = std::mem::take(&mut self.ids);
        for (name, keyspace) in found {
            match before.get(&name) {
                Some(id) => {
                    self.slots[id.slot()] = Some(keyspace);
                    self.ids.insert(name, *id);
                }
                None => {
                    self.add(name, keyspace);
                }
            }
        }
        self
    }
}

/// One opening of the database, until it is revoked.
#[derive(Default)]
pub(super) struct Generation(ArcSwapOption<Live>);

impl Generation {
    pub(super) fn new(live: Live) -> Self {
        Self(ArcSwapOption::from_pointee(live))
    }

    /// The handles, for a caller that lets go of them soon.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        self.0.load_full()
    }

    /// Takes the handles away from everybody; whoever is inside a call still ends it.
    pub(super) fn revoke(&self) -> Option<Arc<Live>> {
        self.0.swap(None)
    }
}

/// The rows as of one published batch.
pub(super) struct DiskSnapshot {
    generation: Arc<Generation>,
    at: fjall::Snapshot,
    last_batch: BatchNumber,
}

impl DiskSnapshot {
    /// What `at` shows, which the writer took between batches, right after `last_batch`.
    pub(super) fn at(
        last_batch: BatchNumber,
        at: fjall::Snapshot,
        generation: &Arc<Generation>,
    ) -> Self {
        Self { generation: Arc::clone(generation), at, last_batch }
    }

    /// The handles behind this snapshot, unless it was revoked.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        self.generation.live()
    }
}

impl Snapshot for DiskSnapshot {
    fn last_batch(&self) -> BatchNumber {
        self.last_batch
    }

    fn get(&self, space: SpaceId, key: &[u8]) -> Result<Option<Bytes>> {
        let live = self.generation.0.load();
        let live = live.as_ref().ok_or(Error::Revoked)?;
        let spaces = live.spaces.load();
        let value = self.at.get(spaces.handle(space)?, key).map_err(failed_read)?;
        // The engine's value is a part of a block, which it would keep in memory.
        Ok(value.map(|value| Bytes::copy_from_slice(&value)))
    }

    fn range(
        &self,
        space: SpaceId,
        range: &KeyRange,
        direction: Direction,
        limit: ChunkLimit,
    ) -> Result<Chunk> {
        let live = self.generation.0.load();
        let live = live.as_ref().ok_or(Error::Revoked)?;
        let spaces = live.spaces.load();
        let handle = spaces.handle(space)?;
        if range.is_empty() {
            return Ok(Chunk { rows: Vec::new(), rest: None });
        }
        let bounds: (Bound<&[u8]>, Bound<&[u8]>) =
            (range.from.as_ref().map(AsRef::as_ref), range.to.as_ref().map(AsRef::as_ref));
        let rows = self.at.range::<&[u8], _>(handle, bounds);
        match direction {
            Direction::Forward => Chunk::collect(rows.map(row), range, direction, limit),
            Direction::Backward => Chunk::collect(rows.rev().map(row), range, direction, limit),
        }
    }
}

fn row(guard: fjall::Guard) -> Result<(Bytes, Bytes)> {
    let (key, value) = guard.into_inner().map_err(failed_read)?;
    Ok((key.into(), value.into()))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn failed_read(error: fjall::Error) -> Error {
    Error::Engine { action: "read", detail: error.to_string() }
}

/// Key of the row with the last batch's number, in every batch; the value is a big-endian u64.
pub(super) const NUMBER_KEY: &[u8] = b"batch";
/// The store's own space is the first that is made, and the engine counts from 1.
pub(super) const OWN_KEYSPACE_ID: u64 = 1;
