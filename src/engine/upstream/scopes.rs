//! The numbers of tables that several callers see, each with credentials of its own.
//!
//!     scope                   0        1        2          each has a client and a catalog
//!     block of one table    6 = 2*3    7        8          incarnation 2 of 3 scopes
//!
//! What is cached for one scope is never served to another: the numbers differ, and with them every
//! key. A write through any of them changes the table of all, so it is fenced under the whole block.
//!
//! Must hold: an incarnation of a table has one block until another takes its name; a block is never
//! given twice; how many scopes there are never changes.
//! Not here: who belongs to which scope (`auth/`, `app/`), what a write opens (`proxy/through/`), what
//! is kept in mind of blocks (`given.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::given::Given;
use super::table::{incarnation, incarnation_of};
use crate::api::{TableDescription, TableName};
use crate::engine::{Catalog, Table};
use crate::model::{TableId, TableSchema};

/// What the catalogs of all scopes have in common.
pub struct Scopes {
    catalogs: Vec<Arc<ArcSwap<Catalog>>>,
    /// Whoever changes a catalog holds it.
    given: Mutex<Given>,
}

impl Scopes {
    /// So many, of which none knows a table.
    pub(super) fn new(count: usize) -> Arc<Self> {
        let catalogs = (0..count.max(1)).map(|_| Arc::default()).collect();
        Arc::new(Self { catalogs, given: Mutex::default() })
    }

    /// The numbers that this table has, one in each scope.
    pub fn block(&self, table: TableId) -> impl Iterator<Item = TableId> + use<> {
        let first = self.first(table).get();
        (first..first + self.count()).map(TableId::new)
    }

    /// The number that this table has in the first scope, which is hearth's own.
    pub fn first(&self, table: TableId) -> TableId {
        TableId::new(table.get() - table.get() % self.count())
    }

    /// The tables that any scope knows, by their numbers in the first.
    pub fn tables(&self) -> BTreeMap<TableId, TableName> {
        let mut tables = BTreeMap::new();
        for catalog in &self.catalogs {
            for table in catalog.load().tables() {
                tables.insert(self.first(table.schema.table), table.name.clone());
            }
        }
        tables
    }

    /// The table as each scope sees it: its own description, or this one for a scope that has none
    /// now. What is told of the table's items from outside holds for all of them.
    pub fn views(&self, table: &Arc<Table>) -> Vec<Arc<Table>> {
        let as_this = |number: TableId| {
            let schema = TableSchema { table: number, ..TableSchema::clone(&table.schema) };
            Arc::new(Table { schema: Arc::new(schema), ..Table::clone(table) })
        };
        let of_scope = |(number, catalog): (TableId, &Arc<ArcSwap<Catalog>>)| {
            catalog.load().table_of(number).cloned().unwrap_or_else(|| as_this(number))
        };
        self.block(table.schema.table).zip(&self.catalogs).map(of_scope).collect()
    }

    /// The tables that were made in place of others, and those, all by their first numbers; the
    /// oldest first.
    pub fn replaced(&self) -> Vec<(TableId, TableId)> {
        self.turn().replaced().collect()
    }

    /// The first numbers of the tables that were made in this one's place, one after the other.
    pub fn successors(&self, table: TableId) -> Vec<TableId> {
        let mut successors = Vec::new();
        let own = self.first(table);
        for (old, new) in self.turn().replaced() {
            if (old == own || successors.contains(&old)) && !successors.contains(&new) {
                successors.push(new);
            }
        }
        successors
    }

    /// The first numbers of tables that were not found for a while, in which changes may have been
    /// missed; told once.
    pub fn take_missed(&self) -> BTreeSet<TableId> {
        self.turn().take_missed()
    }

    pub(super) fn catalog(&self, scope: usize) -> &Arc<ArcSwap<Catalog>> {
        &self.catalogs[scope]
    }

    /// The turn to change a catalog.
    pub(super) fn turn(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a table that this scope did not know, and the table as another knows it.
    pub(super) fn number(
        &self,
        scope: usize,
        description: &TableDescription,
        given: &mut Given,
    ) -> (TableId, Option<Arc<Table>>) {
        let of_scope = |first: u64| TableId::new(first + scope as u64);
        let known = self.catalogs.iter().find_map(|catalog| {
            let catalog = catalog.load();
            let known = catalog.table(description.name.as_str())?;
            let is_same =
                known.arn == description.arn && incarnation_of(known) == incarnation(description);
            is_same.then(|| Arc::clone(known))
        });
        if let Some(known) = known {
            return (of_scope(self.first(known.schema.table).get()), Some(known));
        }
        if let Some((first, known)) = given.found_again(description) {
            return (of_scope(first.get()), Some(known));
        }
        let mut before = self.forget_before(description);
        let own = self.catalogs[scope].load();
        before.extend(own.table(description.name.as_str()).map(|known| self.first_of(known)));
        let first = given.next() * self.count();
        given.replace(before, description, TableId::new(first));
        (of_scope(first), None)
    }

    pub(super) fn first_of(&self, table: &Table) -> TableId {
        self.first(table.schema.table)
    }

    /// Has every scope ask again that still knows the table which this one was made in place of:
    /// their writes would not be fenced for those who know better. Answers what they knew.
    fn forget_before(&self, description: &TableDescription) -> BTreeSet<TableId> {
        let mut forgotten = BTreeSet::new();
        let name = description.name.as_str();
        for catalog in &self.catalogs {
            let before = catalog.load_full();
            let known = before.table(name).filter(|known| known.arn == description.arn);
            if let Some(known) = known {
                forgotten.insert(self.first_of(known));
                let others = before.all().filter(|known| known.name.as_str() != name).cloned();
                catalog.store(Arc::new(Catalog::new(others, [])));
            }
        }
        forgotten
    }

    fn count(&self) -> u64 {
        self.catalogs.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_a_number_for_each_scope() {
        let scopes = Scopes::new(3);

        for number in 6..9 {
            let table = TableId::new(number);
            assert_eq!(scopes.first(table), TableId::new(6));
            assert!(scopes.block(table).eq([6, 7, 8].map(TableId::new)));
        }
        assert!(scopes.block(TableId::new(9)).eq([9, 10, 11].map(TableId::new)));
    }

    #[test]
    fn a_single_scope_has_numbers_as_they_come() {
        let scopes = Scopes::new(1);

        assert!(scopes.block(TableId::new(7)).eq([TableId::new(7)]));
    }
}
