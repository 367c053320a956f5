//! A second interpreter: over owned values, by the book, with no thought of speed.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use bigdecimal::BigDecimal;

use super::super::{Comparator, Condition, Operand};
use crate::expr::{Path, Step};
use crate::model::{AttributeValue, Item, Number};

/// A value whose own equality is that of DynamoDB.
#[derive(Clone, Debug, PartialEq)]
enum Plain {
    Text(String),
    Number(BigDecimal),
    Bytes(Vec<u8>),
    Truth(bool),
    Null,
    List(Vec<Plain>),
    Map(BTreeMap<String, Plain>),
    Texts(BTreeSet<String>),
    Numbers(BTreeSet<BigDecimal>),
    ByteStrings(BTreeSet<Vec<u8>>),
}

pub(super) fn holds(condition: &Condition, item: Option<&Item>) -> bool {
    let look = |operand: &Operand| value(operand, item);
    match condition {
        Condition::And(all) => !all.iter().any(|one| !holds(one, item)),
        Condition::Or(any) => any.iter().any(|one| holds(one, item)),
        Condition::Not(inner) => !holds(inner, item),
        Condition::Compare(left, comparator, right) => {
            compares(look(left).as_ref(), *comparator, look(right).as_ref())
        }
        Condition::Between(tested, lower, upper) => {
            let tested = look(tested);
            compares(look(lower).as_ref(), Comparator::LessOrEqual, tested.as_ref())
                && compares(look(upper).as_ref(), Comparator::GreaterOrEqual, tested.as_ref())
        }
        Condition::In(tested, choices) => {
            let tested = look(tested);
            tested.is_some() && choices.iter().any(|choice| look(choice) == tested)
        }
        Condition::Exists(path) => find(path, item).is_some(),
        Condition::NotExists(path) => find(path, item).is_none(),
        Condition::HasType(path, wanted) => {
            find(path, item).is_some_and(|value| value.type_name() == wanted.name())
        }
        Condition::BeginsWith(tested, prefix) => match (look(tested), look(prefix)) {
            (Some(Plain::Text(text)), Some(Plain::Text(prefix))) => text.starts_with(&prefix),
            (Some(Plain::Bytes(bytes)), Some(Plain::Bytes(prefix))) => bytes.starts_with(&prefix),
            _ => false,
        },
        Condition::Contains(tested, part) => match (look(tested), look(part)) {
            (Some(tested), Some(part)) => contains(&tested, &part),
            _ => false,
        },
    }
}

fn contains(tested: &Plain, part: &Plain) -> bool {
    match (tested, part) {
        (Plain::Text(text), Plain::Text(part)) => text.contains(part.as_str()),
        (Plain::Bytes(bytes), Plain::Bytes(part)) => {
            (0..=bytes.len()).any(|at| bytes[at..].starts_with(part))
        }
        (Plain::List(values), part) => values.contains(part),
        (Plain::Texts(set), Plain::Text(text)) => set.contains(text),
        (Plain::Numbers(set), Plain::Number(number)) => set.contains(number),
        (Plain::ByteStrings(set), Plain::Bytes(bytes)) => set.contains(bytes),
        _ => false,
    }
}

fn compares(left: Option<&Plain>, comparator: Comparator, right: Option<&Plain>) -> bool {
    let equal = left.is_some() && left == right;
    let less = is_less(left, right);
    let greater = is_less(right, left);
    let ordered = less || greater || (equal && left.is_some_and(has_order));
    match comparator {
        Comparator::Equal => equal,
        Comparator::NotEqual => !equal,
        Comparator::Less => less,
        Comparator::LessOrEqual => ordered && !greater,
        Comparator::Greater => greater,
        Comparator::GreaterOrEqual => ordered && !less,
    }
}

fn has_order(value: &Plain) -> bool {
    matches!(value, Plain::Text(_) | Plain::Number(_) | Plain::Bytes(_))
}

fn is_less(left: Option<&Plain>, right: Option<&Plain>) -> bool {
    match (left, right) {
        (Some(Plain::Text(left)), Some(Plain::Text(right))) => left.as_bytes() < right.as_bytes(),
        (Some(Plain::Number(left)), Some(Plain::Number(right))) => left < right,
        (Some(Plain::Bytes(left)), Some(Plain::Bytes(right))) => left < right,
        _ => false,
    }
}

fn value(operand: &Operand, item: Option<&Item>) -> Option<Plain> {
    match operand {
        Operand::Path(path) => find(path, item).as_ref().map(plain),
        Operand::Value(value) => Some(plain(value)),
        Operand::Size(inner) => {
            let size = match value(inner, item)? {
                Plain::Text(text) => text.encode_utf16().count(),
                Plain::Bytes(bytes) => bytes.len(),
                Plain::List(values) => values.len(),
                Plain::Map(attributes) => attributes.len(),
                Plain::Texts(set) => set.len(),
                Plain::Numbers(set) => set.len(),
                Plain::ByteStrings(set) => set.len(),
                Plain::Number(_) | Plain::Truth(_) | Plain::Null => return None,
            };
            Some(Plain::Number(BigDecimal::from(u32::try_from(size).expect("small values"))))
        }
    }
}

fn find(path: &Path, item: Option<&Item>) -> Option<AttributeValue> {
    let mut value = item?.attribute(&path.attribute)?.clone();
    for step in &path.steps {
        value = match (step, value) {
            (Step::Name(name), AttributeValue::M(attributes)) => {
                attributes.into_iter().find(|(given, _)| given == name)?.1
            }
            (Step::Index(index), AttributeValue::L(values)) => {
                values.into_iter().nth(usize::try_from(*index).expect("small"))?
            }
            _ => return None,
        };
    }
    Some(value)
}

fn plain(value: &AttributeValue) -> Plain {
    match value {
        AttributeValue::S(text) => Plain::Text(text.clone()),
        AttributeValue::N(number) => Plain::Number(decimal(number)),
        AttributeValue::B(bytes) => Plain::Bytes(bytes.to_vec()),
        AttributeValue::Bool(truth) => Plain::Truth(*truth),
        AttributeValue::Null => Plain::Null,
        AttributeValue::L(values) => Plain::List(values.iter().map(plain).collect()),
        AttributeValue::M(attributes) => Plain::Map(
            attributes.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        ),
        AttributeValue::Ss(texts) => Plain::Texts(texts.iter().cloned().collect()),
        AttributeValue::Ns(numbers) => Plain::Numbers(numbers.iter().map(decimal).collect()),
        AttributeValue::Bs(elements) => {
            Plain::ByteStrings(elements.iter().map(|bytes| bytes.to_vec()).collect())
        }
    }
}

fn decimal(number: &Number) -> BigDecimal {
    BigDecimal::from_str(&number.to_string()).expect("plain decimal text")
}
