//! Reads from snapshots, on a bounded number of threads and within a deadline.
//!
//! Must hold: no snapshot outlives its read, so that the writer can take the store away; a read
//! that meets a store between two openings waits for the next one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::rows;
use super::state::State;
use crate::clock::whole_ms;
use crate::engine::Error;
use crate::model::{Image, ItemKey};
use crate::store::{self, Store};

/// Reads items.
pub(super) struct Reader {
    parts: Arc<Parts>,
    permits: Arc<Semaphore>,
    deadline: Duration,
}

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
    ) -> Self {
        let parts = Arc::new(Parts { store, state });
        Self { parts, permits: Arc::new(Semaphore::new(concurrency_max)), deadline }
    }

    /// The images of these keys, from one snapshot opened after this call.
    pub(super) async fn read(&self, keys: Vec<ItemKey>) -> Result<Vec<Image>, Error> {
        let waited_ms = whole_ms(self.deadline);
        tokio::time::timeout(self.deadline, self.read_once_open(keys))
            .await
            .unwrap_or(Err(Error::TooSlow { waited_ms }))
    }

    async fn read_once_open(&self, keys: Vec<ItemKey>) -> Result<Vec<Image>, Error> {
        let keys = Arc::new(keys);
        // Subscribed before the first try, so that no reopening in between is missed.
        let mut reopenings = self.parts.state.reopenings();
        loop {
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            let permit = permit.map_err(|_| Error::Stopped)?;
            let (parts, keys) = (Arc::clone(&self.parts), Arc::clone(&keys));
            // The permit goes with the read, which goes on when nobody waits for it any more.
            let read = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                parts.read(&keys)
            });
            let read = read.await;
            match read.map_err(|_| Error::Stopped)? {
                Err(ReadError::Between) => {
                    reopenings.changed().await.map_err(|_| Error::Stopped)?;
                }
                Err(ReadError::Final(error)) => return Err(error),
                Ok(images) => return Ok(images),
            }
        }
    }
}

enum ReadError {
    /// The store is between two openings.
    Between,
    Final(Error),
}

impl Parts {
    fn read(&self, keys: &[ItemKey]) -> Result<Vec<Image>, ReadError> {
        let snapshot = self.store.snapshot().map_err(of_store)?;
        let read = |key: &ItemKey| {
            let table = key.table();
            // A table that was dropped meanwhile has no items.
            let Some(space) = self.state.space(table) else { return Ok(Image::Absent) };
            match snapshot.get(space, &rows::item_row(key)) {
                Ok(value) => rows::image_of(table, value).map_err(ReadError::Final),
                Err(store::Error::NoSpace(_)) => Ok(Image::Absent),
                Err(error) => Err(of_store(error)),
            }
        };
        keys.iter().map(read).collect()
    }
}

fn of_store(error: store::Error) -> ReadError {
    match error {
        store::Error::Revoked | store::Error::NotOpen => ReadError::Between,
        error => ReadError::Final(Error::Store(Arc::new(error))),
    }
}
