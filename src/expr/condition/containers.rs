//! Lists, maps and sets, in a stored item or in a request, and how they compare.
//!
//! Sets are compared element by element, since both are sorted. Maps are in the order in which
//! they came: those of a request are sorted before ([`Sorted`]), and the entries of the other are
//! looked up in them.
//!
//! Must hold: what has different counts is told apart by them alone. While one clause is
//! evaluated nothing of the request is sorted, nor anything of the item for each of many elements.
//! Not here: single values (`compare.rs`).

use bytes::Bytes;

use super::compare::{Seen, equal};
use super::sorted::Sorted;
use crate::expr::work::Work;
use crate::model::{AttributeValue, ListRef, MapRef, Number, SetRef};

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

impl<'a> List<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Stored(list) => list.count(),
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

    pub(super) fn equals(self, other: List<'_>, work: &mut Work) -> bool {
        self.len() == other.len()
            && self.values().zip(other.values()).all(|(ours, others)| ours.equals(&others, work))
    }

    pub(super) fn has(self, part: &Seen<'_>, work: &mut Work) -> bool {
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
    pub(super) fn len(self) -> usize {
        match self {
            Self::Stored(map) => map.count(),
            Self::Sorted(attributes) => attributes.len(),
        }
    }

    pub(super) fn equals(self, other: Map<'a>, work: &mut Work) -> bool {
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
    pub(super) fn len(self) -> usize {
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

    pub(super) fn equals(self, other: Set<'_>, work: &mut Work) -> bool {
        self.len() == other.len()
            && self.elements().zip(other.elements()).all(|(ours, others)| {
                work.step(1);
                equal(ours, others, work)
            })
    }

    pub(super) fn has(self, element: &[u8], work: &mut Work) -> bool {
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

/// A value of an item is copied and sorted in about the time in which so many times its bytes are
/// looked at.
const COPY_FACTOR: usize = 8;
