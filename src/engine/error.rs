//! Why an engine could not do what was asked.
//!
//! Must hold: an error is data; its causes are for the log, and a client never sees them.
//! Not here: what the client is told (`proxy/error.rs`).

use super::upstream::client::{Failure, Fate, Told};
use crate::api::ApiError;
use crate::model::{Image, IndexKeyError, TableId};
use crate::store;

/// Why an engine could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no such table, or it is not ready.
    #[error("table {name} is not there")]
    NoTable {
        /// Its name.
        name: String,
    },

    /// There is a table of that name already.
    #[error("table {name} exists already")]
    TableExists {
        /// Its name.
        name: String,
    },

    /// The table is being made of a backup.
    #[error("table {name} is being restored")]
    Restoring {
        /// Its name.
        name: String,
    },

    /// The table is being backed up.
    #[error("table {name} is being backed up")]
    BackingUp {
        /// Its name.
        name: String,
    },

    /// As many tables are being restored as may be.
    #[error("{restores_max} tables are being restored already")]
    TooManyRestores {
        /// The limit.
        restores_max: usize,
    },

    /// A backup, or a table made of one, would not leave the reserve free.
    #[error("about {bytes} bytes do not fit, {room_bytes} bytes are free above the reserve")]
    NoRoom {
        /// About what it takes.
        bytes: u64,
        /// What is free.
        room_bytes: u64,
    },

    /// What a backup holds cannot be a table's.
    #[error("the backup is damaged, or of another table")]
    DamagedBackup,

    /// The table refuses to be deleted.
    #[error("table {name} is protected against deletion")]
    Protected {
        /// Its name.
        name: String,
    },

    /// There are as many tables as there may be.
    #[error("there are {tables_max} tables already")]
    TooManyTables {
        /// The limit.
        tables_max: usize,
    },

    /// The request breaks a rule that only the table or the item could tell.
    #[error(transparent)]
    Api(#[from] ApiError),

    /// Only an engine of this process could do it.
    #[error("the tables are upstream")]
    Elsewhere,

    /// A request that no service is asked in this way.
    #[error("this request is not sent to an upstream")]
    NotForUpstream,

    /// The condition of a mutation did not hold; nothing changed.
    #[error("the condition did not hold")]
    ConditionFailed {
        /// The item that is there.
        found: Image,
    },

    /// An index key would have a value that cannot key it; nothing changed.
    #[error("an attribute cannot key an index")]
    IndexKey(IndexKeyError),

    /// The item collection would pass its limit; nothing changed.
    #[error("the item collection would have {bytes} bytes")]
    CollectionTooLarge {
        /// Its size.
        bytes: u64,
    },

    /// Mutations of a transaction were refused: each with why, or with nothing; nothing changed.
    #[error("the transaction was cancelled")]
    Cancelled(Vec<Option<Error>>),

    /// Another transaction was carried out under the same token.
    #[error("the token is another transaction's")]
    TokenMismatch,

    /// A transaction of the same token is under way.
    #[error("a transaction of the same token is under way")]
    TransactionInProgress,

    /// As many mutations are waiting as may wait, or as many bytes of them.
    #[error("the queue is full: {queued_max} mutations may wait, and a limited number of bytes")]
    QueueFull {
        /// The limit of mutations.
        queued_max: usize,
    },

    /// The engine takes no writes now; nothing of the mutation happened.
    #[error("the engine takes no writes: {0}")]
    ReadOnly(ReadOnly),

    /// The commit failed; the mutation may or may not turn up after the store is reopened.
    #[error("the commit failed, its fate is unknown")]
    CommitFailed(#[source] std::sync::Arc<store::CommitError>),

    /// The commit was refused; nothing was written.
    #[error("the commit was refused")]
    CommitRefused(#[source] std::sync::Arc<store::CommitError>),

    /// The tables were written by a later version.
    #[error("the tables have format {found}, this program reads {known}: use a newer version")]
    NewerFormat {
        /// The format they have.
        found: u64,
        /// The format that this program reads.
        known: u64,
    },

    /// The store could not be read.
    #[error("the store could not be read")]
    Store(#[source] std::sync::Arc<store::Error>),

    /// A stored row is damaged.
    #[error("a row of table {table} is damaged")]
    Damaged {
        /// The table's number.
        table: u64,
    },

    /// A stored row of a stream is damaged.
    #[error("a row of stream {stream} is damaged")]
    DamagedStream {
        /// The stream's number.
        stream: u64,
    },

    /// Records that are asked for are no longer kept.
    #[error("the records are no longer kept")]
    Trimmed,

    /// The change was not answered in time; it may or may not happen still.
    #[error("no answer to the change within {waited_ms} ms, its fate is unknown")]
    Silent {
        /// How long was waited.
        waited_ms: u64,
    },

    /// The read did not end in time.
    #[error("no answer within {waited_ms} ms")]
    TooSlow {
        /// How long was waited.
        waited_ms: u64,
    },

    /// The upstream gave no answer that can be used.
    #[error("the upstream gave no answer to use")]
    Upstream(#[source] Failure),

    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

impl Error {
    /// Whether what was asked for may have been carried out, or will be.
    pub fn may_have_happened(&self) -> bool {
        matches!(
            self,
            Self::CommitFailed(_)
                | Self::Silent { .. }
                | Self::Stopped
                | Self::Upstream(Failure { fate: Fate::Unknown, .. })
        )
    }

    /// Whether there is no answer to go by: none came in time, or the service upstream told of a
    /// failure of its own.
    pub fn is_no_answer(&self) -> bool {
        match self {
            Self::Upstream(Failure { told: Told::Failed(_), .. }) | Self::TooSlow { .. } => true,
            Self::Api(error) => error.is_of_upstreams_failure(),
            _ => false,
        }
    }

    /// Whether one mutation was refused for what its item is or would become.
    pub(super) fn is_of_item(&self) -> bool {
        matches!(
            self,
            Self::Api(_)
                | Self::ConditionFailed { .. }
                | Self::IndexKey(_)
                | Self::CollectionTooLarge { .. }
        )
    }

    /// The table of that number is not there.
    pub(super) fn no_table(table: TableId) -> Self {
        Self::NoTable { name: format!("number {}", table.get()) }
    }
}

/// Why an engine takes no writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadOnly {
    /// Free space has come down to the reserve.
    #[error("free space is below the reserve")]
    Reserve,
    /// The disk was full during a commit; the store is reopened once there is space.
    #[error("the disk is full")]
    DiskFull,
    /// A sync failed, so what is durable is unknown until a restart.
    #[error("a sync failed; restart to recover what is durable")]
    SyncFailed,
}
