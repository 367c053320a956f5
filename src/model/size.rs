//! The size DynamoDB charges an item for, to the byte.
//!
//! Names count their UTF-8 length; a number counts its base-100 digits, which is why an even
//! exponent under an even count of digits costs one byte more.
//!
//! Not here: what reads cost, and the report of what was consumed (`proxy/capacity.rs`).

use bytes::Bytes;

use super::image::ItemBytes;
use super::item::Item;
use super::number::NumberRef;
use super::value::AttributeValue;
use super::view::{ItemRef, ListRef, Raw, ValueRef};
use super::write::{Part, Run};

/// The largest item, in the bytes counted here.
pub const ITEM_BYTES_MAX: usize = 400 * 1024;
/// The longest partition key value.
pub const PARTITION_KEY_BYTES_MAX: usize = 2048;
/// The longest sort key value.
pub const SORT_KEY_BYTES_MAX: usize = 1024;

/// The write units that an item or an index entry of this size costs; one of no size costs the
/// least.
pub fn write_units(size: u64) -> u64 {
    size.div_ceil(WRITE_UNIT_BYTES).max(1)
}

/// The units that a consistent read of this size costs; one of no size costs the least.
pub fn read_units(size: u64) -> u64 {
    size.div_ceil(READ_UNIT_BYTES).max(1)
}

/// The units that a consistent read of an item costs; most often told by its stored length alone.
pub(super) fn read_units_of(stored: &[u8], item: ItemRef<'_>) -> u64 {
    if (stored.len() * SIZE_FACTOR_MAX) as u64 <= READ_UNIT_BYTES {
        return 1;
    }
    read_units(item.size() as u64)
}

impl ItemBytes {
    /// Whether the item is no larger than an item may be; most often told by its length alone.
    pub fn fits(&self) -> bool {
        self.stored().len() * SIZE_FACTOR_MAX <= ITEM_BYTES_MAX
            || self.view().size() <= ITEM_BYTES_MAX
    }
}

impl ItemRef<'_> {
    /// The size of the item: names and values.
    pub fn size(self) -> usize {
        self.raw().map(|(name, value)| name.len() + value.size()).sum()
    }
}

impl ValueRef<'_> {
    /// The size of the value.
    pub fn size(self) -> usize {
        self.raw().size()
    }
}

impl Item {
    /// The size of the item: names and values.
    pub fn size(&self) -> usize {
        self.attributes.iter().map(|(name, value)| name.len() + value.size()).sum()
    }
}

impl Raw<'_> {
    fn size(self) -> usize {
        match self {
            Self::S(bytes) | Self::B(bytes) => bytes.len(),
            Self::N(number) => number_size(number),
            Self::Bool(_) | Self::Null => 1,
            Self::L(list) => CONTAINER + elements_size(list),
            Self::M(map) => {
                let member = |(name, value): (&[u8], Self)| 1 + name.len() + value.size();
                CONTAINER + map.raw().map(member).sum::<usize>()
            }
            Self::Ss(set) | Self::Bs(set) => set.elements().map(<[u8]>::len).sum(),
            Self::Ns(set) => set.raw_numbers().map(number_size).sum(),
        }
    }
}

impl AttributeValue {
    /// The size of the value.
    pub fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number_size(number.view()),
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::L(values) => {
                CONTAINER + values.iter().map(|value| 1 + value.size()).sum::<usize>()
            }
            Self::M(attributes) => {
                let member = |(name, value): &(String, Self)| 1 + name.len() + value.size();
                CONTAINER + attributes.iter().map(member).sum::<usize>()
            }
            Self::Ss(set) => set.iter().map(String::len).sum(),
            Self::Ns(set) => set.iter().map(|number| number_size(number.view())).sum(),
            Self::Bs(set) => set.iter().map(Bytes::len).sum(),
        }
    }
}

