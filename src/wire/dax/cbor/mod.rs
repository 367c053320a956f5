//! The part of CBOR (RFC 8949) that DAX speaks.
//!
//! Must hold: reading takes bytes as hostile: no length is believed before its bytes are there,
//! nothing is allocated by a count that was only announced, and nothing recurses without a bound.
//! Not here: what the values mean.

mod reader;
mod writer;

pub use reader::Malformed;
pub(super) use reader::{Count, Head, LEVELS_MAX, Reader, TOO_DEEP, is_cut_short, pairs};
pub(super) use writer::{SHORT_BYTES, Writer};
