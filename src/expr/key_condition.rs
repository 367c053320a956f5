//! Key conditions: which part of a partition a query reads.
//!
//! Must hold: every clause is about one top-level attribute and values of the request.
//! Not here: whether the attributes are the key's (`proxy/`).

use super::{Error, Placeholders};
use crate::model::AttributeValue;

/// The clauses of a key condition, each about another attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyConditions {
    /// In the order of the request.
    pub clauses: Vec<KeyClause>,
}

/// What must hold of one key attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyClause {
    /// The attribute.
    pub attribute: String,
    /// What must hold.
    pub test: KeyTest,
}

/// How a key attribute is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyTest {
    /// It equals this.
    Equal(AttributeValue),
    /// It is less.
    Less(AttributeValue),
    /// It is not greater.
    LessOrEqual(AttributeValue),
    /// It is greater.
    Greater(AttributeValue),
    /// It is not less.
    GreaterOrEqual(AttributeValue),
    /// It lies between, both included.
    Between(AttributeValue, AttributeValue),
    /// It begins with this text or these bytes.
    BeginsWith(AttributeValue),
}

/// A `KeyConditionExpression`, parsed, resolved and checked as far as that needs no table.
pub fn parse_key_conditions(
    text: &str,
    placeholders: &mut Placeholders,
) -> Result<KeyConditions, Error> {
    let _ = (text, placeholders);
    unimplemented!()
}
