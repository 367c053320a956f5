//! The bytes that an item is stored as, written from owned values or from parts of other items.
//!
//!     item    01 | count | (name value)…             01 is the format; lengths are LEB128
//!     name    length bytes
//!     value   tag | S B N: length bytes | BOOL NULL: nothing
//!             | L SS NS BS: length of the rest, count, elements | M: the same, (name value)…
//!
//! A length is not known before what it counts is written: one byte is left for it, and what is
//! behind moves in the rarer case that it needs more.
//!
//! Must hold: what is written here is what `view.rs` reads; drawn in `docs/storage-format.md`. A
//! part of another item is copied as it is stored there, whatever is in it.
//! Not here: reading (`view.rs`), the row around an item (`engine/embedded/`).

use super::image::ItemBytes;
use super::number::{Number, NumberRef};
use super::value::AttributeValue;
use super::view::{ListRef, ValueRef};

/// A value of an item that is made from others: taken from where it lies, or put together.
///
/// Names in a map are not repeated; elements of a set are sorted and not repeated.
#[derive(Debug)]
pub enum Part<'a> {
    /// A value of a stored item, copied as it is.
    Stored(ValueRef<'a>),
    /// An owned value.
    Given(&'a AttributeValue),
    /// A number.
    N(Number),
    /// A list.
    L(Vec<Run<'a>>),
    /// A map.
    M(Vec<(&'a str, Part<'a>)>),
    /// A set of texts.
    Ss(Vec<&'a str>),
    /// A set of numbers.
    Ns(Vec<NumberRef<'a>>),
    /// A set of byte strings.
    Bs(Vec<&'a [u8]>),
}

/// Some elements of a list, one behind the other.
#[derive(Debug)]
pub enum Run<'a> {
    /// One element.
    One(Part<'a>),
    /// All of a stored list, copied as they are.
    Stored(ListRef<'a>),
    /// Owned values.
    Given(&'a [AttributeValue]),
}

impl ItemBytes {
    /// The item of these attributes, in their order; no name may appear twice.
    pub fn of_views<'a>(attributes: impl Iterator<Item = (&'a str, ValueRef<'a>)>) -> Self {
        Self::written(attributes, put_stored)
    }

    /// The item of these attributes, in their order; no name may appear twice, and no value may be
    /// nested deeper than DynamoDB allows.
    pub fn of_parts<'a, 'p>(attributes: impl Iterator<Item = (&'a str, &'p Part<'p>)>) -> Self {
        Self::written(attributes, put_part)
    }

    fn written<'a, T>(
        attributes: impl Iterator<Item = (&'a str, T)>,
        put: impl Fn(&mut Vec<u8>, T),
    ) -> Self {
        let mut out = vec![FORMAT];
        put_attributes(&mut out, attributes, put);
        Self::of_written(out)
    }
}

/// The stored form of these attributes.
pub fn encode_attributes(attributes: &[(String, AttributeValue)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * attributes.len());
    out.push(FORMAT);
    put_attributes(&mut out, borrowed(attributes), put_value);
    out
}

fn borrowed(
    attributes: &[(String, AttributeValue)],
) -> impl Iterator<Item = (&str, &AttributeValue)> {
    attributes.iter().map(|(name, value)| (name.as_str(), value))
}

/// Writes the stored form of a value, which says itself where it ends.
pub fn put_value(out: &mut Vec<u8>, value: &AttributeValue) {
    match value {
        AttributeValue::S(text) => put_tagged(out, tag::S, text.as_bytes()),
        AttributeValue::N(number) => put_tagged(out, tag::N, number.as_bytes()),
        AttributeValue::B(bytes) => put_tagged(out, tag::B, bytes),
        AttributeValue::Bool(false) => out.push(tag::FALSE),
        AttributeValue::Bool(true) => out.push(tag::TRUE),
        AttributeValue::Null => out.push(tag::NULL),
        AttributeValue::L(values) => {
            put_framed(out, tag::L, |out| put_elements(out, values.iter(), put_value));
        }
        AttributeValue::M(attributes) => {
            put_framed(out, tag::M, |out| put_attributes(out, borrowed(attributes), put_value));
        }
        AttributeValue::Ss(set) => put_set(out, tag::SS, set.iter().map(String::as_bytes)),
        AttributeValue::Ns(set) => put_set(out, tag::NS, set.iter().map(Number::as_bytes)),
        AttributeValue::Bs(set) => put_set(out, tag::BS, set.iter().map(|bytes| &bytes[..])),
    }
}

fn put_part(out: &mut Vec<u8>, part: &Part<'_>) {
    match part {
        Part::Stored(value) => put_stored(out, *value),
        Part::Given(value) => put_value(out, value),
        Part::N(number) => put_tagged(out, tag::N, number.as_bytes()),
        Part::L(runs) => put_framed(out, tag::L, |out| put_runs(out, runs)),
        Part::M(attributes) => put_framed(out, tag::M, |out| {
            let attributes = attributes.iter().map(|(name, part)| (*name, part));
            put_attributes(out, attributes, put_part);
        }),
        Part::Ss(set) => put_set(out, tag::SS, set.iter().map(|text| text.as_bytes())),
        Part::Ns(set) => put_set(out, tag::NS, set.iter().map(|number| number.as_bytes())),
        Part::Bs(set) => put_set(out, tag::BS, set.iter().copied()),
    }
}

fn put_runs(out: &mut Vec<u8>, runs: &[Run<'_>]) {
    let length = |run: &Run<'_>| match run {
        Run::One(_) => 1,
        Run::Stored(list) => list.stored().0,
        Run::Given(values) => values.len(),
    };
    put_length(out, runs.iter().map(length).sum());
    for run in runs {
        match run {
            Run::One(part) => put_part(out, part),
            Run::Stored(list) => out.extend_from_slice(list.stored().1),
            Run::Given(values) => values.iter().for_each(|value| put_value(out, value)),
        }
    }
}

fn put_stored(out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value.stored() {
        (tag, Some(bytes)) => put_tagged(out, tag, bytes),
        (tag, None) => out.push(tag),
    }
}

fn put_attributes<'a, T>(
    out: &mut Vec<u8>,
    attributes: impl Iterator<Item = (&'a str, T)>,
    put: impl Fn(&mut Vec<u8>, T),
) {
    put_elements(out, attributes, |out, (name, value)| {
        put_bytes(out, name.as_bytes());
        put(out, value);
    });
}

fn put_set<'a>(out: &mut Vec<u8>, tag: u8, elements: impl Iterator<Item = &'a [u8]>) {
    put_framed(out, tag, |out| put_elements(out, elements, put_bytes));
}

fn put_elements<T>(
    out: &mut Vec<u8>,
    elements: impl Iterator<Item = T>,
    put: impl Fn(&mut Vec<u8>, T),
) {
    put_behind_length(out, |out| {
        let mut count = 0;
        for element in elements {
            put(out, element);
            count += 1;
        }
        count
    });
}

fn put_framed(out: &mut Vec<u8>, tag: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    put_behind_length(out, |out| {
        let start = out.len();
        fill(out);
        out.len() - start
    });
}

/// What `fill` writes, behind the length that it returns.
fn put_behind_length(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>) -> usize) {
    let at = out.len();
    out.push(0);
    let length = fill(out);
    let (bytes, count) = leb128(length);
    out.splice(at..=at, bytes[..count].iter().copied());
}

fn put_tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    put_bytes(out, bytes);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let (bytes, count) = leb128(length);
    out.extend_from_slice(&bytes[..count]);
}

/// The bytes of a length, and how many of them it takes.
fn leb128(mut length: usize) -> ([u8; LENGTH_BYTES_MAX], usize) {
    let mut bytes = [0; LENGTH_BYTES_MAX];
    let mut count = 0;
    while length >= 0x80 {
        bytes[count] = u8::try_from(length & 0x7F).expect("seven bits") | 0x80;
        length >>= 7;
        count += 1;
    }
    bytes[count] = u8::try_from(length).expect("below 128");
    (bytes, count + 1)
}

/// The first byte of a stored item: format 1, neither encrypted nor compressed.
pub(super) const FORMAT: u8 = 1;
/// What the largest length of this machine takes.
const LENGTH_BYTES_MAX: usize = 10;

/// The byte before each value.
pub(super) mod tag {
    pub(in crate::model) const S: u8 = 1;
    pub(in crate::model) const N: u8 = 2;
    pub(in crate::model) const B: u8 = 3;
    pub(in crate::model) const FALSE: u8 = 4;
    pub(in crate::model) const TRUE: u8 = 5;
    pub(in crate::model) const NULL: u8 = 6;
    pub(in crate::model) const L: u8 = 7;
    pub(in crate::model) const M: u8 = 8;
    pub(in crate::model) const SS: u8 = 9;
    pub(in crate::model) const NS: u8 = 10;
    pub(in crate::model) const BS: u8 = 11;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Item, ItemRef};

    fn sample(elements: usize) -> Item {
        let text = |n: usize| format!("text {n:04}");
        let number = |n: usize| Number::parse(&n.to_string()).expect("a number");
        let texts = (0..elements).map(text).collect();
        let numbers = (1..=elements).map(number).collect();
        let nested = AttributeValue::M(vec![("k".into(), AttributeValue::Bool(true))]);
        Item::from([
            ("l", AttributeValue::L(vec![nested.clone(); elements])),
            (
                "m",
                AttributeValue::M(vec![("m".into(), nested), ("n".into(), AttributeValue::Null)]),
            ),
            ("ss", AttributeValue::Ss(texts)),
            ("ns", AttributeValue::Ns(numbers)),
            ("bs", AttributeValue::Bs(vec![vec![7; elements].into()])),
            ("b", AttributeValue::B(vec![9; elements].into())),
            ("s", AttributeValue::S("s".repeat(elements))),
            ("n", AttributeValue::N(number(elements))),
        ])
    }

    /// The value, put together again from what is inside it.
    fn taken_apart(value: ValueRef<'_>) -> Part<'_> {
        match value {
            ValueRef::S(_) | ValueRef::B(_) | ValueRef::Bool(_) | ValueRef::Null => {
                Part::Stored(value)
            }
            ValueRef::N(number) => Part::N(number.to_number()),
            ValueRef::L(list) => {
                Part::L(list.values().map(|value| Run::One(taken_apart(value))).collect())
            }
            ValueRef::M(map) => {
                Part::M(map.attributes().map(|(name, value)| (name, taken_apart(value))).collect())
            }
            ValueRef::Ss(set) => Part::Ss(set.texts().collect()),
            ValueRef::Ns(set) => Part::Ns(set.numbers().collect()),
            ValueRef::Bs(set) => Part::Bs(set.elements().collect()),
        }
    }

    #[test]
    fn parts_of_an_item_make_the_same_bytes_again() {
        for elements in [0, 1, 12, 126, 127, 128, 129, 3_000, 20_000] {
            let item = sample(elements);
            let stored = encode_attributes(&item.attributes);
            let view = ItemRef::check(&stored).expect("what was encoded");

            let whole = ItemBytes::of_views(view.attributes());
            let apart: Vec<_> =
                view.attributes().map(|(name, value)| (name, taken_apart(value))).collect();
            let apart = ItemBytes::of_parts(apart.iter().map(|(name, part)| (*name, part)));
            let given: Vec<_> = borrowed(&item.attributes)
                .map(|(name, value)| (name, Part::Given(value)))
                .collect();
            let given = ItemBytes::of_parts(given.iter().map(|(name, part)| (*name, part)));

            assert_eq!(whole.stored(), &stored);
            assert_eq!(apart.stored(), &stored);
            assert_eq!(given.stored(), &stored);
        }
    }

    #[test]
    fn runs_of_a_list_are_written_one_behind_the_other() {
        let number = |n: usize| AttributeValue::N(Number::parse(&n.to_string()).expect("a number"));
        let numbers = |range: std::ops::Range<usize>| range.map(number).collect::<Vec<_>>();
        let image = Item::from([("l", AttributeValue::L(numbers(1..150)))]).encode();
        let Some(ValueRef::L(list)) = image.view().attribute("l") else { panic!("it is a list") };
        let (first, more) = (number(0), numbers(150..300));
        let parts =
            [Run::One(Part::Given(&first)), Run::Stored(list), Run::Given(&more), Run::Given(&[])];

        let joined = ItemBytes::of_parts(std::iter::once(("j", &Part::L(parts.into()))));

        let whole = Item::from([("j", AttributeValue::L(numbers(0..300)))]);
        assert_eq!(joined.stored(), &encode_attributes(&whole.attributes));
    }

    #[test]
    fn views_can_be_a_choice_of_an_item() {
        let image = sample(3).encode();

        let chosen = image.view().attributes().filter(|(name, _)| name.len() == 1);
        let chosen = ItemBytes::of_views(chosen);

        let names: Vec<_> = chosen.view().attributes().map(|(name, _)| name).collect();
        assert_eq!(names, ["l", "m", "b", "s", "n"]);
        assert_eq!(ItemBytes::of_views(std::iter::empty()).view().attributes().count(), 0);
    }
}
