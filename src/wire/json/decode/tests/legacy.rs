//! Condition objects of `QueryFilter`, `ScanFilter` and `KeyConditions`.

use super::super::super::constraints::{self, Faults, OPTIONAL};
use super::super::legacy::{Comparisons, check_operator, joined, key_conditions};
use super::*;
use crate::expr::{Comparator, Condition, KeyTest, Operand, Path};

fn comparisons(json: &str) -> Comparisons<'_> {
    let mut scan = Scanner::new(json.as_bytes()).expect("utf-8");
    Comparisons::read(&mut scan).expect("well typed").expect("not null")
}

fn one(operator: &str, values: &str) -> String {
    format!(r#"{{"a":{{"ComparisonOperator":"{operator}","AttributeValueList":[{values}]}}}}"#)
}

fn fault(json: &str) -> String {
    comparisons(json).checked().expect_err(json).message
}

#[test]
fn an_operator_must_be_there_and_be_one() {
    let told = |json: &str| {
        let (comparisons, mut faults) = (comparisons(json), Faults::default());
        let at = constraints::Path::Request;
        OPTIONAL.check(Some(comparisons.entries()), at.member("queryFilter"), &mut faults);
        faults.end().map_err(|error| error.message)
    };

    assert_eq!(
        told(r#"{"a":{"AttributeValueList":[]}}"#),
        Err(format!(
            "1 validation error detected: Value null at \
             'queryFilter.a.member.comparisonOperator' {NULL}"
        ))
    );
    assert_eq!(
        told(&one("eq", "")),
        Err("1 validation error detected: Value 'eq' at \
             'queryFilter.a.member.comparisonOperator' failed to satisfy constraint: Member must \
             satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, \
             LE, BEGINS_WITH, GE, CONTAINS]"
            .to_owned())
    );
    assert_eq!(told(&one("EQ", "")), Ok(()));
}

#[test]
fn each_operator_takes_so_many_values() {
    for (operator, least, most) in [
        ("EQ", 1, 1),
        ("NE", 1, 1),
        ("LT", 1, 1),
        ("LE", 1, 1),
        ("GT", 1, 1),
        ("GE", 1, 1),
        ("BETWEEN", 2, 2),
        ("BEGINS_WITH", 1, 1),
        ("CONTAINS", 1, 1),
        ("NOT_CONTAINS", 1, 1),
        ("IN", 1, 100),
        ("NULL", 0, 0),
        ("NOT_NULL", 0, 0),
    ] {
        let of = |count: usize| one(operator, &vec![r#"{"S":"x"}"#; count].join(","));
        let miscounted =
            format!("{P}Invalid number of argument(s) for the {operator} ComparisonOperator");
        assert!(comparisons(&of(least)).checked().is_ok(), "{operator}");
        assert!(comparisons(&of(most)).checked().is_ok(), "{operator}");
        assert_eq!(fault(&of(most + 1)), miscounted);
        if let Some(fewer) = least.checked_sub(1) {
            assert_eq!(fault(&of(fewer)), miscounted);
        }
    }
}

#[test]
fn each_operator_takes_values_of_its_types() {
    let values = [
        ("S", r#""x""#),
        ("N", r#""1""#),
        ("B", r#""AA==""#),
        ("BOOL", "true"),
        ("NULL", "true"),
        ("L", "[]"),
        ("M", "{}"),
        ("SS", r#"["x"]"#),
        ("NS", r#"["1"]"#),
        ("BS", r#"["AA=="]"#),
    ];
    for (operator, count, types) in [
        ("EQ", 1, "S N B BOOL NULL L M SS NS BS"),
        ("NE", 1, "S N B BOOL NULL L M SS NS BS"),
        ("LT", 1, "S N B"),
        ("LE", 1, "S N B"),
        ("GT", 1, "S N B"),
        ("GE", 1, "S N B"),
        ("BETWEEN", 2, "S N B"),
        ("BEGINS_WITH", 1, "S B"),
        ("CONTAINS", 1, "S N B"),
        ("NOT_CONTAINS", 1, "S N B"),
        ("IN", 2, "S N B"),
    ] {
        for (kind, value) in values {
            let value = format!(r#"{{"{kind}":{value}}}"#);
            let outcome = comparisons(&one(operator, &vec![&*value; count].join(",")))
                .checked()
                .map(drop)
                .map_err(|error| error.message);
            let expected = if types.split(' ').any(|known| known == kind) {
                Ok(())
            } else {
                Err(format!(
                    "{P}ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
                ))
            };
            assert_eq!(outcome, expected, "{operator} {kind}");
        }
    }
}

#[test]
fn faults_of_values_come_in_the_services_order() {
    let reversed = "The BETWEEN condition was provided a range where the lower bound is greater \
                    than the upper bound";
    let mixed = format!("{P}AttributeValues inside AttributeValueList must be of same type");
    let miscounted = format!("{P}Invalid number of argument(s) for the EQ ComparisonOperator");
    let no_type =
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
    for (json, message) in [
        (one("EQ", "{},{}"), no_type),
        (one("EQ", r#"{"S":"x"},{"N":"1"}"#), &*miscounted),
        (one("IN", r#"{"BOOL":true},{"N":"1"}"#), &*mixed),
        (one("BETWEEN", r#"{"N":"10"},{"N":"9"}"#), reversed),
        (one("BETWEEN", r#"{"S":"b"},{"S":"a"}"#), reversed),
        (one("BETWEEN", r#"{"B":"AQ=="},{"B":"AA=="}"#), reversed),
        (r#"{"":{"ComparisonOperator":"NULL"}}"#.to_owned(), "Empty attribute name"),
        (
            r#"{"a":{"ComparisonOperator":"EQ"},"b":{"ComparisonOperator":"EQ",
                "AttributeValueList":[{}]}}"#
                .to_owned(),
            &*miscounted,
        ),
    ] {
        assert_eq!(fault(&json), message, "{json}");
    }
    assert!(comparisons(&one("BETWEEN", r#"{"N":"9"},{"N":"10"}"#)).checked().is_ok());
    assert!(comparisons(&one("BETWEEN", r#"{"S":"a"},{"S":"a"}"#)).checked().is_ok());
}

#[test]
fn comparisons_become_the_conditions_that_expressions_would_give() {
    let a = || Operand::Path(Path::attribute("a"));
    let x = || Operand::Value(text("x"));
    let y = || Operand::Value(text("y"));
    let compare = |comparator| Condition::Compare(a(), comparator, x());
    let (none, first, two) = ("", r#"{"S":"x"}"#, r#"{"S":"x"},{"S":"y"}"#);
    for (operator, values, condition) in [
        ("EQ", first, compare(Comparator::Equal)),
        ("NE", first, compare(Comparator::NotEqual)),
        ("LT", first, compare(Comparator::Less)),
        ("LE", first, compare(Comparator::LessOrEqual)),
        ("GT", first, compare(Comparator::Greater)),
        ("GE", first, compare(Comparator::GreaterOrEqual)),
        ("BETWEEN", two, Condition::Between(a(), x(), y())),
        ("BEGINS_WITH", first, Condition::BeginsWith(a(), x())),
        ("CONTAINS", first, Condition::Contains(a(), x())),
        ("NOT_CONTAINS", first, Condition::Not(Box::new(Condition::Contains(a(), x())))),
        ("IN", two, Condition::In(a(), vec![x(), y()])),
        ("NULL", none, Condition::NotExists(Path::attribute("a"))),
        ("NOT_NULL", none, Condition::Exists(Path::attribute("a"))),
    ] {
        let tests = comparisons(&one(operator, values)).checked().expect(operator);
        assert_eq!(joined(tests, None), Some(condition), "{operator}");
    }
    assert_eq!(joined(Vec::new(), None), None);
}

#[test]
fn an_index_answers_some_operators_and_no_others() {
    let test = |operator: &str, values: &str| {
        let tests = comparisons(&one(operator, values)).checked().expect(operator);
        let keys = key_conditions(tests).map_err(|error| error.message)?;
        assert_eq!((keys.clauses.len(), &*keys.clauses[0].attribute), (1, "a"));
        Ok(keys.clauses[0].test.clone())
    };
    let (none, first, two) = ("", r#"{"S":"x"}"#, r#"{"S":"x"},{"S":"y"}"#);
    for (operator, values, expected) in [
        ("EQ", first, KeyTest::Equal(text("x"))),
        ("LT", first, KeyTest::Less(text("x"))),
        ("LE", first, KeyTest::LessOrEqual(text("x"))),
        ("GT", first, KeyTest::Greater(text("x"))),
        ("GE", first, KeyTest::GreaterOrEqual(text("x"))),
        ("BETWEEN", two, KeyTest::Between(text("x"), text("y"))),
        ("BEGINS_WITH", first, KeyTest::BeginsWith(text("x"))),
    ] {
        assert_eq!(test(operator, values), Ok(expected), "{operator}");
    }
    for (operator, values) in [
        ("NE", first),
        ("CONTAINS", first),
        ("NOT_CONTAINS", first),
        ("IN", two),
        ("NULL", none),
        ("NOT_NULL", none),
    ] {
        let refused = "Attempted conditional constraint is not an indexable operation".to_owned();
        assert_eq!(test(operator, values), Err(refused), "{operator}");
    }
}

#[test]
fn a_joining_operator_alone_is_refused() {
    assert!(check_operator(None, None).is_ok());
    assert!(check_operator(Some("AND"), Some(2)).is_ok());
    assert!(check_operator(Some("AND"), Some(1)).is_err());
    assert!(check_operator(Some("AND"), None).is_err());
}
