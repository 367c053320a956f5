//! Loading credentials from where the configuration says.
//!
//! Not here: keeping them (`keeper.rs`).

use std::path::Path;
use std::sync::Arc;

use super::environment::{self as variables, Environment};
use super::remote::{Container, Instance};
use super::shared_files::SharedFiles;
use super::{Credentials, Source};
use crate::engine::upstream::client::error::SetupError;
use crate::net::Trust;

/// Knows where.
pub(in crate::engine::upstream::client) enum Loader {
    /// They are there already.
    Fixed(Credentials),
    /// In files, which may be changed at any time.
    Files(Arc<SharedFiles>),
    /// From the endpoint of a container.
    Container(Container),
    /// From the metadata service of a machine.
    Instance(Instance),
}

impl Loader {
    /// A profile that was chosen goes before the environment's credentials.
    pub(in crate::engine::upstream::client) fn new(
        source: Source,
        environment: &Environment,
        profile: Option<&str>,
        ca_file: Option<&Path>,
    ) -> Result<Self, SetupError> {
        match source {
            Source::Anonymous => Ok(Self::Fixed(Credentials::anonymous())),
            Source::Instance => {
                Instance::of(environment).map(Self::Instance).map_err(SetupError::Credentials)
            }
            Source::Container => {
                let container = Container::of(environment).map_err(SetupError::Credentials)?;
                let trust = container.has_tls().then(|| Trust::new(ca_file)).transpose()?;
                Ok(Self::Container(container.with_trust(trust)))
            }
            Source::Chain => {
                let given = if profile.is_none() { of_environment(environment)? } else { None };
                let files = || Self::Files(Arc::new(SharedFiles::of(environment, profile)));
                Ok(given.map_or_else(files, Self::Fixed))
            }
        }
    }

    /// An error is a sentence.
    pub(super) async fn load(&self) -> Result<Credentials, String> {
        match self {
            Self::Fixed(credentials) => Ok(credentials.clone()),
            Self::Files(files) => {
                let files = files.clone();
                let loaded = tokio::task::spawn_blocking(move || files.load()).await;
                loaded.unwrap_or_else(|error| Err(error.to_string()))
            }
            Self::Container(container) => container.load().await,
            Self::Instance(instance) => instance.load().await,
        }
    }

    /// Whether others may be there without those before having ended.
    pub(super) fn may_change(&self) -> bool {
        match self {
            Self::Files(_) => true,
            Self::Fixed(_) | Self::Container(_) | Self::Instance(_) => false,
        }
    }

    /// Whether others are there, as far as can be seen without loading them.
    pub(super) async fn has_changed(&self) -> bool {
        match self {
            Self::Files(files) => {
                let files = files.clone();
                let looked = tokio::task::spawn_blocking(move || files.has_changed()).await;
                looked.unwrap_or(false)
            }
            Self::Fixed(_) | Self::Container(_) | Self::Instance(_) => false,
        }
    }
}

fn of_environment(environment: &Environment) -> Result<Option<Credentials>, SetupError> {
    let id = environment.get(variables::ACCESS_KEY_ID);
    let secret = environment.get(variables::SECRET_ACCESS_KEY);
    let half = |name, other| SetupError::Credentials(format!("{name} is set without {other}"));
    match (id, secret) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => {
            let token = environment.get(variables::SESSION_TOKEN).map(str::to_owned);
            Ok(Some(Credentials::new(id, secret, token)))
        }
        (Some(_), None) => Err(half(variables::ACCESS_KEY_ID, variables::SECRET_ACCESS_KEY)),
        (None, Some(_)) => Err(half(variables::SECRET_ACCESS_KEY, variables::ACCESS_KEY_ID)),
    }
}
