//! Has the engine fill the indexes that are being made, and clear away those that were dropped.
//!
//! Must hold: every table with work left gets its piece in turn; what fails is tried again, until
//! the drain.
//! Not here: a piece of the work (`engine/`).

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{self, IndexWork};
use crate::model::TableId;
use crate::proxy::Proxy;

impl Proxy {
    /// Works while there is work, and waits for more, until the drain.
    pub async fn keep_indexes(self: Arc<Self>) {
        loop {
            let wait = match self.advance_all().await {
                Ok(IndexWork::More) => Duration::ZERO,
                Ok(IndexWork::Done) => Duration::MAX,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the work on indexes waits");
                    RETRY
                }
            };
            let more = tokio::time::timeout(wait, self.background.index_work.notified());
            tokio::select! {
                biased;
                () = self.background.drain.begun() => return,
                _ = more => {}
            }
        }
    }

    /// There may be work on indexes.
    pub(in crate::proxy) fn wake_index_work(&self) {
        self.background.index_work.notify_one();
    }

    /// Does a piece for each table that needs one; whether there is more to do.
    async fn advance_all(&self) -> Result<IndexWork, engine::Error> {
        let tables: Vec<TableId> = {
            let catalog = self.catalog();
            let busy = catalog.tables().filter(|table| table.has_index_work());
            busy.map(|table| table.schema.table).collect()
        };
        let mut left = IndexWork::Done;
        for table in tables {
            if self.engine.advance_indexes(table).await? == IndexWork::More {
                left = IndexWork::More;
            }
        }
        Ok(left)
    }
}

/// How long is waited after a failure, such as a full disk.
const RETRY: Duration = Duration::from_secs(1);
