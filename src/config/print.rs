//! A configuration as a TOML file that reads back to it.

use std::fmt::Display;

use super::Config;
use super::keys::SECTIONS;
use super::scope::{TABLES, keys_of_tables};
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
        explain(&mut lines, comments, PREFACE);
        for section in SECTIONS {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            explain(&mut lines, comments, section.doc);
            lines.push(format!("[{}]", section.name));
            for key in section.keys {
                explain(&mut lines, comments, key.doc);
                lines.push(format!("{} = {}", key.name, (key.show)(self)));
            }
            if section.name == "cache" {
                explain(&mut lines, comments, &tables_example());
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

fn explain(lines: &mut Vec<String>, comments: Comments, doc: &[impl Display]) {
    if comments == Comments::With {
        lines.extend(doc.iter().map(|line| format!("#{line}")));
    }
}

/// What stands where the sections of tables would.
fn tables_example() -> Vec<String> {
    let names: Vec<_> = keys_of_tables().map(|key| key.name).collect();
    let (first, rest) = names.split_at(names.len() / 2);
    vec![
        " What one table does otherwise; a key that it does not name is as above. It can name"
            .into(),
        format!(" {},", first.join(", ")),
        format!(" {}.", rest.join(", ")),
        format!(" [{TABLES}.\"orders\"]"),
        " item_ttl_ms = 60000".into(),
        " query_cache = \"off\"".into(),
    ]
}

const PREFACE: &[&str] = &[
    " Every key of hearth's configuration, at its default. Copy what you change; an unknown key is an",
    " error. A variable HEARTH__SECTION__KEY stands over the file, a flag over both. Relative paths",
    " start where hearth was started. SIGHUP reads again: limits, the certificate, what [cache] says",
    " of tables, audit_one_in, capacity.mode, [ttl], log.level, credentials and admin_token.",
];
