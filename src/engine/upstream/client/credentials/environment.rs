//! The variables that say who hearth is, as AWS tools name them.
//!
//! Must hold: a value that is not text counts as none, and so does an empty one.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;

/// Those of ours that the process was started with.
#[derive(Clone, Default)]
pub struct Environment(HashMap<&'static str, String>);

impl Environment {
    /// Those of ours in `variables`.
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let ours = |(name, value): (OsString, OsString)| {
            let name = NAMES.into_iter().find(|known| name == **known)?;
            let value = value.into_string().ok().filter(|value| !value.is_empty())?;
            Some((name, value))
        };
        Self(variables.into_iter().filter_map(ours).collect())
    }

    /// The region that it says.
    pub(in crate::engine::upstream::client) fn region(&self) -> Option<&str> {
        self.get(REGION).or_else(|| self.get(DEFAULT_REGION))
    }

    pub(super) fn get(&self, name: &'static str) -> Option<&str> {
        debug_assert!(NAMES.contains(&name), "{name} is looked for");
        self.0.get(name).map(String::as_str)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

pub(super) const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
pub(super) const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
pub(super) const SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
pub(super) const PROFILE: &str = "AWS_PROFILE";
const REGION: &str = "AWS_REGION";
const DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
pub(super) const CREDENTIALS_FILE: &str = "AWS_SHARED_CREDENTIALS_FILE";
pub(super) const CONFIG_FILE: &str = "AWS_CONFIG_FILE";
pub(super) const HOME: &str = "HOME";
pub(super) const CONTAINER_PATH: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
pub(super) const CONTAINER_URL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
pub(super) const CONTAINER_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
pub(super) const CONTAINER_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
pub(super) const METADATA_ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
pub(super) const METADATA_DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

const NAMES: [&str; 15] = [
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    PROFILE,
    REGION,
    DEFAULT_REGION,
    CREDENTIALS_FILE,
    CONFIG_FILE,
    HOME,
    CONTAINER_PATH,
    CONTAINER_URL,
    CONTAINER_TOKEN,
    CONTAINER_TOKEN_FILE,
    METADATA_ENDPOINT,
    METADATA_DISABLED,
];
