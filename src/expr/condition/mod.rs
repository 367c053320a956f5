//! Conditions and filters: trees that are true or false of an item.
//!
//! Must hold: evaluation has no errors; a path that does not resolve is absent, and an operand of
//! the wrong type makes its comparison false.
//! Not here: key conditions (`key_condition.rs`).

use super::path::Path;
use super::{Error, Placeholders};
use crate::model::{AttributeValue, ItemRef};

/// What must hold of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All hold; at least two.
    And(Vec<Condition>),
    /// At least one holds; at least two.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// Two operands compare so.
    Compare(Operand, Comparator, Operand),
    /// The first lies between the second and the third, both included.
    Between(Operand, Operand, Operand),
    /// The first equals one of the others.
    In(Operand, Vec<Operand>),
    /// The path is there.
    Exists(Path),
    /// The path is not there.
    NotExists(Path),
    /// The value at the path has this type.
    HasType(Path, ValueType),
    /// The first begins with the second.
    BeginsWith(Operand, Operand),
    /// The first contains the second.
    Contains(Operand, Operand),
}

/// How two operands compare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What a condition looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// The value at a path.
    Path(Path),
    /// A value of the request.
    Value(AttributeValue),
    /// The size of another operand, a path or a value.
    Size(Box<Operand>),
}

/// A type that `attribute_type` can ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ValueType {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
    /// A boolean.
    Bool,
    /// The null value.
    Null,
    /// A list.
    L,
    /// A map.
    M,
    /// A set of texts.
    Ss,
    /// A set of numbers.
    Ns,
    /// A set of byte strings.
    Bs,
}

impl Condition {
    /// Whether the condition holds of the item, or of there being none.
    pub fn holds(&self, item: Option<ItemRef<'_>>) -> bool {
        let _ = item;
        unimplemented!()
    }

    /// Every path in the condition, in textual order.
    pub fn paths(&self) -> Vec<&Path> {
        unimplemented!()
    }
}

/// A `ConditionExpression`, parsed, resolved and checked.
pub fn parse_condition(text: &str, placeholders: &mut Placeholders) -> Result<Condition, Error> {
    let _ = (text, placeholders);
    unimplemented!()
}

/// A `FilterExpression`, parsed, resolved and checked.
pub fn parse_filter(text: &str, placeholders: &mut Placeholders) -> Result<Condition, Error> {
    let _ = (text, placeholders);
    unimplemented!()
}
