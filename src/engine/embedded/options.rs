//! How the engine works: what the configuration and the tests can choose.

use std::time::Duration;

use crate::store::{ChunkLimit, SyncMode};

/// How the engine works.
#[derive(Clone, Debug)]
pub struct Options {
    /// What an acknowledged write survives: a power cut, or only a kill.
    pub durability: SyncMode,
    /// Free space below which writes are refused; `None` takes the lesser of 1 GiB and 5 %.
    pub reserve_bytes: Option<u64>,
    /// Mutations that may wait for the writer; one more is a throttling error.
    pub queue_mutations_max: usize,
    /// Bytes of the items and index entries that may wait with them; the last mutation may pass it.
    pub queue_bytes_max: usize,
    /// Bytes of the items and index entries that one batch makes or takes away; the last mutation
    /// may pass it.
    pub batch_bytes_max: usize,
    /// Reads that may be at the disk at one moment.
    pub read_concurrency_max: usize,
    /// How long a read may take, waiting included.
    pub read_deadline: Duration,
    /// How long a caller waits for the answer to a change. Once it is queued it goes on without its
    /// caller; before that, while a condition or update is evaluated, it is dropped whole.
    pub write_deadline: Duration,
    /// What the items of one partition and their entries in local indexes may take together.
    pub collection_bytes_max: u64,
    /// Rows that are read at once of a table whose index is being made, or of an index that was
    /// dropped: writes wait meanwhile.
    pub index_piece: ChunkLimit,
    /// Tables that there may be.
    pub tables_max: usize,
    /// How long a table that was made, changed or dropped is shown as being so.
    pub settling: Duration,
    /// Tables that may be made, changed or dropped at a time.
    pub settling_tables_max: usize,
    /// How streams of tables are kept.
    pub streams: StreamOptions,
    /// The region in ARNs.
    pub region: String,
    /// The account in ARNs.
    pub account: String,
}

/// How streams of tables are kept.
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions {
    /// Shards that a stream has open at a time: the next power of two of them, and not fewer than it
    /// had before.
    pub shards: usize,
    /// How long a shard takes records before others take its place.
    pub shard_life: Duration,
    /// How long records are kept at least.
    pub retention: Duration,
    /// How much longer they are kept at most: they go by slices of this length.
    pub slice: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: SyncMode::Sync,
            reserve_bytes: None,
            queue_mutations_max: 8_192,
            queue_bytes_max: 128 << 20,
            batch_bytes_max: 4 << 20,
            read_concurrency_max: 64,
            read_deadline: Duration::from_secs(5),
            write_deadline: Duration::from_secs(30),
            collection_bytes_max: 10 << 30,
            index_piece: ChunkLimit { rows_max: 500, bytes_max: 512 << 10 },
            tables_max: 2_500,
            settling: Duration::ZERO,
            settling_tables_max: 500,
            streams: StreamOptions::default(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        }
    }
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            shards: 1,
            shard_life: Duration::from_hours(4),
            retention: Duration::from_hours(24),
            slice: Duration::from_hours(1),
        }
    }
}
