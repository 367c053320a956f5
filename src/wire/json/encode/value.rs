//! Writes items and their values, from views and from owned values.

use super::write::{Separator, blob, plain, text};
use crate::model::{AttributeValue, Number, ValueRef};

/// Writes an item or map.
pub(super) fn attributes<'a>(
    out: &mut Vec<u8>,
    attributes: impl Iterator<Item = (&'a str, ValueRef<'a>)>,
) {
    let mut separator = Separator::start();
    out.push(b'{');
    for (name, attribute) in attributes {
        separator.name(out, name);
        value(out, attribute);
    }
    out.push(b'}');
}

/// Writes a key or map that is not stored.
pub(in crate::wire::json) fn owned_attributes(
    out: &mut Vec<u8>,
    attributes: &[(String, AttributeValue)],
) {
    let mut separator = Separator::start();
    out.push(b'{');
    for (name, attribute) in attributes {
        separator.name(out, name);
        owned_value(out, attribute);
    }
    out.push(b'}');
}

/// A key that stands by itself, as control of the cache shows it.
pub fn encode_key(key: &[(String, AttributeValue)]) -> Vec<u8> {
    let mut out = Vec::new();
    owned_attributes(&mut out, key);
    out
}

fn value(out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::S(string) => typed(out, "S", |out| text(out, string)),
        ValueRef::N(number) => typed(out, "N", |out| quoted(out, number)),
        ValueRef::B(bytes) => typed(out, "B", |out| blob(out, bytes)),
        ValueRef::Bool(truth) => typed(out, "BOOL", |out| plain(out, truth)),
        ValueRef::Null => typed(out, "NULL", |out| plain(out, true)),
        ValueRef::L(list) => typed(out, "L", |out| elements(out, list.values(), self::value)),
        ValueRef::M(map) => typed(out, "M", |out| attributes(out, map.attributes())),
        ValueRef::Ss(set) => typed(out, "SS", |out| elements(out, set.texts(), text)),
        ValueRef::Ns(set) => typed(out, "NS", |out| elements(out, set.numbers(), quoted)),
        ValueRef::Bs(set) => typed(out, "BS", |out| elements(out, set.elements(), blob)),
    }
}

/// Writes a value that is not stored.
pub(in crate::wire::json) fn owned_value(out: &mut Vec<u8>, value: &AttributeValue) {
    match value {
        AttributeValue::S(string) => typed(out, "S", |out| text(out, string)),
        AttributeValue::N(number) => typed(out, "N", |out| quoted(out, number)),
        AttributeValue::B(bytes) => typed(out, "B", |out| blob(out, bytes)),
        AttributeValue::Bool(truth) => typed(out, "BOOL", |out| plain(out, truth)),
        AttributeValue::Null => typed(out, "NULL", |out| plain(out, true)),
        AttributeValue::L(list) => typed(out, "L", |out| elements(out, list, owned_value)),
        AttributeValue::M(map) => typed(out, "M", |out| owned_attributes(out, map)),
        AttributeValue::Ss(set) => {
            typed(out, "SS", |out| elements(out, set, |out, string| text(out, string)));
        }
        AttributeValue::Ns(set) => {
            typed(out, "NS", |out| elements(out, set, |out, number: &Number| quoted(out, number)));
        }
        AttributeValue::Bs(set) => {
            typed(out, "BS", |out| elements(out, set, |out, bytes| blob(out, bytes)));
        }
    }
}

/// Writes the object with one member that every value is.
fn typed(out: &mut Vec<u8>, name: &str, fill: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    fill(out);
    out.push(b'}');
}

fn elements<T>(
    out: &mut Vec<u8>,
    elements: impl IntoIterator<Item = T>,
    mut element: impl FnMut(&mut Vec<u8>, T),
) {
    let mut separator = Separator::start();
    out.push(b'[');
    for each in elements {
        separator.next(out);
        element(out, each);
    }
    out.push(b']');
}

fn quoted(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    out.push(b'"');
    plain(out, number);
    out.push(b'"');
}
