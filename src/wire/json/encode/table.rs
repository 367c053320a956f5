//! Writes the description of a table.

use std::slice;

use super::write::{Separator, plain, text};
use super::{backup, index, streams};
use crate::api::{
    Billing, ClassSummary, EncryptionDescription, OnDemandMaxima, TableDescription, TableStatus,
    Throughput, ThroughputChanges, Units,
};
use crate::model::KeyAttribute;

/// Writes a description as the one member of an answer.
pub(super) fn description(out: &mut Vec<u8>, member: &str, table: &TableDescription) {
    out.push(b'{');
    text(out, member);
    out.extend_from_slice(b":{");
    let mut next = Separator::start();
    next.name(out, "AttributeDefinitions");
    definitions(out, &table.definitions);
    next.name(out, "TableName");
    text(out, table.name.as_str());
    next.name(out, "KeySchema");
    keys(out, slice::from_ref(&table.hash), table.range.as_slice());
    next.name(out, "TableStatus");
    text(out, status(table.status));
    next.name(out, "CreationDateTime");
    time(out, table.created_ms);
    next.name(out, "ProvisionedThroughput");
    throughput(out, table.billing, table.throughput_changes);
    next.name(out, "TableSizeBytes");
    plain(out, table.bytes);
    next.name(out, "ItemCount");
    plain(out, table.items);
    next.name(out, "TableArn");
    text(out, &table.arn);
    next.name(out, "TableId");
    text(out, &table.id);
    if let Some(since_ms) = table.on_demand_since_ms {
        next.name(out, "BillingModeSummary");
        billing_summary(out, table, since_ms);
    }
    index::indexes(out, &mut next, table);
    if let Some(stream) = &table.stream {
        streams::summary(out, &mut next, stream);
    }
    if let Some(encryption) = &table.encryption {
        next.name(out, "SSEDescription");
        encryption_description(out, encryption);
    }
    if let Some(summary) = table.class {
        next.name(out, "TableClassSummary");
        class_summary(out, summary);
    }
    if let Some(restore) = &table.restore {
        next.name(out, "RestoreSummary");
        backup::restore_summary(out, restore);
    }
    next.name(out, "DeletionProtectionEnabled");
    plain(out, table.deletion_protection);
    takes(out, &mut next, table.throughput);
    out.extend_from_slice(b"}}");
}

fn definitions(out: &mut Vec<u8>, definitions: &[KeyAttribute]) {
    out.push(b'[');
    let mut separator = Separator::start();
    for attribute in definitions {
        separator.next(out);
        pair(out, ("AttributeName", &attribute.name), ("AttributeType", attribute.kind.name()));
    }
    out.push(b']');
}

/// Writes a key schema.
pub(super) fn keys(out: &mut Vec<u8>, hash: &[KeyAttribute], range: &[KeyAttribute]) {
    out.push(b'[');
    let mut separator = Separator::start();
    for (attributes, role) in [(hash, "HASH"), (range, "RANGE")] {
        for attribute in attributes {
            separator.next(out);
            pair(out, ("AttributeName", &attribute.name), ("KeyType", role));
        }
    }
    out.push(b']');
}

fn pair(out: &mut Vec<u8>, first: (&str, &str), second: (&str, &str)) {
    let mut separator = Separator::start();
    out.push(b'{');
    for (name, value) in [first, second] {
        separator.name(out, name);
        text(out, value);
    }
    out.push(b'}');
}

/// Writes units bought ahead, 0 of those that are not.
pub(super) fn throughput(out: &mut Vec<u8>, billing: Billing, changes: ThroughputChanges) {
    let (read, write) = match billing {
        Billing::Provisioned { read, write } => (read, write),
        Billing::OnDemand => (0, 0),
    };
    out.push(b'{');
    let mut next = Separator::start();
    for (name, ms) in
        [("LastIncreaseDateTime", changes.raised_ms), ("LastDecreaseDateTime", changes.lowered_ms)]
    {
        if let Some(ms) = ms {
            next.name(out, name);
            time(out, ms);
        }
    }
    for (name, number) in [
        ("NumberOfDecreasesToday", changes.lowered_that_day),
        ("ReadCapacityUnits", read),
        ("WriteCapacityUnits", write),
    ] {
        next.name(out, name);
        plain(out, number);
    }
    out.push(b'}');
}

/// Writes what a table or index takes in a second: its maxima, if it has any, and what it can take
/// at once.
pub(super) fn takes(out: &mut Vec<u8>, next: &mut Separator, throughput: Throughput) {
    let Throughput { maxima, warm: Units { read, write }, is_warming } = throughput;
    most(out, next, maxima);
    next.name(out, "WarmThroughput");
    let doing = if is_warming { TableStatus::Updating } else { TableStatus::Active };
    let status = status(doing);
    plain(
        out,
        format_args!(
            "{{\"ReadUnitsPerSecond\":{read},\"WriteUnitsPerSecond\":{write},\
             \"Status\":\"{status}\"}}"
        ),
    );
}

