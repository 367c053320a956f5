//! A hash of an item that is the same wherever the item is.
//!
//! Services keep attributes and elements of sets in orders of their own; what is hashed has them
//! sorted, and a length before everything that has one.
//!
//! Must hold: items have the same hash exactly if [`ItemRef::same`] holds of them, but for chance.

use xxhash_rust::xxh3::Xxh3;

use crate::model::{ItemRef, MapRef, SetRef, ValueRef};

/// The hash of an item.
pub(super) fn hash(item: ItemRef<'_>) -> u128 {
    let mut hash = Xxh3::new();
    attributes(&mut hash, item.attributes());
    hash.digest128()
}

fn attributes<'a>(
    hash: &mut Xxh3,
    attributes: impl ExactSizeIterator<Item = (&'a str, ValueRef<'a>)>,
) {
    let mut sorted: Vec<_> = attributes.collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    length(hash, sorted.len());
    for (name, value) in sorted {
        bytes(hash, name.as_bytes());
        self::value(hash, value);
    }
}

fn value(hash: &mut Xxh3, value: ValueRef<'_>) {
    hash.update(value.type_name().as_bytes());
    match value {
        ValueRef::S(text) => bytes(hash, text.as_bytes()),
        ValueRef::N(number) => bytes(hash, number.as_bytes()),
        ValueRef::B(blob) => bytes(hash, blob),
        ValueRef::Bool(truth) => hash.update(&[u8::from(truth)]),
        ValueRef::Null => {}
        ValueRef::L(list) => {
            length(hash, list.count());
            for element in list.values() {
                self::value(hash, element);
            }
        }
        ValueRef::M(map) => self::map(hash, map),
        ValueRef::Ss(set) | ValueRef::Ns(set) | ValueRef::Bs(set) => self::set(hash, set),
    }
}

fn map(hash: &mut Xxh3, map: MapRef<'_>) {
    attributes(hash, map.attributes());
}

fn set(hash: &mut Xxh3, set: SetRef<'_>) {
    let mut sorted: Vec<&[u8]> = set.elements().collect();
    sorted.sort_unstable();
    length(hash, sorted.len());
    for element in sorted {
        bytes(hash, element);
    }
}

fn bytes(hash: &mut Xxh3, bytes: &[u8]) {
    length(hash, bytes.len());
    hash.update(bytes);
}

fn length(hash: &mut Xxh3, length: usize) {
    hash.update(&(length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item, Number};

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.into())
    }

    fn of(attributes: Vec<(String, AttributeValue)>) -> u128 {
        hash(Item { attributes }.encode().view())
    }

    fn named(value: AttributeValue) -> (String, AttributeValue) {
        ("a".to_owned(), value)
    }

    #[test]
    fn the_order_of_attributes_and_elements_does_not_count() {
        let map = |names: [&str; 2]| {
            AttributeValue::M(names.map(|name| (name.to_owned(), text(name))).to_vec())
        };
        let set = |texts: [&str; 2]| AttributeValue::Ss(texts.map(str::to_owned).to_vec());
        let named = |name: &str, value| (name.to_owned(), value);

        let one = of(vec![named("m", map(["x", "y"])), named("s", set(["p", "q"]))]);
        let other = of(vec![named("s", set(["q", "p"])), named("m", map(["y", "x"]))]);

        assert_eq!(one, other);
    }

    #[test]
    fn whatever_else_differs_counts() {
        let number = |text| AttributeValue::N(Number::parse(text).expect("a number"));
        let values = [
            text(""),
            text("1"),
            text("12"),
            number("1"),
            number("-1"),
            AttributeValue::B("1".into()),
            AttributeValue::Bool(true),
            AttributeValue::Bool(false),
            AttributeValue::Null,
            AttributeValue::L(vec![]),
            AttributeValue::L(vec![text("1"), text("2")]),
            AttributeValue::L(vec![text("2"), text("1")]),
            AttributeValue::L(vec![text("12")]),
            AttributeValue::L(vec![AttributeValue::L(vec![text("1")]), text("2")]),
            AttributeValue::L(vec![AttributeValue::L(vec![text("1"), text("2")])]),
            AttributeValue::M(vec![]),
            AttributeValue::M(vec![named(text("1"))]),
            AttributeValue::Ss(vec!["1".to_owned(), "2".to_owned()]),
            AttributeValue::Bs(vec!["1".into(), "2".into()]),
            AttributeValue::Ns(vec![Number::parse("1").expect("a number")]),
        ];

        let mut hashes: Vec<u128> =
            values.iter().map(|value| of(vec![named(value.clone())])).collect();
        hashes.push(of(vec![]));
        hashes.sort_unstable();
        hashes.dedup();

        assert_eq!(hashes.len(), values.len() + 1);
        assert_eq!(of(vec![named(number("1.0"))]), of(vec![named(number("1e0"))]));
    }
}
