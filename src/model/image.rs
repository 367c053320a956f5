//! What travels from store and cache to the wires: an item's bytes and, made once, its answer.
//!
//!     image   references (8) | answer's body (24) | its sum (4) | two sizes (4)
//!             | length (8) | stored bytes                                     one allocation
//!
//! A cache holds a million of these, hence the single piece of memory behind a thin pointer, which
//! is exactly as long as what is in it.
//!
//! Must hold: the bytes were checked when the image was made and never change; the weight is fixed
//! then too, and counts the answer whether it was made or not.
//! Not here: how an answer is written (`wire/json/`); it is only kept here.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use triomphe::ThinArc;

use super::json_bytes::attributes_bytes;
use super::size::read_units_of;
use super::view::{Corrupt, ItemRef};

/// What is known of a key: its item, or that there is none.
#[derive(Clone, Debug)]
pub enum Image {
    /// The item.
    Item(ItemImage),
    /// There is no item of that key.
    Absent,
}

/// An item's stored bytes, checked: an item on its way to an answer that nobody keeps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ItemBytes(Bytes);

/// One version of one item; clones share it.
#[derive(Clone)]
pub struct ItemImage(ThinArc<Head, u8>);

/// The complete JSON body of a GetItem that finds this item.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The body.
    pub body: Bytes,
    /// Its CRC-32.
    pub crc32: u32,
}

/// An answer that was just written.
#[derive(Debug)]
pub struct Made {
    /// The body.
    pub body: Vec<u8>,
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

    /// The same item in other memory, which must hold the same bytes.
    pub fn moved_to(&self, stored: Bytes) -> Self {
        assert!(self.0 == stored, "an item moves with all of its bytes");
        Self(stored)
    }
}

impl ItemImage {
    /// Checks stored bytes and copies them.
    pub fn new(stored: &[u8]) -> Result<Self, Corrupt> {
        Ok(Self::of_view(stored, ItemRef::check(stored)?))
    }

    /// Copies bytes that were checked before.
    pub fn of(item: &ItemBytes) -> Self {
        Self::of_view(&item.0, item.view())
    }

    fn of_view(stored: &[u8], item: ItemRef<'_>) -> Self {
        let answer_bytes_max = ANSWER_BYTES + attributes_bytes(item.attributes());
        let sizes = Sizes::of(answer_bytes_max, read_units_of(stored, item));
        let head = Head { body: OnceLock::new(), crc32: AtomicU32::new(0), sizes };
        Self(ThinArc::from_header_and_slice(head, stored))
    }

    /// Whether both are the same image in memory, not only equal.
    pub fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(self.stored(), other.stored())
    }

    /// The item without what is kept for its answer, in the same memory.
    pub fn item(&self) -> ItemBytes {
        ItemBytes(Bytes::from_owner(Stored(self.clone())))
    }

    /// The stored bytes.
    pub fn stored(&self) -> &[u8] {
        &self.0.slice
    }

    /// The item's attributes.
    pub fn view(&self) -> ItemRef<'_> {
        ItemRef::of_checked(self.stored())
    }

    /// The bytes of the item and its answer at most, and near enough.
    pub fn weight(&self) -> usize {
        self.stored().len() + self.answer_bytes_max()
    }

    /// How long the body of the item's answer is at most, made or not.
    pub fn answer_bytes_max(&self) -> usize {
        self.head().sizes.answer_bytes_max()
    }

    /// The units that a consistent read of the item costs.
    pub fn read_units(&self) -> u64 {
        let known = self.head().sizes.read_units();
        known.unwrap_or_else(|| read_units_of(self.stored(), self.view()))
    }

    /// The answer whose body was kept, or the one that `make` makes now, in the image's memory.
    pub fn answer_or_make(&self, make: impl FnOnce(&Self) -> Made) -> Answer {
        self.body_or_make(make);
        let crc32 = self.head().crc32.load(Ordering::Relaxed);
        Answer { body: Bytes::from_owner(KeptBody(self.clone())), crc32 }
    }

    /// The body of that answer.
    pub fn body_or_make(&self, make: impl FnOnce(&Self) -> Made) -> &[u8] {
        self.head().body.get_or_init(|| {
            let Made { body, crc32 } = make(self);
            // Who sees the body sees this, too: the lock publishes both.
            self.head().crc32.store(crc32, Ordering::Relaxed);
            body.into_boxed_slice()
        })
    }

    fn head(&self) -> &Head {
        &self.0.header.header
    }
}

impl fmt::Debug for ItemImage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("ItemImage").field(&self.view()).finish()
    }
}

