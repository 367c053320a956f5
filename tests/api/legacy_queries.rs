//! `Query` and `Scan` by their older parameters.

use serde_json::{Value, json};

use super::Api;
use super::orders::{numbers, order_key};

fn test(operator: &str, values: &[Value]) -> Value {
    json!({"ComparisonOperator": operator, "AttributeValueList": values})
}

fn of_ada(more: &Value) -> Value {
    let mut request = json!({"KeyConditions": {"customer": test("EQ", &[json!({"S": "ada"})])}});
    for (name, value) in more.as_object().expect("members") {
        request[name] = value.clone();
    }
    request
}

#[test]
fn each_test_of_a_sort_key_reads_its_part() {
    let mut api = Api::with_eight_orders();
    let number = |number: &str| json!({"N": number});
    for (operator, values, expected) in [
        ("EQ", vec![number("2")], &["2"][..]),
        ("LT", vec![number("2")], &["1"]),
        ("LE", vec![number("2")], &["1", "2"]),
        ("GT", vec![number("2")], &["3", "4", "5"]),
        ("GE", vec![number("2")], &["2", "3", "4", "5"]),
        ("BETWEEN", vec![number("2"), number("4")], &["2", "3", "4"]),
    ] {
        let mut request = of_ada(&json!({}));
        request["KeyConditions"]["number"] = test(operator, &values);

        assert_eq!(numbers(&api.ask("Query", &request).ok()), expected, "{operator}");
    }
    let mut by_date = of_ada(&json!({"IndexName": "by_date"}));
    by_date["KeyConditions"]["date"] = test("BEGINS_WITH", &[json!({"S": "2026-02"})]);
    assert_eq!(numbers(&api.ask("Query", &by_date).ok()), ["2"]);
}

#[test]
fn filters_are_joined_as_the_operator_says() {
    let mut api = Api::with_eight_orders();
    let filter = json!({
        "price": test("GE", &[json!({"N": "40"})]),
        "state": test("EQ", &[json!({"S": "open"})]),
    });
    for (operator, of_ada_expected, everywhere) in
        [(None, &["5"][..], 1), (Some("AND"), &["5"], 1), (Some("OR"), &["1", "3", "4", "5"], 6)]
    {
        let mut query = of_ada(&json!({"QueryFilter": filter}));
        let mut scan = json!({"ScanFilter": filter});
        if let Some(operator) = operator {
            query["ConditionalOperator"] = operator.into();
            scan["ConditionalOperator"] = operator.into();
        }

        let found = api.ask("Query", &query).ok();
        let scanned = api.ask("Scan", &scan).ok();

        assert_eq!(numbers(&found), of_ada_expected, "{operator:?}");
        assert_eq!(found["ScannedCount"], 5);
        assert_eq!((&scanned["Count"], &scanned["ScannedCount"]), (&json!(everywhere), &json!(8)));
    }
}

#[test]
fn each_operator_filters() {
    let mut api = Api::with_orders();
    let mut item = order_key("ada", "1");
    item["s"] = json!({"S": "hello"});
    item["n"] = json!({"N": "5"});
    item["set"] = json!({"SS": ["a", "b"]});
    api.db.put("orders", &item);
    let s = |text: &str| json!({"S": text});
    for (attribute, operator, values, holds) in [
        ("s", "EQ", vec![s("hello")], true),
        ("s", "NE", vec![s("hello")], false),
        ("gone", "NE", vec![s("hello")], true),
        ("n", "LT", vec![json!({"N": "6"})], true),
        ("n", "GT", vec![s("1")], false),
        ("s", "BETWEEN", vec![s("a"), s("z")], true),
        ("s", "BEGINS_WITH", vec![s("he")], true),
        ("s", "CONTAINS", vec![s("ell")], true),
        ("set", "CONTAINS", vec![s("b")], true),
        ("set", "NOT_CONTAINS", vec![s("b")], false),
        ("gone", "NOT_CONTAINS", vec![s("b")], true),
        ("s", "IN", vec![s("x"), s("hello")], true),
        ("gone", "NULL", vec![], true),
        ("s", "NULL", vec![], false),
        ("s", "NOT_NULL", vec![], true),
        ("set", "EQ", vec![json!({"SS": ["b", "a"]})], true),
    ] {
        let request = json!({"ScanFilter": {attribute: test(operator, &values)}});

        let answer = api.ask("Scan", &request).ok();

        assert_eq!(answer["Count"], u32::from(holds), "{attribute} {operator}");
    }
}

