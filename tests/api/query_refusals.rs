//! What `Query` refuses, in the service's order and words.
//!
//! Not here: what every expression refuses by itself (`expr/`), refusals of the older parameters
//! (`legacy_queries.rs`).

use serde_json::{Value, json};

use super::orders::{in_state, order_key, orders_of};
use super::{Api, NOT_NULL, member, one, several};

#[test]
fn constraints_are_told_together_and_in_order() {
    let mut api = Api::empty();
    let request = json!({
        "KeyConditions": {"k": {"ComparisonOperator": "LIKE"}}, "AttributesToGet": [],
        "ConditionalOperator": "XOR", "QueryFilter": {"a": {}}, "ReturnConsumedCapacity": "SOME",
        "IndexName": "i!", "Select": "SOME", "Limit": 0,
    });

    api.call("Query", &request).assert_invalid(&several(&[
        member(
            "'SOME'",
            "select",
            "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, \
             ALL_PROJECTED_ATTRIBUTES]",
        ),
        member("'i!'", "indexName", super::NAME_PATTERN),
        member("'i!'", "indexName", "Member must have length greater than or equal to 3"),
        member(
            "'SOME'",
            "returnConsumedCapacity",
            "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        ),
        member("null", "queryFilter.a.member.comparisonOperator", NOT_NULL),
        member("null", "tableName", NOT_NULL),
        member("'XOR'", "conditionalOperator", "Member must satisfy enum value set: [OR, AND]"),
        member("'[]'", "attributesToGet", "Member must have length greater than or equal to 1"),
        "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or \
         equal to 1"
            .into(),
        member(
            "'LIKE'",
            "keyConditions.k.member.comparisonOperator",
            "Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, \
             NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]",
        ),
    ]));
}

#[test]
fn a_limit_of_zero_is_refused_in_the_newer_words() {
    let mut api = Api::empty();

    for limit in [0, -1] {
        api.ask("Query", &orders_of("ada", &json!({"Limit": limit}))).assert_invalid(&one(
            "Value at 'Limit' failed to satisfy constraint: Member must have value greater than \
             or equal to 1",
        ));
    }
}

#[test]
fn members_of_other_types_are_refused() {
    let mut api = Api::empty();
    for (request, message) in [
        (json!({"Limit": "10"}), "STRING_VALUE cannot be converted to Integer"),
        (json!({"ScanIndexForward": 1}), "NUMBER_VALUE cannot be converted to Boolean"),
        (
            json!({"QueryFilter": []}),
            "Unrecognized collection type java.util.Map<java.lang.String, \
             com.amazonaws.dynamodb.v20120810.Condition>",
        ),
        (json!({"KeyConditions": {"a": 1}}), "Unexpected value type in payload"),
        (json!({"ExclusiveStartKey": 1}), "Unexpected field type"),
    ] {
        api.ask("Query", &request).assert_refused("SerializationException", message);
    }
}

#[test]
fn what_contradicts_itself_is_refused_before_the_table_is_looked_up() {
    let mut api = Api::empty();
    let mut refused = |request: Value, message: &str| {
        api.ask("Query", &request).assert_invalid(message);
    };
    let all = |more: Value| orders_of("ada", &more);
    let choosing = |member: &str, what: &str| {
        format!("Cannot specify the {member} when choosing to get {what}")
    };
    let mixed = |older: &str, newer: &str| {
        format!(
            "Can not use both expression and non-expression parameters in the same request: \
             Non-expression parameters: {{{older}}} Expression parameters: {{{newer}}}"
        )
    };

    refused(
        json!({}),
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the \
         request.",
    );
    refused(
        json!({"KeyConditionExpression": "", "QueryFilter": {}}),
        "Invalid KeyConditionExpression: The expression can not be empty;",
    );
    refused(
        all(json!({
            "KeyConditions": {}, "QueryFilter": {}, "AttributesToGet": ["a"],
            "ConditionalOperator": "OR", "FilterExpression": "a = :customer",
        })),
        &mixed(
            "AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions",
            "FilterExpression, KeyConditionExpression",
        ),
    );
    refused(
        json!({"KeyConditions": {}, "AttributesToGet": ["a"], "ProjectionExpression": "a"}),
        &mixed("AttributesToGet, KeyConditions", "ProjectionExpression"),
    );
    refused(
        json!({"ExpressionAttributeNames": {"#a": "a"}}),
        "ExpressionAttributeNames can only be specified when using expressions",
    );
    refused(
        json!({"ExpressionAttributeValues": {":a": {"S": "a"}}, "ProjectionExpression": "a"}),
        "ExpressionAttributeValues can only be specified when using expressions: FilterExpression \
         and KeyConditionExpression are null",
    );
    refused(
        all(json!({"Select": "SPECIFIC_ATTRIBUTES"})),
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get \
         SPECIFIC_ATTRIBUTES",
    );
    refused(
        all(json!({"Select": "ALL_PROJECTED_ATTRIBUTES"})),
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    );
    for (select, what) in [
        ("ALL_ATTRIBUTES", "ALL_ATTRIBUTES"),
        ("ALL_PROJECTED_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
        ("COUNT", "only the Count"),
    ] {
        refused(
            all(json!({"Select": select, "ProjectionExpression": "a"})),
            &choosing("ProjectionExpression", what),
        );
        refused(
            json!({"Select": select, "AttributesToGet": ["a"], "KeyConditions": {}}),
            &choosing("AttributesToGet", what),
        );
    }
    refused(
        all(json!({"ExpressionAttributeNames": {"#a": "a"}})),
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}",
    );
    api.ask("Query", &orders_of("ada", &json!({})))
        .assert_refused("ResourceNotFoundException", "Requested resource not found");
}

#[test]
fn indexes_that_cannot_answer_are_refused() {
    let mut api = Api::with_orders();
    let mut refused = |request: Value, message: &str| {
        api.ask("Query", &request).assert_invalid(message);
    };
    let invalid = "One or more parameter values were invalid";

    refused(
        orders_of("ada", &json!({"IndexName": "by_nothing"})),
        "The table does not have the specified index: by_nothing",
    );
    refused(
        in_state("open", &json!({"ConsistentRead": true})),
        "Consistent reads are not supported on global secondary indexes",
    );
    refused(
        in_state("open", &json!({"Select": "ALL_ATTRIBUTES"})),
        &format!(
            "{invalid}: Select type ALL_ATTRIBUTES is not supported for global secondary index \
             by_state because its projection type is not ALL"
        ),
    );
    refused(
        in_state("open", &json!({"ProjectionExpression": "note, price, city"})),
        &format!("{invalid}: Global secondary index by_state does not project [price, city]"),
    );
    refused(
        in_state("open", &json!({"FilterExpression": "price = :state"})),
        &format!("{invalid}: Global secondary index by_state does not project [price]"),
    );
}

#[test]
fn key_conditions_that_do_not_fit_the_schema_are_refused() {
    let mut api = Api::with_orders();
    let mut refused = |condition: &str, values: Value, message: &str| {
        let names: serde_json::Map<String, Value> = [("#n", "number"), ("#s", "state")]
            .into_iter()
            .filter(|(name, _)| condition.contains(name))
            .map(|(name, attribute)| (name.to_owned(), attribute.into()))
            .collect();
        let mut request = json!({
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        });
        if !names.is_empty() {
            request["ExpressionAttributeNames"] = names.into();
        }
        api.ask("Query", &request).assert_invalid(message);
    };
    let text = || json!({":a": {"S": "a"}});
    let both = |b: Value| json!({":a": {"S": "a"}, ":b": b});
    let missed = |key: &str| format!("Query condition missed key schema element: {key}");
    let mismatch = "One or more parameter values were invalid: Condition parameter type does not \
                    match schema type";
    let not_supported = "Query key condition not supported";
    let empty = |key: &str| {
        format!(
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: {key}"
        )
    };

    refused("note = :a", text(), &missed("customer"));
    refused("#n = :a", json!({":a": {"N": "1"}}), &missed("customer"));
    refused("customer = :a AND note = :b", both(json!({"S": "b"})), &missed("number"));
    refused("customer < :a", text(), not_supported);
    refused("begins_with(customer, :a)", text(), not_supported);
    refused("customer = :a", json!({":a": {"N": "1"}}), mismatch);
    refused("customer = :a", json!({":a": {"BOOL": true}}), mismatch);
    refused("customer = :a AND #n > :b", both(json!({"S": "b"})), mismatch);
    refused("customer = :a AND begins_with(#n, :b)", both(json!({"S": "b"})), mismatch);
    refused("customer = :a", json!({":a": {"S": ""}}), &empty("customer"));
    refused(
        "customer = :a AND #n = :b AND note = :a",
        both(json!({"N": "1"})),
        "The number of query conditions (3) exceeds the number of key attributes defined in the \
         schema (2)",
    );
    refused(
        "customer = :a OR #n = :b",
        both(json!({"N": "1"})),
        "Invalid operator used in KeyConditionExpression: OR",
    );
    refused(
        "customer = :a AND begins_with(#n, :b)",
        both(json!({"N": "1"})),
        "Invalid KeyConditionExpression: Incorrect operand type for operator or function; \
         operator or function: begins_with, operand type: N",
    );
}

#[test]
fn filters_on_keys_of_what_is_read_are_refused() {
    let mut api = Api::with_eight_orders();
    let only = |key: &str| {
        format!(
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: \
             {key}"
        )
    };
    let filter = |text: &str| json!({"FilterExpression": text});

    api.ask("Query", &orders_of("ada", &filter("attribute_exists(customer)")))
        .assert_invalid(&only("customer"));
    api.ask("Query", &orders_of("ada", &filter("attribute_exists(customer.x)")))
        .assert_invalid(&only("customer"));
    api.ask("Query", &in_state("open", &filter("attribute_exists(#state)")))
        .assert_invalid(&only("state"));
    // The table's keys are no keys of the index.
    let answer = api.ask("Query", &in_state("open", &filter("customer = :state"))).ok();
    assert_eq!((&answer["Count"], &answer["ScannedCount"]), (&json!(0), &json!(5)));
}

#[test]
fn paths_below_keys_are_refused() {
    let mut api = Api::with_orders();
    let scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are \
                   not allowed";

    api.ask("Query", &orders_of("ada", &json!({"ProjectionExpression": "customer[0]"})))
        .assert_invalid(&format!("{scalars}: Key: customer"));
    api.ask("Query", &orders_of("ada", &json!({"ProjectionExpression": "city.x"})))
        .assert_invalid(&format!("{scalars}: IndexKey: city"));
    api.ask("Query", &orders_of("ada", &json!({"FilterExpression": "attribute_exists(city.x)"})))
        .assert_invalid(&format!("{scalars}: IndexKey: city"));
}

#[test]
fn start_keys_that_do_not_fit_are_refused_in_the_words_of_a_query() {
    let mut api = Api::with_eight_orders();
    let mut refused = |request: Value, start: Value, message: &str| {
        let mut request = request;
        request["ExclusiveStartKey"] = start;
        api.ask("Query", &request).assert_invalid(message);
    };
    let table = || orders_of("ada", &json!({}));
    let index = || in_state("open", &json!({}));
    let invalid = "The provided starting key is invalid";
    let invalid_key = format!("{invalid}: The provided key element does not match the schema");
    let entry = |state: &str, date: Value, number: Value| json!({"customer": {"S": "a"}, "number": number, "state": {"S": state}, "date": date});

    refused(table(), json!({}), invalid);
    refused(table(), json!({"customer": {"S": "ada"}}), invalid);
    refused(table(), json!({"customer": {"S": "ada"}, "x": {"N": "1"}}), invalid);
    refused(table(), json!({"customer": {"S": "ada"}, "number": {"S": "1"}}), invalid);
    refused(
        table(),
        json!({"customer": {"S": ""}, "number": {"N": "1"}}),
        "One or more parameter values are not valid. The AttributeValue for a key attribute \
         cannot contain an empty string value. Key: customer",
    );
    refused(
        table(),
        json!({"customer": {"SS": []}, "number": {"N": "1"}}),
        "The provided starting key is invalid: One or more parameter values were invalid: An \
         string set  may not be empty",
    );
    refused(
        table(),
        json!({"customer": {"S": "a"}, "number": {"NS": ["1", "1.0"]}}),
        "Input collection contains duplicates",
    );
    refused(
        table(),
        order_key("bob", "1"),
        "The provided starting key is outside query boundaries based on provided conditions",
    );
    refused(index(), order_key("ada", "1"), invalid);
    refused(index(), entry("open", json!({"N": "1"}), json!({"N": "1"})), invalid);
    refused(index(), entry("open", json!({"S": "d"}), json!({"S": "1"})), &invalid_key);
    refused(
        index(),
        entry("done", json!({"S": "d"}), json!({"N": "1"})),
        "The provided starting key is outside query boundaries based on provided conditions",
    );
}

#[test]
fn start_keys_outside_the_condition_on_the_sort_key_are_refused() {
    let mut api = Api::with_eight_orders();
    let mut ask = |customer: &str, number: &str| {
        let request = json!({
            "KeyConditionExpression": "customer = :c AND #n > :n",
            "ExpressionAttributeNames": {"#n": "number"},
            "ExpressionAttributeValues": {":c": {"S": "ada"}, ":n": {"N": "2"}},
            "ExclusiveStartKey": order_key(customer, number),
        });
        api.ask("Query", &request)
    };

    for customer in ["ada", "bob"] {
        ask(customer, "2")
            .assert_invalid("The provided starting key does not match the range key predicate");
    }
    ask("bob", "3").assert_invalid("The query can return at most one row and cannot be restarted");
    assert_eq!(ask("ada", "3").ok()["Count"], 2);
}

#[test]
fn of_several_faults_the_first_in_the_services_order_is_told() {
    let mut api = Api::with_orders();
    let start = json!({"customer": {"S": "ada"}, "number": {"S": "1"}});
    let mut request = orders_of(
        "ada",
        &json!({
            "ProjectionExpression": "customer.x",
            "FilterExpression": "attribute_exists(customer)",
            "ExclusiveStartKey": start,
        }),
    );
    request["ExpressionAttributeValues"] = json!({":customer": {"N": "1"}});
    let mut told = |request: &Value| api.ask("Query", request).refusal().message;

    // The partition key's condition comes before the sort key of the start key.
    assert!(told(&request).contains("Condition parameter type does not match"));
    request["ExpressionAttributeValues"] = json!({":customer": {"S": "ada"}});
    assert_eq!(told(&request), "The provided starting key is invalid");
    request["ExclusiveStartKey"]["number"] = json!({"N": "1"});
    assert!(told(&request).contains("Key attributes must be scalars"));
    request["ProjectionExpression"] = "note".into();
    assert!(told(&request).contains("Filter Expression can only contain"));
}
