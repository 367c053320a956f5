//! Any text as a condition: nothing panics, what parses is printed and then parses to the same
//! tree, and it is true or false of an item that holds the text and of no item.

#![no_main]

mod printed;

use hearth::expr::{Condition, Placeholders, parse_condition, parse_filter};
use hearth::model::{AttributeValue, Item, Number};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut placeholders = request(&text);
    match parse_condition(&text, &mut placeholders) {
        Ok(condition) => {
            let _unused = placeholders.check_used();
            assert_eq!(parse_filter(&text, &mut request(&text)).as_ref(), Ok(&condition));
            check(&condition, &text);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

fn check(condition: &Condition, text: &str) {
    let item = item(text).encode();
    let truth = condition.holds(Some(item.view()));
    let of_none = condition.holds(None);
    let Some(again) = printed::again(condition.print(), parse_condition) else { return };
    assert_eq!(&again, condition);
    assert_eq!(again.holds(Some(item.view())), truth);
    assert_eq!(again.holds(None), of_none);
    assert_eq!(again.paths(), condition.paths());
}

/// Placeholders of one letter, each for something else.
fn request(text: &str) -> Placeholders {
    let names = NAMES.map(|(key, name)| (key.to_owned(), name.to_owned()));
    let mut values = values(text);
    for (key, _) in &mut values {
        key.insert(0, ':');
    }
    Placeholders::new(Some(names.into()), Some(values)).expect("well formed")
}

/// An item with one attribute of each kind, named as the value's placeholder.
fn item(text: &str) -> Item {
    Item { attributes: values(text) }
}

fn values(text: &str) -> Vec<(String, AttributeValue)> {
    let (first, second) = (AttributeValue::S(text.to_owned()), AttributeValue::S("S".into()));
    let number = Number::parse(&text.len().to_string()).expect("a number");
    let map = vec![("a".to_owned(), first.clone()), ("b".to_owned(), AttributeValue::Null)];
    let values = [
        ("a", first.clone()),
        ("b", second),
        ("c", AttributeValue::N(number)),
        ("d", AttributeValue::B(text.as_bytes().to_vec().into())),
        ("e", AttributeValue::Bool(true)),
        ("f", AttributeValue::Null),
        ("g", AttributeValue::L(vec![first, AttributeValue::M(map.clone())])),
        ("h", AttributeValue::M(map)),
        ("i", AttributeValue::Ss(vec![String::new(), text.to_owned()])),
        ("j", AttributeValue::Ns(vec![number])),
        ("k", AttributeValue::Bs(vec![text.as_bytes().to_vec().into()])),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

const NAMES: [(&str, &str); 4] = [("#a", "a"), ("#b", "status"), ("#c", "a.b"), ("#d", "g")];
