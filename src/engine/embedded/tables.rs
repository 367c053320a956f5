//! Tables coming and going, on the writer thread.
//!
//! Made: first its space, then the row that names it. Dropped: first the row, then the space. A
//! space that no row names is left over from a crash between the two, and is dropped at opening.
//!
//! Must hold: a table's number is never given again, since the next one is in the same batch.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::admission;
use super::backfill::{self, Building};
use super::definition::{Definition, Setting};
use super::holds::Held;
use super::log::Slice;
use super::reopening::Reopening;
use super::rows;
use super::settings::{Altered, alter};
use super::settling::Unsettling;
use super::state::State;
use super::streams::Streams;
use super::writer::{Writer, WriterTable};
use super::{Hooks, Options};
use crate::api::{CreateTable, TableName, TableStatus};
use crate::clock::Clock;
use crate::engine::{Alteration, Catalog, Error, ReadOnly, Stream, Table};
use crate::metrics::{Metrics, StoreFigures};
use crate::model::TableId;
use crate::store::{self, Batch, ChunkLimit, CommitError, Direction, Fate, KeyRange, Store};

impl Writer {
    /// Reads the tables of a store and makes ready to write.
    pub(super) fn open(
        store: Arc<dyn Store>,
        options: Options,
        hooks: Arc<Hooks>,
        metrics: Arc<Metrics>,
        clock: Clock,
        catalog: Arc<ArcSwap<Catalog>>,
        state: Arc<State>,
    ) -> Result<Self, Error> {
        let system = store.create_space(&rows::system_space()).map_err(of_store)?;
        let reserve_bytes = if let Some(bytes) = options.reserve_bytes {
            bytes
        } else {
            let free = store.free().map_err(of_store)?;
            (free.total_bytes / 20).min(1 << 30)
        };
        let mut writer = Self {
            store,
            options,
            metrics,
            clock,
            catalog,
            state,
            hooks,
            system,
            tables: HashMap::default(),
            streams: Streams::default(),
            unsettling: Unsettling::default(),
            leaving: Vec::new(),
            next_table: 1,
            last_commit: 0,
            last_revision_ms: 0,
            tokens_from_ms: 0,
            reserve_bytes,
            reopening: Reopening::default(),
            measures_at: Duration::ZERO,
            figures: StoreFigures { reserve_bytes, ..StoreFigures::default() },
            measuring_fails: false,
        };
        writer.reload()?;
        writer.drop_orphans();
        writer.look_at_store();
        writer.look_at_streams();
        Ok(writer)
    }

