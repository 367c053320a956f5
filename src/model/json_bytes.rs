//! How long items become as JSON: nearly, for what is kept, or quickly, for what is only limited.
//!
//! Must hold: neither is ever less than what is written.
//! Not here: writing it (`wire/json/encode/`).

use super::cursor::{CHECKED, Cursor};
use super::image::ItemBytes;
use super::number::NumberRef;
use super::view::ValueRef;
use super::write::tag;

impl ItemBytes {
    /// How long the item is at most as JSON, braces included: quickly told, since no text and no
    /// set of texts or bytes is looked into, and of numbers only the exponent.
    ///
    /// Of usual items that is less than ten times the size, and of the strangest 22 times; only
    /// short numbers with large exponents, whose zeros are all counted, make it more.
    pub fn json_bytes_max(&self) -> usize {
        2 + members_max(Cursor::of_checked(self.stored()))
    }

    /// How long the item's JSON is, near enough and never too short; it looks at every character.
    pub fn json_bytes(&self) -> usize {
        2 + attributes_bytes(self.view().attributes())
    }
}

fn members_max(mut cursor: Cursor<'_>) -> usize {
    let count = cursor.length().expect(CHECKED);
    let mut member = || {
        let name = cursor.bytes().expect(CHECKED);
        MEMBER_BYTES + ESCAPE_BYTES * name.len() + next_value_max(&mut cursor)
    };
    (0..count).map(|_| member()).sum()
}

fn next_value_max(cursor: &mut Cursor<'_>) -> usize {
    let (tag, bytes) = cursor.stored_value().expect(CHECKED);
    match tag {
        tag::S => VALUE_BYTES + ESCAPE_BYTES * bytes.len(),
        tag::N => VALUE_BYTES + number_max(bytes),
        tag::B => VALUE_BYTES + blob_bytes(bytes),
        tag::L => {
            let mut elements = Cursor::of_value(bytes);
            let count = elements.length().expect(CHECKED);
            VALUE_BYTES + (0..count).map(|_| 1 + next_value_max(&mut elements)).sum::<usize>()
        }
        tag::M => VALUE_BYTES + members_max(Cursor::of_value(bytes)),
        // An element's length is stored in a byte or more, and written as quotes and a comma.
        tag::SS => SET_BYTES + ESCAPE_BYTES * bytes.len(),
        tag::BS => SET_BYTES + 4 * bytes.len(),
        tag::NS => {
            let mut elements = Cursor::of_value(bytes);
            let count = elements.length().expect(CHECKED);
            let mut element = || ELEMENT_BYTES + number_max(elements.bytes().expect(CHECKED));
            SET_BYTES + (0..count).map(|_| element()).sum::<usize>()
        }
        _ => CONSTANT_BYTES,
    }
}

/// Two digits for each byte, a zero for each place up to the exponent, a sign, a point.
fn number_max(bytes: &[u8]) -> usize {
    2 * bytes.len() + zeros(NumberRef::of_checked(bytes)) + 2
}

/// The bytes of these attributes in JSON, without the braces around them; never too few.
pub(super) fn attributes_bytes<'a>(
    attributes: impl Iterator<Item = (&'a str, ValueRef<'a>)>,
) -> usize {
    attributes.map(|(name, value)| MEMBER_BYTES + text_bytes(name) + value_bytes(value)).sum()
}

/// The bytes of the value in JSON, never too few.
fn value_bytes(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::S(text) => VALUE_BYTES + text_bytes(text),
        ValueRef::N(number) => VALUE_BYTES + number_bytes(number),
        ValueRef::B(bytes) => VALUE_BYTES + blob_bytes(bytes),
        ValueRef::Bool(_) | ValueRef::Null => CONSTANT_BYTES,
        ValueRef::L(list) => {
            VALUE_BYTES + list.values().map(|value| 1 + value_bytes(value)).sum::<usize>()
        }
        ValueRef::M(map) => VALUE_BYTES + attributes_bytes(map.attributes()),
        ValueRef::Ss(set) => SET_BYTES + elements_bytes(set.texts().map(text_bytes)),
        ValueRef::Ns(set) => SET_BYTES + elements_bytes(set.numbers().map(number_bytes)),
        ValueRef::Bs(set) => SET_BYTES + elements_bytes(set.elements().map(blob_bytes)),
    }
}

fn elements_bytes(elements: impl Iterator<Item = usize>) -> usize {
    elements.map(|bytes| ELEMENT_BYTES + bytes).sum()
}

/// The text and its escapes; every control character counts as one that has no short escape.
fn text_bytes(text: &str) -> usize {
    let escape = |byte: u8| match byte {
        b'"' | b'\\' => 1,
        0..0x20 => ESCAPE_BYTES - 1,
        _ => 0,
    };
    text.len() + text.bytes().map(escape).sum::<usize>()
}

/// Every digit, a zero for each place up to the exponent, a sign, a point.
fn number_bytes(number: NumberRef<'_>) -> usize {
    number.digit_count() + zeros(number) + 2
}

fn zeros(number: NumberRef<'_>) -> usize {
    usize::try_from(number.exponent().unsigned_abs()).expect("an exponent is between -130 and 125")
}

fn blob_bytes(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(3) * 4
}

/// `\u0000`
const ESCAPE_BYTES: usize = 6;
/// `"":` and a comma
const MEMBER_BYTES: usize = 4;
/// `{"S":""}`, `{"L":[]}`
const VALUE_BYTES: usize = 8;
/// `{"BOOL":false}`
const CONSTANT_BYTES: usize = 14;
/// `{"SS":[]}`
const SET_BYTES: usize = 9;
/// `""` and a comma
const ELEMENT_BYTES: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::{AttributeValue, Item, Number};

    /// How many times its size an item of that value may become.
    fn times(value: AttributeValue) -> usize {
        let image = Item::from([("a", value)]).encode();
        image.item().json_bytes_max() / image.view().size()
    }

    #[test]
    fn only_numbers_become_much_longer_than_they_are_large() {
        let list = |value: AttributeValue| AttributeValue::L(vec![value; 1_000]);
        let lone = AttributeValue::Ss(vec![String::new()]);

        assert_eq!(times(AttributeValue::S("\u{1}".repeat(1_000))), 6);
        assert_eq!(times(AttributeValue::B(vec![0; 1_000].into())), 1);
        assert_eq!(times(list(AttributeValue::Null)), 7);
        assert_eq!(times(list(lone)), 21);
        assert_eq!(times(AttributeValue::Ss(vec!["x".into(); 1_000])), 12);
    }

    #[test]
    fn the_zeros_of_numbers_are_counted() {
        let number = |text: &str| Number::parse(text).expect("a number");
        let list = |text| AttributeValue::L(vec![AttributeValue::N(number(text)); 1_000]);

        assert!(times(list("12345678901234567890")) < 10);
        for text in ["1e125", "-1e125", "1e-130", "-1e-130"] {
            let set = AttributeValue::Ns(vec![number(text); 1_000]);

            assert!(times(list(text)) > 30, "{text}");
            assert!(times(set) > 40, "{text}");
        }
    }
}
