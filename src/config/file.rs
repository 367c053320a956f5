//! The TOML file, laid over a configuration key by key.
//!
//! Must hold: nothing in the file is passed over in silence.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::keys::SECTIONS;
use super::nearest::{nearest_at_top, nearest_in};
use super::scope::{Layer, Scope, TABLES, is_table_name};
use super::value::{Problem, Raw};
use super::{Error, Origin};

/// Lays what `path` says over the configuration.
pub(super) fn read(path: &Path, layer: &mut Layer<'_>) -> Result<(), Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Read { path: path.into(), source })?;
    File { path, text: &text }.read(layer)
}

/// A file's text, which turns positions into lines.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

type Name<'a> = Spanned<DeString<'a>>;
type Cell<'a> = Spanned<DeValue<'a>>;

impl File<'_> {
    fn read(&self, layer: &mut Layer<'_>) -> Result<(), Error> {
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
            let scope = Scope::Section(section.get_ref());
            for (name, value) in self.table(section.get_ref(), value)? {
                if scope.path(name.get_ref()) == TABLES {
                    self.read_tables(layer, value)?;
                } else {
                    self.read_key(layer, scope, name, value)?;
                }
            }
        }
        Ok(())
    }

    fn read_tables(&self, layer: &mut Layer<'_>, value: &Cell<'_>) -> Result<(), Error> {
        for (table, keys) in self.table(TABLES, value)? {
            if !is_table_name(table.get_ref()) {
                let origin = self.origin(table.span().start);
                return Err(Error::TableName { origin, name: table.get_ref().to_string() });
            }
            let keys = self.table(&format!("{TABLES}.{}", table.get_ref()), keys)?;
            for (name, value) in keys {
                self.read_key(layer, Scope::Table(table.get_ref()), name, value)?;
            }
        }
        Ok(())
    }

    fn read_key(
        &self,
        layer: &mut Layer<'_>,
        scope: Scope<'_>,
        name: &Name<'_>,
        value: &Cell<'_>,
    ) -> Result<(), Error> {
        let path = scope.path(name.get_ref());
        let Some(named) = scope.find(name.get_ref()) else {
            let origin = self.origin(name.span().start);
            let nearest = nearest_in(scope, name.get_ref());
            return Err(Error::UnknownKey { origin, key: path, nearest });
        };
        let set = layer.set(scope, named, &Raw::Toml(value.get_ref()));
        set.map_err(|problem| self.wrong(value, path, problem))
    }

    fn table<'t, 'i>(&self, key: &str, value: &'t Cell<'i>) -> Result<&'t DeTable<'i>, Error> {
        let unlike = || Raw::Toml(value.get_ref()).unlike("a table");
        value.get_ref().as_table().ok_or_else(|| self.wrong(value, key.to_owned(), unlike()))
    }

    fn wrong(&self, value: &Cell<'_>, key: String, problem: Problem) -> Error {
        Error::Value { origin: self.origin(value.span().start), key, problem }
    }

    fn origin(&self, offset: usize) -> Origin {
        let breaks = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        Origin::File { path: self.path.into(), line: 1 + breaks }
    }
}
