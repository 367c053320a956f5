//! The writer thread: queue, batch, commit, close, answer.
//!
//! Must hold: it alone commits, creates, drops and reopens, in the order of the queue; every ticket
//! of a store is closed before that store is reopened.
//! Not here: how a mutation is evaluated (`batch.rs`), tables coming and going (`tables.rs`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::batch::{Evaluated, Totals};
use super::state::State;
use super::{Hooks, Options};
use crate::api::{CreateTable, TableName};
use crate::clock::Clock;
use crate::engine::{Catalog, Error, Mutation, ReadOnly, Table, Written};
use crate::fence::WriteTicket;
use crate::metrics::Metrics;
use crate::model::TableId;
use crate::store::{self, CommitError, Fate, SpaceId, Store, WriteState};

/// What the writer is asked.
pub(super) enum Command {
    /// To change an item.
    Write(Queued),
    /// To make a table.
    Create(Box<CreateTable>, oneshot::Sender<Result<Arc<Table>, Error>>),
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

/// A mutation in the queue, with its ticket.
pub(super) struct Queued {
    pub(super) mutation: Mutation,
    pub(super) ticket: WriteTicket,
    pub(super) bytes: usize,
    pub(super) reply: oneshot::Sender<Result<Written, Error>>,
}

/// What the writer keeps of a table.
pub(super) struct WriterTable {
    pub(super) space: SpaceId,
    pub(super) totals: Totals,
    pub(super) table: Arc<Table>,
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
    pub(super) next_table: u64,
    pub(super) last_commit: u64,
    pub(super) reserve_bytes: u64,
    pub(super) reopening: Reopening,
}

impl Writer {
    /// Works until it is told to stop, then closes the store.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        loop {
            match commands.recv_timeout(LOOK) {
                Ok(first) => {
                    if self.round(first, commands) == Next::End {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.look_at_store(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Err(error) = self.store.close() {
            tracing::error!(error = &error as &dyn std::error::Error, "closing the store failed");
        }
    }

    /// Serves a command and all that are queued behind it, in batches.
    fn round(&mut self, first: Command, commands: &Receiver<Command>) -> Next {
        let mut next = Some(first);
        while let Some(command) = next.take() {
            let mut writes = Vec::new();
            let mut bytes = 0;
            next = Some(command);
            while let Some(Command::Write(queued)) = next {
                bytes += queued.bytes;
                writes.push(queued);
                next = if bytes < self.options.batch_bytes_max && writes.len() < MUTATIONS_MAX {
                    commands.try_recv().ok()
                } else {
                    None
                };
            }
            self.write(writes);
            match next.take() {
                Some(Command::Create(create, reply)) => self.create(&create, reply),
                Some(Command::Drop(name, reply)) => self.drop_table(&name, reply),
                Some(Command::Stop) => return Next::End,
                Some(Command::Write(_)) | None => {}
            }
            next = commands.try_recv().ok();
        }
        Next::Round
    }

    fn write(&mut self, writes: Vec<Queued>) {
        if writes.is_empty() {
            return;
        }
        self.metrics.writer_queue.decrement(count(writes.len()));
        self.look_at_store();
        if let Some(why) = self.state.read_only() {
            return refuse(writes, &Error::ReadOnly(why));
        }
        let snapshot = match self.store.snapshot() {
            Ok(snapshot) => snapshot,
            Err(error) => return refuse(writes, &Error::Store(Arc::new(error))),
        };
        let mut batch = Evaluated::after(self.last_commit);
        for queued in writes {
            batch.add(queued, &self.tables, &*snapshot);
        }
        // A reopening waits until no snapshot is held.
        drop(snapshot);
        self.commit(batch);
    }

    fn commit(&mut self, batch: Evaluated) {
        self.metrics.writer_batch.record(count(batch.len()));
        if !batch.changes_nothing() {
            let rows = batch.rows(self.system);
            if let Err(error) = self.store.commit(rows, self.options.durability) {
                return self.commit_failed(batch, error);
            }
        }
        let (last_commit, totals) = batch.succeed();
        self.last_commit = last_commit;
        for (id, totals) in totals {
            if let Some(table) = self.tables.get_mut(&id) {
                table.totals = totals;
                table.table.totals.set(totals.items, totals.bytes);
            }
        }
    }

    fn commit_failed(&mut self, batch: Evaluated, error: CommitError) {
        tracing::error!(error = &error as &dyn std::error::Error, "a commit failed");
        let fate = error.fate();
        // Who learns of the failure must find the engine's state changed already.
        self.state.enter(self.store_state());
        match error {
            CommitError::Stalled => {
                batch.refuse(&Error::QueueFull { queued_max: self.options.queue_mutations_max });
            }
            error => match fate {
                Fate::NotWritten => batch.refuse(&Error::CommitRefused(Arc::new(error))),
                Fate::Unknown => batch.lose(&Error::CommitFailed(Arc::new(error))),
            },
        }
    }

    /// Brings the engine's state in line with the store's, and reopens it if that may help.
    pub(super) fn look_at_store(&mut self) {
        let mut state = self.store_state();
        if state == Some(ReadOnly::DiskFull) {
            self.state.enter(state);
            state = self.reopen();
        }
        self.state.enter(state);
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
                | store::Error::TooSlow { .. }),
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

/// When a reopening that failed may be tried again: each try takes the store from its readers.
#[derive(Debug, Default)]
pub(super) struct Reopening {
    pause: Duration,
    not_before: Duration,
    free_bytes: u64,
}

impl Reopening {
    /// Whether the pause is over, or there is more room than at the last try.
    fn may_try(&self, now: Duration, free_bytes: u64) -> bool {
        now >= self.not_before || free_bytes > self.free_bytes.saturating_mul(2)
    }

    fn failed(&mut self, now: Duration, free_bytes: u64) {
        self.pause = (self.pause * 2).clamp(REOPEN_PAUSE_MIN, REOPEN_PAUSE_MAX);
        self.not_before = now + self.pause;
        self.free_bytes = free_bytes;
    }
}

fn refuse(writes: Vec<Queued>, error: &Error) {
    for queued in writes {
        drop(queued.reply.send(Err(error.clone())));
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bounded queue are small")]
fn count(items: usize) -> f64 {
    items as f64
}

/// How often an idle writer looks whether space has gone or come back.
const LOOK: Duration = Duration::from_millis(250);
/// Mutations of one batch; more would make those in front wait for those behind.
const MUTATIONS_MAX: usize = 1_000;
const REOPEN_PAUSE_MIN: Duration = Duration::from_secs(1);
const REOPEN_PAUSE_MAX: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reopening_that_failed_waits_longer_each_time_unless_room_was_made() {
        let mut reopening = Reopening::default();
        let at = Duration::from_secs;
        assert!(reopening.may_try(at(0), 100));

        reopening.failed(at(0), 100);
        assert!(!reopening.may_try(at(0), 200));
        assert!(reopening.may_try(at(0), 201));
        assert!(reopening.may_try(at(1), 100));

        reopening.failed(at(1), 100);
        assert!(!reopening.may_try(at(2), 100));
        (0..10).for_each(|_| reopening.failed(at(10), 100));
        assert!(!reopening.may_try(at(69), 100));
        assert!(reopening.may_try(at(70), 100));
    }
}
