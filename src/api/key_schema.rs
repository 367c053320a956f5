//! Which attributes key a new table or index, checked in DynamoDB's order.
//!
//! Must hold: a key that leaves this file is defined, and no attribute is in it twice.
//! Not here: what an index holds and what it is called (`index_schema.rs`).

use std::collections::HashMap;

use super::value::invalid;
use super::{ApiError, Cut};
use crate::model::KeyAttribute;

/// An element of a request's key schema.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyElement {
    /// The attribute.
    pub name: String,
    /// What it is in the key.
    pub role: KeyRole,
}

/// The part that an attribute plays in a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyRole {
    /// It is the partition key, or a part of it.
    Hash,
    /// It is the sort key, or a part of it.
    Range,
}

/// Attribute definitions, found by name.
#[derive(Debug)]
pub(super) struct Definitions<'a> {
    given: &'a [KeyAttribute],
    by_name: HashMap<&'a str, &'a KeyAttribute>,
}

impl<'a> Definitions<'a> {
    /// Of two definitions of one name the first counts.
    pub(super) fn of(given: &'a [KeyAttribute]) -> Self {
        let by_name = given.iter().rev().map(|one| (one.name.as_str(), one)).collect();
        Self { given, by_name }
    }

    fn all(&self, elements: &[KeyElement]) -> Result<Vec<KeyAttribute>, ApiError> {
        let defined = |element: &KeyElement| self.by_name.get(element.name.as_str()).copied();
        let keys = elements.iter().map(|element| defined(element).cloned());
        keys.collect::<Option<Vec<_>>>().ok_or_else(|| undefined(self.given, elements))
    }
}

/// The partition and sort key of a table; `elements` has one or two.
pub fn key_schema(
    definitions: &[KeyAttribute],
    elements: &[KeyElement],
) -> Result<(KeyAttribute, Option<KeyAttribute>), ApiError> {
    if elements.len() > definitions.len() {
        return Err(schema_fault("Some index key attribute have no definition"));
    }
    pair_of_keys(&Definitions::of(definitions), elements)
}

/// The partition and sort key of a local index; `elements` has one or two.
pub(super) fn pair_of_keys(
    definitions: &Definitions<'_>,
    elements: &[KeyElement],
) -> Result<(KeyAttribute, Option<KeyAttribute>), ApiError> {
    let mut keys = definitions.all(elements)?.into_iter();
    let (Some(hash), range) = (keys.next(), keys.next()) else {
        return Err(schema_fault("The first KeySchemaElement is not a HASH key type"));
    };
    if range.as_ref().is_some_and(|range| range.name == hash.name) {
        return Err(ApiError::validation(SAME_NAME));
    }
    check_first(elements)?;
    if elements.get(1).is_some_and(|second| second.role != KeyRole::Range) {
        return Err(schema_fault("The second KeySchemaElement is not a RANGE key type"));
    }
    Ok((hash, range))
}

/// The attributes of the partition and sort key of a global index: one to four, and four at most.
pub(super) fn lists_of_keys(
    definitions: &Definitions<'_>,
    elements: &[KeyElement],
) -> Result<(Vec<KeyAttribute>, Vec<KeyAttribute>), ApiError> {
    let mut hash = definitions.all(elements)?;
    for (at, element) in elements.iter().enumerate() {
        if elements[..at].iter().any(|earlier| earlier.name == element.name) {
            let pair = elements.len() == 2 && element.role == KeyRole::Range;
            return Err(ApiError::validation(if pair { SAME_NAME } else { REPEATED_NAME }));
        }
    }
    check_first(elements)?;
    let hashes = elements.iter().take_while(|element| element.role == KeyRole::Hash).count();
    let range = hash.split_off(hashes);
    if elements[hashes..].iter().any(|element| element.role == KeyRole::Hash) {
        return Err(invalid(
            "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ));
    }
    for (keys, role) in [(&hash, "HASH"), (&range, "RANGE")] {
        if keys.len() > ROLE_ATTRIBUTES_MAX {
            return Err(invalid(format_args!(
                "The KeySchema exceeds the maximum allowed number of {role} key attributes"
            )));
        }
    }
    Ok((hash, range))
}

/// Refuses definitions beyond the key's own, of which a table without indexes has no use.
pub fn check_definitions(
    definitions: &[KeyAttribute],
    elements: &[KeyElement],
) -> Result<(), ApiError> {
    if definitions.len() == elements.len() {
        return Ok(());
    }
    Err(invalid(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in \
         AttributeDefinitions",
    ))
}

/// The names of these attributes as a message lists them.
pub(super) fn names<'a>(attributes: impl Iterator<Item = &'a KeyAttribute>) -> String {
    attributes.map(|attribute| attribute.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn check_first(elements: &[KeyElement]) -> Result<(), ApiError> {
    match elements.first() {
        Some(KeyElement { role: KeyRole::Hash, .. }) => Ok(()),
        Some(KeyElement { role: KeyRole::Range, .. }) | None => {
            Err(schema_fault("The first KeySchemaElement is not a HASH key type"))
        }
    }
}

fn undefined(definitions: &[KeyAttribute], elements: &[KeyElement]) -> ApiError {
    let keys: Vec<&str> = elements.iter().map(|element| element.name.as_str()).collect();
    invalid(format_args!(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], \
         AttributeDefinitions: [{}]",
        Cut(keys.join(", ")),
        Cut(names(definitions.iter()))
    ))
}

fn schema_fault(fault: &str) -> ApiError {
    ApiError::validation(format!("Invalid KeySchema: {fault}"))
}

const SAME_NAME: &str =
    "Both the Hash Key and the Range Key element in the KeySchema have the same name";
const REPEATED_NAME: &str = "The KeySchema contains multiple key attributes with the same name";
/// Attributes of one role in the key of a global index.
const ROLE_ATTRIBUTES_MAX: usize = 4;
