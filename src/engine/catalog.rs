//! The tables that an engine has, as everybody else sees them.
//!
//! Must hold: a catalog never changes; a new one takes its place. Totals do change, and are those
//! of the last commit; a table that was altered shares them, and what is left of its capacity, with
//! the table before.
//! Not here: how a table is stored (`engine/embedded/definition.rs`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::{
    Billing, ClassSummary, CreateIndex, IndexDescription, ResourcePolicy, RestoreSummary,
    StreamSummary, TableDescription, TableName, TableStatus, Throughput, ThroughputChanges, Units,
};
use crate::metrics::TableMetrics;
use crate::model::{IndexId, IndexSchema, KeyAttribute, TableId, TableSchema};

use super::{Buckets, Settling, Stream};

/// The tables, by name.
#[derive(Default)]
pub struct Catalog {
    tables: HashMap<String, Arc<Table>, ahash::RandomState>,
    by_id: HashMap<TableId, Arc<Table>, ahash::RandomState>,
    names: BTreeSet<TableName>,
    streams: BTreeMap<String, Arc<Stream>>,
}

/// One incarnation of a table.
#[derive(Clone)]
pub struct Table {
    /// The name.
    pub name: TableName,
    /// Its keys and indexes.
    pub schema: Arc<TableSchema>,
    /// What it is doing.
    pub status: TableStatus,
    /// Changes of it that have not settled.
    pub settling: Vec<Settling>,
    /// The attribute definitions in the order of the request.
    pub definitions: Vec<KeyAttribute>,
    /// How capacity is charged.
    pub billing: Billing,
    /// What it takes in a second.
    pub throughput: Throughput,
    /// When it was last switched to be charged on demand, milliseconds since 1970; `None` if never.
    pub on_demand_since_ms: Option<u64>,
    /// When its units were changed.
    pub throughput_changes: ThroughputChanges,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// Whether it refuses to be deleted.
    pub deletion_protection: bool,
    /// The class of its storage, if one was ever named.
    pub class: Option<ClassSummary>,
    /// When its items expire.
    pub time_to_live: TimeToLive,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What is known of each index besides its schema, in the order of `schema.indexes`.
    pub indexes: Vec<TableIndex>,
    /// An index that was dropped while its rows are being cleared away; nothing reads it or writes
    /// to it any more.
    pub leaving: Option<LeavingIndex>,
    /// How many numbers of indexes were given; none is given twice.
    pub indexes_made: u32,
    /// Its newest stream.
    pub stream: Option<Arc<StreamSummary>>,
    /// The ARN of the key that its items are said to be encrypted by; `None` is the service's own.
    pub encryption: Option<String>,
    /// What it is being made of, until it is.
    pub restoring: Option<Arc<RestoreSummary>>,
    /// Its policy.
    pub policy: Option<Arc<ResourcePolicy>>,
    /// The UUID that descriptions show.
    pub uuid: String,
    /// The ARN.
    pub arn: String,
    /// Items and bytes.
    pub totals: Arc<TableTotals>,
    /// What is left of its capacity.
    pub buckets: Arc<Buckets>,
    /// Where its requests are counted.
    pub metrics: Arc<TableMetrics>,
}

/// When a table's items expire, and how far the rows are by which they are found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeToLive {
    /// The attribute that says it; `None` while it is disabled.
    pub attribute: Option<String>,
    /// How often it was enabled; the rows of one time do not count for another.
    pub number: u32,
    /// Whether every item that can expire has its row.
    pub complete: bool,
    /// Whether no rows of earlier times are left.
    pub cleared: bool,
}

/// What is known of an index besides its schema.
#[derive(Clone, Debug)]
pub struct TableIndex {
    /// Its number in the table.
    pub id: IndexId,
    /// What it is doing.
    pub status: TableStatus,
    /// The units of a global index of a provisioned table.
    pub units: Option<Units>,
    /// What a global index takes in a second.
    pub throughput: Throughput,
    /// When its units were changed.
    pub throughput_changes: ThroughputChanges,
    /// Entries and bytes.
    pub totals: Arc<TableTotals>,
    /// What is left of a global index's capacity.
    pub buckets: Arc<Buckets>,
}

/// An index that was dropped.
#[derive(Clone, Debug)]
pub struct LeavingIndex {
    /// What it was.
    pub schema: IndexSchema,
    /// What is known of it besides.
    pub index: TableIndex,
}

/// How much a table or an index holds.
#[derive(Debug, Default)]
pub struct TableTotals {
    items: AtomicU64,
    bytes: AtomicU64,
}

impl Catalog {
    /// The catalog of these tables and streams.
    pub fn new(
        tables: impl IntoIterator<Item = Arc<Table>>,
        streams: impl IntoIterator<Item = Arc<Stream>>,
    ) -> Self {
        let of_arn = |stream: Arc<Stream>| (stream.arn.clone(), stream);
        let streams = streams.into_iter().map(of_arn).collect();
        let mut catalog = Self { streams, ..Self::default() };
        for table in tables {
            catalog.names.insert(table.name.clone());
            if table.status != TableStatus::Deleting {
                catalog.by_id.insert(table.schema.table, Arc::clone(&table));
            }
            catalog.tables.insert(table.name.as_str().to_owned(), table);
        }
        catalog
    }

    /// The table of that name, whatever it is doing.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// The table of that number, unless it is being dropped.
    pub fn table_of(&self, id: TableId) -> Option<&Arc<Table>> {
        self.by_id.get(&id)
    }

