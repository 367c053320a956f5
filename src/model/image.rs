//! What travels from store and cache to the wires: an item's bytes and, made once, its answer.
//!
//! Must hold: the bytes were checked when the image was made and never change; the weight is fixed
//! then too, and counts the answer whether it was made or not.
//! Not here: how an answer is written (`wire/json/`); it is only kept here.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::json_bytes::attributes_bytes;
use super::view::{Corrupt, ItemRef};

/// What is known of a key: its item, or that there is none.
#[derive(Clone, Debug)]
pub enum Image {
    /// The item.
    Item(Arc<ItemImage>),
    /// There is no item of that key.
    Absent,
}

/// An item's stored bytes, checked: an item on its way to an answer that nobody keeps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ItemBytes(Bytes);

/// One version of one item.
#[derive(Debug)]
pub struct ItemImage {
    item: ItemBytes,
    weight: usize,
    answer: OnceLock<Answer>,
}

/// The complete JSON body of a GetItem that finds this item.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The body.
    pub body: Bytes,
    /// Its CRC-32.
    pub crc32: u32,
}

impl ItemBytes {
    /// Checks stored bytes.
    pub fn new(stored: Bytes) -> Result<Self, Corrupt> {
        ItemRef::check(&stored)?;
        Ok(Self(stored))
    }

    /// Wraps bytes that were just written in the format.
    pub(super) fn of_written(stored: Vec<u8>) -> Self {
        debug_assert!(ItemRef::check(&stored).is_ok(), "what is written is what the view reads");
        Self(Bytes::from(stored))
    }

    /// The stored bytes.
    pub fn stored(&self) -> &Bytes {
        &self.0
    }

    /// The item's attributes.
    pub fn view(&self) -> ItemRef<'_> {
        ItemRef::of_checked(&self.0)
    }

    /// The same item in memory of its own.
    pub fn copied(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    /// The same item in other memory, which must hold the same bytes.
    pub fn moved_to(&self, stored: Bytes) -> Self {
        assert!(self.0 == stored, "an item moves with all of its bytes");
        Self(stored)
    }
}

impl ItemImage {
    /// Checks stored bytes and wraps them.
    pub fn new(stored: Bytes) -> Result<Self, Corrupt> {
        Ok(Self::of(ItemBytes::new(stored)?))
    }

    /// Wraps bytes that were checked before.
    pub fn of(item: ItemBytes) -> Self {
        let answer_bytes_max = ANSWER_BYTES + attributes_bytes(item.view().attributes());
        let weight = item.0.len() + answer_bytes_max;
        Self { item, weight, answer: OnceLock::new() }
    }

    /// The item without what is kept for its answer.
    pub fn item(&self) -> &ItemBytes {
        &self.item
    }

    /// The stored bytes.
    pub fn stored(&self) -> &Bytes {
        &self.item.0
    }

    /// The item's attributes.
    pub fn view(&self) -> ItemRef<'_> {
        self.item.view()
    }

    /// The memory that the item and its answer take at most, and near enough.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// How long the body of the item's answer is at most, made or not.
    pub fn answer_bytes_max(&self) -> usize {
        self.weight - self.item.0.len()
    }

    /// The answer that was kept, or the one that `make` makes now.
    pub fn answer_or_make(&self, make: impl FnOnce(ItemRef<'_>) -> Answer) -> &Answer {
        self.answer.get_or_init(|| make(self.view()))
    }
}

impl Image {
    /// The memory behind the image, near enough.
    pub fn weight(&self) -> usize {
        match self {
            Self::Item(image) => image.weight(),
            Self::Absent => 0,
        }
    }
}

/// `{"Item":{}}`
const ANSWER_BYTES: usize = 11;

#[cfg(test)]
mod tests {
    use super::super::{AttributeValue, Item, Number};

    fn answer_bytes_max(value: AttributeValue) -> usize {
        Item::from([("a", value)]).encode().answer_bytes_max()
    }

    #[test]
    fn what_json_escapes_is_counted_as_it_is_written() {
        let plain = answer_bytes_max(AttributeValue::S("xyz".into()));

        assert!(plain >= r#"{"Item":{"a":{"S":"xyz"}}}"#.len());
        assert_eq!(answer_bytes_max(AttributeValue::S("x\"\\".into())), plain + 2);
        assert_eq!(answer_bytes_max(AttributeValue::S("xy\u{1}".into())), plain + 5);
    }

    #[test]
    fn a_short_number_with_a_large_exponent_counts_all_its_zeros() {
        for text in ["1e125", "-1e-130"] {
            let number = Number::parse(text).expect("a number");
            let digits = number.to_string().len();

            assert!(answer_bytes_max(AttributeValue::N(number)) > digits);
            assert!(answer_bytes_max(AttributeValue::Ns(vec![number])) > digits);
        }
    }
}
