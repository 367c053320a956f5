//! What the service's parser says of texts that are no statements, and that no text is too much.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

fn refusal(text: &str) -> String {
    match parse(text) {
        Err(Error::Syntax(detail)) => detail.to_owned(),
        other => panic!("{text}: {other:?}"),
    }
}

/// The condition of a `SELECT`.
fn condition(text: &str) -> ExprKind {
    match parse(&format!("SELECT * FROM t WHERE {text}")) {
        Ok((Sentence::Select(select), _)) => select.condition.expect("a condition").kind,
        other => panic!("{text}: {other:?}"),
    }
}

fn name(kind: &ExprKind) -> &'static str {
    kind.name()
}

#[test]
fn each_fault_has_the_words_of_the_services_parser() {
    let long = "(".repeat(65);
    let nots = "NOT ".repeat(65);
    let sums = format!("1{}", "+1".repeat(65));
    let froms = "FROM ".repeat(1_000);
    for (text, detail) in [
        ("SELECT * FROM t WHERE pk = 'a' #", ""),
        ("SELECT * FROM t /* WHERE", ""),
        ("SELECT * FROM \"t", ""),
        ("SELECT * FROM t WHERE n = 1e2147483648", ""),
        ("SLECT * FROM \"t\" WHERE pk = 'a'", "Expected data manipulation"),
        ("FROM t WHERE pk = 'a'", "Expected data manipulation"),
        ("UPDATE t WHERE pk = 'a'", "Expected data manipulation"),
        ("UPDATE Payment-x SET a = 1", "Expected data manipulation"),
        ("SELECT * FROM t WHERE pk = 'a' foo", "Unexpected token after expression"),
        ("SELECT * FROM t WHERE pk = 'a')", "Unexpected token after expression"),
        ("SELECT * FROM t WHERE pk = 'a' LIMIT 1", "Unexpected token after expression"),
        ("SELECT * FROM t ORDER BY pk WHERE pk = 'a'", "Unexpected token after expression"),
        ("DELETE FROM t WHERE pk = 'a' ORDER BY pk", "Unexpected token after expression"),
        ("FROM t SET a = 1 WHERE pk = 'a'", "Unexpected token after expression"),
        ("INSERT INTO t AS x VALUE {'pk': 'a'}", "Unexpected token after expression"),
        ("SELECT * FROM t WHERE pk = 1 e5", "Unexpected token after expression"),
        ("SELECT * FROM t WHERE", "Unexpected term"),
        ("SELECT * FROM t WHERE;", "Unexpected term"),
        ("SELECT * FROM t WHERE NOT", "Unexpected term"),
        ("SELECT * FROM t WHERE (", "Unexpected term"),
        ("SELECT * FROM", "Unexpected term"),
        ("", "Unexpected term"),
        (
            "SELECT * FROM t WHERE pk = 'a' AND",
            "Missing right-hand side expression of infix operator",
        ),
        (
            "SELECT * FROM t WHERE pk = 'a' OR",
            "Missing right-hand side expression of infix operator",
        ),
        ("SELECT * FROM t WHERE pk =", "Missing right-hand side expression of infix operator"),
        ("SELECT * FROM t WHERE ORDER BY pk", "Unexpected keyword"),
        ("SELECT * FROM t WHERE date = 1", "Unexpected keyword"),
        ("SELECT DISTINCT a FROM t", "Unexpected keyword"),
        ("SELECT * FROM t WHERE IS NULL", "Unexpected operator"),
        ("SELECT * FROM t WHERE pk = LIKE", "Unexpected operator"),
        ("SELECT * FROM t WHERE = 1", "Unexpected operator"),
        ("SELECT * FROM t WHERE x IS FOO", "Expected type name"),
        ("SELECT * FROM t WHERE x IS", "Expected type name"),
        ("DELETE FROM", "Expected identifier for simple path"),
        ("DELETE FROM WHERE pk = 'a'", "Expected identifier for simple path"),
        ("UPDATE ? SET a = 1", "Expected identifier for simple path"),
        ("SELECT m.inner FROM t", "Invalid path dot component"),
        ("UPDATE t SET m.inner = 1", "Invalid path dot component"),
        ("DELETE t WHERE pk = 'a'", "Expected FROM after DELETE"),
        ("SELECT *", "Expected FROM after SELECT list"),
        ("SELECT a b c FROM t", "Expected FROM after SELECT list"),
        ("SELECT FROM t", "Cannot have empty SELECT list"),
        ("SELECT *, a FROM t", "Invalid use of * in select list"),
        ("SELECT a, * FROM t", "Invalid use of * in select list"),
        ("UPDATE t SET WHERE pk = 'a'", "Expected assignment for SET"),
        ("UPDATE t SET a WHERE pk = 'a'", "Expected '='"),
        ("UPDATE t REMOVE l[*]", "Invalid path component for simple path"),
        ("SELECT * FROM t WHERE a BETWEEN 1", "Expected AND after BETWEEN"),
        ("SELECT * FROM t WHERE a BETWEEN 1 AND", "Expected expression after AND"),
        ("SELECT * FROM t WHERE ()", "Expression group cannot be empty"),
        (
            "UPDATE t SET a = 1 WHERE pk = 'a' RETURNING OLD *",
            "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.",
        ),
        (
            "UPDATE t SET a = 1 WHERE pk = 'a' RETURNING ALL NEW a",
            "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.",
        ),
        (
            "SELECT * FROM t; SELECT * FROM t",
            "Unexpected token after semicolon. (Only one query is allowed.)",
        ),
        (&long, "Expressions are nested too deep"),
        (&nots, "Expressions are nested too deep"),
        (&sums, "Expressions are nested too deep"),
        (&froms, "Expressions are nested too deep"),
    ] {
        assert_eq!(refusal(text), detail, "{text}");
    }
}

