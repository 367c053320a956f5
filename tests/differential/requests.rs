//! Random requests: every item operation, old parameters and new, right ones and wrong ones.

use serde_json::{Map, Value, json};

use crate::expressions::{Expressions, maybe_broken};
use crate::support::Rng;
use crate::tables::{SHAPES, Shape};
use crate::values::{any, attributes, pick, scalar};

/// A source of requests.
pub(crate) struct Requests {
    rng: Rng,
}

impl Requests {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed, 0) }
    }

    /// The next request and its operation.
    pub(crate) fn next(&mut self) -> (&'static str, Value) {
        let at =
            usize::try_from(self.rng.below(SHAPES.len() as u64)).expect("there are few tables");
        let shape = &SHAPES[at];
        let rng = &mut self.rng;
        match rng.below(100) {
            0..20 => ("PutItem", put(rng, shape)),
            20..45 => ("UpdateItem", update(rng, shape)),
            45..53 => ("DeleteItem", delete(rng, shape)),
            53..61 => ("GetItem", get(rng, shape)),
            61..81 => ("Query", query(rng, shape)),
            81..89 => ("Scan", scan(rng, shape)),
            89..94 => ("BatchGetItem", batch_get(rng, shape)),
            _ => ("BatchWriteItem", batch_write(rng, shape)),
        }
    }
}

/// The tables and keys that a request may have written.
pub(crate) fn written_keys(operation: &str, request: &Value) -> Vec<(Value, Value)> {
    let table = request["TableName"].clone();
    match operation {
        "PutItem" => vec![(table.clone(), key_in(&table, &request["Item"]))],
        "UpdateItem" | "DeleteItem" => vec![(table, request["Key"].clone())],
        "BatchWriteItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            let writes = tables.flat_map(|(table, writes)| {
                writes.as_array().into_iter().flatten().map(move |write| (json!(table), write))
            });
            let key = |(table, write): (Value, &Value)| {
                let put = write.get("PutRequest").map(|put| key_in(&table, &put["Item"]));
                let key = put.unwrap_or_else(|| write["DeleteRequest"]["Key"].clone());
                (table, key)
            };
            writes.map(key).collect()
        }
        _ => Vec::new(),
    }
}

fn key_in(table: &Value, item: &Value) -> Value {
    let shape = SHAPES.iter().find(|shape| *table == shape.name).expect("one of our tables");
    let keys = shape.keys.iter().map(|(name, _)| ((*name).to_owned(), item[*name].clone()));
    Value::Object(keys.collect())
}

fn put(rng: &mut Rng, shape: &Shape) -> Value {
    let mut request = json!({"TableName": shape.name, "Item": item(rng, shape)});
    options(rng, &mut request, &["NONE", "ALL_OLD"]);
    condition(rng, &mut request);
    request
}

fn delete(rng: &mut Rng, shape: &Shape) -> Value {
    let mut request = json!({"TableName": shape.name, "Key": key(rng, shape)});
    options(rng, &mut request, &["NONE", "ALL_OLD"]);
    condition(rng, &mut request);
    request
}

