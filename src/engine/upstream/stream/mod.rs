//! Reads the stream of a table of the service, shard by shard.
//!
//!     description ──> tree ──> shards that may be read ──> iterator ──> records, again and again
//!          ^                                                               │
//!          └────────────── a shard ended: its children, from their oldest ─┘
//!
//! Reading begins behind the newest record of each shard that is open; what comes to be later is
//! read from its beginning. Whoever reads is told how much of the past is behind him, by his own
//! clock: all that the stream had when a request was sent whose answer was empty.
//!
//! Must hold: a shard is read only once its parent was read to its end; what may have been missed is
//! told as lost, never passed over; no more requests are under way at once than a limit says.
//! Not here: what records mean for the caches (`proxy/through/follow/`).

mod ask;
mod lately;
mod lost;
mod reader;
mod shard;
mod tree;

pub use self::lost::Lost;
pub use self::reader::{Read, ReaderOptions, StreamReader};
pub use crate::wire::json::client::ReadRecord;

pub(super) use self::ask::Asking;
pub(super) use self::lately::Lately;
