//! What can go wrong in a store.
//!
//! Must hold: a failed commit says whether its batch may turn up later ([`Fate`]), and a store
//! that can take no more writes says until when ([`WriteState`]).

use std::io;
use std::path::{Path, PathBuf};

use super::SpaceId;

/// The result of everything here but a commit.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a store could not be opened, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store was reopened or closed since this snapshot was taken; a new one may work.
    #[error("the snapshot was revoked")]
    Revoked,
    /// The store is between two openings, or closed; a snapshot can be had later, or never.
    #[error("the store is not open")]
    NotOpen,
    /// A sync had failed: what is durable is unknown until the process starts anew.
    #[error("a write or sync had failed, the store is closed for writes until a restart")]
    ClosedUntilRestart,
    /// The space was dropped, or never was.
    #[error("no such space: {0:?}")]
    NoSpace(SpaceId),
    /// The file system has no room for what was asked.
    #[error("the disk is full")]
    DiskFull,
    /// Another process has the data directory open.
    #[error("the data directory {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The data directory was written by a later version of this program.
    #[error(
        "the data directory {} has storage format {found}, this program reads up to {known}: \
         use a newer version", dir.display()
    )]
    NewerFormat {
        /// The data directory.
        dir: PathBuf,
        /// The format it has.
        found: u32,
        /// The newest format that this program reads.
        known: u32,
    },
    /// The data directory holds something else, or part of it is missing.
    #[error("the data directory {} cannot be used: {why}", dir.display())]
    NotAStore {
        /// The data directory.
        dir: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The journal is damaged where acknowledged batches may lie.
    #[error(
        "the journal {} is damaged at byte {at}: stop here and run `hearth repair {}`",
        file.display(), dir.display()
    )]
    Damaged {
        /// The data directory.
        dir: PathBuf,
        /// The damaged file.
        file: PathBuf,
        /// Where its last sound batch ends.
        at: u64,
    },
    /// Sound batches follow the damage, so that cutting the journal would lose them.
    #[error(
        "the journal {} is damaged at byte {at} and sound batches follow: restore a backup",
        file.display()
    )]
    DamagedInside {
        /// The damaged file.
        file: PathBuf,
        /// Where the last sound batch before the damage ends.
        at: u64,
    },
    /// The store ends before a batch that had been synced.
    #[error(
        "batches up to {synced} were synced, but the store in {} ends with {found}: \
         restore a backup, or run `hearth repair {}` to go on without the rest",
        dir.display(), dir.display()
    )]
    Shortened {
        /// The data directory.
        dir: PathBuf,
        /// The last batch that is known to have been synced.
        synced: u64,
        /// The last batch that is there.
        found: u64,
    },
    /// Readers or background work did not let go of the old store in time.
    #[error("the old store was still in use after {waited_ms} ms")]
    StillHeld {
        /// How long was waited.
        waited_ms: u64,
    },
    /// Background work of the store did not end in time.
    #[error("the store did not finish {work} within {waited_ms} ms")]
    TooSlow {
        /// What was waited for.
        work: &'static str,
        /// How long was waited.
        waited_ms: u64,
    },
    /// The operating system refused something.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// The engine underneath refused something.
    #[error("store failed to {action}: {detail}")]
    Engine {
        /// What was tried.
        action: &'static str,
        /// Its answer, for the log.
        detail: String,
    },
}

impl Error {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            if is_disk_full(&source) {
                Self::DiskFull
            } else {
                Self::Io { action, path: path.to_owned(), source }
            }
        }
    }
}

/// Why a batch was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Background work lags too far behind; nothing was written, later it may fit.
    #[error("the store is behind with background work")]
    Stalled,
    /// The store takes no writes; nothing was written.
    #[error("the store takes no writes: {0:?}")]
    Refused(WriteState),
    /// A row names a space that does not exist; nothing was written.
    #[error("no such space: {0:?}")]
    NoSpace(SpaceId),
    /// The disk filled up while the batch was written.
    #[error("the disk filled up during the write: {detail}")]
    DiskFull {
        /// What the engine said, for the log.
        detail: String,
    },
    /// The batch could not be written for another reason.
    #[error("the write failed: {detail}")]
    WriteFailed {
        /// What the engine said, for the log.
        detail: String,
    },
    /// The batch was written, but not made durable.
    #[error("the sync failed: {detail}")]
    SyncFailed {
        /// What the engine said, for the log.
        detail: String,
    },
}

impl CommitError {
    /// What became of the batch.
    pub const fn fate(&self) -> Fate {
        match self {
            Self::Stalled | Self::Refused(_) | Self::NoSpace(_) => Fate::NotWritten,
            Self::DiskFull { .. } | Self::WriteFailed { .. } | Self::SyncFailed { .. } => {
                Fate::Unknown
            }
        }
    }
}

/// What became of a batch whose commit failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It will never be seen.
    NotWritten,
    /// It is not seen now; once the store was reopened or restarted it may be there, whole.
    Unknown,
}

/// Whether a store takes writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WriteState {
    /// Commits can succeed.
    Open,
    /// The disk filled up: no commit succeeds until [`super::Store::reopen`] does.
    DiskFull,
    /// A write or sync failed, so that what is durable is unknown: no commit succeeds until the
    /// process starts anew.
    SyncFailed,
    /// [`super::Store::close`] was called.
    Closed,
}

/// Whether an error says that there is no room left.
pub(super) fn is_disk_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
