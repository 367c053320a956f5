//! `Scan`: everything, in segments and pages, and its refusals.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Api;
use super::orders::{numbers, order_key};
use super::{member, one, several};

fn all_keys() -> BTreeSet<String> {
    let of = |customer: &'static str, last: u32| {
        (1..=last).map(move |number| order_key(customer, &number.to_string()).to_string())
    };
    of("ada", 5).chain(of("bob", 3)).collect()
}

fn keys_of(items: &[Value]) -> Vec<String> {
    let key = |item: &Value| json!({"customer": item["customer"], "number": item["number"]});
    items.iter().map(|item| key(item).to_string()).collect()
}

#[test]
fn a_scan_reads_everything_once() {
    let mut api = Api::with_eight_orders();

    let whole = api.ask("Scan", &json!({})).ok();

    let keys = keys_of(whole["Items"].as_array().expect("a list"));
    assert_eq!(keys.len(), 8);
    assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), all_keys());
    assert_eq!((&whole["Count"], &whole["ScannedCount"]), (&json!(8), &json!(8)));
    for limit in 1..=9 {
        let items = api.all_pages("Scan", &json!({"Limit": limit}));
        assert_eq!(json!(items), whole["Items"], "{limit} a page");
    }
}

#[test]
fn segments_share_everything_and_nothing_twice() {
    let mut api = Api::with_orders();
    let mut all = BTreeSet::new();
    for customer in 0..40 {
        let key = order_key(&format!("customer {customer}"), "1");
        api.db.put("orders", &key);
        all.insert(key.to_string());
    }
    for total in [1, 2, 3, 7, 1_000_000] {
        let mut found = Vec::new();
        // A million segments are too many to ask; the last one is there all the same.
        let asked = if total > 100 { total - 1..total } else { 0..total };
        for segment in asked {
            let request = json!({"Segment": segment, "TotalSegments": total, "Limit": 3});
            found.extend(keys_of(&api.all_pages("Scan", &request)));
        }
        if total <= 100 {
            assert_eq!(found.len(), 40, "{total} segments");
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), all, "{total} segments");
        }
    }
}

#[test]
fn a_filter_may_name_keys_and_a_projection_cuts_what_it_leaves() {
    let mut api = Api::with_eight_orders();

    let answer = api.ask(
        "Scan",
        &json!({
            "FilterExpression": "customer = :c AND #n > :n",
            "ProjectionExpression": "#n",
            "ExpressionAttributeNames": {"#n": "number"},
            "ExpressionAttributeValues": {":c": {"S": "bob"}, ":n": {"N": "1"}},
        }),
    );

    let items = json!([{"number": {"N": "2"}}, {"number": {"N": "3"}}]);
    assert_eq!(answer.ok(), json!({"Items": items, "Count": 2, "ScannedCount": 8}));
}

#[test]
fn a_count_has_no_items() {
    let mut api = Api::with_eight_orders();

    let answer = api.ask("Scan", &json!({"Select": "COUNT", "Limit": 3})).ok();

    assert_eq!((&answer["Count"], &answer["ScannedCount"]), (&json!(3), &json!(3)));
    assert_eq!(answer.get("Items"), None);
    assert!(answer.get("LastEvaluatedKey").is_some());
}

#[test]
fn an_index_has_only_items_with_its_keys() {
    let mut api = Api::with_eight_orders();
    api.db.put("orders", &order_key("cid", "1"));

    let by_date = api.ask("Scan", &json!({"IndexName": "by_date"})).ok();
    let by_state = api.ask("Scan", &json!({"IndexName": "by_state"})).ok();
    let by_place = api.ask("Scan", &json!({"IndexName": "by_place"})).ok();

    assert_eq!(by_date["Count"], 8);
    assert_eq!(by_state["Count"], 8);
    assert_eq!(by_place["Count"], 0);
    for item in by_state["Items"].as_array().expect("a list") {
        let mut names: Vec<&str> =
            item.as_object().expect("an item").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["customer", "date", "note", "number", "state"]);
    }
    for index in ["by_date", "by_state"] {
        let whole = api.ask("Scan", &json!({"IndexName": index})).ok();
        for limit in [1, 3, 8] {
            let items = api.all_pages("Scan", &json!({"IndexName": index, "Limit": limit}));
            assert_eq!(json!(items), whole["Items"], "{index}, {limit} a page");
        }
    }
}

