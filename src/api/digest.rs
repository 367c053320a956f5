//! What a request asks for, in short, to tell whether another one asks for the same.
//!
//! Must hold: two rows of pieces have the same digest only if they are the same, whatever the order
//! of their maps and the names of their placeholders.

use xxhash_rust::xxh3::Xxh3Default;

use crate::expr::Printed;
use crate::model::AttributeValue;

/// Hashes pieces, each with its length, so that two rows of pieces are never one.
#[derive(Default)]
pub(super) struct Digest(Xxh3Default);

impl Digest {
    /// What was asked for, in short.
    pub(super) fn end(&self) -> u128 {
        self.0.digest128()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn attributes(&mut self, what: &str, attributes: &[(String, AttributeValue)]) {
        self.text(what);
        self.0.update(&(attributes.len() as u64).to_be_bytes());
        let mut sorted: Vec<_> = attributes.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| name);
        for (name, value) in sorted {
            self.text(name);
            self.value(value);
        }
    }

    pub(super) fn values<T>(
        &mut self,
        what: &str,
        values: &[T],
        mut each: impl FnMut(&mut Self, &T),
    ) {
        self.text(what);
        self.0.update(&(values.len() as u64).to_be_bytes());
        for value in values {
            each(self, value);
        }
    }

    pub(super) fn value(&mut self, value: &AttributeValue) {
        match value {
            AttributeValue::S(text) => self.values("S", &[text], |digest, text| digest.text(text)),
            AttributeValue::N(number) => {
                self.values("N", &[number], |digest, number| {
                    digest.bytes(number.view().as_bytes());
                });
            }
            AttributeValue::B(bytes) => self.values("B", &[bytes], |digest, it| digest.bytes(it)),
            AttributeValue::Bool(truth) => self.text(if *truth { "true" } else { "false" }),
            AttributeValue::Null => self.text("null"),
            AttributeValue::L(list) => self.values("L", list, Self::value),
            AttributeValue::M(map) => self.attributes("M", map),
            AttributeValue::Ss(set) => self.values("SS", set, |digest, text| digest.text(text)),
            AttributeValue::Ns(set) => self.values("NS", set, |digest, number| {
                digest.bytes(number.view().as_bytes());
            }),
            AttributeValue::Bs(set) => self.values("BS", set, |digest, it| digest.bytes(it)),
        }
    }

    /// Placeholders are given out in the order in which they are needed, so their own names say
    /// nothing.
    pub(super) fn expression(&mut self, printed: &Printed) {
        self.text(&printed.text);
        self.values("names", &printed.names, |digest, (_, name)| digest.text(name));
        self.values("values", &printed.values, |digest, (_, value)| digest.value(value));
    }
}
