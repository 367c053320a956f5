//! Why a load could not be run.
//!
//! Not here: how single requests end, which is measured ([`super::Ending`]).

use std::io;
use std::path::PathBuf;

/// What ends a load before it measured anything, said so that its user can act on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL of a target cannot be one.
    #[error(
        "{url:?} is not an endpoint; give one such as http://127.0.0.1:8000 or dax://127.0.0.1:8111"
    )]
    Url {
        /// What was given.
        url: String,
    },

    /// Tables cannot be made over DAX.
    #[error("{url:?} is an endpoint of DAX, which makes no tables; name an HTTP endpoint")]
    TablesOverDax {
        /// What was given.
        url: String,
    },

    /// A session token has no place in what is sent over DAX.
    #[error("over DAX no session token is sent; sign with credentials that need none")]
    SessionToken,

    /// The URL goes beyond host and port.
    #[error("{url:?} has a user, a path or a query; an endpoint is a scheme, a host and a port")]
    Beyond {
        /// What was given.
        url: String,
    },

    /// The name has no address.
    #[error("{host:?} cannot be resolved")]
    Unresolved {
        /// The name of it.
        host: String,
        /// What the system said.
        source: io::Error,
    },

    /// The target is another machine, and nobody allowed that.
    #[error(
        "{host:?} is not this machine; a load may cost others money or their service, so it is sent there only with --allow-remote"
    )]
    Remote {
        /// The name of it.
        host: String,
    },

    /// A file of certificates cannot be used.
    #[error("the certificates of {} cannot be used: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },

    /// TLS cannot be set up for this target.
    #[error("TLS with {host:?} cannot be set up: {why}")]
    Tls {
        /// The name of it.
        host: String,
        /// What is wrong.
        why: String,
    },

    /// What the load is signed with cannot be in a header.
    #[error(
        "the access key id, the session token or the region has characters that no header may have"
    )]
    NotHeader,

    /// The plan asks for nothing, or for what cannot be.
    #[error("{0}")]
    Plan(&'static str),

    /// The target does not accept a connection.
    #[error("{target} does not accept connections")]
    Connect {
        /// Its URL.
        target: String,
        /// What the system said.
        source: io::Error,
    },

    /// A thread, timer or runtime of our own cannot be had.
    #[error("this machine gives no {what}")]
    Machine {
        /// What is missing.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },

    /// A table of the workload is there already.
    #[error(
        "table {name:?} is there already; give --keep to use it as it is, or remove it yourself"
    )]
    TableExists {
        /// Its name.
        name: String,
    },

    /// A table could not be made, found or removed.
    #[error("{action} of table {name:?} was refused: {code}: {message}")]
    Table {
        /// What was tried.
        action: &'static str,
        /// Its name.
        name: String,
        /// The code of the refusal.
        code: String,
        /// Its sentence.
        message: String,
    },

    /// A table did not become ready.
    #[error("table {name:?} is not ACTIVE after {waited_s} s")]
    NotActive {
        /// Its name.
        name: String,
        /// How long it was waited for.
        waited_s: u64,
    },

    /// Items could not be loaded.
    #[error("loading stopped at {items} items of {of}: {why}")]
    NotFilled {
        /// How many were written.
        items: u64,
        /// How many there should be.
        of: u64,
        /// The code of the refusal, and its sentence.
        why: String,
    },

    /// The user asked to stop before there was anything to show.
    #[error("stopped before the load began")]
    Stopped,
}
