//! What a key of the model holds: a version of its item, with its place in a global index.
//!
//! No two writes of a schedule put the same version, so a read tells which write it saw.

use std::sync::LazyLock;

use hearth::model::{AttributeValue, Image, Item};

use super::store::KEYS;

/// One version of an item, or its absence; no two writes of a schedule have the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Version {
    number: u8,
    half: Option<Half>,
}

/// A partition of the model's global index. An item without index key is in neither.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Half {
    Left,
    Right,
}

impl Version {
    /// The absence of the item. A schedule deletes a key at most once.
    pub(crate) const ABSENT: Self = Self { number: u8::MAX, half: None };

    /// What the key holds from the start.
    pub(crate) fn first(key: usize) -> Self {
        let half = if key == 0 { Half::Left } else { Half::Right };
        Self { number: u8::try_from(key).expect("few keys"), half: Some(half) }
    }

    /// What the write of that number in the schedule puts.
    pub(crate) fn written(write: usize) -> Self {
        Self { number: u8::try_from(KEYS + write).expect("few writes"), half: None }
    }

    /// The same write with this index key; a delete has none.
    pub(crate) fn with_index_key(self, half: Option<Half>) -> Self {
        if self == Self::ABSENT { self } else { Self { half, ..self } }
    }

    /// The index partition that its entry is in.
    pub(crate) fn half(self) -> Option<Half> {
        self.half
    }

    /// The image that stands for this version.
    pub(crate) fn image(self) -> Image {
        IMAGES.get(usize::from(self.code())).cloned().unwrap_or(Image::Absent)
    }

    /// The version that the image stands for.
    pub(crate) fn of(image: &Image) -> Self {
        let Image::Item(item) = image else { return Self::ABSENT };
        let code = *item.stored().last().expect("an item is not empty");
        let half = match code % CODES {
            0 => None,
            1 => Some(Half::Left),
            _ => Some(Half::Right),
        };
        Self { number: code / CODES, half }
    }

    /// One byte that says it all.
    fn code(self) -> u8 {
        let half = match self.half {
            None => 0,
            Some(Half::Left) => 1,
            Some(Half::Right) => 2,
        };
        self.number.saturating_mul(CODES).saturating_add(half)
    }
}

/// Index keys that a version may have, none among them.
const CODES: u8 = 3;

static IMAGES: LazyLock<Vec<Image>> = LazyLock::new(|| {
    let image = |code: u8| Item::from([("v", AttributeValue::B(vec![code].into()))]).encode();
    (0..16 * CODES).map(|code| Image::Item(image(code))).collect()
});
