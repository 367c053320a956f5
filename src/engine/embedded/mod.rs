//! The embedded table engine: durable tables on one machine.
//!
//! One thread owns every mutation. Callers evaluate conditions and updates on a snapshot and queue
//! the outcome with the version that it rests on; the writer drains the queue, compares versions
//! over what the batch so far changes, commits one atomic batch of items and index entries and
//! syncs it once; the sync itself forms the next group. Reads come from snapshots on a bounded
//! pool.
//!
//!     caller ── pool  (bounded) ──> snapshot ── image, outcome
//!     caller ── queue (bounded) ──> writer: compare, open, touch ── commit + sync ── close, answer
//!
//! Must hold: a mutation is answered after the sync that covers it; a refused mutation changed
//! nothing; nobody but the writer commits, creates, drops or reopens.
//! Not here: ordered bytes and files (`store/`), the cache.

mod admission;
mod attempt;
mod backed_up;
mod backfill;
mod batch;
mod budget;
mod collections;
mod definition;
mod encryption;
mod entries;
mod evaluate;
mod expiry;
mod expiry_tending;
mod holds;
mod index_changes;
mod index_definition;
mod index_rows;
mod log;
mod new_table;
mod options;
mod overrides;
mod pages;
mod queued;
mod reader;
mod reopening;
mod resource_policies;
mod restores;
mod rows;
mod settings;
mod settling;
mod snapshots;
mod state;
mod stored;
mod stream_changes;
mod stream_definition;
mod streams;
mod tables;
mod throughput_definition;
mod time_to_live;
mod tokens;
mod totals;
mod transaction;
mod waiting;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::{
    Alteration, Catalog, Error, Expired, ExpiredRead, Mutation, Page, PageRead, Pending, ReadOnly,
    RestoreEnd, RestoreTable, StreamPage, StreamRead, StreamSeek, Table, TableEngine, TableReader,
    Tended, TimeToLive, Transacted, Transaction, Written,
};
use crate::api::{
    CreateTable, PolicyResource, ResourcePolicy, ResourcePolicyChange, SequenceNumber, TableName,
};
use crate::clock::{Clock, whole_ms};
use crate::fence::WriteTicket;
use crate::metrics::Metrics;
use crate::model::{Image, ItemBytes, ItemImage, ItemKey, TableId};
use crate::store::{SpaceId, Store};
use backed_up::BackedUp;
use budget::{Budget, Claim};
use definition::Setting;
use reader::Reader;
use state::State;
use tokens::Tokens;
use writer::{Command, Writer};

pub use options::{Options, StreamOptions};
pub use rows::FORMAT;
pub use snapshots::{StoreSnapshot, TableSnapshot};

/// What the engine tells the rest of the process.
pub struct Hooks {
    /// The store was reopened: nothing cached before may be trusted.
    pub forget_all: Box<dyn Fn() + Send + Sync>,
    /// The engine cannot go on; the process should end with this sentence.
    pub give_up: Box<dyn Fn(&Error) + Send + Sync>,
}

/// The embedded engine. Dropping it finishes what is queued and closes the store.
pub struct EmbeddedEngine {
    catalog: Arc<ArcSwap<Catalog>>,
    state: Arc<State>,
    reader: Reader,
    system: SpaceId,
    tokens: Arc<Tokens>,
    /// Of each table whose left over rows are cleared away: its setting, and the last of the rows.
    cleared: Mutex<HashMap<TableId, (TimeToLive, Bytes)>>,
    region: String,
    account: String,
    queued_max: usize,
    budget: Arc<Budget>,
    write_deadline: Duration,
    commands: SyncSender<Command>,
    writer: Mutex<Option<JoinHandle<()>>>,
    metrics: Arc<Metrics>,
    clock: Clock,
}

