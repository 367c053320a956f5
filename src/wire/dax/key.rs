//! Keys: one byte string each, whose content the table's key schema explains.
//!
//!     one attribute    S, B  its bytes              N  a number of CBOR
//!     two attributes   the first as a value of CBOR, then the second to the end:
//!                      S, B  its bytes              N  `LexDecimal`
//!
//! The keys of an index's page have more attributes: an open map from names to values.
//!
//! Must hold: many spellings of a number are one key; the value is what counts, never its bytes.
//! Not here: whether a value fits the schema (`model/schema.rs`).

use super::cbor::{Malformed, Reader, SHORT_BYTES, Writer};
use super::{lex_decimal, number, value};
use crate::api::Key;
use crate::model::{
    AttributeValue, KeyAttribute, KeyType, KeyValue, Number, NumberRef, TableSchema, ValueRef,
};
use crate::wire::json::Values;

/// Reads the attributes of a key.
pub(super) fn read(
    schema: &TableSchema,
    bytes: &[u8],
    values: &mut Values,
) -> Result<Key, Malformed> {
    let hash = &schema.hash.name;
    let Some(range) = &schema.range else {
        let only = match schema.hash.kind {
            KeyType::N => {
                let mut reader = Reader::new(bytes);
                let value = value::read(&mut reader, values, 1)?;
                reader.end()?;
                value
            }
            KeyType::S | KeyType::B => plain(schema.hash.kind, bytes)?,
        };
        return Ok(vec![(hash.clone(), only)]);
    };
    let mut reader = Reader::new(bytes);
    let first = value::read(&mut reader, values, 1)?;
    let second = match range.kind {
        KeyType::N => values.number(&lex_decimal::text(reader.rest())?),
        KeyType::S | KeyType::B => plain(range.kind, reader.rest())?,
    };
    Ok(vec![(hash.clone(), first), (range.name.clone(), second)])
}

/// The values of a key that needs no heap; `None` if anything about it is unusual.
pub(super) fn with_values<T>(
    schema: &TableSchema,
    bytes: &[u8],
    take: impl FnOnce(KeyValue<'_>, Option<KeyValue<'_>>) -> T,
) -> Option<T> {
    let hash_number;
    let Some(range) = &schema.range else {
        let hash = match schema.hash.kind {
            KeyType::S => KeyValue::S(std::str::from_utf8(bytes).ok()?),
            KeyType::B => KeyValue::B(bytes),
            KeyType::N => {
                hash_number = only_number(bytes)?;
                KeyValue::N(&hash_number)
            }
        };
        return Some(take(hash, None));
    };
    let mut reader = Reader::new(bytes);
    let hash = match schema.hash.kind {
        KeyType::S => KeyValue::S(reader.text().ok()?),
        KeyType::B => KeyValue::B(reader.bytes().ok()?),
        KeyType::N => {
            hash_number = Number::parse(&number::text(&mut reader).ok()?).ok()?;
            KeyValue::N(&hash_number)
        }
    };
    let range_number;
    let range = match range.kind {
        KeyType::S => KeyValue::S(std::str::from_utf8(reader.rest()).ok()?),
        KeyType::B => KeyValue::B(reader.rest()),
        KeyType::N => {
            range_number = Number::parse(&lex_decimal::text(reader.rest()).ok()?).ok()?;
            KeyValue::N(&range_number)
        }
    };
    Some(take(hash, Some(range)))
}

/// Reads the attributes of a key with those of an index.
pub(super) fn read_compound(bytes: &[u8], values: &mut Values) -> Result<Key, Malformed> {
    let mut reader = Reader::new(bytes);
    let count = reader.map()?;
    let key = value::attributes(&mut reader, count, values, 1)?;
    reader.end()?;
    Ok(key)
}

/// Writes the key of attributes; what is not there is left out, which no stored item has.
pub(super) fn put(writer: &mut Writer, schema: &TableSchema, key: &Key) {
    let find = |attribute: &KeyAttribute| {
        key.iter().find(|(name, _)| *name == attribute.name).map(|(_, value)| value)
    };
    let part = |attribute: &KeyAttribute| find(attribute).and_then(Part::of);
    writer.embedded(SHORT_BYTES, |writer| {
        put_parts(writer, part(&schema.hash), Range::of(schema, part));
    });
}

