//! Whether the engine takes writes, and where tables lie; shared by writer, readers and callers.
//!
//!     running ── free space low ──> reserve ── space again ──> running
//!     running ── disk full ───────> disk full ── reopened ───> running
//!     any     ── a sync failed ───> sync failed                until a restart
//!
//! Must hold: only the writer changes it. Reads go on in every state.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::holds::Holds;
use super::log::Slices;
use crate::engine::{Error, ReadOnly, StreamId};
use crate::model::TableId;
use crate::store::SpaceId;

/// What the engine's parts share.
pub(super) struct State {
    read_only: Mutex<Option<ReadOnly>>,
    spaces: Mutex<HashMap<TableId, SpaceId, ahash::RandomState>>,
    slices: Mutex<HashMap<StreamId, Slices, ahash::RandomState>>,
    reopened: watch::Sender<()>,
    holds: Arc<Holds>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            read_only: Mutex::default(),
            spaces: Mutex::default(),
            slices: Mutex::default(),
            reopened: watch::Sender::new(()),
            holds: Arc::default(),
        }
    }
}

impl State {
    /// Why no writes are taken, if they are not.
    pub(super) fn read_only(&self) -> Option<ReadOnly> {
        *self.read_only.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a write that could not succeed; a low reserve is looked at again by the writer.
    pub(super) fn accepts_writes(&self) -> Result<(), Error> {
        match self.read_only() {
            None | Some(ReadOnly::Reserve) => Ok(()),
            Some(why @ (ReadOnly::DiskFull | ReadOnly::SyncFailed)) => Err(Error::ReadOnly(why)),
        }
    }

    /// Takes a state; says so in the log when it is another one.
    pub(super) fn enter(&self, state: Option<ReadOnly>) {
        let mut current = self.read_only.lock().unwrap_or_else(PoisonError::into_inner);
        if *current == state {
            return;
        }
        match state {
            None => tracing::warn!("writes are taken again"),
            Some(why) => tracing::error!(why = &why as &dyn std::error::Error, "reads only"),
        }
        *current = state;
    }

    /// Tells readers that wait for it that the store was reopened.
    pub(super) fn announce_reopened(&self) {
        self.reopened.send_replace(());
    }

    /// A receiver that sees every reopening from now on.
    pub(super) fn reopenings(&self) -> watch::Receiver<()> {
        self.reopened.subscribe()
    }

    /// Where the table's rows lie.
    pub(super) fn space(&self, table: TableId) -> Option<SpaceId> {
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner).get(&table).copied()
    }

    /// Notes where a table's rows lie, or that it is gone.
    pub(super) fn set_space(&self, table: TableId, space: Option<SpaceId>) {
        let mut spaces = self.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        match space {
            Some(space) => spaces.insert(table, space),
            None => spaces.remove(&table),
        };
    }

    /// What somebody reads from an old snapshot.
    pub(super) fn holds(&self) -> &Arc<Holds> {
        &self.holds
    }

    /// Where a stream's records lie.
    pub(super) fn slices(&self, stream: StreamId) -> Option<Slices> {
        self.slices.lock().unwrap_or_else(PoisonError::into_inner).get(&stream).cloned()
    }

    /// Notes where a stream's records lie, or that it is gone.
    pub(super) fn set_slices(&self, stream: StreamId, kept: Option<Slices>) {
        let mut slices = self.slices.lock().unwrap_or_else(PoisonError::into_inner);
        match kept {
            Some(kept) => slices.insert(stream, kept),
            None => slices.remove(&stream),
        };
    }
}
