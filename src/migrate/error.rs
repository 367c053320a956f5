//! Why a table was not moved, in sentences that say what to do.

use std::io;
use std::path::PathBuf;

use crate::wire::json::client::Unreadable;

/// Why a migration ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to move.
    #[error("there is no table {table} at {end}")]
    NoSource {
        /// The source.
        end: String,
        /// The table.
        table: String,
    },

    /// There is nowhere to move it to.
    #[error(
        "there is no table {table} at {end}; make it there, or let --create make it as it is at \
         the source"
    )]
    NoTarget {
        /// The target.
        end: String,
        /// The table.
        table: String,
    },

    /// Items of one table are none of the other's.
    #[error(
        "the tables have different keys: {from} has {from_keys}, {to} has {to_keys}; a table is \
         moved to one with the same keys only"
    )]
    OtherKeys {
        /// The source.
        from: String,
        /// Its keys.
        from_keys: String,
        /// The target.
        to: String,
        /// Its keys.
        to_keys: String,
    },

    /// Somebody else's items are there.
    #[error(
        "table {table} at {end} has items already; empty it, or let --merge write over those \
         with the same keys and leave the others"
    )]
    NotEmpty {
        /// The target.
        end: String,
        /// The table.
        table: String,
    },

    /// A table did not become ready.
    #[error("table {table} at {end} was not ready within {seconds} s; look at its status there")]
    NotActive {
        /// Where.
        end: String,
        /// The table.
        table: String,
        /// For how long it was looked at.
        seconds: u64,
    },

    /// Changes that are made meanwhile cannot be followed.
    #[error(
        "changes of table {table} at {end} cannot be followed: {why}; stop what writes to it, and \
         say so with --no-stream"
    )]
    NoStream {
        /// The source.
        end: String,
        /// The table.
        table: String,
        /// Why not.
        why: String,
    },

    /// Changes are gone before they were read.
    #[error(
        "changes of table {table} are no longer in its stream: {why}; remove {} and begin anew, \
         with more --segments or a higher --rate",
        state.display()
    )]
    Trimmed {
        /// The table.
        table: String,
        /// What is gone.
        why: String,
        /// What must be removed.
        state: PathBuf,
    },

    /// An end refuses, and always will.
    #[error("{end} refused: {why}")]
    Refused {
        /// Which.
        end: String,
        /// Its words.
        why: String,
    },

    /// An end was never asked, or answered what nobody asked.
    #[error("{end} cannot be asked: {why}")]
    Unasked {
        /// Which.
        end: String,
        /// Why not.
        why: String,
    },

    /// An end refused for too long.
    #[error("{end} took nothing for {seconds} s: {why}; the same command goes on where this ends")]
    GaveUp {
        /// Which.
        end: String,
        /// What it said last.
        why: String,
        /// For how long.
        seconds: u64,
    },

    /// An answer cannot be read.
    #[error("{end} answered what is no DynamoDB")]
    Unreadable {
        /// Which end.
        end: String,
        /// What is wrong with it.
        source: Unreadable,
    },

    /// An item that is none of its table.
    #[error("{end} answered an item without the keys of its table")]
    Keyless {
        /// Which end.
        end: String,
    },

    /// The state file is another migration's.
    #[error("{} is of {what}; name another file with --state, or remove it", path.display())]
    OtherState {
        /// The file.
        path: PathBuf,
        /// What it is of.
        what: String,
    },

    /// The state file is damaged, or none.
    #[error("{} is no state of a migration: {why}; remove it to begin anew", path.display())]
    NoState {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },

    /// Another process uses it.
    #[error("another migration uses {}; wait for it, or name another file with --state", path.display())]
    StateInUse {
        /// The file.
        path: PathBuf,
    },

    /// The state file cannot be used.
    #[error("cannot {action} {}", path.display())]
    StateFile {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// It was told to stop.
    #[error("stopped; the same command goes on where this ends")]
    Stopped,
}
