//! The writer thread: queue, batch, commit, close, answer.
//!
//! Must hold: it alone commits, creates, drops and reopens, in the order of the queue; every ticket
//! of a store is closed before that store is reopened.
//! Not here: how a mutation is taken into a batch (`batch.rs`), tables coming and going
//! (`tables.rs`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::backfill::Building;
use super::batch::{Evaluated, Ground};
use super::budget::Claim;
use super::expiry_tending::Tending;
use super::log::Log;
use super::queued::Queued;
use super::reopening::Reopening;
use super::settling::Unsettling;
use super::snapshots::{StoreSnapshot, TableSnapshot};
use super::state::State;
use super::streams::Streams;
use super::{Hooks, Options, waiting};
use crate::api::{CreateTable, PolicyResource, ResourcePolicy, ResourcePolicyChange, TableName};
use crate::clock::Clock;
use crate::engine::{
    Alteration, Catalog, Error, ReadOnly, RestoreEnd, RestoreTable, Table, Tended,
};
use crate::fence::WriteTicket;
use crate::metrics::{Metrics, StoreFigures};
use crate::model::{ItemImage, TableId};
use crate::store::{
    self, CommitError, Fate, Footprint, Snapshot, SpaceId, SpaceName, Store, WriteState,
};

/// What the writer is asked.
pub(super) enum Command {
    /// To change an item or several; the claim is on what that holds in the queue.
    Write(Queued, Claim),
    /// To make a table.
    Create(Box<CreateTable>, oneshot::Sender<Result<Arc<Table>, Error>>),
    /// To alter a table.
    Alter(TableName, Alteration, oneshot::Sender<Result<Arc<Table>, Error>>),
    /// To change the policy of something, if it has the revision that is expected.
    ResourcePolicy(
        Box<(PolicyResource, ResourcePolicyChange, Option<String>)>,
        oneshot::Sender<Result<Option<Arc<ResourcePolicy>>, Error>>,
    ),
    /// To do a piece of what the table's indexes have left.
    TendIndexes(TableId, oneshot::Sender<Result<Tended, Error>>),
    /// To do a part of what a change of a time to live left to be done.
    Tend(Tending, oneshot::Sender<Result<Tended, Error>>),
    /// To open a table as it is, to be backed up.
    Snapshot(TableName, oneshot::Sender<Result<TableSnapshot, Error>>),
    /// To open everything as it is.
    SnapshotAll(oneshot::Sender<Result<StoreSnapshot, Error>>),
    /// To make a table that waits for its items.
    Restore(Box<RestoreTable>, oneshot::Sender<Result<Arc<Table>, Error>>),
    /// To put items into it.
    RestoreItems(TableId, Vec<ItemImage>, WriteTicket, oneshot::Sender<Result<(), Error>>),
    /// To let it serve, or go.
    EndRestore(TableId, RestoreEnd, oneshot::Sender<Result<(), Error>>),
    /// To drop a table.
    Drop(TableName, oneshot::Sender<Result<Arc<Table>, Error>>),
    /// To end.
    Stop,
}

/// Whether the writer goes on.
#[derive(Eq, PartialEq)]
enum Next {
    Round,
    End,
}

/// What the writer keeps of a table.
pub(super) struct WriterTable {
    pub(super) space: SpaceId,
    pub(super) table: Arc<Table>,
    /// How far the index is that is being filled, if one is.
    pub(super) building: Option<Building>,
    /// The last row that was cleared away of an index that left, since the start.
    pub(super) cleared: Option<Bytes>,
    /// Where its changes are recorded, if they are.
    pub(super) log: Option<Log>,
}

/// The writer's own state.
pub(super) struct Writer {
    pub(super) store: Arc<dyn Store>,
    pub(super) options: Options,
    pub(super) metrics: Arc<Metrics>,
    pub(super) clock: Clock,
    pub(super) catalog: Arc<ArcSwap<Catalog>>,
    pub(super) state: Arc<State>,
    pub(super) hooks: Arc<Hooks>,
    pub(super) system: SpaceId,
    pub(super) tables: HashMap<TableId, WriterTable, ahash::RandomState>,
    pub(super) streams: Streams,
    pub(super) unsettling: Unsettling,
    /// Dropped spaces that somebody still reads.
    pub(super) leaving: Vec<SpaceName>,
    pub(super) next_table: u64,
    pub(super) last_commit: u64,
    /// The newest revision that a policy was given.
    pub(super) last_revision_ms: u64,
    /// No token that is remembered ends earlier.
    pub(super) tokens_from_ms: u64,
    pub(super) reserve_bytes: u64,
    pub(super) reopening: Reopening,
    /// When the store is measured next.
    pub(super) measures_at: Duration,
    /// What was measured last.
    pub(super) figures: StoreFigures,
    /// Whether measuring failed, which is told when it begins.
    pub(super) measuring_fails: bool,
}

