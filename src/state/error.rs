//! What can go wrong with the log of attribute lists.

use std::io;
use std::path::{Path, PathBuf};

use super::limits::Full;
use super::records::Fault;

/// Why the lists could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A later version of this program wrote the log.
    #[error(
        "{} has format {found}, this program reads up to {known}: use a newer version",
        file.display()
    )]
    NewerFormat {
        /// The log.
        file: PathBuf,
        /// The format it has.
        found: u32,
        /// The newest format that this program reads.
        known: u32,
    },
    /// The file is something else.
    #[error("{} is no log of attribute lists: put back the one that was there", .0.display())]
    Foreign(PathBuf),
    /// What was handed out cannot be read any more.
    #[error(
        "{} is damaged at byte {at}: put back a copy only if it is sound and lacks no list; else \
         move the log away and restart the DAX clients, for the ids that they keep will be unknown",
        file.display()
    )]
    Damaged {
        /// The log.
        file: PathBuf,
        /// Where the damaged record begins.
        at: u64,
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
}

/// Why lists were given no ids.
#[derive(Debug, thiserror::Error)]
pub enum DefineError {
    /// A limit would be passed; none of the lists was made.
    #[error(transparent)]
    Full(#[from] Full),
    /// The log failed, now or before. What it holds is unknown, so no list is made until a restart.
    #[error("the log of attribute lists failed")]
    Log(#[from] io::Error),
}

impl Error {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(super) fn unreadable(fault: Fault, file: &Path) -> Self {
        let file = file.to_owned();
        match fault {
            Fault::Foreign => Self::Foreign(file),
            Fault::Newer { found, known } => Self::NewerFormat { file, found, known },
            Fault::Damaged { at } => Self::Damaged { file, at: at as u64 },
        }
    }
}
