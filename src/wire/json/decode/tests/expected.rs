//! `Expected` and `ConditionalOperator`.

use super::*;
use crate::expr::{Comparator, Condition, Operand, Path};

fn with(expected: &str) -> String {
    format!(r#"{{"TableName":"t","Item":{{}},"Expected":{expected}}}"#)
}

fn condition(members: &str) -> Option<Condition> {
    let body = format!(r#"{{"TableName":"t","Item":{{}},{members}}}"#);
    put(&body).options.condition.map(|condition| (*condition).clone())
}

fn path(name: &str) -> Operand {
    Operand::Path(Path::attribute(name))
}

fn equals(name: &str, value: AttributeValue) -> Condition {
    Condition::Compare(path(name), Comparator::Equal, Operand::Value(value))
}

#[test]
fn wrong_expectations_are_told_in_the_services_words() {
    let one = |members: &str| with(&format!(r#"{{"a":{{{members}}}}}"#));
    let cases = [
        (
            r#""Value":{"S":"x"},"AttributeValueList":[],"Exists":true,"ComparisonOperator":"EQ""#,
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            r#""ComparisonOperator":"EQ","Exists":true"#,
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            r#""ComparisonOperator":"EQ""#,
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            r#""ComparisonOperator":"EQ","AttributeValueList":[]"#,
            "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            r#""ComparisonOperator":"NULL","Value":{"S":"x"}"#,
            "Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
        (
            r#""ComparisonOperator":"BETWEEN","Value":{"S":"x"}"#,
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            r#""ComparisonOperator":"IN","AttributeValueList":[{"S":"x"},{"N":"1"}]"#,
            "AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            r#""AttributeValueList":[{"S":"x"}],"Exists":false"#,
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        ("", "Value must be provided when Exists is null for Attribute: a"),
        (r#""Exists":true"#, "Value must be provided when Exists is true for Attribute: a"),
        (
            r#""Exists":false,"Value":{"S":"x"}"#,
            "Value cannot be used when Exists is false for Attribute: a",
        ),
    ];
    for (members, message) in cases {
        let told = refusal(Operation::PutItem, &one(members));
        assert_eq!(told, (ErrorCode::Validation, format!("{P}{message}")), "{members}");
    }
}

#[test]
fn a_value_of_an_expectation_is_checked_before_its_use() {
    refuses(
        Operation::PutItem,
        ErrorCode::Validation,
        &[
            (
                &with(r#"{"a":{"Value":{},"Exists":false}}"#),
                "Supplied AttributeValue is empty, must contain exactly one of the supported \
                 datatypes",
            ),
            (&with(r#"{"":{"Exists":false}}"#), "Empty attribute name"),
            (
                &with(r#"{"a":{"ComparisonOperator":"NULL","AttributeValueList":[{"N":"x"}]}}"#),
                "The parameter cannot be converted to a numeric value: x",
            ),
        ],
    );
}

#[test]
fn an_operator_that_joins_needs_two_to_join() {
    let joined = |expected: &str| {
        let body = format!(
            r#"{{"TableName":"t","Item":{{}},"ConditionalOperator":"OR","Expected":{expected}}}"#
        );
        decode(Operation::PutItem, body.as_bytes()).map(drop).map_err(|error| error.message)
    };
    let alone = "ConditionalOperator can only be used when Filter or Expected has two or more \
                 elements";

    assert_eq!(
        joined("null"),
        Err("ConditionalOperator cannot be used without Filter or Expected".to_owned())
    );
    assert_eq!(joined("{}"), Err(alone.to_owned()));
    assert_eq!(joined(r#"{"a":{"Exists":false}}"#), Err(alone.to_owned()));
    assert_eq!(joined(r#"{"a":{"Exists":false},"b":{"Exists":false}}"#), Ok(()));
}

#[test]
fn expectations_are_held_to_a_number_on_both_sides() {
    let expected = |count: usize| {
        let one = |n| format!(r#""b{n}":{{"Exists":false}}"#);
        with(&format!("{{{}}}", (0..count).map(one).collect::<Vec<_>>().join(",")))
    };

    assert!(decode(Operation::PutItem, expected(300).as_bytes()).is_ok());
    assert_eq!(
        refusal(Operation::PutItem, &expected(301)).1,
        format!("{P}301 conditions are more than the limit of 300")
    );
}

#[test]
fn expectations_become_the_condition_that_an_expression_would_give() {
    assert_eq!(condition(r#""Expected":{}"#), None);
    assert_eq!(
        condition(r#""Expected":{"a.b":{"Exists":false}}"#),
        Some(Condition::NotExists(Path::attribute("a.b")))
    );
    for members in [
        r#""Value":{"S":"x"}"#,
        r#""Value":{"S":"x"},"Exists":true"#,
        r#""Value":{"S":"x"},"ComparisonOperator":"EQ""#,
        r#""AttributeValueList":[{"S":"x"}],"ComparisonOperator":"EQ""#,
        r#""AttributeValueList":[{"S":"x"}],"ComparisonOperator":"EQ","Value":null,"Exists":null"#,
    ] {
        let expected = format!(r#""Expected":{{"a":{{{members}}}}}"#);
        assert_eq!(condition(&expected), Some(equals("a", text("x"))), "{members}");
    }
    let both = r#""Expected":{"b":{"Value":{"N":"1"}},"a":{"Value":{"S":"x"}}}"#;
    let tests = vec![equals("b", integer("1")), equals("a", text("x"))];
    let joined = |operator| condition(&format!(r#"{both},"ConditionalOperator":{operator}"#));
    assert_eq!(joined("null"), Some(Condition::And(tests.clone())));
    assert_eq!(joined("\"AND\""), Some(Condition::And(tests.clone())));
    assert_eq!(joined("\"OR\""), Some(Condition::Or(tests)));
}
