//! How large the cache is, and how long its entries live.
//!
//! Not here: the configuration file (`config/`), which is where these come from.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::TableId;

/// How the item cache is built.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether anything is cached at all.
    pub enabled: bool,
    /// The memory that entries may take, their bookkeeping included.
    pub bytes: u64,
}

/// How long entries live; replaced whole when the configuration or the tables change.
#[derive(Clone, Debug, Default)]
pub struct Lifetimes {
    /// For tables that are not named; `None` keeps entries until they are evicted or written.
    pub default: Option<Duration>,
    /// For single tables.
    pub tables: HashMap<TableId, Option<Duration>>,
}

impl Lifetimes {
    /// How long entries of this table live.
    pub fn of(&self, table: TableId) -> Option<Duration> {
        self.tables.get(&table).copied().unwrap_or(self.default)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { enabled: true, bytes: 256 << 20 }
    }
}
