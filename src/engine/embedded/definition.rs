//! A table's definition as it is stored: JSON, so that a later format can read an earlier one.
//!
//! Drawn in `docs/storage-format.md`. Format 1 has neither indexes nor tags nor what later changes
//! leave behind; its definitions read as tables without them.
//!
//! Must hold: what a table is made of comes back as it was stored; a definition that cannot be a
//! table's is refused, never guessed at.
//! Not here: the row that it lies in (`rows.rs`), totals, which have rows of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::index_definition::{Changes, Index, defined};
use super::restores::Restoring;
use super::throughput_definition::{Maxima, throughput_of, warm_of};
use crate::api::{
    Billing, ClassSummary, PolicyDocument, ResourcePolicy, TableClass, TableName, TableStatus,
};
use crate::engine::{LeavingIndex, Table, TableIndex, TableTotals, TimeToLive};
use crate::metrics::Metrics;
use crate::model::{IndexSchema, KeyAttribute, KeyType, TableId, TableSchema};

/// A table's definition as it is stored.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    name: String,
    uuid: String,
    created_ms: u64,
    attributes: Vec<(String, char)>,
    keys: Vec<String>,
    /// Read and write units; absent if the table is charged by request.
    provisioned: Option<(u64, u64)>,
    deletion_protection: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_demand_since_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Changes::is_none")]
    throughput_changes: Changes,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<Index>,
    /// An index whose rows are being cleared away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leaving: Option<Index>,
    /// How many numbers of indexes were given, if it is more than the last index says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    indexes_made: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_to_live: Option<Expiry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on_demand_maxima: Option<Maxima>,
    /// What it can take at once, if that is more than it must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    warm: Option<(u64, u64)>,
    /// The ARN of the key that its items are said to be encrypted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
    /// What it is being made of, until it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restoring: Option<Restoring>,
}

/// The policy of a table or stream.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    document: String,
    revision_ms: u64,
}

/// Of a table whose time to live was enabled at least once.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Expiry {
    attribute: Option<String>,
    number: u32,
    complete: bool,
    cleared: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Class {
    name: ClassName,
    changed_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ClassName {
    Standard,
    InfrequentAccess,
}

/// Where a table of this engine lies and is counted: what its definition leaves out.
pub(super) struct Setting<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) metrics: &'a Metrics,
}

impl Setting<'_> {
    /// The ARN of the table of that name.
    pub(super) fn table_arn(&self, name: &TableName) -> String {
        format!("arn:aws:dynamodb:{}:{}:table/{name}", self.region, self.account)
    }
}

impl Definition {
    /// The definition of this table.
    pub(super) fn of(table: &Table) -> Self {
        let attributes = table.definitions.iter();
        Self {
            name: table.name.as_str().to_owned(),
            uuid: table.uuid.clone(),
            created_ms: table.created_ms,
            attributes: attributes
                .map(|attribute| (attribute.name.clone(), letter_of(attribute.kind)))
                .collect(),
            keys: table.schema.keys().map(|key| key.name.clone()).collect(),
            provisioned: match table.billing {
                Billing::Provisioned { read, write } => Some((read, write)),
                Billing::OnDemand => None,
            },
            deletion_protection: table.deletion_protection,
            on_demand_since_ms: table.on_demand_since_ms,
            throughput_changes: table.throughput_changes.into(),
            indexes: table.schemas_and_indexes().map(Index::of).collect(),
            leaving: table.leaving.as_ref().map(|left| Index::of((&left.schema, &left.index))),
            indexes_made: Some(table.indexes_made)
                .filter(|made| *made != last_of(table.indexes.iter().map(|index| index.id.get()))),
            class: table.class.map(Class::of),
            tags: table.tags.clone(),
            time_to_live: Expiry::of(&table.time_to_live),
            on_demand_maxima: Maxima::of(table.throughput),
            warm: warm_of(table.throughput, table.billing),
            encryption: table.encryption.clone(),
            policy: table.policy.as_deref().map(Policy::of),
            restoring: table.restoring.as_deref().map(Restoring::of),
        }
    }

    /// The stored form.
    pub(super) fn encode(&self) -> Bytes {
        serde_json::to_vec(self).expect("texts and numbers are JSON").into()
    }

