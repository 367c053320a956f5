//! What real clients sent is read, what they took is written, what they choked on is refused.

use serde_json::{Value, json};

use super::recorded::{Recorded, hex, plain};
use super::*;
use crate::api::{AnswerItem, Operation, Request, Response};
use crate::model::{AttributeValue, Number};
use crate::wire::json;

const CLIENTS: [&str; 3] = ["python", "js", "go"];
/// Names that the calls have in their expressions and only JSON must not have there.
const RESERVED: &[&str] = &["owner", "old"];

/// Attributes in the order of their names, at every depth.
fn sort(attributes: &mut crate::api::Key) {
    attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (_, value) in attributes {
        sort_value(value);
    }
}

fn sort_value(value: &mut AttributeValue) {
    match value {
        AttributeValue::M(attributes) => sort(attributes),
        AttributeValue::L(list) => list.iter_mut().for_each(sort_value),
        _ => {}
    }
}

/// A request with everything left out that no wire but JSON has.
pub(super) fn comparable(mut request: Request) -> String {
    match &mut request {
        Request::GetItem(get) => {
            sort(&mut get.key);
            get.projection = get.projection.take().map(crate::expr::Projection::widened);
        }
        Request::PutItem(put) => sort(&mut put.item.attributes),
        Request::DeleteItem(delete) => sort(&mut delete.key),
        Request::UpdateItem(update) => sort(&mut update.key),
        Request::Query(query) => {
            query.page.projection =
                query.page.projection.take().map(crate::expr::Projection::widened);
            query.page.start.iter_mut().for_each(sort);
        }
        Request::Scan(scan) => {
            scan.page.projection =
                scan.page.projection.take().map(crate::expr::Projection::widened);
            scan.page.start.iter_mut().for_each(sort);
        }
        Request::BatchGetItem(batch) => {
            batch.tables.sort_by_key(|table| table.table.as_given().to_owned());
            for table in &mut batch.tables {
                table.keys.iter_mut().for_each(sort);
                if let Some(given) = &mut table.projection {
                    given.projection = given.projection.clone().widened();
                    given.given = crate::api::ProjectionMembers::AttributesToGet(Vec::new());
                }
            }
        }
        Request::TransactGetItems(request) => {
            for get in &mut request.gets {
                sort(&mut get.key);
                get.projection = get.projection.take().map(crate::expr::Projection::widened);
            }
        }
        Request::TransactWriteItems(request) => {
            // Clients make one where none was given.
            request.token = None;
            for action in &mut request.actions {
                match &mut action.change {
                    crate::api::TransactChange::Put(item) => sort(&mut item.attributes),
                    crate::api::TransactChange::Check(key)
                    | crate::api::TransactChange::Delete(key)
                    | crate::api::TransactChange::Update(key, _) => sort(key),
                }
            }
        }
        Request::BatchWriteItem(batch) => {
            batch.tables.sort_by_key(|table| table.table.as_given().to_owned());
            for write in batch.tables.iter_mut().flat_map(|table| &mut table.writes) {
                match write {
                    crate::api::BatchWrite::Put(item) => sort(&mut item.attributes),
                    crate::api::BatchWrite::Delete(key) => sort(key),
                }
            }
        }
        other => panic!("{other:?} is no request for data"),
    }
    format!("{request:#?}")
}

#[test]
fn every_request_of_a_real_client_is_the_same_request_in_json() {
    let mut checked = 0;
    for recorded in CLIENTS.into_iter().flat_map(Recorded::all) {
        let operation = Operation::of_name(&recorded.operation());
        let (Some(operation), false) = (operation, recorded.name().contains("legacy")) else {
            continue;
        };
        let bytes = recorded.bytes("request_hex");
        // Some calls never got so far, for their tables.
        if bytes.is_empty() || recorded.name().starts_with("error-table-missing") {
            continue;
        }
        let path = recorded.path.display();
        let read = recorded.world().decode(&bytes);
        let read = read.unwrap_or_else(|error| panic!("{path}: {error}"));
        let in_json = json::decode(operation, &recorded.body(RESERVED), json::Wording::Classic);
        let in_json = in_json.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(comparable(read.request), comparable(in_json), "{path}");
        checked += 1;
    }
    assert!(checked > 130, "{checked}");
}

#[test]
fn older_parameters_come_as_expressions() {
    for client in CLIENTS {
        for recorded in Recorded::all(client) {
            if recorded.name().contains("legacy") {
                let read = recorded.world().decode(&recorded.bytes("request_hex"));
                assert!(read.is_ok(), "{}: {read:?}", recorded.path.display());
            }
        }
    }
}

/// A client's answer with numbers by value, sets in order, and no member that it made up.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let number = members.get("N").and_then(Value::as_str);
            if let (1, Some(number)) = (members.len(), number) {
                return json!({"N": Number::parse(number).expect("a number").to_string()});
            }
            let numbers = members.get("NS").and_then(Value::as_array);
            if let (1, Some(numbers)) = (members.len(), numbers) {
                let number = |number: &Value| Number::parse(number.as_str()?).ok();
                let mut numbers: Vec<Number> = numbers.iter().filter_map(number).collect();
                numbers.sort_unstable();
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                return json!({"NS": numbers});
            }
            let real = |(name, value): (&String, &Value)| Some((name.clone(), normal(value)));
            members.iter().filter_map(real).collect()
        }
        Value::Array(elements) => elements.iter().map(normal).collect(),
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

