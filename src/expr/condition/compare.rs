//! How values compare, wherever they lie: in a stored item or in a request.
//!
//! Numbers are compared by their canonical bytes, whose order is theirs.
//!
//! Must hold: values of different types are never equal and have no order.
//! Not here: what is in lists, maps and sets (`containers.rs`); absent values and operators
//! (`evaluate.rs`).

use std::cmp::Ordering;

use memchr::memmem;

use super::ValueType;
use super::containers::{List, Map, Set};
use crate::expr::work::Work;
use crate::model::{AttributeValue, NumberRef, ValueRef};

/// A value to compare.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen<'a> {
    S(&'a str),
    N(NumberRef<'a>),
    B(&'a [u8]),
    Bool(bool),
    Null,
    L(List<'a>),
    M(Map<'a>),
    Ss(Set<'a>),
    Ns(Set<'a>),
    Bs(Set<'a>),
}

impl<'a> Seen<'a> {
    pub(super) fn of_stored(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::S(text) => Self::S(text),
            ValueRef::N(number) => Self::N(number),
            ValueRef::B(bytes) => Self::B(bytes),
            ValueRef::Bool(truth) => Self::Bool(truth),
            ValueRef::Null => Self::Null,
            ValueRef::L(list) => Self::L(List::Stored(list)),
            ValueRef::M(map) => Self::M(Map::Stored(map)),
            ValueRef::Ss(set) => Self::Ss(Set::Stored(set)),
            ValueRef::Ns(set) => Self::Ns(Set::Stored(set)),
            ValueRef::Bs(set) => Self::Bs(Set::Stored(set)),
        }
    }

    /// Of a value whose maps are sorted; others come by [`super::sorted::Sorted`].
    pub(super) fn of_sorted(value: &'a AttributeValue) -> Self {
        match value {
            AttributeValue::S(text) => Self::S(text),
            AttributeValue::N(number) => Self::N(number.view()),
            AttributeValue::B(bytes) => Self::B(bytes),
            AttributeValue::Bool(truth) => Self::Bool(*truth),
            AttributeValue::Null => Self::Null,
            AttributeValue::L(values) => Self::L(List::Sorted(values)),
            AttributeValue::M(attributes) => Self::M(Map::Sorted(attributes)),
            AttributeValue::Ss(texts) => Self::Ss(Set::Texts(texts)),
            AttributeValue::Ns(numbers) => Self::Ns(Set::Numbers(numbers)),
            AttributeValue::Bs(byte_strings) => Self::Bs(Set::ByteStrings(byte_strings)),
        }
    }

    pub(super) fn value_type(&self) -> ValueType {
        match self {
            Self::S(_) => ValueType::S,
            Self::N(_) => ValueType::N,
            Self::B(_) => ValueType::B,
            Self::Bool(_) => ValueType::Bool,
            Self::Null => ValueType::Null,
            Self::L(_) => ValueType::L,
            Self::M(_) => ValueType::M,
            Self::Ss(_) => ValueType::Ss,
            Self::Ns(_) => ValueType::Ns,
            Self::Bs(_) => ValueType::Bs,
        }
    }

    /// The order of two texts, numbers or byte strings.
    pub(super) fn order(&self, other: &Self, work: &mut Work) -> Option<Ordering> {
        work.step(1);
        match (self, other) {
            (Self::S(left), Self::S(right)) => Some(order(left.as_bytes(), right.as_bytes(), work)),
            (Self::N(left), Self::N(right)) => Some(order(left.as_bytes(), right.as_bytes(), work)),
            (Self::B(left), Self::B(right)) => Some(order(left, right, work)),
            (
                Self::S(_)
                | Self::N(_)
                | Self::B(_)
                | Self::Bool(_)
                | Self::Null
                | Self::L(_)
                | Self::M(_)
                | Self::Ss(_)
                | Self::Ns(_)
                | Self::Bs(_),
                _,
            ) => None,
        }
    }

    /// Whether both are the same value. Values nest a few levels only, so this may recurse.
    pub(super) fn equals(&self, other: &Self, work: &mut Work) -> bool {
        work.step(1);
        match (self, other) {
            (Self::S(left), Self::S(right)) => equal(left.as_bytes(), right.as_bytes(), work),
            (Self::N(left), Self::N(right)) => equal(left.as_bytes(), right.as_bytes(), work),
            (Self::B(left), Self::B(right)) => equal(left, right, work),
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Null, Self::Null) => true,
            (Self::L(left), Self::L(right)) => left.equals(*right, work),
            (Self::M(left), Self::M(right)) => left.equals(*right, work),
            (Self::Ss(left), Self::Ss(right))
            | (Self::Ns(left), Self::Ns(right))
            | (Self::Bs(left), Self::Bs(right)) => left.equals(*right, work),
            (
                Self::S(_)
                | Self::N(_)
                | Self::B(_)
                | Self::Bool(_)
                | Self::Null
                | Self::L(_)
                | Self::M(_)
                | Self::Ss(_)
                | Self::Ns(_)
                | Self::Bs(_),
                _,
            ) => false,
        }
    }

    pub(super) fn begins_with(&self, prefix: &Self, work: &mut Work) -> bool {
        work.step(1);
        let (bytes, prefix) = match (self, prefix) {
            (Self::S(text), Self::S(prefix)) => (text.as_bytes(), prefix.as_bytes()),
            (Self::B(bytes), Self::B(prefix)) => (*bytes, *prefix),
            (
                Self::S(_)
                | Self::N(_)
                | Self::B(_)
                | Self::Bool(_)
                | Self::Null
                | Self::L(_)
                | Self::M(_)
                | Self::Ss(_)
                | Self::Ns(_)
                | Self::Bs(_),
                _,
            ) => return false,
        };
        bytes.get(..prefix.len()).is_some_and(|start| equal(start, prefix, work))
    }

    pub(super) fn contains(&self, part: &Self, work: &mut Work) -> bool {
        work.step(1);
        match (self, part) {
            (Self::S(text), Self::S(part)) => has_bytes(text.as_bytes(), part.as_bytes(), work),
            (Self::B(bytes), Self::B(part)) => has_bytes(bytes, part, work),
            (Self::Ss(set), Self::S(element)) => set.has(element.as_bytes(), work),
            (Self::Ns(set), Self::N(element)) => set.has(element.as_bytes(), work),
            (Self::Bs(set), Self::B(element)) => set.has(element, work),
            (Self::L(list), part) => list.has(part, work),
            (
                Self::S(_)
                | Self::N(_)
                | Self::B(_)
                | Self::Bool(_)
                | Self::Null
                | Self::M(_)
                | Self::Ss(_)
                | Self::Ns(_)
                | Self::Bs(_),
                _,
            ) => false,
        }
    }

    /// What `size` says; nothing of a number, a boolean and null.
    pub(super) fn size(&self, work: &mut Work) -> Option<usize> {
        work.step(1);
        match self {
            Self::S(text) => {
                work.look_at(text.len());
                Some(utf16_units(text))
            }
            Self::B(bytes) => Some(bytes.len()),
            Self::L(list) => Some(list.len()),
            Self::M(map) => Some(map.len()),
            Self::Ss(set) | Self::Ns(set) | Self::Bs(set) => Some(set.len()),
            Self::N(_) | Self::Bool(_) | Self::Null => None,
        }
    }

    /// The value, if it lies in an item and may have maps inside.
    pub(super) fn stored_container(&self) -> Option<ValueRef<'a>> {
        match self {
            Self::L(List::Stored(list)) => Some(ValueRef::L(*list)),
            Self::M(Map::Stored(map)) => Some(ValueRef::M(*map)),
            Self::L(List::Sorted(_))
            | Self::M(Map::Sorted(_))
            | Self::S(_)
            | Self::N(_)
            | Self::B(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Ss(_)
            | Self::Ns(_)
            | Self::Bs(_) => None,
        }
    }
}

pub(super) fn equal(left: &[u8], right: &[u8], work: &mut Work) -> bool {
    if left.len() != right.len() {
        return false;
    }
    work.look_at(left.len());
    left == right
}

fn order(left: &[u8], right: &[u8], work: &mut Work) -> Ordering {
    work.look_at(left.len().min(right.len()));
    left.cmp(right)
}

/// In linear time, whatever the bytes.
fn has_bytes(bytes: &[u8], part: &[u8], work: &mut Work) -> bool {
    if part.len() > bytes.len() {
        return false;
    }
    work.look_at(bytes.len() + part.len());
    memmem::find(bytes, part).is_some()
}

/// One for each character, and another for those beyond 16 bits, which have four bytes.
fn utf16_units(text: &str) -> usize {
    let units = |byte: u8| match byte {
        0x80..=0xBF => 0,
        0xF0.. => 2,
        _ => 1,
    };
    text.bytes().map(units).sum()
}
