//! Key conditions: what they mean, and every sentence about them.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::model::Number;

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

fn parse(text: &str) -> Result<KeyConditions, Error> {
    let names = [("#pk", "pk"), ("#sk", "status")];
    let values = [
        (":a", s("a")),
        (":b", s("b")),
        (":n", n("1")),
        (":true", AttributeValue::Bool(true)),
        (":nullv", AttributeValue::Null),
    ];
    let own = |(key, name): (&str, &str)| (key.to_owned(), name.to_owned());
    let names = Some(names.map(own).into());
    let own = |(key, value): (&str, AttributeValue)| (key.to_owned(), value);
    let values = Some(values.map(own).into());
    parse_key_conditions(text, &mut Placeholders::new(names, values).expect("well formed"))
}

fn clause(attribute: &str, test: KeyTest) -> KeyClause {
    KeyClause { attribute: attribute.to_owned(), test }
}

#[test]
fn clauses_come_in_the_order_of_the_text() {
    let pk = || clause("pk", KeyTest::Equal(s("a")));
    let sk = |test| clause("sk", test);
    for (text, clauses) in [
        ("pk = :a", vec![pk()]),
        ("(#pk = :a)", vec![pk()]),
        (":a = pk", vec![pk()]),
        ("pk = (:a) and sk < :b", vec![pk(), sk(KeyTest::Less(s("b")))]),
        ("sk <= :n AND pk = :a", vec![sk(KeyTest::LessOrEqual(n("1"))), pk()]),
        ("(pk = :a) AND (sk > :b)", vec![pk(), sk(KeyTest::Greater(s("b")))]),
        ("(pk = :a AND sk >= :b)", vec![pk(), sk(KeyTest::GreaterOrEqual(s("b")))]),
        ("pk = :a AND :b < sk", vec![pk(), sk(KeyTest::Greater(s("b")))]),
        ("pk = :a AND :b <= sk", vec![pk(), sk(KeyTest::GreaterOrEqual(s("b")))]),
        ("pk = :a AND :b > sk", vec![pk(), sk(KeyTest::Less(s("b")))]),
        ("pk = :a AND :b >= sk", vec![pk(), sk(KeyTest::LessOrEqual(s("b")))]),
        ("pk = :a AND sk BETWEEN :a AND :b", vec![pk(), sk(KeyTest::Between(s("a"), s("b")))]),
        ("begins_with(sk, :b) AND pk = :a", vec![sk(KeyTest::BeginsWith(s("b"))), pk()]),
        (
            "#sk = :true AND (pk = :a AND sk = :a)",
            vec![
                clause("status", KeyTest::Equal(AttributeValue::Bool(true))),
                pk(),
                sk(KeyTest::Equal(s("a"))),
            ],
        ),
    ] {
        assert_eq!(parse(text), Ok(KeyConditions { clauses }), "{text}");
    }
}

#[test]
fn what_no_key_condition_may_have_is_refused() {
    let operator = |name: &str| format!("Invalid operator used in KeyConditionExpression: {name}");
    let condition = |rest: &str| format!("Invalid condition in KeyConditionExpression: {rest}");
    let first = |name: &str| {
        condition(&format!("{name} operator must have the key attribute as its first operand"))
    };
    let prefixed = |rest: &str| format!("Invalid KeyConditionExpression: {rest}");
    let nested = || "KeyConditionExpressions cannot contain nested operations".to_owned();
    for (text, sentence) in [
        ("pk = :a OR sk = :b", operator("OR")),
        ("NOT pk = :a", operator("NOT")),
        ("pk = :a AND NOT sk = :b", operator("NOT")),
        ("pk = :a and not (sk = :b or sk = :a)", operator("NOT")),
        ("pk IN (:a)", operator("IN")),
        ("pk <> :a", operator("<>")),
        ("attribute_exists(pk)", operator("attribute_exists")),
        ("attribute_not_exists(pk)", operator("attribute_not_exists")),
        ("contains(pk, :a)", operator("contains")),
        ("size(pk) = :n", nested()),
        ("pk = :a AND sk BETWEEN :n AND size(sk)", nested()),
        (":a BETWEEN pk AND :b", first("BETWEEN")),
        (":a BETWEEN :a AND :b", first("BETWEEN")),
        ("begins_with(:a, pk)", first("begins_with")),
        ("pk = sk", condition("Multiple attribute names used in one condition")),
        ("pk BETWEEN :a AND sk", condition("Multiple attribute names used in one condition")),
        ("begins_with(pk, sk)", condition("Multiple attribute names used in one condition")),
        (":a = :b", condition("No key attribute specified")),
        (
            "pk.a = :a",
            prefixed("KeyConditionExpressions cannot have conditions on nested attributes"),
        ),
        (
            "pk = :a AND begins_with(sk[0], :a)",
            prefixed("KeyConditionExpressions cannot have conditions on nested attributes"),
        ),
        (
            "pk = :a AND #pk > :b",
            prefixed("KeyConditionExpressions must only contain one condition per key"),
        ),
    ] {
        assert_eq!(parse(text).expect_err(text).to_string(), sentence, "{text}");
    }
}

