//! Where a configuration comes from, so that it can be read again.

use std::path::PathBuf;

use super::file;
use super::nearest::{nearest_key, nearest_of_table};
use super::scope::{Layer, Named, Scope, TABLES, is_table_name, variable};
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
            file::read(path, &mut Layer::new(&mut config))?;
        }
        let mut layer = Layer::new(&mut config);
        for (name, text) in &self.environment {
            if let Some(rest) = name.strip_prefix(Self::ENVIRONMENT_PREFIX) {
                read_variable(&mut layer, name, rest, text)?;
            }
        }
        let mut layer = Layer::new(&mut config);
        for flag in &self.flags {
            read_flag(&mut layer, flag)?;
        }
        config.check()
    }
}

/// `rest` is the name without its prefix, such as `CACHE__BYTES`, or, with the table as its name is
/// written, `CACHE__TABLES__orders__ITEM_TTL_MS`.
fn read_variable(layer: &mut Layer<'_>, name: &str, rest: &str, text: &str) -> Result<(), Error> {
    let origin = Origin::Environment(name.to_owned());
    let lower = rest.to_ascii_lowercase();
    let table = rest.strip_prefix(&variable(TABLES)).and_then(|rest| rest.strip_prefix("__"));
    // A table's name may itself have "__" in it, a key's has not.
    let table = table.map(|rest| rest.rsplit_once("__").unwrap_or((rest, "")));
    let (scope, nearest) = match table {
        Some((table, _)) if !is_table_name(table) => {
            return Err(Error::TableName { origin, name: table.to_owned() });
        }
        Some((table, key)) => {
            let scope = Scope::Table(table);
            (scope, scope.variable(nearest_of_table(&key.to_ascii_lowercase())))
        }
        None => {
            let section = lower.split_once("__").map_or("", |(section, _)| section);
            (Scope::Section(section), variable(&nearest_key(&lower.replace("__", "."))))
        }
    };
    // A lower-case name is another variable to the system, and most likely a mistake.
    let Some(named) = scope.names().find(|named| scope.variable(named.name) == rest) else {
        let nearest = format!("{}{nearest}", Sources::ENVIRONMENT_PREFIX);
        return Err(Error::UnknownKey { origin, key: rest.to_owned(), nearest });
    };
    set(layer, scope, named, origin, text)
}

fn read_flag(layer: &mut Layer<'_>, flag: &Flag) -> Result<(), Error> {
    let origin = Origin::Flag(flag.name);
    let (section, name) = flag.key.split_once('.').unwrap_or((flag.key, ""));
    let scope = Scope::Section(section);
    let Some(named) = scope.find(name) else {
        let (key, nearest) = (flag.key.to_owned(), nearest_key(flag.key));
        return Err(Error::UnknownKey { origin, key, nearest });
    };
    set(layer, scope, named, origin, &flag.text)
}

fn set(
    layer: &mut Layer<'_>,
    scope: Scope<'_>,
    named: Named,
    origin: Origin,
    text: &str,
) -> Result<(), Error> {
    let set = layer.set(scope, named, &Raw::Text(text));
    set.map_err(|problem| Error::Value { origin, key: scope.path(named.name), problem })
}
