//! Why the process could not start, or had to end.

use std::io;

use crate::server::BindError;
use crate::{auth, config, engine, store};

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
