//! `UpdateTimeToLive`; `DescribeTimeToLive` has nothing but a name (`tables.rs`).

use std::borrow::Cow;

use super::super::constraints::{REQUIRED, shape};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::tables::control_name;
use super::{read, required};
use crate::api::{ApiError, TimeToLiveSpecification, UpdateTimeToLive};

#[derive(Debug, Default)]
struct Members<'a> {
    name: Option<Cow<'a, str>>,
    specification: Option<Specification<'a>>,
}

#[derive(Debug, Default)]
struct Specification<'a> {
    enabled: Option<bool>,
    attribute: Option<Cow<'a, str>>,
}

pub(super) fn update_time_to_live(body: &[u8]) -> Result<UpdateTimeToLive, ApiError> {
    let members: Members<'_> = read(body, |members: &mut Members<'_>, scan, name| {
        match name {
            "TableName" => members.name = scan.text()?,
            "TimeToLiveSpecification" => members.specification = Specification::read(scan)?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    let name = control_name(members.name.as_deref())?;
    constrain(&members)?;
    let Specification { enabled, attribute } = required(members.specification)?;
    let specification = TimeToLiveSpecification {
        enabled: required(enabled)?,
        attribute: required(attribute)?.into_owned(),
    };
    Ok(UpdateTimeToLive { name, specification })
}

shape! {
    /// All but the name, which was checked before.
    fn constrain(request: &Members<'_>) {
        "timeToLiveSpecification": REQUIRED, request.specification.as_ref();
    }
}

shape! {
    impl "TimeToLiveSpecification" for Specification<'_> as specification {
        "enabled": REQUIRED, specification.enabled.as_ref();
        "attributeName": REQUIRED.within(1, 255), specification.attribute.as_deref();
    }
}

impl<'a> Specification<'a> {
    fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut specification = Self::default();
        let shape = "TimeToLiveSpecification";
        let present = scan.structure(shape, Place::Member, |scan, name| {
            match &*name {
                "Enabled" => specification.enabled = scan.boolean()?,
                "AttributeName" => specification.attribute = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(present.then_some(specification))
    }
}
