//! An owned item, and the bytes that it is stored as.
//!
//!     item    01 | count | (name value)…             01 is the format; lengths are LEB128
//!     name    length bytes
//!     value   tag | S B N: length bytes | BOOL NULL: nothing
//!             | L SS NS BS: length of the rest, count, elements | M: the same, (name value)…
//!
//! Must hold: what is encoded here is what `view.rs` reads; drawn in `docs/storage-format.md`.
//! Not here: reading (`view.rs`), the row around an item (`engine/embedded/`).

use bytes::{BufMut as _, Bytes};

use super::image::ItemImage;
use super::value::AttributeValue;

/// An item: attribute names and values, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The attributes; no name appears twice.
    pub attributes: Vec<(String, AttributeValue)>,
}

impl Item {
    /// The value of the attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeValue> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value)
    }

    /// The item in its stored form.
    pub fn encode(&self) -> ItemImage {
        ItemImage::new(Bytes::from(encode_attributes(&self.attributes)))
            .expect("what the encoder writes is what the view reads")
    }
}

impl<const N: usize> From<[(&str, AttributeValue); N]> for Item {
    fn from(attributes: [(&str, AttributeValue); N]) -> Self {
        let own = |(name, value): (&str, AttributeValue)| (name.to_owned(), value);
        Self { attributes: attributes.into_iter().map(own).collect() }
    }
}

/// The stored form of these attributes.
pub fn encode_attributes(attributes: &[(String, AttributeValue)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 * attributes.len());
    out.push(FORMAT);
    put_attributes(&mut out, attributes);
    out
}

fn put_attributes(out: &mut Vec<u8>, attributes: &[(String, AttributeValue)]) {
    put_length(out, attributes.len());
    for (name, value) in attributes {
        put_bytes(out, name.as_bytes());
        put_value(out, value);
    }
}

fn put_value(out: &mut Vec<u8>, value: &AttributeValue) {
    match value {
        AttributeValue::S(text) => put_tagged(out, tag::S, text.as_bytes()),
        AttributeValue::N(number) => put_tagged(out, tag::N, number.as_bytes()),
        AttributeValue::B(bytes) => put_tagged(out, tag::B, bytes),
        AttributeValue::Bool(false) => out.push(tag::FALSE),
        AttributeValue::Bool(true) => out.push(tag::TRUE),
        AttributeValue::Null => out.push(tag::NULL),
        AttributeValue::L(values) => put_framed(out, tag::L, |body| {
            put_length(body, values.len());
            for value in values {
                put_value(body, value);
            }
        }),
        AttributeValue::M(attributes) => {
            put_framed(out, tag::M, |body| put_attributes(body, attributes));
        }
        AttributeValue::Ss(set) => put_set(out, tag::SS, set.iter().map(String::as_bytes)),
        AttributeValue::Ns(set) => put_set(out, tag::NS, set.iter().map(super::Number::as_bytes)),
        AttributeValue::Bs(set) => put_set(out, tag::BS, set.iter().map(|bytes| &bytes[..])),
    }
}

fn put_set<'a>(out: &mut Vec<u8>, tag: u8, elements: impl ExactSizeIterator<Item = &'a [u8]>) {
    put_framed(out, tag, |body| {
        put_length(body, elements.len());
        elements.for_each(|element| put_bytes(body, element));
    });
}

fn put_framed(out: &mut Vec<u8>, tag: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    fill(&mut body);
    put_tagged(out, tag, &body);
}

fn put_tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    put_bytes(out, bytes);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.put_slice(bytes);
}

fn put_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7F).expect("seven bits") | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).expect("below 128"));
}

/// The first byte of a stored item: format 1, neither encrypted nor compressed.
pub(super) const FORMAT: u8 = 1;

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
