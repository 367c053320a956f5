//! What updates do to an item.

use super::*;
use crate::expr::samples::{item, list, map, number, text, texts};
use crate::model::Number;

/// The item of the vectors with other attributes; those that are `None` are gone.
fn with(changes: &[(&str, Option<AttributeValue>)]) -> Item {
    let mut item = item();
    for (name, value) in changes {
        let place = item.attributes.iter().position(|(given, _)| given == name);
        match (place, value) {
            (Some(place), Some(value)) => item.attributes[place].1 = value.clone(),
            (Some(place), None) => drop(item.attributes.remove(place)),
            (None, Some(value)) => item.attributes.push(((*name).to_owned(), value.clone())),
            (None, None) => {}
        }
    }
    item
}

fn change(expression: &str, values: &[(&str, AttributeValue)]) -> Result<Item, UpdateError> {
    let update = parsed(expression, values);
    applied(&update.unwrap_or_else(|error| panic!("{expression}: {error}")), &item())
}

fn element() -> AttributeValue {
    map([("k", text("v")), ("k2", number("1"))])
}

#[test]
fn right_hand_sides_see_the_item_as_it_was() {
    for (expression, values, changes) in [
        (
            "SET a = :v, b = a",
            vec![(":v", text("X"))],
            vec![("a", Some(text("X"))), ("b", Some(text("hello")))],
        ),
        ("SET a = n, n = a", vec![], vec![("a", Some(number("5"))), ("n", Some(text("hello")))]),
        (
            "REMOVE a SET b = a ADD n :v",
            vec![(":v", number("1"))],
            vec![("a", None), ("n", Some(number("6"))), ("b", Some(text("hello")))],
        ),
        (
            "ADD n :v SET b = n, c = n - :v",
            vec![(":v", number("1"))],
            vec![("n", Some(number("6"))), ("b", Some(number("5"))), ("c", Some(number("4")))],
        ),
        (
            "SET c = if_not_exists(nope, :v) + :v",
            vec![(":v", number("2"))],
            vec![("c", Some(number("4")))],
        ),
        (
            "SET c = ((n + :v)) - (:v - n)",
            vec![(":v", number("2"))],
            vec![("c", Some(number("10")))],
        ),
        (
            "SET c = if_not_exists(nul, nope), d = if_not_exists(nope, if_not_exists(m.z, :v))",
            vec![(":v", number("2"))],
            vec![("c", Some(AttributeValue::Null)), ("d", Some(map([("q", text("deep"))])))],
        ),
    ] {
        assert_eq!(change(expression, &values), Ok(with(&changes)), "{expression}");
    }
}

#[test]
fn lists_grow_and_shrink_by_the_old_indexes() {
    let (x, y) = ((":x", text("x")), (":y", text("y")));
    let e = |n: usize| text(&format!("e{n}"));
    for (expression, values, left) in [
        (
            "SET l[9] = :x, l[7] = :y",
            vec![x.clone(), y.clone()],
            vec![e(0), e(1), e(2), element(), text("y"), text("x")],
        ),
        ("REMOVE l[0], l[1]", vec![], vec![e(2), element()]),
        ("REMOVE l[0] SET l[1] = :x", vec![x.clone()], vec![text("x"), e(2), element()]),
        ("SET l[1] = :x REMOVE l[0]", vec![x.clone()], vec![text("x"), e(2), element()]),
        (
            "SET l[4] = :x, l[2147483647] = l[0] REMOVE l[0], l[100]",
            vec![x.clone()],
            vec![e(1), e(2), element(), text("x"), e(0)],
        ),
        (
            "SET l = list_append(:v, l)",
            vec![(":v", list([text("z")]))],
            vec![text("z"), e(0), e(1), e(2), element()],
        ),
        (
            "SET l = list_append(list_append(l, :v), if_not_exists(nope, :w))",
            vec![(":v", list([text("z")])), (":w", list([]))],
            vec![e(0), e(1), e(2), element(), text("z")],
        ),
        (
            "ADD l[3].k2 :n, l[9] :n SET l[3].k3 = l[3].k REMOVE l[3].k",
            vec![(":n", number("4"))],
            vec![e(0), e(1), e(2), map([("k2", number("5")), ("k3", text("v"))]), number("4")],
        ),
        ("REMOVE l[0], l[1], l[2], l[3]", vec![], vec![]),
    ] {
        let left = with(&[("l", Some(list(left)))]);
        assert_eq!(change(expression, &values), Ok(left), "{expression}");
    }
}

