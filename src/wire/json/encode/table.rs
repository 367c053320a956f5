//! Writes the description of a table.

use super::write::{Separator, plain, text};
use crate::api::{Billing, TableDescription, TableStatus};
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
    keys(out, &table.hash, table.range.as_ref());
    next.name(out, "TableStatus");
    text(out, status(table.status));
    next.name(out, "CreationDateTime");
    time(out, table.created_ms);
    next.name(out, "ProvisionedThroughput");
    throughput(out, table.billing);
    next.name(out, "TableSizeBytes");
    plain(out, table.bytes);
    next.name(out, "ItemCount");
    plain(out, table.items);
    next.name(out, "TableArn");
    text(out, &table.arn);
    next.name(out, "TableId");
    text(out, &table.id);
    if table.billing == Billing::OnDemand {
        next.name(out, "BillingModeSummary");
        on_demand_summary(out, table);
    }
    next.name(out, "DeletionProtectionEnabled");
    plain(out, table.deletion_protection);
    next.name(out, "WarmThroughput");
    warm_throughput(out, table.billing);
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

fn keys(out: &mut Vec<u8>, hash: &KeyAttribute, range: Option<&KeyAttribute>) {
    out.push(b'[');
    pair(out, ("AttributeName", &hash.name), ("KeyType", "HASH"));
    if let Some(range) = range {
        out.push(b',');
        pair(out, ("AttributeName", &range.name), ("KeyType", "RANGE"));
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

fn throughput(out: &mut Vec<u8>, billing: Billing) {
    let (read, write) = match billing {
        Billing::Provisioned { read, write } => (read, write),
        Billing::OnDemand => (0, 0),
    };
    plain(
        out,
        format_args!(
            "{{\"NumberOfDecreasesToday\":0,\"ReadCapacityUnits\":{read},\
             \"WriteCapacityUnits\":{write}}}"
        ),
    );
}

fn warm_throughput(out: &mut Vec<u8>, billing: Billing) {
    let (read, write) = match billing {
        Billing::Provisioned { read, write } => (read, write),
        Billing::OnDemand => ON_DEMAND_WARM_UNITS,
    };
    plain(
        out,
        format_args!(
            "{{\"ReadUnitsPerSecond\":{read},\"WriteUnitsPerSecond\":{write},\
             \"Status\":\"ACTIVE\"}}"
        ),
    );
}

/// The time of the change to on demand appears when the table serves.
fn on_demand_summary(out: &mut Vec<u8>, table: &TableDescription) {
    out.extend_from_slice(b"{\"BillingMode\":\"PAY_PER_REQUEST\"");
    if table.status != TableStatus::Creating {
        out.extend_from_slice(b",\"LastUpdateToPayPerRequestDateTime\":");
        time(out, table.created_ms);
    }
    out.push(b'}');
}

/// Seconds since 1970 with milliseconds as their fraction.
fn time(out: &mut Vec<u8>, ms: u64) {
    plain(out, format_args!("{}.{:03}", ms / 1000, ms % 1000));
}

fn status(status: TableStatus) -> &'static str {
    match status {
        TableStatus::Updating => "UPDATING",
        TableStatus::Creating => "CREATING",
        TableStatus::Active => "ACTIVE",
        TableStatus::Deleting => "DELETING",
    }
}

const ON_DEMAND_WARM_UNITS: (u64, u64) = (12_000, 4_000);
