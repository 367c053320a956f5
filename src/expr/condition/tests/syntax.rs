//! What the parser takes and where it stops.

use super::*;

fn error(text: &str) -> Error {
    let values = [(":v", s("x")), (":w", s("y"))];
    let mut placeholders = used_placeholders(text, &[("#a", "a"), ("#b", "b")], &values);
    match parse_condition(text, &mut placeholders) {
        Ok(condition) => panic!("{text} parses to {condition:?}"),
        Err(error) => error,
    }
}

#[test]
fn a_syntax_error_shows_the_token_and_its_neighbours() {
    for (text, token, near) in [
        ("foo", "<EOF>", "foo"),
        ("foo  ", "<EOF>", "foo"),
        (" ", "<EOF>", " "),
        (" \n", "<EOF>", " \n"),
        ("f()", ")", "()"),
        ("f ( )", ")", "( )"),
        ("a = :v AND NOT #b", "<EOF>", "#b"),
        ("a AND NOT #b", "AND", "a AND NOT"),
        ("a = :v a", "a", ":v a"),
        ("begins_with(SK, G_M#)", "#", "G_M#)"),
        ("#a attribute_not_exists :v", "attribute_not_exists", "#a attribute_not_exists :v"),
        ("a = :v AND _sortKey = :w", "_", "AND _sortKey"),
        ("GI-1-PK = :v", "-", "GI-1"),
        ("_type = :v", "_", "_type"),
        ("a = 5", "5", "= 5"),
        ("a > = :v", "=", "> = :v"),
        ("a == :v", "=", "== :v"),
        ("a != :v", "!", "a !="),
        ("a = :v\u{a0}", "\u{a0}", ":v\u{a0}"),
        ("a = b = c", "=", "b = c"),
        ("(a = :v) = :w", "=", ") = :w"),
        ("a = (b = :v)", "=", "b = :v"),
        ("a = (b AND :v)", "AND", "b AND :v"),
        ("a = NOT b", "NOT", "= NOT b"),
        ("between = :v", "between", "between ="),
        ("a.in = :v", "in", ".in ="),
        ("a = :v AND", "<EOF>", "AND"),
        ("AND a = :v", "AND", "AND a"),
        ("a = :v OR OR b = :v", "OR", "OR OR b"),
        ("a IN :v", ":v", "IN :v"),
        ("a IN ()", ")", "()"),
        ("a IN (:v,)", ")", ",)"),
        ("a IN (:v", "<EOF>", ":v"),
        ("a BETWEEN :v", "<EOF>", ":v"),
        ("a BETWEEN :v OR :w", "OR", ":v OR :w"),
        ("(a = :v", "<EOF>", ":v"),
        ("a = :v)", ")", ":v)"),
        ("(a) AND b = :v", "AND", ") AND b"),
        ("(:v).a = :w", ".", ").a"),
        (":v.a = :w", ".", ":v.a"),
        ("size(a).b = :v", ".", ").b"),
        ("#a(b)", "(", "#a(b"),
        ("a[00] = :v", "0", "00]"),
        ("a[-1] = :v", "-", "[-1"),
        ("a[0.4] = :v", ".", "0.4"),
        ("a[:v] = :w", ":v", "[:v]"),
        ("a. = :v", "=", ". = :v"),
        ("a = : v", ":", "= : v"),
        ("a = :v, b = :w", ",", ":v, b"),
        ("a + b = :v", "+", "a + b"),
        ("a = \"x\"", "\"", "= \"x"),
        ("f(a, b c)", "c", "b c)"),
        ("f(a = :v)", "=", "a = :v"),
        ("NOT", "<EOF>", "NOT"),
        ("NOT (a)", "<EOF>", ")"),
        ("()", ")", "()"),
    ] {
        let fault = Fault::Syntax(token.to_owned(), near.to_owned());
        assert_eq!(error(text).fault, fault, "{text}");
        let sentence = format!(
            "Invalid ConditionExpression: Syntax error; token: \"{token}\", near: \"{near}\""
        );
        assert_eq!(error(text).to_string(), sentence);
    }
}