    /// Reads the tables and counters anew, at opening and after a reopening.
    pub(super) fn reload(&mut self) -> Result<(), Error> {
        let snapshot = self.store.snapshot().map_err(of_store)?;
        let number = |name: &'static str| -> Result<Option<u64>, Error> {
            let value = snapshot.get(self.system, &rows::system_row(name)).map_err(of_store)?;
            value.map(|value| rows::number_of(&value).ok_or(DAMAGED_SYSTEM)).transpose()
        };
        match number("format")? {
            None | Some(1..=rows::FORMAT) => {}
            Some(found) => return Err(Error::NewerFormat { found, known: rows::FORMAT }),
        }
        let (next_table, last_commit) = (number("next-table")?, number("commit")?);
        let last_revision_ms = number("last-revision")?;
        let mut streams = Streams::read(&*self.store, &*snapshot, self.system, &self.setting())?;
        streams.number_from(number("next-stream")?.unwrap_or(1));
        let range = KeyRange::prefix(rows::DEFINITIONS.as_bytes());
        let limit = ChunkLimit::rows(usize::MAX);
        let definitions =
            snapshot.range(self.system, &range, Direction::Forward, limit).map_err(of_store)?;
        let mut tables = HashMap::default();
        for (row, value) in definitions.rows {
            let id = rows::table_of_row(&row).ok_or(DAMAGED_SYSTEM)?;
            let damaged = || Error::Damaged { table: id.get() };
            let definition = Definition::decode(&value).ok_or_else(damaged)?;
            let mut table = definition.into_table(id, &self.setting()).ok_or_else(damaged)?;
            table.stream = streams.of_table(id).map(|stream| stream.summary());
            let totals_in = |row: Bytes| {
                let value = snapshot.get(self.system, &row).map_err(of_store)?;
                let totals = value.map_or(Some((0, 0)), |value| rows::totals_of(&value));
                totals.ok_or_else(damaged)
            };
            let (items, bytes) = totals_in(rows::totals_row(id))?;
            table.totals.set(items, bytes);
            for index in table.all_indexes() {
                let (items, bytes) = totals_in(rows::index_totals_row(id, index.id))?;
                index.totals.set(items, bytes);
            }
            let building = match table.building() {
                Some(index) => Some(Building::read(&*snapshot, self.system, id, index)?),
                None => None,
            };
            let space = self.store.space(&rows::table_space(id)).ok_or_else(damaged)?;
            self.state.set_space(id, Some(space));
            let log = streams.log_of(id);
            let table = Arc::new(table);
            tables.insert(id, WriterTable { space, table, building, cleared: None, log });
        }
        self.tables = tables;
        self.unsettling = Unsettling::default();
        for id in self.stream_ids() {
            self.state.set_slices(id, None);
        }
        for (id, slices) in streams.shown() {
            self.state.set_slices(id, Some(slices));
        }
        self.streams = streams;
        self.read_revisions(last_revision_ms);
        self.tokens_from_ms = 0;
        // Numbers that a lost commit used up stay used up.
        self.next_table = self.next_table.max(next_table.unwrap_or(1));
        self.last_commit = self.last_commit.max(last_commit.unwrap_or(0));
        self.publish();
        Ok(())
    }

    /// Makes a table and answers. It serves already when the answer says that it is being made.
    pub(super) fn create(
        &mut self,
        create: &CreateTable,
        reply: oneshot::Sender<Result<Arc<Table>, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        let made = self.try_create(create);
        let answer = made.map(|table| Arc::new(table.with_status(TableStatus::Creating)));
        drop(reply.send(answer));
    }

    /// Drops a table and answers.
    pub(super) fn drop_table(
        &mut self,
        name: &TableName,
        reply: oneshot::Sender<Result<Arc<Table>, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_drop(name)));
    }

    /// Alters a table and answers. It is altered already when the answer says that it is being so.
    pub(super) fn alter_table(
        &mut self,
        name: &TableName,
        alteration: Alteration,
        reply: oneshot::Sender<Result<Arc<Table>, Error>>,
    ) {
        self.metrics.writer.queue.decrement();
        drop(reply.send(self.try_alter(name, alteration)));
    }

    fn try_create(&mut self, create: &CreateTable) -> Result<Arc<Table>, Error> {
        self.settle();
        self.check_writable()?;
        let name = create.name.as_str();
        if self.catalog.load().table(name).is_some() {
            return Err(Error::TableExists { name: name.to_owned() });
        }
        self.check_table_count()?;
        if create.stream.is_some() {
            self.check_stream_count()?;
        }
        let table = self.make(TableId::new(self.next_table), create);
        let table = self.begin_made(table)?;
        let stream = create.stream.map(|view| self.new_stream(&table, view, table.created_ms));
        self.add_table(table, stream)
    }

    /// Refuses one more table than there may be.
    pub(super) fn check_table_count(&self) -> Result<(), Error> {
        let tables_max = self.options.tables_max;
        if self.tables.len() + self.unsettling.dropped().count() < tables_max {
            Ok(())
        } else {
            Err(Error::TooManyTables { tables_max })
        }
    }

    /// Adds a table that has the next number, and its stream.
    pub(super) fn add_table(
        &mut self,
        mut table: Table,
        stream: Option<Stream>,
    ) -> Result<Arc<Table>, Error> {
        let id = table.schema.table;
        let space = self.store.create_space(&rows::table_space(id)).map_err(of_store)?;
        let mut batch = Batch::new();
        if let Some(stream) = &stream {
            self.put_stream(&mut batch, stream);
            table.stream = Some(stream.summary());
        }
        let table = Arc::new(table);
        batch.put(self.system, rows::definition_row(id), Definition::of(&table).encode());
        batch.put(self.system, rows::totals_row(id), rows::totals_value(0, 0));
        for index in &table.indexes {
            let row = rows::index_totals_row(id, index.id);
            batch.put(self.system, row, rows::totals_value(0, 0));
        }
        let next = rows::number_value(self.next_table + 1);
        batch.put(self.system, rows::system_row("next-table"), next);
        self.put_last_revision(&mut batch);
        batch.put(self.system, rows::system_row("format"), rows::number_value(rows::FORMAT));
        // Whatever becomes of the commit, the number is used up.
        self.next_table += 1;
        self.commit_rows(batch)?;
        self.state.set_space(id, Some(space));
        let table_now = Arc::clone(&table);
        let made =
            WriterTable { space, table: table_now, building: None, cleared: None, log: None };
        self.tables.insert(id, made);
        self.committed_stream(stream);
        self.publish();
        Ok(table)
    }

    fn try_alter(&mut self, name: &TableName, alteration: Alteration) -> Result<Arc<Table>, Error> {
        self.settle();
        let before = self.named(name)?;
        admission::check_altered(&before, &alteration)?;
        let now_ms = self.clock.unix_ms();
        let stream = self.altered_stream(&before, &alteration, now_ms)?;
        let Altered { table, mut shown } = alter(&before, alteration, &self.setting(), now_ms)?;
        let definition = Definition::of(&table);
        if definition == Definition::of(&before) && stream.is_none() {
            return Ok(Arc::new(shown));
        }
        // Below the reserve, lifting a protection is how space comes back.
        self.state.accepts_writes()?;
        let table = self.begin_altered(&before, table, stream.is_some())?;
        let id = table.schema.table;
        let mut batch = Batch::new();
        batch.put(self.system, rows::definition_row(id), definition.encode());
        batch.put(self.system, rows::system_row("format"), rows::number_value(rows::FORMAT));
        backfill::change_rows(&before, &table, self.system, &mut batch);
        if let Some(stream) = &stream {
            self.put_stream(&mut batch, stream);
            shown.stream = Some(stream.summary());
        }
        self.commit_rows(batch)?;
        if let Some(kept) = self.tables.get_mut(&id) {
            kept.building = Building::after(kept.building.take(), &table);
            kept.table = Arc::new(table);
        }
        self.committed_stream(stream);
        self.publish();
        Ok(Arc::new(shown))
    }

    /// The table of that name.
    pub(super) fn named(&self, name: &TableName) -> Result<Arc<Table>, Error> {
        let missing = || Error::NoTable { name: name.as_str().to_owned() };
        self.catalog.load().table(name.as_str()).cloned().ok_or_else(missing)
    }

    fn try_drop(&mut self, name: &TableName) -> Result<Arc<Table>, Error> {
        self.settle();
        let table = self.named(name)?;
        if table.status == TableStatus::Deleting {
            return Ok(table);
        }
        if table.deletion_protection {
            return Err(Error::Protected { name: name.as_str().to_owned() });
        }
        if table.restoring.is_some() {
            return Err(Error::Restoring { name: name.as_str().to_owned() });
        }
        if self.state.holds().has(Held::Table(table.schema.table)) {
            return Err(Error::BackingUp { name: name.as_str().to_owned() });
        }
        // Below the reserve, dropping a table is how space comes back, whatever its indexes do.
        self.state.accepts_writes()?;
        if self.state.read_only().is_none() {
            admission::check_dropped(&table)?;
            self.check_dropped()?;
        }
        self.remove_table(&table)?;
        Ok(Arc::new(table.with_status(TableStatus::Deleting)))
    }

    /// Takes a table away.
    pub(super) fn remove_table(&mut self, table: &Table) -> Result<(), Error> {
        let id = table.schema.table;
        let mut batch = Batch::new();
        batch.delete(self.system, rows::definition_row(id));
        batch.delete(self.system, rows::totals_row(id));
        batch.delete(self.system, rows::expiry_cursor_row(id));
        if let Some(index) = table.building() {
            batch.delete(self.system, rows::covered_row(id, index));
        }
        for index in table.all_indexes() {
            batch.delete(self.system, rows::index_totals_row(id, index.id));
        }
        let stream = self.disabled_stream(table, self.clock.unix_ms());
        if let Some(stream) = &stream {
            self.put_stream(&mut batch, stream);
        }
        self.commit_rows(batch)?;
        self.tables.remove(&id);
        self.begin_dropped(table);
        self.committed_stream(stream);
        self.publish();
        self.state.set_space(id, None);
        // The row is gone, so the table is.
        self.drop_space(rows::table_space(id));
        Ok(())
    }

    pub(super) fn check_writable(&mut self) -> Result<(), Error> {
        self.look_at_store();
        self.state.read_only().map_or(Ok(()), |why: ReadOnly| Err(Error::ReadOnly(why)))
    }

    /// Commits rows that no client waits for an image of.
    pub(super) fn commit_rows(&mut self, batch: Batch) -> Result<(), Error> {
        let Err(error) = self.store.commit(batch, self.options.durability) else { return Ok(()) };
        tracing::error!(error = &error as &dyn std::error::Error, "a commit failed");
        self.look_at_store();
        Err(match (&error, error.fate()) {
            (CommitError::Stalled, _) => {
                Error::QueueFull { queued_max: self.options.queue_mutations_max }
            }
            (_, Fate::NotWritten) => Error::CommitRefused(Arc::new(error)),
            (_, Fate::Unknown) => Error::CommitFailed(Arc::new(error)),
        })
    }

    /// Shows the tables and streams as they are.
    pub(super) fn publish(&mut self) {
        self.note_settling();
        let tables = self.tables.values().map(|WriterTable { table, .. }| table);
        let tables = tables.chain(self.unsettling.dropped()).cloned();
        let streams = self.streams.all().cloned();
        self.catalog.store(Arc::new(Catalog::new(tables, streams)));
    }

    /// Drops spaces that no table or stream names. One that stays is in nobody's way: a full disk,
    /// for one, must not keep the tables from being read.
    fn drop_orphans(&self) {
        for (name, space) in self.store.spaces() {
            let named = self.tables.keys().any(|id| rows::table_space(*id) == name)
                || self.streams.has(&name, space);
            let is_of_table_or_stream =
                rows::is_table_space(&name) || Slice::of(&name, space).is_some();
            if named || !is_of_table_or_stream {
                continue;
            }
            match self.store.drop_space(&name) {
                Ok(()) => tracing::info!(space = name.as_str(), "dropped an unnamed space"),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, space = name.as_str(), "an unnamed space stays");
                }
            }
        }
    }

    pub(super) fn setting(&self) -> Setting<'_> {
        let Options { region, account, .. } = &self.options;
        Setting { region, account, metrics: &self.metrics }
    }
}

pub(super) fn of_store(error: store::Error) -> Error {
    Error::Store(Arc::new(error))
}

/// A damaged row in the system space; it has no table.
const DAMAGED_SYSTEM: Error = Error::Damaged { table: 0 };
