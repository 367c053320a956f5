//! Tables for who operates them: what is cached of each, and how far that may be trusted.
//!
//! Not here: what look-ups came to (`control.rs`), how streams are followed (`through/follow/`).

use std::collections::HashMap;
use std::sync::Arc;

use super::{Following, Proxy};
use crate::cache::Policy;
use crate::engine::Table;
use crate::model::TableId;

/// A table, its entries and how far they may be trusted.
#[derive(Debug)]
pub struct TableStanding {
    /// The name.
    pub table: String,
    /// Items that are cached, absences among them.
    pub items: u64,
    /// How it is cached.
    pub policy: Policy,
    /// What is known of its stream, if a service upstream has the table and it was looked at.
    pub following: Option<Following>,
    /// Whether the table is in this process, so that nobody writes past the caches.
    pub is_here: bool,
}

impl Proxy {
    /// Every table that serves data, by name. It looks at every key that is cached.
    pub fn standings(&self) -> Vec<TableStanding> {
        let mut items: HashMap<TableId, u64> = HashMap::new();
        for key in self.cache.keys() {
            // An entry counts for its table, whomever it is cached for.
            let table = key.table();
            let first = self.through.as_ref().map(|through| through.upstream.scopes().first(table));
            *items.entry(first.unwrap_or(table)).or_default() += 1;
        }
        let of_table = |table: &Arc<Table>| {
            let id = table.schema.table;
            TableStanding {
                table: table.name.as_str().to_owned(),
                items: items.get(&id).copied().unwrap_or_default(),
                policy: self.rules.policy(id),
                following: self.following(id),
                is_here: self.through.is_none(),
            }
        };
        self.serving_tables().iter().map(of_table).collect()
    }
}
