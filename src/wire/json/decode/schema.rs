//! What requests for tables and for indexes have in common: definitions, key schemas, units.

use std::borrow::Cow;
use std::fmt;

use super::super::constraints::{ATTRIBUTE_TYPES, KEY_TYPES, REQUIRED, Rule, shape};
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

shape! {
    impl "AttributeDefinition" for Definition<'_> as definition {
        "attributeName": ATTRIBUTE_NAME, definition.name.as_deref();
        "attributeType": ATTRIBUTE_TYPES, definition.kind.as_deref();
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

shape! {
    impl (Element::print) for Element<'_> as element {
        "attributeName": ATTRIBUTE_NAME, element.name.as_deref();
        "keyType": KEY_TYPES, element.role.as_deref();
    }
}

shape! {
    impl "ProvisionedThroughput" for Throughput as throughput {
        "writeCapacityUnits": REQUIRED.at_least(1), throughput.write.as_ref();
        "readCapacityUnits": REQUIRED.at_least(1), throughput.read.as_ref();
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
}

impl Element<'_> {
    /// As Java prints one.
    fn print(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("null");
        let role = self.role.as_deref().unwrap_or("null");
        write!(f, "KeySchemaElement(attributeName={name}, keyType={role})")
    }
}

/// The name of an attribute that is a key.
const ATTRIBUTE_NAME: Rule = REQUIRED.within(1, 255);
