//! The TOML file, laid over a configuration key by key.
//!
//! Must hold: nothing in the file is passed over in silence.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::keys::{self, SECTIONS, TTL_MS_MAX};
use super::nearest::{nearest_at_top, nearest_key};
use super::value::{Problem, Raw, Value as _, within};
use super::{CacheTable, Config, Error, Origin};

/// Lays what `path` says over `config`.
pub(super) fn read(path: &Path, config: &mut Config) -> Result<(), Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Read { path: path.into(), source })?;
    File { path, text: &text }.read(config)
}

/// A file's text, which turns positions into lines.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

type Name<'a> = Spanned<DeString<'a>>;
type Cell<'a> = Spanned<DeValue<'a>>;

impl File<'_> {
    fn read(&self, config: &mut Config) -> Result<(), Error> {
        let document = DeTable::parse(self.text).map_err(|error| Error::Syntax {
            origin: self.origin(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        for (section, value) in document.get_ref() {
            let known = SECTIONS.iter().any(|known| known.name == section.get_ref());
            if !known {
                let origin = self.origin(section.span().start);
                let key = section.get_ref().to_string();
                let nearest = nearest_at_top(&key);
                return Err(Error::UnknownKey { origin, key, nearest });
            }
            for (name, value) in self.table(section.get_ref(), value)? {
                self.read_key(config, section.get_ref(), name, value)?;
            }
        }
        Ok(())
    }

    fn read_key(
        &self,
        config: &mut Config,
        section: &str,
        name: &Name<'_>,
        value: &Cell<'_>,
    ) -> Result<(), Error> {
        let path = format!("{section}.{}", name.get_ref());
        if path == TABLES {
            return self.read_tables(config, value);
        }
        let key =
            keys::find(section, name.get_ref()).ok_or_else(|| self.unknown(name, path.clone()))?;
        (key.set)(config, &Raw::Toml(value.get_ref()))
            .map_err(|problem| self.wrong(value, path, problem))
    }

    fn read_tables(&self, config: &mut Config, value: &Cell<'_>) -> Result<(), Error> {
        for (table, keys) in self.table(TABLES, value)? {
            if !is_table_name(table.get_ref()) {
                let origin = self.origin(table.span().start);
                return Err(Error::TableName { origin, name: table.get_ref().to_string() });
            }
            let path = format!("{TABLES}.{}", table.get_ref());
            for (name, value) in self.table(&path, keys)? {
                let path = format!("{path}.{}", name.get_ref());
                if name.get_ref() != ITEM_TTL_MS {
                    return Err(self.unknown(name, path));
                }
                set_item_ttl(config, table.get_ref(), &Raw::Toml(value.get_ref()))
                    .map_err(|problem| self.wrong(value, path, problem))?;
            }
        }
        Ok(())
    }

    fn table<'t, 'i>(&self, key: &str, value: &'t Cell<'i>) -> Result<&'t DeTable<'i>, Error> {
        let unlike = || Raw::Toml(value.get_ref()).unlike("a table");
        value.get_ref().as_table().ok_or_else(|| self.wrong(value, key.to_owned(), unlike()))
    }

    fn unknown(&self, name: &Name<'_>, key: String) -> Error {
        let nearest = nearest_key(&key);
        Error::UnknownKey { origin: self.origin(name.span().start), key, nearest }
    }

    fn wrong(&self, value: &Cell<'_>, key: String, problem: Problem) -> Error {
        Error::Value { origin: self.origin(value.span().start), key, problem }
    }

    fn origin(&self, offset: usize) -> Origin {
        let breaks = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        Origin::File { path: self.path.into(), line: 1 + breaks }
    }
}

/// Whether a table can have this name.
pub(super) fn is_table_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (3..=255).contains(&name.len()) && name.bytes().all(is_allowed)
}

pub(super) fn set_item_ttl(config: &mut Config, table: &str, raw: &Raw<'_>) -> Result<(), Problem> {
    let item_ttl_ms = u64::read(raw)?;
    within(&item_ttl_ms, 0..=TTL_MS_MAX)?;
    config.cache_tables.insert(table.to_owned(), CacheTable { item_ttl_ms });
    Ok(())
}

pub(super) const TABLES: &str = "cache.tables";
pub(super) const ITEM_TTL_MS: &str = "item_ttl_ms";
