//! Which known key an unknown one was most likely meant to be.
//!
//! Not here: which keys are known (`keys.rs`), and where they can stand (`scope.rs`).

use super::keys::SECTIONS;
use super::scope::{Scope, TABLES};

/// The section or key that looks most like a name at the top of the file.
pub(super) fn nearest_at_top(name: &str) -> String {
    let sections = SECTIONS.iter().map(|section| (distance(section.name, name), section.name));
    let (_, section) = sections.min().unwrap_or_default();
    let key = nearest_key(name);
    let own_name = key.rsplit('.').next().unwrap_or_default();
    if distance(own_name, name) < distance(section, name) { key } else { section.to_owned() }
}

/// The known key that looks most like `key`, which may lack its section.
pub(super) fn nearest_key(key: &str) -> String {
    let keys = SECTIONS.iter().flat_map(|section| Scope::Section(section.name).names());
    let by_distance = keys.map(|known| {
        let far = match key.split_once('.') {
            // A key in the wrong section is nearer than another key of that section.
            Some((section, name)) => {
                distance(known.key.section, section) + 2 * distance(known.name, name)
            }
            None => distance(known.name, key),
        };
        (far, Scope::Section(known.key.section).path(known.name))
    });
    let tables = (distance(TABLES, key), TABLES.to_owned());
    by_distance.chain([tables]).min().map(|(_, nearest)| nearest).unwrap_or_default()
}

/// The known key that looks most like `name` in this place, as the file has it.
pub(super) fn nearest_in(scope: Scope<'_>, name: &str) -> String {
    match scope {
        Scope::Section(_) => nearest_key(&scope.path(name)),
        Scope::Table(_) => scope.path(nearest_of_table(name)),
    }
}

/// The key of a table that looks most like `name`.
pub(super) fn nearest_of_table(name: &str) -> &'static str {
    // By the share of letters that differ: `ttl_ms` is rather the end of a name than `bypass`.
    let share = |known: &str| 1_000 * distance(known, name) / known.len().max(name.len());
    let names = Scope::Table("").names().map(|named| (share(named.name), named.name));
    names.min().map(|(_, name)| name).unwrap_or_default()
}

fn distance(known: &str, written: &str) -> usize {
    strsim::damerau_levenshtein(known, written)
}
