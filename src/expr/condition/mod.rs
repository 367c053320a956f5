//! Conditions and filters: trees that are true or false of an item.
//!
//!     text ── parse ──> parts ── check ──> ── resolve ──> tree ── holds ──> true or false
//!                       `written.rs`                      here
//!
//! Must hold: evaluation has no errors; a path that does not resolve is absent, and an operand of
//! the wrong type makes its comparison false. A tree that was parsed is at most as deep as an
//! expression may have operators, 300: parsing and checking use explicit stacks, and what comes
//! after may recurse.
//! Not here: key conditions (`key_condition.rs`).

mod check;
mod compare;
mod containers;
mod evaluate;
mod function;
mod parse;
mod prepare;
mod print;
mod resolve;
mod sorted;
mod written;

use super::error::{Error, Language};
use super::path::Path;
use super::placeholders::Placeholders;
use crate::model::AttributeValue;

pub use function::Function;
pub use prepare::Prepared;
pub use resolve::Resolved;

pub(super) use written::{Part, Written};

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
    /// Every path in the condition, in textual order.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.collect_paths(&mut paths);
        paths
    }

    fn collect_paths<'a>(&'a self, paths: &mut Vec<&'a Path>) {
        match self {
            Self::And(conditions) | Self::Or(conditions) => {
                for condition in conditions {
                    condition.collect_paths(paths);
                }
            }
            Self::Not(condition) => condition.collect_paths(paths),
            Self::Compare(first, _, second)
            | Self::BeginsWith(first, second)
            | Self::Contains(first, second) => {
                paths.extend([first, second].into_iter().filter_map(Operand::path));
            }
            Self::Between(tested, lower, upper) => {
                paths.extend([tested, lower, upper].into_iter().filter_map(Operand::path));
            }
            Self::In(tested, choices) => {
                paths.extend(tested.path());
                paths.extend(choices.iter().filter_map(Operand::path));
            }
            Self::Exists(path) | Self::NotExists(path) | Self::HasType(path, _) => paths.push(path),
        }
    }
}

impl Comparator {
    /// The comparator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The comparator with which the operands compare the other way round.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

impl Operand {
    /// The path that the operand is, or whose size it is.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Value(_) => None,
            Self::Size(operand) => operand.path(),
        }
    }
}

impl ValueType {
    /// The type of that name.
    pub fn named(name: &str) -> Option<Self> {
        VALUE_TYPES.into_iter().find(|value_type| value_type.name() == name)
    }

    /// The type of a value.
    pub fn of(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::S(_) => Self::S,
            AttributeValue::N(_) => Self::N,
            AttributeValue::B(_) => Self::B,
            AttributeValue::Bool(_) => Self::Bool,
            AttributeValue::Null => Self::Null,
            AttributeValue::L(_) => Self::L,
            AttributeValue::M(_) => Self::M,
            AttributeValue::Ss(_) => Self::Ss,
            AttributeValue::Ns(_) => Self::Ns,
            AttributeValue::Bs(_) => Self::Bs,
        }
    }

    /// The name, as [`AttributeValue::type_name`].
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
            Self::Bool => "BOOL",
            Self::Null => "NULL",
            Self::L => "L",
            Self::M => "M",
            Self::Ss => "SS",
            Self::Ns => "NS",
            Self::Bs => "BS",
        }
    }
}

/// A `ConditionExpression`, parsed, resolved and checked.
pub fn parse_condition(text: &str, placeholders: &mut Placeholders) -> Result<Condition, Error> {
    read(Language::Condition, text)?.resolve(placeholders)
}

/// A `FilterExpression`, parsed, resolved and checked.
pub fn parse_filter(text: &str, placeholders: &mut Placeholders) -> Result<Condition, Error> {
    read(Language::Filter, text)?.resolve(placeholders)
}

/// The parts of a text, with nothing wrong that does not depend on placeholders.
pub(super) fn read(language: Language, text: &str) -> Result<Written<'_>, Error> {
    let written = parse::parse(language, text)?;
    written.check()?;
    Ok(written)
}

const VALUE_TYPES: [ValueType; 10] = [
    ValueType::S,
    ValueType::N,
    ValueType::B,
    ValueType::Bool,
    ValueType::Null,
    ValueType::L,
    ValueType::M,
    ValueType::Ss,
    ValueType::Ns,
    ValueType::Bs,
];

#[cfg(test)]
mod tests;
