//! Which admin token holds: the configured one, or one that is made at each start.
//!
//! Must hold: that no token could be made never keeps tables from being served.

use super::Error;
use crate::auth::AdminToken;
use crate::config::{Config, EngineKind};
use crate::server::Control;

/// Makes this start's token and leaves it beside the tables, where one is needed.
pub(super) fn make(config: &Config) -> Control {
    if config.auth.admin_token.is_some() {
        // It would be in force only once the configured one is taken away.
        return Control::Refused(
            "auth.admin_token was removed; restart hearth, which makes one".to_owned(),
        );
    }
    match config.storage.engine {
        EngineKind::Memory => Control::Refused(
            "without a data directory there is no admin token; put one into a file of mode 0600 \
             and set auth.admin_token to its path"
                .to_owned(),
        ),
        EngineKind::Disk => {
            let path = config.storage.data_dir.join(FILE);
            AdminToken::create(&path).map_or_else(
                |error| {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "no admin token; the cache cannot be controlled"
                    );
                    Control::Refused(
                        "the admin token could not be written to the data directory (see the log); \
                         restart hearth once it can, or set auth.admin_token to a file with a token"
                            .to_owned(),
                    )
                },
                Control::By,
            )
        }
    }
}

/// Who may control the cache; `made` is what [`make`] returned at the start.
pub(super) fn control(config: &Config, made: &Control) -> Result<Control, Error> {
    match &config.auth.admin_token {
        Some(path) => Ok(Control::By(AdminToken::load(path)?)),
        None => Ok(made.clone()),
    }
}

/// Where the token is, or why there is none, for people.
pub(super) fn describe(config: &Config, made: &Control) -> String {
    match (&config.auth.admin_token, made) {
        (Some(path), _) => format!("hearth cache, with the token in {}", path.display()),
        (None, Control::By(_)) => {
            let path = config.storage.data_dir.join(FILE);
            format!("hearth cache, with the token in {}", path.display())
        }
        (None, Control::Refused(_)) => "off; set auth.admin_token".to_owned(),
    }
}

/// The name in the data directory.
const FILE: &str = "admin-token";
