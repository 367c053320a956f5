//! Why a command of `hearth load` or `hearth demo` did not do what was asked.

use std::io;
use std::path::PathBuf;

use crate::load;
use crate::load::report::json;
use crate::load::workload;

/// Why it did not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such workload.
    #[error("{name:?} is none of the workloads {known}; a file is named with its .toml")]
    UnknownWorkload {
        /// What was given.
        name: String,
        /// The names that there are.
        known: String,
    },

    /// The workload was refused.
    #[error(transparent)]
    Workload(#[from] workload::Error),

    /// The load could not be run.
    #[error(transparent)]
    Load(#[from] load::Error),

    /// Nobody answers.
    #[error(
        "nobody answers at {url}; start hearth serve, or name an endpoint with --target (for one of DAX, that of its tables with --http)"
    )]
    Silent {
        /// Who was asked.
        url: String,
    },

    /// A variable of the environment is not text.
    #[error("environment variable {name} is not UTF-8")]
    NotText {
        /// Which one.
        name: &'static str,
    },

    /// One half of the credentials is missing.
    #[error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; set both, or neither")]
    HalfCredentials,

    /// The credentials file cannot be used.
    #[error("the credentials file {} {why}", path.display())]
    Credentials {
        /// Which file.
        path: PathBuf,
        /// The rest of the sentence.
        why: String,
    },

    /// A file cannot be written where it was asked for.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// There is no directory for a file that is to be written.
    #[error("cannot write {}: its directory is not there", path.display())]
    NoDirectory {
        /// Which file.
        path: PathBuf,
    },

    /// A report cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A file is no report.
    #[error("{}", path.display())]
    Report {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: json::Error,
    },

    /// `--fail-above` cannot be answered.
    #[error("the runs are too short to be judged; measure each for 10 seconds or more")]
    NotJudged,

    /// Something got worse by more than was allowed.
    #[error("worse by more than {percent} %: {what}")]
    Worse {
        /// What was allowed.
        percent: f64,
        /// What got worse, and by how much.
        what: String,
    },

    /// The machine does not give what a run needs.
    #[error("this machine gives no {what}")]
    Machine {
        /// Which thing.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },

    /// The server of a demo did not start, or ended in the middle.
    #[error("the server of the demo {what}: {why}")]
    Server {
        /// What happened to it.
        what: &'static str,
        /// What it said last.
        why: String,
    },
}

impl Error {
    /// Whether it was asked for wrongly, rather than failed.
    pub(in crate::cli) fn is_usage(&self) -> bool {
        match self {
            Self::UnknownWorkload { .. }
            | Self::Workload(_)
            | Self::NotText { .. }
            | Self::HalfCredentials
            | Self::Credentials { .. }
            | Self::NoDirectory { .. }
            | Self::Read { .. }
            | Self::Report { .. } => true,
            Self::Load(error) => match error {
                load::Error::Url { .. }
                | load::Error::TablesOverDax { .. }
                | load::Error::SessionToken
                | load::Error::Beyond { .. }
                | load::Error::Remote { .. }
                | load::Error::CaFile { .. }
                | load::Error::NotHeader
                | load::Error::Plan(_) => true,
                load::Error::Unresolved { .. }
                | load::Error::Tls { .. }
                | load::Error::Connect { .. }
                | load::Error::Machine { .. }
                | load::Error::TableExists { .. }
                | load::Error::Table { .. }
                | load::Error::NotActive { .. }
                | load::Error::NotFilled { .. }
                | load::Error::Stopped => false,
            },
            Self::Silent { .. }
            | Self::Write { .. }
            | Self::NotJudged
            | Self::Worse { .. }
            | Self::Machine { .. }
            | Self::Server { .. } => false,
        }
    }
}
