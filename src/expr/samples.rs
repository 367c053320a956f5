//! What tests of expressions, and of requests with them, draw at random: items, paths, and the
//! placeholders of a test.
//!
//! Names, texts and indexes are few, so that paths meet what is there and each other.

use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;

use super::{Path, Placeholders, Printed, Step};
use crate::model::{AttributeValue, Item, Number};

/// A proptest's settings: as many cases as `HEARTH_EXPR_CASES` says, or few.
pub(super) fn cases() -> Config {
    let given = std::env::var("HEARTH_EXPR_CASES").ok();
    let given = given.map(|text| text.parse().expect("HEARTH_EXPR_CASES is a number"));
    Config { cases: given.unwrap_or(1_000), failure_persistence: None, ..Config::default() }
}

pub(super) fn number(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn texts(set: &[&str]) -> AttributeValue {
    AttributeValue::Ss(set.iter().map(|&text| text.to_owned()).collect())
}

pub(super) fn list(values: impl IntoIterator<Item = AttributeValue>) -> AttributeValue {
    AttributeValue::L(values.into_iter().collect())
}

pub(super) fn map<'a>(
    entries: impl IntoIterator<Item = (&'a str, AttributeValue)>,
) -> AttributeValue {
    AttributeValue::M(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The item of the specification's vectors.
pub(super) fn item() -> Item {
    let element = map([("k", text("v")), ("k2", number("1"))]);
    Item::from([
        ("p", text("x")),
        ("a", text("hello")),
        ("n", number("5")),
        ("l", list([text("e0"), text("e1"), text("e2"), element])),
        ("m", map([("x", text("mx")), ("y", number("7")), ("z", map([("q", text("deep"))]))])),
        ("ss", texts(&["a", "b"])),
        ("nul", AttributeValue::Null),
        ("t", AttributeValue::Bool(true)),
    ])
}

/// The placeholders of a request: those whose keys begin with `#` stand for names.
pub(super) fn placeholders(
    names: &[(&str, &str)],
    values: &[(&str, AttributeValue)],
) -> Placeholders {
    let own = |(key, name): &(&str, &str)| ((*key).to_owned(), (*name).to_owned());
    let names: Vec<_> = names.iter().map(own).collect();
    let own = |(key, value): &(&str, AttributeValue)| ((*key).to_owned(), value.clone());
    let values: Vec<_> = values.iter().map(own).collect();
    let names = (!names.is_empty()).then_some(names);
    let values = (!values.is_empty()).then_some(values);
    Placeholders::new(names, values).expect("they are well formed")
}

/// The placeholders of a printed expression.
pub(super) fn placeholders_of(printed: Printed) -> Placeholders {
    let names = (!printed.names.is_empty()).then_some(printed.names);
    let values = (!printed.values.is_empty()).then_some(printed.values);
    Placeholders::new(names, values).expect("what is printed is well formed")
}

pub(crate) fn any_name() -> impl Strategy<Value = String> {
    select(&NAMES[..]).prop_map(str::to_owned)
}

pub(crate) fn any_text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

pub(super) fn any_bytes() -> impl Strategy<Value = Bytes> {
    select(&BYTES[..]).prop_map(Bytes::from_static)
}

pub(crate) fn any_path() -> impl Strategy<Value = Path> {
    let step = prop_oneof![any_name().prop_map(Step::Name), (0_u32..5).prop_map(Step::Index)];
    (any_name(), proptest::collection::vec(step, 0..4))
        .prop_map(|(attribute, steps)| Path { attribute, steps })
}

pub(crate) fn any_number() -> impl Strategy<Value = Number> {
    let digits = prop_oneof![4 => -3_i64..10, 1 => any::<i64>()];
    let exponent = prop_oneof![6 => -1_i32..2, 1 => -130_i32..107];
    (digits, exponent).prop_map(|(digits, exponent)| {
        Number::parse(&format!("{digits}e{exponent}")).expect("in range")
    })
}

pub(crate) fn any_set() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        proptest::collection::btree_set(any_text(), 1..4)
            .prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
        proptest::collection::btree_set(any_number(), 1..4)
            .prop_map(|set| AttributeValue::Ns(set.into_iter().collect())),
        proptest::collection::btree_set(any_bytes(), 1..4)
            .prop_map(|set| AttributeValue::Bs(set.into_iter().collect())),
    ]
}

pub(crate) fn any_value() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        3 => any_number().prop_map(AttributeValue::N),
        2 => any_set(),
        1 => any_text().prop_map(AttributeValue::S),
        1 => any::<bool>().prop_map(AttributeValue::Bool),
        1 => Just(AttributeValue::Null),
        1 => any_bytes().prop_map(AttributeValue::B),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(AttributeValue::L),
            any_attributes(inner).prop_map(AttributeValue::M),
        ]
    })
}

pub(crate) fn any_item() -> impl Strategy<Value = Item> {
    any_attributes(any_value()).prop_map(|attributes| Item { attributes })
}

/// Attributes with names of their own, in any order.
fn any_attributes(
    value: impl Strategy<Value = AttributeValue>,
) -> impl Strategy<Value = Vec<(String, AttributeValue)>> {
    proptest::collection::hash_map(any_name(), value, 0..5)
        .prop_map(|attributes| attributes.into_iter().collect())
}

/// Some have no order but their bytes', some must be written as placeholders.
const NAMES: [&str; 6] = ["a", "b", "d", "a.b", "é 𝄞", "NOT"];
const TEXTS: [&str; 7] = ["", "a", "ab", "b", "é𝄞", "\u{ffff}", "\u{10000}"];
const BYTES: [&[u8]; 5] = [&[], &[0], &[0, 255], &[255], &[255, 0, 255]];
