//! Backups of tables, and tables made of them.
//!
//! Not here: `RestoreTableToPointInTime` and what belongs to it (`continuous_backups.rs`).

use std::borrow::Cow;

use super::super::constraints::{
    BILLING_MODES, INDEX_NAME, OPTIONAL, REQUIRED, Rule, TABLE, shape,
};
use super::super::scan::Scanner;
use super::encryption::Encryption;
use super::indexes::{Index, Kind, read_indexes, requests};
use super::later::{Later, OF_RESTORED};
use super::schema::{Throughput, read_throughput};
use super::table::mode_of;
use super::tables::control_name;
use super::throughput::read_maxima;
use super::{read, required};
use crate::api::{
    ApiError, BackupArn, BackupType, CreateBackup, ListBackups, MaximaRequest, RestoreOverrides,
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
    encryption: Option<Encryption<'a>>,
    maxima: MaximaRequest,
    later: Later<'a, OF_RESTORED>,
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
    constrain_create(&members)?;
    Ok(CreateBackup { table, name: required(members.name)?.into_owned() })
}

/// `DescribeBackup` and `DeleteBackup`.
pub(super) fn backup_arn(body: &[u8]) -> Result<BackupArn, ApiError> {
    let member = read(body, |member: &mut ArnMember<'_>, scan, name| {
        match name {
            "BackupArn" => member.0 = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    constrain_arn(&member)?;
    BackupArn::of(&required(member.0)?)
}

pub(super) fn list_backups(body: &[u8]) -> Result<ListBackups, ApiError> {
    let members = read(body, ListMembers::read)?;
    constrain_list(&members)?;
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
    constrain_restore(&members)?;
    let backup = BackupArn::of(&required(members.backup)?)?;
    Ok(RestoreTableFromBackup {
        backup,
        target: TableName::named_by(&required(members.target)?)?,
        overrides: members.overrides.checked()?,
    })
}

shape! {
    /// All but the table, which was checked before.
    fn constrain_create(create: &CreateMembers<'_>) {
        "backupName": INDEX_NAME, create.name.as_deref();
    }
}

shape! {
    fn constrain_arn(member: &ArnMember<'_>) {
        "backupArn": BACKUP_ARN, member.0.as_deref();
    }
}

shape! {
    fn constrain_list(list: &ListMembers<'_>) {
        "tableName": TABLE.optional(), list.table.as_deref();
        "limit": OPTIONAL.within(1, 100), list.limit.as_ref();
        "exclusiveStartBackupArn": BACKUP_ARN.optional(), list.after.as_deref();
        "backupType": BACKUP_TYPES, list.kind.as_deref();
    }
}

shape! {
    fn constrain_restore(restore: &RestoreMembers<'_>) {
        "targetTableName": INDEX_NAME, restore.target.as_deref();
        "backupArn": BACKUP_ARN, restore.backup.as_deref();
        ..&restore.overrides;
    }
}

shape! {
    impl "RestoreTableFromBackupInput" for Overrides<'_> as overrides {
        "billingModeOverride": BILLING_MODES, overrides.billing.as_deref();
        "globalSecondaryIndexOverride": OPTIONAL, overrides.global.as_deref();
        "localSecondaryIndexOverride": OPTIONAL, overrides.local.as_deref();
        "provisionedThroughputOverride": OPTIONAL, overrides.throughput.as_ref();
        "sSESpecificationOverride": OPTIONAL, overrides.encryption.as_ref();
        ..overrides.later.members();
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
            "OnDemandThroughputOverride" => self.maxima = read_maxima(scan)?.unwrap_or_default(),
            "SSESpecificationOverride" => self.encryption = Encryption::read(scan)?,
            _ => self.later.read(scan, name)?,
        }
        Ok(())
    }

    /// What they ask for; the constraints have passed.
    pub(super) fn checked(&self) -> Result<RestoreOverrides, ApiError> {
        let units = self.throughput.map(Throughput::units);
        units.map_or(Ok(()), check_units)?;
        let encryption = self.encryption.as_ref().map(Encryption::key).transpose()?;
        self.later.refuse()?;
        Ok(RestoreOverrides {
            mode: self.billing.as_deref().map(mode_of),
            units,
            local: requests(self.local.as_deref()),
            global: requests(self.global.as_deref()),
            maxima: self.maxima,
            encryption,
        })
    }
}

const BACKUP_ARN: Rule = REQUIRED.within(37, 1024);
const BACKUP_TYPES: Rule = OPTIONAL.one_of(&["USER", "SYSTEM", "AWS_BACKUP", "ALL"]);
