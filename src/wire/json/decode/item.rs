//! GetItem, PutItem and DeleteItem.

use std::borrow::Cow;

use super::super::constraints::{COLLECTION_METRICS, Faults, RETURN_VALUES};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use super::condition::Condition;
use super::projection::Projection;
use super::{capacity_of, check_capacity, consistency_of, read, required, table_of};
use crate::api::{
    ApiError, CollectionDetail, DeleteItem, GetItem, Key, OnConditionFailure, PutItem,
    ReturnValues, WriteOptions, check_item_size,
};
use crate::model::Item;

#[derive(Debug, Default)]
struct GetMembers<'a> {
    capacity: Option<Cow<'a, str>>,
    table: Option<Cow<'a, str>>,
    key: Option<Key>,
    values: Values,
    consistent: Option<bool>,
    projection: Projection<'a>,
}

/// The members of PutItem and DeleteItem, which differ in one.
#[derive(Debug, Default)]
struct WriteMembers<'a> {
    capacity: Option<Cow<'a, str>>,
    table: Option<Cow<'a, str>>,
    /// The item of a put, the key of a delete.
    attributes: Option<Key>,
    values: Values,
    return_values: Option<Cow<'a, str>>,
    collection_metrics: Option<Cow<'a, str>>,
    condition: Condition<'a>,
}

pub(super) fn get_item(body: &[u8]) -> Result<GetItem, ApiError> {
    let members: GetMembers<'_> = read(body, GetMembers::read)?;
    members.constrain()?;
    members.projection.check()?;
    members.values.check()?;
    members.projection.check_twins()?;
    members.projection.refuse()?;
    Ok(GetItem {
        table: table_of(members.table.as_ref())?,
        key: required(members.key)?,
        consistency: consistency_of(members.consistent),
        projection: None,
        capacity: capacity_of(members.capacity.as_deref()),
    })
}

pub(super) fn put_item(body: &[u8]) -> Result<PutItem, ApiError> {
    let members: WriteMembers<'_> =
        read(body, |members, scan, name| WriteMembers::read(members, scan, name, "Item"))?;
    members.constrain_put()?;
    members.condition.check()?;
    members.values.check()?;
    let return_values = return_values_of(members.return_values.as_deref())?;
    let item = Item { attributes: required(members.attributes)? };
    check_item_size(&item, body.len())?;
    members.condition.refuse()?;
    Ok(PutItem {
        table: table_of(members.table.as_ref())?,
        item,
        options: WriteOptions {
            condition: None,
            on_failure: OnConditionFailure::None,
            return_values,
            capacity: capacity_of(members.capacity.as_deref()),
            collection: CollectionDetail::None,
        },
    })
}

pub(super) fn delete_item(body: &[u8]) -> Result<DeleteItem, ApiError> {
    let members: WriteMembers<'_> =
        read(body, |members, scan, name| WriteMembers::read(members, scan, name, "Key"))?;
    members.constrain_delete()?;
    members.condition.check()?;
    members.values.check()?;
    let return_values = return_values_of(members.return_values.as_deref())?;
    members.condition.refuse()?;
    Ok(DeleteItem {
        table: table_of(members.table.as_ref())?,
        key: required(members.attributes)?,
        options: WriteOptions {
            condition: None,
            on_failure: OnConditionFailure::None,
            return_values,
            capacity: capacity_of(members.capacity.as_deref()),
            collection: CollectionDetail::None,
        },
    })
}

impl<'a> GetMembers<'a> {
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

    fn constrain(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        check_capacity(&mut faults, self.capacity.as_deref());
        self.projection.constrain(&mut faults, "attributesToGet");
        faults.table("tableName", self.table.as_deref());
        faults.required("key", self.key.as_ref());
        faults.end()
    }
}

impl<'a> WriteMembers<'a> {
    fn read(
        &mut self,
        scan: &mut Scanner<'a>,
        name: &str,
        attributes: &str,
    ) -> Result<(), ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "TableName" => self.table = scan.text()?,
            "ReturnValues" => self.return_values = scan.text()?,
            "ReturnItemCollectionMetrics" => self.collection_metrics = scan.text()?,
            name if name == attributes => {
                self.attributes = self.values.attributes(scan, Place::Member)?;
            }
            _ => self.condition.read(scan, name)?,
        }
        Ok(())
    }

    fn constrain_put(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        check_capacity(&mut faults, self.capacity.as_deref());
        faults.table("tableName", self.table.as_deref());
        faults.required("item", self.attributes.as_ref());
        self.condition.constrain(&mut faults);
        self.constrain_returns(&mut faults);
        self.condition.constrain_last(&mut faults);
        faults.end()
    }

    fn constrain_delete(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        check_capacity(&mut faults, self.capacity.as_deref());
        faults.table("tableName", self.table.as_deref());
        self.constrain_returns(&mut faults);
        faults.required("key", self.attributes.as_ref());
        self.condition.constrain(&mut faults);
        self.condition.constrain_last(&mut faults);
        faults.end()
    }

    fn constrain_returns(&self, faults: &mut Faults) {
        faults.one_of("returnValues", self.return_values.as_deref(), RETURN_VALUES);
        let metrics = self.collection_metrics.as_deref();
        faults.one_of("returnItemCollectionMetrics", metrics, COLLECTION_METRICS);
    }
}

fn return_values_of(text: Option<&str>) -> Result<ReturnValues, ApiError> {
    match text {
        None | Some("NONE") => Ok(ReturnValues::None),
        Some("ALL_OLD") => Ok(ReturnValues::AllOld),
        Some(_) => Err(ApiError::validation("ReturnValues can only be ALL_OLD or NONE")),
    }
}
