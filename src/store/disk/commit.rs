//! The steps of a commit, and what a failure of each means.
//!
//! ```text
//! room        background work lags         nothing written     try later
//! write       no room on the disk          fate unknown        until reopened
//!             anything else                fate unknown        until a restart
//! sync        whatever it says             fate unknown        until a restart
//! ```
//!
//! After it, memtables that are full are handed to the engine's threads (`write_out`).
//!
//! Must hold: no step waits inside the engine, which has no deadlines, for room that it lacks. What
//! remains: once for each memtable that is handed over, the engine looks over the versions of all
//! spaces and deletes journals that nothing needs any more, for which it takes their lock; and its
//! threads' queue of 1,000 messages, whose length it does not tell, must have a place.

use std::collections::HashSet;

use fjall::{AbstractTree as _, Keyspace, PersistMode};

use super::super::{Batch, BatchNumber, CommitError, Result, SpaceId, WriteState};
use super::live::{Live, NUMBER_KEY, Spaces, has_room};
use super::opening::is_disk_full;
use super::options::Options;
use super::{DiskStore, room, wait};

impl DiskStore {
    /// Waits until a commit to these spaces cannot be held up inside the engine.
    pub(super) fn wait_for_room(
        &self,
        live: &Live,
        spaces: &[Keyspace],
    ) -> Result<(), CommitError> {
        if spaces.iter().all(has_room) {
            return Ok(());
        }
        self.options.metrics.stalls.add(1);
        let mut poisoned = false;
        let room = wait::until(&self.clock, self.options.commit_wait_max, || {
            poisoned = live.is_poisoned();
            poisoned || spaces.iter().all(has_room)
        });
        match (room, poisoned) {
            (true, false) => Ok(()),
            (_, true) => Err(CommitError::Refused(self.close_for_writes(self.why_poisoned()))),
            (false, false) => Err(CommitError::Stalled),
        }
    }

    /// What a failed write means, after which nothing is written any more.
    pub(super) fn failed_write(&self, error: &fjall::Error) -> CommitError {
        let detail = error.to_string();
        if matches!(error, fjall::Error::Poisoned) {
            return CommitError::Refused(self.close_for_writes(self.why_poisoned()));
        }
        if is_disk_full(error) {
            self.close_for_writes(WriteState::DiskFull);
            return CommitError::DiskFull { detail };
        }
        self.close_for_writes(WriteState::SyncFailed);
        CommitError::WriteFailed { detail }
    }

    /// Syncs the journal with the batch that was just written.
    pub(super) fn sync(&self, live: &Live) -> Result<(), CommitError> {
        let began = self.clock.monotonic();
        let synced = live.db.persist(PersistMode::SyncData);
        self.options.metrics.sync.took(self.clock.monotonic().saturating_sub(began));
        let synced = match synced {
            // A thread of the engine may have synced the journal first and failed; the operating
            // system reports a lost page to one of the two only.
            Ok(()) if live.is_poisoned() => Err(fjall::Error::Poisoned),
            other => other,
        };
        synced.map_err(|error| {
            let detail = error.to_string();
            let why = match error {
                fjall::Error::Poisoned => self.why_poisoned(),
                _ => WriteState::SyncFailed,
            };
            match self.close_for_writes(why) {
                WriteState::DiskFull => CommitError::DiskFull { detail },
                WriteState::Open | WriteState::SyncFailed | WriteState::Closed => {
                    CommitError::SyncFailed { detail }
                }
            }
        })
    }

    fn why_poisoned(&self) -> WriteState {
        room::why_poisoned(self.directory.path(), &self.options)
    }

    fn close_for_writes(&self, why: WriteState) -> WriteState {
        tracing::error!(?why, "store closed for writes");
        self.state.set(why);
        why
    }
}

