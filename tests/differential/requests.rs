//! Random requests: every item operation, old parameters and new, right ones and wrong ones.

use serde_json::{Map, Value, json};

use crate::expressions::{Expressions, maybe_broken};
use crate::support::Rng;
use crate::tables::{Index, PLAIN, SHAPES, Shape};
use crate::values::{any, attributes, bounds, kind_of, pick, scalar, usual};

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
            0..22 => ("PutItem", put(rng, shape)),
            22..48 => ("UpdateItem", update(rng, shape)),
            48..53 => ("DeleteItem", delete(rng, shape)),
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
                updates.insert((*name).to_owned(), legacy_update(rng, name));
            }
        }
        request["AttributeUpdates"] = Value::Object(updates);
        if rng.percent(40) {
            expected(rng, &mut request, "Expected", NAMED);
        }
        return request;
    }
    let mut expressions = Expressions::default();
    let names = if rng.percent(1) { &["pk", "n"] } else { UPDATED };
    let text = expressions.update(rng, names);
    request["UpdateExpression"] = json!(maybe_broken(rng, text));
    if rng.percent(40) {
        let text = expressions.condition(rng, NAMED, 2);
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
    let index = place(rng, shape);
    let keys = index.map_or(shape.keys, |index| index.keys);
    if let Some(index) = index {
        request["IndexName"] = json!(index.name);
    } else if rng.percent(40) {
        // Entries of an index may be equal, and then the sides may order them differently.
        request["Limit"] = json!(1 + rng.below(4));
    }
    if rng.percent(80) || index.is_none() {
        request["ScanIndexForward"] = json!(rng.percent(50));
    }
    page_options(rng, &mut request, index);
    let nameable = nameable(rng, shape, index);
    if rng.percent(15) {
        let partition = legacy_keys(rng, &mut request, keys);
        if rng.percent(30) {
            expected(rng, &mut request, "QueryFilter", nameable);
        }
        if rng.percent(20) {
            attributes_to_get(rng, &mut request, nameable);
        }
        if index.is_none() {
            start_key(rng, &mut request, shape, partition);
        }
        return request;
    }
    let mut expressions = Expressions::default();
    let (text, partition) = expressions.key_condition(rng, keys);
    request["KeyConditionExpression"] = json!(maybe_broken(rng, text));
    page_expressions(rng, &mut request, expressions, nameable);
    if index.is_none() {
        start_key(rng, &mut request, shape, partition);
    }
    request
}

fn scan(rng: &mut Rng, shape: &Shape) -> Value {
    let mut request = json!({"TableName": shape.name});
    let index = place(rng, shape);
    if let Some(index) = index {
        request["IndexName"] = json!(index.name);
    }
    page_options(rng, &mut request, index);
    let nameable = nameable(rng, shape, index);
    if rng.percent(15) {
        expected(rng, &mut request, "ScanFilter", nameable);
        if rng.percent(20) {
            attributes_to_get(rng, &mut request, nameable);
        }
        return request;
    }
    page_expressions(rng, &mut request, Expressions::default(), nameable);
    request
}

fn batch_get(rng: &mut Rng, shape: &Shape) -> Value {
    let mut tables = Map::new();
    for shape in some_shapes(rng, shape) {
        let mut keys: Vec<Value> = (0..=rng.below(4)).map(|_| key(rng, shape)).collect();
        if rng.percent(90) {
            let mut seen = Vec::new();
            keys.retain(|key| is_new(&mut seen, key));
        }
        let mut table = json!({"Keys": keys, "ConsistentRead": rng.percent(50)});
        projection(rng, &mut table);
        tables.insert(shape.name.to_owned(), table);
    }
    let mut request = json!({"RequestItems": tables});
    capacity(rng, &mut request);
    request
}

fn batch_write(rng: &mut Rng, shape: &Shape) -> Value {
    let mut tables = Map::new();
    for shape in some_shapes(rng, shape) {
        let is_careful = rng.percent(90);
        let mut seen = Vec::new();
        let mut writes = Vec::new();
        for _ in 0..=rng.below(4) {
            let (key, write) = if rng.percent(60) {
                let item = item(rng, shape);
                let key = key_in(&json!(shape.name), &item);
                (key, json!({"PutRequest": {"Item": item}}))
            } else {
                let key = key(rng, shape);
                (key.clone(), json!({"DeleteRequest": {"Key": key}}))
            };
            if is_new(&mut seen, &key) || !is_careful {
                writes.push(write);
            }
        }
        tables.insert(shape.name.to_owned(), json!(writes));
    }
    let mut request = json!({"RequestItems": tables});
    capacity(rng, &mut request);
    metrics(rng, &mut request);
    request
}