#[test]
fn a_page_of_a_scan_ends_at_1_mib() {
    let mut api = Api::with_orders();
    for number in 0..20 {
        let mut item = order_key(&format!("customer {number}"), "1");
        item["data"] = json!({"S": "x".repeat(60_000)});
        api.db.put("orders", &item);
    }

    let first = api.ask("Scan", &json!({})).ok();
    let all = api.all_pages("Scan", &json!({}));

    assert_eq!(first["Count"], 18);
    assert_eq!(all.len(), 20);
}

#[test]
fn capacity_is_that_of_what_was_read() {
    let mut api = Api::with_eight_orders();
    let mut units = |more: Value| {
        let mut request = more;
        request["ReturnConsumedCapacity"] = "TOTAL".into();
        api.ask("Scan", &request).ok()["ConsumedCapacity"].clone()
    };
    let total = |units: f64| json!({"TableName": "orders", "CapacityUnits": units});

    assert_eq!(units(json!({})), total(0.5));
    assert_eq!(units(json!({"ConsistentRead": true})), total(1.0));
    assert_eq!(units(json!({"IndexName": "by_state"})), total(0.5));
}

#[test]
fn constraints_are_told_together_and_in_order() {
    let mut api = Api::empty();
    let request = json!({
        "AttributesToGet": [], "Limit": 0, "Segment": -1, "ConditionalOperator": "XOR",
        "ScanFilter": {"a": {}}, "ReturnConsumedCapacity": "SOME", "TotalSegments": 0,
        "IndexName": "in", "Select": "SOME",
    });

    api.call("Scan", &request).assert_invalid(&several(&[
        member(
            "'SOME'",
            "select",
            "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, \
             ALL_PROJECTED_ATTRIBUTES]",
        ),
        member("'in'", "indexName", "Member must have length greater than or equal to 3"),
        member("'0'", "totalSegments", "Member must have value greater than or equal to 1"),
        member(
            "'SOME'",
            "returnConsumedCapacity",
            "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        ),
        member("null", "tableName", super::NOT_NULL),
        member("'XOR'", "conditionalOperator", "Member must satisfy enum value set: [OR, AND]"),
        member("null", "scanFilter.a.member.comparisonOperator", super::NOT_NULL),
        member("'-1'", "segment", "Member must have value greater than or equal to 0"),
        member("'0'", "limit", "Member must have value greater than or equal to 1"),
        member("'[]'", "attributesToGet", "Member must have length greater than or equal to 1"),
    ]));
    for (number, total, error) in [
        (1_000_000, 1_000_000, member("'1000000'", "segment", &at_most(999_999))),
        (0, 1_000_001, member("'1000001'", "totalSegments", &at_most(1_000_000))),
    ] {
        let request = json!({"TableName": "t", "Segment": number, "TotalSegments": total});
        api.call("Scan", &request).assert_invalid(&one(&error));
    }
}

#[test]
fn segments_that_make_no_sense_are_refused() {
    let mut api = Api::empty();
    let mut refused = |request: Value, message: &str| {
        api.ask("Scan", &request).assert_invalid(message);
    };

    refused(
        json!({"Segment": 0}),
        "The TotalSegments parameter is required but was not present in the request when Segment \
         parameter is present",
    );
    refused(
        json!({"TotalSegments": 5}),
        "The Segment parameter is required but was not present in the request when parameter \
         TotalSegments is present",
    );
    refused(
        json!({"Segment": 5, "TotalSegments": 5}),
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: \
         Segment: 5 is not less than TotalSegments: 5",
    );
}

#[test]
fn what_contradicts_itself_is_refused_before_the_table_is_looked_up() {
    let mut api = Api::empty();
    let mut refused = |request: Value, message: &str| {
        api.ask("Scan", &request).assert_invalid(message);
    };

    refused(
        json!({"FilterExpression": "a = :a", "ScanFilter": {}, "AttributesToGet": ["a"]}),
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {AttributesToGet, ScanFilter} Expression parameters: \
         {FilterExpression}",
    );
    refused(
        json!({"ExpressionAttributeValues": {":a": {"S": "a"}}, "ProjectionExpression": "a"}),
        "ExpressionAttributeValues can only be specified when using expressions: FilterExpression \
         is null",
    );
    refused(
        json!({"AttributesToGet": ["a", "b", "a"]}),
        "One or more parameter values were invalid: Duplicate value in attribute name: a",
    );
    refused(
        json!({"Select": "ALL_PROJECTED_ATTRIBUTES"}),
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    );
    refused(
        json!({"ConditionalOperator": "OR"}),
        "ConditionalOperator cannot be used without Filter or Expected",
    );
    refused(
        json!({"ConditionalOperator": "OR", "ScanFilter": {"a": {"ComparisonOperator": "NULL"}}}),
        "ConditionalOperator can only be used when Filter or Expected has two or more elements",
    );
    api.ask("Scan", &json!({}))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn start_keys_that_do_not_fit_are_refused_in_the_words_of_a_scan() {
    let mut api = Api::with_eight_orders();
    let mut refused = |more: Value, start: Value, message: &str| {
        let mut request = more;
        request["ExclusiveStartKey"] = start;
        api.ask("Scan", &request).assert_invalid(message);
    };
    let table = || json!({});
    let index = || json!({"IndexName": "by_state"});
    let invalid = "The provided starting key is invalid";
    let mismatch = "The provided key element does not match the schema";
    let invalid_key = format!("{invalid}: {mismatch}");
    let entry = |date: Value, number: Value| json!({"customer": {"S": "a"}, "number": number, "state": {"S": "s"}, "date": date});

    refused(table(), json!({}), invalid);
    refused(table(), json!({"customer": {"S": "ada"}}), &invalid_key);
    refused(table(), json!({"customer": {"S": "ada"}, "x": {"N": "1"}}), &invalid_key);
    refused(table(), json!({"customer": {"S": "ada"}, "number": {"S": "1"}}), &invalid_key);
    refused(
        table(),
        json!({"customer": {"S": ""}, "number": {"N": "1"}}),
        "One or more parameter values are not valid. The AttributeValue for a key attribute \
         cannot contain an empty string value. Key: customer",
    );
    refused(
        table(),
        json!({"customer": {}, "number": {"N": "1"}}),
        "The provided starting key is invalid: Supplied AttributeValue is empty, must contain \
         exactly one of the supported datatypes",
    );
    refused(
        table(),
        json!({"customer": {"S": "a"}, "number": {"N": "x"}}),
        "The parameter cannot be converted to a numeric value: x",
    );
    refused(index(), order_key("ada", "1"), invalid);
    refused(index(), entry(json!({"N": "1"}), json!({"N": "1"})), mismatch);
    refused(index(), entry(json!({"S": "d"}), json!({"S": "1"})), &invalid_key);
}

#[test]
fn a_start_key_of_another_segment_is_refused() {
    let mut api = Api::with_eight_orders();
    let start = order_key("ada", "1");
    let mut refusals = Vec::new();

    for segment in 0..4 {
        let request = json!({"Segment": segment, "TotalSegments": 4, "ExclusiveStartKey": start});
        let answer = api.ask("Scan", &request);
        if answer.status != 200 {
            answer.assert_invalid(&format!(
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use \
                 ExclusiveStartKey with correct Segment. TotalSegments: 4 Segment: {segment}"
            ));
            refusals.push(segment);
        }
    }

    assert_eq!(refusals.len(), 3, "{refusals:?}");
}

#[test]
fn paths_below_keys_are_refused() {
    let mut api = Api::with_orders();
    let scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are \
                   not allowed";

    api.ask("Scan", &json!({"ProjectionExpression": "customer.x"}))
        .assert_invalid(&format!("{scalars}: Key: customer"));
    api.ask("Scan", &json!({"FilterExpression": "attribute_exists(city[0])"}))
        .assert_invalid(&format!("{scalars}: IndexKey: city"));
}

#[test]
fn a_scan_goes_on_behind_an_item_that_is_gone() {
    let mut api = Api::with_eight_orders();
    let whole = api.ask("Scan", &json!({})).ok();
    let first = api.ask("Scan", &json!({"Limit": 4})).ok();
    let last = first["LastEvaluatedKey"].clone();
    api.ask("DeleteItem", &json!({"Key": last})).ok();

    let rest = api.ask("Scan", &json!({"ExclusiveStartKey": last})).ok();

    assert_eq!(json!(numbers(&rest)), json!(numbers(&whole)[4..]));
}

fn at_most(most: u32) -> String {
    format!("Member must have value less than or equal to {most}")
}