#[test]
fn what_reads_well_is_taken() {
    let values = [(":v", s("x")), (":w", s("y"))];
    for (text, same) in [
        ("a between:v and:w", "a BETWEEN :v AND :w"),
        ("a IN(:v)", "a IN (:v)"),
        ("not(a = :v)", "NOT a = :v"),
        ("#a=:v", "a = :v"),
        (" a\t. b [ 0 ]\r\n= :v ", "a.b[0] = :v"),
        ("a = (:v)", "a = :v"),
        ("(a) = (:v)", "a = :v"),
        ("(a).b = :v", "a.b = :v"),
        ("(a.b)[0] = :v", "a.b[0] = :v"),
        ("((a).b).c = :v", "a.b.c = :v"),
        ("((size(#a)) < b.Maxi)", "size(a) < b.Maxi"),
        ("(attribute_exists(a))", "attribute_exists(a)"),
        ("attribute_exists ((a))", "attribute_exists(a)"),
        ("a IN ((:v), (b))", "a IN (:v, b)"),
        ("a BETWEEN (:v) AND (:w) and b = :v", "(a BETWEEN :v AND :w) AND b = :v"),
        ("NOT a = :v AND b = :w", "(NOT a = :v) AND (b = :w)"),
        ("a = :v OR b = :w AND c = :v", "a = :v OR (b = :w AND c = :v)"),
        ("a = :v AND b = :w OR c = :v", "(a = :v AND b = :w) OR c = :v"),
        ("NOT (a) = :v", "NOT (a = :v)"),
        ("set = :v", "set = :v"),
    ] {
        if text.starts_with("set") {
            // A keyword of another language is a name here, and then reserved.
            let fault = Fault::Reserved("set".to_owned());
            assert_eq!(error(text).fault, fault);
        } else {
            assert_eq!(condition(text, &values), condition(same, &values), "{text}");
        }
    }
}

#[test]
fn joined_conditions_keep_the_shape_of_the_text() {
    let values = [(":v", s("x"))];
    let clause = |name: &str| {
        let (path, value) = (Path::attribute(name), values[0].1.clone());
        Condition::Compare(Operand::Path(path), Comparator::Equal, Operand::Value(value))
    };
    let [a, b, c] = ["a", "b", "c"].map(clause);

    let flat = Condition::And(vec![a.clone(), b.clone(), c.clone()]);
    assert_eq!(condition("a = :v AND b = :v AND c = :v", &values), flat);
    let nested = Condition::And(vec![a.clone(), Condition::And(vec![b.clone(), c.clone()])]);
    assert_eq!(condition("a = :v AND (b = :v AND c = :v)", &values), nested);
    let twice = Condition::Not(Box::new(Condition::Not(Box::new(a))));
    assert_eq!(condition("NOT NOT a = :v", &values), twice);
    let either = Condition::Or(vec![Condition::Not(Box::new(b)), c]);
    assert_eq!(condition("NOT b = :v OR c = :v", &values), either);
}

#[test]
fn no_text_is_too_deep_for_a_small_stack() {
    let repeated = |open: &str, inner: &str, close: &str| {
        let count = (4_090 - inner.len()) / (open.len() + close.len());
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    let texts = [
        "(".repeat(4_096),
        repeated("(", "a=:v", ")"),
        repeated("(", "a", ")"),
        repeated("NOT ", "a=:v", ""),
        repeated("NOT(", "a=:v", ")"),
        repeated("f(", "a", ")"),
        repeated("size(", "a", ")"),
        repeated("a IN(", "b", ")"),
        repeated("(a=:v OR ", "a=:v", ")"),
        repeated("a=:v AND ", "b=:v", ""),
        repeated("(", "a", ").b"),
        format!("a = {}", repeated("(", "b", ")")),
    ];
    let deepest = format!("{}a = :v", "NOT ".repeat(299));

    let work = move || {
        for text in &texts {
            assert!(text.len() <= 4_096, "{}", text.len());
            drop(error(text));
        }
        let tree = condition(&deepest, &[(":v", s("x"))]);
        assert!(tree.holds(None));
        assert_eq!(tree.paths().len(), 1);
        assert_eq!(tree, tree.clone());
        assert_eq!(tree.print().text.matches("NOT").count(), 299);
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(work);
    thread.expect("a thread").join().expect("no text overflows");
}
