//! UpdateItem.

use super::*;
use crate::api::{ReturnValues, UpdateItem};
use crate::expr::{Action, Condition, Path, Sum, Term, Update};

fn update(members: &str) -> UpdateItem {
    let body = format!(r#"{{"TableName":"t","Key":{{"a":{{"S":"x"}}}}{members}}}"#);
    match decode(Operation::UpdateItem, body.as_bytes()) {
        Ok(Request::UpdateItem(update)) => update,
        other => panic!("{body}: {other:?}"),
    }
}

fn with(updates: &str) -> String {
    format!(r#"{{"TableName":"t","Key":{{}},"AttributeUpdates":{updates}}}"#)
}

fn set(name: &str, value: AttributeValue) -> Action {
    Action::Set(Path::attribute(name), Sum::Term(Term::Value(value)))
}

#[test]
fn update_item_tells_its_constraints_in_its_own_order() {
    let body = r#"{"ReturnConsumedCapacity":"x","ReturnValues":"y","ReturnItemCollectionMetrics":"z",
        "ReturnValuesOnConditionCheckFailure":"w","ConditionalOperator":"v",
        "AttributeUpdates":{"b":{"Action":"put"}},"Expected":{"a":{"ComparisonOperator":"u"}}}"#;
    let (code, message) = refusal(Operation::UpdateItem, body);

    assert_eq!(code, ErrorCode::MemberConstraint);
    let faults: Vec<&str> =
        message.trim_start_matches("9 validation errors detected: ").split("; ").collect();
    let starts = [
        "Value 'x' at 'returnConsumedCapacity' ",
        "Value null at 'tableName' ",
        "Value 'z' at 'returnItemCollectionMetrics' ",
        "Value 'y' at 'returnValues' ",
        "Value null at 'key' ",
        "Value 'v' at 'conditionalOperator' ",
        "Value 'u' at 'expected.a.member.comparisonOperator' ",
        "Value 'put' at 'attributeUpdates.b.member.action' failed to satisfy constraint: Member \
         must satisfy enum value set: [ADD, PUT, DELETE]",
        "Value 'w' at 'returnValuesOnConditionCheckFailure' ",
    ];
    assert_eq!(faults.len(), starts.len(), "{message}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}");
    }
}

#[test]
fn update_item_checks_in_the_services_order() {
    refuses(
        Operation::UpdateItem,
        ErrorCode::Validation,
        &[
            (
                r#"{"TableName":"t","Key":{"a":{}},"AttributeUpdates":{},"Expected":{},
                    "ConditionalOperator":"AND","ConditionExpression":"","UpdateExpression":""}"#,
                "Can not use both expression and non-expression parameters in the same request: \
                 Non-expression parameters: {AttributeUpdates, Expected, ConditionalOperator} \
                 Expression parameters: {UpdateExpression, ConditionExpression}",
            ),
            (
                r#"{"TableName":"t","Key":{"a":{}},"ExpressionAttributeValues":{}}"#,
                "ExpressionAttributeValues can only be specified when using expressions: \
                 UpdateExpression and ConditionExpression are null",
            ),
            (
                r#"{"TableName":"t","Key":{"a":{}},"AttributeUpdates":{"b":{"Value":{"SS":[]}}}}"#,
                "Supplied AttributeValue is empty, must contain exactly one of the supported \
                 datatypes",
            ),
            (
                r#"{"TableName":"t","Key":{},"AttributeUpdates":{"b":{}},"Expected":{"c":{}}}"#,
                "One or more parameter values were invalid: Only DELETE action is allowed when no \
                 attribute value is specified",
            ),
            (
                r#"{"TableName":"t","Key":{},"AttributeUpdates":{},"Expected":{"c":{}}}"#,
                "One or more parameter values were invalid: Value must be provided when Exists is \
                 null for Attribute: c",
            ),
        ],
    );
}