struct Head {
    body: OnceLock<Box<[u8]>>,
    crc32: AtomicU32,
    sizes: Sizes,
}

/// The answer's bytes at most, in fours, and the item's read units, of which an item that is not
/// too large has a hundred at most.
struct Sizes(u32);

/// Lends the stored bytes of an image that it keeps alive.
struct Stored(ItemImage);

/// Lends the answer's body, which was made before.
struct KeptBody(ItemImage);

impl Sizes {
    fn of(answer_bytes_max: usize, read_units: u64) -> Self {
        let fours = u32::try_from(answer_bytes_max.div_ceil(4)).unwrap_or(u32::MAX);
        let units = u32::try_from(read_units).unwrap_or(u32::MAX).min(UNITS_MASK);
        Self(fours.min(u32::MAX >> UNITS_BITS) << UNITS_BITS | units)
    }

    fn answer_bytes_max(&self) -> usize {
        (self.0 >> UNITS_BITS) as usize * 4
    }

    /// None if there are more than there is room for.
    fn read_units(&self) -> Option<u64> {
        let units = self.0 & UNITS_MASK;
        (units < UNITS_MASK).then_some(u64::from(units))
    }
}

impl AsRef<[u8]> for Stored {
    fn as_ref(&self) -> &[u8] {
        self.0.stored()
    }
}

impl AsRef<[u8]> for KeptBody {
    fn as_ref(&self) -> &[u8] {
        self.0.head().body.get().map_or(&[], |body| body)
    }
}

/// `{"Item":{}}`
const ANSWER_BYTES: usize = 11;
const UNITS_BITS: u32 = 7;
const UNITS_MASK: u32 = (1 << UNITS_BITS) - 1;

#[cfg(test)]
mod tests {
    use super::super::{AttributeValue, Item, Number};
    use super::*;

    fn image(text: &str) -> ItemImage {
        Item::from([("a", AttributeValue::S(text.into()))]).encode()
    }

    #[test]
    fn an_image_keeps_nothing_of_the_memory_it_was_read_into() {
        let row = Bytes::from([&[0; 8], image("x").stored()].concat());

        let read = ItemImage::new(&row[8..]).expect("an item");

        assert!(row.is_unique());
        assert_eq!(read.stored(), &row[8..]);
        assert_eq!(read.item().stored().as_ptr(), read.stored().as_ptr());
    }

    #[test]
    fn an_answer_is_made_once_and_lent_to_all() {
        let image = image("x");
        let make = |crc32| move |_: &ItemImage| Made { body: b"{}".to_vec(), crc32 };

        let first = image.answer_or_make(make(1));
        let second = image.clone().answer_or_make(make(2));
        drop(image);

        assert_eq!((&first.body[..], first.crc32), (&b"{}"[..], 1));
        assert_eq!((second.body.as_ptr(), second.crc32), (first.body.as_ptr(), 1));
    }

    #[test]
    fn what_a_cache_holds_for_each_image_is_small() {
        assert_eq!(size_of::<Image>(), 8);
        assert_eq!(size_of::<Head>(), 32);
    }

    fn bytes_max(value: AttributeValue) -> usize {
        let image = Item::from([("a", value)]).encode();
        let exact = ANSWER_BYTES + attributes_bytes(image.view().attributes());
        assert_eq!(image.answer_bytes_max(), exact.next_multiple_of(4));
        exact
    }

    #[test]
    fn read_units_are_known_without_a_look_at_the_item() {
        // The name counts too.
        for (bytes, units) in [(1, 1), (4_096, 1), (4_097, 2), (400 << 10, 100), (900 << 10, 225)] {
            let image = image(&"x".repeat(bytes - 1));
            assert_eq!(image.read_units(), units, "{bytes}");
            assert_eq!(image.head().sizes.read_units().is_some(), units < 127, "{bytes}");
        }
    }

    #[test]
    fn what_json_escapes_is_counted_as_it_is_written() {
        let plain = bytes_max(AttributeValue::S("xyz".into()));

        assert!(plain >= r#"{"Item":{"a":{"S":"xyz"}}}"#.len());
        assert_eq!(bytes_max(AttributeValue::S("x\"\\".into())), plain + 2);
        assert_eq!(bytes_max(AttributeValue::S("xy\u{1}".into())), plain + 5);
    }

    #[test]
    fn a_short_number_with_a_large_exponent_counts_all_its_zeros() {
        for text in ["1e125", "-1e-130"] {
            let number = Number::parse(text).expect("a number");
            let digits = number.to_string().len();

            assert!(bytes_max(AttributeValue::N(number)) > digits);
            assert!(bytes_max(AttributeValue::Ns(vec![number])) > digits);
        }
    }
}