#[test]
fn add_and_delete_start_from_what_is_there_or_from_nothing() {
    let numbers = |texts: &[&str]| {
        let parse = |text: &&str| Number::parse(text).expect("a number");
        AttributeValue::Ns(texts.iter().map(parse).collect())
    };
    for (expression, values, changes) in [
        (
            "ADD m.y :v, cnt :v, ss :w",
            vec![(":v", number("2")), (":w", texts(&["c"]))],
            vec![
                (
                    "m",
                    Some(map([
                        ("x", text("mx")),
                        ("y", number("9")),
                        ("z", map([("q", text("deep"))])),
                    ])),
                ),
                ("cnt", Some(number("2"))),
                ("ss", Some(texts(&["a", "b", "c"]))),
            ],
        ),
        ("ADD n :v", vec![(":v", number("-7.5"))], vec![("n", Some(number("-2.5")))]),
        (
            "ADD m.s :v, ns :n",
            vec![(":v", texts(&["q"])), (":n", numbers(&["1", "2"]))],
            vec![
                (
                    "m",
                    Some(map([
                        ("x", text("mx")),
                        ("y", number("7")),
                        ("z", map([("q", text("deep"))])),
                        ("s", texts(&["q"])),
                    ])),
                ),
                ("ns", Some(numbers(&["1", "2"]))),
            ],
        ),
        (
            "ADD ss :v",
            vec![(":v", texts(&["A", "b"]))],
            vec![("ss", Some(texts(&["A", "a", "b"])))],
        ),
        ("DELETE ss :v", vec![(":v", texts(&["a", "b"]))], vec![("ss", None)]),
        ("DELETE ss :v", vec![(":v", texts(&["b", "c"]))], vec![("ss", Some(texts(&["a"])))]),
        ("DELETE ss :v, gone :v, m.gone :v, l[8] :v", vec![(":v", texts(&["c"]))], vec![]),
    ] {
        assert_eq!(change(expression, &values), Ok(with(&changes)), "{expression}");
    }
}

#[test]
fn what_is_new_follows_in_textual_order() {
    let values = [(":v", number("1"))];
    let update =
        parsed("ADD z :v SET y = :v, a = :v, x = :v REMOVE n", &values).expect("an update");
    let before = Item::from([("n", number("0")), ("a", number("0")), ("k", text("k"))]);

    let after = applied(&update, &before).expect("nothing is wrong");

    let names: Vec<_> = after.attributes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "k", "z", "y", "x"]);
}

#[test]
fn an_update_without_actions_leaves_the_item() {
    let update = Update::default();

    assert!(update.is_empty());
    assert_eq!(applied(&update, &item()), Ok(item()));
    assert_eq!(change("REMOVE nope, l[17], m.nope", &[]), Ok(item()));
    assert!(!parsed("REMOVE nope", &[]).expect("an update").is_empty());
}