#[test]
fn wrong_attribute_updates_are_told_in_the_services_words() {
    let only_delete = "Only DELETE action is allowed when no attribute value is specified";
    for (updates, message) in [
        (r#"{"b":{"Action":"PUT"}}"#, only_delete.to_owned()),
        (r#"{"b":{"Action":"ADD","Value":null}}"#, only_delete.to_owned()),
        (
            r#"{"b":{"Action":"DELETE","Value":{"S":"x"}}}"#,
            "DELETE action with value is not supported for the type S".to_owned(),
        ),
        (
            r#"{"b":{"Action":"DELETE","Value":{"L":[]}}}"#,
            "DELETE action with value is not supported for the type L".to_owned(),
        ),
        (
            r#"{"b":{"Action":"ADD","Value":{"BOOL":true}}}"#,
            "ADD action is not supported for the type BOOL".to_owned(),
        ),
        (
            r#"{"b":{"Action":"ADD","Value":{"M":{}}}}"#,
            "ADD action is not supported for the type M".to_owned(),
        ),
        (r#"{"b":{"Value":{"SS":[]}}}"#, "An string set  may not be empty".to_owned()),
    ] {
        let told = refusal(Operation::UpdateItem, &with(updates));
        assert_eq!(told, (ErrorCode::Validation, format!("{P}{message}")), "{updates}");
    }
    let unnamed = refusal(Operation::UpdateItem, &with(r#"{"":{"Action":"DELETE"}}"#));
    assert_eq!(unnamed, (ErrorCode::Validation, "Empty attribute name".to_owned()));
}

#[test]
fn attribute_updates_become_the_actions_of_an_update() {
    let numbers = AttributeValue::Ns(vec![Number::parse("1").expect("a number")]);
    let path = Path::attribute;
    for (entry, action) in [
        (r#"{"Value":{"S":"x"}}"#, set("b.c", text("x"))),
        (r#"{"Action":"PUT","Value":{"S":"x"}}"#, set("b.c", text("x"))),
        (r#"{"Action":"DELETE"}"#, Action::Remove(path("b.c"))),
        (
            r#"{"Action":"DELETE","Value":{"NS":["1"]}}"#,
            Action::LegacyDelete(path("b.c"), numbers.clone()),
        ),
        (r#"{"Action":"ADD","Value":{"NS":["1"]}}"#, Action::LegacyAdd(path("b.c"), numbers)),
        (r#"{"Action":"ADD","Value":{"N":"1"}}"#, Action::LegacyAdd(path("b.c"), integer("1"))),
        (
            r#"{"Action":"ADD","Value":{"L":[]}}"#,
            Action::LegacyAdd(path("b.c"), AttributeValue::L(vec![])),
        ),
    ] {
        let read = update(&format!(r#","AttributeUpdates":{{"b.c":{entry}}}"#));
        let deletes = matches!(action, Action::Remove(_) | Action::LegacyDelete(..));
        assert_eq!(*read.update, Update { actions: vec![action] }, "{entry}");
        assert_eq!(read.makes_item, !deletes, "{entry}");
    }
}

#[test]
fn attribute_updates_are_held_to_a_number_on_both_sides() {
    let updates = |count: usize| {
        let one = |n| format!(r#""b{n}":{{"Action":"DELETE"}}"#);
        with(&format!("{{{}}}", (0..count).map(one).collect::<Vec<_>>().join(",")))
    };

    assert!(decode(Operation::UpdateItem, updates(2_000).as_bytes()).is_ok());
    assert_eq!(
        refusal(Operation::UpdateItem, &updates(2_001)).1,
        format!("{P}2001 attribute updates are more than the limit of 2000")
    );
}

#[test]
fn an_update_of_nothing_is_one() {
    let empty = update("");
    assert_eq!((&*empty.update, empty.makes_item), (&Update::default(), true));
    assert_eq!(empty.key, [("a".to_owned(), text("x"))]);
    let legacy = update(r#","AttributeUpdates":{}"#);
    assert_eq!((&*legacy.update, legacy.makes_item), (&Update::default(), true));
}

#[test]
fn an_update_may_return_any_of_five() {
    for (word, values) in [
        ("NONE", ReturnValues::None),
        ("ALL_OLD", ReturnValues::AllOld),
        ("ALL_NEW", ReturnValues::AllNew),
        ("UPDATED_OLD", ReturnValues::UpdatedOld),
        ("UPDATED_NEW", ReturnValues::UpdatedNew),
    ] {
        let read = update(&format!(r#","ReturnValues":"{word}""#));
        assert_eq!(read.options.return_values, values);
    }
}

#[test]
fn update_and_condition_share_their_placeholders() {
    let read = update(
        r##","UpdateExpression":"SET #b = :v","ConditionExpression":"attribute_exists(#b)",
        "ExpressionAttributeNames":{"#b":"b"},"ExpressionAttributeValues":{":v":{"N":"1"}}"##,
    );

    assert_eq!(*read.update, Update { actions: vec![set("b", integer("1"))] });
    let condition = Condition::Exists(Path::attribute("b"));
    assert_eq!(read.options.condition.as_deref(), Some(&condition));
}
