//! How values compare, wherever they lie: in a stored item or in a request.
//!
//! Nothing is copied. Numbers are compared by their canonical bytes, whose order is theirs; sets
//! element by element, since both are sorted; maps by name, since theirs is the order in which
//! they came.
//!
//! Must hold: values of different types are never equal and have no order.
//! Not here: absent values and operators (`evaluate.rs`).

use std::cmp::Ordering;

use bytes::Bytes;
use memchr::memmem;

use super::ValueType;
use crate::model::{AttributeValue, ListRef, MapRef, Number, NumberRef, SetRef, ValueRef};

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

#[derive(Clone, Copy, Debug)]
pub(super) enum List<'a> {
    Stored(ListRef<'a>),
    Given(&'a [AttributeValue]),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Map<'a> {
    Stored(MapRef<'a>),
    Given(&'a [(String, AttributeValue)]),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Set<'a> {
    Stored(SetRef<'a>),
    Texts(&'a [String]),
    Numbers(&'a [Number]),
    ByteStrings(&'a [Bytes]),
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

    pub(super) fn of_given(value: &'a AttributeValue) -> Self {
        match value {
            AttributeValue::S(text) => Self::S(text),
            AttributeValue::N(number) => Self::N(number.view()),
            AttributeValue::B(bytes) => Self::B(bytes),
            AttributeValue::Bool(truth) => Self::Bool(*truth),
            AttributeValue::Null => Self::Null,
            AttributeValue::L(values) => Self::L(List::Given(values)),
            AttributeValue::M(attributes) => Self::M(Map::Given(attributes)),
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
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::S(left), Self::S(right)) => Some(left.cmp(right)),
            (Self::N(left), Self::N(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
            (Self::B(left), Self::B(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// Whether both are the same value. Values nest a few levels only, so this may recurse.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::S(left), Self::S(right)) => left == right,
            (Self::N(left), Self::N(right)) => left == right,
            (Self::B(left), Self::B(right)) => left == right,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Null, Self::Null) => true,
            (Self::L(left), Self::L(right)) => left.equals(*right),
            (Self::M(left), Self::M(right)) => left.equals(*right),
            (Self::Ss(left), Self::Ss(right))
            | (Self::Ns(left), Self::Ns(right))
            | (Self::Bs(left), Self::Bs(right)) => left.elements().eq(right.elements()),
            _ => false,
        }
    }

    pub(super) fn begins_with(&self, prefix: &Self) -> bool {
        match (self, prefix) {
            (Self::S(text), Self::S(prefix)) => text.starts_with(prefix),
            (Self::B(bytes), Self::B(prefix)) => bytes.starts_with(prefix),
            _ => false,
        }
    }

    pub(super) fn contains(&self, part: &Self) -> bool {
        match (self, part) {
            (Self::S(text), Self::S(part)) => has_bytes(text.as_bytes(), part.as_bytes()),
            (Self::B(bytes), Self::B(part)) => has_bytes(bytes, part),
            (Self::Ss(set), Self::S(element)) => set.has(element.as_bytes()),
            (Self::Ns(set), Self::N(element)) => set.has(element.as_bytes()),
            (Self::Bs(set), Self::B(element)) => set.has(element),
            (Self::L(list), part) => list.values().any(|value| value.equals(part)),
            _ => false,
        }
    }

    /// What `size` says; nothing of a number, a boolean and null.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::S(text) => Some(utf16_units(text)),
            Self::B(bytes) => Some(bytes.len()),
            Self::L(list) => Some(list.count()),
            Self::M(map) => Some(map.count()),
            Self::Ss(set) | Self::Ns(set) | Self::Bs(set) => Some(set.count()),
            Self::N(_) | Self::Bool(_) | Self::Null => None,
        }
    }
}

impl<'a> List<'a> {
    fn count(self) -> usize {
        match self {
            Self::Stored(list) => list.count(),
            Self::Given(values) => values.len(),
        }
    }

    fn values(self) -> impl Iterator<Item = Seen<'a>> {
        let (stored, given) = match self {
            Self::Stored(list) => (Some(list), None),
            Self::Given(values) => (None, Some(values)),
        };
        let stored = stored.into_iter().flat_map(ListRef::values).map(Seen::of_stored);
        stored.chain(given.into_iter().flatten().map(Seen::of_given))
    }

    fn equals(self, other: List<'_>) -> bool {
        let mut others = other.values();
        self.values().all(|value| others.next().is_some_and(|other| value.equals(&other)))
            && others.next().is_none()
    }
}

impl<'a> Map<'a> {
    fn count(self) -> usize {
        match self {
            Self::Stored(map) => map.count(),
            Self::Given(attributes) => attributes.len(),
        }
    }

    fn attributes(self) -> impl Iterator<Item = (&'a str, Seen<'a>)> {
        let (stored, given) = match self {
            Self::Stored(map) => (Some(map), None),
            Self::Given(attributes) => (None, Some(attributes)),
        };
        let stored = stored.into_iter().flat_map(MapRef::attributes);
        let given = given.into_iter().flatten();
        stored
            .map(|(name, value)| (name, Seen::of_stored(value)))
            .chain(given.map(|(name, value)| (name.as_str(), Seen::of_given(value))))
    }

    /// Sorts both: to look up each name would take quadratic time, which a request could ask for.
    fn equals(self, other: Map<'_>) -> bool {
        let (ours, others) = (self.sorted(), other.sorted());
        let mut pairs = ours.iter().zip(&others);
        ours.len() == others.len()
            && pairs.all(|((name, value), (other_name, other))| {
                name == other_name && value.equals(other)
            })
    }

    fn sorted(self) -> Vec<(&'a str, Seen<'a>)> {
        let mut attributes: Vec<_> = self.attributes().collect();
        attributes.sort_unstable_by_key(|(name, _)| *name);
        attributes
    }
}

impl<'a> Set<'a> {
    fn count(self) -> usize {
        match self {
            Self::Stored(set) => set.count(),
            Self::Texts(texts) => texts.len(),
            Self::Numbers(numbers) => numbers.len(),
            Self::ByteStrings(byte_strings) => byte_strings.len(),
        }
    }

    /// The bytes of the elements, in order.
    fn elements(self) -> impl Iterator<Item = &'a [u8]> {
        let (stored, texts, numbers, byte_strings) = match self {
            Self::Stored(set) => (Some(set), &[][..], &[][..], &[][..]),
            Self::Texts(texts) => (None, texts, &[][..], &[][..]),
            Self::Numbers(numbers) => (None, &[][..], numbers, &[][..]),
            Self::ByteStrings(byte_strings) => (None, &[][..], &[][..], byte_strings),
        };
        let stored = stored.into_iter().flat_map(SetRef::elements);
        stored
            .chain(texts.iter().map(String::as_bytes))
            .chain(numbers.iter().map(Number::as_bytes))
            .chain(byte_strings.iter().map(|bytes| &bytes[..]))
    }

    fn has(self, element: &[u8]) -> bool {
        self.elements().any(|ours| ours == element)
    }
}

/// In linear time, whatever the bytes.
fn has_bytes(bytes: &[u8], part: &[u8]) -> bool {
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
