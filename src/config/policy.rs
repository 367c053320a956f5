//! How the cache treats a table once `[cache]` and the table's own section are laid together.
//!
//! Not here: what follows from a policy (`cache`).

use super::keys::Cache;
use super::{Config, QueryCache, StreamUse};

/// What holds for the cached items and pages of one table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CachePolicy {
    /// Whether reads go past the cache.
    pub bypass: bool,
    /// How long a cached item may be served, in milliseconds; `None` is without limit.
    pub item_ttl_ms: Option<u64>,
    /// How long it may be served that there is no item, in milliseconds; `None` is without limit.
    pub absence_ttl_ms: Option<u64>,
    /// How long a cached page may be served, in milliseconds; `None` is without limit.
    ///
    /// Never `None` where `query_cache` is [`QueryCache::Dax`].
    pub query_ttl_ms: Option<u64>,
    /// How long past its time an entry may be served while the upstream gives no answer, in
    /// milliseconds.
    pub max_stale_ms: u64,
    /// What is made of the table's stream upstream.
    pub stream: StreamUse,
    /// What cached pages of queries and scans promise.
    pub query_cache: QueryCache,
    /// The largest page that is kept, by the bytes of its items.
    pub page_bytes_max: u64,
    /// How many reads of the engine may fill the table's cache at once.
    pub fills_max: u64,
}

impl CachePolicy {
    fn new(cache: &Cache) -> Self {
        let limit = |ttl_ms: u64| Some(ttl_ms).filter(|ttl_ms| *ttl_ms > 0);
        Self {
            bypass: cache.bypass,
            item_ttl_ms: limit(cache.item_ttl_ms),
            absence_ttl_ms: limit(cache.absence_ttl_ms.unwrap_or(cache.item_ttl_ms)),
            query_ttl_ms: limit(cache.query_ttl_ms),
            max_stale_ms: cache.max_stale_ms,
            stream: cache.stream,
            query_cache: cache.query_cache,
            page_bytes_max: cache.page_bytes_max,
            fills_max: cache.fills_max,
        }
    }
}

impl Config {
    /// How the cache treats `table`.
    pub fn cache_policy(&self, table: &str) -> CachePolicy {
        match self.cache_tables.get(table) {
            Some(own) => CachePolicy::new(&own.over(&self.cache)),
            None => self.cache_policy_default(),
        }
    }

    /// How the cache treats tables that have no section of their own.
    pub fn cache_policy_default(&self) -> CachePolicy {
        CachePolicy::new(&self.cache)
    }
}