impl Part<'_> {
    /// The size of the value that the part makes.
    pub fn size(&self) -> usize {
        match self {
            Self::Stored(value) => value.size(),
            Self::Given(value) => value.size(),
            Self::N(number) => number_size(number.view()),
            Self::L(runs) => CONTAINER + runs.iter().map(run_size).sum::<usize>(),
            Self::M(attributes) => {
                let member = |(name, part): &(&str, Self)| 1 + name.len() + part.size();
                CONTAINER + attributes.iter().map(member).sum::<usize>()
            }
            Self::Ss(set) => set.iter().map(|text| text.len()).sum(),
            Self::Ns(set) => set.iter().copied().map(number_size).sum(),
            Self::Bs(set) => set.iter().map(|bytes| bytes.len()).sum(),
        }
    }
}

fn run_size(run: &Run<'_>) -> usize {
    match run {
        Run::One(part) => 1 + part.size(),
        Run::Stored(list) => elements_size(*list),
        Run::Given(values) => values.iter().map(|value| 1 + value.size()).sum(),
    }
}

fn elements_size(list: ListRef<'_>) -> usize {
    list.raw().map(|value| 1 + value.size()).sum()
}

fn number_size(number: NumberRef<'_>) -> usize {
    if number.is_zero() {
        return 1;
    }
    let digits = number.digit_count();
    let straddles = digits.is_multiple_of(2) && number.exponent() % 2 == 0;
    1 + digits.div_ceil(2) + usize::from(straddles) + usize::from(number.is_negative())
}

const READ_UNIT_BYTES: u64 = 4096;
const WRITE_UNIT_BYTES: u64 = 1024;
const CONTAINER: usize = 3;
/// Nothing is charged more, for each byte that it is stored in, than a boolean in a list.
const SIZE_FACTOR_MAX: usize = 2;

#[cfg(test)]
mod tests {
    use super::super::{AttributeValue, Item, Number};
    use super::*;

    #[test]
    fn numbers_cost_their_base_100_digits() {
        let nines = "9".repeat(38);
        for (text, size) in [
            ("0", 1),
            ("5", 2),
            ("-5", 3),
            ("10", 2),
            ("12", 2),
            ("123", 3),
            ("1234", 3),
            ("0.12", 2),
            ("1.2", 3),
            (nines.as_str(), 20),
        ] {
            let number = Number::parse(text).expect("a number");
            assert_eq!(number_size(number.view()), size, "{text}");
        }
    }

    #[test]
    fn an_item_fits_up_to_its_last_byte() {
        let nulls =
            |count| Item::from([("l", AttributeValue::L(vec![AttributeValue::Null; count]))]);
        let bytes = |count| Item::from([("b", AttributeValue::B(vec![0; count].into()))]);

        assert!(nulls(ITEM_BYTES_MAX / 2 - 2).encode().item().fits());
        assert!(!nulls(ITEM_BYTES_MAX / 2 - 1).encode().item().fits());
        assert!(bytes(ITEM_BYTES_MAX - 1).encode().item().fits());
        assert!(!bytes(ITEM_BYTES_MAX).encode().item().fits());
    }

    #[test]
    fn the_documented_example_has_23_bytes() {
        let item = Item::from([
            ("shirt-color", AttributeValue::S("R".into())),
            ("shirt-size", AttributeValue::S("M".into())),
        ]);

        assert_eq!(item.encode().view().size(), 23);
    }

    #[test]
    fn containers_cost_three_and_one_an_element() {
        let item = Item::from([
            ("l", AttributeValue::L(vec![AttributeValue::Null, AttributeValue::S("ab".into())])),
            ("m", AttributeValue::M(vec![("k".into(), AttributeValue::Bool(true))])),
            ("s", AttributeValue::Ss(vec!["a".into(), "bc".into()])),
            ("b", AttributeValue::Bs(vec![Bytes::from_static(b"xyz")])),
        ]);

        let list = 1 + 3 + (1 + 1) + (1 + 2);
        let map = 1 + 3 + (1 + 1 + 1);
        assert_eq!(item.encode().view().size(), list + map + (1 + 3) + (1 + 3));
    }
}
