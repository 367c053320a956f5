//! The part of CBOR (RFC 8949) that DAX speaks.
//!
//! Must hold: reading takes bytes as hostile: no length is believed before its bytes are there,
//! nothing is allocated by a count that was only announced, and nothing recurses without a bound.
//! Not here: what the values mean.

mod reader;
mod walk;
mod writer;

pub use reader::Malformed;
pub(super) use reader::{Count, Head, Reader, is_cut_short};
pub(super) use walk::Walk;
pub(super) use writer::{SHORT_BYTES, Writer};
