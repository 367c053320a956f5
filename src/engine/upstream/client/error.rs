//! Why a client cannot be made.
//!
//! Not here: how what it sends ends (`failure.rs`).

use crate::net::TrustError;

/// What is wrong with what it was told.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is nobody to ask.
    #[error("an upstream needs an endpoint")]
    NoEndpoint,
    /// A URL of an endpoint cannot be one.
    #[error("{url:?} is no upstream; give one such as https://dynamodb.eu-west-1.amazonaws.com")]
    Url {
        /// What was given.
        url: String,
    },
    /// The URL goes beyond host and port.
    #[error("{url:?} has a user, a path or a query; an upstream is a scheme, a host and a port")]
    Beyond {
        /// What was given.
        url: String,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Where credentials come from cannot be used.
    #[error("{0}")]
    Credentials(String),
}
