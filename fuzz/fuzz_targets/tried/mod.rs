//! An input as an expression and an item to try it on, with placeholders that are always the same.
//!
//!     text of the expression | 00 | bytes that the item is drawn from

use hearth::expr::Placeholders;
use hearth::model::{AttributeValue, Item, Number};
use libfuzzer_sys::arbitrary::Unstructured;

use crate::drawn;

/// The expression, if it is text, and the item.
pub fn split(input: &[u8]) -> Option<(&str, Item)> {
    let end = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let text = std::str::from_utf8(&input[..end]).ok()?;
    let source = input.get(end + 1..).unwrap_or_default();
    // Few names, so that paths meet them; none twice in a map.
    let name = |_: &mut Unstructured<'_>, place: usize| Ok(NAMES[place].to_owned());
    let item = drawn::item(&mut Unstructured::new(source), &name).ok()?;
    Some((text, item))
}

/// One name placeholder for a reserved word, and a value placeholder for each type.
pub fn placeholders() -> Placeholders {
    let number = |text| Number::parse(text).expect("a number");
    let values = [
        (":n", AttributeValue::N(number("9.5"))),
        (":h", AttributeValue::N(number("1e125"))),
        (":s", AttributeValue::S("a".into())),
        (":b", AttributeValue::B(b"b".as_slice().into())),
        (":t", AttributeValue::Bool(true)),
        (":0", AttributeValue::Null),
        (":l", AttributeValue::L(vec![AttributeValue::Null, AttributeValue::S("x".into())])),
        (":m", AttributeValue::M(vec![("a".into(), AttributeValue::Null)])),
        (":ss", AttributeValue::Ss(vec!["a".into(), "b".into()])),
        (":ns", AttributeValue::Ns(vec![number("-1"), number("0")])),
        (":bs", AttributeValue::Bs(vec![b"".as_slice().into(), b"b".as_slice().into()])),
    ];
    let names = [("#a", "a"), ("#s", "status"), ("#d", "a.b")];
    let names = names.map(|(key, name)| (key.to_owned(), name.to_owned()));
    let values = values.map(|(key, value)| (key.to_owned(), value));
    Placeholders::new(Some(names.into()), Some(values.into())).expect("all are well formed")
}

const NAMES: [&str; 7] = ["a", "b", "c", "d", "status", "a.b", "e"];
