//! BatchGetItem.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::constraints::{
    ATTRIBUTES_TO_GET, CAPACITY, Faults, Map, Path, REQUIRED, Rule, TABLE_NAME, shape,
};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::Values;
use super::super::wording::Wording;
use super::expressions::mixed;
use super::projection::Projection;
use super::{capacity_of, consistency_of, read, required};
use crate::api::{
    ApiError, BatchGetItem, BatchGetTable, Key, TableName, TableRef, check_batch_keys,
};

#[derive(Debug, Default)]
pub(in crate::wire) struct BatchGetMembers<'a> {
    pub(in crate::wire) capacity: Option<Cow<'a, str>>,
    pub(in crate::wire) tables: Option<Vec<KeysAndAttributes<'a>>>,
}

#[derive(Debug, Default)]
pub(in crate::wire) struct KeysAndAttributes<'a> {
    pub(in crate::wire) name: Cow<'a, str>,
    pub(in crate::wire) keys: Option<Vec<Key>>,
    pub(in crate::wire) values: Values,
    pub(in crate::wire) consistent: Option<bool>,
    pub(in crate::wire) projection: Projection<'a>,
}

pub(super) fn batch_get_item(body: &[u8], wording: Wording) -> Result<BatchGetItem, ApiError> {
    read(body, BatchGetMembers::read)?.request(wording)
}

impl<'a> BatchGetMembers<'a> {
    /// The request.
    pub(in crate::wire) fn request(self, wording: Wording) -> Result<BatchGetItem, ApiError> {
        constrain(&self)?;
        let capacity = capacity_of(self.capacity.as_deref());
        let given = required(self.tables)?;
        check_any(&given, "BatchGetItem", wording)?;
        check_one_way(&given)?;
        let mut named = HashSet::with_capacity(given.len());
        let mut tables: Vec<BatchGetTable> = Vec::with_capacity(given.len());
        // One table is checked to its end before the next: the service's order is known of one only.
        for table in given {
            let table = table.checked()?;
            if !named.insert(table.table.name().clone()) {
                return Err(named_twice(table.table.name()));
            }
            tables.push(table);
        }
        if tables.iter().map(|table| table.keys.len()).sum::<usize>() > KEYS_MAX {
            return Err(ApiError::validation("Too many items requested for the BatchGetItem call"));
        }
        Ok(BatchGetItem { tables, capacity })
    }

    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "RequestItems" => {
                let mut tables = Vec::new();
                let class = shape_class!("KeysAndAttributes");
                let present = scan.map(class, Place::Member, |scan, name| {
                    tables.push(KeysAndAttributes::read(scan, name)?);
                    Ok(())
                })?;
                self.tables = present.then_some(tables);
            }
            _ => scan.skip()?,
        }
        Ok(())
    }
}

shape! {
    fn constrain(batch: &BatchGetMembers<'_>) {
        "returnConsumedCapacity": CAPACITY, batch.capacity.as_deref();
        "requestItems": REQUEST_ITEMS, batch.tables.as_deref().map(Map);
    }
}

shape! {
    impl "KeysAndAttributes" for KeysAndAttributes<'_> as table, under (&table.name) {
        // The service names too many keys in its newer way everywhere by now.
        "keys": REQUIRED.count(1, KEYS_MAX).most_unshown(), table.keys.as_deref();
        "attributesToGet": ATTRIBUTES_TO_GET, table.projection.attributes_to_get();
    }
}

impl<'a> KeysAndAttributes<'a> {
    fn read(scan: &mut Scanner<'a>, name: Cow<'a, str>) -> Result<Self, ApiError> {
        let mut table = Self { name, ..Self::default() };
        scan.structure("KeysAndAttributes", Place::Element, |scan, name| {
            match &*name {
                "Keys" => table.keys = read_keys(&mut table.values, scan)?,
                "ConsistentRead" => table.consistent = scan.boolean()?,
                name => table.projection.read(scan, name)?,
            }
            Ok(())
        })?;
        Ok(table)
    }

    fn checked(self) -> Result<BatchGetTable, ApiError> {
        self.projection.check_usage()?;
        self.projection.check_twins()?;
        let projection = self.projection.parse_for_batch()?;
        self.values.check()?;
        let keys = required(self.keys)?;
        check_batch_keys(&keys)?;
        Ok(BatchGetTable {
            table: TableRef::of(&self.name)?,
            keys,
            consistency: consistency_of(self.consistent),
            projection,
        })
    }
}

/// What was left unread of a table, as an answer names it.
pub(in crate::wire::json) fn unread<'a>(
    scan: &mut Scanner<'a>,
    name: Cow<'a, str>,
) -> Result<BatchGetTable, ApiError> {
    KeysAndAttributes::read(scan, name)?.checked()
}

/// One table's old way and another's new way are refused like both in one table.
fn check_one_way(tables: &[KeysAndAttributes<'_>]) -> Result<(), ApiError> {
    let (mut older, mut newer) = (false, false);
    for KeysAndAttributes { projection, .. } in tables {
        older |= projection.is_older();
        newer |= projection.is_newer();
    }
    if older && newer {
        return Err(mixed("AttributesToGet", "ProjectionExpression"));
    }
    Ok(())
}

fn read_keys(values: &mut Values, scan: &mut Scanner<'_>) -> Result<Option<Vec<Key>>, ApiError> {
    scan.list(|scan| Ok(values.attributes(scan, Place::Element)?.unwrap_or_default()))
}

/// Refuses a batch without tables, which passes the constraints.
pub(super) fn check_any<T>(
    tables: &[T],
    operation: &str,
    wording: Wording,
) -> Result<(), ApiError> {
    if !tables.is_empty() {
        return Ok(());
    }
    match wording {
        Wording::Classic => {
            let message = format!("The requestItems parameter is required for {operation}");
            Err(ApiError::validation(message))
        }
        Wording::Y2026 => {
            let mut faults = Faults::default();
            let path = Path::Request;
            let path = path.member("requestItems");
            faults.add_unshown(path, "Member must have length greater than or equal to 1");
            faults.end()
        }
    }
}

/// A table under its name and under its ARN would be two answers for one.
pub(super) fn named_twice(table: &TableName) -> ApiError {
    ApiError::validation(format!(
        "One or more parameter values were invalid: Table {table} is requested twice"
    ))
}

/// `RequestItems`, whose keys are tables.
pub(super) const REQUEST_ITEMS: Rule = REQUIRED.keys(&TABLE_NAME);
const KEYS_MAX: usize = 100;