/// Writes the key of a stored item.
pub(super) fn put_stored<'a>(
    writer: &mut Writer,
    schema: &TableSchema,
    attribute: impl Fn(&str) -> Option<ValueRef<'a>>,
) {
    let part = |key: &KeyAttribute| attribute(&key.name).and_then(Part::of_stored);
    writer.embedded(SHORT_BYTES, |writer| {
        put_parts(writer, part(&schema.hash), Range::of(schema, part));
    });
}

/// Writes the attributes of a key with those of an index.
pub(super) fn put_compound(writer: &mut Writer, key: &Key) {
    writer.embedded(SHORT_BYTES, |writer| {
        writer.open_map();
        for (name, value) in key {
            writer.text(name);
            value::put_owned(writer, value);
        }
        writer.end_open();
    });
}

/// A value as a key may have it.
#[derive(Clone, Copy)]
enum Part<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
    Number(NumberRef<'a>),
}

/// What a key has behind its first part.
#[derive(Clone, Copy)]
enum Range<'a> {
    /// Nothing, by its schema.
    None,
    /// A part that is not there.
    Missing,
    Part(Part<'a>),
}

impl<'a> Range<'a> {
    fn of(schema: &TableSchema, part: impl FnOnce(&KeyAttribute) -> Option<Part<'a>>) -> Self {
        match &schema.range {
            None => Self::None,
            Some(attribute) => part(attribute).map_or(Self::Missing, Self::Part),
        }
    }
}

impl<'a> Part<'a> {
    fn of(value: &'a AttributeValue) -> Option<Self> {
        Some(match KeyValue::of(value)? {
            KeyValue::S(text) => Self::Text(text),
            KeyValue::B(bytes) => Self::Bytes(bytes),
            KeyValue::N(number) => Self::Number(number.view()),
        })
    }

    fn of_stored(value: ValueRef<'a>) -> Option<Self> {
        match value {
            ValueRef::S(text) => Some(Self::Text(text)),
            ValueRef::B(bytes) => Some(Self::Bytes(bytes)),
            ValueRef::N(number) => Some(Self::Number(number)),
            ValueRef::Bool(_)
            | ValueRef::Null
            | ValueRef::L(_)
            | ValueRef::M(_)
            | ValueRef::Ss(_)
            | ValueRef::Ns(_)
            | ValueRef::Bs(_) => None,
        }
    }
}

/// Writes the first part as it is alone, or with another behind it.
fn put_parts(writer: &mut Writer, hash: Option<Part<'_>>, range: Range<'_>) {
    let is_only = matches!(range, Range::None);
    match hash {
        Some(Part::Text(text)) if is_only => writer.raw(text.as_bytes()),
        Some(Part::Bytes(bytes)) if is_only => writer.raw(bytes),
        Some(Part::Text(text)) => writer.text(text),
        Some(Part::Bytes(bytes)) => writer.bytes(bytes),
        Some(Part::Number(number)) => number::put(writer, number),
        None => {}
    }
    match range {
        Range::Part(Part::Text(text)) => writer.raw(text.as_bytes()),
        Range::Part(Part::Bytes(bytes)) => writer.raw(bytes),
        Range::Part(Part::Number(number)) => lex_decimal::put(writer, number),
        Range::Missing | Range::None => {}
    }
}

fn plain(kind: KeyType, bytes: &[u8]) -> Result<AttributeValue, Malformed> {
    if kind == KeyType::B {
        return Ok(AttributeValue::B(bytes.to_vec().into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed("a key is not UTF-8"))?;
    Ok(AttributeValue::S(text.to_owned()))
}

fn only_number(bytes: &[u8]) -> Option<Number> {
    let mut reader = Reader::new(bytes);
    let number = Number::parse(&number::text(&mut reader).ok()?).ok()?;
    reader.is_at_end().then_some(number)
}
