//! A configuration as a TOML file that reads back to it.

use super::Config;
use super::keys::SECTIONS;
use super::scope::TABLES;
use super::value::quoted;

/// Whether a printed file explains itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comments {
    /// With what each key means.
    With,
    /// With keys and values only.
    Without,
}

impl Config {
    /// The whole configuration as TOML, every key included. It holds no secrets.
    pub fn to_toml(&self, comments: Comments) -> String {
        let mut lines = Vec::new();
        let explain = |lines: &mut Vec<String>, doc: &[&str]| {
            if comments == Comments::With {
                lines.extend(doc.iter().map(|line| format!("#{line}")));
            }
        };
        explain(&mut lines, PREFACE);
        for section in SECTIONS {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            explain(&mut lines, section.doc);
            lines.push(format!("[{}]", section.name));
            for key in section.keys {
                explain(&mut lines, key.doc);
                lines.push(format!("{} = {}", key.name, (key.show)(self)));
            }
            if section.name == "cache" {
                explain(&mut lines, TABLES_EXAMPLE);
                self.print_tables(&mut lines);
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn print_tables(&self, lines: &mut Vec<String>) {
        for (name, table) in &self.cache_tables {
            lines.push(String::new());
            lines.push(format!("[{TABLES}.{}]", quoted(name)));
            lines.extend(table.shown().map(|(key, value)| format!("{key} = {value}")));
        }
    }
}

const PREFACE: &[&str] = &[
    " Every key of hearth's configuration, at its default. Copy what you change; an unknown key is an",
    " error. A variable HEARTH__SECTION__KEY stands over the file, a flag over both. Relative paths",
    " start where hearth was started. SIGHUP reads limits, item_ttl_ms, log.level and credentials again.",
];
const TABLES_EXAMPLE: &[&str] = &[
    " One table's own time in the cache, in place of the one above:",
    " [cache.tables.\"orders\"]",
    " item_ttl_ms = 60000",
];
