//! `ExecuteStatement`: reads. Writes are in `statement_writes.rs`.

use serde_json::{Value, json};

use super::orders::numbers_of;
use super::{Answer, Api, NOT_NULL, member, one, several};

impl Api {
    /// Carries out a statement.
    pub(crate) fn run(&mut self, statement: &str) -> Answer {
        self.run_with(statement, &json!({}))
    }

    /// The same, with other members of the request.
    pub(crate) fn run_with(&mut self, statement: &str, more: &Value) -> Answer {
        let mut request = more.clone();
        request["Statement"] = statement.into();
        self.call("ExecuteStatement", &request)
    }

    /// What a statement answers.
    pub(crate) fn items_of(&mut self, statement: &str) -> Vec<Value> {
        let answer = self.run(statement).ok();
        assert_eq!(answer.as_object().map(serde_json::Map::len), Some(1), "{statement}: {answer}");
        answer["Items"].as_array().expect("a list").clone()
    }

    /// The numbers of the orders that a statement finds.
    fn found(&mut self, statement: &str) -> Vec<String> {
        numbers_of(&self.items_of(statement))
    }

    /// The items of all pages of this request, and how many there are.
    fn paged(&mut self, statement: &str, more: &Value) -> (Vec<Value>, usize) {
        let (mut items, mut more) = (Vec::new(), more.clone());
        for page in 1..100 {
            let answer = self.run_with(statement, &more).ok();
            items.extend(answer["Items"].as_array().expect("a list").iter().cloned());
            match answer.get("NextToken") {
                None => return (items, page),
                Some(next) => more["NextToken"] = next.clone(),
            }
        }
        panic!("{statement} has no end");
    }
}

#[test]
fn keys_find_items_partitions_and_everything() {
    let mut api = Api::with_eight_orders();
    for (condition, expected) in [
        ("customer = 'ada' AND number = 2", &["2"][..]),
        ("2 = number AND 'ada' = customer AND price = 20", &["2"]),
        ("customer = 'ada' AND number = 2 AND price = 21", &[]),
        ("customer = 'ada' AND number = 9", &[]),
        ("customer = 'ada'", &["1", "2", "3", "4", "5"]),
        ("customer = 'ada' AND number > 3", &["4", "5"]),
        ("customer = 'ada' AND number > 1 AND number < 4", &["2", "3"]),
        ("customer = 'ada' AND number BETWEEN 2 AND 3", &["2", "3"]),
        ("customer = 'ada' AND number <> 3", &["1", "2", "4", "5"]),
        ("customer = 'ada' AND NOT number = 3", &["1", "2", "4", "5"]),
        ("customer = 'ada' AND number IN [5, 1, 9]", &["1", "5"]),
        ("customer = 'ada' AND (number = 4 OR number = 2)", &["2", "4"]),
        ("customer = 'ada' AND (price = 10 OR state = 'done')", &["1", "2", "4"]),
        ("customer = 'ada' AND number = 1 OR customer = 'bob' AND number > 2", &["1", "3"]),
        ("customer = 'nobody'", &[]),
    ] {
        let found = api.found(&format!("SELECT * FROM orders WHERE {condition}"));
        assert_eq!(found, expected, "{condition}");
    }
    for (condition, count) in [
        ("price >= 30", 4),
        ("customer > 'ada'", 3),
        ("customer = 'bob' OR price = 10", 4),
        ("note IS MISSING", 0),
        ("attribute_exists(note) AND begins_with(note, 'note')", 8),
        ("NOT nope = 'x'", 8),
        ("nope IS NOT MISSING", 0),
    ] {
        let found = api.items_of(&format!("SELECT * FROM orders WHERE {condition}"));
        assert_eq!(found.len(), count, "{condition}");
    }
    assert_eq!(api.items_of("SELECT * FROM \"orders\";").len(), 8);
    assert_eq!(api.items_of("SELECT * FROM orders WHERE customer IN ['bob', 'ada']").len(), 8);
}

