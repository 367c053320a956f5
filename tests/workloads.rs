//! Every workload that comes with hearth, against a real server: tables, items, and requests.

mod support;

use std::sync::Arc;

use hearth::load::workload::{Draw, Workload};
use hearth::load::{Operation, Planned};
use serde_json::Value;
use support::{Db, Launch, scratch};

/// Sends a request and yields its answer's body, or null if a condition of its own failed.
fn send(db: &mut Db, workload: &str, planned: &Planned) -> Value {
    let answer = db.call_raw(planned.operation.name(), &planned.body);
    if answer.status == 200 {
        return answer.body;
    }
    let request = String::from_utf8_lossy(&planned.body);
    let refusal = answer.refusal();
    assert_eq!(
        refusal.code, "ConditionalCheckFailedException",
        "{workload}: {refusal:?} {request}"
    );
    assert!(request.contains("ConditionExpression"), "{workload}: {request}");
    Value::Null
}

fn is_found(operation: Operation, answer: &Value) -> bool {
    match operation {
        Operation::GetItem => answer["Item"].is_object(),
        Operation::Query | Operation::Scan => answer["Count"] != 0,
        Operation::BatchGetItem => answer["Responses"].to_string().len() > 100,
        Operation::PutItem
        | Operation::UpdateItem
        | Operation::DeleteItem
        | Operation::BatchWriteItem => true,
    }
}

#[test]
fn every_request_of_every_built_in_workload_is_accepted() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let mut db = server.db();

    for name in Workload::NAMES {
        let text = Workload::built_in(name).expect("it is one of the names");
        let workload = Workload::parse(name, text)
            .and_then(|workload| workload.with_items(200))
            .and_then(|workload| workload.with_table_prefix(&format!("{name}.")))
            .unwrap_or_else(|error| panic!("{error}"));
        for table in workload.tables() {
            let request = serde_json::from_slice(&table.create_body).expect("the body is JSON");
            db.create_table_with(&request);
        }
        for n in 0..workload.batches() {
            let answer = send(&mut db, name, &workload.batch(n));
            assert_eq!(answer["UnprocessedItems"], serde_json::json!({}), "{name}");
        }
        let workload = Arc::new(workload);
        let mut draw = Draw::new(&workload, 7, 0);
        let (mut failed, mut missed) = (0, 0);
        for _ in 0..300 {
            let planned = draw.next();
            let answer = send(&mut db, name, &planned);
            failed += usize::from(answer.is_null());
            missed += usize::from(!is_found(planned.operation, &answer));
        }

        // Players and carts go away; nothing else is asked for that is not there.
        let deletes = matches!(name, "cart" | "sessions");
        assert!(missed <= if deletes { 60 } else { 0 }, "{name}: {missed} found nothing");
        let conditions = matches!(name, "cart" | "sessions" | "inventory");
        assert!(failed <= if conditions { 60 } else { 0 }, "{name}: {failed} failed");
        if name == "cart" {
            assert!(failed > 0, "one change in ten meets a conflict");
        }
    }
}
