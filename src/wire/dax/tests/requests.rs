//! Any request that JSON can say, said in DAX, is the same request.

use proptest::prelude::*;

use super::golden::comparable;
use super::*;
use crate::api::{Operation, Request};
use crate::wire::json;

fn world() -> World {
    World::default()
        .with_table("plain", &[("id", "S")])
        .with_table("both", &[("id", "N"), ("moment", "N")])
        .with_table("bytes", &[("id", "B"), ("moment", "S")])
}

/// The request as our own client would send it, read again.
fn resent(world: &World, request: &Request) -> Request {
    let schemas = world.schemas.clone();
    let session = client::Session {
        schema: &|name| schemas.get(name).map(|schema| &**schema),
        id_of: &|names| Some(world.id(names)),
    };
    let bytes = client::request(request, &session).expect("a request for data");
    assert_eq!(end_of(&bytes), Ok(Some(bytes.len())));
    world.decode(&bytes).expect("what was written").request
}

#[test]
fn requests_of_all_kinds_are_said_in_dax() {
    use Operation::{BatchGetItem, BatchWriteItem, DeleteItem, GetItem, PutItem, Query, Scan};
    let world = world();
    for (operation, body) in [
        (
            GetItem,
            r##"{"TableName":"plain","Key":{"id":{"S":"7"}},"ConsistentRead":true,
            "ProjectionExpression":"a.b[2].c, #d","ExpressionAttributeNames":{"#d":"size"},
            "ReturnConsumedCapacity":"INDEXES"}"##,
        ),
        (GetItem, r#"{"TableName":"bytes","Key":{"id":{"B":"AP8="},"moment":{"S":"é"}}}"#),
        (
            PutItem,
            r#"{"TableName":"both","Item":{"id":{"N":"1.5"},"moment":{"N":"-12.50"},
            "n":{"NULL":true},"t":{"BOOL":true},"l":{"L":[{"N":"1e100"},{"M":{"x":{"SS":["b","a"]}}}]},
            "ns":{"NS":["3","-1.5"]},"bs":{"BS":["AQ=="]},"e":{"S":""}},
            "ConditionExpression":"NOT (a = :a OR b BETWEEN :a AND :b) AND attribute_type(c, :t)",
            "ExpressionAttributeValues":{":a":{"N":"1"},":b":{"N":"2"},":t":{"S":"SS"}},
            "ReturnValues":"ALL_OLD","ReturnItemCollectionMetrics":"SIZE"}"#,
        ),
        (
            DeleteItem,
            r#"{"TableName":"plain","Key":{"id":{"S":"x"}},
            "ConditionExpression":"size(a) <> :n AND (b IN (:n, :m) OR contains(c, :m)) AND begins_with(d, :m)",
            "ExpressionAttributeValues":{":n":{"N":"1"},":m":{"S":"m"}}}"#,
        ),
        (
            Operation::UpdateItem,
            r#"{"TableName":"plain","Key":{"id":{"S":"x"}},
            "UpdateExpression":"SET a = if_not_exists(a, :z) + :o, b[1] = list_append(b, :l) REMOVE c ADD d :o DELETE e :s",
            "ExpressionAttributeValues":{":z":{"N":"0"},":o":{"N":"1"},":l":{"L":[]},":s":{"SS":["q"]}},
            "ReturnValues":"UPDATED_NEW","ReturnConsumedCapacity":"TOTAL"}"#,
        ),
        (
            Query,
            r#"{"TableName":"both","KeyConditionExpression":"id = :i AND moment BETWEEN :i AND :j",
            "FilterExpression":"x > :i","ExpressionAttributeValues":{":i":{"N":"1"},":j":{"N":"2"}},
            "ScanIndexForward":false,"Limit":3,"ExclusiveStartKey":{"id":{"N":"1"},"moment":{"N":"1.25"}}}"#,
        ),
        (
            Query,
            r#"{"TableName":"both","IndexName":"byX","KeyConditionExpression":"x = :i AND begins_with(y, :y)",
            "ExpressionAttributeValues":{":i":{"N":"1"},":y":{"S":"p"}},"Select":"COUNT",
            "ExclusiveStartKey":{"id":{"N":"1"},"moment":{"N":"1.25"},"x":{"N":"1"},"y":{"S":"q"}}}"#,
        ),
        (
            Scan,
            r#"{"TableName":"bytes","Segment":1,"TotalSegments":4,"ConsistentRead":true,
            "ExclusiveStartKey":{"id":{"B":"AA=="},"moment":{"S":"z"}},"ProjectionExpression":"a, b"}"#,
        ),
        (
            BatchGetItem,
            r#"{"RequestItems":{"both":{"Keys":[{"id":{"N":"1"},"moment":{"N":"2"}},{"id":{"N":"1"},"moment":{"N":"3"}}],
            "ConsistentRead":true},"plain":{"Keys":[{"id":{"S":"1"}}],"ProjectionExpression":"a[1]"}}}"#,
        ),
        (
            BatchWriteItem,
            r#"{"RequestItems":{"both":[{"PutRequest":{"Item":{"id":{"N":"1"},"moment":{"N":"2"},"z":{"S":"1"},"a":{"S":"2"}}}},
            {"DeleteRequest":{"Key":{"id":{"N":"1"},"moment":{"N":"3"}}}}]},"ReturnItemCollectionMetrics":"SIZE"}"#,
        ),
    ] {
        let request = || json::decode(operation, body.as_bytes(), json::Wording::Classic);
        let request = || request().unwrap_or_else(|error| panic!("{body}: {error}"));

        let again = resent(&world, &request());

        assert_eq!(comparable(again), comparable(request()), "{body}");
    }
}

