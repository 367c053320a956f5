//! Tables of the upstream as the catalog has them.
//!
//! Must hold: an index keeps its number as long as it is the same index of the same incarnation; one
//! that was dropped and made again under its name has another.
//! Not here: which number an incarnation has (its caller), how descriptions are read
//! (`wire/json/client/`).

use std::sync::Arc;

use crate::api::{IndexDescription, TableDescription, TableStatus};
use crate::engine::{Table, TableIndex, TimeToLive};
use crate::metrics::TableMetrics;
use crate::model::{IndexId, IndexSchema, TableId, TableSchema};

/// What tells one incarnation of a table from all others of its name: the number that the service
/// gives it, or else when it was made.
pub fn incarnation(described: &TableDescription) -> String {
    if described.id.is_empty() { described.created_ms.to_string() } else { described.id.clone() }
}

/// The same of a table that is known.
pub(super) fn incarnation_of(table: &Table) -> String {
    if table.uuid.is_empty() { table.created_ms.to_string() } else { table.uuid.clone() }
}

/// Whether nothing that anybody goes by tells the two apart.
pub(super) fn is_alike(one: &Table, other: &Table) -> bool {
    let statuses = |table: &Table| -> Vec<TableStatus> {
        table.indexes.iter().map(|index| index.status).collect()
    };
    one.status == other.status
        && one.schema == other.schema
        && statuses(one) == statuses(other)
        && one.stream == other.stream
}

/// The table of that number as it is described; `before` is what was known of the same incarnation.
pub fn table_of(
    described: TableDescription,
    id: TableId,
    before: Option<&Table>,
    metrics: Arc<TableMetrics>,
) -> Table {
    let mut indexes_made = before.map_or(0, |before| before.indexes_made);
    // What is being dropped answers nothing any more.
    let there = described.indexes.into_iter().filter(|index| index.status != TableStatus::Deleting);
    let mut indexes: Vec<(IndexSchema, TableIndex)> = Vec::new();
    for index in there {
        let known = before.and_then(|before| same_index(before, &index));
        let id = known.map_or_else(
            || {
                indexes_made += 1;
                IndexId::new(indexes_made)
            },
            |known| known.id,
        );
        indexes.push(index_of(index, id, known));
    }
    indexes.sort_unstable_by_key(|(schema, _)| schema.id);
    let (schemas, indexes) = indexes.into_iter().unzip();
    let totals = before.map(|before| Arc::clone(&before.totals)).unwrap_or_default();
    totals.set(described.items, described.bytes);
    Table {
        name: described.name,
        schema: Arc::new(TableSchema {
            table: id,
            hash: described.hash,
            range: described.range,
            indexes: schemas,
        }),
        status: described.status,
        settling: Vec::new(),
        definitions: described.definitions,
        billing: described.billing,
        throughput: described.throughput,
        on_demand_since_ms: described.on_demand_since_ms,
        throughput_changes: described.throughput_changes,
        created_ms: described.created_ms,
        deletion_protection: described.deletion_protection,
        class: described.class,
        // What the service does by itself is its own matter.
        time_to_live: TimeToLive::default(),
        tags: before.map(|before| before.tags.clone()).unwrap_or_default(),
        indexes,
        leaving: None,
        indexes_made,
        stream: described.stream,
        encryption: None,
        restoring: None,
        policy: None,
        uuid: described.id,
        arn: described.arn,
        totals,
        buckets: before.map(|before| Arc::clone(&before.buckets)).unwrap_or_default(),
        metrics,
    }
}

/// The index as it was known before, if it can be no other: one that is being made and was there
/// was made again, and one that was being dropped is known no more.
fn same_index<'a>(before: &'a Table, index: &IndexDescription) -> Option<&'a TableIndex> {
    let (schema, known) =
        before.schemas_and_indexes().find(|(schema, _)| schema.name == index.index.name)?;
    let new = &index.index;
    let is_alike = (schema.scope, &schema.hash, &schema.range, &schema.projection)
        == (new.scope, &new.hash, &new.range, &new.projection);
    let is_new = index.status == TableStatus::Creating && known.status != TableStatus::Creating;
    (is_alike && !is_new).then_some(known)
}

