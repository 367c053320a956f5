//! What hearth itself has to remember, beside the tables: the attribute lists of DAX, for ever, and
//! whether its last process has left writes under way and up to where it had read streams.
//!
//! A client that speaks DAX sends and gets items without the names of their attributes: it has the
//! list of names numbered once and keeps that id as long as it lives. So an id must mean the same
//! list across restarts and upgrades, whatever becomes of the tables, and once the lists are gone
//! it must mean none.
//!
//! Must hold: an id is durable before anybody is told of it.
//! Not here: the tables (`engine/`), what may be forgotten (`cache/`), who has the data directory
//! to himself (`store/disk/directory.rs`).

mod attribute_lists;
mod cursors;
mod error;
mod ids;
mod known;
mod limits;
mod log;
mod records;
mod tenure;

#[cfg(test)]
mod tests;

pub use attribute_lists::{AttributeList, AttributeLists};
pub use cursors::{CursorFile, Cursors};
pub use error::{DefineError, Error};
pub use limits::{Full, Limits, Usage};
pub use tenure::{Before, Tenure};
