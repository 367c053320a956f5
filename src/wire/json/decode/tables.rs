//! The operations on tables that need little more than a name: all but CreateTable.

use std::borrow::Cow;

use super::super::constraints::{OPTIONAL, Rule, TABLE_NAME, is_arn, shape};
use super::super::scan::Scanner;
use super::read;
use crate::api::{ApiError, ListTables, TableName};

#[derive(Debug, Default)]
struct NameMember<'a>(Option<Cow<'a, str>>);

#[derive(Debug, Default)]
struct ListMembers<'a> {
    limit: Option<i32>,
    after: Option<Cow<'a, str>>,
}

#[derive(Debug, Default)]
struct NoMembers;

/// DescribeTable, DeleteTable, `DescribeTimeToLive` and `DescribeContinuousBackups`.
pub(super) fn table_name(body: &[u8]) -> Result<TableName, ApiError> {
    let NameMember(name) = read(body, |member: &mut NameMember<'_>, scan, name| {
        match name {
            "TableName" => member.0 = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    control_name(name.as_deref())
}

/// The table that an operation on a table other than CreateTable names.
pub(super) fn control_name(name: Option<&str>) -> Result<TableName, ApiError> {
    let name = required_name(name)?;
    if !is_arn(name) && !NAME_LENGTHS.contains(&name.chars().count()) {
        return Err(ApiError::validation(
            "TableName must be at least 3 characters long and at most 255 characters long",
        ));
    }
    check_name(name)?;
    TableName::named_by(name)
}

/// ListTables.
pub(super) fn list_tables(body: &[u8]) -> Result<ListTables, ApiError> {
    let members: ListMembers<'_> = read(body, ListMembers::read)?;
    constrain_list(&members)?;
    Ok(ListTables {
        after: members.after.map(Cow::into_owned),
        limit: members.limit.and_then(|limit| usize::try_from(limit).ok()),
    })
}

/// An operation without members.
pub(super) fn nothing(body: &[u8]) -> Result<(), ApiError> {
    read(body, |_: &mut NoMembers, scan, _| scan.skip()).map(|NoMembers| ())
}

/// The name that an operation on a table cannot be without; its absence is told before all else.
pub(super) fn required_name(name: Option<&str>) -> Result<&str, ApiError> {
    name.ok_or_else(|| {
        ApiError::validation(
            "The parameter 'TableName' is required but was not present in the request",
        )
    })
}

shape! {
    fn constrain_list(list: &ListMembers<'_>) {
        "limit": OPTIONAL.within(1, 100), list.limit.as_ref();
        "exclusiveStartTableName": NAME, list.after.as_deref();
    }
}

shape! {
    /// A bad name is told alone, whatever else is wrong.
    pub(super) fn check_name(name: &str) {
        "tableName": TABLE_NAME, Some(name);
    }
}

impl<'a> ListMembers<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "Limit" => self.limit = scan.integer()?,
            "ExclusiveStartTableName" => self.after = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    }
}

/// A name that cannot be an ARN.
pub(super) const NAME: Rule = OPTIONAL.name().within(3, 255);
const NAME_LENGTHS: std::ops::RangeInclusive<usize> = 3..=255;