/// The most that it shall take, if anything says so.
pub(super) fn most(out: &mut Vec<u8>, next: &mut Separator, maxima: OnDemandMaxima) {
    if maxima.is_none() {
        return;
    }
    next.name(out, "OnDemandThroughput");
    out.push(b'{');
    let mut next = Separator::start();
    for (name, units) in
        [("MaxReadRequestUnits", maxima.read), ("MaxWriteRequestUnits", maxima.write)]
    {
        if let Some(units) = units {
            next.name(out, name);
            plain(out, units);
        }
    }
    out.push(b'}');
}

/// Of a table that is or was charged on demand; the time appears when the table serves.
fn billing_summary(out: &mut Vec<u8>, table: &TableDescription, since_ms: u64) {
    out.extend_from_slice(b"{\"BillingMode\":");
    let mode = match table.billing {
        Billing::Provisioned { .. } => "PROVISIONED",
        Billing::OnDemand => "PAY_PER_REQUEST",
    };
    text(out, mode);
    if table.status != TableStatus::Creating {
        out.extend_from_slice(b",\"LastUpdateToPayPerRequestDateTime\":");
        time(out, since_ms);
    }
    out.push(b'}');
}

fn class_summary(out: &mut Vec<u8>, summary: ClassSummary) {
    out.extend_from_slice(b"{\"TableClass\":");
    text(out, summary.class.name());
    if let Some(ms) = summary.changed_ms {
        out.extend_from_slice(b",\"LastUpdateDateTime\":");
        time(out, ms);
    }
    out.push(b'}');
}

/// The key is left out while a table gets its first.
pub(super) fn encryption_description(out: &mut Vec<u8>, encryption: &EncryptionDescription) {
    let mut next = Separator::start();
    out.push(b'{');
    next.name(out, "Status");
    text(out, if encryption.is_updating { "UPDATING" } else { "ENABLED" });
    if let Some(key) = &encryption.key {
        next.name(out, "SSEType");
        text(out, "KMS");
        next.name(out, "KMSMasterKeyArn");
        text(out, key);
    }
    out.push(b'}');
}

/// Seconds since 1970 with milliseconds as their fraction.
pub(super) fn time(out: &mut Vec<u8>, ms: u64) {
    plain(out, format_args!("{}.{:03}", ms / 1000, ms % 1000));
}

