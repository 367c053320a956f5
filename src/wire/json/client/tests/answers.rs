//! Answers about items: what is written here is read back, and what others write is read too.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::*;
use crate::api::{
    AnswerItem, BatchGetItemOutput, BatchGetTable, BatchProjection, BatchWrite,
    BatchWriteItemOutput, BatchWriteTable, CapacityDetail, CapacityKind, CollectionSize,
    Consistency, ConsumedCapacity, GetItemOutput, HalfUnits, PageFound, PageImage, PageOutput,
    ProjectionMembers, Response, TableRef, TransactGetItemsOutput, TransactWriteItemsOutput,
    WriteOutput,
};
use crate::expr::Projection;
use crate::expr::samples::any_item;
use crate::model::{AttributeValue, Item, ItemBytes};
use crate::wire::json::{Context, encode};

fn body(response: &Response) -> Vec<u8> {
    encode(response, Context { host: "h" }).body.to_vec()
}

fn bytes(item: &Item) -> ItemBytes {
    item.encode().item()
}

fn part(item: &Item) -> AnswerItem {
    AnswerItem::Part(bytes(item))
}

fn named(name: &str) -> TableRef {
    TableRef::of(name).expect("a name")
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn some_item() -> Item {
    Item::from([("a", text("x"))])
}

fn capacities() -> Vec<Option<ConsumedCapacity>> {
    let consumed = |detail, kind, local: &[(&str, u64)], global: &[(&str, u64)]| {
        let parts = |parts: &[(&str, u64)]| {
            parts.iter().map(|(name, units)| ((*name).to_owned(), HalfUnits(*units))).collect()
        };
        let (local, global) = (parts(local), parts(global));
        let table_units = HalfUnits(3);
        Some(ConsumedCapacity { table: named("tab"), table_units, local, global, detail, kind })
    };
    let indexes = CapacityDetail::Indexes;
    vec![
        None,
        consumed(CapacityDetail::Total, None, &[], &[]),
        consumed(indexes, None, &[], &[]),
        consumed(indexes, None, &[("l", 1)], &[("g", 2), ("h", 5)]),
        consumed(CapacityDetail::Total, Some(CapacityKind::Read), &[], &[]),
        consumed(indexes, Some(CapacityKind::Write), &[], &[("g", 2)]),
    ]
}

fn collection() -> CollectionSize {
    CollectionSize { key: ("pk".to_owned(), text("x")), gigabytes: 2 }
}

proptest! {
    #[test]
    fn items_come_back_as_the_bytes_that_they_are_stored_as(items in vec(any_item(), 0..5)) {
        let found = PageFound {
            items: Some(items.iter().map(bytes).collect()),
            count: items.len(),
            scanned: items.len() + 1,
            ..PageFound::default()
        };
        let output = PageOutput { page: PageImage::of(found.clone()).into(), capacity: None };

        prop_assert_eq!(
            page(&body(&Response::Query(output))),
            Ok(ReadPage { found, capacity: None })
        );
    }

    #[test]
    fn one_item_comes_back(item in option::of(any_item())) {
        let item = item.map(|item| AnswerItem::Whole(item.encode()));
        let answer = body(&Response::GetItem(GetItemOutput { item, capacity: None }));

        let read = get_item(&answer).expect("it is written");

        prop_assert_eq!(body(&Response::GetItem(read)), answer);
    }

    #[test]
    fn no_body_panics(text in "[{}\\[\\]:,\"aItemsCount0-9]{0,64}") {
        let body = text.as_bytes();
        drop((get_item(body), write(body), batch_get_item(body), batch_write_item(body)));
        drop((transact_get_items(body), transact_write_items(body), page(body)));
        drop((table(body), tables(body), tags(body), stream(body), iterator(body)));
        drop((records(body), decode_error(400, "", &body.to_vec().into())));
    }
}

#[test]
fn answers_to_reads_and_writes_are_read_back() {
    for capacity in capacities() {
        for item in [None, Some(some_item()), Some(Item::default())] {
            let get = GetItemOutput { item: item.as_ref().map(part), capacity: capacity.clone() };
            let get = Response::GetItem(get);
            let read = Response::GetItem(get_item(&body(&get)).expect("it is written"));
            assert_eq!(format!("{read:?}"), format!("{get:?}"));

            for collection in [None, Some(collection())] {
                let attributes = item.as_ref().map(part);
                let capacity = capacity.clone();
                let output = Response::PutItem(WriteOutput { attributes, capacity, collection });
                let read = Response::PutItem(write(&body(&output)).expect("it is written"));
                assert_eq!(format!("{read:?}"), format!("{output:?}"));
            }
        }
    }
}

#[test]
fn answers_to_batches_are_read_back() {
    let capacity: Vec<_> = capacities().into_iter().flatten().collect();
    let projected = |given| {
        let names = ["a", "b"].map(str::to_owned);
        Some(BatchProjection { projection: Projection::of_attributes(names), given })
    };
    let older = ProjectionMembers::AttributesToGet(vec!["a".into(), "b".into()]);
    let newer = ProjectionMembers::Expression {
        text: "a, #b".into(),
        names: vec![("#b".into(), "b".into())],
    };
    let keys = vec![vec![("pk".to_owned(), text("x"))], vec![("pk".to_owned(), text("y"))]];
    let unread = |name, consistency, projection| {
        let keys = keys.clone();
        BatchGetTable { table: named(name), keys, consistency, projection }
    };
    let get = Response::BatchGetItem(BatchGetItemOutput {
        responses: vec![
            (named("tab"), vec![part(&some_item()), part(&Item::default())]),
            (named("other"), Vec::new()),
        ],
        unprocessed: vec![
            unread("tab", Consistency::Strong, projected(older)),
            unread("other", Consistency::Eventual, projected(newer)),
            unread("third", Consistency::Eventual, None),
        ],
        capacity: capacity.clone(),
    });
    let writes =
        vec![BatchWrite::Put(some_item()), BatchWrite::Delete(vec![("pk".to_owned(), text("x"))])];
    let written = Response::BatchWriteItem(BatchWriteItemOutput {
        unprocessed: vec![BatchWriteTable { table: named("tab"), writes }],
        collections: vec![(named("tab"), vec![collection(), collection()])],
        capacity,
    });

    let read = Response::BatchGetItem(batch_get_item(&body(&get)).expect("it is written"));
    let left = batch_write_item(&body(&written)).expect("it is written");

    assert_eq!(format!("{read:?}"), format!("{get:?}"));
    assert_eq!(format!("{:?}", Response::BatchWriteItem(left)), format!("{written:?}"));
}

#[test]
fn answers_to_transactions_are_read_back() {
    let capacity: Vec<_> = capacities().into_iter().flatten().collect();
    let get = Response::TransactGetItems(TransactGetItemsOutput {
        items: vec![Some(part(&some_item())), None],
        capacity: capacity.clone(),
    });
    let written = Response::TransactWriteItems(TransactWriteItemsOutput {
        collections: vec![(named("tab"), vec![collection()])],
        capacity,
    });

    let read = transact_get_items(&body(&get)).expect("it is written");
    let told = transact_write_items(&body(&written)).expect("it is written");

    assert_eq!(format!("{:?}", Response::TransactGetItems(read)), format!("{get:?}"));
    assert_eq!(format!("{:?}", Response::TransactWriteItems(told)), format!("{written:?}"));
}

#[test]
fn pages_are_read_back_with_what_they_cost() {
    for capacity in capacities() {
        for items in [None, Some(vec![bytes(&some_item())])] {
            let last = items.is_none().then(|| vec![("pk".to_owned(), text("x"))]);
            let found = PageFound { items, count: 7, scanned: 9, last, ..PageFound::default() };
            let image = PageImage::of(found.clone()).into();
            let output = PageOutput { page: image, capacity: capacity.clone() };

            let read = page(&body(&Response::Scan(output)));

            assert_eq!(read, Ok(ReadPage { found, capacity: capacity.clone() }));
        }
    }
}

#[test]
fn what_others_leave_out_write_as_null_or_add_makes_no_difference() {
    let units = |body: &str| {
        let capacity = page(body.as_bytes()).expect("it is a page").capacity.expect("it is told");
        (capacity.table_units.0, capacity.total().0, capacity.kind)
    };
    let page_of = |capacity: &str| {
        units(&format!(r#"{{"Count":0,"ConsumedCapacity":{{"TableName":"t",{capacity}}}}}"#))
    };

    let found = page(br#"{"Count":2,"Items":null,"LastEvaluatedKey":{},"New":[{"x":1}]}"#);

    let expected = PageFound { count: 2, scanned: 2, ..PageFound::default() };
    assert_eq!(found.map(|page| page.found), Ok(expected));
    assert_eq!(page_of(r#""CapacityUnits":2"#), (4, 4, None));
    assert_eq!(page_of(r#""CapacityUnits":0.5"#), (1, 1, None));
    let zero = r#""CapacityUnits":1,"ReadCapacityUnits":1.0,"WriteCapacityUnits":0.0"#;
    assert_eq!(page_of(zero), (2, 2, Some(CapacityKind::Read)));
    let without_table = r#""CapacityUnits":3,"GlobalSecondaryIndexes":{"g":{"CapacityUnits":1}}"#;
    assert_eq!(page_of(without_table), (4, 6, None));
    let empty = write(br#"{"Attributes":null,"ItemCollectionMetrics":{}}"#).expect("an answer");
    assert!(empty.attributes.is_none() && empty.collection.is_none());
    let batch = batch_get_item(br#"{"Responses":{"t":[]},"UnprocessedKeys":null}"#);
    assert_eq!(batch.expect("an answer").responses.len(), 1);
}
