//! Any bytes as the body of every operation: nothing panics, and what was read can be written and
//! is then read as the same.

#![no_main]

mod printed;

use hearth::api::{
    AnswerItem, ApiError, BatchGetItem, BatchGetItemOutput, BatchGetTable, BatchWrite,
    BatchWriteItem, BatchWriteItemOutput, BatchWriteTable, Form, GetItem, GetItemOutput, Operation,
    PageRequest, PutItem, Request, Response,
};
use hearth::expr::{
    Action, Condition, Placeholders, Printed, Projection, Update, parse_condition, parse_filter,
    parse_key_conditions, parse_projection, parse_update,
};
use hearth::model::{AttributeValue, Item};
use hearth::wire::json::{
    Context, HotGet, HotValue, Wording, decode, encode, encode_error, get_item,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    for operation in Operation::ALL {
        for wording in [Wording::Classic, Wording::Y2026] {
            match decode(operation, body, wording) {
                Ok(request) => check(request),
                Err(error) => assert!(encode_error(&error).0 == 400),
            }
        }
    }
    if let Some(hot) = get_item(body) {
        check_hot(&hot, body);
    }
});

fn check(request: Request) {
    match request {
        Request::PutItem(put) => check_put(&put),
        Request::BatchGetItem(batch) => check_batch_get(batch),
        Request::BatchWriteItem(batch) => check_batch_write(batch),
        Request::GetItem(get) => check_projection(get.projection.as_ref()),
        Request::DeleteItem(delete) => check_condition(delete.options.condition.as_deref()),
        Request::UpdateItem(update) => {
            check_condition(update.options.condition.as_deref());
            check_update(&update.update);
        }
        Request::Query(query) => {
            check_page(&query.page);
            if query.form == Form::Expression {
                let again = printed::again(query.keys.print(), parse_key_conditions);
                assert!(again.is_none_or(|again| again == query.keys));
            }
        }
        Request::Scan(scan) => check_page(&scan.page),
        Request::TransactGetItems(get) => {
            get.gets.iter().for_each(|get| check_projection(get.projection.as_ref()));
        }
        Request::TransactWriteItems(write) => {
            write.digest();
            write.actions.iter().for_each(|action| check_condition(action.condition.as_deref()));
        }
        Request::ExecuteStatement(_)
        | Request::BatchExecuteStatement(_)
        | Request::ExecuteTransaction(_)
        | Request::Control(_) => {}
    }
}

fn check_condition(condition: Option<&Condition>) {
    if let Some(condition) = condition {
        let again = read_if_sayable(condition.print(), parse_condition);
        assert!(again.is_none_or(|again| again == *condition));
    }
}

fn check_update(update: &Update) {
    let is_legacy =
        |action: &Action| matches!(action, Action::LegacyAdd(..) | Action::LegacyDelete(..));
    if !update.actions.iter().any(is_legacy) {
        // Actions of one kind are printed together.
        let sorted = |update: &Update| {
            let mut actions: Vec<_> = update.actions.iter().map(|a| format!("{a:?}")).collect();
            actions.sort_unstable();
            actions
        };
        let again = read_if_sayable(update.print(), parse_update);
        assert!(again.is_none_or(|again| sorted(&again) == sorted(update)));
    }
}

/// Reads a printed expression again. Older parameters may say what no expression may, and which
/// way said a tree is not told of every one: then it may be refused, but not read as another.
fn read_if_sayable<T, E>(
    printed: Printed,
    parse: impl Fn(&str, &mut Placeholders) -> Result<T, E>,
) -> Option<T> {
    let names = (!printed.names.is_empty()).then_some(printed.names);
    let values = (!printed.values.is_empty()).then_some(printed.values);
    parse(&printed.text, &mut Placeholders::new(names, values).ok()?).ok()
}

fn check_page(page: &PageRequest) {
    check_projection(page.projection.as_ref());
    if let Some(filter) = &page.filter {
        match filter.form {
            Form::Expression => {
                let again = printed::again(filter.condition.print(), parse_filter);
                assert!(again.is_none_or(|again| again == *filter.condition));
            }
            Form::Legacy => check_condition(Some(&filter.condition)),
        }
    }
}

