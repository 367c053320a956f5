//! Control of the caches from outside: what is in them, dropping it, and how tables are cached.
//!
//! Must hold: what was read from the engine before a drop began is in no cache once the drop has
//! returned, however long its reader took; of what is dropped nothing but the caches changes.
//! Not here: who may do it and in which words (`server/admin/`).

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::target::Target;
use super::{PolicyChange, Proxy, WarmError, page_key};
use crate::api::Key;
use crate::cache::{Event, Policy, Usage, Why};
use crate::engine::Table;
use crate::model::{
    Image, IndexId, IndexKey, ItemKey, ItemKeyRef, KeyAttribute, KeyBuffer, TableId, TableSchema,
};

/// Why something was not shown or done.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ControlError {
    /// There is no such table, or it serves no data.
    #[error("there is no table {table}")]
    NoTable {
        /// The name.
        table: String,
    },

    /// The table has no such index.
    #[error("table {table} has no index {index}")]
    NoIndex {
        /// The table's name.
        table: String,
        /// The index's name.
        index: String,
    },

    /// The attributes are not those of the key, or their values cannot be.
    #[error("this is not {what} of {table}, which is {attributes}")]
    Key {
        /// The table's name.
        table: String,
        /// Which key.
        what: &'static str,
        /// Names and types.
        attributes: String,
    },

    /// The table cannot be read into the cache now.
    #[error("table {table} cannot be warmed: {why}")]
    Warm {
        /// The table's name.
        table: String,
        /// Why not.
        why: WarmError,
    },

    /// There is nothing to stop.
    #[error("table {table} is not being warmed")]
    NotWarming {
        /// The table's name.
        table: String,
    },

    /// No table can be cached so.
    #[error("{why}")]
    Policy {
        /// What is wrong with it.
        why: &'static str,
    },
}

/// How full the caches are, and what look-ups came to.
#[derive(Debug)]
pub struct CacheStats {
    /// The item cache.
    pub items: Usage,
    /// The page cache.
    pub pages: Usage,
    /// The tables, by name.
    pub tables: Vec<TableStats>,
}

/// What look-ups of one table came to since the start.
#[derive(Debug)]
pub struct TableStats {
    /// The name.
    pub table: String,
    /// Under which name it is counted, together with others if that is not its own.
    pub counted_as: String,
    /// Look-ups of items: hits, hits that are absences, misses, bypasses.
    pub items: [u64; 4],
    /// Look-ups of pages: hits, misses, bypasses.
    pub pages: [u64; 3],
    /// How it is cached.
    pub policy: Policy,
}

/// What the item cache knows of a key.
#[derive(Debug)]
pub struct KeyState {
    /// The entry, or why a read would find none.
    pub entry: Result<KeyEntry, Why>,
    /// What happened to it lately, the newest first, with how long ago it was.
    pub transitions: Vec<(Event, Duration)>,
}

/// A key's entry in the item cache.
#[derive(Debug)]
pub struct KeyEntry {
    /// Whether it says that there is no such item.
    pub is_absence: bool,
    /// The memory that it takes.
    pub bytes: u64,
    /// How long it has been there, as far as that is remembered.
    pub age: Option<Duration>,
    /// How long it may still be served; `None` is without limit.
    pub left: Option<Duration>,
}

/// How much was dropped.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Dropped {
    /// Entries of the item cache.
    pub items: u64,
    /// Entries of the page cache.
    pub pages: u64,
}

/// The policies in force: that of tables to come, and each table's.
#[derive(Debug)]
pub struct PolicyList {
    /// For tables that are not named anywhere.
    pub default: Policy,
    /// By name.
    pub tables: Vec<(String, Policy)>,
}

impl Proxy {
    /// How full the caches are, and what look-ups came to.
    pub fn cache_stats(&self) -> CacheStats {
        let of_table = |table: &Arc<Table>| TableStats {
            table: table.name.as_str().to_owned(),
            counted_as: table.metrics.label().to_owned(),
            items: table.metrics.cache_lookups(),
            pages: table.metrics.page_lookups(),
            policy: self.rules.policy(table.schema.table),
        };
        let tables = self.serving_tables().iter().map(of_table).collect();
        CacheStats { items: self.cache.fullness(), pages: self.pages.fullness(), tables }
    }