impl EmbeddedEngine {
    /// Opens the tables of a store and starts the writer.
    pub fn open(
        store: Arc<dyn Store>,
        options: &Options,
        hooks: Hooks,
        metrics: &Arc<Metrics>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let hooks = Arc::new(hooks);
        let catalog = Arc::new(ArcSwap::default());
        let state = Arc::new(State::default());
        let writer = Writer::open(
            Arc::clone(&store),
            options.clone(),
            Arc::clone(&hooks),
            Arc::clone(metrics),
            clock.clone(),
            Arc::clone(&catalog),
            Arc::clone(&state),
        )?;
        let system = writer.system;
        let (commands, received) = sync_channel(options.queue_mutations_max);
        let thread = std::thread::Builder::new().name("hearth-writer".into());
        let work = move || {
            // A batch that a panic cut short is of unknown fate, and nobody would commit the next.
            let worked = catch_unwind(AssertUnwindSafe(|| writer.run(&received)));
            if worked.is_err() {
                (hooks.give_up)(&Error::Stopped);
            }
        };
        let thread = thread.spawn(work).map_err(|_| Error::Stopped)?;
        let reader = Reader::new(
            store,
            Arc::clone(&state),
            options.read_concurrency_max,
            options.read_deadline,
            Arc::clone(metrics),
            clock.clone(),
        );
        Ok(Self {
            catalog,
            state,
            reader,
            system,
            tokens: Arc::default(),
            cleared: Mutex::default(),
            region: options.region.clone(),
            account: options.account.clone(),
            queued_max: options.queue_mutations_max,
            budget: Budget::new(options.queue_bytes_max),
            write_deadline: options.write_deadline,
            commands,
            writer: Mutex::new(Some(thread)),
            metrics: Arc::clone(metrics),
            clock,
        })
    }

    /// Finishes what is queued and closes the store; afterwards nothing is answered any more.
    pub fn stop(&self) {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(writer) = writer else { return };
        // A writer that is gone needs not be told.
        drop(self.commands.send(Command::Stop));
        if writer.join().is_err() {
            tracing::error!("the writer ended by a panic");
        }
    }

    fn queue(&self, command: Command) -> Result<(), Error> {
        match self.commands.try_send(command) {
            Ok(()) => {
                self.metrics.writer.queue.increment();
                Ok(())
            }
            Err(TrySendError::Full(_)) => Err(self.queue_full()),
            Err(TrySendError::Disconnected(_)) => Err(Error::Stopped),
        }
    }

    fn queue_full(&self) -> Error {
        Error::QueueFull { queued_max: self.queued_max }
    }

    /// Claims the bytes that a mutation will hold in the queue.
    fn claim(&self, bytes: usize) -> Result<Claim, Error> {
        self.budget.claim(bytes).ok_or_else(|| self.queue_full())
    }

    /// Queues a command and waits for its answer.
    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Command,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.queue(command(reply))?;
        answer.await.unwrap_or(Err(Error::Stopped))
    }

    /// Waits no longer for a change than its caller should; what is queued goes on.
    async fn in_time<T>(&self, change: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let answer = tokio::time::timeout(self.write_deadline, change).await;
        let waited_ms = whole_ms(self.write_deadline);
        answer.unwrap_or(Err(Error::Silent { waited_ms }))
    }
}

impl TableReader for EmbeddedEngine {
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>> {
        &self.catalog
    }

    fn read(&self, key: ItemKey) -> Pending<'_, Image> {
        Box::pin(async {
            let mut images = self.reader.read(vec![key]).await?;
            Ok(images.pop().unwrap_or(Image::Absent))
        })
    }

    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Option<Image>>> {
        Box::pin(async {
            let images = self.reader.read(keys).await?;
            Ok(images.into_iter().map(Some).collect())
        })
    }

    fn page(&self, read: PageRead) -> Pending<'_, Page> {
        Box::pin(self.reader.page(read))
    }

    fn writable(&self) -> Result<(), ReadOnly> {
        self.state.read_only().map_or(Ok(()), Err)
    }
}