/// The table, and now and then another one.
fn some_shapes<'a>(rng: &mut Rng, shape: &'a Shape) -> Vec<&'a Shape> {
    let mut shapes = vec![shape];
    if rng.percent(20) {
        let others = SHAPES.iter().filter(|other| other.name != shape.name).collect::<Vec<_>>();
        shapes.push(pick(rng, &others));
    }
    shapes
}

/// Whether no key before was written in the same way.
fn is_new(seen: &mut Vec<Value>, key: &Value) -> bool {
    let is_new = !seen.contains(key);
    seen.push(key.clone());
    is_new
}

/// One of the table's indexes, or else the table itself.
fn place(rng: &mut Rng, shape: &Shape) -> Option<Index> {
    if rng.percent(40) { None } else { Some(pick(rng, shape.indexes)) }
}

/// The attributes that filters and projections name there; any at all now and then.
fn nameable(rng: &mut Rng, shape: &Shape, index: Option<Index>) -> &'static [&'static str] {
    if rng.percent(4) {
        return NAMED;
    }
    match index {
        Some(index) => index.nameable,
        None if shape.indexes.iter().any(|index| !index.is_global) => &["n", "s", "l", "m", "la"],
        None => PLAIN,
    }
}

fn page_options(rng: &mut Rng, request: &mut Value, index: Option<Index>) {
    capacity(rng, request);
    let is_global = index.is_some_and(|index| index.is_global);
    if rng.percent(if is_global { 2 } else { 30 }) {
        request["ConsistentRead"] = json!(true);
    }
    if rng.percent(20) {
        let select = match index {
            _ if rng.percent(10) => "SPECIFIC_ATTRIBUTES",
            Some(_) => pick(rng, &["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT"]),
            None if rng.percent(5) => "ALL_PROJECTED_ATTRIBUTES",
            None => pick(rng, &["ALL_ATTRIBUTES", "COUNT"]),
        };
        request["Select"] = json!(select);
    }
}

fn page_expressions(
    rng: &mut Rng,
    request: &mut Value,
    mut expressions: Expressions,
    nameable: &[&str],
) {
    if rng.percent(40) {
        let text = expressions.condition(rng, nameable, 2);
        request["FilterExpression"] = json!(maybe_broken(rng, text));
    }
    if rng.percent(25) {
        let text = expressions.projection(rng, nameable);
        request["ProjectionExpression"] = json!(maybe_broken(rng, text));
        if request.get("Select").is_some() && rng.percent(80) {
            request["Select"] = json!("SPECIFIC_ATTRIBUTES");
        }
    }
    expressions.put_into(rng, request);
}

/// Key conditions in the older form; the value of the partition key is given back.
fn legacy_keys(rng: &mut Rng, request: &mut Value, keys: &[(&str, &str)]) -> Value {
    let mut conditions = Map::new();
    let mut partition = Value::Null;
    for (at, (name, kind)) in keys.iter().enumerate() {
        let operators = ["EQ", "LT", "LE", "GT", "GE", "BETWEEN", "BEGINS_WITH"];
        let operator = match at {
            0 => "EQ",
            _ if *kind == "N" && rng.percent(95) => pick(rng, &operators[..6]),
            _ => pick(rng, &operators),
        };
        if at > 0 && rng.percent(50) {
            continue;
        }
        let values = if operator == "BETWEEN" {
            <[Value; 2]>::from(bounds(rng, kind)).to_vec()
        } else {
            vec![scalar(rng, kind)]
        };
        if at == 0 {
            partition = values[0].clone();
        }
        let condition = json!({"ComparisonOperator": operator, "AttributeValueList": values});
        conditions.insert((*name).to_owned(), condition);
    }
    request["KeyConditions"] = Value::Object(conditions);
    partition
}

/// Begins now and then behind a place in the partition, whether or not there is an item.
fn start_key(rng: &mut Rng, request: &mut Value, shape: &Shape, partition: Value) {
    if !rng.percent(20) {
        return;
    }
    let mut start = key(rng, shape);
    if rng.percent(95) {
        start[shape.keys[0].0] = partition;
    }
    request["ExclusiveStartKey"] = start;
}

