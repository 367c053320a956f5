//! DAX's protocol, as Amazon's clients speak it: CBOR values one after the other, without frames.
//!
//!     connection   preamble | request | request ...
//!     request      read by `frame`, understood by `decode` with the schemas and names it needs
//!     answer       written by `encode` in the form that the request asked for
//!
//! A request becomes the same [`crate::api::Request`] as its JSON, by the members that JSON has and
//! their checks; so nothing that DynamoDB does is said here again.
//!
//! Must hold: no bytes make this module panic, recurse without end or build more than came; nothing
//! is written that one of the known clients cannot read (`docs/dax.md`).
//! Not here: sockets and sessions (`server/dax/`), where ids of names are kept (`state/`).

mod attributes;
mod cbor;
mod expression;
mod form;
mod frame;
mod key;
mod lex_decimal;
mod number;
mod options;
mod value;

mod decode;
mod hot;

mod encode;
mod error;

pub mod client;

#[cfg(test)]
mod tests;

pub use attributes::{EMPTY_LIST, ListIds};
pub use cbor::Malformed;
pub use decode::{
    Authorization, Call, Known, attribute_list_id, attribute_names, authorization, decode,
    key_schema_table,
};
pub use encode::{
    Node, encode, encode_cancelled, encode_endpoints, encode_item, encode_key_schema, encode_list,
    encode_list_id,
};
pub use error::encode_error;
pub use form::{Form, ItemForm, PageForm};
pub use frame::{Frame, FrameError, Framer, Habits, MAGIC, Method, SERVICE, read_preamble};
pub use hot::{HotGet, hot_get};