impl Writer {
    /// Works until it is told to stop, then closes the store.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            let wait = self.unsettling.wait(&self.clock, LOOK);
            match commands.recv_timeout(wait) {
                Ok(first) => {
                    if self.round(first, commands) == Next::End {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.look_at_store();
                    self.look_at_streams();
                    self.settle();
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Err(error) = self.store.close() {
            tracing::error!(error = &error as &dyn std::error::Error, "closing the store failed");
        }
    }

    /// Serves a command and all that are queued behind it, writes in batches.
    fn round(&mut self, first: Command, commands: &Receiver<Command>) -> Next {
        let mut next = Some(first);
        while let Some(command) = next.take() {
            match command {
                Command::Write(queued, claim) => next = self.write(queued, claim, commands),
                Command::Create(create, reply) => self.create(&create, reply),
                Command::Alter(name, alteration, reply) => {
                    self.alter_table(&name, alteration, reply);
                }
                Command::ResourcePolicy(asked, reply) => self.change_resource_policy(*asked, reply),
                Command::TendIndexes(table, reply) => self.tend_indexes(table, reply),
                Command::Tend(tending, reply) => self.tend(tending, reply),
                Command::Snapshot(name, reply) => self.open_snapshot(&name, reply),
                Command::SnapshotAll(reply) => self.open_snapshot_of_all(reply),
                Command::Restore(restore, reply) => self.begin_restore(*restore, reply),
                Command::RestoreItems(table, items, ticket, reply) => {
                    self.restore_items(table, items, ticket, reply);
                }
                Command::EndRestore(table, end, reply) => self.end_restore(table, end, reply),
                Command::Drop(name, reply) => self.drop_table(&name, reply),
                Command::Stop => return Next::End,
            }
            next = next.or_else(|| commands.try_recv().ok());
        }
        Next::Round
    }

    /// Commits a write and those queued behind it, as many as fit; gives what came instead of one.
    fn write(
        &mut self,
        first: Queued,
        claim: Claim,
        commands: &Receiver<Command>,
    ) -> Option<Command> {
        let (began, now_ms) = (self.clock.monotonic(), self.clock.unix_ms());
        let snapshot = self.ready();
        let mut batch = Evaluated::after(self.last_commit);
        let mut next = Some(Command::Write(first, claim));
        let mut taken = 0;
        while let Some(Command::Write(queued, claim)) = next {
            self.metrics.writer.queue.decrement();
            self.metrics.writer.wait.took(began.saturating_sub(queued.since));
            // From here on the batch counts it.
            drop(claim);
            taken += queued.work.mutations();
            let opened = match &snapshot {
                Ok(snapshot) => self.open_slices(&queued.work, now_ms).map(|()| snapshot),
                Err(error) => Err(error.clone()),
            };
            match opened {
                Ok(snapshot) => batch.add(queued, &self.ground(&**snapshot, now_ms)),
                Err(error) => drop(queued.reply.send(Err(error))),
            }
            let room = taken < MUTATIONS_MAX
                && batch.bytes() < self.options.batch_bytes_max
                && batch.evaluations() < EVALUATIONS_MAX;
            next = if room { commands.try_recv().ok() } else { None };
        }
        // A reopening waits until no snapshot is held.
        drop(snapshot);
        if batch.len() > 0 {
            self.commit(batch);
            self.metrics.writer.commit.took(self.clock.monotonic().saturating_sub(began));
        }
        next
    }

    /// The state that a batch starts from, if writes are taken.
    pub(super) fn ready(&mut self) -> Result<Arc<dyn Snapshot>, Error> {
        self.look_at_store();
        self.look_at_streams();
        self.settle();
        if let Some(why) = self.state.read_only() {
            return Err(Error::ReadOnly(why));
        }
        self.store.snapshot().map_err(|error| Error::Store(Arc::new(error)))
    }

    pub(super) fn ground<'a>(&'a self, snapshot: &'a dyn Snapshot, now_ms: u64) -> Ground<'a> {
        Ground {
            tables: &self.tables,
            snapshot,
            collection_bytes_max: self.options.collection_bytes_max,
            system: self.system,
            now_ms,
            tokens_from_ms: self.tokens_from_ms,
        }
    }

    fn commit(&mut self, mut batch: Evaluated) {
        if !batch.changes_nothing() {
            let rows = batch.take_rows(self.system);
            let bytes = rows.bytes();
            if let Err(error) = self.store.commit(rows, self.options.durability) {
                return self.commit_failed(batch, error);
            }
            self.metrics.writer.bytes.add(bytes as u64);
        }
        self.tokens_from_ms = batch.tokens_from_ms().unwrap_or(self.tokens_from_ms);
        let (waiting, totals, last_commit) = batch.into_parts();
        // Each mutation that took effect has a number of its own.
        let effective = last_commit - self.last_commit;
        if effective > 0 {
            self.metrics.writer.batch.record(effective);
        }
        self.last_commit = last_commit;
        totals.publish(&self.tables);
        waiting::succeed(waiting);
    }

    fn commit_failed(&mut self, batch: Evaluated, error: CommitError) {
        tracing::error!(error = &error as &dyn std::error::Error, "a commit failed");
        let fate = error.fate();
        // Who learns of the failure must find the engine's state changed already.
        self.enter(self.store_state());
        let (waiting, ..) = batch.into_parts();
        match (error, fate) {
            (CommitError::Stalled, _) => {
                let queued_max = self.options.queue_mutations_max;
                waiting::refuse(waiting, &Error::QueueFull { queued_max });
            }
            (error, Fate::NotWritten) => {
                waiting::refuse(waiting, &Error::CommitRefused(Arc::new(error)));
            }
            (error, Fate::Unknown) => {
                waiting::lose(waiting, &Error::CommitFailed(Arc::new(error)));
            }
        }
    }

    /// Brings the engine's state in line with the store's, and reopens it if that may help.
    pub(super) fn look_at_store(&mut self) {
        let mut state = self.store_state();
        if state == Some(ReadOnly::DiskFull) {
            self.enter(state);
            state = self.reopen();
        }
        self.enter(state);
        self.drop_leaving();
        self.measure_store();
    }

    /// Takes a state, and counts the one that a failed sync ends in.
    fn enter(&self, state: Option<ReadOnly>) {
        let failed = Some(ReadOnly::SyncFailed);
        if state == failed && self.state.read_only() != failed {
            self.metrics.writer.sync_failures.add(1);
        }
        self.state.enter(state);
    }

    /// Shows what the store takes on the disk, now and then: who else asked it would have to wait
    /// for commits.
    fn measure_store(&mut self) {
        let now = self.clock.monotonic();
        if now < self.measures_at {
            return;
        }
        self.measures_at = now + MEASURE;
        let measured = self.measure();
        if let Err(error) = &measured
            && !self.measuring_fails
        {
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, "the disk cannot be measured; its last figures stay");
        }
        self.measuring_fails = measured.is_err();
        self.metrics.show_store(self.figures);
    }

    /// Measures store and disk; what cannot be measured keeps its last figure.
    fn measure(&mut self) -> Result<(), store::Error> {
        let free = self.store.free();
        if let Ok(free) = &free {
            self.figures.available_bytes = free.free_bytes;
        }
        // A store that is closed for writes takes what it took.
        if self.store.state() == WriteState::Open {
            let Footprint { bytes, journal_bytes, table_files } = self.store.footprint()?;
            self.figures = StoreFigures { bytes, journal_bytes, table_files, ..self.figures };
        }
        free.map(|_| ())
    }

    fn store_state(&self) -> Option<ReadOnly> {
        match self.store.state() {
            WriteState::Open if self.is_below_reserve() => Some(ReadOnly::Reserve),
            WriteState::Open => None,
            WriteState::DiskFull => Some(ReadOnly::DiskFull),
            WriteState::SyncFailed | WriteState::Closed => Some(ReadOnly::SyncFailed),
        }
    }

    fn is_below_reserve(&self) -> bool {
        self.reserve_bytes > 0
            && self.store.free().is_ok_and(|free| free.free_bytes < self.reserve_bytes)
    }

    /// Reopens a store that a full disk has stopped, once there is room for what that writes.
    fn reopen(&mut self) -> Option<ReadOnly> {
        let free_bytes = self.store.free().map_or(0, |free| free.free_bytes);
        let room = self.reserve_bytes.max(self.store.reopen_room_bytes());
        let now = self.clock.monotonic();
        if free_bytes < room || !self.reopening.may_try(now, free_bytes) {
            return Some(ReadOnly::DiskFull);
        }
        // Snapshots are revoked, and a lost batch may turn up.
        let reopened = self.store.reopen(&*self.hooks.forget_all);
        self.state.announce_reopened();
        match reopened {
            Ok(()) => match self.reload() {
                Ok(()) => {
                    self.reopening = Reopening::default();
                    None
                }
                Err(error) => Some(self.give_up(&error)),
            },
            Err(
                error @ (store::Error::DiskFull
                | store::Error::ClosedUntilRestart
                | store::Error::TooSlow { .. }
                // A space that was dropped may still be being removed.
                | store::Error::StillHeld { .. }),
            ) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "not reopened yet");
                self.reopening.failed(now, free_bytes);
                Some(ReadOnly::DiskFull)
            }
            Err(error) => Some(self.give_up(&Error::Store(Arc::new(error)))),
        }
    }

    /// The state of an engine that ends the process.
    fn give_up(&self, error: &Error) -> ReadOnly {
        (self.hooks.give_up)(error);
        ReadOnly::SyncFailed
    }
}

/// How often an idle writer looks whether space has gone or come back.
const LOOK: Duration = Duration::from_millis(250);
/// How often the store is asked what it takes on the disk.
const MEASURE: Duration = Duration::from_secs(5);
/// Mutations of one batch; more would make those in front wait for those behind.
pub(super) const MUTATIONS_MAX: usize = 1_000;
/// Mutations of one batch that the writer evaluates in their callers' stead: each may take long,
/// and those in front of it wait for the sync behind it.
const EVALUATIONS_MAX: usize = 1;