fn check_projection(projection: Option<&Projection>) {
    if let Some(projection) = projection {
        let again = read_if_sayable(projection.print(), parse_projection);
        assert!(again.is_none_or(|again| again == *projection));
    }
}

fn read(operation: Operation, body: &[u8]) -> Result<Request, ApiError> {
    decode(operation, body, Wording::Classic)
}

fn check_put(put: &PutItem) {
    let item = AnswerItem::Whole(put.item.encode());
    let output = GetItemOutput { item: Some(item), capacity: None };
    let answer = encode(&Response::GetItem(output), Context { host: "" }).body;
    let mut body = br#"{"TableName":"t","#.to_vec();
    body.extend_from_slice(&answer[1..]);
    match read(Operation::PutItem, &body) {
        Ok(Request::PutItem(again)) => assert_eq!(again.item, put.item),
        other => panic!("an item that was read is refused: {other:?}"),
    }
}

fn check_batch_get(batch: BatchGetItem) {
    let asked = |batch: &BatchGetItem| {
        let table = |table: &BatchGetTable| {
            let projection = table.projection.as_ref().map(|given| given.projection.clone());
            (table.keys.clone(), table.consistency, projection)
        };
        batch.tables.iter().map(table).collect::<Vec<_>>()
    };
    let before = asked(&batch);
    let (responses, capacity) = (Vec::new(), Vec::new());
    let output = BatchGetItemOutput { responses, unprocessed: batch.tables, capacity };
    let answer = encode(&Response::BatchGetItem(output), Context { host: "" }).body;
    let rest = answer.strip_prefix(br#"{"Responses":{},"UnprocessedKeys":"#).expect("no items");
    let body = [br#"{"RequestItems":"#, rest].concat();
    match read(Operation::BatchGetItem, &body) {
        Ok(Request::BatchGetItem(again)) => assert_eq!(asked(&again), before),
        other => panic!("what was left of a batch is refused: {other:?}"),
    }
}

fn check_batch_write(batch: BatchWriteItem) {
    let asked = |tables: &[BatchWriteTable]| {
        let write = |write: &BatchWrite| match write {
            BatchWrite::Put(item) => (true, item.attributes.clone()),
            BatchWrite::Delete(key) => (false, key.clone()),
        };
        let writes = tables.iter().flat_map(|table| &table.writes).map(write);
        writes.collect::<Vec<_>>()
    };
    let before = asked(&batch.tables);
    let (collections, capacity) = (Vec::new(), Vec::new());
    let output = BatchWriteItemOutput { unprocessed: batch.tables, collections, capacity };
    let answer = encode(&Response::BatchWriteItem(output), Context { host: "" }).body;
    let rest = answer.strip_prefix(br#"{"UnprocessedItems":"#).expect("nothing else");
    let body = [br#"{"RequestItems":"#, rest].concat();
    match read(Operation::BatchWriteItem, &body) {
        Ok(Request::BatchWriteItem(again)) => assert_eq!(asked(&again.tables), before),
        other => panic!("what was left of a batch is refused: {other:?}"),
    }
}

fn check_hot(hot: &HotGet<'_>, body: &[u8]) {
    let Ok(Request::GetItem(GetItem { table, key, consistency, .. })) =
        read(Operation::GetItem, body)
    else {
        panic!("what is plain is refused: {hot:?}");
    };
    let hot_key = std::iter::once(&hot.first).chain(&hot.second).map(|attribute| {
        let value = match &attribute.value {
            HotValue::S(text) => AttributeValue::S((*text).to_owned()),
            HotValue::N(number) => AttributeValue::N(*number),
            HotValue::B(bytes) => AttributeValue::B(bytes.as_slice().to_vec().into()),
        };
        (attribute.name.to_owned(), value)
    });
    assert_eq!((hot.table, hot.consistency), (table.as_given(), consistency));
    assert_eq!(Item { attributes: hot_key.collect() }, Item { attributes: key });
}