/// The word for what a table or index is doing.
pub(super) fn status(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Updating => "UPDATING",
        TableStatus::Creating => "CREATING",
        TableStatus::Active => "ACTIVE",
        TableStatus::Deleting => "DELETING",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CreateIndex, IndexDescription, TableClass, TableName, Units};
    use crate::model::{IndexProjection, IndexScope, KeyType};

    fn attribute(name: &str, kind: KeyType) -> KeyAttribute {
        KeyAttribute { name: name.into(), kind }
    }

    fn described(billing: Billing, status: TableStatus) -> TableDescription {
        TableDescription {
            name: TableName::new("tab").expect("a name"),
            arn: "arn:aws:dynamodb:us-east-1:000000000000:table/tab".into(),
            id: "5b4bd2a5-2a72-4a4a-8d4a-3e5f3cbb8d64".into(),
            status,
            definitions: vec![attribute("sk", KeyType::N), attribute("pk", KeyType::S)],
            hash: attribute("pk", KeyType::S),
            range: Some(attribute("sk", KeyType::N)),
            indexes: Vec::new(),
            billing,
            throughput: Throughput::default().raised_for(billing),
            on_demand_since_ms: None,
            throughput_changes: ThroughputChanges::default(),
            created_ms: 1_795_466_614_023,
            items: 3,
            bytes: 99,
            deletion_protection: false,
            class: None,
            stream: None,
            encryption: None,
            restore: None,
        }
    }

    fn index(name: &str, scope: IndexScope, units: Option<Units>) -> IndexDescription {
        let [pk, sk] = [attribute("pk", KeyType::S), attribute("sk", KeyType::N)];
        let projection = match scope {
            IndexScope::Local => IndexProjection::Include(vec!["a".into(), "b".into()]),
            IndexScope::Global => IndexProjection::KeysOnly,
        };
        let index = CreateIndex {
            name: name.into(),
            scope,
            hash: vec![pk],
            range: vec![sk],
            projection,
            units,
            throughput: Throughput::default()
                .raised_for(units.map_or(Billing::OnDemand, Billing::bought)),
        };
        IndexDescription {
            index,
            backfilling: false,
            status: TableStatus::Updating,
            arn: format!("arn/index/{name}"),
            items: 2,
            bytes: 50,
            throughput_changes: ThroughputChanges {
                raised_ms: Some(1_000),
                lowered_ms: Some(2_001),
                lowered_that_day: 3,
            },
        }
    }

    fn written(table: &TableDescription) -> String {
        let mut out = Vec::new();
        description(&mut out, "Table", table);
        String::from_utf8(out).expect("utf-8")
    }

    #[test]
    fn a_provisioned_table_is_described_to_the_letter() {
        let table = described(Billing::Provisioned { read: 5, write: 6 }, TableStatus::Active);
        assert_eq!(
            written(&table),
            "{\"Table\":{\"AttributeDefinitions\":[{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"},\
             {\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],\"TableName\":\"tab\",\
             \"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},\
             {\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],\"TableStatus\":\"ACTIVE\",\
             \"CreationDateTime\":1795466614.023,\"ProvisionedThroughput\":\
             {\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":6},\
             \"TableSizeBytes\":99,\"ItemCount\":3,\
             \"TableArn\":\"arn:aws:dynamodb:us-east-1:000000000000:table/tab\",\
             \"TableId\":\"5b4bd2a5-2a72-4a4a-8d4a-3e5f3cbb8d64\",\"DeletionProtectionEnabled\":false,\
             \"WarmThroughput\":{\"ReadUnitsPerSecond\":5,\"WriteUnitsPerSecond\":6,\
             \"Status\":\"ACTIVE\"}}}"
        );
    }

    #[test]
    fn an_on_demand_table_tells_since_when_once_it_serves() {
        let mut table = described(Billing::OnDemand, TableStatus::Creating);
        table.on_demand_since_ms = Some(1_795_466_614_024);
        let creating = written(&table);
        let serving = written(&TableDescription { status: TableStatus::Active, ..table });

        assert!(creating.contains("\"BillingModeSummary\":{\"BillingMode\":\"PAY_PER_REQUEST\"},"));
        assert!(creating.contains("\"ReadCapacityUnits\":0,\"WriteCapacityUnits\":0"));
        assert!(creating.contains("\"ReadUnitsPerSecond\":12000,\"WriteUnitsPerSecond\":4000"));
        assert!(serving.contains("\"LastUpdateToPayPerRequestDateTime\":1795466614.024}"));
    }

    #[test]
    fn indexes_and_a_class_are_described_to_the_letter() {
        let mut table = described(Billing::Provisioned { read: 5, write: 6 }, TableStatus::Active);
        table.indexes = vec![
            index("loc", IndexScope::Local, None),
            index("glo", IndexScope::Global, Some(Units { read: 7, write: 8 })),
        ];
        let class = TableClass::InfrequentAccess;
        table.class = Some(ClassSummary { class, changed_ms: Some(3_000) });
        let keys = "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},\
                    {\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}]";
        let parts = format!(
            "\"LocalSecondaryIndexes\":[{{\"IndexName\":\"loc\",{keys},\"Projection\":\
             {{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"a\",\"b\"]}},\
             \"IndexSizeBytes\":50,\"ItemCount\":2,\"IndexArn\":\"arn/index/loc\"}}],\
             \"GlobalSecondaryIndexes\":[{{\"IndexName\":\"glo\",{keys},\"Projection\":\
             {{\"ProjectionType\":\"KEYS_ONLY\"}},\"IndexStatus\":\"UPDATING\",\
             \"ProvisionedThroughput\":{{\"LastIncreaseDateTime\":1.000,\
             \"LastDecreaseDateTime\":2.001,\"NumberOfDecreasesToday\":3,\
             \"ReadCapacityUnits\":7,\"WriteCapacityUnits\":8}},\"IndexSizeBytes\":50,\
             \"ItemCount\":2,\"IndexArn\":\"arn/index/glo\",\"WarmThroughput\":\
             {{\"ReadUnitsPerSecond\":7,\"WriteUnitsPerSecond\":8,\"Status\":\"ACTIVE\"}}}}],\
             \"TableClassSummary\":{{\"TableClass\":\"STANDARD_INFREQUENT_ACCESS\",\
             \"LastUpdateDateTime\":3.000}},"
        );

        let json = written(&table);

        assert!(json.contains(&parts), "{parts} is not in {json}");
        let dropped = written(&TableDescription { status: TableStatus::Deleting, ..table });
        assert!(dropped.contains("LocalSecondaryIndexes"));
        assert!(!dropped.contains("GlobalSecondaryIndexes"));
    }
}
