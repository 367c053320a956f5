//! Brings two answers into one form and tells whether they are the same.
//!
//! The order of items is the same by promise only within a partition of the table; elsewhere
//! items are compared as a set, and so are the members of sets and what a batch costs. The service words refusals of requests in two ways, by region;
//! the newer way's beginning is taken off.

use serde_json::Value;

use crate::known::{self, Difference};
use crate::support::Answer;

/// What comparing two answers came to.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    Same,
    /// They differ in a way that is listed, by this name.
    Known(&'static str),
    Different,
}

/// Compares hearth's answer with the peer's.
pub(crate) fn verdict(operation: &str, request: &Value, ours: &Answer, theirs: &Answer) -> Verdict {
    let left = normal(request, ours);
    let right = normal(request, theirs);
    if left == right {
        return Verdict::Same;
    }
    let difference = Difference { operation, request, ours: &left, theirs: &right };
    match known::name_of(&difference) {
        Some(name) => Verdict::Known(name),
        None => Verdict::Different,
    }
}

/// An answer in the form in which two are compared.
pub(crate) fn normal(request: &Value, answer: &Answer) -> Value {
    if answer.status != 200 {
        return refusal(answer);
    }
    let mut body = answer.body.clone();
    straighten(&mut body);
    let is_ordered =
        request.get("IndexName").is_none() && request.get("ScanIndexForward").is_some();
    if !is_ordered {
        sort_list(body.get_mut("Items"));
    }
    sort_list(body.get_mut("ConsumedCapacity"));
    for by_table in ["Responses", "ItemCollectionMetrics"] {
        let tables = body.get_mut(by_table).and_then(Value::as_object_mut);
        tables.into_iter().flatten().for_each(|(_, list)| sort_list(Some(list)));
    }
    body
}

fn refusal(answer: &Answer) -> Value {
    let kind = answer.body["__type"].as_str().unwrap_or_default();
    let code = kind.rsplit('#').next().unwrap_or_default();
    let message = [&answer.body["message"], &answer.body["Message"]];
    let message = message.into_iter().find_map(Value::as_str).unwrap_or_default();
    let message = message.strip_prefix("1 validation error detected: ").unwrap_or(message);
    let item = &answer.body["Item"];
    serde_json::json!({"status": answer.status, "code": code, "message": message, "item": item})
}

fn sort_list(list: Option<&mut Value>) {
    if let Some(list) = list.and_then(Value::as_array_mut) {
        list.sort_by_key(Value::to_string);
    }
}

/// Sorts sets, and writes JSON numbers in one way: `1` and `1.0` are one.
fn straighten(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64() {
                *value = Value::from(float);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(straighten),
        Value::Object(members) => {
            for (name, member) in members {
                straighten(member);
                if ["SS", "NS", "BS"].contains(&name.as_str()) {
                    sort_list(Some(member));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