impl TableEngine for EmbeddedEngine {
    fn write(&self, mutation: Mutation, ticket: WriteTicket) -> Pending<'_, Written> {
        Box::pin(async move {
            // A store that is closed for writes need not be asked again.
            self.state.accepts_writes()?;
            self.in_time(self.carry_out(mutation, ticket)).await
        })
    }

    fn transact(&self, transaction: Transaction, ticket: WriteTicket) -> Pending<'_, Transacted> {
        Box::pin(async move {
            self.state.accepts_writes()?;
            self.in_time(self.carry_out_all(transaction, ticket)).await
        })
    }

    fn carried_out(&self, transaction: Transaction) -> Pending<'_, Option<Vec<Image>>> {
        Box::pin(self.find_carried_out(transaction))
    }

    fn create_table(&self, create: CreateTable) -> Pending<'_, Arc<Table>> {
        Box::pin(self.in_time(self.ask(|reply| Command::Create(Box::new(create), reply))))
    }

    fn alter_table(&self, name: TableName, alteration: Alteration) -> Pending<'_, Arc<Table>> {
        Box::pin(self.in_time(self.ask(|reply| Command::Alter(name, alteration, reply))))
    }

    fn tend_indexes(&self, table: TableId) -> Pending<'_, Tended> {
        Box::pin(self.in_time(self.ask(move |reply| Command::TendIndexes(table, reply))))
    }

    fn delete_table(&self, name: TableName) -> Pending<'_, Arc<Table>> {
        Box::pin(self.in_time(self.ask(|reply| Command::Drop(name, reply))))
    }

    fn change_resource_policy(
        &self,
        resource: PolicyResource,
        change: ResourcePolicyChange,
        expected: Option<String>,
    ) -> Pending<'_, Option<Arc<ResourcePolicy>>> {
        let command =
            move |reply| Command::ResourcePolicy(Box::new((resource, change, expected)), reply);
        Box::pin(self.in_time(self.ask(command)))
    }

    fn expired(&self, read: ExpiredRead) -> Pending<'_, Vec<Expired>> {
        Box::pin(self.find_expired(read))
    }

    fn tend_expiries(&self, table: TableId) -> Pending<'_, Tended> {
        Box::pin(async move {
            self.state.accepts_writes()?;
            self.in_time(self.tend(table)).await
        })
    }

    fn stream_page(&self, read: StreamRead) -> Pending<'_, StreamPage> {
        let system = self.system;
        Box::pin(self.reader.look(move |view| log::page(view, system, &read)))
    }

    fn stream_seek(&self, seek: StreamSeek) -> Pending<'_, SequenceNumber> {
        let system = self.system;
        Box::pin(self.reader.look(move |view| log::seek(view, system, &seek)))
    }

    fn snapshot(&self, name: TableName) -> Pending<'_, TableSnapshot> {
        Box::pin(self.in_time(self.ask(|reply| Command::Snapshot(name, reply))))
    }

    fn items<'a>(&'a self, from: &'a mut TableSnapshot) -> Pending<'a, Vec<ItemBytes>> {
        Box::pin(self.read_items(from))
    }

    fn snapshot_all(&self) -> Pending<'_, StoreSnapshot> {
        Box::pin(self.in_time(self.ask(Command::SnapshotAll)))
    }

    fn described(&self, description: &[u8]) -> Result<Table, Error> {
        let Self { region, account, metrics, .. } = self;
        BackedUp::decode(description)?.into_table(&Setting { region, account, metrics })
    }

    fn restore_table(&self, restore: RestoreTable) -> Pending<'_, Arc<Table>> {
        Box::pin(self.in_time(self.ask(|reply| Command::Restore(Box::new(restore), reply))))
    }

    fn restore_items(
        &self,
        table: TableId,
        items: Vec<ItemImage>,
        ticket: WriteTicket,
    ) -> Pending<'_, ()> {
        let command = move |reply| Command::RestoreItems(table, items, ticket, reply);
        Box::pin(self.in_time(self.ask(command)))
    }

    fn end_restore(&self, table: TableId, end: RestoreEnd) -> Pending<'_, ()> {
        Box::pin(self.in_time(self.ask(move |reply| Command::EndRestore(table, end, reply))))
    }
}

impl Drop for EmbeddedEngine {
    fn drop(&mut self) {
        self.stop();
    }
}
