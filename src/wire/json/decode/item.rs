//! GetItem, PutItem and DeleteItem.

use std::borrow::Cow;

use super::super::constraints::{
    ATTRIBUTES_TO_GET, CAPACITY, COLLECTION_METRICS, CONDITIONAL_OPERATORS, OPTIONAL, REQUIRED,
    RETURN_ON_FAILURE, RETURN_VALUES, TABLE, shape,
};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use super::super::wording::Refusal;
use super::expressions::Usage;
use super::projection::Projection;
use super::write::WriteMembers;
use super::{capacity_of, consistency_of, read, required, table_of};
use crate::api::{ApiError, DeleteItem, GetItem, Key, PutItem, ReturnValues, check_item_size};
use crate::model::Item;

#[derive(Debug, Default)]
pub(in crate::wire) struct GetMembers<'a> {
    pub(in crate::wire) capacity: Option<Cow<'a, str>>,
    pub(in crate::wire) table: Option<Cow<'a, str>>,
    pub(in crate::wire) key: Option<Key>,
    pub(in crate::wire) values: Values,
    pub(in crate::wire) consistent: Option<bool>,
    pub(in crate::wire) projection: Projection<'a>,
}

pub(super) fn get_item(body: &[u8]) -> Result<GetItem, ApiError> {
    read(body, GetMembers::read)?.request()
}

pub(super) fn put_item(body: &[u8]) -> Result<PutItem, Refusal> {
    let members = read(body, |members: &mut WriteMembers<'_>, scan, name| {
        if members.read(Usage::Write, "Item", scan, name)? { Ok(()) } else { scan.skip() }
    })?;
    put(members, body.len())
}

/// The request of these members, whose item took so many bytes at least.
pub(in crate::wire) fn put(
    mut members: WriteMembers<'_>,
    wire_bytes: usize,
) -> Result<PutItem, Refusal> {
    constrain_put(&members)?;
    members.expressions.check_usage(Usage::Write, &members.older())?;
    std::mem::take(&mut members.values).check()?;
    check_return_values(&members)?;
    let item = Item { attributes: required(members.attributes.take())? };
    check_item_size(&item, wire_bytes).map_err(Refusal::Data)?;
    let expected = members.check_expected()?;
    let mut parsed = std::mem::take(&mut members.expressions).parse()?;
    Ok(PutItem {
        table: table_of(members.table.as_ref())?,
        item,
        options: members.options(expected, &mut parsed),
    })
}

pub(super) fn delete_item(body: &[u8]) -> Result<DeleteItem, Refusal> {
    delete(read(body, |members: &mut WriteMembers<'_>, scan, name| {
        if members.read(Usage::Write, "Key", scan, name)? { Ok(()) } else { scan.skip() }
    })?)
}

/// The request of these members.
pub(in crate::wire) fn delete(mut members: WriteMembers<'_>) -> Result<DeleteItem, Refusal> {
    constrain_delete(&members)?;
    members.expressions.check_usage(Usage::Write, &members.older())?;
    std::mem::take(&mut members.values).check()?;
    check_return_values(&members)?;
    let expected = members.check_expected()?;
    let mut parsed = std::mem::take(&mut members.expressions).parse()?;
    Ok(DeleteItem {
        table: table_of(members.table.as_ref())?,
        key: required(members.attributes.take())?,
        options: members.options(expected, &mut parsed),
    })
}

impl<'a> GetMembers<'a> {
    /// The request.
    pub(in crate::wire) fn request(self) -> Result<GetItem, ApiError> {
        constrain_get(&self)?;
        self.projection.check_usage()?;
        self.values.check()?;
        self.projection.check_twins()?;
        let projection = self.projection.parse()?;
        Ok(GetItem {
            table: table_of(self.table.as_ref())?,
            key: required(self.key)?,
            consistency: consistency_of(self.consistent),
            projection,
            capacity: capacity_of(self.capacity.as_deref()),
        })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "TableName" => self.table = scan.text()?,
            "Key" => self.key = self.values.attributes(scan, Place::Member)?,
            "ConsistentRead" => self.consistent = scan.boolean()?,
            _ => self.projection.read(scan, name)?,
        }
        Ok(())
    }

    /// Reads a member of the `Get` of a transaction.
    pub(super) fn read_of_transaction(
        &mut self,
        scan: &mut Scanner<'a>,
        name: &str,
    ) -> Result<(), ApiError> {
        match name {
            "TableName" => self.table = scan.text()?,
            "Key" => self.key = self.values.attributes(scan, Place::Member)?,
            "AttributesToGet" => scan.skip()?,
            _ => self.projection.read(scan, name)?,
        }
        Ok(())
    }
}

shape! {
    fn constrain_get(get: &GetMembers<'_>) {
        "returnConsumedCapacity": CAPACITY, get.capacity.as_deref();
        "attributesToGet": ATTRIBUTES_TO_GET, get.projection.attributes_to_get();
        "tableName": TABLE, get.table.as_deref();
        "key": REQUIRED, get.key.as_deref();
    }
}

shape! {
    fn constrain_put(put: &WriteMembers<'_>) {
        "returnConsumedCapacity": CAPACITY, put.capacity.as_deref();
        "tableName": TABLE, put.table.as_deref();
        "item": REQUIRED, put.attributes.as_deref();
        "conditionalOperator": CONDITIONAL_OPERATORS, put.operator.as_deref();
        "expected": OPTIONAL, put.expected();
        "returnValues": RETURN_VALUES, put.return_values.as_deref();
        "returnItemCollectionMetrics": COLLECTION_METRICS, put.collection_metrics.as_deref();
        "returnValuesOnConditionCheckFailure": RETURN_ON_FAILURE, put.on_failure.as_deref();
    }
}

shape! {
    fn constrain_delete(delete: &WriteMembers<'_>) {
        "returnConsumedCapacity": CAPACITY, delete.capacity.as_deref();
        "tableName": TABLE, delete.table.as_deref();
        "returnValues": RETURN_VALUES, delete.return_values.as_deref();
        "returnItemCollectionMetrics": COLLECTION_METRICS, delete.collection_metrics.as_deref();
        "key": REQUIRED, delete.attributes.as_deref();
        "conditionalOperator": CONDITIONAL_OPERATORS, delete.operator.as_deref();
        "expected": OPTIONAL, delete.expected();
        "returnValuesOnConditionCheckFailure": RETURN_ON_FAILURE, delete.on_failure.as_deref();
    }
}

fn check_return_values(members: &WriteMembers<'_>) -> Result<(), ApiError> {
    match members.return_values() {
        ReturnValues::None | ReturnValues::AllOld => Ok(()),
        ReturnValues::AllNew | ReturnValues::UpdatedOld | ReturnValues::UpdatedNew => {
            Err(ApiError::validation("ReturnValues can only be ALL_OLD or NONE"))
        }
    }
}
