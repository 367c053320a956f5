//! What of a new configuration a running process can take.

use super::keys::{Effect, SECTIONS};
use super::scope::TABLES;
use super::{Config, Error};

/// The outcome of reading the configuration again.
#[derive(Clone, Debug, PartialEq)]
pub struct Reloaded {
    /// What holds from now on: as before, but for the keys that may change.
    pub config: Config,
    /// Keys that changed and hold from now on.
    pub changed: Vec<String>,
    /// Keys that changed but wait for a restart.
    pub waiting: Vec<String>,
}

impl Config {
    /// What holds once `new` has been read while this configuration runs.
    ///
    /// The mixture must keep the rules of a configuration too: credentials cannot be taken from a
    /// listener that other machines reach.
    pub fn reloadable_changes(&self, new: &Self) -> Result<Reloaded, Error> {
        let mut config = self.clone();
        let (mut changed, mut waiting) = (Vec::new(), Vec::new());
        for key in SECTIONS.iter().flat_map(|section| section.keys) {
            if (key.show)(self) == (key.show)(new) {
                continue;
            }
            match key.effect {
                Effect::Reload | Effect::ReloadByTable => {
                    (key.copy)(&mut config, new);
                    changed.push(key.path());
                }
                Effect::Restart => waiting.push(key.path()),
            }
        }
        if self.cache_tables != new.cache_tables {
            config.cache_tables.clone_from(&new.cache_tables);
            changed.push(TABLES.to_owned());
        }
        Ok(Reloaded { config: config.check()?, changed, waiting })
    }
}
