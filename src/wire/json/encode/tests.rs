//! Each answer, to the byte.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::api::{
    ApiError, BatchGetItemOutput, BatchGetTable, BatchProjection, BatchWrite, BatchWriteItemOutput,
    BatchWriteTable, CapacityDetail, CollectionSize, Consistency, ConsumedCapacity, Details,
    ErrorCode, HalfUnits, ProjectionMembers, TableName, TableRef,
};
use crate::expr::Projection;
use crate::model::{AttributeValue, Item, Number};
use crate::wire::json::encode_error;

fn body(response: &Response) -> String {
    let answer = encode(response, Context { host: "db.example:8000" });
    assert_eq!(answer.crc32, crc32fast::hash(&answer.body));
    String::from_utf8(answer.body.to_vec()).expect("utf-8")
}

fn image(name: &str, value: AttributeValue) -> ItemImage {
    Item::from([(name, value)]).encode()
}

fn text_image() -> ItemImage {
    image("a", AttributeValue::S("x".into()))
}

fn table(name: &str) -> TableName {
    TableName::new(name).expect("a name")
}

fn table_ref(name: &str) -> TableRef {
    TableRef::of(name).expect("a name")
}

fn whole(image: ItemImage) -> AnswerItem {
    AnswerItem::Whole(image)
}

fn part(name: &str, value: AttributeValue) -> AnswerItem {
    AnswerItem::Part(image(name, value).item())
}

fn consumed(half_units: u64, detail: CapacityDetail) -> ConsumedCapacity {
    let table_units = HalfUnits(half_units);
    let (local, global) = (Vec::new(), Vec::new());
    ConsumedCapacity { table: table_ref("tab"), table_units, local, global, detail, kind: None }
}

fn collection(gigabytes: u64) -> CollectionSize {
    CollectionSize { key: ("pk".to_owned(), AttributeValue::S("x".into())), gigabytes }
}

fn number(text: &str) -> Number {
    Number::parse(text).expect("a number")
}

