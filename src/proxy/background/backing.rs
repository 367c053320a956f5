//! Writes the items of tables into their backups, a piece of each in turn.
//!
//!     request ── queue (bounded) ──> backings ── piece by piece, in turn ──> draft ──> backup
//!
//! Must hold: a backup that fails for whatever reason leaves nothing, and the log says why; a drain
//! ends it at the next piece.
//! Not here: opening the snapshot (`proxy/backups.rs`), files (`backup/`).

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc::{Permit, Receiver};

use super::Background;
use crate::backup::{self, Draft};
use crate::engine::{self, ReadOnly, TableSnapshot};
use crate::metrics::BackupWork;
use crate::model::ItemBytes;
use crate::proxy::Proxy;

/// A backup that is being written.
pub(in crate::proxy) struct Backing {
    snapshot: TableSnapshot,
    draft: Draft,
}

/// Why a backup was not made.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the table cannot be read on")]
    Engine(#[from] engine::Error),
    #[error("the backup cannot be written")]
    Backup(#[from] backup::Error),
    #[error("the disk's free space is needed for the tables")]
    ReadOnly(#[from] ReadOnly),
}

impl Backing {
    pub(in crate::proxy) fn new(snapshot: TableSnapshot, draft: Draft) -> Self {
        Self { snapshot, draft }
    }
}

impl Background {
    /// A place among the backups that are being written, if there is one.
    pub(in crate::proxy) fn backing_place(&self) -> Option<Permit<'_, Backing>> {
        self.backings.try_reserve().ok()
    }
}

impl Proxy {
    /// Writes the backups that are asked for, until the drain.
    pub async fn write_backups(self: Arc<Self>) {
        let Some(queue) = self.background.take_backings() else { return };
        tokio::select! {
            biased;
            () = self.background.drain.begun() => {}
            () = self.write_backups_of(queue) => {}
        }
    }

    async fn write_backups_of(&self, mut queue: Receiver<Backing>) {
        let mut under_way = VecDeque::new();
        loop {
            if under_way.is_empty() {
                let Some(first) = queue.recv().await else { return };
                under_way.push_back(first);
            }
            while let Ok(more) = queue.try_recv() {
                under_way.push_back(more);
            }
            let Some(backing) = under_way.pop_front() else { continue };
            let table = backing.snapshot.table.name.clone();
            match self.write_piece(backing).await {
                Ok(Some(backing)) => under_way.push_back(backing),
                Ok(None) => {
                    self.metrics.backups.done(BackupWork::Table, self.clock.unix_ms());
                }
                Err(error) => {
                    self.metrics.backups.failed(BackupWork::Table);
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(table = table.as_str(), error, "a backup failed");
                }
            }
        }
    }

    /// Adds some items; none is left of a backup that has all.
    async fn write_piece(&self, backing: Backing) -> Result<Option<Backing>, Error> {
        let Backing { mut snapshot, draft } = backing;
        let items = match self.next_items(&mut snapshot).await {
            Ok(items) => items,
            Err(error) => {
                draft.discard().await;
                return Err(error);
            }
        };
        if !items.is_empty() {
            let draft = draft.add(items).await?;
            return Ok(Some(Backing { snapshot, draft }));
        }
        // Who sees that the backup is there may delete the table.
        drop(snapshot);
        let (table, name) = (draft.label().table.to_string(), draft.label().name.clone());
        let sums = draft.keep().await?;
        tracing::info!(table, name, items = sums.items, bytes = sums.bytes, "a backup was made");
        Ok(None)
    }

    async fn next_items(&self, snapshot: &mut TableSnapshot) -> Result<Vec<ItemBytes>, Error> {
        // Space below the reserve is for what is written to the tables.
        self.writable()?;
        Ok(self.store()?.items(snapshot).await?)
    }
}

/// Backups that may be under way or wait for it.
pub(super) const BACKINGS_MAX: usize = 50;
