//! Terms that say of a key attribute which values it has.
//!
//! Must hold: a value that is a key's has been held against the type of the attribute.

use std::cmp::Ordering;
use std::ops::Bound;

use super::super::Error;
use crate::expr::{Comparator, Condition, KeyTest, Operand, Path};
use crate::model::{AttributeValue, KeyAttribute, KeyError, KeyValue};

/// The values that a term allows an attribute, if it is about that attribute alone and names
/// them: by `=` or by `IN`.
pub(super) fn equal_values<'c>(
    term: &'c Condition,
    attribute: &str,
) -> Option<(Vec<&'c AttributeValue>, Named)> {
    match term {
        Condition::Compare(left, Comparator::Equal, right) => {
            let value = match (left, right) {
                (Operand::Path(path), Operand::Value(value))
                | (Operand::Value(value), Operand::Path(path))
                    if is_whole(path, attribute) =>
                {
                    value
                }
                _ => return None,
            };
            Some((vec![value], Named::One))
        }
        Condition::In(Operand::Path(path), choices) if is_whole(path, attribute) => {
            let values = choices.iter().map(value_of).collect::<Option<_>>()?;
            Some((values, Named::List))
        }
        _ => None,
    }
}

/// How a term names the values of an attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Named {
    One,
    List,
}

/// The range that a term allows an attribute, if it is about that attribute alone.
pub(super) fn range_test(term: &Condition, attribute: &str) -> Option<KeyTest> {
    match term {
        Condition::Compare(Operand::Path(path), comparator, Operand::Value(value))
            if is_whole(path, attribute) =>
        {
            compared(*comparator, value)
        }
        Condition::Compare(Operand::Value(value), comparator, Operand::Path(path))
            if is_whole(path, attribute) =>
        {
            compared(comparator.mirrored(), value)
        }
        Condition::Between(Operand::Path(path), Operand::Value(low), Operand::Value(high))
            if is_whole(path, attribute) =>
        {
            Some(KeyTest::Between(low.clone(), high.clone()))
        }
        Condition::BeginsWith(Operand::Path(path), Operand::Value(prefix))
            if is_whole(path, attribute) =>
        {
            Some(KeyTest::BeginsWith(prefix.clone()))
        }
        _ => None,
    }
}

/// Values of a key attribute that lie beside each other, by their canonical bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Interval {
    lower: Bound<Vec<u8>>,
    upper: Bound<Vec<u8>>,
}

impl Interval {
    pub(super) fn everything() -> Self {
        Self { lower: Bound::Unbounded, upper: Bound::Unbounded }
    }

    /// Those that a test allows.
    pub(super) fn of(test: &KeyTest, attribute: &KeyAttribute) -> Result<Self, Error> {
        let bytes = |value| key_bytes(value, attribute);
        let (lower, upper) = match test {
            KeyTest::Equal(value) => {
                (Bound::Included(bytes(value)?), Bound::Included(bytes(value)?))
            }
            KeyTest::Less(value) => (Bound::Unbounded, Bound::Excluded(bytes(value)?)),
            KeyTest::LessOrEqual(value) => (Bound::Unbounded, Bound::Included(bytes(value)?)),
            KeyTest::Greater(value) => (Bound::Excluded(bytes(value)?), Bound::Unbounded),
            KeyTest::GreaterOrEqual(value) => (Bound::Included(bytes(value)?), Bound::Unbounded),
            KeyTest::Between(low, high) => {
                (Bound::Included(bytes(low)?), Bound::Included(bytes(high)?))
            }
            KeyTest::BeginsWith(prefix) => {
                let prefix = bytes(prefix)?;
                let behind = first_behind(&prefix).map_or(Bound::Unbounded, Bound::Excluded);
                (Bound::Included(prefix), behind)
            }
        };
        Ok(Self { lower, upper })
    }

    /// What lies in both.
    pub(super) fn and(self, other: Self) -> Self {
        let lower = std::cmp::max_by(self.lower, other.lower, compare_lower);
        let upper = std::cmp::min_by(self.upper, other.upper, compare_upper);
        Self { lower, upper }
    }

    pub(super) fn is_empty(&self) -> bool {
        match (&self.lower, &self.upper) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
            (Bound::Included(lower) | Bound::Excluded(lower), Bound::Excluded(upper))
            | (Bound::Excluded(lower), Bound::Included(upper)) => lower >= upper,
        }
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        !self.clone().and(other.clone()).is_empty()
    }

    /// The order of the places where they begin.
    pub(super) fn compare_beginning(&self, other: &Self) -> Ordering {
        compare_lower(&self.lower, &other.lower)
    }
}

/// The canonical bytes of a value for a key attribute of its type. An empty one is told where the
/// key is made.
pub(super) fn key_bytes(
    value: &AttributeValue,
    attribute: &KeyAttribute,
) -> Result<Vec<u8>, Error> {
    if KeyValue::of(value).is_none() {
        return Err(Error::NoKeyValue(attribute.name.clone(), value.type_name()));
    }
    match attribute.bytes_of(value) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(KeyError::Empty { .. }) => Ok(Vec::new()),
        Err(
            KeyError::Missing { .. }
            | KeyError::Mismatch { .. }
            | KeyError::Extra
            | KeyError::PartitionTooLong
            | KeyError::SortTooLong,
        ) => Err(Error::KeyType(attribute.name.clone())),
    }
}

fn compared(comparator: Comparator, value: &AttributeValue) -> Option<KeyTest> {
    let value = value.clone();
    match comparator {
        Comparator::Equal => Some(KeyTest::Equal(value)),
        Comparator::NotEqual => None,
        Comparator::Less => Some(KeyTest::Less(value)),
        Comparator::LessOrEqual => Some(KeyTest::LessOrEqual(value)),
        Comparator::Greater => Some(KeyTest::Greater(value)),
        Comparator::GreaterOrEqual => Some(KeyTest::GreaterOrEqual(value)),
    }
}

fn value_of(operand: &Operand) -> Option<&AttributeValue> {
    match operand {
        Operand::Value(value) => Some(value),
        Operand::Path(_) | Operand::Size(_) => None,
    }
}

fn is_whole(path: &Path, attribute: &str) -> bool {
    path.steps.is_empty() && path.attribute == attribute
}

/// The least bytes that neither begin so nor are less; none if there are none.
fn first_behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut behind = prefix[..=last].to_vec();
    behind[last] += 1;
    Some(behind)
}

fn compare_lower(one: &Bound<Vec<u8>>, other: &Bound<Vec<u8>>) -> Ordering {
    match (one, other) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => Ordering::Less,
        (_, Bound::Unbounded) => Ordering::Greater,
        (Bound::Included(a), Bound::Included(b)) | (Bound::Excluded(a), Bound::Excluded(b)) => {
            a.cmp(b)
        }
        (Bound::Included(a), Bound::Excluded(b)) => a.cmp(b).then(Ordering::Less),
        (Bound::Excluded(a), Bound::Included(b)) => a.cmp(b).then(Ordering::Greater),
    }
}

fn compare_upper(one: &Bound<Vec<u8>>, other: &Bound<Vec<u8>>) -> Ordering {
    match (one, other) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => Ordering::Greater,
        (_, Bound::Unbounded) => Ordering::Less,
        (Bound::Included(a), Bound::Included(b)) | (Bound::Excluded(a), Bound::Excluded(b)) => {
            a.cmp(b)
        }
        (Bound::Included(a), Bound::Excluded(b)) => a.cmp(b).then(Ordering::Greater),
        (Bound::Excluded(a), Bound::Included(b)) => a.cmp(b).then(Ordering::Less),
    }
}
