//! Every sentence about a condition that reads well and is wrong, and which comes first.

use super::*;

fn sentence(text: &str) -> String {
    let values = [
        (":s", s("x")),
        (":t", s("a")),
        (":n", n("1.0")),
        (":m", n("-3")),
        (":b", b(&[1, 2])),
        (":c", b(&[1])),
        (":true", AttributeValue::Bool(true)),
        (":null", AttributeValue::Null),
        (":l", AttributeValue::L(vec![])),
        (":map", m(vec![])),
        (":ss", ss(&["a"])),
        (":ns", ns(&["1"])),
        (":bs", AttributeValue::Bs(vec![])),
    ];
    let mut placeholders = used_placeholders(text, &[("#a", "a"), ("#status", "status")], &values);
    match parse_condition(text, &mut placeholders) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(sentence(text), format!("Invalid ConditionExpression: {expected}"), "{text}");
}

#[test]
fn functions_have_names_roles_and_arities() {
    check("foo(a)", "Invalid function name; function: foo");
    check("SIZE(a) = :n", "Invalid function name; function: SIZE");
    for name in ["if_not_exists", "list_append"] {
        check(
            &format!("a = {name}(a, :s)"),
            &format!("The function is not allowed in a condition expression; function: {name}"),
        );
    }
    let misused =
        "The function is not allowed to be used this way in an expression; function:".to_owned();
    for (text, name) in [
        ("size(a)", "size"),
        ("NOT size(a)", "size"),
        ("(size(a)) OR a = :s", "size"),
        ("contains(a, :s) = :s", "contains"),
        ("attribute_exists(begins_with(a, :s))", "begins_with"),
        ("a IN (:s, attribute_exists(b))", "attribute_exists"),
        ("a BETWEEN :s AND attribute_type(a, :s)", "attribute_type"),
    ] {
        check(text, &format!("{misused} {name}"));
    }
    for (text, name, count) in [
        ("begins_with(a, :s, :t)", "begins_with", 3),
        ("begins_with(a)", "begins_with", 1),
        ("contains(a)", "contains", 1),
        ("attribute_exists(a, b)", "attribute_exists", 2),
        ("attribute_not_exists(a, b, c)", "attribute_not_exists", 3),
        ("attribute_type(a)", "attribute_type", 1),
        ("size(a, b) = :n", "size", 2),
        ("a IN (:n, size(a, b, c))", "size", 3),
    ] {
        let expected = format!(
            "Incorrect number of operands for operator or function; operator or function: {name}, \
             number of operands: {count}"
        );
        check(text, &expected);
    }
    for name in ["attribute_exists", "attribute_not_exists"] {
        for argument in [":s", "size(a)"] {
            let expected = "Operator or function requires a document path; operator or function:";
            check(&format!("{name}({argument})"), &format!("{expected} {name}"));
        }
    }
}

#[test]
fn operands_must_differ() {
    for (text, operator, path) in [
        ("a = a", "=", "[a]"),
        ("#a <> a", "<>", "[a]"),
        ("a.b[0] < #a.b[0]", "<", "[a, b, [0]]"),
        ("(a) >= a", ">=", "[a]"),
        ("begins_with(a, a)", "begins_with", "[a]"),
        ("contains(a[1], a[1])", "contains", "[a, [1]]"),
        ("attribute_type(a, a)", "attribute_type", "[a]"),
    ] {
        let expected = format!(
            "The first operand must be distinct from the remaining operands for this operator or \
             function; operator: {operator}, first operand: {path}"
        );
        check(text, &expected);
    }
    for legal in ["a = a.b", ":s = :s", ":n < :m", "a BETWEEN a AND a", "a IN (a)"] {
        assert_eq!(sentence(legal), "", "{legal}");
    }
}