fn update(rng: &mut Rng, shape: &Shape) -> Value {
    let mut request = json!({"TableName": shape.name, "Key": key(rng, shape)});
    options(rng, &mut request, &["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]);
    if rng.percent(20) {
        let mut updates = Map::new();
        for name in UPDATED {
            if rng.percent(25) {
                let action = pick(rng, &["PUT", "ADD", "DELETE"]);
                let mut update = json!({"Action": action});
                if rng.percent(80) {
                    update["Value"] = any(rng, 1);
                }
                updates.insert(name.to_owned(), update);
            }
        }
        request["AttributeUpdates"] = Value::Object(updates);
        if rng.percent(40) {
            expected(rng, &mut request, "Expected");
        }
        return request;
    }
    let mut expressions = Expressions::default();
    let text = expressions.update(rng, &UPDATED);
    request["UpdateExpression"] = json!(maybe_broken(rng, text));
    if rng.percent(40) {
        let text = expressions.condition(rng, &NAMED, 2);
        request["ConditionExpression"] = json!(maybe_broken(rng, text));
    }
    expressions.put_into(rng, &mut request);
    request
}

fn get(rng: &mut Rng, shape: &Shape) -> Value {
    let mut request = json!({"TableName": shape.name, "Key": key(rng, shape)});
    request["ConsistentRead"] = json!(rng.percent(50));
    capacity(rng, &mut request);
    projection(rng, &mut request);
    request
}

fn query(rng: &mut Rng, shape: &Shape) -> Value {
    let mut request = json!({"TableName": shape.name});
    let (index, keys) = place(rng, shape);
    if let Some(index) = index {
        request["IndexName"] = json!(index);
    } else if rng.percent(30) {
        // Entries of an index may be equal, and then the sides may order them differently.
        request["Limit"] = json!(1 + rng.below(4));
    }
    request["ScanIndexForward"] = json!(rng.percent(50));
    page_options(rng, &mut request);
    if rng.percent(15) {
        let mut conditions = Map::new();
        for (at, (name, kind)) in keys.iter().enumerate() {
            let operator =
                if at == 0 { "EQ" } else { pick(rng, &["EQ", "LT", "GE", "BEGINS_WITH"]) };
            if at == 0 || rng.percent(50) {
                let values = [scalar(rng, kind)];
                let condition =
                    json!({"ComparisonOperator": operator, "AttributeValueList": values});
                conditions.insert((*name).to_owned(), condition);
            }
        }
        request["KeyConditions"] = Value::Object(conditions);
        if rng.percent(30) {
            expected(rng, &mut request, "QueryFilter");
        }
        return request;
    }
    let mut expressions = Expressions::default();
    let text = expressions.key_condition(rng, keys);
    request["KeyConditionExpression"] = json!(maybe_broken(rng, text));
    page_expressions(rng, &mut request, expressions);
    request
}

fn scan(rng: &mut Rng, shape: &Shape) -> Value {
    let mut request = json!({"TableName": shape.name});
    if let (Some(index), _) = place(rng, shape) {
        request["IndexName"] = json!(index);
    }
    page_options(rng, &mut request);
    if rng.percent(15) {
        expected(rng, &mut request, "ScanFilter");
        return request;
    }
    page_expressions(rng, &mut request, Expressions::default());
    request
}

fn batch_get(rng: &mut Rng, shape: &Shape) -> Value {
    let keys: Vec<Value> = (0..=rng.below(4)).map(|_| key(rng, shape)).collect();
    let mut table = json!({"Keys": keys, "ConsistentRead": rng.percent(50)});
    projection(rng, &mut table);
    let mut request = json!({"RequestItems": {shape.name: table}});
    capacity(rng, &mut request);
    request
}

fn batch_write(rng: &mut Rng, shape: &Shape) -> Value {
    let write = |rng: &mut Rng| {
        if rng.percent(60) {
            json!({"PutRequest": {"Item": item(rng, shape)}})
        } else {
            json!({"DeleteRequest": {"Key": key(rng, shape)}})
        }
    };
    let writes: Vec<Value> = (0..=rng.below(4)).map(|_| write(rng)).collect();
    let mut request = json!({"RequestItems": {shape.name: writes}});
    capacity(rng, &mut request);
    request
}

/// The table itself or one of its indexes, and the keys there.
fn place(
    rng: &mut Rng,
    shape: &Shape,
) -> (Option<&'static str>, &'static [(&'static str, &'static str)]) {
    if rng.percent(40) {
        return (None, shape.keys);
    }
    let (name, keys) = pick(rng, shape.indexes);
    (Some(name), keys)
}

fn page_options(rng: &mut Rng, request: &mut Value) {
    capacity(rng, request);
    if rng.percent(20) {
        request["ConsistentRead"] = json!(true);
    }
    if rng.percent(20) {
        let select = ["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES"];
        request["Select"] = json!(pick(rng, &select));
    }
}

fn page_expressions(rng: &mut Rng, request: &mut Value, mut expressions: Expressions) {
    if rng.percent(40) {
        let text = expressions.condition(rng, &NAMED, 2);
        request["FilterExpression"] = json!(maybe_broken(rng, text));
    }
    if rng.percent(25) {
        let text = expressions.projection(rng, &PROJECTED);
        request["ProjectionExpression"] = json!(maybe_broken(rng, text));
    }
    expressions.put_into(rng, request);
}

fn projection(rng: &mut Rng, request: &mut Value) {
    if rng.percent(15) {
        let names: Vec<&str> = PROJECTED.into_iter().filter(|_| rng.percent(40)).collect();
        request["AttributesToGet"] = json!(names);
        return;
    }
    if rng.percent(40) {
        let mut expressions = Expressions::default();
        let text = expressions.projection(rng, &PROJECTED);
        request["ProjectionExpression"] = json!(maybe_broken(rng, text));
        expressions.put_into(rng, request);
    }
}

fn condition(rng: &mut Rng, request: &mut Value) {
    if rng.percent(15) {
        return expected(rng, request, "Expected");
    }
    if rng.percent(40) {
        let mut expressions = Expressions::default();
        let text = expressions.condition(rng, &NAMED, 2);
        request["ConditionExpression"] = json!(maybe_broken(rng, text));
        expressions.put_into(rng, request);
    }
}

/// Conditions in the older form, as that member.
fn expected(rng: &mut Rng, request: &mut Value, member: &str) {
    let mut conditions = Map::new();
    for name in NAMED {
        if !rng.percent(20) {
            continue;
        }
        let operator = pick(
            rng,
            &[
                "EQ",
                "NE",
                "LT",
                "LE",
                "GT",
                "GE",
                "BETWEEN",
                "IN",
                "NULL",
                "NOT_NULL",
                "CONTAINS",
                "NOT_CONTAINS",
                "BEGINS_WITH",
            ],
        );
        let count = match operator {
            "NULL" | "NOT_NULL" => 0,
            "BETWEEN" => 2,
            "IN" => 1 + rng.below(2),
            _ => 1,
        };
        let kind = pick(rng, &["S", "N"]);
        let values: Vec<Value> = (0..count).map(|_| scalar(rng, kind)).collect();
        let mut condition = json!({"ComparisonOperator": operator});
        if count > 0 {
            condition["AttributeValueList"] = json!(values);
        }
        conditions.insert(name.to_owned(), condition);
    }
    if conditions.len() > 1 && rng.percent(40) {
        request["ConditionalOperator"] = json!(pick(rng, &["AND", "OR"]));
    }
    request[member] = Value::Object(conditions);
}

fn options(rng: &mut Rng, request: &mut Value, returns: &[&str]) {
    capacity(rng, request);
    if rng.percent(50) {
        request["ReturnValues"] = json!(pick(rng, returns));
    }
    if rng.percent(30) {
        request["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
    }
    if rng.percent(20) {
        request["ReturnItemCollectionMetrics"] = json!("SIZE");
    }
}

fn capacity(rng: &mut Rng, request: &mut Value) {
    if rng.percent(30) {
        request["ReturnConsumedCapacity"] = json!(pick(rng, &["TOTAL", "INDEXES", "NONE"]));
    }
}

fn item(rng: &mut Rng, shape: &Shape) -> Value {
    let mut item = attributes(rng, &["n", "s", "l", "m", "set"], 2);
    for name in ["ga", "gb", "la"] {
        if rng.percent(70) {
            let kind = if rng.percent(3) { "NULL" } else { index_kind(name) };
            item.insert(name.to_owned(), scalar(rng, kind));
        }
    }
    for (name, kind) in shape.keys {
        if rng.percent(99) {
            item.insert((*name).to_owned(), scalar(rng, kind));
        }
    }
    Value::Object(item)
}

fn key(rng: &mut Rng, shape: &Shape) -> Value {
    let mut key = Map::new();
    for (name, kind) in shape.keys {
        if rng.percent(99) {
            let kind = if rng.percent(99) { kind } else { "BOOL" };
            key.insert((*name).to_owned(), scalar(rng, kind));
        }
    }
    Value::Object(key)
}

fn index_kind(name: &str) -> &'static str {
    if name == "gb" { "N" } else { "S" }
}

/// Attributes that conditions and filters name.
const NAMED: [&str; 8] = ["n", "s", "l", "m", "set", "gb", "la", "sk"];
/// Attributes that updates name; a key among them now and then.
const UPDATED: [&str; 8] = ["n", "s", "l", "m", "set", "ga", "gb", "la"];
/// Attributes that projections name.
const PROJECTED: [&str; 7] = ["pk", "n", "s", "l", "m", "set", "ga"];
