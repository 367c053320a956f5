//! What clients of other servers share: an endpoint, whom they trust, a connection, a whole answer.
//!
//! Must hold: a connection's task ends with its owner; an answer is bounded, whoever sends it.
//! Not here: what is asked, and when again (`load/`, `engine/upstream/client/`).

mod body;
mod endpoint;
mod link;
mod trust;

pub use body::{ANSWER_BYTES_MAX, Ungathered, gather};
pub use endpoint::{Endpoint, NoEndpoint, Scheme};
pub use link::{Link, Lost};
pub use trust::{Name, Trust, TrustError, UNTRUSTED, is_untrusted};
