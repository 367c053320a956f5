//! Attribute values.
//!
//!     S text   B bytes   BOOL f4/f5   NULL f6   N see `number.rs`   L array   M map of text
//!     SS, NS, BS   tags 3321, 3322, 3323 of an array
//!
//! Must hold: a fault that JSON can have, too, is kept in [`Values`] and told when its turn has come;
//! only what could not be said in JSON is malformed.
//! Not here: keys (`key.rs`), and which value is of which attribute (`attributes.rs`).

use std::collections::HashMap;

use bytes::Bytes;

use super::cbor::{Count, Head, Malformed, Reader, Writer};
use super::number;
use crate::model::{AttributeValue, Raw};
use crate::wire::json::Values;

/// Reads one value that stands by itself, or in a map or list of so many levels.
pub(super) fn read(
    reader: &mut Reader<'_>,
    values: &mut Values,
    level: usize,
) -> Result<AttributeValue, Malformed> {
    if values.counted() > VALUES_MAX {
        return Err(Malformed("there are more values than an item has room for"));
    }
    let head = reader.head()?;
    Ok(match head {
        Head::Text(text) => AttributeValue::S(text.to_owned()),
        Head::Bytes(bytes) => AttributeValue::B(Bytes::copy_from_slice(bytes)),
        Head::Bool(truth) => AttributeValue::Bool(truth),
        Head::Null => AttributeValue::Null,
        Head::Array(count) => {
            let inner = inside(values, level)?;
            AttributeValue::L(elements(reader, count, |reader| read(reader, values, inner))?)
        }
        Head::Map(count) => {
            let inner = inside(values, level)?;
            AttributeValue::M(attributes(reader, count, values, inner)?)
        }
        Head::Tag(TEXT_SET) => {
            let count = reader.array()?;
            values.text_set(&elements(reader, count, Reader::text)?)
        }
        Head::Tag(NUMBER_SET) => {
            let count = reader.array()?;
            values.number_set(&elements(reader, count, number::text)?)
        }
        Head::Tag(BINARY_SET) => {
            let count = reader.array()?;
            let element = |reader: &mut Reader<'_>| reader.bytes().map(Bytes::copy_from_slice);
            values.binary_set(&elements(reader, count, element)?)
        }
        Head::Unsigned(_) | Head::Negative(_) | Head::Float(_) | Head::Tag(_) => {
            values.number(&number::text_of(head, reader)?)
        }
        Head::Break => return Err(Malformed("a break where a value should be")),
    })
}

/// Writes a stored value.
pub(super) fn put(writer: &mut Writer, value: Raw<'_>) {
    match value {
        Raw::S(text) => writer.text_bytes(text),
        Raw::N(number) => number::put(writer, number),
        Raw::B(bytes) => writer.bytes(bytes),
        Raw::Bool(truth) => writer.truth(truth),
        Raw::Null => writer.null(),
        Raw::L(list) => {
            writer.array(list.count());
            list.raw().for_each(|value| put(writer, value));
        }
        Raw::M(map) => {
            writer.map(map.count());
            for (name, value) in map.raw() {
                writer.text_bytes(name);
                put(writer, value);
            }
        }
        Raw::Ss(set) => {
            put_set(writer, TEXT_SET, set.count());
            set.elements().for_each(|text| writer.text_bytes(text));
        }
        Raw::Ns(set) => {
            put_set(writer, NUMBER_SET, set.count());
            set.raw_numbers().for_each(|number| number::put(writer, number));
        }
        Raw::Bs(set) => {
            put_set(writer, BINARY_SET, set.count());
            set.elements().for_each(|element| writer.bytes(element));
        }
    }
}

/// Reads the names and values of a map whose head was read. A name that comes twice means what it
/// meant last.
pub(super) fn attributes(
    reader: &mut Reader<'_>,
    mut count: Count,
    values: &mut Values,
    level: usize,
) -> Result<Vec<(String, AttributeValue)>, Malformed> {
    let mut attributes: Vec<(String, AttributeValue)> = Vec::new();
    let mut places = HashMap::new();
    while reader.has_next(&mut count)? {
        let name = reader.text()?;
        values.check_name(name);
        let value = read(reader, values, level)?;
        match places.insert(name, attributes.len()) {
            None => attributes.push((name.to_owned(), value)),
            Some(place) => {
                attributes[place].1 = value;
                places.insert(name, place);
            }
        }
    }
    Ok(attributes)
}

/// Reads the elements of an array whose head was read.
pub(super) fn elements<'a, T>(
    reader: &mut Reader<'a>,
    mut count: Count,
    mut element: impl FnMut(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut elements = Vec::new();
    while reader.has_next(&mut count)? {
        elements.push(element(reader)?);
    }
    Ok(elements)
}

/// Writes a value of a request.
pub(super) fn put_owned(writer: &mut Writer, value: &AttributeValue) {
    match value {
        AttributeValue::S(text) => writer.text(text),
        AttributeValue::N(number) => number::put(writer, number.view()),
        AttributeValue::B(bytes) => writer.bytes(bytes),
        AttributeValue::Bool(truth) => writer.truth(*truth),
        AttributeValue::Null => writer.null(),
        AttributeValue::L(list) => {
            writer.array(list.len());
            for value in list {
                put_owned(writer, value);
            }
        }
        AttributeValue::M(map) => {
            writer.map(map.len());
            for (name, value) in map {
                writer.text(name);
                put_owned(writer, value);
            }
        }
        AttributeValue::Ss(set) => {
            put_set(writer, TEXT_SET, set.len());
            for text in set {
                writer.text(text);
            }
        }
        AttributeValue::Ns(set) => {
            put_set(writer, NUMBER_SET, set.len());
            for number in set {
                number::put(writer, number.view());
            }
        }
        AttributeValue::Bs(set) => {
            put_set(writer, BINARY_SET, set.len());
            for element in set {
                writer.bytes(element);
            }
        }
    }
}

/// The level inside a list or map, unless it is deeper than anything that a request may have.
fn inside(values: &mut Values, level: usize) -> Result<usize, Malformed> {
    values.descend(level);
    if level >= LEVELS_MAX { Err(Malformed("values are nested too deep")) } else { Ok(level + 1) }
}

fn put_set(writer: &mut Writer, tag: u64, count: usize) {
    writer.tag(tag);
    writer.array(count);
}

/// A level of its own stack each; far beyond the 32 that an item may have.
const LEVELS_MAX: usize = 64;
/// An item has 409,600 bytes, and each value takes one at least.
const VALUES_MAX: usize = 500_000;
const TEXT_SET: u64 = 3321;
const NUMBER_SET: u64 = 3322;
const BINARY_SET: u64 = 3323;