#[test]
fn what_no_condition_may_have_is_refused_as_there() {
    for (text, rest) in [
        ("", "The expression can not be empty;"),
        ("pk = :a sk", "Syntax error; token: \"sk\", near: \":a sk\""),
        ("((pk = :a))", "The expression has redundant parentheses;"),
        ("foo(pk)", "Invalid function name; function: foo"),
        ("status = :a", "Attribute name is a reserved keyword; reserved keyword: status"),
        (
            "sk < :true",
            "Incorrect operand type for operator or function; operator or function: <, \
             operand type: BOOL",
        ),
        (
            "sk BETWEEN :nullv AND :a",
            "Incorrect operand type for operator or function; operator or function: BETWEEN, \
             operand type: NULL",
        ),
    ] {
        let sentence = format!("Invalid KeyConditionExpression: {rest}");
        assert_eq!(parse(text).expect_err(text).to_string(), sentence, "{text}");
    }
}

#[test]
fn each_clause_is_checked_before_the_next() {
    for (text, kind) in [
        ("pk = :missing AND begins_with(sk, :n)", ":missing"),
        ("begins_with(sk, :n) AND pk = :missing", "begins_with, operand type: N"),
        ("contains(pk, :a) AND sk = :missing", "Invalid operator"),
        ("pk = :missing OR sk = :a", ":missing"),
        ("pk = :a OR sk = :missing", "Invalid operator"),
        ("NOT pk = :missing", "Invalid operator"),
        ("pk = :a AND pk = :b AND sk <> :a", "one condition per key"),
        ("size(pk) = :a AND status = :a", "reserved"),
    ] {
        let sentence = parse(text).expect_err(text).to_string();
        assert!(sentence.contains(kind), "{text}: {sentence}");
    }
}

fn value() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        "[a-c]{0,3}".prop_map(AttributeValue::S),
        (-9_i32..10).prop_map(|number| n(&number.to_string())),
        proptest::collection::vec(any::<u8>(), 0..3)
            .prop_map(|bytes| AttributeValue::B(Bytes::from(bytes))),
    ]
}

fn key_test() -> impl Strategy<Value = KeyTest> {
    prop_oneof![
        value().prop_map(KeyTest::Equal),
        Just(KeyTest::Equal(AttributeValue::Null)),
        value().prop_map(KeyTest::Less),
        value().prop_map(KeyTest::LessOrEqual),
        value().prop_map(KeyTest::Greater),
        value().prop_map(KeyTest::GreaterOrEqual),
        value().prop_map(|value| KeyTest::Between(value.clone(), value)),
        "[a-c]{0,3}".prop_map(|text| KeyTest::BeginsWith(AttributeValue::S(text))),
    ]
}

proptest! {
    #[test]
    fn clauses_that_are_printed_parse_to_themselves(
        tests in proptest::collection::btree_map("\\PC{1,5}", key_test(), 1..5)
    ) {
        let clauses = tests.into_iter().map(|(attribute, test)| KeyClause { attribute, test });
        let conditions = KeyConditions { clauses: clauses.collect() };

        let Printed { text, names, values } = conditions.print();

        let mut placeholders = Placeholders::new(Some(names), Some(values)).expect("well formed");
        prop_assert_eq!(parse_key_conditions(&text, &mut placeholders), Ok(conditions));
        prop_assert_eq!(placeholders.check_used(), Ok(()));
    }
}
