//! What a migration is to do, and what it tells meanwhile.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::api::TableName;

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The table, which has the same name at both ends.
    pub table: TableName,
    /// Make the table at the target if it is not there.
    pub create: bool,
    /// Take a target that has items already.
    pub merge: bool,
    /// Follow the changes that are made meanwhile; without it nobody may write to the source.
    pub stream: bool,
    /// When it has followed the changes for long enough.
    pub ending: Ending,
    /// Which comparison is made.
    pub check: Check,
    /// In how many parts the table is read at once; at least one.
    pub segments: u32,
    /// Batches that are on their way to the target at once; at least one.
    pub in_flight: usize,
    /// Items that are written in a second, if there is a limit.
    pub rate: Option<f64>,
    /// How long a write whose answer was lost may still be carried out.
    pub settle: Duration,
    /// How long no change may come for the target to have caught up.
    pub quiet: Duration,
    /// How long an end may refuse everything before it is given up.
    pub patience: Duration,
    /// Where it is written down how far it is.
    pub state: PathBuf,
}

/// When the changes of the source were followed for long enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// Once somebody said so, and all changes until then are caught up with.
    WhenTold,
    /// Once all changes are caught up with.
    WhenCaughtUp,
    /// Never: it is stopped.
    Never,
}

/// Which comparison is made at the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Check {
    /// Of all items.
    All,
    /// None.
    None,
    /// Of all items, and nothing else is done.
    Only,
}

/// What a migration tells while it goes on.
#[derive(Clone, Debug)]
pub enum Event {
    /// One sentence.
    Said(String),
    /// Items were copied.
    Copied {
        /// All so far, those of runs before among them.
        items: u64,
        /// How many the source said it has, which may be old.
        of: u64,
    },
    /// Changes were caught up with.
    Followed {
        /// All so far in this run.
        changes: u64,
        /// How old the newest was when it was written; none if there was none.
        lag: Option<Duration>,
    },
    /// Items of both ends were read to be compared.
    Compared {
        /// All so far.
        items: u64,
        /// How many there may be.
        of: u64,
    },
}

/// Who is told.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;
