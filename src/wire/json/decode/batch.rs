//! BatchGetItem.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use super::super::constraints::{ARN_LENGTHS, Faults, NAME_PATTERN, Quoted, is_arn};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::Values;
use super::super::wording::Wording;
use super::expressions::mixed;
use super::projection::Projection;
use super::{capacity_of, check_capacity, consistency_of, read, required};
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
        self.constrain()?;
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

    fn constrain(&self) -> Result<(), ApiError> {
        let mut faults = Faults::default();
        check_capacity(&mut faults, self.capacity.as_deref());
        faults.required("requestItems", self.tables.as_ref());
        let tables = self.tables.as_deref().unwrap_or_default();
        let names = tables.iter().map(|table| &*table.name);
        constrain_names(&mut faults, names, "KeysAndAttributes");
        for table in tables {
            table.constrain(&mut faults);
        }
        faults.end()
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

    fn constrain(&self, faults: &mut Faults) {
        let name = &self.name;
        let path = format_args!("requestItems.{name}.member.keys");
        faults.required(path, self.keys.as_ref());
        match self.keys.as_ref().map_or(1, Vec::len) {
            0 => faults.length(path, Quoted("[]"), 0, 1..=KEYS_MAX),
            1..=KEYS_MAX => {}
            // The service names this member in its newer way everywhere by now.
            _ => faults.add_unshown(
                format_args!("RequestItems.{name}.member.Keys"),
                format_args!("Member must have length less than or equal to {KEYS_MAX}"),
            ),
        }
        let path = format_args!("requestItems.{name}.member.attributesToGet");
        self.projection.constrain(faults, path);
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

/// The constraint of the names in `RequestItems`; `shown` stands for what is asked of a table.
pub(super) fn constrain_names<'a>(
    faults: &mut Faults,
    names: impl Iterator<Item = &'a str> + Clone,
    shown: &str,
) {
    if !names.clone().all(is_table) {
        faults.add(Quoted(shown_tables(names, shown)), "requestItems", TableKeys);
    }
}

/// The tables of the request as refusals show them.
pub(super) fn shown_tables<'a>(names: impl Iterator<Item = &'a str>, shown: &str) -> String {
    let tables: Vec<String> = names.map(|name| format!("{name}={shown}")).collect();
    format!("{{{}}}", tables.join(", "))
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
            let constraint = "Member must have length greater than or equal to 1";
            faults.add_unshown("RequestItems", constraint);
            faults.end()
        }
    }
}

fn is_table(name: &str) -> bool {
    if is_arn(name) {
        ARN_LENGTHS.contains(&name.len())
    } else {
        name.len() >= 3 && TableName::fits(name)
    }
}

/// A table under its name and under its ARN would be two answers for one.
pub(super) fn named_twice(table: &TableName) -> ApiError {
    ApiError::validation(format!(
        "One or more parameter values were invalid: Table {table} is requested twice"
    ))
}

/// The constraint of the names of tables.
struct TableKeys;

impl fmt::Display for TableKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Map keys must satisfy constraint: [Member must have length less than or equal to 255, \
             Member must have length greater than or equal to 3, Member must satisfy regular \
             expression pattern: {NAME_PATTERN}]"
        )
    }
}

const KEYS_MAX: usize = 100;
