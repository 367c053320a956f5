//! Pages to the byte, and how much larger than its items a page can be.

use std::sync::Arc;

use super::*;
use crate::api::{CapacityDetail, ConsumedCapacity, HalfUnits, PageImage, TableRef};
use crate::model::{AttributeValue, Item, Number};

fn found(items: Option<Vec<ItemBytes>>) -> PageFound {
    PageFound { items, count: 1, scanned: 2, ..PageFound::default() }
}

fn json(found: PageFound, capacity: Option<ConsumedCapacity>) -> String {
    let page = Arc::new(PageImage::of(found));
    let answer = answer(&PageOutput { page, capacity });
    assert_eq!(answer.crc32, crc32fast::hash(&answer.body));
    String::from_utf8(answer.body.to_vec()).expect("utf-8")
}

fn item(value: AttributeValue) -> ItemBytes {
    Item::from([("a", value)]).encode().item()
}

#[test]
fn a_page_holds_what_there_is_and_no_more() {
    let one = item(AttributeValue::S("x".into()));
    let last = Some(vec![("pk".into(), AttributeValue::S("p".into()))]);
    let capacity = Some(ConsumedCapacity {
        table: TableRef::of("tab").expect("a name"),
        table_units: HalfUnits(1),
        local: Vec::new(),
        global: Vec::new(),
        detail: CapacityDetail::Total,
        kind: None,
    });

    assert_eq!(json(found(None), None), r#"{"Count":1,"ScannedCount":2}"#);
    assert_eq!(json(found(Some(vec![])), None), r#"{"Items":[],"Count":1,"ScannedCount":2}"#);
    assert_eq!(
        json(PageFound { last, ..found(Some(vec![one.clone(), one])) }, capacity),
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
        let found = found(Some(vec![item.encode().item(); 1000]));
        let mut out = Vec::with_capacity(room(found.items()));
        let before = out.capacity();

        page(&mut out, &found);

        assert_eq!(out.capacity(), before);
    }
}

/// A cached page's answer kept the room it was written into, half of its items more than it weighs.
/// Now what is kept is as long as it is.
#[test]
fn an_answer_that_is_kept_takes_no_more_than_it_is_long() {
    let item = item(AttributeValue::S("x".repeat(1_000)));
    let page = PageImage::of(found(Some(vec![item; 100])));
    let output = PageOutput { page: Arc::new(page), capacity: None };

    let body = answer(&output).body;
    drop(output);

    let body = body.try_into_mut().expect("nobody else has it");
    assert_eq!(body.capacity(), body.len());
}
