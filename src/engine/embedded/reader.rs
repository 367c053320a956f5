//! Reads from snapshots, on a bounded number of threads and within a deadline.
//!
//! Must hold: no snapshot outlives its read, so that the writer can take the store away; a read
//! that meets a store between two openings waits for the next one.
//! Not here: what is read of pages (`pages.rs`), and what a mutation makes of an item (`attempt.rs`).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::log::Slices;
use super::state::State;
use super::{pages, rows};
use crate::clock::{Clock, whole_ms};
use crate::engine::{Error, Page, PageRead, StreamId};
use crate::metrics::{Gauge, Metrics};
use crate::model::{Image, ItemKey, TableId};
use crate::store::{self, Snapshot, SpaceId, Store};

/// Reads items and pages.
pub(super) struct Reader {
    parts: Arc<Parts>,
    permits: Arc<Semaphore>,
    deadline: Duration,
    metrics: Arc<Metrics>,
    clock: Clock,
}

/// What a read sees: one snapshot, and where the tables lie in it.
pub(super) struct View<'a> {
    snapshot: &'a dyn Snapshot,
    state: &'a State,
}

/// Why a read did not succeed.
pub(super) enum ReadError {
    /// The store is between two openings.
    Between,
    Final(Error),
}

/// A read that waits for its turn, until it has it or nobody waits for it any more.
struct Waits<'a>(&'a Gauge);

struct Parts {
    store: Arc<dyn Store>,
    state: Arc<State>,
}

impl Reader {
    /// A reader with so many reads at the disk at one moment.
    pub(super) fn new(
        store: Arc<dyn Store>,
        state: Arc<State>,
        concurrency_max: usize,
        deadline: Duration,
        metrics: Arc<Metrics>,
        clock: Clock,
    ) -> Self {
        let parts = Arc::new(Parts { store, state });
        let permits = Arc::new(Semaphore::new(concurrency_max));
        Self { parts, permits, deadline, metrics, clock }
    }

    /// The images of these keys, from one snapshot opened after this call.
    pub(super) async fn read(&self, keys: Vec<ItemKey>) -> Result<Vec<Image>, Error> {
        self.look(move |view| {
            let read = |key: &ItemKey| Ok(rows::image_of(key.table(), view.item(key)?)?);
            keys.iter().map(read).collect()
        })
        .await
    }

    /// A page, from one snapshot opened after this call.
    pub(super) async fn page(&self, read: PageRead) -> Result<Page, Error> {
        self.look(move |view| pages::page(view, &read)).await
    }

    /// Runs `work` over a snapshot that is opened after this call, on a thread that may block.
    ///
    /// It runs anew when the store was taken from under it. It goes on when nobody waits for it
    /// any more.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl Fn(&View<'_>) -> Result<T, ReadError> + Send + Sync + 'static,
    ) -> Result<T, Error> {
        let waited_ms = whole_ms(self.deadline);
        let began = self.clock.monotonic();
        let looked = tokio::time::timeout(self.deadline, self.look_once_open(Arc::new(work))).await;
        self.metrics.engine_read.took(self.clock.monotonic().saturating_sub(began));
        looked.unwrap_or(Err(Error::TooSlow { waited_ms }))
    }

    /// Runs `work` over a snapshot that is there already, on a thread that may block, once.
    pub(super) async fn look_in<T: Send + 'static>(
        &self,
        snapshot: Arc<dyn Snapshot>,
        work: impl FnOnce(&dyn Snapshot) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let waits = Waits::begin(&self.metrics.engine_readers_waiting);
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        drop(waits);
        let permit = permit.map_err(|_| Error::Stopped)?;
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&*snapshot)
        });
        read.await.unwrap_or(Err(Error::Stopped))
    }

    async fn look_once_open<T: Send + 'static>(
        &self,
        work: Arc<impl Fn(&View<'_>) -> Result<T, ReadError> + Send + Sync + 'static>,
    ) -> Result<T, Error> {
        // Subscribed before the first try, so that no reopening in between is missed.
        let mut reopenings = self.parts.state.reopenings();
        loop {
            let waits = Waits::begin(&self.metrics.engine_readers_waiting);
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            drop(waits);
            let permit = permit.map_err(|_| Error::Stopped)?;
            let (parts, work) = (Arc::clone(&self.parts), Arc::clone(&work));
            // The permit goes with the read, which goes on when nobody waits for it any more.
            let read = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                let snapshot = parts.store.snapshot().map_err(of_store)?;
                work(&View { snapshot: &*snapshot, state: &parts.state })
            });
            let read = read.await;
            match read.map_err(|_| Error::Stopped)? {
                Err(ReadError::Between) => {
                    reopenings.changed().await.map_err(|_| Error::Stopped)?;
                }
                Err(ReadError::Final(error)) => return Err(error),
                Ok(found) => return Ok(found),
            }
        }
    }
}

impl<'a> Waits<'a> {
    fn begin(waiting: &'a Gauge) -> Self {
        waiting.increment();
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.decrement();
    }
}

impl View<'_> {
    /// Where the table's rows lie, if it is there.
    pub(super) fn space(&self, table: TableId) -> Option<SpaceId> {
        self.state.space(table)
    }

    /// Where a stream's records lie now, if it is there; the snapshot may show less.
    pub(super) fn slices(&self, stream: StreamId) -> Option<Slices> {
        self.state.slices(stream)
    }

    /// The snapshot, for reads of several rows; an error of it is told by [`of_store`].
    pub(super) fn snapshot(&self) -> &dyn Snapshot {
        self.snapshot
    }

    /// The value of an item's row; a table that was dropped meanwhile has none.
    pub(super) fn item(&self, key: &ItemKey) -> Result<Option<Bytes>, ReadError> {
        let Some(space) = self.state.space(key.table()) else { return Ok(None) };
        match self.snapshot.get(space, &rows::item_row(key)) {
            Ok(value) => Ok(value),
            Err(store::Error::NoSpace(_)) => Ok(None),
            Err(error) => Err(of_store(error)),
        }
    }
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// What an error of the store means to a read.
pub(super) fn of_store(error: store::Error) -> ReadError {
    match error {
        store::Error::Revoked | store::Error::NotOpen => ReadError::Between,
        error => ReadError::Final(Error::Store(Arc::new(error))),
    }
}
