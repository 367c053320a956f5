//! The ten types of DynamoDB's attribute values, owned.
//!
//! Must hold: sets are sorted and without duplicates (the border sees to it); maps keep the order
//! in which their attributes came.
//! Not here: stored bytes (`write.rs`), views of them (`view.rs`), JSON (`wire/json/`).

use bytes::Bytes;

use super::number::Number;

/// One attribute value.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// Text.
    S(String),
    /// A number.
    N(Number),
    /// Bytes.
    B(Bytes),
    /// A boolean.
    Bool(bool),
    /// The null value.
    Null,
    /// A list of any values.
    L(Vec<AttributeValue>),
    /// A map from names to any values.
    M(Vec<(String, AttributeValue)>),
    /// A set of texts, ordered by their bytes.
    Ss(Vec<String>),
    /// A set of numbers, ordered by value.
    Ns(Vec<Number>),
    /// A set of byte strings, ordered.
    Bs(Vec<Bytes>),
}

impl AttributeValue {
    /// The name of the type as it appears on the wire and in messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::L(_) => "L",
            Self::M(_) => "M",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
        }
    }
}
