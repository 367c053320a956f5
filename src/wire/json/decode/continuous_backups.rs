//! Restoring a table as it was at any time, which hearth does not have: what asks for it is
//! understood, and refused.

use std::borrow::Cow;

use super::super::constraints::Faults;
use super::super::types::Place;
use super::backup::{Overrides, constrain_target};
use super::tables::control_name;
use super::{read, required};
use crate::api::{ApiError, RestoreTableToPointInTime, TableName, UpdateContinuousBackups};

#[derive(Debug, Default)]
struct UpdateMembers<'a> {
    name: Option<Cow<'a, str>>,
    is_specified: bool,
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
            "PointInTimeRecoverySpecification" => {
                let shape = "PointInTimeRecoverySpecification";
                members.is_specified = scan.structure(shape, Place::Member, |scan, name| {
                    match &*name {
                        "PointInTimeRecoveryEnabled" => members.enabled = scan.boolean()?,
                        "RecoveryPeriodInDays" => members.days = scan.integer()?,
                        _ => scan.skip()?,
                    }
                    Ok(())
                })?;
            }
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let name = control_name(members.name.as_deref())?;
    let mut faults = Faults::default();
    let specification = members.is_specified.then_some(&());
    faults.required("pointInTimeRecoverySpecification", specification);
    if members.is_specified {
        let path = "pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled";
        faults.required(path, members.enabled.as_ref());
    }
    if let Some(days) = members.days {
        let path = "pointInTimeRecoverySpecification.recoveryPeriodInDays";
        faults.at_least(path, days.into(), 1);
        faults.at_most(path, days.into(), 35);
    }
    faults.end()?;
    let enabled = required(members.enabled)?;
    if !enabled && members.days.is_some() {
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
    let mut faults = Faults::default();
    constrain_target(&mut faults, members.target.as_deref());
    members.overrides.constrain(&mut faults);
    faults.end()?;
    let source = match (members.arn.as_deref(), members.source.as_deref()) {
        (Some(arn), None) => TableName::in_arn(arn)?,
        (None, name @ Some(_)) => control_name(name)?,
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
