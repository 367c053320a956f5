//! Which tables the service has, as far as was asked.
//!
//! Each scope of callers has its own registry, since what the service shows them may differ; the
//! numbers of tables are given together (`scopes.rs`).
//!
//! Must hold: a table that was deleted and made again, by whomever, gets a number of its own, so that
//! nothing cached of the one before is served for it; numbers are never given twice.
//! Not here: when the service is asked (`mod.rs`), what a description says (`table.rs`).

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::scopes::Scopes;
use super::table::{incarnation, incarnation_of, is_alike, table_of};
use crate::api::TableDescription;
use crate::engine::{Catalog, Table};
use crate::metrics::Metrics;
use crate::wire::json::client::{self as border, Unreadable};

/// The tables that were described, and the numbers that they have.
pub(super) struct Registry {
    scopes: Arc<Scopes>,
    /// Which of them this is.
    scope: usize,
    metrics: Arc<Metrics>,
}

/// What a look at a table's description changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Learned {
    /// Nothing that anybody goes by.
    Nothing,
    /// The table is new, another one of that name, gone, or not as it was.
    Change,
}

impl Registry {
    pub(super) fn new(scopes: Arc<Scopes>, scope: usize, metrics: Arc<Metrics>) -> Self {
        Self { scopes, scope, metrics }
    }

    pub(super) fn scopes(&self) -> &Arc<Scopes> {
        &self.scopes
    }

    pub(super) fn catalog(&self) -> &Arc<ArcSwap<Catalog>> {
        self.scopes.catalog(self.scope)
    }

    /// Takes a table as the service describes it, if nothing newer was told of that name by then.
    pub(super) fn adopt(
        &self,
        description: TableDescription,
        is_newest: impl FnOnce() -> bool,
    ) -> Learned {
        let mut given = self.scopes.turn();
        if !is_newest() {
            return Learned::Change;
        }
        let before = self.catalog().load_full();
        let name = description.name.as_str().to_owned();
        let incarnation = incarnation(&description);
        let same = before.table(&name).filter(|known| incarnation_of(known) == incarnation);
        let (id, known) = match same {
            Some(known) => (known.schema.table, Some(Arc::clone(known))),
            None => self.scopes.number(self.scope, &description, &mut given),
        };
        let metrics = self.metrics.table(&name);
        let described = table_of(description, id, known.as_deref(), metrics);
        if same.is_some_and(|known| is_alike(known, &described)) {
            return Learned::Nothing;
        }
        self.replace(&name, Some(Arc::new(described)));
        Learned::Change
    }

    /// Reads the description of the table of that name. Definitions that it leaves out are as they
    /// were told before of the same incarnation.
    pub(super) fn read(&self, name: &str, body: &[u8]) -> Result<TableDescription, Unreadable> {
        let unreadable = match border::table(body) {
            Ok(described) => return Ok(described),
            Err(unreadable) => unreadable,
        };
        let catalog = self.catalog().load();
        let Some(known) = catalog.table(name) else { return Err(unreadable) };
        border::table_known(body, &known.definitions)
            .ok()
            .filter(|described| incarnation(described) == incarnation_of(known))
            .ok_or(unreadable)
    }

    /// Whether this is the table that is known by its name: that one's ARN says so.
    pub(super) fn has(&self, description: &TableDescription) -> bool {
        let catalog = self.catalog().load();
        catalog.table(description.name.as_str()).is_some_and(|known| known.arn == description.arn)
    }

