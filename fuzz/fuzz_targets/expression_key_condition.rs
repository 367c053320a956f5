//! Any text as a key condition: nothing panics, what parses names each attribute once, and is
//! printed and then parses to the same clauses.

#![no_main]

mod printed;

use std::collections::HashSet;

use hearth::expr::{Placeholders, parse_condition, parse_key_conditions};
use hearth::model::{AttributeValue, Number};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let conditions = match parse_key_conditions(&text, &mut request(&text)) {
        Ok(conditions) => conditions,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    // A key condition is a condition with fewer forms.
    assert!(parse_condition(&text, &mut request(&text)).is_ok());
    let attributes: HashSet<_> =
        conditions.clauses.iter().map(|clause| clause.attribute.as_str()).collect();
    assert_eq!(attributes.len(), conditions.clauses.len());

    if let Some(again) = printed::again(conditions.print(), parse_key_conditions) {
        assert_eq!(again, conditions);
    }
});

fn request(text: &str) -> Placeholders {
    let names = [("#a", "a"), ("#b", "status")].map(|(key, name)| (key.into(), name.into()));
    let number = Number::parse(&text.len().to_string()).expect("a number");
    let values = [
        (":a", AttributeValue::S(text.to_owned())),
        (":b", AttributeValue::S("b".into())),
        (":c", AttributeValue::N(number)),
        (":d", AttributeValue::B(text.as_bytes().to_vec().into())),
        (":e", AttributeValue::Bool(true)),
    ];
    let values = values.map(|(key, value)| (key.to_owned(), value));
    Placeholders::new(Some(names.into()), Some(values.into())).expect("well formed")
}
