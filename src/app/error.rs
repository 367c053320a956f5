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