    /// Reads the stored form.
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        serde_json::from_slice(value).ok()
    }

    /// The table of that number, without its totals and its stream; `None` if it cannot be a table's definition.
    pub(super) fn into_table(self, id: TableId, setting: &Setting<'_>) -> Option<Table> {
        let label = self.name.clone();
        self.into_counted_table(id, setting, &label)
    }

    /// The same, whose requests are counted as those of the table `label`.
    pub(super) fn into_counted_table(
        self,
        id: TableId,
        setting: &Setting<'_>,
        label: &str,
    ) -> Option<Table> {
        let definitions =
            self.attributes.iter().map(attribute_of).collect::<Option<Vec<KeyAttribute>>>()?;
        let mut keys = defined(&definitions, &self.keys)?.into_iter();
        let (hash, range) = (keys.next()?, keys.next());
        let name = TableName::new(self.name)?;
        let schemas = self.indexes.iter().map(|index| index.schema(&definitions));
        let last = last_of(self.indexes.iter().map(|index| index.id));
        let leaving = match &self.leaving {
            Some(index) => Some(LeavingIndex {
                schema: index.schema(&definitions)?,
                index: TableIndex { status: TableStatus::Deleting, ..index.state() },
            }),
            None => None,
        };
        let billing = match self.provisioned {
            Some((read, write)) => Billing::Provisioned { read, write },
            None => Billing::OnDemand,
        };
        // Format 1 has tables that were made on demand and nothing else.
        let since_ms = (billing == Billing::OnDemand).then_some(self.created_ms);
        let on_demand_since_ms = self.on_demand_since_ms.or(since_ms);
        let throughput = throughput_of(self.on_demand_maxima, self.warm, billing);
        Some(Table {
            schema: Arc::new(TableSchema {
                table: id,
                hash,
                range,
                indexes: schemas.collect::<Option<Vec<IndexSchema>>>()?,
            }),
            status: match self.restoring {
                Some(_) => TableStatus::Creating,
                None => TableStatus::Active,
            },
            settling: Vec::new(),
            definitions,
            billing,
            // Definitions of before it was kept may be of tables that were charged on demand once. Of
            // their indexes it is not known: they may have been made since.
            throughput: match on_demand_since_ms {
                Some(_) => throughput.raised_for(Billing::OnDemand),
                None => throughput,
            },
            on_demand_since_ms,
            throughput_changes: self.throughput_changes.into(),
            created_ms: self.created_ms,
            deletion_protection: self.deletion_protection,
            class: self.class.map(Class::summary),
            tags: self.tags,
            time_to_live: self.time_to_live.map(Expiry::into_setting).unwrap_or_default(),
            indexes: self.indexes.iter().map(Index::state).collect(),
            leaving,
            indexes_made: self.indexes_made.unwrap_or(last),
            uuid: self.uuid,
            stream: None,
            encryption: self.encryption,
            policy: self.policy.map(Policy::policy),
            arn: setting.table_arn(&name),
            totals: Arc::new(TableTotals::default()),
            buckets: Arc::default(),
            restoring: self.restoring.map(Restoring::summary),
            metrics: setting.metrics.table(label),
            name,
        })
    }
}

impl Expiry {
    fn of(setting: &TimeToLive) -> Option<Self> {
        let TimeToLive { attribute, number, complete, cleared } = setting.clone();
        (number > 0).then_some(Self { attribute, number, complete, cleared })
    }

    fn into_setting(self) -> TimeToLive {
        let Self { attribute, number, complete, cleared } = self;
        TimeToLive { attribute, number, complete, cleared }
    }
}

impl Policy {
    pub(super) fn of(policy: &ResourcePolicy) -> Self {
        let ResourcePolicy { document, revision_ms } = policy;
        Self { document: document.as_str().to_owned(), revision_ms: *revision_ms }
    }

    pub(super) fn policy(self) -> Arc<ResourcePolicy> {
        let Self { document, revision_ms } = self;
        Arc::new(ResourcePolicy { document: PolicyDocument::canonical(document), revision_ms })
    }
}

impl Class {
    fn of(ClassSummary { class, changed_ms }: ClassSummary) -> Self {
        let name = match class {
            TableClass::Standard => ClassName::Standard,
            TableClass::InfrequentAccess => ClassName::InfrequentAccess,
        };
        Self { name, changed_ms }
    }

    fn summary(self) -> ClassSummary {
        let class = match self.name {
            ClassName::Standard => TableClass::Standard,
            ClassName::InfrequentAccess => TableClass::InfrequentAccess,
        };
        ClassSummary { class, changed_ms: self.changed_ms }
    }
}

/// The highest of these numbers of indexes.
fn last_of(ids: impl Iterator<Item = u32>) -> u32 {
    ids.max().unwrap_or(0)
}

/// The letter that a type is stored as.
pub(super) fn letter_of(kind: KeyType) -> char {
    match kind {
        KeyType::S => 'S',
        KeyType::N => 'N',
        KeyType::B => 'B',
    }
}

