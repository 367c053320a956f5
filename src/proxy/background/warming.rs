//! One warm-up: how far it is, and how it ended.
//!
//! Must hold: a warm-up ends once, whatever becomes of its task.
//! Not here: the loading (`warm.rs`).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::TableName;
use crate::engine;
use crate::task::Drain;

/// Why a table is not warmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WarmError {
    /// There is no such table.
    #[error("there is no such table")]
    NoTable,
    /// It is being warmed already.
    #[error("the table is being warmed already")]
    Running,
    /// Its items are not cached.
    #[error("items of this table are not cached")]
    NotCached,
}

/// How far a warm-up is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WarmProgress {
    /// The table.
    pub table: TableName,
    /// Keys that were looked at.
    pub scanned: u64,
    /// Items that were loaded; the others were cached, or being written.
    pub loaded: u64,
    /// Why it ended; `None` while it runs.
    pub end: Option<WarmEnd>,
}

/// Why a warm-up ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WarmEnd {
    /// All keys were looked at.
    Complete,
    /// As many items as were asked for were loaded.
    ItemsMax,
    /// The cache is full.
    CacheFull,
    /// It was told to stop, or the process was.
    Stopped,
    /// The engine failed, or the table is gone.
    Failed,
}

/// A warm-up of one table.
pub(super) struct Warming {
    table: TableName,
    scanned: AtomicU64,
    loaded: AtomicU64,
    end: OnceLock<WarmEnd>,
    stop: Drain,
}

impl Warming {
    pub(super) fn of(table: TableName) -> Self {
        Self {
            table,
            scanned: AtomicU64::new(0),
            loaded: AtomicU64::new(0),
            end: OnceLock::new(),
            stop: Drain::default(),
        }
    }

    pub(super) fn table(&self) -> &TableName {
        &self.table
    }

    pub(super) fn is_running(&self) -> bool {
        self.end.get().is_none()
    }

    pub(super) fn loaded(&self) -> u64 {
        self.loaded.load(Ordering::Relaxed)
    }

    /// Tells the task to end.
    pub(super) fn stop(&self) {
        self.stop.begin();
    }

    /// Returns once it was told to end.
    pub(super) async fn stopped(&self) {
        self.stop.begun().await;
    }

    /// For the task, which ends with what this is given.
    pub(super) fn running(&self) -> Running<'_> {
        Running(self)
    }

    /// So many keys were looked at, and so many of their items loaded.
    pub(super) fn add(&self, scanned: usize, loaded: u64) {
        self.scanned.fetch_add(scanned as u64, Ordering::Relaxed);
        self.loaded.fetch_add(loaded, Ordering::Relaxed);
    }

    pub(super) fn failed(&self, error: &engine::Error) -> WarmEnd {
        let error = error as &dyn std::error::Error;
        tracing::warn!(table = self.table.as_str(), error, "a warm-up failed");
        WarmEnd::Failed
    }

    pub(super) fn progress(&self) -> WarmProgress {
        WarmProgress {
            table: self.table.clone(),
            scanned: self.scanned.load(Ordering::Relaxed),
            loaded: self.loaded.load(Ordering::Relaxed),
            end: self.end.get().copied(),
        }
    }
}

/// Sets the end of a warm-up, even if its task panics: its table could not be warmed again.
pub(super) struct Running<'a>(&'a Warming);

impl Running<'_> {
    pub(super) fn end(self, end: WarmEnd) {
        let WarmProgress { table, scanned, loaded, .. } = self.0.progress();
        tracing::info!(table = table.as_str(), scanned, loaded, ?end, "a warm-up ended");
        let _ = self.0.end.set(end);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.0.end.set(WarmEnd::Failed);
    }
}