    /// Whether there is a table of that name, as far as is known.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.catalog().load().table(name).is_some()
    }

    /// The service has no table of that name, if nothing newer was told of it by then.
    pub(super) fn forget(&self, name: &str, is_newest: impl FnOnce() -> bool) -> Learned {
        let mut given = self.scopes.turn();
        if !is_newest() {
            return Learned::Change;
        }
        let before = self.catalog().load_full();
        let Some(known) = before.table(name) else { return Learned::Nothing };
        given.lost(self.scopes.first_of(known), known);
        self.replace(name, None);
        Learned::Change
    }

    fn replace(&self, name: &str, table: Option<Arc<Table>>) {
        let before = self.catalog().load();
        let others = before.all().filter(|known| known.name.as_str() != name).cloned();
        self.catalog().store(Arc::new(Catalog::new(others.chain(table), [])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;
    use crate::model::TableId;

    struct World([Registry; 2]);

    impl World {
        fn new() -> Self {
            let (scopes, metrics) = (Scopes::new(2), Metrics::new(metrics::Options::default()));
            let registry = |scope| Registry::new(Arc::clone(&scopes), scope, Arc::clone(&metrics));
            Self([registry(0), registry(1)])
        }

        /// The number that a scope has for the table.
        fn number(&self, scope: usize) -> Option<TableId> {
            let catalog = self.0[scope].catalog().load();
            catalog.table("music").map(|table| table.schema.table)
        }

        fn adopt(&self, scope: usize, account: &str, id: &str) -> TableId {
            self.0[scope].adopt(described(account, id), || true);
            self.number(scope).expect("it was just adopted")
        }
    }

    fn described(account: &str, id: &str) -> TableDescription {
        let body = format!(
            r#"{{"Table":{{"TableName":"music","TableId":"{id}","TableStatus":"ACTIVE",
            "TableArn":"arn:aws:dynamodb:us-east-1:{account}:table/music","CreationDateTime":1,
            "KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}],
            "AttributeDefinitions":[{{"AttributeName":"id","AttributeType":"S"}}]}}}}"#
        );
        border::table(body.as_bytes()).expect("a description")
    }

    #[test]
    fn scopes_that_see_one_table_have_numbers_of_one_block() {
        let world = World::new();

        let (own, other) = (world.adopt(0, "1", "a"), world.adopt(1, "1", "a"));

        assert_ne!(own, other);
        assert!(world.0[0].scopes().block(own).eq([own, other]));
        world.0[0].forget("music", || true);
        assert_eq!(world.adopt(0, "1", "a"), own, "the other scope knew it all the time");
    }

    #[test]
    fn a_table_that_was_not_found_for_a_while_has_its_number_and_nothing_that_was_cached() {
        let world = World::new();
        let scopes = world.0[0].scopes();
        let own = world.adopt(0, "1", "a");

        world.0[0].forget("music", || true);
        assert_eq!((world.number(0), scopes.take_missed()), (None, [own].into()));
        assert!(scopes.take_missed().is_empty(), "it is told once");
        assert_eq!(world.adopt(0, "1", "a"), own);

        assert_eq!(scopes.take_missed(), [own].into());
        assert_eq!(scopes.successors(own), [], "nothing was made in its place");
    }

    #[test]
    fn the_tables_made_in_place_of_one_are_known_one_after_the_other() {
        let world = World::new();
        let scopes = world.0[0].scopes();
        let first = world.adopt(0, "1", "a");
        let second = world.adopt(0, "1", "b");
        world.0[0].forget("music", || true);
        let third = world.adopt(0, "1", "c");
        let other = world.adopt(1, "2", "x");

        assert_eq!(scopes.replaced(), [(first, second), (second, third)]);
        assert_eq!(scopes.successors(first), [second, third]);
        assert_eq!(scopes.successors(third), []);
        assert_eq!(scopes.successors(other), []);
        let again = world.adopt(0, "1", "a");
        assert!(![first, second, third].contains(&again), "what was replaced is never found again");
    }

    #[test]
    fn a_look_that_was_overtaken_changes_nothing() {
        let world = World::new();
        let own = world.adopt(0, "1", "a");

        world.0[0].adopt(described("1", "b"), || false);
        world.0[0].forget("music", || false);

        assert_eq!(world.number(0), Some(own));
    }

    #[test]
    fn no_more_tables_are_kept_in_mind_than_a_limit_says() {
        let world = World::new();
        for number in 0..1_030 {
            world.adopt(0, "1", &number.to_string());
        }

        let replaced = world.0[0].scopes().replaced();

        assert_eq!(replaced.len(), 1_024);
        assert_eq!(replaced.last().map(|(_, new)| *new), world.number(0));
    }

    #[test]
    fn a_table_has_a_view_for_each_scope_known_there_or_not() {
        let world = World::new();
        let own = world.adopt(0, "1", "a");
        let table = world.0[0].catalog().load().table_of(own).cloned().expect("it is known");
        let numbers = || -> Vec<TableId> {
            let views = world.0[0].scopes().views(&table);
            views.iter().map(|view| view.schema.table).collect()
        };
        let block: Vec<TableId> = world.0[0].scopes().block(own).collect();

        assert_eq!(numbers(), block);
        world.adopt(1, "1", "a");

        assert_eq!(numbers(), block);
    }

    #[test]
    fn tables_of_one_name_in_two_accounts_share_nothing() {
        let world = World::new();

        let (own, other) = (world.adopt(0, "1", "a"), world.adopt(1, "2", "b"));

        assert!(!world.0[0].scopes().block(own).any(|table| table == other));
        assert_eq!(world.number(0), Some(own), "nothing was made in its place");
    }

    #[test]
    fn a_table_that_was_made_again_is_forgotten_by_all_at_once() {
        let world = World::new();
        let (first, second) = (world.adopt(0, "1", "a"), world.adopt(1, "1", "a"));

        let again = world.adopt(1, "1", "b");

        assert_eq!(world.number(0), None, "it has to ask again before it writes");
        assert!(again != first && again != second);
        let own = world.adopt(0, "1", "b");
        assert!(world.0[0].scopes().block(own).eq([own, again]));
    }

    #[test]
    fn what_is_told_of_another_accounts_table_is_not_of_ones_own() {
        let world = World::new();
        let registry = &world.0[0];

        assert!(!registry.has(&described("1", "a")), "nobody knows whose it is");
        world.adopt(0, "1", "a");

        assert!(registry.has(&described("1", "c")), "it may have been made again");
        assert!(!registry.has(&described("2", "a")));
    }
}
