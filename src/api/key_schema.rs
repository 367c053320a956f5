//! Which attributes key a new table, checked in DynamoDB's order.
//!
//! Must hold: a key that leaves this file is defined, and its parts are two attributes.
//! Not here: indexes.

use super::ApiError;
use super::value::invalid;
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
    /// It is the partition key.
    Hash,
    /// It is the sort key.
    Range,
}

/// The partition and sort key of a table; `elements` has one or two.
pub fn key_schema(
    definitions: &[KeyAttribute],
    elements: &[KeyElement],
) -> Result<(KeyAttribute, Option<KeyAttribute>), ApiError> {
    if elements.len() > definitions.len() {
        return Err(schema_fault("Some index key attribute have no definition"));
    }
    let defined = |element: &KeyElement| definitions.iter().find(|d| d.name == element.name);
    let keys: Option<Vec<&KeyAttribute>> = elements.iter().map(defined).collect();
    let keys = keys.ok_or_else(|| undefined(definitions, elements))?;
    if keys.len() == 2 && keys[0].name == keys[1].name {
        return Err(ApiError::validation(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ));
    }
    if elements.first().is_none_or(|first| first.role != KeyRole::Hash) {
        return Err(schema_fault("The first KeySchemaElement is not a HASH key type"));
    }
    if elements.get(1).is_some_and(|second| second.role != KeyRole::Range) {
        return Err(schema_fault("The second KeySchemaElement is not a RANGE key type"));
    }
    Ok((keys[0].clone(), keys.get(1).map(|&range| range.clone())))
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

fn undefined(definitions: &[KeyAttribute], elements: &[KeyElement]) -> ApiError {
    let keys: Vec<&str> = elements.iter().map(|element| element.name.as_str()).collect();
    let defined: Vec<&str> = definitions.iter().map(|attribute| attribute.name.as_str()).collect();
    invalid(&format!(
        "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], \
         AttributeDefinitions: [{}]",
        keys.join(", "),
        defined.join(", ")
    ))
}

fn schema_fault(fault: &str) -> ApiError {
    ApiError::validation(format!("Invalid KeySchema: {fault}"))
}