#[test]
fn every_type_of_value_is_written_as_dynamodb_does() {
    for (value, json) in [
        (AttributeValue::S("é\"\\\n\u{1}\u{7f}".into()), "{\"S\":\"é\\\"\\\\\\n\\u0001\u{7f}\"}"),
        (AttributeValue::N(number("-1.50")), r#"{"N":"-1.5"}"#),
        (AttributeValue::B(vec![1, 2, 3, 4].into()), r#"{"B":"AQIDBA=="}"#),
        (AttributeValue::Bool(false), r#"{"BOOL":false}"#),
        (AttributeValue::Null, r#"{"NULL":true}"#),
        (
            AttributeValue::L(vec![AttributeValue::Null, AttributeValue::L(vec![])]),
            r#"{"L":[{"NULL":true},{"L":[]}]}"#,
        ),
        (
            AttributeValue::M(vec![("b".into(), AttributeValue::Null)]),
            r#"{"M":{"b":{"NULL":true}}}"#,
        ),
        (AttributeValue::Ss(vec!["a".into(), "b".into()]), r#"{"SS":["a","b"]}"#),
        (AttributeValue::Ns(vec![number("1"), number("2")]), r#"{"NS":["1","2"]}"#),
        (AttributeValue::Bs(vec![vec![0].into()]), r#"{"BS":["AA=="]}"#),
    ] {
        let item = image("a", value.clone());
        for item in [whole(item), part("a", value.clone())] {
            let output = GetItemOutput { item: Some(item), capacity: None };
            let expected = format!("{{\"Item\":{{\"a\":{json}}}}}");
            assert_eq!(body(&Response::GetItem(output)), expected);
        }
        let mut owned = Vec::new();
        value::owned_attributes(&mut owned, &[("a".into(), value)]);
        assert_eq!(String::from_utf8(owned).expect("utf-8"), format!("{{\"a\":{json}}}"));
    }
}

#[test]
fn an_item_is_written_once_and_shared() {
    let item = text_image();
    let get = || {
        let output = GetItemOutput { item: Some(whole(item.clone())), capacity: None };
        encode(&Response::GetItem(output), Context { host: "h" }).body
    };

    assert_eq!(get().as_ptr(), get().as_ptr());
}

#[test]
fn answers_hold_what_was_asked_for_and_no_more() {
    let get = |item, capacity| Response::GetItem(GetItemOutput { item, capacity });
    let write = |attributes, capacity, collection| WriteOutput { attributes, capacity, collection };
    let put = |attributes, capacity| Response::PutItem(write(attributes, capacity, None));
    let total = || Some(consumed(1, CapacityDetail::Total));
    let indexes = || Some(consumed(2, CapacityDetail::Indexes));
    for (response, json) in [
        (get(None, None), "{}"),
        (get(None, total()), r#"{"ConsumedCapacity":{"TableName":"tab","CapacityUnits":0.5}}"#),
        (
            get(Some(whole(text_image())), indexes()),
            "{\"Item\":{\"a\":{\"S\":\"x\"}},\"ConsumedCapacity\":{\"TableName\":\"tab\",\
             \"CapacityUnits\":1.0,\"Table\":{\"CapacityUnits\":1.0}}}",
        ),
        (get(Some(AnswerItem::Part(Item::default().encode().item())), None), r#"{"Item":{}}"#),
        (put(None, None), "{}"),
        (put(Some(whole(text_image())), None), r#"{"Attributes":{"a":{"S":"x"}}}"#),
        (
            Response::DeleteItem(write(
                Some(whole(text_image())),
                Some(consumed(10, CapacityDetail::Total)),
                None,
            )),
            "{\"Attributes\":{\"a\":{\"S\":\"x\"}},\
             \"ConsumedCapacity\":{\"TableName\":\"tab\",\"CapacityUnits\":5.0}}",
        ),
        (
            Response::UpdateItem(write(
                Some(part("b", AttributeValue::Null)),
                total(),
                Some(collection(9)),
            )),
            "{\"Attributes\":{\"b\":{\"NULL\":true}},\
             \"ConsumedCapacity\":{\"TableName\":\"tab\",\"CapacityUnits\":0.5},\
             \"ItemCollectionMetrics\":{\"ItemCollectionKey\":{\"pk\":{\"S\":\"x\"}},\
             \"SizeEstimateRangeGB\":[9.0,10.0]}}",
        ),
        (
            Response::DescribeEndpoints,
            r#"{"Endpoints":[{"Address":"db.example:8000","CachePeriodInMinutes":1440}]}"#,
        ),
    ] {
        assert_eq!(body(&response), json);
    }
}

#[test]
fn indexes_that_cost_something_are_told_apart() {
    let units = |name: &str, half_units| (name.to_owned(), HalfUnits(half_units));
    let consumed = |detail| ConsumedCapacity {
        local: vec![units("by_date", 3)],
        global: vec![units("by_name", 4), units("by_\"age\"", 2)],
        ..consumed(2, detail)
    };
    let get = |detail| {
        let capacity = Some(consumed(detail));
        body(&Response::GetItem(GetItemOutput { item: None, capacity }))
    };

    assert_eq!(
        get(CapacityDetail::Total),
        r#"{"ConsumedCapacity":{"TableName":"tab","CapacityUnits":5.5}}"#
    );
    assert_eq!(
        get(CapacityDetail::Indexes),
        "{\"ConsumedCapacity\":{\"TableName\":\"tab\",\"CapacityUnits\":5.5,\
         \"Table\":{\"CapacityUnits\":1.0},\
         \"LocalSecondaryIndexes\":{\"by_date\":{\"CapacityUnits\":1.5}},\
         \"GlobalSecondaryIndexes\":{\"by_name\":{\"CapacityUnits\":2.0},\
         \"by_\\\"age\\\"\":{\"CapacityUnits\":1.0}}}}"
    );
}

#[test]
fn a_failed_condition_shows_the_item_that_was_asked_for() {
    let failed = ApiError::new(ErrorCode::ConditionalCheckFailed, "no");
    let shown =
        ApiError { details: Some(Box::new(Details::Item(text_image().item()))), ..failed.clone() };
    let body = |error: &ApiError| {
        let answer = encode_error(error).1;
        String::from_utf8(answer.body.to_vec()).expect("utf-8")
    };
    let head = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\",\
                \"message\":\"no\"";

    assert_eq!(body(&failed), format!("{head}}}"));
    assert_eq!(body(&shown), format!("{head},\"Item\":{{\"a\":{{\"S\":\"x\"}}}}}}"));
}

#[test]
fn a_batch_of_writes_sends_back_what_was_not_written() {
    let output =
        BatchWriteItemOutput { unprocessed: vec![], collections: vec![], capacity: vec![] };
    assert_eq!(body(&Response::BatchWriteItem(output)), r#"{"UnprocessedItems":{}}"#);

    let key = vec![("a".to_owned(), AttributeValue::N(number("1")))];
    let item = Item::from([("a", AttributeValue::Null)]);
    let writes = vec![BatchWrite::Put(item), BatchWrite::Delete(key)];
    let output = BatchWriteItemOutput {
        unprocessed: vec![BatchWriteTable { table: table_ref("rest"), writes }],
        collections: vec![(table_ref("tab"), vec![collection(0), collection(1)])],
        capacity: vec![consumed(4, CapacityDetail::Total)],
    };
    assert_eq!(
        body(&Response::BatchWriteItem(output)),
        "{\"UnprocessedItems\":{\"rest\":[{\"PutRequest\":{\"Item\":{\"a\":{\"NULL\":true}}}},\
         {\"DeleteRequest\":{\"Key\":{\"a\":{\"N\":\"1\"}}}}]},\
         \"ItemCollectionMetrics\":{\"tab\":[{\"ItemCollectionKey\":{\"pk\":{\"S\":\"x\"}},\
         \"SizeEstimateRangeGB\":[0.0,1.0]},{\"ItemCollectionKey\":{\"pk\":{\"S\":\"x\"}},\
         \"SizeEstimateRangeGB\":[1.0,2.0]}]},\
         \"ConsumedCapacity\":[{\"TableName\":\"tab\",\"CapacityUnits\":2.0}]}"
    );
}

#[test]
fn what_a_batch_left_unread_keeps_its_projection() {
    let name = |name: &str| name.to_owned();
    let expression = |names| ProjectionMembers::Expression { text: "#a, b.\"".to_owned(), names };
    for (given, json) in [
        (expression(vec![]), r##","ProjectionExpression":"#a, b.\"""##),
        (
            expression(vec![(name("#a"), name("x.y"))]),
            r##","ProjectionExpression":"#a, b.\"","ExpressionAttributeNames":{"#a":"x.y"}"##,
        ),
        (
            ProjectionMembers::AttributesToGet(vec![name("x"), name("y")]),
            r#","AttributesToGet":["x","y"]"#,
        ),
    ] {
        let projection = Projection::of_attributes([name("x")]);
        let unread = BatchGetTable {
            table: table_ref("rest"),
            keys: vec![vec![]],
            consistency: Consistency::Eventual,
            projection: Some(BatchProjection { projection, given }),
        };
        let output =
            BatchGetItemOutput { responses: vec![], unprocessed: vec![unread], capacity: vec![] };
        assert_eq!(
            body(&Response::BatchGetItem(output)),
            format!(
                "{{\"Responses\":{{}},\"UnprocessedKeys\":{{\"rest\":{{\"Keys\":[{{}}]{json}}}}}}}"
            )
        );
    }
}

#[test]
fn a_batch_answers_every_table_and_copies_the_options_of_the_rest() {
    let key = vec![("a".to_owned(), AttributeValue::N(number("1")))];
    let unprocessed = |consistency| BatchGetTable {
        table: table_ref("rest"),
        keys: vec![key.clone(), key.clone()],
        consistency,
        projection: None,
    };
    let found = vec![whole(text_image()), part("a", AttributeValue::S("x".into()))];
    let output = BatchGetItemOutput {
        responses: vec![(table_ref("tab"), found), (table_ref("not"), vec![])],
        unprocessed: vec![],
        capacity: vec![],
    };
    assert_eq!(
        body(&Response::BatchGetItem(output)),
        "{\"Responses\":{\"tab\":[{\"a\":{\"S\":\"x\"}},{\"a\":{\"S\":\"x\"}}],\"not\":[]},\
         \"UnprocessedKeys\":{}}"
    );
    let output = BatchGetItemOutput {
        responses: vec![],
        unprocessed: vec![unprocessed(Consistency::Strong)],
        capacity: vec![consumed(3, CapacityDetail::Total)],
    };
    assert_eq!(
        body(&Response::BatchGetItem(output)),
        "{\"Responses\":{},\"UnprocessedKeys\":{\"rest\":{\"Keys\":[{\"a\":{\"N\":\"1\"}},\
         {\"a\":{\"N\":\"1\"}}],\"ConsistentRead\":true}},\
         \"ConsumedCapacity\":[{\"TableName\":\"tab\",\"CapacityUnits\":1.5}]}"
    );
}

#[test]
fn tables_are_listed_with_where_to_go_on() {
    let list = |last| {
        let output = ListTablesOutput { names: vec![table("abc"), table("abd")], last };
        body(&Response::ListTables(output))
    };

    assert_eq!(list(None), r#"{"TableNames":["abc","abd"]}"#);
    assert_eq!(
        list(Some(table("abd"))),
        r#"{"TableNames":["abc","abd"],"LastEvaluatedTableName":"abd"}"#
    );
}

fn any_number() -> impl Strategy<Value = Number> {
    (any::<i64>(), -140_i32..107).prop_filter_map("out of range", |(digits, exponent)| {
        Number::parse(&format!("{digits}e{exponent}")).ok()
    })
}

/// Texts in which what JSON escapes is frequent.
fn any_text() -> impl Strategy<Value = String> {
    "[\\x00-\\x7fé€]{0,12}"
}

fn any_bytes() -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 0..8).prop_map(Bytes::from)
}

fn any_value() -> impl Strategy<Value = AttributeValue> {
    use proptest::collection::{btree_set, vec};
    let leaf = prop_oneof![
        any_text().prop_map(AttributeValue::S),
        any_number().prop_map(AttributeValue::N),
        any_bytes().prop_map(AttributeValue::B),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        btree_set(any_text(), 1..5).prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
        btree_set(any_number(), 1..5).prop_map(|set| AttributeValue::Ns(set.into_iter().collect())),
        btree_set(any_bytes(), 1..5).prop_map(|set| AttributeValue::Bs(set.into_iter().collect())),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(AttributeValue::L),
            vec((any_text(), inner), 0..6).prop_map(AttributeValue::M),
        ]
    })
}

/// The item of these attributes, and how long the body of its answer is.
fn answered(attributes: Vec<(String, AttributeValue)>) -> (ItemImage, usize) {
    let image = Item { attributes }.encode();
    let output = GetItemOutput { item: Some(whole(image.clone())), capacity: None };
    let answer = encode(&Response::GetItem(output), Context { host: "h" });
    (image, answer.body.len())
}

proptest! {
    #[test]
    fn an_item_weighs_no_less_than_its_bytes_and_its_answer(
        attributes in proptest::collection::vec((any_text(), any_value()), 0..6),
    ) {
        let (image, body_bytes) = answered(attributes);

        prop_assert!(image.answer_bytes_max() >= body_bytes);
        let around_item = ITEM_HEAD.len() + 1;
        prop_assert!(image.item().json_bytes_max() >= body_bytes - around_item);
        prop_assert!(image.weight() >= image.stored().len() + body_bytes);
    }

    #[test]
    fn an_item_of_plain_text_weighs_little_more_than_its_bytes_and_its_answer(
        texts in proptest::collection::vec(("[a-z]{1,20}", "[ !#-\\[\\]-~]{0,200}"), 0..20),
    ) {
        let texts = texts.into_iter().map(|(name, text)| (name, AttributeValue::S(text)));
        let (image, body_bytes) = answered(texts.collect());

        prop_assert!(image.weight() <= image.stored().len() + body_bytes + 8);
    }
}
