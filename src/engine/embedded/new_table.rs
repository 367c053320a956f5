//! What a request makes of nothing: a table, and an index.
//!
//! Not here: the rows that keep it (`tables.rs`), an index of a table that is there
//! (`index_changes.rs`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definition::Setting;
use super::writer::Writer;
use crate::api::{Billing, ClassSummary, CreateIndex, CreateTable, TableStatus, ThroughputChanges};
use crate::engine::{Table, TableIndex, TableTotals, TimeToLive};
use crate::model::{IndexId, IndexSchema, TableId, TableSchema};

impl Writer {
    /// The table that a request makes.
    pub(super) fn make(&mut self, id: TableId, create: &CreateTable) -> Table {
        let policy = create.policy.clone().map(|document| self.new_policy(document));
        let Setting { region, account, metrics } = self.setting();
        let created_ms = self.clock.unix_ms();
        let name = create.name.clone();
        Table {
            schema: Arc::new(TableSchema {
                table: id,
                hash: create.hash.clone(),
                range: create.range.clone(),
                indexes: (1..).zip(&create.indexes).map(index_schema).collect(),
            }),
            status: TableStatus::Active,
            settling: Vec::new(),
            definitions: create.definitions.clone(),
            billing: create.billing,
            throughput: create.throughput,
            on_demand_since_ms: (create.billing == Billing::OnDemand).then_some(created_ms),
            throughput_changes: ThroughputChanges::default(),
            created_ms,
            deletion_protection: create.deletion_protection,
            class: create.class.map(|class| ClassSummary { class, changed_ms: None }),
            tags: create.tags.iter().cloned().collect::<BTreeMap<_, _>>(),
            time_to_live: TimeToLive::default(),
            indexes: (1..).zip(&create.indexes).map(new_index).collect(),
            leaving: None,
            indexes_made: u32::try_from(create.indexes.len()).expect("a table has few indexes"),
            stream: None,
            encryption: create.encryption.arn(region, account),
            restoring: None,
            policy,
            uuid: uuid::Uuid::new_v4().to_string(),
            arn: format!("arn:aws:dynamodb:{region}:{account}:table/{name}"),
            totals: Arc::new(TableTotals::default()),
            buckets: Arc::default(),
            metrics: metrics.table(name.as_str()),
            name,
        }
    }
}

/// The schema of an index of that number.
pub(super) fn index_schema((number, index): (u32, &CreateIndex)) -> IndexSchema {
    IndexSchema {
        id: IndexId::new(number),
        name: index.name.clone(),
        scope: index.scope,
        hash: index.hash.clone(),
        range: index.range.clone(),
        projection: index.projection.clone(),
    }
}

/// What else is known of an index of that number when it is new.
pub(super) fn new_index((number, index): (u32, &CreateIndex)) -> TableIndex {
    TableIndex {
        id: IndexId::new(number),
        status: TableStatus::Active,
        units: index.units,
        throughput: index.throughput,
        throughput_changes: ThroughputChanges::default(),
        totals: Arc::new(TableTotals::default()),
        buckets: Arc::default(),
    }
}
