//! The tables that an engine has, as everybody else sees them.
//!
//! Must hold: a catalog never changes; a new one takes its place. A table's totals do change, and
//! are those of the last commit.
//! Not here: how a catalog is stored (`engine/embedded/rows.rs`).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::{Billing, TableDescription, TableName, TableStatus, ThroughputChanges};
use crate::metrics::TableMetrics;
use crate::model::{KeyAttribute, TableSchema};

/// The tables, by name.
#[derive(Default)]
pub struct Catalog {
    tables: HashMap<String, Arc<Table>, ahash::RandomState>,
    names: BTreeSet<TableName>,
}

/// One incarnation of a table.
pub struct Table {
    /// The name.
    pub name: TableName,
    /// Its keys.
    pub schema: TableSchema,
    /// What it is doing.
    pub status: TableStatus,
    /// The attribute definitions in the order of the request.
    pub definitions: Vec<KeyAttribute>,
    /// How capacity is charged.
    pub billing: Billing,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// Whether it refuses to be deleted.
    pub deletion_protection: bool,
    /// The UUID that descriptions show.
    pub uuid: String,
    /// The ARN.
    pub arn: String,
    /// Items and bytes.
    pub totals: Arc<TableTotals>,
    /// Where its requests are counted.
    pub metrics: Arc<TableMetrics>,
}

/// How much a table holds.
#[derive(Debug, Default)]
pub struct TableTotals {
    items: AtomicU64,
    bytes: AtomicU64,
}

impl Catalog {
    /// The catalog of these tables.
    pub fn new(tables: impl IntoIterator<Item = Arc<Table>>) -> Self {
        let mut catalog = Self::default();
        for table in tables {
            catalog.names.insert(table.name.clone());
            catalog.tables.insert(table.name.as_str().to_owned(), table);
        }
        catalog
    }

    /// The table of that name, whatever it is doing.
    pub fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(name)
    }

    /// The table of that name, if it serves data.
    pub fn serving(&self, name: &str) -> Option<&Arc<Table>> {
        self.table(name).filter(|table| table.status == TableStatus::Active)
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
    /// The same table doing something else.
    pub fn with_status(&self, status: TableStatus) -> Self {
        Self {
            name: self.name.clone(),
            schema: self.schema.clone(),
            status,
            definitions: self.definitions.clone(),
            billing: self.billing,
            created_ms: self.created_ms,
            deletion_protection: self.deletion_protection,
            uuid: self.uuid.clone(),
            arn: self.arn.clone(),
            totals: Arc::clone(&self.totals),
            metrics: Arc::clone(&self.metrics),
        }
    }

    /// The table as the API describes it.
    pub fn describe(&self) -> TableDescription {
        let (items, bytes) = self.totals.read();
        TableDescription {
            name: self.name.clone(),
            arn: self.arn.clone(),
            id: self.uuid.clone(),
            status: self.status,
            definitions: self.definitions.clone(),
            hash: self.schema.hash.clone(),
            range: self.schema.range.clone(),
            indexes: Vec::new(),
            on_demand_since_ms: None,
            throughput_changes: ThroughputChanges::default(),
            class: None,
            billing: self.billing,
            created_ms: self.created_ms,
            items,
            bytes,
            deletion_protection: self.deletion_protection,
        }
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
