//! Statements about one item: which one, and what must hold of it.
//!
//! Not here: what is done to it.

use std::sync::Arc;

use super::branches::terms;
use super::terms::{Named, equal_values};
use crate::expr::Condition;
use crate::model::{AttributeValue, KeyAttribute, KeyError, TableSchema};
use crate::partiql::{Error, Insert};

/// One item by its key, and what must hold of it besides.
#[derive(Debug, PartialEq)]
pub struct KeyedItem {
    /// The attributes of the key.
    pub key: Vec<(String, AttributeValue)>,
    /// What must hold.
    pub condition: Option<Arc<Condition>>,
}

impl KeyedItem {
    /// The key of the only item that a `SELECT` can find, if its condition says that and no more.
    pub fn of_select(
        condition: Option<Condition>,
        schema: &TableSchema,
    ) -> Result<Option<Vec<(String, AttributeValue)>>, Error> {
        match Self::of(condition, schema) {
            Ok(Self { key, condition: None }) => Ok(Some(key)),
            Ok(_) | Err(Error::NoKey | Error::KeyTwice(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The item that a condition says by one equality on each key attribute; all its other terms
    /// must hold of it.
    pub fn of(condition: Option<Condition>, schema: &TableSchema) -> Result<Self, Error> {
        let Some(condition) = condition else { return Err(Error::NoKey) };
        let mut rest = Vec::new();
        let mut key: Vec<(String, AttributeValue)> = Vec::new();
        for term in terms(&condition) {
            let named =
                schema.keys().find_map(|attribute| match equal_values(term, &attribute.name)? {
                    (values, Named::One) => Some((attribute, values[0])),
                    (_, Named::List) => None,
                });
            let Some((attribute, value)) = named else {
                rest.push(term);
                continue;
            };
            if key.iter().any(|(name, _)| *name == attribute.name) {
                return Err(Error::KeyTwice(attribute.name.clone()));
            }
            check_type(attribute, value)?;
            key.push((attribute.name.clone(), value.clone()));
        }
        if key.len() < schema.keys().count() {
            return Err(Error::NoKey);
        }
        let rest: Vec<Condition> = rest.into_iter().cloned().collect();
        Ok(Self { key, condition: all_of(rest).map(Arc::new) })
    }
}

impl Insert {
    /// Refuses an item that has not the key attributes of its table.
    pub fn check_key(&self, schema: &TableSchema) -> Result<(), Error> {
        for attribute in schema.keys() {
            match self.item.attribute(&attribute.name) {
                None => return Err(Error::KeyMissing(attribute.name.clone())),
                Some(value) => check_type(attribute, value)?,
            }
        }
        Ok(())
    }
}

fn check_type(attribute: &KeyAttribute, value: &AttributeValue) -> Result<(), Error> {
    match attribute.bytes_of(value) {
        Err(KeyError::Mismatch { .. }) => Err(Error::KeyType(attribute.name.clone())),
        // An empty value is told where the key is made.
        Ok(_)
        | Err(
            KeyError::Missing { .. }
            | KeyError::Extra
            | KeyError::Empty { .. }
            | KeyError::PartitionTooLong
            | KeyError::SortTooLong,
        ) => Ok(()),
    }
}

fn all_of(mut terms: Vec<Condition>) -> Option<Condition> {
    if terms.len() > 1 { Some(Condition::And(terms)) } else { terms.pop() }
}