#[test]
fn operands_have_types() {
    for (text, operator, operand) in [
        ("begins_with(a, :n)", "begins_with", "N"),
        ("begins_with(:true, a)", "begins_with", "BOOL"),
        ("begins_with(a, :ss)", "begins_with", "SS"),
        ("size(:n) = :n", "size", "N"),
        ("size(:true) = :n", "size", "BOOL"),
        ("size(:null) = :n", "size", "NULL"),
        ("size(size(a)) = :n", "size", "N"),
        ("a < :true", "<", "BOOL"),
        (":null <= a", "<=", "NULL"),
        ("a > :l", ">", "L"),
        ("a >= :map", ">=", "M"),
        ("a < :bs", "<", "BS"),
        ("a BETWEEN :ns AND :n", "BETWEEN", "NS"),
        ("a BETWEEN :n AND :null", "BETWEEN", "NULL"),
        (":map BETWEEN a AND b", "BETWEEN", "M"),
        ("attribute_type(a, :n)", "attribute_type", "N"),
        ("attribute_type(a, b)", "attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"),
        ("attribute_type(a, size(b))", "attribute_type", "N"),
    ] {
        let expected = format!(
            "Incorrect operand type for operator or function; operator or function: {operator}, \
             operand type: {operand}"
        );
        check(text, &expected);
    }
    for legal in [
        "a = :true AND a <> :map AND a IN (:null, :ss, size(b))",
        "contains(a, :map) AND contains(:n, a)",
        "size(:s) < size(:l) AND begins_with(:s, :b)",
        "size(:ss) BETWEEN :s AND a",
    ] {
        assert_eq!(sentence(legal), "", "{legal}");
    }
    check(
        "attribute_type(a, :s)",
        "Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    );
}

#[test]
fn bounds_are_of_one_type_and_in_order() {
    let types = "The BETWEEN operator requires same data type for lower and upper bounds; \
                 lower bound operand: AttributeValue: {S:x}, \
                 upper bound operand: AttributeValue: {N:1}";
    check("a BETWEEN :s AND :n", types);
    let order = |lower: &str, upper: &str| {
        format!(
            "The BETWEEN operator requires upper bound to be greater than or equal to lower \
             bound; lower bound operand: AttributeValue: {lower}, upper bound operand: \
             AttributeValue: {upper}"
        )
    };
    check("a BETWEEN :n AND :m", &order("{N:1}", "{N:-3}"));
    check("size(a) BETWEEN :s AND :t", &order("{S:x}", "{S:a}"));
    check("a BETWEEN :b AND :c", &order("{B:AQI=}", "{B:AQ==}"));
    assert_eq!(sentence("a BETWEEN :n AND :n"), "");
}

#[test]
fn counts_have_limits() {
    let joined = |count: usize| vec!["a = :s"; count].join(" OR ");
    // Each comparison is an operator, and so is each OR.
    assert_eq!(sentence(&joined(150)), "");
    check(&joined(151), "The expression contains too many operators; operator count: 301");
    let clause = "NOT size(a) IN (:n) AND a BETWEEN :n AND :n AND contains(a, :n)";
    let repeated = vec![clause; 50].join(" OR ");
    check(&repeated, "The expression contains too many operators; operator count: 399");

    let choices = |count: usize| format!("a IN ({})", vec![":s"; count].join(","));
    assert_eq!(sentence(&choices(100)), "");
    check(
        &choices(163),
        "The IN operator is provided with too many operands; number of operands: 163",
    );

    check("", "The expression can not be empty;");
    let long = |bytes: usize| format!("a = :s{}", " ".repeat(bytes - 6));
    assert_eq!(sentence(&long(4_096)), "");
    check(
        &long(4_109),
        "Expression size has exceeded the maximum allowed size; expression size: 4109",
    );
    let deep = |steps: usize| format!("a{} = :s", ".b".repeat(steps));
    assert_eq!(sentence(&deep(32)), "");
    check(&deep(33), "The document path has too many nesting elements; nesting levels: 33");
    assert_eq!(sentence("a[2147483647] = :s"), "");
    for index in ["2147483648", "99999999999999999999999"] {
        check(
            &format!("a[{index}] = :s"),
            &format!("List index is not within the allowable range; index: [{index}]"),
        );
    }
}

#[test]
fn parentheses_may_not_be_doubled() {
    for text in ["((a = :s))", "((a)) = :s", "a = ((:s))", "((a)).b = :s", "b = :s AND ((a = :s))"]
    {
        check(text, "The expression has redundant parentheses;");
    }
    for legal in [
        "(a = :s)",
        "((a = :s) AND (b = :s))",
        "(a = :s AND (b = :s))",
        "(NOT (a = :s))",
        "((a) = :s)",
    ] {
        assert_eq!(sentence(legal), "", "{legal}");
    }
}

#[test]
fn reserved_words_need_placeholders() {
    for (text, word) in
        [("status = :s", "status"), ("a.STATUS = :s", "STATUS"), ("size(new[0].x) = :n", "new")]
    {
        check(text, &format!("Attribute name is a reserved keyword; reserved keyword: {word}"));
    }
    assert_eq!(sentence("#status = :s"), "");
}

#[test]
fn undefined_placeholders_are_named() {
    check(
        "#nope = :s",
        "An expression attribute name used in the document path is not defined; \
         attribute name: #nope",
    );
    check(
        "a = :nope",
        "An expression attribute value used in expression is not defined; \
         attribute value: :nope",
    );
}

#[test]
fn kinds_of_faults_come_in_order() {
    let first = |text: &str, kind: &str| {
        let sentence = sentence(text);
        assert!(sentence.contains(kind), "{text}: {sentence}");
    };
    first("((status)) = foo(a) b", "Syntax error; token: \"b\"");
    first("((status)) = foo(a)", "redundant");
    first("a = :s AND status = :s AND foo(a)", "function: foo");
    first("size(status) AND foo(a)", "function: foo");
    first("size(status) AND a = :nope", "used this way");
    first("a = :nope AND status = :s", "reserved");

    // Clause by clause.
    first("a = :nope AND begins_with(a, :n)", ":nope");
    first("begins_with(a, :n) AND a = :nope", "begins_with, operand type: N");
    first("a = a AND a = :nope", "distinct");
    first("#nope = :nope", "#nope");
    first(":nope = #nope", ":nope");

    // Within a clause.
    first("begins_with(a, a, :nope)", ":nope");
    first("contains(size(a, b), size(a, b), a)", "function: contains, number of operands: 3");
    first("attribute_type(a, a)", "distinct");
    first("a BETWEEN :s AND :true", "operand type: BOOL");
}

#[test]
fn a_filter_is_called_so() {
    let error = parse_filter("a", &mut Placeholders::default()).expect_err("no condition");

    assert_eq!(
        error.to_string(),
        "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"a\""
    );
}