#[test]
fn what_clients_made_of_an_answer_our_client_makes_of_it_too() {
    let mut checked = 0;
    for recorded in CLIENTS.into_iter().flat_map(Recorded::all) {
        let bytes = recorded.bytes("request_hex");
        let is_data = Operation::of_name(&recorded.operation()).is_some();
        let returned = &recorded.json["client_returned"]["ok"];
        if !is_data || returned.is_null() || bytes.is_empty() {
            continue;
        }
        // The client adds zeros for tables of which no capacity came, or returns what it was sent.
        let is_odd = recorded.name().contains("unprocessed")
            || recorded.name().starts_with("batch")
            || recorded.name().contains("capacity")
            || recorded.name() == "query-count";
        let world = recorded.world();
        let call = world.decode(&bytes).expect("a request");
        let names = |id| world.names(id);
        let path = recorded.path.display();
        let response = recorded.bytes("response_hex");
        let answer = client::answer(&response, &call.request, &call.form, &names);
        let answer = match answer {
            Ok(answer) => answer,
            // Null and open maps were taken as well, and a null capacity; none is written here.
            Err(client::AnswerError::Broken(_))
                if matches!(response[1], 0xF6 | 0xBF)
                    || recorded.name() == "getItem-capacity-null" =>
            {
                continue;
            }
            Err(error) => panic!("{path}: {error}"),
        };
        let ours = json::encode(&answer, json::Context { host: "" }).body;
        let ours: Value = serde_json::from_slice(&ours).expect("JSON");
        if !is_odd {
            assert_eq!(normal(&ours), normal(&plain(returned)), "{path}");
        }
        // Written by us it means the same.
        let again = world.encode(&answer, &call.form);
        let again = client::answer(&again, &call.request, &call.form, &names);
        let again = again.unwrap_or_else(|error| panic!("{path}: {error}"));
        let again = json::encode(&again, json::Context { host: "" }).body;
        let again: Value = serde_json::from_slice(&again).expect("JSON");
        assert_eq!(normal(&again), normal(&ours), "{path}");
        checked += 1;
    }
    assert!(checked > 90, "{checked}");
}

#[test]
fn what_some_client_chokes_on_is_never_taken() {
    let mut refused = 0;
    for client in CLIENTS {
        for recorded in Recorded::all(&format!("rejected/{client}")) {
            let world = recorded.world();
            let call = world.decode(&recorded.bytes("request_hex")).expect("a request");
            let names = |id| world.names(id);
            let bytes = recorded.bytes("response_hex");
            let answer = client::answer(&bytes, &call.request, &call.form, &names);
            let is_broken = matches!(answer, Err(client::AnswerError::Broken(_)));
            assert!(is_broken, "{}: {answer:?}", recorded.path.display());
            refused += 1;
        }
    }
    assert_eq!(refused, 30);
}

#[test]
fn connections_begin_as_recorded() {
    for client in ["python", "js", "go", "js-v1"] {
        let connects = Recorded::all(client);
        let connect = connects.iter().find(|recorded| recorded.name() == "connect");
        let bytes = connect.expect("a connect").bytes("request_hex");

        let preamble = Framer::preamble().find(&bytes).expect("a client").expect("all of it");
        read_preamble(&bytes[..preamble]).expect("a client");
        let rest = &bytes[preamble..];
        let first = end_of(rest).expect("a request").expect("all of it");
        let frame = Frame::of(&rest[..first]).expect("a request");
        assert_eq!(frame.method, Method::AuthorizeConnection);
        let authorization = authorization(frame).expect("an authorization");
        assert_eq!(authorization.access_key_id, "AKIDEXAMPLE");
        assert_eq!(authorization.session_token, None);
        let second = Frame::of(&rest[first..]).expect("a request");
        assert_eq!(second.method, Method::Endpoints);
        assert_eq!(end_of(&rest[first..]), Ok(Some(rest.len() - first)));
    }
}

#[test]
fn sort_keys_of_all_clients_are_the_same_numbers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/dax/lexdecimal.json");
    let Recorded { json, .. } = Recorded::read(path.into());
    let vectors = json["vectors"].as_array().expect("numbers");
    assert!(vectors.len() >= 20);
    for vector in vectors {
        let text = vector["value"].as_str().expect("a number");
        let bytes = vector["lexdecimal_hex"].as_str().expect("bytes");
        let read = super::lex_decimal::text(&hex(bytes)).expect("a sort key");
        assert_eq!(Number::parse(&read), Number::parse(text), "{text}");
    }
}

#[test]
fn an_answer_to_a_miss_is_an_empty_map() {
    let world = World::default().with_table("Movies", &[("pk", "S")]);
    let id_of = |names: &[&str]| Some(world.id(names));
    let schema = world.schema("Movies").expect("a table");

    let written = |item| {
        let mut written = b"behind".to_vec();
        encode_item(item, &schema, &mut ListIds::new(&id_of), &mut written);
        written
    };

    assert_eq!(written(None), [b"behind", &hex("80a0")[..]].concat());
    let item = crate::model::Item::from([("pk", AttributeValue::S("m1".into()))]).encode();
    let found = hex("80a1004101");
    assert_eq!(written(Some(item.view())), [b"behind", &found[..]].concat());
    let output = crate::api::GetItemOutput { item: Some(AnswerItem::Whole(item)), capacity: None };
    let form = Form::Item(ItemForm { schema, places: None });
    assert_eq!(world.encode(&Response::GetItem(output), &form), found);
}
