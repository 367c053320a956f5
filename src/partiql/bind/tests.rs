//! What is wrong with statements whose syntax is right, and what becomes of those that are right.

use super::*;
use crate::expr::{
    Action, Comparator, Condition, Operand, Path, Placeholders, Step, Sum, Term, parse_condition,
};
use crate::model::Number;
use crate::partiql::Written;

fn bound(text: &str, parameters: &[AttributeValue]) -> Result<Statement, Error> {
    Written::parse(text)?.bind(parameters.to_vec())
}

fn refusal(text: &str, parameters: &[AttributeValue]) -> String {
    bound(text, parameters).expect_err(text).to_string()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

fn condition(clause: &str) -> Condition {
    match bound(&format!("SELECT * FROM t WHERE {clause}"), &[]) {
        Ok(Statement::Select(select)) => select.condition.expect("a condition"),
        other => panic!("{clause}: {other:?}"),
    }
}

/// The same as an expression, whose values are `:1`, `:2`, `:a` and `:true`.
fn expression(text_of: &str) -> Condition {
    let values = [
        (":1", number("1")),
        (":2", number("2")),
        (":a", text("a")),
        (":true", AttributeValue::Bool(true)),
        (":S", text("S")),
    ];
    let values = values.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let mut placeholders = Placeholders::new(None, Some(values)).expect("fine");
    parse_condition(text_of, &mut placeholders).expect(text_of)
}

fn update(clauses: &str, parameters: &[AttributeValue]) -> Vec<Action> {
    match bound(&format!("UPDATE t {clauses} WHERE pk = 'a'"), parameters) {
        Ok(Statement::Update(change)) => change.update.actions.clone(),
        other => panic!("{clauses}: {other:?}"),
    }
}

fn item(tuple: &str) -> Item {
    match bound(&format!("INSERT INTO t VALUE {tuple}"), &[]) {
        Ok(Statement::Insert(insert)) => insert.item,
        other => panic!("{tuple}: {other:?}"),
    }
}

#[test]
fn conditions_are_those_of_expressions() {
    for (clause, same) in [
        ("a = 1", "a = :1"),
        ("1 < a", ":1 < a"),
        ("a != 'a' AND (b >= 2 OR NOT c = TRUE)", "a <> :a AND (b >= :2 OR NOT c = :true)"),
        ("a BETWEEN 1 AND 2", "a BETWEEN :1 AND :2"),
        ("a NOT IN (1, b)", "NOT a IN (:1, b)"),
        ("a IN [1, 2]", "a IN (:1, :2)"),
        ("m.k IS MISSING", "attribute_not_exists(m.k)"),
        ("a IS NOT STRING", "NOT attribute_type(a, :S)"),
        ("BEGINS_WITH(a, 'a')", "begins_with(a, :a)"),
        ("contains(a, 1)", "contains(a, :1)"),
        ("size(a) > 1", "size(a) > :1"),
        ("attribute_exists(a) = true", "attribute_exists(a)"),
        ("false = attribute_exists(a)", "NOT attribute_exists(a)"),
        ("attribute_type(l[1], 'S')", "attribute_type(l[1], :S)"),
    ] {
        assert_eq!(condition(clause), expression(same), "{clause}");
    }
    let quoted = Condition::Compare(
        Operand::Path(Path::attribute("a.b")),
        Comparator::Equal,
        Operand::Path(Path { attribute: "c".into(), steps: vec![Step::Name("D".into())] }),
    );
    assert_eq!(condition("\"a.b\" = c.D"), quoted);
    assert_eq!(condition("a IN []"), Condition::In(Operand::Path(Path::attribute("a")), vec![]));
}

#[test]
fn conditions_that_cannot_be_are_refused() {
    let not_distinct = "The first operand must be distinct from the remaining operands for this \
                        operator or function; operator: =, first operand: [n]";
    let types = "Unsupported data type for IS operator: IntegerType. Supported data types are \
                 [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST] at 1:23:1";
    let bounds = "The BETWEEN operator requires upper bound to be greater than or equal to lower \
                  bound; lower bound operand: AttributeValue: {N:6}, upper bound operand: \
                  AttributeValue: {N:1}";
    let many = format!("a IN [{}]", vec!["1"; 101].join(","));
    for (clause, sentence) in [
        (
            "a < TRUE",
            "Incorrect operand type for operator or function; operator or function: <, operand \
             type: BOOL",
        ),
        ("n = n", not_distinct),
        ("n BETWEEN 6 AND 1", bounds),
        ("a = MISSING", "MISSING must be compared using IS operator"),
        ("x IS INTEGER", types),
        ("foo(a)", "Unrecognized function: foo at 1:23:3"),
        ("EXISTS(a)", "Unrecognized function: exists at 1:23:6"),
        ("set_add(a, <<1>>)", "Unrecognized function: set_add at 1:23:7"),
        (
            "attribute_exists('a')",
            "Operator or function requires a document path; operator or function: \
             attribute_exists",
        ),
        (
            "attribute_exists()",
            "Incorrect number of operands for operator or function; operator or function: \
             attribute_exists, number of operands: 0",
        ),
        (
            "begins_with(a, 1)",
            "Incorrect operand type for operator or function; operator or function: begins_with, \
             operand type: N",
        ),
        (
            many.as_str(),
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
        ("a", "Unsupported operation: Id"),
        ("a = b + 1", "Unsupported operation: Plus"),
        ("a LIKE 'x'", "Unsupported operation: Like"),
        ("\"\" = 1", "Path component cannot be an empty string"),
        ("a.\"\" = 1", "Path component cannot be an empty string"),
        (
            "l[99999999999] = 1",
            "List index is not within the allowable range; index: [99999999999]",
        ),
        ("a = 1e126", &format!("{OVERFLOW} under root")),
        ("a = [1, 1e126]", &format!("{OVERFLOW} under root[1]")),
    ] {
        assert_eq!(refusal(&format!("SELECT * FROM t WHERE {clause}"), &[]), sentence, "{clause}");
    }
}

#[test]
fn items_are_written_as_literals_with_sets_in_order() {
    let expected = Item::from([
        ("pk", text("it's")),
        ("n", number("-1.5")),
        ("t", AttributeValue::Bool(true)),
        ("nul", AttributeValue::Null),
        ("l", AttributeValue::L(vec![number("1"), text("x")])),
        ("m", AttributeValue::M(vec![("k".into(), number("2"))])),
        ("ss", AttributeValue::Ss(vec!["a".into(), "b".into()])),
        ("ns", AttributeValue::Ns(vec![Number::parse("1").expect("a number")])),
        ("last", number("3")),
    ]);
    assert_eq!(
        item(
            "{'pk': 'it''s', 'n': -1.50, t: TRUE, \"nul\": NULL, 'l': [1, 'x'], 'm': {'k': 2}, \
             'ss': <<'b', 'a'>>, 'ns': <<1>>, 'last': 1, 'last': 3}"
        ),
        expected
    );
}

#[test]
fn values_that_cannot_be_are_refused() {
    let nested = |levels: usize| format!("{{'pk': {}1{}}}", "[".repeat(levels), "]".repeat(levels));
    let deep = nested(32);
    for (tuple, sentence) in [
        ("{'pk': 1e126}", &*format!("{OVERFLOW} under root.pk")),
        ("{'m': {'x': [0, 1e-131]}}", &format!("{UNDERFLOW} under root.m.x[1]")),
        ("{'n': 123456789012345678901234567890123456789}", &format!("{DIGITS} under root.n")),
        ("{'s': <<>>}", "Empty bags are not supported"),
        (
            "{'s': <<'x', 'x'>>}",
            "One or more parameter values were invalid: Input collection [x, x] contains \
             duplicates.",
        ),
        (
            "{'s': <<1, 1.0>>}",
            "One or more parameter values were invalid: Input collection [1, 1] contains \
             duplicates.",
        ),
        (
            "{'s': <<1, 'a'>>}",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in \
             bags",
        ),
        ("{'pk': set_add(a, <<1>>)}", "Unsupported data type: set_add under key root at 1:28:7"),
        ("{'pk': `1`}", "Ion Literals are not supported: INT under key root at 1:28:3"),
        ("{'pk': MISSING}", "MISSING must be compared using IS operator"),
        ("{'': 1}", "Empty attribute name"),
        (
            &deep,
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested \
             levels beyond supported limit",
        ),
    ] {
        assert_eq!(refusal(&format!("INSERT INTO t VALUE {tuple}"), &[]), sentence, "{tuple}");
    }
    assert_eq!(item(&nested(31)).attributes.len(), 1);
}

#[test]
fn parameters_are_put_in_from_left_to_right_and_none_is_left() {
    let statement = "UPDATE t SET a = ? SET b = [?] WHERE pk = ?";
    let parameters = [number("1"), number("2"), text("p")];

    let Ok(Statement::Update(change)) = bound(statement, &parameters) else { panic!("an update") };

    let value = |value| Sum::Term(Term::Value(value));
    assert_eq!(
        change.update.actions,
        [
            Action::Set(Path::attribute("a"), value(number("1"))),
            Action::Set(Path::attribute("b"), value(AttributeValue::L(vec![number("2")]))),
        ]
    );
    assert_eq!(
        change.condition,
        Some(Condition::Compare(
            Operand::Path(Path::attribute("pk")),
            Comparator::Equal,
            Operand::Value(text("p")),
        ))
    );
    for count in [0, 2, 4] {
        let parameters = vec![number("1"); count];
        assert_eq!(
            refusal(statement, &parameters),
            "Number of parameters in request and statement don't match."
        );
    }
}

#[test]
fn sets_are_added_and_deleted_and_paths_copied() {
    let a = || Path::attribute("a");
    let set = AttributeValue::Ss(vec!["x".into()]);
    assert_eq!(update("SET a = SET_ADD(a, <<'x'>>)", &[]), [Action::Add(a(), set.clone())]);
    assert_eq!(
        update("SET a = set_delete(a, ?)", std::slice::from_ref(&set)),
        [Action::Delete(a(), set)]
    );
    assert_eq!(
        update("SET a = b REMOVE c", &[]),
        [
            Action::Set(a(), Sum::Term(Term::Path(Path::attribute("b")))),
            Action::Remove(Path::attribute("c")),
        ]
    );
    for (clauses, sentence) in [
        (
            "SET a = set_add(b, <<1>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:18:7",
        ),
        (
            "SET a = set_delete('x', <<1>>)",
            "The first argument to SET_DELETE must equal the assignment value at 1:18:10",
        ),
        (
            "SET a = set_add(a, 1)",
            "The second argument to SET_ADD must be a value with type SET at 1:26:1",
        ),
        ("SET a = set_add(a)", "SET_ADD must have exactly two arguments at 1:18:7"),
        ("SET a = if_not_exists(a, 1)", "Unrecognized function: if_not_exists at 1:18:13"),
        (
            "SET n = 1 REMOVE n",
            "Two document paths overlap with each other; must remove or rewrite one of these \
             paths; path one: [n], path two: [n]",
        ),
        (
            "SET a = list_append('s', a)",
            "Incorrect operand type for operator or function; operator or function: list_append, \
             operand type: S",
        ),
        ("SET a = MISSING", "MISSING must be compared using IS operator"),
        ("SET a = b = 1", "Unsupported operation: Eq"),
    ] {
        assert_eq!(
            refusal(&format!("UPDATE t {clauses} WHERE pk = 'a'"), &[]),
            sentence,
            "{clauses}"
        );
    }
}

#[test]
fn statements_that_cannot_be_are_refused() {
    for (statement, sentence) in [
        ("SELECT * FROM t AS x WHERE pk = 'a'", "Aliasing is not supported"),
        ("SELECT * FROM t x", "Aliasing is not supported"),
        ("SELECT a AS b FROM t", "Aliasing is not supported"),
        ("UPDATE t AS x SET a = 1 WHERE pk = 'a'", "Aliasing is not supported"),
        ("DELETE FROM t x WHERE pk = 'a'", "Aliasing is not supported"),
        ("SELECT * FROM \"\"", "Path component cannot be an empty string"),
        ("SELECT COUNT(*) FROM t", "Unexpected path component at 1:8:5"),
        ("SELECT attribute_exists(a) FROM t", "Unexpected path component at 1:8:16"),
        ("SELECT * FROM a.b.c", "A path may contain at most 2 components in the FROM clause"),
        ("INSERT INTO t.i VALUE {'pk': 'a'}", "FROM clause may only contain a single table name"),
        ("UPDATE t.i SET a = 1 WHERE pk = 'a'", "This operation is not supported on an index"),
        ("DELETE FROM t.i WHERE pk = 'a'", "This operation is not supported on an index"),
        (
            "DELETE FROM t WHERE pk = 'a' RETURNING MODIFIED OLD *",
            "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is \
             allowed in DELETE statements.",
        ),
        (
            "SELECT * FROM t WHERE pk = 'a' ORDER BY m.k",
            "Argument to ORDER BY must be of type VariableReference. Type: PATH at 1:41:1",
        ),
        ("a IS NULL", "Unsupported operation: IsType"),
        ("x", "Unsupported operation: Id"),
    ] {
        assert_eq!(refusal(statement, &[]), sentence, "{statement}");
    }
}

const OVERFLOW: &str =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
const UNDERFLOW: &str =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const DIGITS: &str = "Attempting to store more than 38 significant digits in a Number";
