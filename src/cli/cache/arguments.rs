//! The words and flags of `hearth cache`.

use clap::{Args, Subcommand};

use crate::cli::admin_question::Port;

/// What `hearth cache` was asked for.
#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(super) action: Action,
    #[command(flatten)]
    pub(super) port: Port,
}

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Show how full the caches are and what look-ups found, table by table.
    Stats,
    /// Show whether a key is cached, and if not, why a read would miss.
    Get(OneKey),
    /// Drop one key from the item cache.
    Evict(OneKey),
    /// Drop the items of one partition, and every cached query of it.
    EvictPartition {
        /// The table.
        table: String,
        /// The partition key as DynamoDB JSON, such as '{"id":{"S":"7"}}'.
        key: String,
        /// The partition is one of this index; only cached queries are dropped then.
        #[arg(long, value_name = "NAME")]
        index: Option<String>,
    },
    /// Drop everything that is cached of a table, or of all.
    Flush {
        /// The table; all of them without.
        table: Option<String>,
    },
    /// Show how each table is cached, or change it until the next reload or restart.
    Policy {
        /// The table; all of them without.
        table: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Show the keys of a table that are asked for most.
    Hot {
        /// The table.
        table: String,
    },
    /// Read a table into the cache at a limited rate, or show how far that is.
    Warm {
        /// The table; without, the progress is shown.
        table: Option<String>,
        /// Items to read each second [default: 1000].
        #[arg(long, value_name = "N", requires = "table")]
        items_per_second: Option<u64>,
        /// Items to load in all [default: as many as fit].
        #[arg(long, value_name = "N", requires = "table")]
        items_max: Option<u64>,
        /// Stop the table's warm-up; what it has loaded stays.
        #[arg(long, requires = "table", conflicts_with_all = ["items_per_second", "items_max"])]
        stop: bool,
    },
}

#[derive(Args, Debug)]
pub(super) struct OneKey {
    /// The table.
    pub(super) table: String,
    /// The key as DynamoDB JSON, such as '{"id":{"S":"7"}}'.
    pub(super) key: String,
}

/// The per-table keys of the configuration's `[cache]`.
#[derive(Args, Debug)]
pub(super) struct Change {
    /// How long a cached item may be served, in milliseconds; 0 is without limit.
    #[arg(long, value_name = "N")]
    item_ttl_ms: Option<u64>,
    /// The same for keys that are known to have no item.
    #[arg(long, value_name = "N")]
    absence_ttl_ms: Option<u64>,
    /// The same for cached queries and scans.
    #[arg(long, value_name = "N")]
    query_ttl_ms: Option<u64>,
    /// How queries and scans are cached.
    #[arg(long, value_name = "exact|dax|off")]
    query_cache: Option<String>,
    /// Whether reads go past the cache.
    #[arg(long, value_name = "true|false")]
    bypass: Option<bool>,
    /// Bytes of the largest page that is cached.
    #[arg(long, value_name = "N")]
    page_bytes_max: Option<u64>,
    /// Reads of the engine that fill the cache at once.
    #[arg(long, value_name = "N")]
    fills_max: Option<u64>,
}

impl Change {
    /// The members that were given, by the names of the admin API.
    pub(super) fn members(&self) -> serde_json::Map<String, serde_json::Value> {
        let members = [
            ("item_ttl_ms", self.item_ttl_ms.map(Into::into)),
            ("absence_ttl_ms", self.absence_ttl_ms.map(Into::into)),
            ("query_ttl_ms", self.query_ttl_ms.map(Into::into)),
            ("query_cache", self.query_cache.clone().map(Into::into)),
            ("bypass", self.bypass.map(Into::into)),
            ("page_bytes_max", self.page_bytes_max.map(Into::into)),
            ("fills_max", self.fills_max.map(Into::into)),
        ];
        let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
