//! Random answers: our client, which takes nothing that a known client could not read, reads them
//! all, and as what they were.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::api::{
    AnswerItem, ApiError, CapacityDetail, CollectionSize, ConsumedCapacity, ErrorCode,
    GetItemOutput, HalfUnits, Key, Operation, PageFound, PageImage, PageOutput, Request, Response,
    ReturnValues, TableRef, WriteOutput,
};
use crate::expr::Places;
use crate::model::{AttributeValue, Item, Number};
use crate::wire::json;

fn number() -> impl Strategy<Value = Number> {
    let wide = ("-?[1-9][0-9]{0,37}", -130_i32..88)
        .prop_filter_map("out of range", |(digits, exponent)| {
            Number::parse(&format!("{digits}e{exponent}")).ok()
        });
    let whole = any::<i64>().prop_map(|n| Number::parse(&n.to_string()).expect("in range"));
    prop_oneof![wide, whole]
}

fn value() -> impl Strategy<Value = AttributeValue> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..9);
    let leaf = prop_oneof![
        any::<String>().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        bytes.clone().prop_map(|bytes| AttributeValue::B(bytes.into())),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null),
        proptest::collection::btree_set(any::<String>(), 1..5)
            .prop_map(|set| AttributeValue::Ss(set.into_iter().collect())),
        proptest::collection::btree_set(number(), 1..5)
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

pub(super) fn attributes() -> impl Strategy<Value = Key> {
    proptest::collection::btree_map("\\PC{1,9}", value(), 0..12)
        .prop_map(|map| map.into_iter().collect())
}

fn capacity() -> impl Strategy<Value = Option<ConsumedCapacity>> {
    let indexes = proptest::collection::vec(("[a-z]{3,9}", 0_u64..90), 0..3);
    let known = (0_u64..900, indexes.clone(), indexes, any::<bool>());
    proptest::option::of(known.prop_map(|(units, local, global, is_apart)| {
        let units_of = |all: Vec<(String, u64)>| {
            all.into_iter().map(|(index, units)| (index, HalfUnits(units))).collect()
        };
        ConsumedCapacity {
            table: TableRef::of("plain").expect("a name"),
            table_units: HalfUnits(units),
            local: if is_apart { units_of(local) } else { Vec::new() },
            global: if is_apart { units_of(global) } else { Vec::new() },
            detail: if is_apart { CapacityDetail::Indexes } else { CapacityDetail::Total },
            kind: None,
        }
    }))
}

/// Attributes in the order of their names, as a client without an order of its own has them.
fn in_json(response: &Response) -> Value {
    let body = json::encode(response, json::Context { host: "" }).body;
    serde_json::from_slice(&body).expect("JSON")
}

fn ask(operation: Operation, body: &str) -> Request {
    json::decode(operation, body.as_bytes(), json::Wording::Classic).expect("a request")
}

fn read_back(world: &World, request: &Request, form: &Form, response: &Response) -> Value {
    let bytes = world.encode(response, form);
    assert_eq!(client::length(&bytes, client::answer_values(request)), Ok(Some(bytes.len())));
    let names = |id| world.names(id);
    let answer = client::answer(&bytes, request, form, &names);
    in_json(&answer.unwrap_or_else(|error| panic!("{error}: {response:?}")))
}

fn whole(key: &Key, attributes: &Key) -> Item {
    let beside = attributes.iter().filter(|(name, _)| key.iter().all(|(taken, _)| taken != name));
    Item { attributes: key.iter().chain(beside).cloned().collect() }
}

