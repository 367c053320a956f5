//! Writes the answers about backups.

use std::slice;

use super::index::what_it_is;
use super::table::{encryption_description, keys, most, time};
use super::write::{Separator, list, plain, text};
use crate::api::{
    BackupDescription, BackupDetails, BackupStatus, BackupSummary, Billing, CreateIndex,
    IndexDescription, ListBackupsOutput, RestoreSummary, TableDescription, Units,
};
use crate::model::IndexScope;

pub(super) fn details_alone(out: &mut Vec<u8>, details: &BackupDetails) {
    out.extend_from_slice(b"{\"BackupDetails\":{");
    members(out, &mut Separator::start(), details);
    out.extend_from_slice(b"}}");
}

pub(super) fn description(out: &mut Vec<u8>, description: &BackupDescription) {
    out.extend_from_slice(b"{\"BackupDescription\":{\"BackupDetails\":{");
    members(out, &mut Separator::start(), &description.details);
    out.extend_from_slice(b"},\"SourceTableDetails\":");
    source(out, &description.source);
    out.extend_from_slice(b",\"SourceTableFeatureDetails\":");
    features(out, description);
    out.extend_from_slice(b"}}");
}

pub(super) fn backups(out: &mut Vec<u8>, output: &ListBackupsOutput) {
    out.extend_from_slice(b"{\"BackupSummaries\":");
    list(out, &output.backups, summary);
    if let Some(last) = &output.last {
        out.extend_from_slice(b",\"LastEvaluatedBackupArn\":");
        text(out, last);
    }
    out.push(b'}');
}

/// Of a table that cannot be restored as it was at any time.
pub(super) fn continuous(out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"{\"ContinuousBackupsDescription\":{\"ContinuousBackupsStatus\":\"ENABLED\",\
          \"PointInTimeRecoveryDescription\":{\"PointInTimeRecoveryStatus\":\"DISABLED\"}}}",
    );
}

/// Writes what a table is being made of.
pub(super) fn restore_summary(out: &mut Vec<u8>, restore: &RestoreSummary) {
    out.push(b'{');
    let mut next = Separator::start();
    next.name(out, "SourceBackupArn");
    text(out, &restore.backup_arn);
    next.name(out, "SourceTableArn");
    text(out, &restore.table_arn);
    next.name(out, "RestoreDateTime");
    time(out, restore.at_ms);
    next.name(out, "RestoreInProgress");
    plain(out, true);
    out.push(b'}');
}

fn summary(out: &mut Vec<u8>, summary: &BackupSummary) {
    out.push(b'{');
    let mut next = Separator::start();
    for (name, value) in [
        ("TableName", summary.table.as_str()),
        ("TableId", &summary.table_id),
        ("TableArn", &summary.table_arn),
    ] {
        next.name(out, name);
        text(out, value);
    }
    members(out, &mut next, &summary.details);
    out.push(b'}');
}

fn members(out: &mut Vec<u8>, next: &mut Separator, details: &BackupDetails) {
    let status = match details.status {
        BackupStatus::Creating => "CREATING",
        BackupStatus::Available => "AVAILABLE",
        BackupStatus::Deleted => "DELETED",
    };
    for (name, value) in [
        ("BackupArn", details.arn.as_str()),
        ("BackupName", &details.name),
        ("BackupStatus", status),
        ("BackupType", "USER"),
    ] {
        next.name(out, name);
        text(out, value);
    }
    next.name(out, "BackupSizeBytes");
    plain(out, details.bytes);
    next.name(out, "BackupCreationDateTime");
    time(out, details.created_ms);
}

fn source(out: &mut Vec<u8>, table: &TableDescription) {
    let (mode, units) = match table.billing {
        Billing::Provisioned { read, write } => ("PROVISIONED", Units { read, write }),
        Billing::OnDemand => ("PAY_PER_REQUEST", Units::default()),
    };
    out.push(b'{');
    let mut next = Separator::start();
    for (name, value) in [
        ("TableName", table.name.as_str()),
        ("TableId", &table.id),
        ("TableArn", &table.arn),
        ("BillingMode", mode),
    ] {
        next.name(out, name);
        text(out, value);
    }
    for (name, number) in [("TableSizeBytes", table.bytes), ("ItemCount", table.items)] {
        next.name(out, name);
        plain(out, number);
    }
    next.name(out, "KeySchema");
    keys(out, slice::from_ref(&table.hash), table.range.as_slice());
    next.name(out, "TableCreationDateTime");
    time(out, table.created_ms);
    next.name(out, "ProvisionedThroughput");
    throughput(out, units);
    most(out, &mut next, table.throughput.maxima);
    out.push(b'}');
}

fn features(out: &mut Vec<u8>, description: &BackupDescription) {
    let table = &description.source;
    out.push(b'{');
    let mut next = Separator::start();
    for (scope, name) in [
        (IndexScope::Local, "LocalSecondaryIndexes"),
        (IndexScope::Global, "GlobalSecondaryIndexes"),
    ] {
        let of_scope = |described: &&IndexDescription| described.index.scope == scope;
        let mut indexes = table.indexes.iter().filter(of_scope).peekable();
        if indexes.peek().is_some() {
            next.name(out, name);
            list(out, indexes, |out, described| index(out, &described.index));
        }
    }
    if let Some(view) = table.stream.as_ref().and_then(|stream| stream.view) {
        next.name(out, "StreamDescription");
        out.extend_from_slice(b"{\"StreamEnabled\":true,\"StreamViewType\":");
        text(out, view.name());
        out.push(b'}');
    }
    if let Some(encryption) = &table.encryption {
        next.name(out, "SSEDescription");
        encryption_description(out, encryption);
    }
    if let Some(attribute) = &description.time_to_live {
        next.name(out, "TimeToLiveDescription");
        out.extend_from_slice(b"{\"TimeToLiveStatus\":\"ENABLED\",\"AttributeName\":");
        text(out, attribute);
        out.push(b'}');
    }
    out.push(b'}');
}

fn index(out: &mut Vec<u8>, index: &CreateIndex) {
    out.push(b'{');
    let mut next = Separator::start();
    what_it_is(out, &mut next, index);
    if index.scope == IndexScope::Global {
        next.name(out, "ProvisionedThroughput");
        throughput(out, index.units.unwrap_or_default());
        most(out, &mut next, index.throughput.maxima);
    }
    out.push(b'}');
}

fn throughput(out: &mut Vec<u8>, Units { read, write }: Units) {
    plain(out, format_args!("{{\"ReadCapacityUnits\":{read},\"WriteCapacityUnits\":{write}}}"));
}
