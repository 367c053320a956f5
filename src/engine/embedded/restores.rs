//! Tables that are made of backups: they serve nothing until all items are in.
//!
//!     begun      definition with what it is made of ──┐  a start that finds it goes on
//!     items      as puts, in pieces between batches   │  from the beginning: a put that
//!     complete   definition without it ───────────────┘  comes again changes nothing
//!     abandoned  the table goes
//!
//! Must hold: rows, entries, totals and collections are made by the code of every other write;
//! pieces are small, for writes wait behind them.
//! Not here: reading the backup and asking for the next piece (`proxy/background/`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::backed_up::BackedUp;
use super::batch::{Evaluated, Verdict};
use super::overrides::overridden;
use super::totals::Totals;
use super::writer::Writer;
use crate::api::{Billing, RestoreSummary, TableStatus};
use crate::engine::{
    Change, Error, Mutation, Origin, RestoreEnd, RestoreTable, Table, TableTotals,
};
use crate::fence::WriteTicket;
use crate::model::{ItemImage, KeyBuffer, TableId, TableSchema};
use crate::store::Batch;

/// What a table is being made of, as its definition has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Restoring {
    backup: String,
    table: String,
    at_ms: u64,
}

impl Restoring {
    pub(super) fn of(summary: &RestoreSummary) -> Self {
        let RestoreSummary { backup_arn, table_arn, at_ms } = summary.clone();
        Self { backup: backup_arn, table: table_arn, at_ms }
    }

    pub(super) fn summary(self) -> Arc<RestoreSummary> {
        let Self { backup, table, at_ms } = self;
        Arc::new(RestoreSummary { backup_arn: backup, table_arn: table, at_ms })
    }
}

impl Writer {
    /// Makes a table that waits for its items, and answers.
    pub(super) fn begin_restore(
        &mut self,
        restore: RestoreTable,
        reply: oneshot::Sender<Result<Arc<Table>, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_begin_restore(restore)));
    }

    /// Puts items into a table that waits for them, and answers.
    pub(super) fn restore_items(
        &mut self,
        table: TableId,
        items: Vec<ItemImage>,
        ticket: WriteTicket,
        reply: oneshot::Sender<Result<(), Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_restore_items(table, items, ticket)));
    }

    /// Ends the making of a table one way or the other, and answers.
    pub(super) fn end_restore(
        &mut self,
        table: TableId,
        end: RestoreEnd,
        reply: oneshot::Sender<Result<(), Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_end_restore(table, end)));
    }

    fn try_begin_restore(&mut self, restore: RestoreTable) -> Result<Arc<Table>, Error> {
        self.check_writable()?;
        let RestoreTable { name, description, overrides, summary } = restore;
        if let Some(there) = self.catalog.load().table(name.as_str()) {
            let name = name.as_str().to_owned();
            return Err(match there.restoring {
                Some(_) => Error::Restoring { name },
                None => Error::TableExists { name },
            });
        }
        let is_restoring = |table: &Arc<Table>| table.restoring.is_some();
        let restoring = self.catalog.load().tables().filter(|table| is_restoring(table)).count();
        if restoring >= RESTORES_MAX {
            return Err(Error::TooManyRestores { restores_max: RESTORES_MAX });
        }
        self.check_table_count()?;
        let source = BackedUp::decode(&description)?.into_table(&self.setting())?;
        let table = overridden(&source, &overrides, &self.setting())?;
        // An entry of an index has an item at most, whatever it projects.
        let copies = 1 + table.indexes.len() as u64;
        let (_, bytes) = source.totals.read();
        self.check_space(bytes.saturating_mul(copies))?;
        let id = TableId::new(self.next_table);
        let created_ms = self.clock.unix_ms();
        let arn = self.setting().table_arn(&name);
        let table = Table {
            schema: Arc::new(TableSchema { table: id, ..TableSchema::clone(&table.schema) }),
            status: TableStatus::Creating,
            restoring: Some(Arc::new(summary)),
            on_demand_since_ms: (table.billing == Billing::OnDemand).then_some(created_ms),
            created_ms,
            uuid: uuid::Uuid::new_v4().to_string(),
            arn,
            totals: Arc::new(TableTotals::default()),
            metrics: self.metrics.table(name.as_str()),
            name,
            ..table
        };
        self.add_table(table, None)
    }

    fn try_restore_items(
        &mut self,
        id: TableId,
        items: Vec<ItemImage>,
        mut ticket: WriteTicket,
    ) -> Result<(), Error> {
        let snapshot = self.ready()?;
        let kept = self.tables.get(&id).filter(|kept| kept.table.restoring.is_some());
        let table = Arc::clone(&kept.ok_or_else(|| Error::no_table(id))?.table);
        let mut batch = Evaluated::after(self.last_commit);
        let mut buffer = KeyBuffer::default();
        {
            let ground = self.ground(&*snapshot, self.clock.unix_ms());
            for item in items {
                let key = table.schema.key_of_stored(item.view(), &mut buffer);
                let key = key.ok_or(Error::DamagedBackup)?.to_key();
                let change = Change::Put(item);
                let mutation = Mutation { key, condition: None, change, origin: Origin::Client };
                let Verdict::Take(before, outcome) = batch.judge(&mutation, None, &ground)? else {
                    unreachable!("what nobody else evaluated is not sent back")
                };
                let written = batch.weigh(&mutation, before, &outcome, &ground)?;
                batch.apply(&mutation, &mut ticket, &written, &outcome.entries, &ground)?;
            }
        }
        // A reopening waits until no snapshot is held.
        drop(snapshot);
        let rows = batch.take_rows(self.system);
        let (_, totals, last_commit) = batch.into_parts();
        self.commit_piece(rows, &totals)?;
        self.last_commit = last_commit;
        Ok(())
    }

    fn try_end_restore(&mut self, id: TableId, end: RestoreEnd) -> Result<(), Error> {
        self.look_at_store();
        // Below the reserve, letting a table go is how space comes back.
        self.state.accepts_writes()?;
        let Some(kept) = self.tables.get(&id) else { return Ok(()) };
        let table = Arc::clone(&kept.table);
        if table.restoring.is_none() {
            return Ok(());
        }
        match end {
            RestoreEnd::Complete => {
                let table = Table { restoring: None, ..table.with_status(TableStatus::Active) };
                self.end(table, Batch::new(), &Totals::default())
            }
            RestoreEnd::Abandoned => self.remove_table(&table),
        }
    }
}

/// Tables that can wait for their items at a time.
const RESTORES_MAX: usize = 50;