/// The handles of the spaces that a batch changes, each once.
pub(super) fn touched(spaces: &Spaces, batch: &Batch) -> Result<Vec<Keyspace>, CommitError> {
    let ids: HashSet<SpaceId, ahash::RandomState> =
        batch.rows().map(|(space, _, _)| space).collect();
    ids.into_iter()
        .map(|id| spaces.handle(id).cloned().map_err(|_| CommitError::NoSpace(id)))
        .collect()
}

/// Hands a batch to the operating system, with its number in a row of its own.
pub(super) fn write(
    live: &Live,
    spaces: &Spaces,
    batch: Batch,
    number: BatchNumber,
) -> Result<(), fjall::Error> {
    let mut writes = fjall::OwnedWriteBatch::with_capacity(live.db.clone(), batch.len() + 1)
        .durability(Some(PersistMode::Buffer));
    writes.insert(&live.own, NUMBER_KEY, number.get().to_be_bytes());
    for (space, key, change) in batch.into_rows() {
        let handle = spaces.handle(space).expect("`touched` found a handle for every row");
        match change {
            Some(value) => writes.insert(handle, key, value),
            None => writes.remove(handle, key),
        }
    }
    writes.commit()
}

/// Writes out those memtables of these spaces that are full.
///
/// The engine does so too, but later, once one of its threads is free, and by the size that held when
/// a space was made.
pub(super) fn seal_full(live: &Live, spaces: &[Keyspace], options: &Options) {
    let is_full = |keyspace: &&Keyspace| memtable_bytes(keyspace) > options.memtable_bytes_max;
    spaces.iter().filter(is_full).for_each(|keyspace| write_out(live, keyspace));
}

/// Writes out memtables when all spaces together hold too much memory or too many journals.
///
/// The engine itself writes out a space only when that one is large; many small ones would fill
/// the memory, and a quiet one would keep every journal since its last row.
#[derive(Debug, Default)]
pub(super) struct Relief {
    /// Bytes committed since the last look, which is too slow to be had after each commit.
    unseen_bytes: u64,
}

impl Relief {
    pub(super) fn after_commit(&mut self, live: &Live, options: &Options, batch_bytes: usize) {
        self.unseen_bytes += batch_bytes as u64 + ROW_BYTES;
        if self.unseen_bytes < options.write_buffer_bytes_max / 16 {
            return;
        }
        self.unseen_bytes = 0;
        // What was begun at an earlier look may suffice.
        if live.db.outstanding_flushes() > 0 {
            return;
        }
        let mut quiet = live.keyspaces();
        quiet.retain(|keyspace| keyspace.tree.sealed_memtable_count() == 0);
        if live.db.journal_count() <= options.journals_max {
            let held: u64 = quiet.iter().map(memtable_bytes).sum();
            let largest = quiet.into_iter().max_by_key(memtable_bytes);
            quiet = largest.filter(|_| held > options.write_buffer_bytes_max).into_iter().collect();
        }
        for keyspace in &quiet {
            write_out(live, keyspace);
        }
    }
}

/// Hands the memtable of a space to the engine's threads, unless so many wait that handing it over
/// might have to wait, too; then a later commit finds it again.
fn write_out(live: &Live, keyspace: &Keyspace) {
    if live.db.outstanding_flushes() >= FLUSHES_MAX {
        return;
    }
    // The memtable is handed over before the engine tidies up: either may be what failed.
    if let Err(error) = keyspace.rotate_memtable() {
        let space: &str = keyspace.name();
        tracing::warn!(space, %error, "writing out a space's memtable failed, at least in part");
    }
}

fn memtable_bytes(keyspace: &Keyspace) -> u64 {
    keyspace.tree.active_memtable().size()
}

/// Memtables that may wait to be written out: far below the 1,000 at which the engine makes whoever
/// hands over another one wait.
const FLUSHES_MAX: usize = 100;
/// What a batch costs beside its keys and values: the row with its number, in round figures.
const ROW_BYTES: u64 = 100;
