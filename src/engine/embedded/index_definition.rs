//! The stored form of an index, in the definition of its table.
//!
//! Must hold: what is encoded decodes to the same index.
//! Not here: the rest of a table (`definition.rs`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::throughput_definition::{Maxima, billing_of, throughput_of, warm_of};
use crate::api::{TableStatus, Throughput, ThroughputChanges, Units};
use crate::engine::{TableIndex, TableTotals};
use crate::model::{IndexId, IndexProjection, IndexSchema, IndexScope, KeyAttribute};

/// An index of a table.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    /// Its number.
    pub(super) id: u32,
    name: String,
    scope: Scope,
    hash: Vec<String>,
    range: Vec<String>,
    projection: Projection,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provisioned: Option<(u64, u64)>,
    #[serde(default, skip_serializing_if = "Changes::is_none")]
    throughput_changes: Changes,
    /// Whether it is still being filled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    building: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_demand_maxima: Option<Maxima>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    warm: Option<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    Local,
    Global,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Projection {
    All,
    KeysOnly,
    Include(Vec<String>),
}

/// When units were changed.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    raised_ms: Option<u64>,
    lowered_ms: Option<u64>,
    lowered_that_day: u64,
}

impl Index {
    /// The definition of this index.
    pub(super) fn of((schema, index): (&IndexSchema, &TableIndex)) -> Self {
        let names = |keys: &[KeyAttribute]| keys.iter().map(|key| key.name.clone()).collect();
        Self {
            id: schema.id.get(),
            name: schema.name.clone(),
            scope: match schema.scope {
                IndexScope::Local => Scope::Local,
                IndexScope::Global => Scope::Global,
            },
            hash: names(&schema.hash),
            range: names(&schema.range),
            projection: match &schema.projection {
                IndexProjection::All => Projection::All,
                IndexProjection::KeysOnly => Projection::KeysOnly,
                IndexProjection::Include(names) => Projection::Include(names.clone()),
            },
            provisioned: index.units.map(|Units { read, write }| (read, write)),
            throughput_changes: index.throughput_changes.into(),
            building: index.status == TableStatus::Creating,
            on_demand_maxima: Maxima::of(index.throughput),
            warm: match schema.scope {
                IndexScope::Local => None,
                IndexScope::Global => warm_of(index.throughput, billing_of(index.units)),
            },
        }
    }

    /// Its schema, by the attributes of its table; `None` if it names others.
    pub(super) fn schema(&self, definitions: &[KeyAttribute]) -> Option<IndexSchema> {
        Some(IndexSchema {
            id: IndexId::new(self.id),
            name: self.name.clone(),
            scope: match self.scope {
                Scope::Local => IndexScope::Local,
                Scope::Global => IndexScope::Global,
            },
            hash: defined(definitions, &self.hash)?,
            range: defined(definitions, &self.range)?,
            projection: match &self.projection {
                Projection::All => IndexProjection::All,
                Projection::KeysOnly => IndexProjection::KeysOnly,
                Projection::Include(names) => IndexProjection::Include(names.clone()),
            },
        })
    }

    /// What it is doing, without its totals.
    pub(super) fn state(&self) -> TableIndex {
        let units = self.provisioned.map(|(read, write)| Units { read, write });
        let billing = billing_of(units);
        TableIndex {
            id: IndexId::new(self.id),
            status: if self.building { TableStatus::Creating } else { TableStatus::Active },
            units,
            throughput: match self.scope {
                Scope::Local => Throughput::default(),
                Scope::Global => throughput_of(self.on_demand_maxima, self.warm, billing),
            },
            throughput_changes: self.throughput_changes.into(),
            totals: Arc::new(TableTotals::default()),
            buckets: Arc::default(),
        }
    }
}

impl Changes {
    /// Whether there were none.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl From<ThroughputChanges> for Changes {
    fn from(changes: ThroughputChanges) -> Self {
        let ThroughputChanges { raised_ms, lowered_ms, lowered_that_day } = changes;
        Self { raised_ms, lowered_ms, lowered_that_day }
    }
}

impl From<Changes> for ThroughputChanges {
    fn from(changes: Changes) -> Self {
        let Changes { raised_ms, lowered_ms, lowered_that_day } = changes;
        Self { raised_ms, lowered_ms, lowered_that_day }
    }
}

/// The attributes of these names, all of which must be defined.
pub(super) fn defined(definitions: &[KeyAttribute], names: &[String]) -> Option<Vec<KeyAttribute>> {
    let attribute = |name: &String| definitions.iter().find(|given| given.name == *name).cloned();
    names.iter().map(attribute).collect()
}