#[test]
fn attributes_to_get_names_whole_attributes() {
    let mut api = Api::with_eight_orders();
    let names = json!({"AttributesToGet": ["note", "gone"], "Select": "SPECIFIC_ATTRIBUTES"});

    let answer = api.ask("Query", &of_ada(&names)).ok();
    let scanned = api.ask("Scan", &names).ok();

    assert_eq!(answer["Items"][0], json!({"note": {"S": "note 1"}}));
    assert_eq!(scanned["Items"][7].as_object().expect("an item").len(), 1);
}

#[test]
fn older_key_conditions_go_with_newer_filters_and_projections() {
    let mut api = Api::with_eight_orders();

    let answer = api.ask(
        "Query",
        &of_ada(&json!({
            "FilterExpression": "price > :p",
            "ProjectionExpression": "#n",
            "ExpressionAttributeNames": {"#n": "number"},
            "ExpressionAttributeValues": {":p": {"N": "30"}},
        })),
    );

    assert_eq!(answer.ok()["Items"], json!([{"number": {"N": "4"}}, {"number": {"N": "5"}}]));
}

#[test]
fn conditions_that_make_no_sense_are_refused() {
    let mut api = Api::empty();
    let invalid = "One or more parameter values were invalid";
    let s = json!({"S": "a"});
    let n = json!({"N": "1"});
    for (condition, message) in [
        (
            test("EQ", &[]),
            format!("{invalid}: Invalid number of argument(s) for the EQ ComparisonOperator"),
        ),
        (
            test("NULL", std::slice::from_ref(&s)),
            format!("{invalid}: Invalid number of argument(s) for the NULL ComparisonOperator"),
        ),
        (
            test("IN", &[s.clone(), n.clone()]),
            format!("{invalid}: AttributeValues inside AttributeValueList must be of same type"),
        ),
        (
            test("LT", &[json!({"SS": ["a"]})]),
            format!("{invalid}: ComparisonOperator LT is not valid for SS AttributeValue type"),
        ),
        (
            test("BETWEEN", &[json!({"N": "2"}), n.clone()]),
            "The BETWEEN condition was provided a range where the lower bound is greater than the \
             upper bound"
                .into(),
        ),
        (
            test("EQ", &[json!({})]),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                .into(),
        ),
    ] {
        let filters = of_ada(&json!({"QueryFilter": {"a": condition}}));
        api.ask("Query", &filters).assert_invalid(&message);
        api.ask("Scan", &json!({"ScanFilter": {"a": condition}})).assert_invalid(&message);
        api.ask("Query", &json!({"KeyConditions": {"a": condition}})).assert_invalid(&message);
    }
    api.ask("Query", &json!({"KeyConditions": {}}))
        .assert_invalid("Conditions can be of length 1 or 2 only");
    for (operator, values) in
        [("NE", vec![s.clone()]), ("CONTAINS", vec![s.clone()]), ("IN", vec![s]), ("NULL", vec![])]
    {
        api.ask("Query", &json!({"KeyConditions": {"a": test(operator, &values)}}))
            .assert_invalid("Attempted conditional constraint is not an indexable operation");
    }
}

#[test]
fn key_conditions_and_filters_that_do_not_fit_the_schema_are_refused() {
    let mut api = Api::with_orders();

    api.ask("Query", &json!({"KeyConditions": {"number": test("EQ", &[json!({"N": "1"})])}}))
        .assert_invalid("Query condition missed key schema element: customer");
    api.ask("Query", &json!({"KeyConditions": {"customer": test("LT", &[json!({"S": "a"})])}}))
        .assert_invalid("Query key condition not supported");
    api.ask("Query", &of_ada(&json!({"QueryFilter": {"number": test("NOT_NULL", &[])}})))
        .assert_invalid(
            "QueryFilter can only contain non-primary key attributes: Primary key attribute: \
             number",
        );
    let mut three = of_ada(&json!({}));
    three["KeyConditions"]["a"] = test("EQ", &[json!({"S": "a"})]);
    three["KeyConditions"]["number"] = test("EQ", &[json!({"N": "1"})]);
    api.ask("Query", &three).assert_invalid(
        "The number of query conditions (3) exceeds the number of key attributes defined in the \
         schema (2)",
    );
}
