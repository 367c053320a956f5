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
mod index_changes;
mod index_rows;
mod log;
mod new_table;
mod pages;
mod queued;
mod reader;
mod resource_policies;
mod rows;
mod settings;
mod settling;
mod state;
mod stored;
mod stream_changes;
mod stream_definition;
mod streams;
mod tables;
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
    StreamPage, StreamRead, StreamSeek, Table, TableEngine, Tended, TimeToLive, Transacted,
    Transaction, Written,
};
use crate::api::{
    CreateTable, PolicyResource, ResourcePolicy, ResourcePolicyChange, SequenceNumber, TableName,
};
use crate::clock::{Clock, whole_ms};
use crate::fence::WriteTicket;
use crate::metrics::Metrics;
use crate::model::{Image, ItemKey, TableId};
use crate::store::{ChunkLimit, SpaceId, Store, SyncMode};
use budget::{Budget, Claim};
use reader::Reader;
use state::State;
use tokens::Tokens;
use writer::{Command, Writer};

pub use rows::FORMAT;

/// How the engine works.
#[derive(Clone, Debug)]
pub struct Options {
    /// What an acknowledged write survives: a power cut, or only a kill.
    pub durability: SyncMode,
    /// Free space below which writes are refused; `None` takes the lesser of 1 GiB and 5 %.
    pub reserve_bytes: Option<u64>,
    /// Mutations that may wait for the writer; one more is a throttling error.
    pub queue_mutations_max: usize,
    /// Bytes of the items and index entries that may wait with them; the last mutation may pass it.
    pub queue_bytes_max: usize,
    /// Bytes of the items and index entries that one batch makes or takes away; the last mutation
    /// may pass it.
    pub batch_bytes_max: usize,
    /// Reads that may be at the disk at one moment.
    pub read_concurrency_max: usize,
    /// How long a read may take, waiting included.
    pub read_deadline: Duration,
    /// How long a caller waits for the answer to a change. Once it is queued it goes on without its
    /// caller; before that, while a condition or update is evaluated, it is dropped whole.
    pub write_deadline: Duration,
    /// What the items of one partition and their entries in local indexes may take together.
    pub collection_bytes_max: u64,
    /// Rows that are read at once of a table whose index is being made, or of an index that was
    /// dropped: writes wait meanwhile.
    pub index_piece: ChunkLimit,
    /// Tables that there may be.
    pub tables_max: usize,
    /// How long a table that was made, changed or dropped is shown as being so.
    pub settling: Duration,
    /// Tables that may be made, changed or dropped at a time.
    pub settling_tables_max: usize,
    /// How streams of tables are kept.
    pub streams: StreamOptions,
    /// The region in ARNs.
    pub region: String,
    /// The account in ARNs.
    pub account: String,
}

/// How streams of tables are kept.
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions {
    /// Shards that a stream has open at a time: the next power of two of them, and not fewer than it
    /// had before.
    pub shards: usize,
    /// How long a shard takes records before others take its place.
    pub shard_life: Duration,
    /// How long records are kept at least.
    pub retention: Duration,
    /// How much longer they are kept at most: they go by slices of this length.
    pub slice: Duration,
}

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

impl TableEngine for EmbeddedEngine {
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>> {
        &self.catalog
    }

    fn read(&self, key: ItemKey) -> Pending<'_, Image> {
        Box::pin(async {
            let mut images = self.reader.read(vec![key]).await?;
            Ok(images.pop().unwrap_or(Image::Absent))
        })
    }

    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Image>> {
        Box::pin(self.reader.read(keys))
    }

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

    fn create_table(&self, create: CreateTable) -> Pending<'_, Arc<Table>> {
        Box::pin(self.in_time(self.ask(|reply| Command::Create(Box::new(create), reply))))
    }

    fn page(&self, read: PageRead) -> Pending<'_, Page> {
        Box::pin(self.reader.page(read))
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

    fn writable(&self) -> Result<(), ReadOnly> {
        self.state.read_only().map_or(Ok(()), Err)
    }
}

impl Drop for EmbeddedEngine {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: SyncMode::Sync,
            reserve_bytes: None,
            queue_mutations_max: 8_192,
            queue_bytes_max: 128 << 20,
            batch_bytes_max: 4 << 20,
            read_concurrency_max: 64,
            read_deadline: Duration::from_secs(5),
            write_deadline: Duration::from_secs(30),
            collection_bytes_max: 10 << 30,
            index_piece: ChunkLimit { rows_max: 500, bytes_max: 512 << 10 },
            tables_max: 2_500,
            settling: Duration::ZERO,
            settling_tables_max: 500,
            streams: StreamOptions::default(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        }
    }
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            shards: 1,
            shard_life: Duration::from_hours(4),
            retention: Duration::from_hours(24),
            slice: Duration::from_hours(1),
        }
    }
}