#[test]
fn columns_are_named_by_the_last_step_of_their_paths() {
    let mut api = Api::with_users();
    api.put_user(&json!({
        "id": {"S": "7"}, "name": {"S": "Ada"}, "l": {"L": [{"N": "1"}, {"N": "2"}]},
        "m": {"M": {"k": {"S": "deep"}, "l": {"L": [{"M": {"x": {"N": "3"}}}]}}},
    }))
    .ok();
    for (columns, expected) in [
        ("name", json!({"name": {"S": "Ada"}})),
        ("m.k", json!({"k": {"S": "deep"}})),
        ("l[1], m.l[0].x", json!({"l[1]": {"N": "2"}, "x": {"N": "3"}})),
        ("id, id, nope", json!({"id": {"S": "7"}})),
        ("nope", json!({})),
    ] {
        for condition in ["id = '7'", "name = 'Ada'"] {
            let statement = format!("SELECT {columns} FROM users WHERE {condition}");
            assert_eq!(
                api.items_of(&statement)[..],
                *std::slice::from_ref(&expected),
                "{statement}"
            );
        }
    }
}

#[test]
fn parameters_stand_for_values_of_every_type() {
    let mut api = Api::with_users();
    let bytes = json!({"B": "AQID"});
    api.put_user(&json!({"id": {"S": "7"}, "b": bytes, "ss": {"SS": ["x", "y"]}})).ok();
    let ask = |statement: &str, parameters: Value| {
        (statement.to_owned(), json!({"Parameters": parameters}))
    };
    for (statement, more) in [
        ask("SELECT * FROM users WHERE id = ?", json!([{"S": "7"}])),
        ask("SELECT * FROM users WHERE b = ? AND id = ?", json!([bytes, {"S": "7"}])),
        ask("SELECT * FROM users WHERE ss = ?", json!([{"SS": ["y", "x"]}])),
        ask("SELECT * FROM users WHERE id IN ?", json!([{"L": [{"S": "7"}]}])),
    ] {
        let answer = api.run_with(&statement, &more).ok();
        assert_eq!(answer["Items"].as_array().map(Vec::len), Some(1), "{statement}");
    }
    let count = "Number of parameters in request and statement don't match.";
    api.run("SELECT * FROM users WHERE id = ?").assert_invalid(count);
    api.run_with("SELECT * FROM users", &json!({"Parameters": [{"S": "7"}]})).assert_invalid(count);
    api.run_with("SELECT * FROM users WHERE id = ?", &json!({"Parameters": [{"N": "abc"}]}))
        .assert_invalid("The parameter cannot be converted to a numeric value: abc");
}

#[test]
fn an_order_is_that_of_keys_in_either_direction() {
    let mut api = Api::with_eight_orders();
    for (clause, expected) in [
        ("WHERE customer = 'bob' ORDER BY number DESC", &["3", "2", "1"][..]),
        ("WHERE customer = 'bob' ORDER BY number", &["1", "2", "3"]),
        ("WHERE customer = 'bob' ORDER BY customer DESC", &["1", "2", "3"]),
        (
            "WHERE customer IN ['ada', 'bob'] AND number < 3 ORDER BY customer DESC, number DESC",
            &["2", "1", "2", "1"],
        ),
        ("WHERE customer = 'ada' AND number IN [1, 4, 2] ORDER BY number DESC", &["4", "2", "1"]),
    ] {
        assert_eq!(api.found(&format!("SELECT * FROM orders {clause}")), expected, "{clause}");
    }
    let first = api.items_of(
        "SELECT customer FROM orders WHERE customer IN ['ada', 'bob'] ORDER BY customer DESC",
    );
    assert_eq!(first[0], json!({"customer": {"S": "bob"}}));
    let by_date = "SELECT * FROM orders.by_date WHERE customer = 'bob' ORDER BY \"date\" DESC";
    assert_eq!(api.found(by_date), ["3", "2", "1"]);
    api.run("SELECT * FROM orders WHERE customer = 'bob' ORDER BY price")
        .assert_invalid("Attribute price in ORDER BY clause must be part of the primary key");
    api.run("SELECT * FROM orders ORDER BY number")
        .assert_invalid("Must have WHERE clause in the statement when using ORDER BY clause.");
}