    /// What the item cache knows of a key; asking does not make it hotter.
    pub fn key_state(&self, table: &str, key: &Key) -> Result<KeyState, ControlError> {
        let key = key_of(&self.controlled(table)?.schema, table, key)?;
        let transitions = self.cache.transitions(key.view());
        let filled = |(event, _): &&(Event, Duration)| match event {
            Event::Filled | Event::Installed => true,
            Event::Opened | Event::Expired | Event::Flushed | Event::Dropped | Event::Diverged => {
                false
            }
        };
        let entry = match self.cache.held(&key) {
            Ok(held) => Ok(KeyEntry {
                is_absence: matches!(held.image, Image::Absent),
                bytes: held.bytes,
                age: transitions.iter().find(filled).map(|(_, ago)| *ago),
                left: held.left,
            }),
            Err(_) if self.fence.is_written(&key) => Err(Why::InFlight),
            Err(why) => Err(why),
        };
        Ok(KeyState { entry, transitions })
    }

    /// Drops a key, and what is filling it.
    pub fn evict(&self, table: &str, key: &Key) -> Result<Dropped, ControlError> {
        let key = key_of(&self.controlled(table)?.schema, table, key)?;
        let mut items = 0;
        for table in self.of_all_scopes(key.table()) {
            let key = key.under(table);
            // A page that was read before must not fill the key from here on.
            self.touch(table, IndexId::TABLE, key.partition());
            items += u64::from(self.cache.evict(&key));
        }
        Ok(Dropped { items, pages: 0 })
    }

    /// Drops a partition: its items if it is one of the table, and every page that can hold rows of
    /// it.
    pub fn evict_partition(
        &self,
        table: &str,
        index: Option<&str>,
        key: &Key,
    ) -> Result<Dropped, ControlError> {
        let found = self.controlled(table)?;
        let schema = &found.schema;
        let target = target_of(schema, table, index)?;
        let partition = partition_of(target, table, key)?;
        let of_table = [IndexId::TABLE].into_iter();
        let local = schema.indexes.iter().filter(|index| index.is_local()).map(|index| index.id);
        let indexes: Vec<IndexId> = match target {
            Target::Table(_) => of_table.chain(local).collect(),
            Target::Local(_, index) | Target::Global(_, index) => vec![index.id],
        };
        // The partitions of local indexes are the table's.
        let touched = match target {
            Target::Table(_) | Target::Local(..) => IndexId::TABLE,
            Target::Global(_, index) => index.id,
        };
        let mut dropped = Dropped::default();
        for table in self.of_all_scopes(schema.table) {
            self.touch(table, touched, &partition);
            let can_hold = |key: &_| page_key::can_hold(key, &indexes, &partition);
            dropped.pages += self.pages.evict(table, can_hold);
            dropped.items += match target {
                Target::Table(_) => self.cache.evict_partition(table, &partition),
                Target::Local(..) | Target::Global(..) => 0,
            };
        }
        Ok(dropped)
    }

    /// Drops everything of a table, or of all.
    pub fn flush(&self, table: Option<&str>) -> Result<Dropped, ControlError> {
        let Some(name) = table else {
            self.rules.forget_all();
            return Ok(Dropped { items: self.cache.sweep(None), pages: self.pages.sweep(None) });
        };
        let mut dropped = Dropped::default();
        for table in self.of_all_scopes(self.controlled(name)?.schema.table) {
            self.rules.forget(table);
            dropped.items += self.cache.sweep(Some(table));
            dropped.pages += self.pages.sweep(Some(table));
        }
        Ok(dropped)
    }

    /// The policies in force, of one table or of all.
    pub fn policies(&self, table: Option<&str>) -> Result<PolicyList, ControlError> {
        let named = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        let default = named.default.clone();
        drop(named);
        let of = |table: &Arc<Table>| {
            (table.name.as_str().to_owned(), self.rules.policy(table.schema.table))
        };
        let tables = match table {
            Some(name) => vec![of(&self.controlled(name)?)],
            None => self.serving_tables().iter().map(of).collect(),
        };
        Ok(PolicyList { default, tables })
    }

    /// Changes how a table, or every table, is cached until the next [`Proxy::set_policies`].
    pub fn change_policy(
        &self,
        table: Option<&str>,
        change: &PolicyChange,
    ) -> Result<(), ControlError> {
        if let Some(name) = table {
            self.controlled(name)?;
        }
        let mut named = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = named.clone();
        match table {
            None => {
                new.default = change.of(&new.default)?;
                for (_, policy) in &mut new.tables {
                    *policy = change.of(policy)?;
                }
            }
            Some(name) => match new.tables.iter_mut().find(|(known, _)| known == name) {
                Some((_, policy)) => *policy = change.of(policy)?,
                None => new.tables.push((name.to_owned(), change.of(&new.default)?)),
            },
        }
        *named = new;
        drop(named);
        self.apply_policies();
        Ok(())
    }

