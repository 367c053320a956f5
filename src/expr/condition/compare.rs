//! How values compare, wherever they lie: in a stored item or in a request.
//!
//! Numbers are compared by their canonical bytes, whose order is theirs; sets element by element,
//! since both are sorted. Maps are in the order in which they came: those of a request are sorted
//! before ([`Sorted`]), and the entries of the other are looked up in them.
//!
//! Must hold: values of different types are never equal and have no order. What has different
//! counts is told apart by them alone. Nothing of the request is sorted, nor anything of the item
//! more than once, while one clause is evaluated.
//! Not here: absent values and operators (`evaluate.rs`).

use std::cmp::Ordering;

use bytes::Bytes;
use memchr::memmem;

use super::ValueType;
use super::sorted::Sorted;
use crate::expr::work::Work;
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
    Sorted(&'a [AttributeValue]),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Map<'a> {
    Stored(MapRef<'a>),
    Sorted(&'a [(String, AttributeValue)]),
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

    /// Of a value whose maps are sorted; others come by [`Sorted`].
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
    fn stored_container(&self) -> Option<ValueRef<'a>> {
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

impl<'a> List<'a> {
    fn len(self) -> usize {
        match self {
            Self::Stored(list) => list.values().len(),
            Self::Sorted(values) => values.len(),
        }
    }

    fn values(self) -> impl Iterator<Item = Seen<'a>> {
        let (stored, sorted) = match self {
            Self::Stored(list) => (Some(list), None),
            Self::Sorted(values) => (None, Some(values)),
        };
        let stored = stored.into_iter().flat_map(ListRef::values).map(Seen::of_stored);
        stored.chain(sorted.into_iter().flatten().map(Seen::of_sorted))
    }

    fn equals(self, other: List<'_>, work: &mut Work) -> bool {
        self.len() == other.len()
            && self.values().zip(other.values()).all(|(ours, others)| ours.equals(&others, work))
    }

    fn has(self, part: &Seen<'_>, work: &mut Work) -> bool {
        // What comes from the item is sorted once, and not anew for every element.
        let sorted = part.stored_container().map(|part| {
            work.look_at(part.size().saturating_mul(COPY_FACTOR));
            Sorted::of_stored(part)
        });
        let part = sorted.as_ref().map_or(*part, Sorted::seen);
        self.values().any(|value| value.equals(&part, work))
    }
}

impl<'a> Map<'a> {
    fn len(self) -> usize {
        match self {
            Self::Stored(map) => map.attributes().len(),
            Self::Sorted(attributes) => attributes.len(),
        }
    }

    fn equals(self, other: Map<'a>, work: &mut Work) -> bool {
        if self.len() != other.len() {
            return false;
        }
        match (self, other) {
            (Self::Sorted(ours), Map::Sorted(others)) => {
                ours.iter().zip(others).all(|((name, value), (other_name, other))| {
                    equal(name.as_bytes(), other_name.as_bytes(), work)
                        && Seen::of_sorted(value).equals(&Seen::of_sorted(other), work)
                })
            }
            (Self::Stored(stored), Map::Sorted(sorted))
            | (Self::Sorted(sorted), Map::Stored(stored)) => all_in(stored, work, |name| {
                let found = sorted.binary_search_by_key(&name, |(name, _)| name);
                found.ok().map(|at| Seen::of_sorted(&sorted[at].1))
            }),
            (Self::Stored(stored), Map::Stored(other)) => {
                let mut sorted: Vec<_> = other.attributes().collect();
                sorted.sort_unstable_by_key(|(name, _)| *name);
                work.step(sorted.len());
                work.look_at(sorted.iter().map(|(name, _)| name.len()).sum());
                all_in(stored, work, |name| {
                    let found = sorted.binary_search_by_key(&name, |(name, _)| *name);
                    found.ok().map(|at| Seen::of_stored(sorted[at].1))
                })
            }
        }
    }
}

/// Whether every attribute of the map is found by its name and has the same value there.
fn all_in<'a>(
    stored: MapRef<'a>,
    work: &mut Work,
    find: impl Fn(&str) -> Option<Seen<'a>>,
) -> bool {
    stored.attributes().all(|(name, value)| {
        work.look_at(name.len());
        find(name).is_some_and(|other| Seen::of_stored(value).equals(&other, work))
    })
}

impl<'a> Set<'a> {
    fn len(self) -> usize {
        match self {
            Self::Stored(set) => set.elements().len(),
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

    fn equals(self, other: Set<'_>, work: &mut Work) -> bool {
        self.len() == other.len()
            && self.elements().zip(other.elements()).all(|(ours, others)| {
                work.step(1);
                equal(ours, others, work)
            })
    }

    fn has(self, element: &[u8], work: &mut Work) -> bool {
        let found = match self {
            Self::Stored(set) => {
                return set.elements().any(|ours| {
                    work.step(1);
                    equal(ours, element, work)
                });
            }
            Self::Texts(texts) => texts.binary_search_by(|ours| ours.as_bytes().cmp(element)),
            Self::Numbers(numbers) => numbers.binary_search_by(|ours| ours.as_bytes().cmp(element)),
            Self::ByteStrings(byte_strings) => {
                byte_strings.binary_search_by(|ours| ours[..].cmp(element))
            }
        };
        work.look_at(element.len());
        found.is_ok()
    }
}

fn equal(left: &[u8], right: &[u8], work: &mut Work) -> bool {
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

/// A value of an item is copied and sorted in about the time in which so many times its bytes are
/// looked at.
const COPY_FACTOR: usize = 8;
