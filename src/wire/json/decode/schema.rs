//! What requests for tables and for indexes have in common: definitions, key schemas, units.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use super::super::constraints::{ATTRIBUTE_TYPES, Faults, KEY_TYPES, Quoted};
use super::super::scan::Scanner;
use super::super::types::Place;
use crate::api::{ApiError, KeyElement, KeyRole, Units};
use crate::model::{KeyAttribute, KeyType};

/// The definition of an attribute as it came.
#[derive(Debug, Default)]
pub(super) struct Definition<'a> {
    name: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
}

/// An element of a key schema as it came.
#[derive(Debug, Default)]
pub(super) struct Element<'a> {
    name: Option<Cow<'a, str>>,
    role: Option<Cow<'a, str>>,
}

/// Units bought ahead, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Throughput {
    read: Option<i64>,
    write: Option<i64>,
}

pub(super) fn read_definitions<'a>(
    scan: &mut Scanner<'a>,
) -> Result<Option<Vec<Definition<'a>>>, ApiError> {
    scan.list(|scan| {
        let mut definition = Definition::default();
        scan.structure("AttributeDefinition", Place::Element, |scan, name| {
            match &*name {
                "AttributeName" => definition.name = scan.text()?,
                "AttributeType" => definition.kind = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(definition)
    })
}

/// The constraints of attribute definitions, if there are any.
pub(super) fn constrain_definitions(faults: &mut Faults, definitions: Option<&[Definition<'_>]>) {
    for (definition, number) in definitions.unwrap_or_default().iter().zip(1..) {
        let path = format_args!("attributeDefinitions.{number}.member.attributeName");
        faults.required_text(path, definition.name.as_deref(), 1..=255);
        let path = format_args!("attributeDefinitions.{number}.member.attributeType");
        faults.required_one_of(path, definition.kind.as_deref(), ATTRIBUTE_TYPES);
    }
}

/// Definitions whose constraints have passed.
pub(super) fn attribute_definitions(definitions: Option<&[Definition<'_>]>) -> Vec<KeyAttribute> {
    let attribute = |definition: &Definition<'_>| KeyAttribute {
        name: owned(definition.name.as_ref()),
        kind: match definition.kind.as_deref() {
            Some("N") => KeyType::N,
            Some("B") => KeyType::B,
            _ => KeyType::S,
        },
    };
    definitions.unwrap_or_default().iter().map(attribute).collect()
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

/// A key schema whose constraints have passed.
pub(super) fn key_elements(elements: Option<&[Element<'_>]>) -> Vec<KeyElement> {
    let element = |element: &Element<'_>| KeyElement {
        name: owned(element.name.as_ref()),
        role: match element.role.as_deref() {
            Some("RANGE") => KeyRole::Range,
            _ => KeyRole::Hash,
        },
    };
    elements.unwrap_or_default().iter().map(element).collect()
}

/// A text that the constraints have found to be there.
pub(super) fn owned(text: Option<&Cow<'_, str>>) -> String {
    text.map_or_else(String::new, |text| text.clone().into_owned())
}

impl Throughput {
    /// The units; the constraints have passed.
    pub(super) fn units(self) -> Units {
        let unsigned = |units: Option<i64>| u64::try_from(units.unwrap_or_default()).unwrap_or(0);
        Units { read: unsigned(self.read), write: unsigned(self.write) }
    }

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
