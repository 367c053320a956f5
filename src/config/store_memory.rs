//! How much memory the store on disk takes, where the operator leaves that to hearth.
//!
//! A small server writes more to its disk, and reads more of it, rather than take several times the
//! memory that its cache was given; from the cache's default on nothing is saved.
//!
//! Not here: what the store does with it (`store/disk/options.rs`).

use super::Config;

impl Config {
    /// Rows that a table collects in memory before it writes them to a file, in bytes.
    pub fn memtable_bytes_max(&self) -> u64 {
        self.storage.memtable_bytes_max.unwrap_or_else(|| self.share_of_cache(MEMTABLE_BYTES_MIN))
    }

    /// Blocks of table files kept in memory, in bytes.
    pub fn block_cache_bytes(&self) -> u64 {
        self.storage.block_cache_bytes.unwrap_or_else(|| self.share_of_cache(BLOCK_CACHE_BYTES_MIN))
    }

    fn share_of_cache(&self, least: u64) -> u64 {
        (self.cache.bytes / 8).clamp(least, SHARE_BYTES_MAX)
    }
}

/// With it a cache of 64 MiB keeps a server within its limit on memory (`tests/cache_memory.rs`).
const MEMTABLE_BYTES_MIN: u64 = 12 << 20;
const BLOCK_CACHE_BYTES_MIN: u64 = 4 << 20;
/// What a cache of the default size gives to either; more of it was not found to be worth it.
const SHARE_BYTES_MAX: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(cache_mib: u64) -> (u64, u64) {
        let mut config = Config::default();
        config.cache.bytes = cache_mib << 20;
        (config.memtable_bytes_max() >> 20, config.block_cache_bytes() >> 20)
    }

    #[test]
    fn the_store_takes_an_eighth_of_the_caches_limit_between_two_ends() {
        assert_eq!(shares(1), (12, 4));
        assert_eq!(shares(64), (12, 8));
        assert_eq!(shares(128), (16, 16));
        assert_eq!(shares(256), (32, 32));
        assert_eq!(shares(64 << 10), (32, 32));
    }

    #[test]
    fn what_the_operator_says_stands_whatever_the_caches_limit() {
        let mut config = Config::default();
        config.storage.memtable_bytes_max = Some(1 << 20);
        config.storage.block_cache_bytes = Some(1 << 30);

        assert_eq!((config.memtable_bytes_max(), config.block_cache_bytes()), (1 << 20, 1 << 30));
    }
}
