//! Moves a table to another service, or into or out of a data directory, while it is in use.
//!
//!     look at both ends -> scan the source -> catch up by its stream -> compare
//!                          |                  |
//!     stream noted here ---+------------------> read from there on, in order
//!
//! The scan is over before the first change is caught up with, and the stream is read from before
//! the scan began. So an item that was copied late is always behind the changes that follow it, and
//! a change that is written twice comes to the same in the end: the last of each key counts.
//!
//! Must hold: nothing that was copied overwrites a later change; what was written down as done in the
//! state file is done; a target is given up only after a long time without any success.
//! Not here: flags and progress bars (`cli/migrate/`), the opening of either end (`app/`).

mod back_off;
mod canonical;
mod changes;
mod compare;
mod copy;
mod create;
mod differences;
mod directory;
mod end;
mod error;
mod follow;
mod migration;
mod pace;
mod parts;
mod plan;
mod reach;
mod state;
mod stream;
mod sums;
mod tables;
mod writer;

pub use self::compare::Comparison;
pub use self::differences::{Difference, Kind};
pub use self::directory::Directory;
pub use self::end::End;
pub use self::error::Error;
pub use self::migration::{Moved, run};
pub use self::plan::{Check, Ending, Event, Plan, Tell};
pub use crate::api::TableName;