#[test]
fn refusals_are_those_of_json() {
    let world = world();
    let put = |item: &str| format!(r#"{{"TableName":"plain","Item":{item}}}"#);
    let deep = format!("{}{{\"S\":\"x\"}}{}", r#"{"L":["#.repeat(33), "]}".repeat(33));
    let large = format!(r#"{{"id":{{"S":"x"}},"a":{{"S":"{}"}}}}"#, "x".repeat(410_000));
    for item in [format!(r#"{{"id":{{"S":"x"}},"a":{deep}}}"#), large] {
        let body = put(&item);
        let refused = json::decode(Operation::PutItem, body.as_bytes(), json::Wording::Classic);
        let refused = refused.map(|_| ()).unwrap_err();
        let value: serde_json::Value = serde_json::from_str(&item).expect("JSON");

        let attributes = crate::wire::dax::tests::answers::attributes_of(&value);
        let bytes = put_of(&world, attributes);

        assert_eq!(world.decode(&bytes).map(|_| ()).unwrap_err(), refused);
    }
}

/// A PutItem whose item no check has seen.
fn put_of(world: &World, attributes: crate::api::Key) -> Vec<u8> {
    let body = br#"{"TableName":"plain","Item":{"id":{"S":"x"}}}"#;
    let request = json::decode(Operation::PutItem, body, json::Wording::Classic);
    let Ok(Request::PutItem(mut put)) = request else { panic!("a put") };
    put.item.attributes = attributes;
    let schemas = world.schemas.clone();
    let session = client::Session {
        schema: &|name| schemas.get(name).map(|schema| &**schema),
        id_of: &|names| Some(world.id(names)),
    };
    client::request(&Request::PutItem(put), &session).expect("a request for data")
}

proptest! {
    #[test]
    fn any_key_and_item_is_read_as_it_was(
        number in "-?[0-9]{1,20}(\\.[0-9]{1,17})?",
        text in "\\PC{1,20}",
        bytes in proptest::collection::vec(any::<u8>(), 1..20),
        attributes in answers::attributes(),
    ) {
        use crate::model::{AttributeValue, Number};
        let world = world();
        let number = AttributeValue::N(Number::parse(&number).expect("a number"));
        let keys: [(&str, crate::api::Key); 3] = [
            ("plain", vec![("id".into(), AttributeValue::S(text.clone()))]),
            ("both", vec![("id".into(), number.clone()), ("moment".into(), number)]),
            ("bytes", vec![
                ("id".into(), AttributeValue::B(bytes.into())),
                ("moment".into(), AttributeValue::S(text)),
            ]),
        ];
        for (table, key) in keys {
            let body = format!(r#"{{"TableName":"{table}","Item":{{}}}}"#);
            let request = json::decode(Operation::PutItem, body.as_bytes(), json::Wording::Classic);
            let Ok(Request::PutItem(mut put)) = request else { panic!("a put") };
            put.item.attributes.clone_from(&key);
            let beside = attributes.iter().filter(|(name, _)| name != "id" && name != "moment");
            put.item.attributes.extend(beside.cloned());
            let request = Request::PutItem(put);

            let again = resent(&world, &request);

            prop_assert_eq!(comparable(again), comparable(request));
        }
    }
}
