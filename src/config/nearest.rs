//! Which known key an unknown one was most likely meant to be.
//!
//! Not here: which keys are known (`keys.rs`), and how one is written where it stands (`error.rs`).

use super::file::{ITEM_TTL_MS, TABLES};
use super::keys::SECTIONS;

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
    let of_table = key.strip_prefix(TABLES).and_then(|rest| rest.rsplit_once('.'));
    if let Some((table, _)) = of_table.filter(|(table, _)| !table.is_empty()) {
        return format!("{TABLES}{table}.{ITEM_TTL_MS}");
    }
    let keys = SECTIONS.iter().flat_map(|section| section.keys);
    let by_distance = keys.map(|known| {
        let far = match key.split_once('.') {
            // A key in the wrong section is nearer than another key of that section.
            Some((section, name)) => {
                distance(known.section, section) + 2 * distance(known.name, name)
            }
            None => distance(known.name, key),
        };
        (far, known.path())
    });
    let tables = (distance(TABLES, key), TABLES.to_owned());
    by_distance.chain([tables]).min().map(|(_, nearest)| nearest).unwrap_or_default()
}

fn distance(known: &str, written: &str) -> usize {
    strsim::damerau_levenshtein(known, written)
}
