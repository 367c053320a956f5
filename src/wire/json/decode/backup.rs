//! Backups of tables, and tables made of them.
//!
//! Not here: `RestoreTableToPointInTime` and what belongs to it (`continuous_backups.rs`).

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::super::constraints::{BILLING_MODES, Faults, Quoted};
use super::super::scan::Scanner;
use super::indexes::{Index, Kind, constrain_indexes, read_indexes, refuse_later, requests};
use super::later::Later;
use super::schema::{Throughput, read_throughput};
use super::table::mode_of;
use super::tables::{NAME_LENGTHS, control_name};
use super::{read, required};
use crate::api::{
    ApiError, BackupArn, BackupType, CreateBackup, ListBackups, RestoreOverrides,
    RestoreTableFromBackup, TableName, check_units,
};

#[derive(Debug, Default)]
struct CreateMembers<'a> {
    table: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct ArnMember<'a>(Option<Cow<'a, str>>);

#[derive(Debug, Default)]
struct ListMembers<'a> {
    table: Option<Cow<'a, str>>,
    limit: Option<i32>,
    from_ms: Option<u64>,
    before_ms: Option<u64>,
    after: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct RestoreMembers<'a> {
    target: Option<Cow<'a, str>>,
    backup: Option<Cow<'a, str>>,
    overrides: Overrides<'a>,
}

/// What of a restored table shall be different, as it came.
#[derive(Debug, Default)]
pub(super) struct Overrides<'a> {
    billing: Option<Cow<'a, str>>,
    throughput: Option<Throughput>,
    local: Option<Vec<Index<'a>>>,
    global: Option<Vec<Index<'a>>>,
    later: Later,
}

pub(super) fn create_backup(body: &[u8]) -> Result<CreateBackup, ApiError> {
    let members = read(body, |members: &mut CreateMembers<'_>, scan, name| {
        match name {
            "TableName" => members.table = scan.text()?,
            "BackupName" => members.name = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let table = control_name(members.table.as_deref())?;
    let mut faults = Faults::default();
    faults.required("backupName", members.name.as_ref());
    if let Some(name) = members.name.as_deref() {
        faults.name("backupName", name, NAME_LENGTHS);
    }
    faults.end()?;
    Ok(CreateBackup { table, name: required(members.name)?.into_owned() })
}

/// `DescribeBackup` and `DeleteBackup`.
pub(super) fn backup_arn(body: &[u8]) -> Result<BackupArn, ApiError> {
    let ArnMember(arn) = read(body, |member: &mut ArnMember<'_>, scan, name| {
        match name {
            "BackupArn" => member.0 = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let mut faults = Faults::default();
    faults.required_text("backupArn", arn.as_deref(), ARN_LENGTHS);
    faults.end()?;
    BackupArn::of(&required(arn)?)
}

pub(super) fn list_backups(body: &[u8]) -> Result<ListBackups, ApiError> {
    let members = read(body, ListMembers::read)?;
    let mut faults = Faults::default();
    if let Some(table) = members.table.as_deref() {
        faults.table("tableName", Some(table));
    }
    if let Some(limit) = members.limit {
        faults.at_least("limit", limit.into(), 1);
        faults.at_most("limit", limit.into(), 100);
    }
    if let Some(after) = members.after.as_deref() {
        let length = after.chars().count();
        faults.length("exclusiveStartBackupArn", Quoted(after), length, ARN_LENGTHS);
    }
    faults.one_of("backupType", members.kind.as_deref(), BACKUP_TYPES);
    faults.end()?;
    Ok(ListBackups {
        table: members.table.as_deref().map(TableName::named_by).transpose()?,
        after: members.after.as_deref().map(BackupArn::of).transpose()?,
        limit: members.limit.and_then(|limit| usize::try_from(limit).ok()),
        from_ms: members.from_ms,
        before_ms: members.before_ms,
        kind: match members.kind.as_deref() {
            Some("SYSTEM") => BackupType::System,
            Some("AWS_BACKUP") => BackupType::AwsBackup,
            Some("ALL") => BackupType::All,
            _ => BackupType::User,
        },
    })
}

pub(super) fn restore_table_from_backup(body: &[u8]) -> Result<RestoreTableFromBackup, ApiError> {
    let members = read(body, |members: &mut RestoreMembers<'_>, scan, name| {
        match name {
            "TargetTableName" => members.target = scan.text()?,
            "BackupArn" => members.backup = scan.text()?,
            _ => members.overrides.read(scan, name)?,
        }
        Ok(())
    })?;
    let mut faults = Faults::default();
    constrain_target(&mut faults, members.target.as_deref());
    faults.required_text("backupArn", members.backup.as_deref(), ARN_LENGTHS);
    members.overrides.constrain(&mut faults);
    faults.end()?;
    let backup = BackupArn::of(&required(members.backup)?)?;
    Ok(RestoreTableFromBackup {
        backup,
        target: TableName::named_by(&required(members.target)?)?,
        overrides: members.overrides.checked()?,
    })
}

/// The constraints of the name of a table that is to be made.
pub(super) fn constrain_target(faults: &mut Faults, target: Option<&str>) {
    faults.required("targetTableName", target.as_ref());
    if let Some(target) = target {
        faults.name("targetTableName", target, NAME_LENGTHS);
    }
}

impl<'a> ListMembers<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "TableName" => self.table = scan.text()?,
            "Limit" => self.limit = scan.integer()?,
            "TimeRangeLowerBound" => self.from_ms = scan.time_ms()?,
            "TimeRangeUpperBound" => self.before_ms = scan.time_ms()?,
            "ExclusiveStartBackupArn" => self.after = scan.text()?,
            "BackupType" => self.kind = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    }
}

impl<'a> Overrides<'a> {
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "BillingModeOverride" => self.billing = scan.text()?,
            "ProvisionedThroughputOverride" => self.throughput = read_throughput(scan)?,
            "LocalSecondaryIndexOverride" => self.local = read_indexes(scan, Kind::Local)?,
            "GlobalSecondaryIndexOverride" => self.global = read_indexes(scan, Kind::Global)?,
            _ => self.later.read_of_restored_table(scan, name)?,
        }
        Ok(())
    }

    pub(super) fn constrain(&self, faults: &mut Faults) {
        faults.one_of("billingModeOverride", self.billing.as_deref(), BILLING_MODES);
        let (local, global) = (self.local.as_deref(), self.global.as_deref());
        constrain_indexes(faults, "globalSecondaryIndexOverride", global, Kind::Global);
        constrain_indexes(faults, "localSecondaryIndexOverride", local, Kind::Local);
        if let Some(throughput) = self.throughput {
            throughput.constrain(faults, "provisionedThroughputOverride");
        }
    }

    /// What they ask for; the constraints have passed.
    pub(super) fn checked(&self) -> Result<RestoreOverrides, ApiError> {
        let units = self.throughput.map(Throughput::units);
        units.map_or(Ok(()), check_units)?;
        refuse_later(self.global.as_deref())?;
        self.later.refuse()?;
        Ok(RestoreOverrides {
            mode: self.billing.as_deref().map(mode_of),
            units,
            local: requests(self.local.as_deref()),
            global: requests(self.global.as_deref()),
        })
    }
}

const ARN_LENGTHS: RangeInclusive<usize> = 37..=1024;
const BACKUP_TYPES: &[&str] = &["USER", "SYSTEM", "AWS_BACKUP", "ALL"];
