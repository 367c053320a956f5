//! What the description of a table and that of an index have in common.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use super::super::constraints::{Faults, KEY_TYPES, Quoted};
use super::super::scan::Scanner;
use super::super::types::Place;
use crate::api::ApiError;

/// An element of a key schema as it came.
#[derive(Debug, Default)]
pub(super) struct Element<'a> {
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) role: Option<Cow<'a, str>>,
}

/// Units bought ahead, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Throughput {
    pub(super) read: Option<i64>,
    pub(super) write: Option<i64>,
}

pub(super) fn read_elements<'a>(
    scan: &mut Scanner<'a>,
) -> Result<Option<Vec<Element<'a>>>, ApiError> {
    scan.list(|scan| {
        let mut element = Element::default();
        scan.structure("KeySchemaElement", Place::Element, |scan, name| {
            match &*name {
                "AttributeName" => element.name = scan.text()?,
                "KeyType" => element.role = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(element)
    })
}

pub(super) fn read_throughput(scan: &mut Scanner<'_>) -> Result<Option<Throughput>, ApiError> {
    let mut throughput = Throughput::default();
    let present = scan.structure("ProvisionedThroughput", Place::Member, |scan, name| {
        match &*name {
            "ReadCapacityUnits" => throughput.read = scan.long()?,
            "WriteCapacityUnits" => throughput.write = scan.long()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    Ok(present.then_some(throughput))
}

/// The constraints of a key schema at that path.
pub(super) fn constrain_elements(
    faults: &mut Faults,
    path: impl Display,
    elements: Option<&[Element<'_>]>,
    lengths: RangeInclusive<usize>,
) {
    faults.required(&path, elements.as_ref());
    let Some(elements) = elements else { return };
    faults.length(&path, Quoted(Elements(elements)), elements.len(), lengths);
    for (element, number) in elements.iter().zip(1..) {
        let name = format_args!("{path}.{number}.member.attributeName");
        faults.required_text(name, element.name.as_deref(), 1..=255);
        let role = format_args!("{path}.{number}.member.keyType");
        faults.required_one_of(role, element.role.as_deref(), KEY_TYPES);
    }
}

impl Throughput {
    /// The constraints of the units at that path.
    pub(super) fn constrain(self, faults: &mut Faults, path: impl Display) {
        for (units, name) in [(self.write, "writeCapacityUnits"), (self.read, "readCapacityUnits")]
        {
            let path = format_args!("{path}.{name}");
            faults.required(path, units.as_ref());
            if let Some(units) = units {
                faults.at_least(path, units, 1);
            }
        }
    }
}

/// A key schema as Java prints one.
struct Elements<'a>(&'a [Element<'a>]);

impl Display for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, element) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let name = element.name.as_deref().unwrap_or("null");
            let role = element.role.as_deref().unwrap_or("null");
            write!(f, "{comma}KeySchemaElement(attributeName={name}, keyType={role})")?;
        }
        f.write_str("]")
    }
}