fn index_of(
    described: IndexDescription,
    id: IndexId,
    before: Option<&TableIndex>,
) -> (IndexSchema, TableIndex) {
    let IndexDescription { index, status, items, bytes, throughput_changes, .. } = described;
    let totals = before.map(|before| Arc::clone(&before.totals)).unwrap_or_default();
    totals.set(items, bytes);
    let schema = IndexSchema {
        id,
        name: index.name,
        scope: index.scope,
        hash: index.hash,
        range: index.range,
        projection: index.projection,
    };
    let (units, throughput) = (index.units, index.throughput);
    let buckets = before.map(|before| Arc::clone(&before.buckets)).unwrap_or_default();
    (schema, TableIndex { id, status, units, throughput, throughput_changes, totals, buckets })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{self, Metrics};
    use crate::wire::json::client::table;

    /// A table with these global indexes: the name, what it is doing, and the partition key of each.
    fn described(indexes: &[(&str, &str, &str)]) -> TableDescription {
        let index = |(name, status, hash): &(&str, &str, &str)| {
            format!(
                r#"{{"IndexName":"{name}","IndexStatus":"{status}","ItemCount":5,"IndexSizeBytes":50,
                "KeySchema":[{{"AttributeName":"{hash}","KeyType":"HASH"}}]}}"#
            )
        };
        let indexes: Vec<String> = indexes.iter().map(index).collect();
        let body = format!(
            r#"{{"Table":{{"TableName":"tab","TableStatus":"ACTIVE","TableId":"one","ItemCount":3,
            "TableSizeBytes":99,"CreationDateTime":7,"KeySchema":[{{"AttributeName":"a",
            "KeyType":"HASH"}}],"AttributeDefinitions":[{{"AttributeName":"a","AttributeType":"S"}},
            {{"AttributeName":"b","AttributeType":"S"}}],"GlobalSecondaryIndexes":[{}]}}}}"#,
            indexes.join(",")
        );
        table(body.as_bytes()).expect("a description")
    }

    fn known(indexes: &[(&str, &str, &str)], before: Option<&Table>) -> Table {
        let metrics = Metrics::new(metrics::Options::default()).table("tab");
        table_of(described(indexes), TableId::new(7), before, metrics)
    }

    fn numbers(table: &Table) -> Vec<(&str, u32)> {
        let indexes = table.schemas_and_indexes();
        indexes
            .map(|(schema, index)| {
                assert_eq!(schema.id, index.id);
                (schema.name.as_str(), index.id.get())
            })
            .collect()
    }

    #[test]
    fn an_index_keeps_its_number_as_long_as_it_is_the_same() {
        let first = known(&[("x", "ACTIVE", "a"), ("y", "CREATING", "b")], None);
        let same = known(&[("y", "ACTIVE", "b"), ("x", "UPDATING", "a")], Some(&first));
        let added = known(
            &[("new", "CREATING", "a"), ("y", "ACTIVE", "b"), ("x", "ACTIVE", "a")],
            Some(&same),
        );

        assert_eq!(numbers(&first), [("x", 1), ("y", 2)]);
        assert_eq!(numbers(&same), [("x", 1), ("y", 2)]);
        assert_eq!(numbers(&added), [("x", 1), ("y", 2), ("new", 3)]);
    }

    #[test]
    fn an_index_that_was_made_again_has_another_number() {
        let first = known(&[("x", "ACTIVE", "a"), ("y", "ACTIVE", "b")], None);
        let dropped = known(&[("x", "DELETING", "a"), ("y", "ACTIVE", "b")], Some(&first));
        let again = known(&[("x", "CREATING", "a"), ("y", "ACTIVE", "b")], Some(&dropped));
        let unseen = known(&[("x", "CREATING", "a"), ("y", "ACTIVE", "b")], Some(&first));
        let otherwise = known(&[("x", "ACTIVE", "b"), ("y", "ACTIVE", "b")], Some(&first));

        assert_eq!(numbers(&dropped), [("y", 2)]);
        for table in [again, unseen, otherwise] {
            assert_eq!(numbers(&table), [("y", 2), ("x", 3)]);
        }
    }

    #[test]
    fn counts_and_what_is_left_of_capacity_go_on() {
        let first = known(&[("x", "ACTIVE", "a")], None);
        first.totals.set(0, 0);

        let next = known(&[("x", "ACTIVE", "a")], Some(&first));

        assert_eq!((first.totals.read(), next.indexes[0].totals.read()), ((3, 99), (5, 50)));
        assert!(Arc::ptr_eq(&first.buckets, &next.buckets));
        assert!(Arc::ptr_eq(&first.indexes[0].buckets, &next.indexes[0].buckets));
        assert_eq!(next.schema.table, TableId::new(7));
    }

    #[test]
    fn an_incarnation_is_told_by_the_services_number_or_by_when_it_was_made() {
        let described = described(&[]);
        let bare = TableDescription { id: String::new(), ..described.clone() };

        assert_eq!((incarnation(&described), incarnation(&bare)), ("one".into(), "7000".into()));
    }
}
