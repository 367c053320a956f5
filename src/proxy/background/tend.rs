//! Has the engine finish what changes of tables left to be done: entries of an index that is being
//! made, rows of one that was dropped, rows that find expiring items. It does so in parts.
//!
//! Must hold: every table with something left gets a part in turn, whatever becomes of the others;
//! parts come with a pause between them, so that requests come first; a process that was stopped
//! goes on at the next start.
//! Not here: what a part is (`engine/`).

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{Error, Table, Tended};
use crate::proxy::Proxy;

impl Proxy {
    /// Does what there is to do for all tables, now and whenever there is more, until the drain.
    pub async fn tend_tables(self: Arc<Self>) {
        let mut fails = false;
        loop {
            let mut pause = LOOK;
            let mut failed = None;
            for table in self.tables_to_tend() {
                match self.tend_table(&table).await {
                    // Or it was dropped meanwhile.
                    Ok(Tended::Done) | Err(Error::NoTable { .. }) => {}
                    Ok(Tended::More) => pause = PAUSE,
                    Err(error) => failed = Some((table, error)),
                }
            }
            if let Some((table, error)) = &failed
                && !fails
            {
                let error = error as &dyn std::error::Error;
                tracing::warn!(table = table.name.as_str(), error, "work on a table waits");
            }
            fails = failed.is_some();
            // Who was told of a change may have hung up, so the tables are looked at anyway.
            tokio::select! {
                biased;
                () = self.background.drain.begun() => return,
                () = self.background.altered.notified(), if pause == LOOK => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// A table was altered: there may be something to do.
    pub(in crate::proxy) fn table_was_altered(&self) {
        self.background.altered.notify_one();
    }

    async fn tend_table(&self, table: &Table) -> Result<Tended, Error> {
        let id = table.schema.table;
        let mut tended = Tended::Done;
        if table.has_index_work() {
            tended = self.store()?.tend_indexes(id).await?;
        }
        if table.time_to_live.is_to_be_tended()
            && self.store()?.tend_expiries(id).await? == Tended::More
        {
            tended = Tended::More;
        }
        Ok(tended)
    }

    fn tables_to_tend(&self) -> Vec<Arc<Table>> {
        let catalog = self.catalog();
        let has_work =
            |table: &&Arc<Table>| table.has_index_work() || table.time_to_live.is_to_be_tended();
        catalog.tables().filter(has_work).cloned().collect()
    }
}

/// How often somebody looks for a table that was changed, and for one whose part failed.
const LOOK: Duration = Duration::from_millis(500);
/// Between two parts of a table: of 500 rows each, which makes some 40,000 rows a second.
const PAUSE: Duration = Duration::from_millis(10);
