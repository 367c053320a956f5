//! Sockets: bytes in, bytes out.
//!
//! A request walks a straight path: parse the envelope, authenticate the raw bytes, decode,
//! [`crate::proxy::Proxy`], encode. Each step hands a value to the next.
//!
//! Must hold: every connection, header, body and wait has a limit; a request that is refused
//! leaves its connection usable unless its end cannot be found.
//! Not here: tables and caches (`proxy/`), JSON (`wire/`).

mod admin;
mod answer;
mod body;
mod compression;
mod connection;
mod counted;
mod date;
mod dax;
mod http;
mod limits;
mod listener;
mod signed;
mod tls;

pub use admin::{Admin, Control};
pub use dax::{Dax, Nodes, Parts as DaxParts};
pub use http::{Access, Http, Origins};
pub use limits::{Connections, Limits};
pub use listener::{BindError, Listener, Surroundings};
pub use tls::{SelfSignedError, Tls, TlsError};
