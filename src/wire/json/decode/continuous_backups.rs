//! Restoring a table as it was at any time, which hearth does not have: what asks for it is
//! understood, and refused.

use std::borrow::Cow;

use super::super::constraints::{INDEX_NAME, OPTIONAL, REQUIRED, shape};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::backup::Overrides;
use super::tables::control_name;
use super::{read, required};
use crate::api::{ApiError, RestoreTableToPointInTime, TableName, UpdateContinuousBackups};

#[derive(Debug, Default)]
struct UpdateMembers<'a> {
    name: Option<Cow<'a, str>>,
    recovery: Option<Recovery>,
}

/// How far back a table shall be restorable.
#[derive(Clone, Copy, Debug, Default)]
struct Recovery {
    enabled: Option<bool>,
    days: Option<i32>,
}

#[derive(Debug, Default)]
struct RestoreMembers<'a> {
    arn: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    target: Option<Cow<'a, str>>,
    is_latest: Option<bool>,
    time_ms: Option<u64>,
    overrides: Overrides<'a>,
}

pub(super) fn update_continuous_backups(body: &[u8]) -> Result<UpdateContinuousBackups, ApiError> {
    let members = read(body, |members: &mut UpdateMembers<'_>, scan, name| {
        match name {
            "TableName" => members.name = scan.text()?,
            "PointInTimeRecoverySpecification" => members.recovery = Recovery::read(scan)?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let name = control_name(members.name.as_deref())?;
    constrain_update(&members)?;
    let Recovery { enabled, days } = required(members.recovery)?;
    let enabled = required(enabled)?;
    if !enabled && days.is_some() {
        return Err(ApiError::validation(
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time \
             recovery.",
        ));
    }
    Ok(UpdateContinuousBackups { name, enabled })
}

pub(super) fn restore_to_point_in_time(body: &[u8]) -> Result<RestoreTableToPointInTime, ApiError> {
    let members = read(body, |members: &mut RestoreMembers<'_>, scan, name| {
        match name {
            "SourceTableArn" => members.arn = scan.text()?,
            "SourceTableName" => members.source = scan.text()?,
            "TargetTableName" => members.target = scan.text()?,
            "UseLatestRestorableTime" => members.is_latest = scan.boolean()?,
            "RestoreDateTime" => members.time_ms = scan.time_ms()?,
            _ => members.overrides.read(scan, name)?,
        }
        Ok(())
    })?;
    constrain_restore(&members)?;
    let source = match (members.arn.as_deref(), members.source.as_deref()) {
        (Some(arn), None) => TableName::in_arn(arn)?,
        (None, Some(name)) => TableName::named_by(name)?,
        (None, None) | (Some(_), Some(_)) => {
            return Err(ApiError::validation(
                "Either one of SourceTableArn or SourceTableName must be specified, but not both",
            ));
        }
    };
    if members.time_ms.is_some() == members.is_latest.unwrap_or(false) {
        return Err(ApiError::validation(
            "Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not \
             both",
        ));
    }
    members.overrides.checked()?;
    let target = TableName::named_by(&required(members.target)?)?;
    Ok(RestoreTableToPointInTime { source, target })
}

shape! {
    /// All but the name, which was checked before.
    fn constrain_update(update: &UpdateMembers<'_>) {
        "pointInTimeRecoverySpecification": REQUIRED, update.recovery.as_ref();
    }
}

shape! {
    impl "PointInTimeRecoverySpecification" for Recovery as recovery {
        "pointInTimeRecoveryEnabled": REQUIRED, recovery.enabled.as_ref();
        "recoveryPeriodInDays": OPTIONAL.within(1, 35), recovery.days.as_ref();
    }
}

shape! {
    fn constrain_restore(restore: &RestoreMembers<'_>) {
        "sourceTableArn": OPTIONAL.within(1, 1024), restore.arn.as_deref();
        "sourceTableName": INDEX_NAME.optional(), restore.source.as_deref();
        "targetTableName": INDEX_NAME, restore.target.as_deref();
        ..&restore.overrides;
    }
}

impl Recovery {
    fn read(scan: &mut Scanner<'_>) -> Result<Option<Self>, ApiError> {
        let mut recovery = Self::default();
        let shape = "PointInTimeRecoverySpecification";
        let present = scan.structure(shape, Place::Member, |scan, name| {
            match &*name {
                "PointInTimeRecoveryEnabled" => recovery.enabled = scan.boolean()?,
                "RecoveryPeriodInDays" => recovery.days = scan.integer()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(present.then_some(recovery))
    }
}
