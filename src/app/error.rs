//! Why the process could not start, or had to end.

use std::io;
use std::path::PathBuf;

use crate::server::{BindError, SelfSignedError, TlsError};
use crate::{auth, backup, config, engine, state, store};

/// Why `serve` ended otherwise than it was told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration was refused.
    #[error(transparent)]
    Config(#[from] config::Error),

    /// The credentials file was refused.
    #[error(transparent)]
    Credentials(#[from] auth::credentials::Error),

    /// The file with the admin token was refused.
    #[error(transparent)]
    AdminToken(#[from] auth::admin_token::Error),

    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] store::Error),

    /// The tables could not be read.
    #[error("cannot open the tables")]
    Engine(#[from] engine::Error),

    /// The upstream cannot be spoken to as it is described.
    #[error("cannot use the upstream")]
    Upstream(#[from] crate::engine::upstream::client::SetupError),

    /// There are no tables in the directory.
    #[error("{} is no data directory of hearth; a new one is made with --create", path.display())]
    NoData {
        /// What was named.
        path: PathBuf,
    },

    /// A table was not moved.
    #[error(transparent)]
    Migrate(#[from] crate::migrate::Error),

    /// Credentials name more profiles of the upstream than are told apart.
    #[error(
        "the credentials file names {profiles} upstream profiles, and at most {profiles_max} are \
         told apart"
    )]
    TooManyProfiles {
        /// How many.
        profiles: usize,
        /// The limit.
        profiles_max: usize,
    },

    /// Credentials name a profile that was not there at the start, or there is no upstream.
    #[error(
        "the credentials file names the upstream profile {profile:?}: that takes a restart, and an \
         upstream (upstream.url)"
    )]
    UnknownProfile {
        /// Its name.
        profile: String,
    },

    /// What is durable beside the tables could not be read.
    #[error(transparent)]
    State(#[from] state::Error),

    /// The backups of tables could not be looked through.
    #[error(transparent)]
    Backup(#[from] backup::Error),

    /// The certificate was refused.
    #[error(transparent)]
    Tls(#[from] TlsError),

    /// No certificate could be made.
    #[error(transparent)]
    SelfSigned(#[from] SelfSignedError),

    /// The certificate that was made could not be kept where clients find it.
    #[error("cannot write the certificate to {}", path.display())]
    KeepCertificate {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A port could not be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),

    /// The threads that serve requests could not be started.
    #[error("cannot start the threads that serve requests")]
    Runtime {
        /// What the system said.
        source: io::Error,
    },

    /// The process cannot be told to stop.
    #[error("cannot receive signals")]
    Signals {
        /// What the system said.
        source: io::Error,
    },
}