/// The attribute of that name and letter.
pub(super) fn attribute_of((name, letter): &(String, char)) -> Option<KeyAttribute> {
    let kind = match letter {
        'S' => KeyType::S,
        'N' => KeyType::N,
        'B' => KeyType::B,
        _ => return None,
    };
    Some(KeyAttribute { name: name.clone(), kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Units;
    use crate::model::IndexId;

    fn table_of(text: &str) -> Option<Table> {
        let metrics = Metrics::new(crate::metrics::Options::default());
        let setting = Setting { region: "eu-west-1", account: "000000000001", metrics: &metrics };
        Definition::decode(text.as_bytes())?.into_table(TableId::new(7), &setting)
    }

    #[test]
    fn a_definition_of_format_1_is_a_table_without_indexes() {
        // To the byte what format 1 stored for a table on demand and a provisioned one.
        let on_demand = r#"{"name":"orders","uuid":"u-1","created_ms":17,"attributes":[["sk","N"],
            ["pk","S"]],"keys":["pk","sk"],"provisioned":null,"deletion_protection":true}"#;
        let provisioned = r#"{"name":"users","uuid":"u-2","created_ms":18,"attributes":[["id","B"]],
            "keys":["id"],"provisioned":[5,7],"deletion_protection":false}"#;

        let on_demand = table_of(on_demand).expect("a definition");
        let provisioned = table_of(provisioned).expect("a definition");

        assert_eq!(on_demand.arn, "arn:aws:dynamodb:eu-west-1:000000000001:table/orders");
        assert_eq!((on_demand.uuid.as_str(), on_demand.created_ms), ("u-1", 17));
        assert_eq!(on_demand.schema.hash.name, "pk");
        assert_eq!(on_demand.schema.range.as_ref().map(|key| key.kind), Some(KeyType::N));
        assert_eq!(on_demand.definitions[0].name, "sk");
        assert!(on_demand.deletion_protection && on_demand.indexes.is_empty());
        assert_eq!(
            (on_demand.billing, on_demand.on_demand_since_ms),
            (Billing::OnDemand, Some(17))
        );
        assert_eq!(provisioned.billing, Billing::Provisioned { read: 5, write: 7 });
        assert_eq!((provisioned.on_demand_since_ms, provisioned.class), (None, None));
        assert!(provisioned.tags.is_empty());
        assert_eq!(provisioned.time_to_live, TimeToLive::default());
    }

    #[test]
    fn what_was_on_demand_once_is_as_warm_as_that_if_its_definition_does_not_say() {
        let text = |since: &str| {
            format!(
                r#"{{"name":"orders","uuid":"u","created_ms":17,"attributes":[["pk","S"]],
                "keys":["pk"],"provisioned":[5,7000],"deletion_protection":false{since}}}"#
            )
        };
        let warm = |text: &str| table_of(text).expect("a definition").throughput.warm;

        assert_eq!(warm(&text("")), Units { read: 5, write: 7_000 });
        let once = text(r#","on_demand_since_ms":16"#);
        assert_eq!(warm(&once), Units { read: 12_000, write: 7_000 });
    }

    #[test]
    fn everything_in_a_definition_comes_back_as_it_was_stored() {
        let text = concat!(
            r#"{"name":"orders","uuid":"u","created_ms":17,"attributes":[["pk","S"],["sk","N"],"#,
            r#"["g","B"]],"keys":["pk","sk"],"provisioned":[1,2],"deletion_protection":false,"#,
            r#""on_demand_since_ms":16,"throughput_changes":{"raised_ms":1,"lowered_ms":null,"#,
            r#""lowered_that_day":0},"indexes":[{"id":1,"name":"loc","scope":"local","#,
            r#""hash":["pk"],"range":["g"],"projection":"all"},{"id":2,"name":"glo","#,
            r#""scope":"global","hash":["g","pk"],"range":[],"projection":{"include":["x"]},"#,
            r#""provisioned":[3,4],"throughput_changes":{"raised_ms":null,"lowered_ms":5,"#,
            r#""lowered_that_day":2},"on_demand_maxima":{"read":7,"write":null},"#,
            r#""warm":[5,6]},{"id":3,"name":"key","scope":"global","hash":["g"],"#,
            r#""range":[],"projection":"keys_only"}],"class":{"name":"infrequent_access","#,
            r#""changed_ms":9},"tags":{"a":"b","c":""},"time_to_live":{"attribute":"until","#,
            r#""number":3,"complete":true,"cleared":false},"#,
            r#""on_demand_maxima":{"read":null,"write":9},"warm":[12000,4001],"#,
            r#""encryption":"arn:aws:kms:r:a:key/1","#,
            r#""policy":{"document":"{\"Statement\":[]}","revision_ms":19}}"#
        );

        let table = table_of(text).expect("a definition");
        let stored = Definition::of(&table).encode();

        assert_eq!(std::str::from_utf8(&stored).expect("utf-8"), text);
        assert_eq!(table.schema.indexes[1].hash[0].kind, KeyType::B);
        assert_eq!(
            table.index(IndexId::new(2)).and_then(|index| index.units),
            Some(Units { read: 3, write: 4 })
        );
    }

    #[test]
    fn a_definition_that_is_no_tables_is_refused() {
        let good = r#"{"name":"abc","uuid":"u","created_ms":1,"attributes":[["id","S"]],
            "keys":["id"],"provisioned":null,"deletion_protection":false}"#;
        assert!(table_of(good).is_some());
        for (part, instead) in [
            (r#"["id","S"]"#, r#"["id","X"]"#),
            (r#""keys":["id"]"#, r#""keys":["other"]"#),
            (r#""keys":["id"]"#, r#""keys":[]"#),
            (r#""abc""#, r#""""#),
            (r#""uuid":"u""#, r#""uuid":"u","later":1"#),
        ] {
            let bad = good.replace(part, instead);
            assert!(bad != good && table_of(&bad).is_none(), "{bad}");
        }
    }
}
