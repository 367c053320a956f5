//! Why a stream can no longer be followed.

/// Why a stream can no longer be followed from where it was.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Lost {
    /// Records were dropped before they were read.
    #[error("records of its stream were dropped before they were read")]
    Trimmed,

    /// The place in a shard is no longer known.
    #[error("the place in its stream was lost")]
    Gap,

    /// There is no such stream, or no such shard any more.
    #[error("its stream is gone")]
    Gone,

    /// It takes no more records.
    #[error("its stream was disabled")]
    Disabled,

    /// There are more shards than are read.
    #[error("its stream has more than {shards_max} shards")]
    TooManyShards {
        /// The limit.
        shards_max: usize,
    },
}
