//! Sizes and waits of the store on disk.

use std::sync::Arc;
use std::time::Duration;

use crate::metrics::StoreMetrics;

/// How the store on disk uses memory, threads and time.
#[derive(Clone, Debug)]
pub struct Options {
    /// Blocks of table files kept in memory, for all spaces together.
    pub block_cache_bytes: u64,
    /// A space's rows go from memory to a table file beyond this. A space that was made with less
    /// keeps to that.
    pub memtable_bytes_max: u64,
    /// Rows of all spaces in memory; beyond it the largest space is written out.
    pub write_buffer_bytes_max: u64,
    /// Journal files of 64 MB; beyond it everything is written out so that they can go.
    pub journals_max: usize,
    /// Threads that write and merge table files. The first one only writes, so that merging
    /// never delays it; with fewer than three it spins while the other merges.
    pub worker_threads: usize,
    /// Table files kept open.
    pub open_files_max: usize,
    /// How long a commit waits for background work before it is refused.
    pub commit_wait_max: Duration,
    /// How long an opening waits until what the journal held is in table files.
    pub flush_wait_max: Duration,
    /// How long a reopening waits until nobody holds the old store.
    pub release_wait_max: Duration,
    /// Where syncs and waits are counted.
    pub metrics: Arc<StoreMetrics>,
}

impl Options {
    /// What rows in memory and blocks of table files may take together.
    pub fn memory_bytes_max(&self) -> u64 {
        self.write_buffer_bytes_max.saturating_add(self.block_cache_bytes)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            block_cache_bytes: 32 << 20,
            memtable_bytes_max: 32 << 20,
            write_buffer_bytes_max: 128 << 20,
            journals_max: 4,
            worker_threads: 3,
            open_files_max: 512,
            commit_wait_max: Duration::from_secs(5),
            flush_wait_max: Duration::from_mins(2),
            release_wait_max: Duration::from_secs(10),
            metrics: Arc::default(),
        }
    }
}