#[test]
fn legacy_actions_append_lists_and_have_words_of_their_own() {
    let legacy_add = |name: &str, value| Action::LegacyAdd(Path::attribute(name), value);
    let legacy_delete = |name: &str, value| Action::LegacyDelete(Path::attribute(name), value);
    let e = |n: usize| text(&format!("e{n}"));
    let mismatch = Err(UpdateError::LegacyTypeMismatch);
    for (action, result) in [
        (
            legacy_add("l", list([number("1")])),
            Ok(with(&[("l", Some(list([e(0), e(1), e(2), element(), number("1")])))])),
        ),
        (legacy_add("new", list([number("1")])), Ok(with(&[("new", Some(list([number("1")])))]))),
        (legacy_add("n", number("1")), Ok(with(&[("n", Some(number("6")))]))),
        (legacy_add("ss", texts(&["c"])), Ok(with(&[("ss", Some(texts(&["a", "b", "c"])))]))),
        (legacy_add("n", list([])), mismatch.clone()),
        (legacy_add("a", number("1")), mismatch.clone()),
        (legacy_add("n", number("1e125")), Err(UpdateError::Range(RangeError::TooManyDigits))),
        (legacy_delete("ss", texts(&["b"])), Ok(with(&[("ss", Some(texts(&["a"])))]))),
        (legacy_delete("ss", texts(&["a", "b"])), Ok(with(&[("ss", None)]))),
        (legacy_delete("nope", texts(&["a"])), Ok(item())),
        (legacy_delete("a", texts(&["a"])), mismatch),
    ] {
        let update = Update { actions: vec![action] };
        assert_eq!(applied(&update, &item()), result, "{update:?}");
    }
}

#[test]
fn targets_are_projected_as_leaves_in_their_parents() {
    let before = with(&[]);
    let values = [(":v", number("1")), (":s", texts(&["a", "b"]))];
    for (expression, old, new) in [
        (
            "SET n = n",
            Some(Item::from([("n", number("5"))])),
            Some(Item::from([("n", number("5"))])),
        ),
        (
            "SET m.x = :v, m.fresh = :v",
            Some(Item::from([("m", map([("x", text("mx"))]))])),
            Some(Item::from([("m", map([("x", number("1")), ("fresh", number("1"))]))])),
        ),
        (
            "SET l[2] = :v, l[0] = :v, l[9] = :v",
            Some(Item::from([("l", list([text("e0"), text("e2")]))])),
            Some(Item::from([("l", list([number("1"), number("1")]))])),
        ),
        (
            "REMOVE l[1]",
            Some(Item::from([("l", list([text("e1")]))])),
            Some(Item::from([("l", list([text("e2")]))])),
        ),
        (
            "REMOVE a DELETE ss :s",
            Some(Item::from([("a", text("hello")), ("ss", values[1].1.clone())])),
            None,
        ),
        ("SET fresh = :v", None, Some(Item::from([("fresh", number("1"))]))),
        ("REMOVE nope", None, None),
    ] {
        let update = parsed(expression, &values).expect(expression);
        let after = update.apply(before.encode().view()).expect(expression);

        let projected_old = update.project_targets(before.encode().view());
        let projected_new = update.project_targets(after.view());

        assert_eq!(projected_old.as_ref().map(owned), old, "{expression}");
        assert_eq!(projected_new.as_ref().map(owned), new, "{expression}");
    }
}

#[test]
fn a_nest_of_parentheses_or_functions_is_no_deep_recursion() {
    let parentheses = format!("SET c = {}:v{}", "(".repeat(2_000), ")".repeat(2_000));
    let functions = format!("SET c = {}:v{}", "if_not_exists(x,".repeat(200), ")".repeat(200));
    let sums = format!("SET c = {}:v{}", "(".repeat(300), "+:v)".repeat(300));
    let lists = format!("SET l = {}l{}", "list_append(l,".repeat(200), ")".repeat(200));
    for (expression, value) in [
        (parentheses, ("c", number("2"))),
        (functions, ("c", number("2"))),
        (sums, ("c", number("602"))),
        (lists, ("l", list(vec![[text("e0"), text("e1"), text("e2"), element()]; 201].concat()))),
    ] {
        let values = [(":v", number("2"))];
        let values = if expression.contains(":v") { &values[..] } else { &[] };

        assert_eq!(change(&expression, values), Ok(with(&[(value.0, Some(value.1))])));
    }
}