#[test]
fn indexes_are_read_as_they_hold_items() {
    let mut api = Api::with_eight_orders();
    let open = api.items_of("SELECT * FROM \"orders\".\"by_state\" WHERE state = 'open'");
    assert_eq!(open.len(), 5);
    assert!(open[0].get("note").is_some() && open[0].get("price").is_none());

    let dates = api.items_of("SELECT * FROM orders.by_date WHERE customer = 'ada'");
    assert_eq!(dates.len(), 5);
    assert!(dates[0].get("note").is_none(), "a local index answers what it holds");
    let fetched = api.items_of("SELECT note FROM orders.by_date WHERE customer = 'ada'");
    assert_eq!(fetched[0], json!({"note": {"S": "note 1"}}));

    // What an index does not hold is missing in what need not hold, or in a scan.
    assert_eq!(api.items_of("SELECT * FROM orders.by_state WHERE price = 10").len(), 0);
    assert_eq!(api.items_of("SELECT * FROM orders.by_state WHERE NOT price = 10").len(), 8);
    let prefix = "One or more parameter values were invalid:";
    for (statement, message) in [
        (
            "SELECT price, customer, total FROM orders.by_state WHERE state = 'open'",
            format!("{prefix} Global secondary index by_state does not project [price, total]"),
        ),
        (
            "SELECT price FROM orders.by_state",
            format!("{prefix} Global secondary index by_state does not project [price]"),
        ),
        (
            "SELECT * FROM orders.by_state WHERE state = 'open' AND NOT price = 1",
            format!(
                "{prefix} Secondary index by_state does not project one or more filter \
                 attributes: [price]"
            ),
        ),
        (
            "SELECT * FROM orders.by_date WHERE customer = 'ada' AND price = 1",
            format!(
                "{prefix} Secondary index by_date does not project one or more filter attributes: \
                 [price]"
            ),
        ),
        ("SELECT * FROM orders.nope", "The table does not have the specified index".to_owned()),
        ("SELECT * FROM orders.orders", "The table does not have the specified index".to_owned()),
        (
            "SELECT * FROM orders.by_place",
            "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or \
             multi-attribute RANGE keys."
                .to_owned(),
        ),
    ] {
        api.run(statement).assert_invalid(&message);
    }
    let consistent = json!({"ConsistentRead": true});
    let strong = api.run_with("SELECT * FROM orders.by_state", &consistent);
    strong.assert_invalid("Strongly consistent read is not supported on Global Secondary Indexes");
    let local = "SELECT * FROM orders.by_date WHERE customer = 'ada'";
    assert_eq!(api.run_with(local, &consistent).ok()["Items"].as_array().map(Vec::len), Some(5));
}

#[test]
fn pages_of_any_size_have_the_same_items_once() {
    let mut api = Api::with_eight_orders();
    for statement in [
        "SELECT * FROM orders",
        "SELECT * FROM orders WHERE price > 10",
        "SELECT * FROM orders WHERE customer = 'ada'",
        "SELECT * FROM orders WHERE customer = 'ada' ORDER BY number DESC",
        "SELECT * FROM orders WHERE customer IN ['bob', 'ada', 'nobody'] AND number > 1",
        "SELECT * FROM orders WHERE customer = 'ada' AND number IN [1, 3, 5, 7]",
        "SELECT * FROM orders WHERE customer = 'ada' AND number = 2",
        "SELECT note FROM orders.by_date WHERE customer = 'ada'",
        "SELECT * FROM orders.by_state WHERE state = 'open'",
    ] {
        let (whole, _) = api.paged(statement, &json!({}));
        for limit in [1, 2, 3, 8] {
            let (paged, _) = api.paged(statement, &json!({"Limit": limit}));
            assert_eq!(paged, whole, "{statement} by {limit}");
        }
    }
    let cut = api.run_with("SELECT * FROM orders WHERE customer = 'ada'", &json!({"Limit": 2}));
    let cut = cut.ok();
    assert_eq!(cut["LastEvaluatedKey"], json!({"customer": {"S": "ada"}, "number": {"N": "2"}}));
    assert!(cut["NextToken"].is_string());
}

