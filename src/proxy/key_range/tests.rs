//! Key conditions against schemas of one and of several attributes.

use super::*;
use crate::model::{
    IndexId, IndexProjection, IndexSchema, IndexScope, KeyType, Number, TableId, TableSchema,
};

fn key(name: &str, kind: KeyType) -> KeyAttribute {
    KeyAttribute { name: name.into(), kind }
}

/// A table `pk` text, `sk` number; an index of two partition and three sort attributes, all texts.
fn schema() -> TableSchema {
    let texts = |names: &[&str]| names.iter().map(|name| key(name, KeyType::S)).collect();
    TableSchema {
        table: TableId::new(1),
        hash: key("pk", KeyType::S),
        range: Some(key("sk", KeyType::N)),
        indexes: vec![IndexSchema {
            id: IndexId::new(1),
            name: "gsi".into(),
            scope: IndexScope::Global,
            hash: texts(&["h1", "h2"]),
            range: texts(&["a", "b", "c"]),
            projection: IndexProjection::All,
        }],
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

fn range(target: Target<'_>, clauses: Vec<(&str, KeyTest)>) -> Result<KeyRange, String> {
    let clause = |(name, test): (&str, KeyTest)| KeyClause { attribute: name.into(), test };
    let conditions = KeyConditions { clauses: clauses.into_iter().map(clause).collect() };
    KeyRange::of(&conditions, target, |_| Ok(())).map_err(|error| error.message)
}

fn of_table(clauses: Vec<(&str, KeyTest)>) -> Result<KeyRange, String> {
    range(Target::Table(&schema()), clauses)
}

fn of_index(clauses: Vec<(&str, KeyTest)>) -> Result<KeyRange, String> {
    let schema = schema();
    range(Target::Global(&schema, &schema.indexes[0]), clauses)
}

fn equal(value: &str) -> KeyTest {
    KeyTest::Equal(text(value))
}

#[test]
fn a_range_is_the_same_in_any_order_of_its_clauses() {
    let bound = KeyTest::Greater(number("5.0"));

    let one = of_table(vec![("pk", equal("p")), ("sk", bound.clone())]);
    let other = of_table(vec![("sk", bound), ("pk", equal("p"))]);

    let five = Number::parse("5").expect("a number").as_bytes().to_vec();
    let sort = SortRange { equal: Vec::new(), next: SortTest::Greater(five) };
    assert_eq!(one, Ok(KeyRange { partition: b"p".to_vec(), sort }));
    assert_eq!(one, other);
}

#[test]
fn what_the_schema_cannot_answer_is_refused() {
    let mismatch = "One or more parameter values were invalid: Condition parameter type does not \
                    match schema type";
    let empty = "One or more parameter values are not valid. The AttributeValue for a key attribute \
                 cannot contain an empty string value. Key: pk";
    for (clauses, message) in [
        (vec![("sk", KeyTest::Equal(number("1")))], missed("pk")),
        (vec![("pk", equal("p")), ("x", equal("x"))], missed("sk")),
        (vec![("x", equal("x")), ("y", equal("y"))], missed("pk")),
        (vec![("pk", KeyTest::Less(text("p")))], "Query key condition not supported".into()),
        (vec![("pk", KeyTest::Equal(number("1")))], mismatch.into()),
        (vec![("pk", KeyTest::Equal(AttributeValue::Null))], mismatch.into()),
        (vec![("pk", equal("p")), ("sk", equal("1"))], mismatch.into()),
        (
            vec![("pk", equal("p")), ("sk", KeyTest::Between(number("1"), text("2")))],
            mismatch.into(),
        ),
        (vec![("pk", equal(""))], empty.into()),
        (
            vec![("pk", equal("p")), ("sk", equal("1")), ("x", equal("x"))],
            "The number of query conditions (3) exceeds the number of key attributes defined in \
             the schema (2)"
                .into(),
        ),
        (
            vec![("pk", equal(&"p".repeat(2049)))],
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum \
             size limit of2048 bytes"
                .into(),
        ),
    ] {
        assert_eq!(of_table(clauses.clone()), Err(message), "{clauses:?}");
    }
}

#[test]
fn several_sort_attributes_are_used_from_the_left() {
    let hash = || vec![("h2", equal("y")), ("h1", equal("x"))];
    let with =
        |more: Vec<(&'static str, KeyTest)>| of_index(hash().into_iter().chain(more).collect());
    let begins = || KeyTest::BeginsWith(text("c"));

    let range = with(vec![("b", begins()), ("a", equal("1"))]).expect("a range");
    let whole = with(Vec::new()).expect("a range");

    assert_eq!(range.partition, b"\0\x01x\0\x01y");
    assert_eq!(range.sort.equal, [b"1".to_vec()]);
    assert_eq!(range.sort.next, SortTest::BeginsWith(b"c".to_vec()));
    assert!(!whole.has_sort_condition());
    let gap = |loose: &str, last: &str| {
        Err(format!(
            "RANGE key attributes {loose} must have equality conditions specified in the query \
             because a condition is present on key attribute {last}"
        ))
    };
    assert_eq!(with(vec![("b", equal("2"))]), gap("a", "b"));
    assert_eq!(with(vec![("a", begins()), ("b", equal("2"))]), gap("a", "b"));
    assert_eq!(with(vec![("c", begins())]), gap("a, b", "c"));
    assert_eq!(of_index(vec![("h1", equal("x"))]), Err(missed("h2")));
}

#[test]
fn a_range_admits_what_its_test_holds_of() {
    let admits = |test: KeyTest, sort: &str| {
        let clauses = vec![("h1", equal("x")), ("h2", equal("y")), ("a", equal("1")), ("b", test)];
        let range = of_index(clauses).expect("a range");
        range.admits(&[b"1", sort.as_bytes(), b""])
    };
    for (test, inside, outside) in [
        (KeyTest::Equal(text("m")), "m", "mm"),
        (KeyTest::Less(text("m")), "lz", "m"),
        (KeyTest::LessOrEqual(text("m")), "m", "m0"),
        (KeyTest::Greater(text("m")), "m0", "m"),
        (KeyTest::GreaterOrEqual(text("m")), "m", "lz"),
        (KeyTest::Between(text("b"), text("d")), "d", "d0"),
        (KeyTest::BeginsWith(text("m")), "mm", "n"),
    ] {
        assert!(admits(test.clone(), inside), "{test:?}");
        assert!(!admits(test.clone(), outside), "{test:?}");
    }
}

fn missed(key: &str) -> String {
    format!("Query condition missed key schema element: {key}")
}
