//! Views of a stored item: what a condition, a projection or an answer reads, without a copy.
//!
//! Must hold: an [`ItemRef`] exists only over bytes that [`ItemRef::check`] walked to the end, so
//! nothing below it can fail; damaged bytes are [`Corrupt`], never a panic or a wrong value.
//! Not here: writing (`write.rs`), sizes (`size.rs`).

use super::cursor::{CHECKED, CHECKED_LEVELS_MAX, Cursor, check_map};
use super::number::{Number, NumberRef};
use super::value::AttributeValue;
use super::write::{FORMAT, tag};

/// Stored bytes that are no item.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("stored bytes are no item of a known format")]
pub struct Corrupt;

/// A view of a whole item.
#[derive(Clone, Copy, Debug)]
pub struct ItemRef<'a>(MapRef<'a>);

/// A view of one value.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// Text.
    S(&'a str),
    /// A number.
    N(NumberRef<'a>),
    /// Bytes.
    B(&'a [u8]),
    /// A boolean.
    Bool(bool),
    /// The null value.
    Null,
    /// A list.
    L(ListRef<'a>),
    /// A map.
    M(MapRef<'a>),
    /// A set of texts; its elements are UTF-8.
    Ss(SetRef<'a>),
    /// A set of numbers.
    Ns(SetRef<'a>),
    /// A set of byte strings.
    Bs(SetRef<'a>),
}

/// A view of a list.
#[derive(Clone, Copy, Debug)]
pub struct ListRef<'a>(pub(super) Cursor<'a>);

/// A view of a map, or of an item's attributes.
#[derive(Clone, Copy, Debug)]
pub struct MapRef<'a>(pub(super) Cursor<'a>);

/// A view of a set.
#[derive(Clone, Copy, Debug)]
pub struct SetRef<'a>(pub(super) Cursor<'a>);

/// A view of one value as far as its lengths tell: its texts are not looked into again.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// The bytes of a text, which are UTF-8.
    S(&'a [u8]),
    /// A number.
    N(NumberRef<'a>),
    /// Bytes.
    B(&'a [u8]),
    /// A boolean.
    Bool(bool),
    /// The null value.
    Null,
    /// A list.
    L(ListRef<'a>),
    /// A map.
    M(MapRef<'a>),
    /// A set of texts.
    Ss(SetRef<'a>),
    /// A set of numbers.
    Ns(SetRef<'a>),
    /// A set of byte strings.
    Bs(SetRef<'a>),
}

impl<'a> ItemRef<'a> {
    /// Walks the bytes to their end; afterwards they can be read without errors.
    pub fn check(bytes: &'a [u8]) -> Result<Self, Corrupt> {
        let (&format, rest) = bytes.split_first().ok_or(Corrupt)?;
        if format != FORMAT {
            return Err(Corrupt);
        }
        check_map(Cursor(rest), CHECKED_LEVELS_MAX).ok_or(Corrupt)?;
        Ok(Self(MapRef(Cursor(rest))))
    }

    /// A view of bytes that were checked before.
    pub(super) fn of_checked(bytes: &'a [u8]) -> Self {
        Self(MapRef(Cursor::of_checked(bytes)))
    }

    /// The attributes in stored order.
    pub fn attributes(self) -> impl ExactSizeIterator<Item = (&'a str, ValueRef<'a>)> {
        self.0.attributes()
    }

    /// The value of the attribute of that name.
    pub fn attribute(self, name: &str) -> Option<ValueRef<'a>> {
        self.0.attribute(name)
    }

    /// The bytes of the attributes' names, and their values.
    pub(super) fn raw(self) -> impl Iterator<Item = (&'a [u8], Raw<'a>)> {
        self.0.raw()
    }

    /// The attributes in stored order, only their names looked into.
    pub fn raw_attributes(self) -> impl Iterator<Item = (&'a str, Raw<'a>)> {
        self.0.raw_attributes()
    }

    /// How long the attributes are as they are stored.
    pub fn stored_bytes(self) -> usize {
        let MapRef(Cursor(attributes)) = self.0;
        attributes.len()
    }
}

impl<'a> MapRef<'a> {
    /// The value of that name.
    pub fn attribute(self, name: &str) -> Option<ValueRef<'a>> {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        for _ in 0..count {
            if cursor.bytes().expect(CHECKED) == name.as_bytes() {
                return Some(cursor.value().expect(CHECKED));
            }
            cursor.skip(1).expect(CHECKED);
        }
        None
    }

    /// The bytes of the attributes' names, and their values.
    pub fn raw(self) -> impl Iterator<Item = (&'a [u8], Raw<'a>)> {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        (0..count).map(move |_| {
            let name = cursor.bytes().expect(CHECKED);
            (name, cursor.raw().expect(CHECKED))
        })
    }

    /// The attributes in stored order, only their names looked into.
    pub fn raw_attributes(self) -> impl Iterator<Item = (&'a str, Raw<'a>)> {
        self.raw().map(|(name, value)| (std::str::from_utf8(name).expect(CHECKED), value))
    }

    /// How many attributes there are.
    pub fn count(self) -> usize {
        let mut cursor = self.0;
        cursor.length().expect(CHECKED)
    }

    /// The attributes in stored order.
    pub fn attributes(self) -> impl ExactSizeIterator<Item = (&'a str, ValueRef<'a>)> {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        (0..count).map(move |_| {
            let name = cursor.text().expect(CHECKED);
            (name, cursor.value().expect(CHECKED))
        })
    }
}

impl<'a> ListRef<'a> {
    /// The elements in order, not looked into.
    pub fn raw(self) -> impl Iterator<Item = Raw<'a>> {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        (0..count).map(move |_| cursor.raw().expect(CHECKED))
    }

    /// How many elements there are, and their bytes.
    pub(super) fn stored(self) -> (usize, &'a [u8]) {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        (count, cursor.0)
    }

    /// The element at that place, counted from zero.
    pub fn value(self, index: u32) -> Option<ValueRef<'a>> {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        let index = usize::try_from(index).ok().filter(|index| *index < count)?;
        cursor.skip(index).expect(CHECKED);
        Some(cursor.value().expect(CHECKED))
    }

    /// How many elements there are.
    pub fn count(self) -> usize {
        self.stored().0
    }

    /// The elements in order.
    pub fn values(self) -> impl ExactSizeIterator<Item = ValueRef<'a>> {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        (0..count).map(move |_| cursor.value().expect(CHECKED))
    }
}

impl<'a> SetRef<'a> {
    /// How many elements there are.
    pub fn count(self) -> usize {
        let mut cursor = self.0;
        cursor.length().expect(CHECKED)
    }

    /// The elements' bytes, in order.
    pub fn elements(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let mut cursor = self.0;
        let count = cursor.length().expect(CHECKED);
        (0..count).map(move |_| cursor.bytes().expect(CHECKED))
    }

    /// The elements of a set of texts.
    pub fn texts(self) -> impl Iterator<Item = &'a str> {
        self.elements().map(|bytes| std::str::from_utf8(bytes).expect(CHECKED))
    }

    /// The elements of a set of numbers.
    pub fn numbers(self) -> impl Iterator<Item = NumberRef<'a>> {
        self.elements().map(|bytes| NumberRef::from_bytes(bytes).expect(CHECKED))
    }

    /// The same, not looked into.
    pub fn raw_numbers(self) -> impl Iterator<Item = NumberRef<'a>> {
        self.elements().map(NumberRef::of_checked)
    }
}

impl<'a> ValueRef<'a> {
    /// The value as far as its lengths tell.
    pub fn raw(self) -> Raw<'a> {
        match self {
            Self::S(text) => Raw::S(text.as_bytes()),
            Self::N(number) => Raw::N(number),
            Self::B(bytes) => Raw::B(bytes),
            Self::Bool(truth) => Raw::Bool(truth),
            Self::Null => Raw::Null,
            Self::L(list) => Raw::L(list),
            Self::M(map) => Raw::M(map),
            Self::Ss(set) => Raw::Ss(set),
            Self::Ns(set) => Raw::Ns(set),
            Self::Bs(set) => Raw::Bs(set),
        }
    }

    /// The tag and, of a value that has some, the bytes behind it and behind their length.
    pub(super) fn stored(self) -> (u8, Option<&'a [u8]>) {
        match self {
            Self::S(text) => (tag::S, Some(text.as_bytes())),
            Self::N(number) => (tag::N, Some(number.as_bytes())),
            Self::B(bytes) => (tag::B, Some(bytes)),
            Self::Bool(false) => (tag::FALSE, None),
            Self::Bool(true) => (tag::TRUE, None),
            Self::Null => (tag::NULL, None),
            Self::L(ListRef(Cursor(body))) => (tag::L, Some(body)),
            Self::M(MapRef(Cursor(body))) => (tag::M, Some(body)),
            Self::Ss(SetRef(Cursor(body))) => (tag::SS, Some(body)),
            Self::Ns(SetRef(Cursor(body))) => (tag::NS, Some(body)),
            Self::Bs(SetRef(Cursor(body))) => (tag::BS, Some(body)),
        }
    }

    /// The name of the type, as [`AttributeValue::type_name`] has it.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::L(_) => "L",
            Self::M(_) => "M",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
        }
    }

    /// An owned copy.
    pub fn to_value(self) -> AttributeValue {
        match self {
            Self::S(text) => AttributeValue::S(text.to_owned()),
            Self::N(number) => AttributeValue::N(number.to_number()),
            Self::B(bytes) => AttributeValue::B(bytes.to_vec().into()),
            Self::Bool(truth) => AttributeValue::Bool(truth),
            Self::Null => AttributeValue::Null,
            Self::L(list) => AttributeValue::L(list.values().map(ValueRef::to_value).collect()),
            Self::M(map) => AttributeValue::M(
                map.attributes().map(|(name, value)| (name.to_owned(), value.to_value())).collect(),
            ),
            Self::Ss(set) => AttributeValue::Ss(set.texts().map(str::to_owned).collect()),
            Self::Ns(set) => {
                let numbers: Vec<Number> = set.numbers().map(NumberRef::to_number).collect();
                AttributeValue::Ns(numbers)
            }
            Self::Bs(set) => {
                AttributeValue::Bs(set.elements().map(|bytes| bytes.to_vec().into()).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::super::{AttributeValue, Item, Number, encode_attributes};
    use super::*;

    fn value() -> impl Strategy<Value = AttributeValue> {
        let number = (any::<i64>(), -60_i32..60).prop_map(|(digits, exponent)| {
            Number::parse(&format!("{digits}e{exponent}")).expect("in range")
        });
        let leaf = prop_oneof![
            "\\PC{0,12}".prop_map(AttributeValue::S),
            number.clone().prop_map(AttributeValue::N),
            proptest::collection::vec(any::<u8>(), 0..12).prop_map(|b| AttributeValue::B(b.into())),
            any::<bool>().prop_map(AttributeValue::Bool),
            Just(AttributeValue::Null),
            proptest::collection::btree_set("\\PC{0,6}", 1..5)
                .prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
            proptest::collection::btree_set(number, 1..5)
                .prop_map(|set| AttributeValue::Ns(set.into_iter().collect())),
            proptest::collection::btree_set(proptest::collection::vec(any::<u8>(), 0..6), 1..5)
                .prop_map(|set| AttributeValue::Bs(set.into_iter().map(Bytes::from).collect())),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(AttributeValue::L),
                proptest::collection::vec(("\\PC{1,8}", inner), 0..6).prop_map(AttributeValue::M),
            ]
        })
    }

    fn item() -> impl Strategy<Value = Item> {
        proptest::collection::vec(("\\PC{1,200}", value()), 0..8)
            .prop_map(|attributes| Item { attributes })
    }

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_the_same_item(item in item()) {
            let bytes = encode_attributes(&item.attributes);

            let view = ItemRef::check(&bytes).expect("what was encoded");

            for (_, value) in view.attributes() {
                prop_assert_eq!(value.type_name(), value.to_value().type_name());
            }
            let attributes = view.attributes().map(|(n, v)| (n.to_owned(), v.to_value())).collect();
            prop_assert_eq!(Item { attributes }, item);
            prop_assert!(view.size() <= 2 * bytes.len(), "what `ItemBytes::fits` rests on");
        }

        #[test]
        fn a_stored_item_measures_what_the_owned_one_does(item in item()) {
            let image = item.encode();
            let owned = item.attributes.iter().map(|(name, value)| name.len() + value.size());

            prop_assert_eq!(image.view().size(), owned.sum::<usize>());
            for ((_, stored), (_, given)) in image.view().attributes().zip(&item.attributes) {
                prop_assert_eq!(stored.containers(), given.containers());
            }
        }

        #[test]
        fn an_element_is_the_one_that_counting_finds(
            values in proptest::collection::vec(any::<bool>(), 0..200),
            texts in proptest::collection::vec((any::<proptest::sample::Index>(), value()), 0..4),
        ) {
            let mut list: Vec<_> = values.into_iter().map(AttributeValue::Bool).collect();
            for (at, value) in texts {
                list.insert(at.index(list.len() + 1), value);
            }
            let image = Item::from([("l", AttributeValue::L(list.clone()))]).encode();
            let Some(ValueRef::L(stored)) = image.view().attribute("l") else { panic!("a list") };

            let found = (0..=list.len()).map(|at| {
                stored.value(u32::try_from(at).expect("few")).map(ValueRef::to_value)
            });

            prop_assert_eq!(stored.count(), list.len());
            let expected = list.into_iter().map(Some).chain([None]);
            prop_assert!(found.eq(expected));
        }

        #[test]
        fn a_cut_item_is_refused(item in item(), at in any::<proptest::sample::Index>()) {
            let bytes = encode_attributes(&item.attributes);

            prop_assert!(ItemRef::check(&bytes[..at.index(bytes.len())]).is_err());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(view) = ItemRef::check(&bytes) {
                view.attributes().for_each(|(_, value)| drop(value.to_value()));
            }
        }
    }

    #[test]
    fn a_nest_without_end_is_refused() {
        let mut value = AttributeValue::Null;
        for _ in 0..=CHECKED_LEVELS_MAX {
            value = AttributeValue::L(vec![value]);
        }

        assert!(ItemRef::check(&encode_attributes(&[("a".into(), value)])).is_err());
    }
}
