//! The other side of the protocol: requests as a client writes them, answers as it reads them.
//!
//! Another service may leave out what this one always writes, and tell more than it knows. So a
//! member that is not known is passed over, and what is missing or of a wrong type is told with its
//! path.
//!
//! Must hold: a request that is written is decoded to the same again; no answer makes this module
//! panic, recurse without end or build more than it holds.
//! Not here: how a request is sent and signed, and what is tried again (`engine/upstream/`).

mod legacy;
mod members;
mod request;

mod answer;
mod capacity;
mod error;
mod index;
mod reader;
mod stream_requests;
mod streams;
mod table;
mod tables;
mod throughput;

#[cfg(test)]
mod tests;

pub use answer::{
    ReadPage, batch_get_item, batch_write_item, get_item, page, transact_get_items,
    transact_write_items, write,
};
pub use error::decode_error;
pub use reader::Unreadable;
pub use request::{describe_table, encode_request};
pub use stream_requests::{describe_stream, enable_stream, get_records, get_shard_iterator};
pub use streams::{ReadRecord, ReadRecords, ReadShard, ReadStream, iterator, records, stream};
pub use table::{table, table_known};
pub use tables::{tables, tags};
