//! Puts the items of backups into the tables that are made of them, a piece of each in turn.
//!
//! Which tables wait for items is in the catalog, so a process that was stopped goes on at the next
//! start, from the beginning of the backup.
//!
//! Must hold: a table serves only once every item of a sound backup is in it; one whose backup is
//! damaged, gone or unreadable, or for which there is no room, goes, and the log says why; other
//! writes come in between.
//! Not here: making the table (`proxy/backups.rs`), what a piece becomes (`engine/`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Background;
use crate::api::{BackupArn, RestoreSummary};
use crate::backup::{self, Items, Shelf, Sums};
use crate::engine::{self, ReadOnly, RestoreEnd, Table};
use crate::metrics::BackupWork;
use crate::model::{ItemImage, TableId};
use crate::proxy::Proxy;

/// A table that is being filled.
#[derive(Default)]
struct Restoring {
    /// Those of the backup that were not read yet; none before it was begun.
    items: Option<Items>,
    /// Read and not in the table yet.
    piece: Vec<ItemImage>,
    /// What the backup has, once all of it is in the table.
    expected: Option<Sums>,
    /// How often the backup could not be read. What was read in between does not count: each time
    /// it begins anew, and may come to the same place.
    read_failures: usize,
}

/// How a step went.
enum Step {
    More,
    Done(Sums),
}

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the table cannot be written")]
    Engine(#[from] engine::Error),
    #[error("the backup cannot be read")]
    Backup(#[from] backup::Error),
    #[error("the table has {found:?}, but its backup {expected:?}")]
    Differs { found: Sums, expected: Sums },
}

impl Error {
    /// Whether the same would happen again.
    fn is_final(&self) -> bool {
        match self {
            Self::Backup(error) => error.is_damage(),
            Self::Engine(error) => matches!(
                error,
                engine::Error::DamagedBackup
                    | engine::Error::Api(_)
                    | engine::Error::IndexKey(_)
                    | engine::Error::CollectionTooLarge { .. }
                    // It is the table's own rows that take the room.
                    | engine::Error::ReadOnly(ReadOnly::Reserve)
            ),
            Self::Differs { .. } => true,
        }
    }
}

impl Restoring {
    /// Notes a failure; whether there were so many that another try is of no use.
    fn gives_up(&mut self, error: &Error) -> bool {
        if let Error::Backup(error) = error
            && error.is_of_system()
        {
            self.read_failures += 1;
        }
        self.read_failures >= READ_FAILURES_MAX
    }
}

impl Background {
    /// A table waits for its items.
    pub(in crate::proxy) fn restore_was_begun(&self) {
        self.restored.notify_one();
    }
}

impl Proxy {
    /// Fills the tables that wait for it, now and whenever there is one, until the drain.
    pub async fn fill_restored_tables(self: Arc<Self>) {
        tokio::select! {
            biased;
            () = self.background.drain.begun() => {}
            () = self.fill_all() => {}
        }
    }

    async fn fill_all(&self) {
        let mut under_way = HashMap::<TableId, Restoring>::new();
        let mut fails = false;
        loop {
            let waiting = self.restoring_tables();
            under_way.retain(|id, _| waiting.iter().any(|(table, _)| table.schema.table == *id));
            let mut pause = LOOK;
            let mut failed = None;
            for (table, summary) in &waiting {
                let restoring = under_way.entry(table.schema.table).or_default();
                match self.fill_step(table, summary, restoring).await {
                    Ok(Step::More) => pause = PAUSE,
                    Ok(Step::Done(Sums { items, bytes })) => {
                        self.metrics.backups.done(BackupWork::Restore, self.clock.unix_ms());
                        tracing::info!(table = table.name.as_str(), items, bytes, "restored");
                    }
                    Err(error) if error.is_final() || restoring.gives_up(&error) => {
                        self.abandon(table, &error).await;
                    }
                    Err(error) => failed = Some((table, error)),
                }
            }
            if let Some((table, error)) = &failed
                && !fails
            {
                let error = error as &dyn std::error::Error;
                tracing::warn!(table = table.name.as_str(), error, "a restore waits");
            }
            fails = failed.is_some();
            tokio::select! {
                biased;
                () = self.background.restored.notified(), if pause == LOOK => {}
                // Who asked for a restore may have hung up, so the tables are looked at anyway.
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Reads a piece and puts it into the table, or ends the restore when there is none.
    async fn fill_step(
        &self,
        table: &Table,
        summary: &RestoreSummary,
        restoring: &mut Restoring,
    ) -> Result<Step, Error> {
        if let Some(expected) = restoring.expected {
            return self.finish(table, expected).await;
        }
        if restoring.piece.is_empty() {
            // Without a place to go on from, it begins anew.
            let items = match restoring.items.take() {
                Some(items) => items,
                None => begin(&self.shelf, summary).await?,
            };
            let (items, read) = items.next().await?;
            let Some(read) = read else {
                restoring.expected = Some(items.sums());
                return self.finish(table, items.sums()).await;
            };
            restoring.piece = read.iter().map(ItemImage::of).collect();
            restoring.items = Some(items);
        }
        let count = restoring.piece.len().min(PIECE_ITEMS);
        let piece = restoring.piece[..count].to_vec();
        let id = table.schema.table;
        self.store()?.restore_items(id, piece, self.fence.ticket()).await?;
        restoring.piece.drain(..count);
        Ok(Step::More)
    }

    /// Lets the table serve, if it has what the backup has.
    async fn finish(&self, table: &Table, expected: Sums) -> Result<Step, Error> {
        let (items, bytes) = table.totals.read();
        let found = Sums { items, bytes };
        if found != expected {
            return Err(Error::Differs { found, expected });
        }
        self.end_restore(table, RestoreEnd::Complete).await?;
        Ok(Step::Done(expected))
    }

    async fn end_restore(&self, table: &Table, end: RestoreEnd) -> Result<(), engine::Error> {
        self.store()?.end_restore(table.schema.table, end).await
    }

    async fn abandon(&self, table: &Table, why: &Error) {
        let name = table.name.as_str();
        match self.end_restore(table, RestoreEnd::Abandoned).await {
            Ok(()) => {
                self.metrics.backups.failed(BackupWork::Restore);
                let error = why as &dyn std::error::Error;
                tracing::error!(table = name, error, "a restore failed; the table is gone");
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                let why = why as &dyn std::error::Error;
                tracing::error!(table = name, error, why, "a table that cannot be restored stays");
            }
        }
    }

    fn restoring_tables(&self) -> Vec<(Arc<Table>, Arc<RestoreSummary>)> {
        let catalog = self.catalog();
        let waits = |table: &Arc<Table>| Some((Arc::clone(table), table.restoring.clone()?));
        catalog.tables().filter_map(waits).collect()
    }
}

async fn begin(shelf: &Arc<Shelf>, summary: &RestoreSummary) -> Result<Items, Error> {
    let arn = BackupArn::of(&summary.backup_arn).map_err(engine::Error::Api)?;
    shelf.look_again(&arn).await?;
    Ok(shelf.take(&arn)?.read().await?)
}

/// Items that go into a table at once, while other writes wait.
const PIECE_ITEMS: usize = 500;
/// How often a backup is begun that the operating system does not let us read to its end.
const READ_FAILURES_MAX: usize = 10;
/// How often somebody looks for a table that waits for its items.
const LOOK: Duration = Duration::from_millis(500);
/// Between two pieces.
const PAUSE: Duration = Duration::from_millis(10);
