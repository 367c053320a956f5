//! The table that the tests of Query and Scan read, with an index of each kind.
//!
//!     orders      customer (S), number (N)
//!     by_date     local: date (S); keys only
//!     by_state    global: state (S), date (S); with `note`
//!     by_place    global: country and city (S), date (S) and hour (N); everything

use serde_json::{Value, json};

use super::{Answer, Api};

impl Api {
    /// With the table `orders`, empty.
    pub(crate) fn with_orders() -> Self {
        let mut api = Self::empty();
        api.make_orders();
        api
    }

    /// Makes the table `orders`, as [`Api::with_orders`] has it.
    pub(crate) fn make_orders(&mut self) {
        let definition =
            |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
        self.db.create_table_with(&json!({
            "TableName": "orders",
            "AttributeDefinitions": [
                definition("customer", "S"), definition("number", "N"), definition("date", "S"),
                definition("state", "S"), definition("country", "S"), definition("city", "S"),
                definition("hour", "N"),
            ],
            "KeySchema": keys(&["customer"], &["number"]),
            "LocalSecondaryIndexes": [{
                "IndexName": "by_date",
                "KeySchema": keys(&["customer"], &["date"]),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by_state",
                    "KeySchema": keys(&["state"], &["date"]),
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]},
                },
                {
                    "IndexName": "by_place",
                    "KeySchema": keys(&["country", "city"], &["date", "hour"]),
                    "Projection": {"ProjectionType": "ALL"},
                },
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }));
    }

    /// With five orders of ada and three of bob; odd numbers are open, even ones done.
    pub(crate) fn with_eight_orders() -> Self {
        let mut api = Self::with_orders();
        for number in 1..=5 {
            api.db.put("orders", &order("ada", number));
        }
        for number in 1..=3 {
            api.db.put("orders", &order("bob", number));
        }
        api
    }

    /// Asks `orders`; the request names what else it wants.
    pub(crate) fn ask(&mut self, operation: &str, request: &Value) -> Answer {
        let mut request = request.clone();
        request["TableName"] = "orders".into();
        self.call(operation, &request)
    }

    /// The items of all pages, asked for until no key comes back.
    pub(crate) fn all_pages(&mut self, operation: &str, request: &Value) -> Vec<Value> {
        let mut request = request.clone();
        let mut items = Vec::new();
        for _ in 0..PAGES_MAX {
            let answer = self.ask(operation, &request).ok();
            items.extend(answer["Items"].as_array().expect("a list").iter().cloned());
            let Some(last) = answer.get("LastEvaluatedKey") else { return items };
            request["ExclusiveStartKey"] = last.clone();
        }
        panic!("more pages than items: {request}");
    }
}

/// An order as [`Api::with_eight_orders`] has it.
pub(crate) fn order(customer: &str, number: u32) -> Value {
    let state = if number % 2 == 1 { "open" } else { "done" };
    json!({
        "customer": {"S": customer},
        "number": {"N": number.to_string()},
        "date": {"S": format!("2026-0{number}")},
        "state": {"S": state},
        "note": {"S": format!("note {number}")},
        "price": {"N": (number * 10).to_string()},
    })
}

/// The request for a partition of the table, with `more` of its members.
pub(crate) fn orders_of(customer: &str, more: &Value) -> Value {
    let mut request = json!({
        "KeyConditionExpression": "customer = :customer",
        "ExpressionAttributeValues": {":customer": {"S": customer}},
    });
    merge(&mut request, more);
    request
}

/// The request for a partition of `by_state`, with `more` of its members.
pub(crate) fn in_state(state: &str, more: &Value) -> Value {
    let mut request = json!({
        "IndexName": "by_state",
        "KeyConditionExpression": "#state = :state",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":state": {"S": state}},
    });
    merge(&mut request, more);
    request
}

/// The numbers of the orders in an answer, in its order.
pub(crate) fn numbers(answer: &Value) -> Vec<String> {
    numbers_of(answer["Items"].as_array().expect("a list"))
}

/// The numbers of these orders.
pub(crate) fn numbers_of(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["number"]["N"].as_str().expect("a number").to_owned()).collect()
}

/// The key of an order in the table.
pub(crate) fn order_key(customer: &str, number: &str) -> Value {
    json!({"customer": {"S": customer}, "number": {"N": number}})
}

/// Adds members; those that are objects on both sides are joined.
fn merge(request: &mut Value, more: &Value) {
    for (name, value) in more.as_object().expect("members") {
        match (&mut request[name], value) {
            (Value::Object(there), Value::Object(new)) => there.extend(new.clone()),
            (there, new) => *there = new.clone(),
        }
    }
}

fn keys(hash: &[&str], range: &[&str]) -> Value {
    let key =
        |kind: &'static str| move |name: &&str| json!({"AttributeName": name, "KeyType": kind});
    hash.iter().map(key("HASH")).chain(range.iter().map(key("RANGE"))).collect()
}

const PAGES_MAX: usize = 100;
