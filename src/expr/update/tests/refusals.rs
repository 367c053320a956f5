//! What updates are refused for, and in which words.

use super::*;
use crate::expr::samples::{item, list, map, number, text, texts};
use crate::model::{ITEM_BYTES_MAX, Number};

fn refusal(expression: &str) -> String {
    let values = [
        (":v", number("1")),
        (":s", text("X")),
        (":l", list([])),
        (":m", map([])),
        (":b", AttributeValue::B(b"x".as_slice().into())),
        (":t", AttributeValue::Bool(true)),
        (":nul", AttributeValue::Null),
        (":ss", texts(&["a"])),
    ];
    match parsed(expression, &values) {
        Ok(update) => panic!("{expression} is accepted: {update:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn syntax_errors_name_the_first_token_that_does_not_fit() {
    for (expression, token, near) in [
        (" ", "<EOF>", " "),
        ("INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"),
        ("SET", "<EOF>", "SET"),
        ("SET a", "<EOF>", "a"),
        ("SET a = ", "<EOF>", "="),
        ("SET a = :v,", "<EOF>", ","),
        ("SET a = :v, REMOVE b", "REMOVE", ", REMOVE b"),
        ("SET a = :v b = :v", "b", ":v b ="),
        ("SET a == :v", "=", "== :v"),
        ("SET a = :v - :v - :v", "-", ":v - :v"),
        ("SET a = (:v + :v + :v)", "+", ":v + :v"),
        ("SET a = list_append(:l + :l, :l)", "+", ":l + :l"),
        ("SET a = list_append()", ")", "()"),
        ("SET a = list_append(:l,)", ")", ",)"),
        ("SET a = list_append(:l", "<EOF>", ":l"),
        ("SET a = (:v", "<EOF>", ":v"),
        ("SET a = :v)", ")", ":v)"),
        ("SET a = ()", ")", "()"),
        ("SET a = 5", "5", "= 5"),
        ("SET size(a) = :v", "(", "size(a"),
        ("SET ADD = :v", "ADD", "SET ADD ="),
        ("SET a.Remove = :v", "Remove", ".Remove ="),
        ("SET (a) = :v", "(", "SET (a"),
        ("REMOVE a = :v", "=", "a = :v"),
        ("REMOVE a,", "<EOF>", ","),
        ("ADD n m", "m", "n m"),
        ("ADD n = :v", "=", "n = :v"),
        ("ADD hits : incr", ":", "hits : incr"),
        ("DELETE ss list_append(:l, :l)", "list_append", "ss list_append("),
        ("set _something = :s", "_", "set _something"),
        ("SET a = :v; REMOVE b", ";", ":v; REMOVE"),
    ] {
        let sentence =
            format!("Invalid UpdateExpression: Syntax error; token: \"{token}\", near: \"{near}\"");
        assert_eq!(refusal(expression), sentence);
    }
}

#[test]
fn static_faults_are_told_in_the_services_order() {
    let many = format!("SET status = {}:v{}", ":v+(".repeat(301), ")".repeat(301));
    for (expression, sentence) in [
        ("", "The expression can not be empty;"),
        (&many, "The expression contains too many operators; operator count: 301"),
        (
            "SET nope.x = :v, status = foo(:nope) SET a = :v",
            "Attribute name is a reserved keyword; reserved keyword: status",
        ),
        (
            "SET b = a.Status + #nope",
            "Attribute name is a reserved keyword; reserved keyword: Status",
        ),
        (
            "SET b = size(foo(:nope)) SET #nope = #nope",
            "The function is not allowed in an update expression; function: size",
        ),
        ("SET b = foo(size(a))", "Invalid function name; function: foo"),
        ("SET b = IF_NOT_EXISTS(a, :v)", "Invalid function name; function: IF_NOT_EXISTS"),
        (
            "SET a = :v add c :nope SET b = :nope ADD d :v",
            "The \"SET\" section can only be used once in an update expression;",
        ),
        (
            "REMOVE a delete d :ss remove b",
            "The \"REMOVE\" section can only be used once in an update expression;",
        ),
        (
            "SET a = :nope + #nope",
            "An expression attribute name used in the document path is not defined; \
             attribute name: #nope",
        ),
        (
            "SET a = :s + :nope, a = :other",
            "An expression attribute value used in expression is not defined; \
             attribute value: :nope",
        ),
        (
            "SET m.x = :v, m[0] = :v REMOVE #a, b ADD a :s",
            "Two document paths overlap with each other; must remove or rewrite one of these \
             paths; path one: [a], path two: [a]",
        ),
        (
            "SET m = :v, m.x = :v",
            "Two document paths overlap with each other; must remove or rewrite one of these \
             paths; path one: [m], path two: [m, x]",
        ),
        (
            "SET m.x = :v, m[0] = :v ADD a :s",
            "Two document paths conflict with each other; must remove or rewrite one of these \
             paths; path one: [m, x], path two: [m, [0]]",
        ),
        (
            "SET b = :s + :v ADD a :s",
            "Incorrect operand type for operator or function; operator: ADD, \
             operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
    ] {
        assert_eq!(refusal(expression), format!("Invalid UpdateExpression: {sentence}"));
    }
}

#[test]
fn operands_are_held_to_their_types() {
    for (expression, operation, type_name) in [
        ("ADD a :b", "ADD", "BINARY"),
        ("ADD a :t", "ADD", "BOOLEAN"),
        ("ADD a :nul", "ADD", "NULL"),
        ("ADD a :l", "ADD", "LIST"),
        ("ADD a :m", "ADD", "MAP"),
        ("DELETE a :v", "DELETE", "NUMBER"),
        ("DELETE a :s", "DELETE", "STRING"),
    ] {
        let sentence = format!(
            "Invalid UpdateExpression: Incorrect operand type for operator or function; \
             operator: {operation}, operand type: {type_name}, \
             typeSet: ALLOWED_FOR_{operation}_OPERAND"
        );
        assert_eq!(refusal(expression), sentence);
    }
    for (expression, sentence) in [
        (
            "SET c = n + :s",
            "Incorrect operand type for operator or function; operator or function: +, \
             operand type: S",
        ),
        (
            "SET c = (:ss) - :s",
            "Incorrect operand type for operator or function; operator or function: -, \
             operand type: SS",
        ),
        (
            "SET c = list_append(l, :v)",
            "Incorrect operand type for operator or function; operator or function: list_append, \
             operand type: N",
        ),
        (
            "SET c = list_append(:l)",
            "Incorrect number of operands for operator or function; \
             operator or function: list_append, number of operands: 1",
        ),
        (
            "SET c = if_not_exists(a, :v, :v)",
            "Incorrect number of operands for operator or function; \
             operator or function: if_not_exists, number of operands: 3",
        ),
        (
            "SET c = if_not_exists(:v, a)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET c = if_not_exists((a + b), a)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
    ] {
        assert_eq!(refusal(expression), format!("Invalid UpdateExpression: {sentence}"));
    }
}

#[test]
fn what_the_item_does_not_allow_is_an_error_when_applied() {
    use UpdateError::{IncorrectType, InvalidPath, MissingOperand};
    let values = [
        (":v", number("1")),
        (":ss", texts(&["a"])),
        (":ns", AttributeValue::Ns(vec![Number::parse("1").expect("a number")])),
    ];
    for (expression, error) in [
        ("SET nope.x = :v", InvalidPath),
        ("SET a.x = :v", InvalidPath),
        ("SET l.x = :v", InvalidPath),
        ("SET m[0] = :v", InvalidPath),
        ("SET l[9].x = :v", InvalidPath),
        ("SET ss[0] = :v", InvalidPath),
        ("REMOVE nope.x", InvalidPath),
        ("REMOVE a.x", InvalidPath),
        ("REMOVE nope[0]", InvalidPath),
        ("ADD nope.x :v", InvalidPath),
        ("DELETE nope.x :ss", InvalidPath),
        ("SET ok = :v, m.nope.x = :v", InvalidPath),
        ("SET c = nope", MissingOperand),
        ("SET c = nope + :v", MissingOperand),
        ("SET c = n - l[9]", MissingOperand),
        ("SET c = list_append(nope, l)", MissingOperand),
        ("SET c = if_not_exists(nope, m.nope)", MissingOperand),
        ("SET nope.x = nope", MissingOperand),
        ("SET c = a + :v", IncorrectType),
        ("SET c = :v - nul", IncorrectType),
        ("SET c = l + :v", IncorrectType),
        ("SET c = list_append(l, a)", IncorrectType),
        ("SET c = list_append((n + :v), l)", IncorrectType),
        ("SET c = list_append(l, l) + :v", IncorrectType),
        ("ADD a :v", IncorrectType),
        ("ADD n :ss", IncorrectType),
        ("ADD ss :v", IncorrectType),
        ("ADD ss :ns", IncorrectType),
        ("ADD l :v", IncorrectType),
        ("DELETE a :ss", IncorrectType),
        ("DELETE ss :ns", IncorrectType),
    ] {
        let update = parsed(expression, &values).expect(expression);
        assert_eq!(applied(&update, &item()), Err(error), "{expression}");
    }
}

#[test]
fn numbers_leave_their_range_only_as_errors() {
    let item = Item::from([
        ("big", number("9e125")),
        ("small", number("1.5e-130")),
        ("tall", number("1e38")),
    ]);
    let values = [(":big", number("9e125")), (":one", number("1")), (":small", number("1e-130"))];
    for (expression, error) in [
        ("SET c = big + :big", RangeError::Overflow),
        ("ADD big :big", RangeError::Overflow),
        ("SET c = small - :small", RangeError::Underflow),
        ("SET c = tall + :one", RangeError::TooManyDigits),
        ("ADD tall :one", RangeError::TooManyDigits),
    ] {
        let update = parsed(expression, &values).expect(expression);
        assert_eq!(applied(&update, &item), Err(UpdateError::Range(error)), "{expression}");
    }
}

#[test]
fn errors_of_applying_have_no_prefix() {
    for (error, sentence) in [
        (
            UpdateError::InvalidPath,
            "The document path provided in the update expression is invalid for update",
        ),
        (
            UpdateError::MissingOperand,
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            UpdateError::IncorrectType,
            "An operand in the update expression has an incorrect data type",
        ),
        (UpdateError::LegacyTypeMismatch, "Type mismatch for attribute to update"),
        (
            UpdateError::Range(RangeError::Overflow),
            "Number overflow. Attempting to store a number with magnitude larger than supported \
             range",
        ),
        (
            UpdateError::Range(RangeError::Underflow),
            "Number underflow. Attempting to store a number with magnitude smaller than supported \
             range",
        ),
        (
            UpdateError::Range(RangeError::TooManyDigits),
            "Attempting to store more than 38 significant digits in a Number",
        ),
        (
            UpdateError::TooDeep,
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested \
             levels beyond supported limit",
        ),
        (UpdateError::TooLarge, "Item size to update has exceeded the maximum allowed size"),
    ] {
        assert_eq!(error.to_string(), sentence);
    }
}

/// A text in so many lists.
fn nest(levels: usize) -> AttributeValue {
    (0..levels).fold(text("x"), |value, _| list([value]))
}

#[test]
fn nesting_is_held_on_both_sides() {
    let item = Item::from([("deep", nest(31)), ("l", list([text("x")])), ("m", map([]))]);
    let values = [(":d", nest(30)), (":e", nest(31))];
    for (expression, is_allowed) in [
        ("SET a = deep, b = :e, l[0] = :d, m.x = :d", true),
        ("SET l[0] = deep", false),
        ("SET l[5] = :e", false),
        ("SET m.x = deep", false),
        ("SET b = list_append(l, deep), c = list_append(deep, :d)", true),
        ("SET m.x = list_append(deep, deep)", false),
    ] {
        let update = parsed(expression, &values).expect(expression);
        let error = applied(&update, &item).err();
        assert_eq!(error, (!is_allowed).then_some(UpdateError::TooDeep), "{expression}");
    }
}

#[test]
fn an_item_that_would_be_too_large_is_refused() {
    let item = Item::from([("s", text(&"x".repeat(ITEM_BYTES_MAX - 4))), ("n", number("0"))]);
    let values = [(":v", number("5")), (":w", number("555"))];
    let change = |expression| applied(&parsed(expression, &values).expect(expression), &item);

    assert!(change("SET n = :v").is_ok(), "exactly as large as an item may be");
    assert_eq!(change("SET n = :w"), Err(UpdateError::TooLarge));
    assert_eq!(change("SET a = :v"), Err(UpdateError::TooLarge));
    assert!(change("SET a = s REMOVE s").is_ok());
    assert_eq!(change("SET a = s, b = s"), Err(UpdateError::TooLarge));
}

#[test]
fn a_short_text_cannot_name_a_large_list_without_end() {
    let item = Item::from([("l", AttributeValue::L(vec![AttributeValue::Null; 100_000]))]);
    let nested = format!("SET l = {}l{}", "list_append(l,".repeat(200), ")".repeat(200));
    let copies = (0..400).map(|n| format!("c{n}=l")).collect::<Vec<_>>().join(",");

    for expression in [nested, format!("SET {copies}")] {
        let update = parsed(&expression, &[]).expect("an update");
        assert_eq!(applied(&update, &item), Err(UpdateError::TooLarge));
    }
}
