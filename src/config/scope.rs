//! The places where a key can stand: its section, or what one table does otherwise.
//!
//!     [cache]                    item_ttl_ms      HEARTH__CACHE__ITEM_TTL_MS
//!     [cache.tables."orders"]    item_ttl_ms      HEARTH__CACHE__TABLES__orders__ITEM_TTL_MS
//!
//! Must hold: the file, the environment and flags find and set keys through here and no other way;
//! one source names a key once.
//! Not here: which keys a table can have of its own (`keys.rs`, [`Effect::ReloadByTable`]).

use std::collections::BTreeMap;
use std::iter;

use super::Config;
use super::dax_names::DaxName;
use super::keys::{Effect, Key, SECTIONS};
use super::value::{Problem, Raw};

/// One place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope<'a> {
    /// The section of this name.
    Section(&'a str),
    /// The table of this name.
    Table(&'a str),
}

impl Scope<'_> {
    /// The keys that can stand here.
    pub(super) fn keys(self) -> impl Iterator<Item = &'static Key> {
        SECTIONS.iter().flat_map(|section| section.keys).filter(move |key| match self {
            Self::Section(section) => key.section == section,
            Self::Table(_) => key.effect == Effect::ReloadByTable,
        })
    }

    /// What the keys that can stand here are called: each by its own name and by DAX's.
    pub(super) fn names(self) -> impl Iterator<Item = Named> {
        self.keys().flat_map(|key| {
            let by_dax = move |dax: &'static DaxName| Named { key, name: dax.name, dax: Some(dax) };
            iter::once(Named { key, name: key.name, dax: None }).chain(DaxName::of(key).map(by_dax))
        })
    }

    /// The key that is called `name` here.
    pub(super) fn find(self, name: &str) -> Option<Named> {
        self.names().find(|named| named.name == name)
    }

    /// A name in this place, as messages and the file have it.
    pub(super) fn path(self, name: &str) -> String {
        match self {
            Self::Section(section) => format!("{section}.{name}"),
            Self::Table(table) => format!("{TABLES}.{table}.{name}"),
        }
    }

    /// A name in this place as a variable has it, without [`super::Sources::ENVIRONMENT_PREFIX`].
    pub(super) fn variable(self, name: &str) -> String {
        match self {
            Self::Section(section) => variable(&format!("{section}.{name}")),
            // A table's name stands as it is: another case is another table.
            Self::Table(table) => format!("{}__{table}__{}", variable(TABLES), variable(name)),
        }
    }
}

/// A key by one of its names.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) key: &'static Key,
    pub(super) name: &'static str,
    dax: Option<&'static DaxName>,
}

/// What one source says, laid over what earlier ones said.
pub(super) struct Layer<'c> {
    config: &'c mut Config,
    /// By the own path of each key, the path that stands in this source.
    said: BTreeMap<String, String>,
}

impl<'c> Layer<'c> {
    pub(super) fn new(config: &'c mut Config) -> Self {
        Self { config, said: BTreeMap::new() }
    }

    /// Sets a key that was found in `scope`.
    pub(super) fn set(
        &mut self,
        scope: Scope<'_>,
        named: Named,
        raw: &Raw<'_>,
    ) -> Result<(), Problem> {
        let path = scope.path(named.name);
        let other = self.said.insert(scope.path(named.key.name), path.clone());
        if let Some(other) = other.filter(|other| *other != path) {
            return Err(Problem::NamedTwice { other });
        }
        if let Some(dax) = named.dax {
            dax.check(raw)?;
        }
        match scope {
            Scope::Section(_) => (named.key.set)(self.config, raw),
            Scope::Table(table) => {
                let own = self.config.cache_tables.entry(table.to_owned()).or_default();
                own.set(named.key, raw)
            }
        }
    }
}

/// The keys that a table can have of its own.
pub(super) fn keys_of_tables() -> impl Iterator<Item = &'static Key> {
    Scope::Table("").keys()
}

/// A path as a variable has it.
pub(super) fn variable(path: &str) -> String {
    path.to_ascii_uppercase().replace('.', "__").replace('-', "_")
}

/// Whether a table can have this name.
pub(super) fn is_table_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (3..=255).contains(&name.len()) && name.bytes().all(is_allowed)
}

/// What the sections of single tables start with.
pub(super) const TABLES: &str = "cache.tables";
