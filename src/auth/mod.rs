//! Who sent a request: credentials, and signatures checked against them; the admin's token.
//!
//! Must hold: a request is trusted only after [`Verifier::verify`] on the bytes that were received,
//! a DAX connection only after [`Verifier::verify_connection`]; a secret never reaches a log, a
//! `Debug` output or an error.
//! Not here: sockets and clocks (both are the caller's); what a principal may do.

pub mod admin_token;
pub mod credentials;
pub mod owner_file;

mod error;
mod sigv4;

use std::fmt;
use std::sync::Arc;

pub use admin_token::AdminToken;
pub use credentials::Credentials;
pub use error::{Error, ErrorKind, Part, ScopeFault};
pub use sigv4::{ConnectionClaim, Request, Service, Verifier, skew_seconds};

/// Who a verified request acts as; clones share it.
///
/// Made only from a credential: its `principal` where the file names one, else its access key id.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Principal(Arc<Named>);

#[derive(Debug, Eq, Hash, PartialEq)]
struct Named {
    name: Box<str>,
    upstream_profile: Option<Box<str>>,
}

impl Principal {
    fn new(name: &str, upstream_profile: Option<&str>) -> Self {
        let upstream_profile = upstream_profile.map(Into::into);
        Self(Arc::new(Named { name: name.into(), upstream_profile }))
    }

    /// The name as the credentials file has it.
    pub fn as_str(&self) -> &str {
        &self.0.name
    }

    /// The profile whose credentials its requests are sent on with, if not hearth's own.
    #[inline]
    pub fn upstream_profile(&self) -> Option<&str> {
        self.0.upstream_profile.as_deref()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