    /// The keys of a table that are looked up most, with about how many look-ups of each there were.
    pub fn hottest(&self, table: &str) -> Result<Vec<(Key, u64)>, ControlError> {
        self.hot_keys(table).ok_or_else(|| ControlError::NoTable { table: table.to_owned() })
    }

    /// Begins to read a table into the cache; see [`Proxy::warm`].
    pub fn begin_warm(
        self: &Arc<Self>,
        table: &str,
        items_per_second: u64,
        items_max: u64,
    ) -> Result<(), ControlError> {
        self.warm(table, items_per_second, items_max).map_err(|why| match why {
            WarmError::NoTable => ControlError::NoTable { table: table.to_owned() },
            WarmError::Running | WarmError::NotCached => {
                ControlError::Warm { table: table.to_owned(), why }
            }
        })
    }

    /// Stops the warm-up of a table; what it has loaded stays.
    pub fn end_warm(&self, table: &str) -> Result<(), ControlError> {
        if self.stop_warming(table) {
            return Ok(());
        }
        Err(ControlError::NotWarming { table: table.to_owned() })
    }

    /// The tables that serve data, by name.
    pub(super) fn serving_tables(&self) -> Vec<Arc<Table>> {
        let catalog = self.catalog();
        let names = catalog.names_after(None);
        names.filter_map(|name| catalog.serving(name.as_str()).cloned()).collect()
    }

    fn controlled(&self, table: &str) -> Result<Arc<Table>, ControlError> {
        let found = self.catalog().serving(table).cloned();
        found.ok_or_else(|| ControlError::NoTable { table: table.to_owned() })
    }

    /// The numbers under which entries of a table may be cached.
    fn of_all_scopes(&self, table: TableId) -> Vec<TableId> {
        self.through.as_ref().map_or_else(|| vec![table], |through| through.block(table).collect())
    }

    /// Makes every page unservable, and every load of one useless, that may hold the partition.
    fn touch(&self, table: TableId, index: IndexId, partition: &[u8]) {
        let mut ticket = self.fence.ticket();
        ticket.touch(table, index, partition);
        ticket.close();
    }
}

fn key_of(schema: &TableSchema, table: &str, key: &Key) -> Result<ItemKey, ControlError> {
    let mut buffer = KeyBuffer::default();
    let found = schema.key(key, &mut buffer).map(ItemKeyRef::to_key);
    found.map_err(|_| ControlError::Key {
        table: table.to_owned(),
        what: "the key",
        attributes: described(schema.keys()),
    })
}

fn target_of<'a>(
    schema: &'a TableSchema,
    table: &str,
    index: Option<&str>,
) -> Result<Target<'a>, ControlError> {
    let Some(name) = index else { return Ok(Target::Table(schema)) };
    match schema.index(name) {
        None => Err(ControlError::NoIndex { table: table.to_owned(), index: name.to_owned() }),
        Some(index) if index.is_local() => Ok(Target::Local(schema, index)),
        Some(index) => Ok(Target::Global(schema, index)),
    }
}

/// The bytes of the partition whose key attributes these are.
fn partition_of(target: Target<'_>, table: &str, key: &Key) -> Result<Vec<u8>, ControlError> {
    let refused = || ControlError::Key {
        table: table.to_owned(),
        what: "the partition key",
        attributes: described(target.hash().iter()),
    };
    let of_attribute = |attribute: &KeyAttribute| {
        let (_, value) = key.iter().find(|(name, _)| *name == attribute.name)?;
        target.bytes_of(attribute, value).ok()
    };
    let parts: Option<Vec<&[u8]>> = target.hash().iter().map(of_attribute).collect();
    let parts = parts.filter(|parts| parts.len() == key.len()).ok_or_else(refused)?;
    Ok(IndexKey::partition_of(&parts))
}

/// Key attributes as in `id (S), number (N)`.
fn described<'a>(attributes: impl Iterator<Item = &'a KeyAttribute>) -> String {
    let each = attributes.map(|key| format!("{} ({})", key.name, key.kind.name()));
    each.collect::<Vec<_>>().join(", ")
}
