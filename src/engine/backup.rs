//! What an engine gives and takes for backups: a table as it was at one moment, and its items back.
//!
//! Must hold: a table that is being restored serves nothing until all items are in.
//! Not here: where backups are kept (`backup/`), how an engine reads and writes them.

use bytes::Bytes;

use crate::api::{RestoreOverrides, RestoreSummary, TableName};

/// Makes a table of a backup, without items so far.
#[derive(Clone, Debug)]
pub struct RestoreTable {
    /// What it shall be called.
    pub name: TableName,
    /// What the table was, as [`TableSnapshot`](super::TableSnapshot) told it.
    pub description: Bytes,
    /// What shall be different.
    pub overrides: RestoreOverrides,
    /// Which backup its items come from.
    pub summary: RestoreSummary,
}

/// How a restore ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RestoreEnd {
    /// All items are in: the table serves.
    Complete,
    /// They will never be: the table goes.
    Abandoned,
}
