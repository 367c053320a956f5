//! DynamoDB's JSON protocol, as its clients speak it and as its service answers.
//!
//! A body is read once, front to back, into the members of its operation ([`decode`]); then the
//! constraints of the service model are gathered, then the request is checked on its own. Faults
//! are found in the service's order and told in its words (`docs/compatibility.md`).
//!
//! Another wire fills the same members and has them checked here; they are `pub(in crate::wire)`.
//!
//! Must hold: no body makes this module panic, recurse without end or build more than it asks for.
//! Not here: whether a key fits its table's schema (`proxy/`).

mod scan;
mod types;

mod constraints;
mod modelled;
mod policy_document;
mod values;
mod wording;

mod decode;
mod hot;
mod target;

mod encode;
mod error;
mod syntax;

pub mod client;
pub mod cluster;

pub(in crate::wire) use decode::{
    Action, ActionKind, Actions, BatchGetMembers, BatchWriteMembers, Expressions, GetMembers,
    KeysAndAttributes, PageMembers, QueryMembers, ReadProjection, ScanMembers, TransactGetMembers,
    TransactWriteMembers, UpdateMembers, WriteMembers, WriteRequest, WriteRequests, delete, put,
};
pub use decode::{decode, key};
pub use encode::{Context, encode, encode_key};
pub use error::encode_error;
pub use hot::{HotGet, HotKey, HotValue, ShortBytes, get_item};
pub use syntax::{check_syntax, unknown_operation};
pub use target::{operation, target};
pub(in crate::wire) use values::Values;
pub use wording::Wording;
