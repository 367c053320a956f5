//! Any item, written and read again.

use proptest::prelude::*;

use super::*;
use crate::api::{AnswerItem, GetItemOutput, Response};
use crate::model::{AttributeValue, Item, Number};
use crate::wire::json::{Context, encode};

fn value() -> impl Strategy<Value = AttributeValue> {
    let number = (any::<i64>(), -60_i32..60).prop_map(|(digits, exponent)| {
        Number::parse(&format!("{digits}e{exponent}")).expect("in range")
    });
    let bytes = proptest::collection::vec(any::<u8>(), 0..9);
    let leaf = prop_oneof![
        any::<String>().prop_map(AttributeValue::S),
        number.clone().prop_map(AttributeValue::N),
        bytes.clone().prop_map(|bytes| AttributeValue::B(bytes.into())),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        proptest::collection::btree_set(any::<String>(), 1..5)
            .prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
        proptest::collection::btree_set(number, 1..5)
            .prop_map(|set| AttributeValue::Ns(set.into_iter().collect())),
        proptest::collection::btree_set(bytes, 1..5)
            .prop_map(|set| AttributeValue::Bs(set.into_iter().map(Into::into).collect())),
    ];
    leaf.prop_recursive(5, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(AttributeValue::L),
            proptest::collection::btree_map("\\PC{1,8}", inner, 0..6)
                .prop_map(|map| AttributeValue::M(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn decoding_what_was_encoded_gives_the_same_item(
        attributes in proptest::collection::btree_map("\\PC{1,9}", value(), 0..20),
    ) {
        let item = Item { attributes: attributes.into_iter().collect() };
        let whole = AnswerItem::Whole(item.encode());
        let output = GetItemOutput { item: Some(whole), capacity: None };
        let answer = encode(&Response::GetItem(output), Context { host: "" }).body;
        let mut body = br#"{"TableName":"t","#.to_vec();
        body.extend_from_slice(&answer[1..]);

        let read = decode(Operation::PutItem, &body);

        prop_assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok());
        prop_assert!(item.encode().view().size() <= answer.len());
        match read {
            Ok(Request::PutItem(put)) => prop_assert_eq!(put.item, item),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn no_body_panics(body in "[{}\\[\\]:,\"aSNLM0-9]{0,64}") {
        for operation in Operation::ALL {
            drop(decode(operation, body.as_bytes()));
        }
    }
}