#[test]
fn statements_end_where_they_end_and_one_semicolon_may_follow() {
    for text in [
        "SELECT * FROM t",
        "select a, m.k, l[1] from \"t\".\"i\" where pk = ? order by sk desc, pk;",
        "INSERT INTO t VALUE {'pk': 'a', \"b\": <<1, 2>>, c: [TRUE, null, {'x': -.5}]}",
        "UPDATE t SET a = 1, b.c = d + 1 SET l[0] = list_append(l, [1]) REMOVE x REMOVE y.z \
         WHERE pk = 'a' AND a <> 2 RETURNING MODIFIED NEW *",
        "FROM t WHERE pk = 'a' SET a = set_add(a, <<'x'>>)",
        "DELETE FROM t WHERE pk = 'a' RETURNING ALL OLD *",
        "EXISTS(SELECT * FROM t WHERE pk = 'a' AND x = 1)",
        "SELECT * FROM t WHERE a IN [1, 2] AND b IN (1, 2) AND c IN ? AND d NOT BETWEEN 1 AND 2",
        "SELECT * -- comment\nFROM /* another */ t",
    ] {
        assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
    }
    let parameters = parse("SELECT * FROM t WHERE a = ? AND b = '?' AND c IN [?, ?]");
    assert_eq!(parameters.map(|(_, count)| count), Ok(3));
}

#[test]
fn operators_bind_as_strongly_as_partiql_says() {
    for (text, outermost) in [
        ("a = 1 OR b = 2 AND c = 3", "Or"),
        ("NOT a = 1 AND b = 2", "And"),
        ("NOT a = 1", "Not"),
        ("a = 1 + 2", "Eq"),
        ("a < 1 = TRUE", "Eq"),
        ("a IS NOT MISSING", "Not"),
        ("a NOT IN [1]", "Not"),
        ("a BETWEEN 1 AND 2 AND b = 1", "And"),
        ("a BETWEEN 1 + 1 AND 2", "Between"),
        ("(a = 1 OR b = 2) AND c = 3", "And"),
    ] {
        assert_eq!(name(&condition(text)), outermost, "{text}");
    }
    let ExprKind::Or(any) = condition("a = 1 OR b = 2 OR c = 3") else { panic!("an OR") };
    assert_eq!(any.len(), 3);
}

#[test]
fn a_thousand_alternatives_are_not_too_deep() {
    let text = format!("a=1{}", " OR a=1".repeat(1_000));

    let ExprKind::Or(any) = condition(&text) else { panic!("an OR") };

    assert_eq!(any.len(), 1_001);
}

#[test]
fn a_sign_belongs_to_its_number() {
    for (text, number) in [("-.73e1", "-.73e1"), ("+5", "5"), ("- 5", "-5"), ("--5", "")] {
        let text = format!("n = {text}");
        match parse(&format!("SELECT * FROM t WHERE {text}")) {
            Ok((Sentence::Select(select), _)) => {
                let Some(Expr { kind: ExprKind::Infix(_, _, right), .. }) = select.condition else {
                    panic!("a comparison")
                };
                assert_eq!(right.kind, ExprKind::Number(number.into()), "{text}");
            }
            // Two dashes begin a comment.
            other => assert!(other.is_err() && number.is_empty(), "{text}"),
        }
    }
}

/// Pieces that statements are made of, so that random texts get far.
const PIECES: [&str; 44] = [
    "SELECT ",
    "* ",
    "FROM ",
    "t ",
    "\"t\".\"i\" ",
    "WHERE ",
    "pk ",
    "= ",
    "'a' ",
    "? ",
    "AND ",
    "OR ",
    "NOT ",
    "( ",
    ") ",
    "[ ",
    "] ",
    "{ ",
    "} ",
    "<< ",
    ">> ",
    ", ",
    ": ",
    ". ",
    "; ",
    "1 ",
    "-.5e3 ",
    "IN ",
    "IS ",
    "MISSING ",
    "BETWEEN ",
    "INSERT INTO ",
    "VALUE ",
    "UPDATE ",
    "SET ",
    "REMOVE ",
    "DELETE ",
    "RETURNING ",
    "ALL OLD * ",
    "ORDER BY ",
    "EXISTS ",
    "size(",
    "m.k[1] ",
    "`1` ",
];

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_text_is_too_much(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_row_of_pieces_is_too_much(
        places in proptest::collection::vec(0..PIECES.len(), 0..120),
    ) {
        let text: String = places.into_iter().map(|place| PIECES[place]).collect();
        let _ = parse(&text);
    }

    #[test]
    fn nothing_repeated_is_too_much(piece in 0..PIECES.len(), more in 0..PIECES.len()) {
        let text = [PIECES[piece], PIECES[more]].concat().repeat(500);
        let _ = parse(&text);
        let _ = parse(&format!("SELECT * FROM t WHERE {text}"));
    }
}
