//! The older parameters: written as expressions, or as themselves where no expression says the same.

use super::{again, decoded, encode_request};
use crate::api::{Operation, Request, UpdateItem};
use crate::expr::{Action, Condition, Path, Step, Update};

/// Decodes, writes and decodes again; the body between.
fn same(operation: Operation, body: &str) -> String {
    let request = decoded(operation, body.as_bytes());
    let (written, again) = again(operation, &request);
    let newer = format!("{request:?}").replace("form: Legacy", "form: Expression");
    assert_eq!(format!("{again:?}"), newer);
    written
}

#[test]
fn filters_key_conditions_and_expectations_become_expressions() {
    let operators = r#""a":{"ComparisonOperator":"NE","AttributeValueList":[{"S":"x"}]},
        "b":{"ComparisonOperator":"NULL"},"c":{"ComparisonOperator":"NOT_NULL"},
        "d":{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{"N":"1"}]},
        "e":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"1"},{"N":"2"}]},
        "f":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]},
        "g":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"x"}]},
        "h":{"ComparisonOperator":"CONTAINS","AttributeValueList":[{"S":"x"}]}"#;
    let scan = same(
        Operation::Scan,
        &format!(
            r#"{{"TableName":"tab","ScanFilter":{{{operators}}},"ConditionalOperator":"OR"}}"#
        ),
    );
    let query = same(
        Operation::Query,
        &format!(
            r#"{{"TableName":"tab","KeyConditions":{{"pk":{{"ComparisonOperator":"EQ",
            "AttributeValueList":[{{"S":"p"}}]}},"sk":{{"ComparisonOperator":"GE",
            "AttributeValueList":[{{"N":"3"}}]}}}},"QueryFilter":{{{operators}}},
            "AttributesToGet":["a","b"]}}"#
        ),
    );
    let put = same(
        Operation::PutItem,
        &format!(
            r#"{{"TableName":"tab","Item":{{"pk":{{"S":"x"}}}},"Expected":{{{operators},
            "i":{{"Exists":false}},"j":{{"Value":{{"SS":["x"]}}}}}}}}"#
        ),
    );

    assert!(scan.contains("\"FilterExpression\":\"#0 <> :0 OR attribute_not_exists(#1) OR "));
    assert!(query.contains("\"KeyConditionExpression\":\"#0 = :0 AND #1 >= :1\""));
    assert!(query.contains("\"ProjectionExpression\":\"#b0,#b1\""));
    assert!(put.contains("\"ConditionExpression\":\"#0 <> :0 AND "));
}

#[test]
fn updates_that_put_are_expressions() {
    let written = same(
        Operation::UpdateItem,
        r#"{"TableName":"tab","Key":{"pk":{"S":"x"}},"AttributeUpdates":{
        "a":{"Action":"PUT","Value":{"N":"1"}},"b":{"Action":"DELETE"}},
        "Expected":{"c":{"Exists":false}}}"#,
    );

    assert!(written.contains("\"UpdateExpression\":\"SET #0 = :0 REMOVE #1 \""), "{written}");
    assert!(written.contains("\"ConditionExpression\":\"attribute_not_exists(#a0)\""));
}

#[test]
fn updates_that_are_too_large_for_an_expression_stay_as_they_are() {
    let update = |changes: usize, tests: usize| {
        let change = |at| format!(r#""a{at}":{{"Action":"PUT","Value":{{"N":"1"}}}}"#);
        let test = |at| format!(r#""b{at}":{{"Exists":false}}"#);
        let changes: Vec<String> = (0..changes).map(change).collect();
        let tests: Vec<String> = (0..tests).map(test).collect();
        same(
            Operation::UpdateItem,
            &format!(
                r#"{{"TableName":"tab","Key":{{"pk":{{"S":"x"}}}},"AttributeUpdates":{{{}}},
                "Expected":{{{}}}}}"#,
                changes.join(","),
                tests.join(","),
            ),
        )
    };

    for (changes, tests) in [(400, 1), (1, 151)] {
        let written = update(changes, tests);
        assert!(written.contains("AttributeUpdates") && !written.contains("Expression"));
    }
    assert!(update(200, 120).contains("UpdateExpression"));
}

#[test]
fn updates_that_no_expression_says_stay_as_they_are() {
    let update = |updates: &str, more: &str| {
        let body = format!(
            r#"{{"TableName":"tab","Key":{{"pk":{{"S":"x"}}}},"AttributeUpdates":{{{updates}}},
            "ReturnValues":"ALL_OLD"{more}}}"#
        );
        same(Operation::UpdateItem, &body)
    };
    let expected = r#","ConditionalOperator":"OR","Expected":{
        "a":{"ComparisonOperator":"LT","AttributeValueList":[{"N":"1"}]},
        "b":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]},
        "c":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"1"},{"N":"2"}]},
        "d":{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{"S":"x"}]},
        "e":{"ComparisonOperator":"CONTAINS","AttributeValueList":[{"S":"x"}]},
        "f":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"x"}]},
        "g":{"Exists":false},"h":{"ComparisonOperator":"NOT_NULL"}}"#;

    let only_deletes = update(r#""a":{"Action":"DELETE"}"#, "");
    let adds = update(
        r#""a":{"Action":"ADD","Value":{"L":[{"N":"1"}]}},"b":{"Action":"PUT","Value":{"N":"1"}},
        "c":{"Action":"DELETE","Value":{"SS":["x"]}},"d":{"Action":"DELETE"}"#,
        expected,
    );
    let one = update(
        r#""a":{"Action":"ADD","Value":{"N":"1"}}"#,
        r#","Expected":{"a":{"Value":{"N":"1"}}}"#,
    );

    assert!(only_deletes.ends_with(r#""AttributeUpdates":{"a":{"Action":"DELETE"}}}"#));
    assert!(adds.ends_with(r#","ConditionalOperator":"OR"}"#));
    assert!(one.ends_with(
        r#""Expected":{"a":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"1"}]}}}"#
    ));
    assert!(![only_deletes, adds, one].iter().any(|body| body.contains("Expression\"")));
}

#[test]
fn what_never_was_an_older_parameter_is_not_written_as_one() {
    let body = r#"{"TableName":"tab","Key":{"pk":{"S":"x"}},
        "AttributeUpdates":{"a":{"Action":"DELETE"}},"Expected":{"b":{"Exists":false}}}"#;
    let Request::UpdateItem(given) = decoded(Operation::UpdateItem, body.as_bytes()) else {
        panic!("it is an update")
    };
    let written = |change: &dyn Fn(&mut UpdateItem)| {
        let (table, key) = (given.table.clone(), given.key.clone());
        let (update, options) = (given.update.clone(), given.options.clone());
        let makes_item = given.makes_item;
        let mut update = UpdateItem { table, key, update, makes_item, options };
        change(&mut update);
        encode_request(&Request::UpdateItem(update)).is_some()
    };
    let nested = Path { attribute: "a".into(), steps: vec![Step::Index(0)] };
    let exists = || Condition::Exists(Path::attribute("a"));

    assert!(written(&|_| {}));
    assert!(!written(&|update| {
        update.update = Update { actions: vec![Action::Remove(nested.clone())] }.into();
    }));
    assert!(!written(&|update| {
        update.options.condition = Some(Condition::Exists(nested.clone()).into());
    }));
    assert!(!written(&|update| {
        update.options.condition = Some(Condition::And(vec![exists(), exists()]).into());
    }));
    assert!(!written(&|update| {
        update.options.condition = Some(Condition::Not(exists().into()).into());
    }));
}
