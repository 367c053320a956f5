//! The other side of the protocol: requests written, answers read.
//!
//! For our own load generator and `hearth doctor`, and for tests, to whom it stands for the known
//! clients: it reads nothing that one of them could not read.
//!
//! Must hold: an answer that breaks one of the rules of `docs/dax.md` is refused.
//! Not here: sockets (`load/`).

mod answer;
mod batch;
mod capacity;
mod expression;
mod item;
mod request;
mod session;
mod signature;
mod strict;
mod transact;

pub use answer::{AnswerError, Reason, Refused, answer, answer_values, length, refusal};
pub use item::Names;
pub use request::{
    Session, define_key_schema, define_list, define_list_id, endpoints, preamble, request,
};
pub use session::{list, list_id, nodes, schema};
pub use signature::{authorization, authorize};
