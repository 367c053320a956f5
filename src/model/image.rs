//! What travels from store and cache to the wires: an item's bytes and, made once, its answer.
//!
//! Must hold: the bytes were checked when the image was made and never change; the weight is fixed
//! then too, and counts the answer whether it was made or not.
//! Not here: how an answer is written (`wire/json/`); it is only kept here.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::view::{Corrupt, ItemRef, ValueRef};

/// What is known of a key: its item, or that there is none.
#[derive(Clone, Debug)]
pub enum Image {
    /// The item.
    Item(Arc<ItemImage>),
    /// There is no item of that key.
    Absent,
}

/// One version of one item.
#[derive(Debug)]
pub struct ItemImage {
    stored: Bytes,
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

impl ItemImage {
    /// Checks stored bytes and wraps them.
    pub fn new(stored: Bytes) -> Result<Self, Corrupt> {
        let answer_bytes: usize = ItemRef::check(&stored)?
            .attributes()
            .map(|(name, value)| name.len() + ATTRIBUTE_BYTES + value_text_bytes(value))
            .sum();
        let weight = stored.len() + answer_bytes;
        Ok(Self { stored, weight, answer: OnceLock::new() })
    }

    /// The stored bytes.
    pub fn stored(&self) -> &Bytes {
        &self.stored
    }

    /// The item's attributes.
    pub fn view(&self) -> ItemRef<'_> {
        ItemRef::of_checked(&self.stored)
    }

    /// The memory that the item and its answer take, near enough.
    pub fn weight(&self) -> usize {
        self.weight
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

/// About the bytes of the value in JSON.
fn value_text_bytes(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::S(text) => text.len(),
        ValueRef::N(number) => {
            number.digits().count() + usize::try_from(number.exponent().unsigned_abs()).unwrap_or(0)
        }
        ValueRef::B(bytes) => bytes.len() * 4 / 3,
        ValueRef::Bool(_) | ValueRef::Null => 8,
        ValueRef::L(list) => list.values().map(|v| VALUE_BYTES + value_text_bytes(v)).sum(),
        ValueRef::M(map) => {
            map.attributes().map(|(n, v)| n.len() + ATTRIBUTE_BYTES + value_text_bytes(v)).sum()
        }
        ValueRef::Ss(set) | ValueRef::Bs(set) => set.elements().map(|e| 3 + e.len() * 4 / 3).sum(),
        ValueRef::Ns(set) => set.elements().map(|e| 3 + e.len() * 2).sum(),
    }
}

/// `{"S":""},`
const VALUE_BYTES: usize = 10;
/// `"":{"S":""},`
const ATTRIBUTE_BYTES: usize = 13;
