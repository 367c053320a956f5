//! What can go wrong with a backup.
//!
//! Not here: what a client is told (`proxy/backups.rs`).

use std::io;
use std::path::{Path, PathBuf};

use crate::store;

/// Why a backup could not be made, read or deleted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such backup.
    #[error("there is no such backup")]
    NotThere,
    /// It is being made, restored or deleted.
    #[error("the backup is being made, restored or deleted")]
    Busy,
    /// A backup of the same table is being made.
    #[error("another backup of the table is being made")]
    TableBusy,
    /// As many are there, or are being made, as may be.
    #[error("there are {limit} backups {what} already")]
    TooMany {
        /// The limit.
        limit: usize,
        /// Of which kind.
        what: &'static str,
    },
    /// The file is none of these.
    #[error("this is no {0} of hearth")]
    Foreign(&'static str),
    /// A later version of hearth wrote it.
    #[error("the file has format {found}, this program reads up to {known}: use a newer version")]
    NewerFormat {
        /// The format it has.
        found: u32,
        /// The newest that this program reads.
        known: u32,
    },
    /// It is not what was written.
    #[error("the file is damaged in block {block}: {why}")]
    Damaged {
        /// Which part of it, counted from 0.
        block: u64,
        /// What is wrong.
        why: &'static str,
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
    /// The bytes could not be read or written.
    #[error("cannot {action} the file")]
    Stream {
        /// What was tried.
        action: &'static str,
        /// The answer.
        source: io::Error,
    },
    /// The store could not be read.
    #[error("the tables cannot be read")]
    Store(#[source] store::Error),
    /// The work ended before its time: the process stops.
    #[error("the work on a backup was cut short")]
    Stopped,
}

impl Error {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    /// Whether the operating system refused something, which it may do again or not.
    pub fn is_of_system(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Stream { .. })
    }

    /// Whether trying again is of no use: the backup is gone, or not what was written.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::NotThere | Self::Foreign(_) | Self::NewerFormat { .. } | Self::Damaged { .. } => {
                true
            }
            Self::Busy
            | Self::TableBusy
            | Self::TooMany { .. }
            | Self::Io { .. }
            | Self::Stream { .. }
            | Self::Store(_)
            | Self::Stopped => false,
        }
    }
}
