//! What one table does otherwise than `[cache]` says.
//!
//! Must hold: a key that a table does not name follows `[cache]`, also when that changes.
//! Not here: which keys these are (`keys.rs`, [`Effect::ReloadByTable`](super::keys::Effect)).

use std::collections::BTreeSet;

use super::Config;
use super::keys::{Cache, Key};
use super::scope::keys_of_tables;
use super::value::{Problem, Raw};

/// What `[cache.tables."name"]` says; [`Config::cache_policy`] makes it whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CacheTable {
    /// The names of the keys that stand there.
    named: BTreeSet<&'static str>,
    /// Their values; any other field is at its default.
    values: Cache,
}

impl CacheTable {
    pub(super) fn set(&mut self, key: &'static Key, raw: &Raw<'_>) -> Result<(), Problem> {
        let mut own = self.own();
        (key.set)(&mut own, raw)?;
        self.values = own.cache;
        self.named.insert(key.name);
        Ok(())
    }

    /// Each key that stands there, with its value as TOML.
    pub(super) fn shown(&self) -> impl Iterator<Item = (&'static str, String)> {
        let own = self.own();
        self.keys().map(move |key| (key.name, (key.show)(&own)))
    }

    /// `cache` as this table has it.
    pub(super) fn over(&self, cache: &Cache) -> Cache {
        let own = self.own();
        let mut config = Config { cache: cache.clone(), ..Config::default() };
        for key in self.keys() {
            (key.copy)(&mut config, &own);
        }
        config.cache
    }

    fn keys(&self) -> impl Iterator<Item = &'static Key> {
        keys_of_tables().filter(|key| self.named.contains(key.name))
    }

    /// The values where the functions of a [`Key`] look for them.
    fn own(&self) -> Config {
        Config { cache: self.values.clone(), ..Config::default() }
    }
}
