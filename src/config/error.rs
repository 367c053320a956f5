//! Why there is no configuration to start with: one sentence each, naming where the cause stands.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::value::Problem;

/// Why the configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read the configuration file {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The file is not TOML.
    #[error("{origin}: this is not TOML: {message}")]
    Syntax {
        /// Where it stands.
        origin: Origin,
        /// What the parser said.
        message: String,
    },

    /// A key that means nothing.
    #[error("{origin}: unknown key \"{key}\", did you mean \"{nearest}\"?")]
    UnknownKey {
        /// Where it stands.
        origin: Origin,
        /// The key as it is written there.
        key: String,
        /// The known key that looks most like it, as it would be written there.
        nearest: String,
    },

    /// A value that its key does not take.
    #[error("{origin}: {key}: {problem}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The key with its section.
        key: String,
        /// What is wrong.
        problem: Problem,
    },

    /// A table name that no table can have.
    #[error(
        "{origin}: \"{name}\" is not a table name: 3 to 255 of a-z, A-Z, 0-9, '_', '-' and '.'"
    )]
    TableName {
        /// Where it stands.
        origin: Origin,
        /// The name as it is written there.
        name: String,
    },

    /// Other machines could read and write without credentials.
    #[error(
        "{key} {listen} can be reached from other machines, and without credentials anybody \
         there could read and write: set auth.credentials (--credentials FILE), or \
         auth.allow_unauthenticated (--allow-unauthenticated) if that is meant"
    )]
    OpenToAll {
        /// The key.
        key: &'static str,
        /// Where requests would come in.
        listen: SocketAddr,
    },

    /// Other machines could use the admin port.
    #[error(
        "server.admin_listen {listen} can be reached from other machines: set \
         auth.allow_remote_admin if that is meant"
    )]
    AdminOpenToAll {
        /// Where requests would come in.
        listen: SocketAddr,
    },

    /// Cached pages that nothing would ever refresh.
    #[error(
        "{section}: query_cache is \"dax\" and query_ttl_ms 0, so that nothing would ever refresh a \
         cached page: set query_ttl_ms, or query_cache = \"exact\""
    )]
    DaxWithoutTtl {
        /// The section of the file whose policy it is.
        section: String,
    },

    /// One file for two kinds of secrets.
    #[error("auth.admin_token and auth.credentials name the same file")]
    SameFile,

    /// A certificate without its key, or the reverse.
    #[error("tls.certificate (--tls-cert) and tls.key (--tls-key) go together")]
    HalfACertificate,

    /// Two ways to a certificate.
    #[error("tls.self_signed is for where there is no tls.certificate")]
    TwoCertificates,

    /// TLS without a certificate.
    #[error(
        "{key} needs a certificate: set tls.certificate and tls.key (--tls-cert, --tls-key), or \
         tls.self_signed (--tls-self-signed) for development"
    )]
    NoCertificate {
        /// The key that asks for TLS.
        key: &'static str,
    },

    /// Two listeners at one address.
    #[error("{other} and {key} are both {listen}")]
    SameAddress {
        /// One key.
        key: &'static str,
        /// The other.
        other: &'static str,
        /// The address.
        listen: SocketAddr,
    },
}

/// Where a key or value stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// In the configuration file.
    File {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// In the environment, under this name.
    Environment(String),
    /// In this flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}