#[test]
fn pages_of_a_list_of_partitions_are_short() {
    let mut api = Api::with_users();
    let ids: Vec<String> = (0..25).map(|id| format!("'{id}'")).collect();
    for id in 0..25 {
        api.put_user(&json!({"id": {"S": id.to_string()}})).ok();
    }

    let statement = format!("SELECT * FROM users WHERE id IN [{}]", ids.join(", "));
    let (items, pages) = api.paged(&statement, &json!({}));

    assert_eq!((items.len(), pages), (25, 3));
    let first = api.run(&statement).ok();
    assert_eq!(first["Items"].as_array().map(Vec::len), Some(10));
}

#[test]
fn a_token_is_good_for_its_statement_and_survives_a_restart_and_its_item() {
    let mut api = Api::with_eight_orders();
    let statement = "SELECT * FROM orders WHERE customer = ?";
    let of = |customer: &str| json!({"Parameters": [{"S": customer}], "Limit": 2});
    let with = |next: &Value, mut more: Value| {
        more["NextToken"] = next.clone();
        more
    };
    let next = api.run_with(statement, &of("ada")).ok()["NextToken"].clone();

    let other = "NextToken does not match request";
    api.run_with(statement, &with(&next, of("bob"))).assert_invalid(other);
    api.run_with(&format!("{statement} "), &with(&next, of("ada"))).assert_invalid(other);
    api.run_with(statement, &with(&"abc".into(), of("ada"))).assert_invalid("Invalid NextToken");
    let mut damaged = next.as_str().expect("a text").to_owned();
    damaged.insert_str(0, "AAAA");
    api.run_with(statement, &with(&damaged.into(), of("ada"))).assert_invalid("Invalid NextToken");
    api.run_with("DELETE FROM orders WHERE customer = 'x' AND number = 1", &with(&next, json!({})))
        .assert_invalid(other);

    api.restart();
    api.run("DELETE FROM orders WHERE customer = 'ada' AND number = 2").ok();
    // Limit and consistency are no part of what a token is of.
    let more = with(&next, json!({"Parameters": [{"S": "ada"}], "ConsistentRead": true}));
    let rest = api.run_with(statement, &more).ok();
    assert_eq!(numbers_of(rest["Items"].as_array().expect("a list")), ["3", "4", "5"]);

    // A table of the same name is another.
    api.call("DeleteTable", &json!({"TableName": "orders"})).ok();
    let gone = api.run_with(statement, &with(&next, of("ada")));
    gone.assert_refused("ResourceNotFoundException", "Requested resource not found");
    api.make_orders();
    api.run_with(statement, &with(&next, of("ada"))).assert_invalid(other);
}

#[test]
fn reads_are_charged_for_what_they_walk() {
    let mut api = Api::with_eight_orders();
    let mut units = |statement: &str, consistent: bool| {
        let more = json!({"ReturnConsumedCapacity": "INDEXES", "ConsistentRead": consistent});
        api.run_with(statement, &more).ok()["ConsumedCapacity"].clone()
    };
    let of_table = |units: f64| {
        let table = json!({"CapacityUnits": units});
        json!({"TableName": "orders", "CapacityUnits": units, "Table": table})
    };

    let item = "SELECT * FROM orders WHERE customer = 'ada' AND number = 1";
    assert_eq!(units(item, false), of_table(0.5));
    assert_eq!(units(item, true), of_table(1.0));
    assert_eq!(units("SELECT * FROM orders WHERE customer = 'nobody'", false), of_table(0.5));
    assert_eq!(units("SELECT * FROM orders WHERE price = 7", false), of_table(0.5));
    let two = "SELECT * FROM orders WHERE customer IN ['ada', 'bob']";
    assert_eq!(units(two, false), of_table(1.0));
    assert_eq!(
        units("SELECT note FROM orders.by_date WHERE customer = 'bob'", false),
        json!({
            "TableName": "orders", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 1.5},
            "LocalSecondaryIndexes": {"by_date": {"CapacityUnits": 0.5}},
        })
    );
    assert_eq!(
        units("SELECT * FROM orders.by_state WHERE state = 'open'", false),
        json!({
            "TableName": "orders", "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.0},
            "GlobalSecondaryIndexes": {"by_state": {"CapacityUnits": 0.5}},
        })
    );
}

