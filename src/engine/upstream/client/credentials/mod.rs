//! Whose name requests to the service are signed with.
//!
//! Must hold: a secret is in no debug output, no error and no log.
//! Not here: signing (`sign.rs`).

mod environment;
mod keeper;
mod loader;
mod profile;
mod remote;
mod shared_files;

use std::fmt;

use aws_credential_types::Credentials as SigningCredentials;

pub use self::environment::Environment;
pub(super) use self::keeper::Keeper;
pub(super) use self::loader::Loader;
pub(super) use self::shared_files::SharedFiles;

/// Where credentials come from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Source {
    /// The environment, else the shared files of the AWS tools.
    #[default]
    Chain,
    /// The endpoint that containers are given.
    Container,
    /// The metadata service of the machine.
    Instance,
    /// Nowhere: the service takes any signature, as emulators do.
    Anonymous,
}

/// An access key with its secret, and what goes with temporary ones. Cheap to clone.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    signing: SigningCredentials,
    /// When they end, in milliseconds since 1970.
    expires_ms: Option<u64>,
}

impl Credentials {
    /// Those that last.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        session_token: Option<String>,
    ) -> Self {
        let signing = SigningCredentials::new(
            access_key_id.into(),
            secret_access_key.into(),
            session_token,
            None,
            "hearth",
        );
        Self { signing, expires_ms: None }
    }

    /// Any, for a service that takes any.
    pub(super) fn anonymous() -> Self {
        Self::new("hearth", "hearth", None)
    }

    /// The public half.
    pub fn access_key_id(&self) -> &str {
        self.signing.access_key_id()
    }

    fn ends_within(&self, ms: u64, unix_ms: u64) -> bool {
        self.expires_ms.is_some_and(|expires_ms| expires_ms <= unix_ms.saturating_add(ms))
    }

    pub(super) fn signing(&self) -> SigningCredentials {
        self.signing.clone()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id())
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}
