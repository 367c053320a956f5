//! Where a configuration comes from, so that it can be read again.

use std::path::PathBuf;

use super::file::{self, ITEM_TTL_MS, TABLES, is_table_name, set_item_ttl};
use super::keys::{self, Key};
use super::nearest::nearest_key;
use super::value::Raw;
use super::{Config, Error, Origin};

/// Everything beside the defaults that a configuration is made of.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A TOML file.
    pub file: Option<PathBuf>,
    /// Variables whose names start with [`Sources::ENVIRONMENT_PREFIX`]; others are passed over.
    pub environment: Vec<(String, String)>,
    /// Flags that were given.
    pub flags: Vec<Flag>,
}

/// A flag that stands for a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flag {
    /// As it is typed, with its dashes.
    pub name: &'static str,
    /// The key that it sets, with its section, as in `server.listen`.
    pub key: &'static str,
    /// The value as it was typed.
    pub text: String,
}

impl Sources {
    /// What the names of all our environment variables start with.
    pub const ENVIRONMENT_PREFIX: &str = "HEARTH__";

    /// Reads all sources afresh; the later one wins.
    pub fn load(&self) -> Result<Config, Error> {
        let mut config = Config::default();
        if let Some(path) = &self.file {
            file::read(path, &mut config)?;
        }
        for (name, text) in &self.environment {
            if let Some(rest) = name.strip_prefix(Self::ENVIRONMENT_PREFIX) {
                read_variable(&mut config, name, rest, text)?;
            }
        }
        for flag in &self.flags {
            let origin = Origin::Flag(flag.name);
            let Some(key) = find_path(flag.key) else {
                let (key, nearest) = (flag.key.to_owned(), nearest_key(flag.key));
                return Err(Error::UnknownKey { origin, key, nearest });
            };
            set(&mut config, key, origin, &flag.text)?;
        }
        config.check()
    }
}

/// `rest` is the name without its prefix, such as `CACHE__BYTES`, or, with the table as its name is
/// written, `CACHE__TABLES__orders__ITEM_TTL_MS`.
fn read_variable(config: &mut Config, name: &str, rest: &str, text: &str) -> Result<(), Error> {
    let origin = || Origin::Environment(name.to_owned());
    let table = rest
        .strip_prefix(&variable(TABLES))
        .and_then(|rest| rest.strip_prefix("__"))
        .and_then(|rest| rest.strip_suffix(&variable(ITEM_TTL_MS)))
        .and_then(|rest| rest.strip_suffix("__"));
    if let Some(table) = table {
        if !is_table_name(table) {
            return Err(Error::TableName { origin: origin(), name: table.to_owned() });
        }
        let key = format!("{TABLES}.{table}.{ITEM_TTL_MS}");
        return set_item_ttl(config, table, &Raw::Text(text)).map_err(|problem| Error::Value {
            origin: origin(),
            key,
            problem,
        });
    }

    let path = rest.to_ascii_lowercase().replace("__", ".");
    // A lower-case name is another variable to the system, and most likely a mistake.
    let key = find_path(&path).filter(|key| variable(&key.path()) == rest).ok_or_else(|| {
        let nearest = nearest_key(&path);
        let nearest = format!("{}{}", Sources::ENVIRONMENT_PREFIX, variable(&nearest));
        Error::UnknownKey { origin: origin(), key: rest.to_owned(), nearest }
    })?;
    set(config, key, origin(), text)
}

fn find_path(path: &str) -> Option<&'static Key> {
    path.split_once('.').and_then(|(section, name)| keys::find(section, name))
}

fn set(config: &mut Config, key: &Key, origin: Origin, text: &str) -> Result<(), Error> {
    (key.set)(config, &Raw::Text(text)).map_err(|problem| Error::Value {
        origin,
        key: key.path(),
        problem,
    })
}

/// A key as the rest of a variable's name.
fn variable(path: &str) -> String {
    path.to_ascii_uppercase().replace('.', "__")
}