    /// All tables but those that are being dropped, in no order.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.by_id.values()
    }

    /// All tables, whatever they are doing, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values()
    }

    /// The numbers of all tables but those that are being dropped.
    pub fn ids(&self) -> impl Iterator<Item = TableId> {
        self.by_id.keys().copied()
    }

    /// The table of that name, if it serves data.
    pub fn serving(&self, name: &str) -> Option<&Arc<Table>> {
        self.table(name).filter(|table| match table.status {
            TableStatus::Active | TableStatus::Updating => true,
            TableStatus::Creating | TableStatus::Deleting => false,
        })
    }

    /// The stream of that ARN.
    pub fn stream(&self, arn: &str) -> Option<&Arc<Stream>> {
        self.streams.get(arn)
    }

    /// The stream of that label of a table of that name.
    pub fn stream_of(&self, table: &str, label: &str) -> Option<&Arc<Stream>> {
        self.streams.values().find(|stream| stream.table.as_str() == table && stream.label == label)
    }

    /// The streams behind the ARN `after`, in the order of their ARNs.
    pub fn streams_after<'a>(
        &'a self,
        after: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Arc<Stream>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.streams.range::<str, _>((from, Bound::Unbounded)).map(|(_, stream)| stream)
    }

    /// The names after `after`, in the order of their bytes.
    pub fn names_after<'a>(
        &'a self,
        after: Option<&'a str>,
    ) -> impl Iterator<Item = &'a TableName> {
        self.names.iter().filter(move |name| after.is_none_or(|after| name.as_str() > after))
    }
}

impl Table {
    /// The same table and its indexes doing something else.
    pub fn with_status(&self, status: TableStatus) -> Self {
        let mut table = Self { status, ..self.clone() };
        for index in &mut table.indexes {
            index.status = status;
        }
        table
    }

    /// The index of that number.
    pub fn index(&self, id: IndexId) -> Option<&TableIndex> {
        self.indexes.iter().find(|index| index.id == id)
    }

    /// The indexes that have rows, those that are being made or cleared away among them.
    pub fn all_indexes(&self) -> impl Iterator<Item = &TableIndex> {
        self.indexes.iter().chain(self.leaving.iter().map(|leaving| &leaving.index))
    }

    /// The index that is being filled, if one is.
    pub fn building(&self) -> Option<IndexId> {
        let is_building = |index: &&TableIndex| index.status == TableStatus::Creating;
        self.indexes.iter().find(is_building).map(|index| index.id)
    }

    /// Whether an index is being filled or cleared away.
    pub fn has_index_work(&self) -> bool {
        self.leaving.is_some() || self.building().is_some()
    }

    /// Each index with its schema.
    pub fn schemas_and_indexes(&self) -> impl Iterator<Item = (&IndexSchema, &TableIndex)> {
        self.schema.indexes.iter().zip(&self.indexes)
    }

    /// The table as the API describes it at that time.
    pub fn describe(&self, now_ms: u64) -> TableDescription {
        self.shown().describe_shown(now_ms)
    }

    fn describe_shown(&self, now_ms: u64) -> TableDescription {
        let (items, bytes) = self.totals.read();
        TableDescription {
            name: self.name.clone(),
            arn: self.arn.clone(),
            id: self.uuid.clone(),
            status: self.status,
            definitions: self.definitions.clone(),
            hash: self.schema.hash.clone(),
            range: self.schema.range.clone(),
            indexes: self
                .schemas_and_indexes()
                .chain(self.leaving.iter().map(|leaving| (&leaving.schema, &leaving.index)))
                .map(|(schema, index)| self.describe_index(schema, index, now_ms))
                .collect(),
            billing: self.billing,
            throughput: self.throughput,
            on_demand_since_ms: self.on_demand_since_ms,
            throughput_changes: self.throughput_changes.seen_at(now_ms),
            created_ms: self.created_ms,
            items,
            bytes,
            deletion_protection: self.deletion_protection,
            class: self.class,
            stream: self.stream.clone(),
            encryption: self.describe_encryption(),
            restore: self.restoring.clone(),
        }
    }

    fn describe_index(
        &self,
        schema: &IndexSchema,
        index: &TableIndex,
        now_ms: u64,
    ) -> IndexDescription {
        let (items, bytes) = index.totals.read();
        IndexDescription {
            index: CreateIndex {
                name: schema.name.clone(),
                scope: schema.scope,
                hash: schema.hash.clone(),
                range: schema.range.clone(),
                projection: schema.projection.clone(),
                units: index.units,
                throughput: index.throughput,
            },
            // Its own stays as it is: it is no index that has to be filled.
            status: if self.restoring.is_some() { self.status } else { index.status },
            backfilling: matches!(self.status, TableStatus::Active | TableStatus::Updating)
                && index.status == TableStatus::Creating
                && !self.waits_for_index(),
            arn: format!("{}/index/{}", self.arn, schema.name),
            items,
            bytes,
            throughput_changes: index.throughput_changes.seen_at(now_ms),
        }
    }
}

impl TimeToLive {
    /// Whether rows are to be written or taken away beside the writes of items.
    pub fn is_to_be_tended(&self) -> bool {
        !self.cleared || self.attribute.is_some() && !self.complete
    }
}

impl Default for TimeToLive {
    fn default() -> Self {
        Self { attribute: None, number: 0, complete: false, cleared: true }
    }
}

impl TableTotals {
    /// Items and bytes as of the last commit.
    pub fn read(&self) -> (u64, u64) {
        (self.items.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Sets what a commit left.
    pub fn set(&self, items: u64, bytes: u64) {
        self.items.store(items, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }
}
