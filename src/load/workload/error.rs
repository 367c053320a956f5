//! Why there is no workload: one sentence each, naming the key and where it stands.
//!
//! Not here: what each key takes (`section.rs`, and the files that read them).

use std::io;
use std::path::PathBuf;

/// Why a workload was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read the workload file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The file is larger than any workload is.
    #[error("the workload file {} is larger than {bytes_max} bytes", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },

    /// The text is not a workload.
    #[error("{file} line {line}: {fault}")]
    Content {
        /// The file, or the name of the built-in workload.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        fault: Box<Fault>,
    },

    /// More or fewer items than a workload can have.
    #[error("a workload has 1 to {items_max} items, not {items}")]
    Items {
        /// How many were asked for.
        items: u64,
        /// The limit.
        items_max: u64,
    },

    /// A prefix that would make a name that no table can have.
    #[error(
        "\"{name}\" is not a table name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'; \
         choose another prefix"
    )]
    Prefix {
        /// The name with its prefix.
        name: String,
    },
}

/// What is wrong in a workload's text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Not TOML.
    #[error("this is not TOML: {0}")]
    Syntax(String),

    /// A key that means nothing here.
    #[error("unknown key \"{key}\", did you mean \"{nearest}\"?")]
    UnknownKey {
        /// The key with the sections that it stands in.
        key: String,
        /// The known key that looks most like it.
        nearest: &'static str,
    },

    /// A key that must be there.
    #[error("{0} is missing")]
    Missing(String),

    /// A value of another kind, or beyond its limits.
    #[error("{key} must be {wanted}, not {found}")]
    Value {
        /// The key with the sections that it stands in.
        key: String,
        /// What it takes.
        wanted: String,
        /// What was found.
        found: String,
    },

    /// A word that is none of those that the key takes.
    #[error("{key} is \"{found}\", which is none of {known}; did you mean \"{nearest}\"?")]
    Word {
        /// The key with the sections that it stands in.
        key: String,
        /// What was found.
        found: String,
        /// All that it takes.
        known: String,
        /// The one that looks most like it.
        nearest: String,
    },

    /// Keys that are right by themselves and wrong together.
    #[error("{key}: {sentence}")]
    Together {
        /// The key with the sections that it stands in.
        key: String,
        /// What is wrong.
        sentence: String,
    },
}