#[test]
fn an_item_comes_from_the_cache_and_a_page_does_not() {
    let mut api = Api::with_users();
    api.put_user(&json!({"id": {"S": "7"}})).ok();
    let mut told =
        |statement: &str| api.db.explain("ExecuteStatement", &json!({"Statement": statement})).1;

    assert_eq!(told("SELECT * FROM users WHERE id = '7'"), "hit");
    assert_eq!(told("SELECT * FROM users"), "bypass; why=statement");
}

#[test]
fn a_request_that_is_wrong_by_itself_is_refused() {
    let mut api = Api::empty();
    let missing = one(&member("null", "statement", NOT_NULL));
    api.call("ExecuteStatement", &json!({})).assert_invalid(&missing);
    let long = "x".repeat(8193);
    let at_most = "Member must have length less than or equal to 8192";
    // What is shown of a value is cut.
    let shown = format!("'{}...", "x".repeat(8191));
    api.run(&long).assert_invalid(&one(&member(&shown, "statement", at_most)));
    let fits = format!("SELECT * FROM nope{}", " ".repeat(8192 - 18));
    api.run(&fits).assert_refused("ResourceNotFoundException", "Requested resource not found");
    let answer =
        api.run_with("", &json!({"Parameters": [], "Limit": 0, "ReturnConsumedCapacity": "X"}));
    answer.assert_invalid(&several(&[
        member("''", "statement", "Member must have length greater than or equal to 1"),
        member("'[]'", "parameters", "Member must have length greater than or equal to 1"),
        member(
            "'X'",
            "returnConsumedCapacity",
            "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        ),
        member("'0'", "limit", "Member must have value greater than or equal to 1"),
    ]));
    let well_formed = "Statement wasn't well formed, can't be processed: ";
    for (statement, message) in [
        ("SELECT * FROM nope WHERE", format!("{well_formed}Unexpected term")),
        ("SELECT * FROM nope #", well_formed.to_owned()),
        ("SELECT * FROM nope WHERE a < TRUE", ORDERED.to_owned()),
        ("SELECT * FROM nope AS x", "Aliasing is not supported".to_owned()),
        ("x IS NULL", "Unsupported operation: IsType".to_owned()),
    ] {
        api.run(statement).assert_invalid(&message);
    }
    for statement in ["SELECT * FROM nope", "SELECT * FROM \"no table's name\"", "SELECT * FROM a"]
    {
        let refused = api.run(statement);
        refused.assert_refused("ResourceNotFoundException", "Requested resource not found");
    }
}

#[test]
fn keys_must_be_of_the_tables_types_and_not_empty() {
    let mut api = Api::with_eight_orders();
    for (condition, message) in [
        (
            "customer = 1",
            "Key attribute's data type should match its data type in table's schema: Key customer",
        ),
        (
            "customer = 'a' AND number > 'x'",
            "Key attribute's data type should match its data type in table's schema: Key number",
        ),
        (
            "customer = NULL",
            "Key value must be of type S, N, or B. Key name: customer, Key type: NULL",
        ),
        (
            "customer = ''",
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: customer",
        ),
        (
            "customer = 'a' AND number > 1 OR customer = 'a' AND number = 2",
            "Overlapping conditions with range keys are not supported in where clause",
        ),
    ] {
        api.run(&format!("SELECT * FROM orders WHERE {condition}")).assert_invalid(message);
    }
}

const ORDERED: &str = "Incorrect operand type for operator or function; operator or function: <, \
     operand type: BOOL";