fn attributes_to_get(rng: &mut Rng, request: &mut Value, names: &[&str]) {
    let names: Vec<&str> = names.iter().copied().filter(|_| rng.percent(60)).collect();
    if !names.is_empty() || rng.percent(5) {
        request["AttributesToGet"] = json!(names);
    }
}

fn projection(rng: &mut Rng, request: &mut Value) {
    if rng.percent(15) {
        return attributes_to_get(rng, request, PROJECTED);
    }
    if rng.percent(40) {
        let mut expressions = Expressions::default();
        let text = expressions.projection(rng, PROJECTED);
        request["ProjectionExpression"] = json!(maybe_broken(rng, text));
        expressions.put_into(rng, request);
    }
}

fn condition(rng: &mut Rng, request: &mut Value) {
    if rng.percent(15) {
        return expected(rng, request, "Expected", NAMED);
    }
    if rng.percent(40) {
        let mut expressions = Expressions::default();
        let text = expressions.condition(rng, NAMED, 2);
        request["ConditionExpression"] = json!(maybe_broken(rng, text));
        expressions.put_into(rng, request);
    }
}

/// Conditions in the older form, as that member.
fn expected(rng: &mut Rng, request: &mut Value, member: &str, names: &[&str]) {
    let mut conditions = Map::new();
    for name in names {
        if rng.percent(20) {
            conditions.insert((*name).to_owned(), legacy_condition(rng, name, member));
        }
    }
    if conditions.is_empty() && rng.percent(95) {
        return;
    }
    if conditions.len() > 1 && rng.percent(40) {
        request["ConditionalOperator"] = json!(pick(rng, &["AND", "OR"]));
    }
    request[member] = Value::Object(conditions);
}

fn legacy_condition(rng: &mut Rng, name: &str, member: &str) -> Value {
    if member == "Expected" && rng.percent(30) {
        return match rng.below(3) {
            0 => json!({"Exists": false}),
            1 => json!({"Exists": true, "Value": usual(rng, kind_of(name), 1)}),
            _ => json!({"Value": usual(rng, kind_of(name), 1)}),
        };
    }
    let operators = [
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
    ];
    let operator = pick(rng, &operators);
    let kind = match (kind_of(name), operator) {
        ("N", "BEGINS_WITH") => "S",
        ("N", _) => "N",
        _ => "S",
    };
    let values = match operator {
        "NULL" | "NOT_NULL" => return json!({"ComparisonOperator": operator}),
        "BETWEEN" => <[Value; 2]>::from(bounds(rng, kind)).to_vec(),
        "IN" => (0..=rng.below(2)).map(|_| scalar(rng, kind)).collect(),
        "EQ" | "NE" => vec![usual(rng, kind_of(name), 1)],
        _ if rng.percent(3) => vec![any(rng, 1)],
        _ => vec![scalar(rng, kind)],
    };
    json!({"ComparisonOperator": operator, "AttributeValueList": values})
}

fn legacy_update(rng: &mut Rng, name: &str) -> Value {
    let kind = kind_of(name);
    match rng.below(10) {
        0 => json!({"Action": "DELETE"}),
        1 => json!({"Action": "DELETE", "Value": usual(rng, "SS", 1)}),
        2 | 3 if kind != "S" && kind != "M" => {
            json!({"Action": "ADD", "Value": usual(rng, kind, 1)})
        }
        4 if rng.percent(20) => json!({"Action": pick(rng, &["PUT", "ADD", "DELETE"])}),
        5 => json!({"Value": usual(rng, kind, 1)}),
        _ => json!({"Action": "PUT", "Value": usual(rng, kind, 1)}),
    }
}

fn options(rng: &mut Rng, request: &mut Value, returns: &[&str]) {
    capacity(rng, request);
    if rng.percent(50) {
        request["ReturnValues"] = json!(pick(rng, returns));
    }
    if rng.percent(30) {
        request["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
    }
    metrics(rng, request);
}

fn metrics(rng: &mut Rng, request: &mut Value) {
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
            let kind = if rng.percent(3) { "NULL" } else { kind_of(name) };
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

/// Attributes that conditions name.
const NAMED: &[&str] = &["n", "s", "l", "m", "set", "gb", "la", "sk"];
/// Attributes that updates name.
const UPDATED: &[&str] = &["n", "n", "s", "l", "l", "m", "m", "set", "set", "ga", "gb", "la"];
/// Attributes that projections name.
const PROJECTED: &[&str] = &["pk", "n", "s", "l", "m", "set", "ga"];