proptest! {
    #[test]
    fn items_and_writes_are_read_as_they_were(
        attributes in attributes(),
        capacity in capacity(),
        gigabytes in proptest::option::of(0_u64..10),
    ) {
        let world = World::default().with_table("plain", &[("id", "S")]);
        let schema = world.schema("plain").expect("a table");
        let key = vec![("id".to_owned(), AttributeValue::S("7".into()))];
        let item = whole(&key, &attributes);

        let get = ask(Operation::GetItem, r#"{"TableName":"plain","Key":{"id":{"S":"7"}}}"#);
        let found = Some(AnswerItem::Whole(item.encode()));
        let output = Response::GetItem(GetItemOutput { item: found, capacity: capacity.clone() });
        let form = Form::Item(ItemForm { schema: Arc::clone(&schema), places: None });
        prop_assert_eq!(read_back(&world, &get, &form, &output), in_json(&output));

        let delete = ask(Operation::DeleteItem, r#"{"TableName":"plain","Key":{"id":{"S":"7"}}}"#);
        let collection = gigabytes.map(|gigabytes| {
            CollectionSize { key: key[0].clone(), gigabytes }
        });
        let gone = Some(AnswerItem::Part(item.encode().item()));
        let output = Response::DeleteItem(WriteOutput { attributes: gone, capacity, collection });
        let form = Form::Write(schema, ReturnValues::AllOld);
        prop_assert_eq!(read_back(&world, &delete, &form, &output), in_json(&output));
    }

    #[test]
    fn pages_are_read_as_they_were(
        items in proptest::collection::vec((number(), attributes()), 0..6),
        last in proptest::option::of(number()),
        is_index in any::<bool>(),
        is_counted in any::<bool>(),
        capacity in capacity(),
    ) {
        let world = World::default().with_table("both", &[("id", "B"), ("at", "N")]);
        let schema = world.schema("both").expect("a table");
        let key = |number: Number| vec![
            ("id".to_owned(), AttributeValue::B(vec![0, 255].into())),
            ("at".to_owned(), AttributeValue::N(number)),
        ];
        let items: Vec<_> = items
            .into_iter()
            .map(|(number, attributes)| whole(&key(number), &attributes).encode().item())
            .collect();
        let found = PageFound {
            count: items.len(),
            scanned: items.len() + 3,
            items: (!is_counted).then_some(items),
            last: last.map(|number| {
                let mut key = key(number);
                if is_index {
                    key.push(("x".to_owned(), AttributeValue::S("y".into())));
                }
                key
            }),
            ..PageFound::default()
        };
        let output =
            Response::Scan(PageOutput { page: Arc::new(PageImage::of(found)), capacity });
        let form = PageForm { item: ItemForm { schema, places: None }, is_index };

        let scan = ask(Operation::Scan, r#"{"TableName":"both"}"#);
        prop_assert_eq!(read_back(&world, &scan, &Form::Page(form), &output), in_json(&output));
    }

    #[test]
    fn parts_are_put_together_as_projections_have_them(attributes in attributes()) {
        use crate::expr::{Placeholders, parse_projection};
        let world = World::default().with_table("plain", &[("id", "S")]);
        let schema = world.schema("plain").expect("a table");
        let list = AttributeValue::L(vec![
            AttributeValue::M(attributes.clone()),
            AttributeValue::S("b".into()),
            AttributeValue::Null,
        ]);
        let key = vec![("id".to_owned(), AttributeValue::S("7".into()))];
        let item = whole(&key, &vec![
            ("l".to_owned(), list),
            ("m".to_owned(), AttributeValue::M(attributes.clone())),
        ]);
        let name = attributes.first().map_or("none", |(name, _)| name.as_str());
        let names = Some(vec![("#n".to_owned(), name.to_owned())]);
        let mut maps = Placeholders::new(names, None).expect("names");
        let text = "l[2], l[0].#n, l[1].x, m.#n, l[7], gone, id";
        let projection = parse_projection(text, &mut maps).expect("a projection");
        let get = ask(Operation::GetItem, r#"{"TableName":"plain","Key":{"id":{"S":"7"}}}"#);
        let form = Form::Item(ItemForm { schema, places: Some(Places::of(&projection)) });
        let image = item.encode();

        let widened = projection.clone().widened().project(image.view());
        let found = GetItemOutput { item: Some(AnswerItem::Part(widened)), capacity: None };
        let read = read_back(&world, &get, &form, &Response::GetItem(found));

        let part = AnswerItem::Part(projection.project(image.view()));
        let expected = GetItemOutput { item: Some(part), capacity: None };
        prop_assert_eq!(read, in_json(&Response::GetItem(expected)));
    }
}

#[test]
fn what_an_update_changed_is_read_by_its_places() {
    let world = World::default().with_table("plain", &[("id", "S")]);
    let schema = world.schema("plain").expect("a table");
    let body = r#"{"TableName":"plain","Key":{"id":{"S":"7"}},"UpdateExpression":"REMOVE a"}"#;
    let update = ask(Operation::UpdateItem, body);
    let changed = Item::from([
        ("z", AttributeValue::S("1".into())),
        ("a", AttributeValue::M(vec![("b".into(), AttributeValue::Null)])),
    ]);
    let attributes = Some(AnswerItem::Part(changed.encode().item()));
    let output = Response::UpdateItem(WriteOutput { attributes, capacity: None, collection: None });
    for returned in [ReturnValues::UpdatedOld, ReturnValues::UpdatedNew] {
        let form = Form::Write(Arc::clone(&schema), returned);
        assert_eq!(read_back(&world, &update, &form, &output), in_json(&output));
    }
}

#[test]
fn every_refusal_is_one_that_clients_know() {
    let world = World::default().with_table("plain", &[("id", "S")]);
    let form = Form::Write(world.schema("plain").expect("a table"), ReturnValues::None);
    let delete = ask(Operation::DeleteItem, r#"{"TableName":"plain","Key":{"id":{"S":"7"}}}"#);
    // The whole paths of section 9 of the protocol's errors: a part of one is garbage to a client.
    let known: &[&[u64]] = &[
        &[4, 37, 38, 39, 40],
        &[4, 37, 38, 39, 41],
        &[4, 37, 38, 39, 43],
        &[4, 37, 38, 39, 45],
        &[4, 37, 38, 39, 46],
        &[4, 37, 38, 39, 47],
        &[4, 37, 38, 39, 48],
        &[4, 37, 38, 39, 49],
        &[4, 37, 38, 39, 50],
        &[4, 37, 38, 42],
        &[4, 23, 31, 32],
        &[4, 23, 31, 33],
    ];
    for code in [
        ErrorCode::Validation,
        ErrorCode::MemberConstraint,
        ErrorCode::Serialization,
        ErrorCode::UnknownOperation,
        ErrorCode::MissingAuthenticationToken,
        ErrorCode::IncompleteSignature,
        ErrorCode::InvalidSignature,
        ErrorCode::UnrecognizedClient,
        ErrorCode::AccessDenied,
        ErrorCode::ResourceNotFound,
        ErrorCode::ResourceInUse,
        ErrorCode::LimitExceeded,
        ErrorCode::ConditionalCheckFailed,
        ErrorCode::ItemCollectionSizeLimitExceeded,
        ErrorCode::Throttling,
        ErrorCode::ProvisionedThroughputExceeded,
        ErrorCode::InternalServerError,
        ErrorCode::ServiceUnavailable,
    ] {
        let bytes = encode_error(&ApiError::new(code, "why"), "id");
        assert_eq!(client::length(&bytes, 1), Ok(Some(bytes.len())));

        let read = client::answer(&bytes, &delete, &form, &|_| None);

        let Err(client::AnswerError::Refused(refused)) = read else { panic!("{code:?}: {read:?}") };
        assert!(known.contains(&&refused.codes[..]), "{refused:?}");
        assert_eq!(refused.message, "why");
        let is_ours = code == ErrorCode::InternalServerError;
        assert_eq!(refused.status, if is_ours { 500 } else { 400 });
    }
}

#[test]
fn names_without_an_id_are_told() {
    let world = World::default().with_table("plain", &[("id", "S")]);
    let schema = world.schema("plain").expect("a table");
    let text = |text: &str| AttributeValue::S(text.into());
    let item = Item::from([("z", text("1")), ("id", text("7")), ("a", text("2"))]).encode();
    let unknown = |_: &[&str]| None;
    let mut ids = ListIds::new(&unknown);

    encode_item(Some(item.view()), &schema, &mut ids, &mut Vec::new());

    assert_eq!(ids.missing(), [["a", "z"]]);
}

/// The attributes of a JSON item, unchecked.
pub(super) fn attributes_of(item: &Value) -> Key {
    let members = item.as_object().expect("an item");
    members.iter().map(|(name, value)| (name.clone(), value_of(value))).collect()
}

fn value_of(value: &Value) -> AttributeValue {
    let (kind, content) = value.as_object().and_then(|o| o.iter().next()).expect("a value");
    match kind.as_str() {
        "S" => AttributeValue::S(content.as_str().expect("text").to_owned()),
        "L" => {
            AttributeValue::L(content.as_array().expect("a list").iter().map(value_of).collect())
        }
        other => panic!("{other}"),
    }
}
