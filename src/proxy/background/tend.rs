//! Keeps what finds expired items whole: after a time to live was enabled or disabled, the engine
//! has rows to write or to take away, which it does in parts when it is asked to.
//!
//! Must hold: parts come with a pause between them, so that requests come first; a process that
//! was stopped goes on at the next start.
//! Not here: what a part is (`engine/embedded/expiry_tending.rs`).

use std::sync::Arc;
use std::time::Duration;

use crate::engine::Tended;
use crate::model::TableId;
use crate::proxy::Proxy;

impl Proxy {
    /// Does what there is to do for all tables, now and whenever there is more, until the drain.
    pub async fn tend_expiries(self: Arc<Self>) {
        loop {
            let mut pause = LOOK;
            for table in self.tables_to_tend() {
                match self.engine.tend_expiries(table).await {
                    Ok(Tended::Done) => {}
                    Ok(Tended::More) => pause = PAUSE,
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::debug!(error, "rows of expiring items are not tended");
                    }
                }
            }
            tokio::select! {
                () = self.background.drain.begun() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn tables_to_tend(&self) -> Vec<TableId> {
        let catalog = self.catalog();
        let tables = catalog.tables().filter(|table| table.time_to_live.is_to_be_tended());
        tables.map(|table| table.schema.table).collect()
    }
}

/// How often somebody looks for a setting that was changed.
const LOOK: Duration = Duration::from_millis(500);
/// Between two parts of a table: of 500 rows each, which makes some 10,000 rows a second.
const PAUSE: Duration = Duration::from_millis(50);
