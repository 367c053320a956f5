//! Pages to the byte, and how much larger than its items a page can be.

use super::*;
use crate::api::{CapacityDetail, ConsumedCapacity, HalfUnits, TableName};
use crate::model::{AttributeValue, Item, Number};

fn output(items: Option<Vec<ItemBytes>>) -> PageOutput {
    PageOutput { items, count: 1, scanned: 2, last: None, capacity: None }
}

fn json(output: &PageOutput) -> String {
    let mut out = Vec::new();
    page(&mut out, output);
    String::from_utf8(out).expect("utf-8")
}

fn item(value: AttributeValue) -> ItemBytes {
    Item::from([("a", value)]).encode().item().clone()
}

#[test]
fn a_page_holds_what_there_is_and_no_more() {
    let one = item(AttributeValue::S("x".into()));
    let last = Some(vec![("pk".into(), AttributeValue::S("p".into()))]);
    let capacity = Some(ConsumedCapacity {
        table: TableName::new("tab").expect("a name"),
        table_units: HalfUnits(1),
        local: Vec::new(),
        global: Vec::new(),
        detail: CapacityDetail::Total,
    });

    assert_eq!(json(&output(None)), r#"{"Count":1,"ScannedCount":2}"#);
    assert_eq!(json(&output(Some(vec![]))), r#"{"Items":[],"Count":1,"ScannedCount":2}"#);
    assert_eq!(
        json(&PageOutput { last, capacity, ..output(Some(vec![one.clone(), one])) }),
        "{\"Items\":[{\"a\":{\"S\":\"x\"}},{\"a\":{\"S\":\"x\"}}],\"Count\":1,\"ScannedCount\":2,\
         \"LastEvaluatedKey\":{\"pk\":{\"S\":\"p\"}},\
         \"ConsumedCapacity\":{\"TableName\":\"tab\",\"CapacityUnits\":0.5}}"
    );
}

#[test]
fn usual_items_do_not_make_the_body_grow() {
    let text = Item::from([
        ("pk", AttributeValue::S("customer-17".into())),
        ("sk", AttributeValue::N(Number::parse("1024").expect("a number"))),
        ("text", AttributeValue::S("x".repeat(900))),
    ]);
    let bytes = Item::from([("b", AttributeValue::B(vec![7; 900].into()))]);
    for item in [text, bytes] {
        let output = output(Some(vec![item.encode().item().clone(); 1000]));
        let mut out = Vec::with_capacity(room(output.items.as_deref().unwrap_or_default()));
        let before = out.capacity();

        page(&mut out, &output);

        assert_eq!(out.capacity(), before);
    }
}

#[test]
fn no_value_takes_more_than_68_times_its_size() {
    let number = |text: &str| Number::parse(text).expect("a number");
    let tiny: Vec<Number> = (1..10).map(|digit| number(&format!("{digit}e-130"))).collect();
    for value in [
        AttributeValue::Ns(tiny.iter().cycle().take(900).copied().collect()),
        AttributeValue::L(vec![AttributeValue::N(number("1e-130")); 900]),
        AttributeValue::L(vec![AttributeValue::S(String::new()); 900]),
        AttributeValue::L(vec![AttributeValue::Null; 900]),
        AttributeValue::S("\u{1}".repeat(900)),
    ] {
        let item = item(value);
        let size = item.view().size();

        let bytes = json(&output(Some(vec![item]))).len();

        assert!(bytes <= 68 * size, "{bytes} bytes of {size}");
    }
}
