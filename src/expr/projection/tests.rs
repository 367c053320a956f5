//! The specification's vectors and sentences of projections, and items reduced another way.

use proptest::prelude::*;

use super::*;
use crate::expr::samples::{
    any_item, any_path, cases, item, list, map, number, placeholders, placeholders_of, text,
};
use crate::expr::{Fault, Step, parse_projection};
use crate::model::{AttributeValue, Item};

fn projected(expression: &str, item: &Item) -> Item {
    let mut placeholders = placeholders(&[("#a", "a"), ("#dot", "a.b")], &[]);
    let projection = parse_projection(expression, &mut placeholders).expect(expression);
    owned(&projection.project(item.encode().view()))
}

fn owned(item: &ItemBytes) -> Item {
    let view = ItemRef::check(item.stored()).expect("a projection is an item");
    let attributes = view.attributes().map(|(name, value)| (name.to_owned(), value.to_value()));
    Item { attributes: attributes.collect() }
}

fn refusal(expression: &str) -> String {
    let mut placeholders = placeholders(&[("#a", "a"), ("#status", "status")], &[]);
    parse_projection(expression, &mut placeholders).expect_err(expression).to_string()
}

#[test]
fn an_item_is_reduced_to_the_paths() {
    let element = map([("k", text("v")), ("k2", number("1"))]);
    let whole_list = list([text("e0"), text("e1"), text("e2"), element.clone()]);
    for (expression, left) in [
        ("l[2], l[0]", Item::from([("l", list([text("e0"), text("e2")]))])),
        (
            "l[3].k2, l[3].k, m.z.q",
            Item::from([("l", list([element])), ("m", map([("z", map([("q", text("deep"))]))]))]),
        ),
        ("nope, m.nope, l[99], a.x", Item::default()),
        ("l[3].nope, m.z.nope, l[0].k, n[0], nul.x, ss[0]", Item::default()),
        ("l[1]", Item::from([("l", list([text("e1")]))])),
        ("t,l,\t#a , p", {
            let t = AttributeValue::Bool(true);
            Item::from([("p", text("x")), ("a", text("hello")), ("l", whole_list), ("t", t)])
        }),
        ("m.y, m . x, nul", {
            let m = map([("x", text("mx")), ("y", number("7"))]);
            Item::from([("m", m), ("nul", AttributeValue::Null)])
        }),
        ("#dot", Item::default()),
        ("l[2147483647], l[3] . k", Item::from([("l", list([map([("k", text("v"))])]))])),
    ] {
        assert_eq!(projected(expression, &item()), left, "{expression}");
    }
}

#[test]
fn an_empty_list_or_map_is_there_only_as_a_whole() {
    let item = Item::from([("l", list([])), ("m", map([]))]);

    assert_eq!(projected("l, m", &item), item);
    assert_eq!(projected("l[0], m.x", &item), Item::default());
}

#[test]
fn refusals_are_told_in_the_services_words() {
    let long = format!("a{}", ".b".repeat(33));
    for (expression, sentence) in [
        ("", "The expression can not be empty;"),
        (" ", "Syntax error; token: \"<EOF>\", near: \" \""),
        ("!!! INVALID !!!", "Syntax error; token: \"!\", near: \"!!\""),
        ("a,", "Syntax error; token: \"<EOF>\", near: \",\""),
        (",a", "Syntax error; token: \",\", near: \",a\""),
        ("a b", "Syntax error; token: \"b\", near: \"a b\""),
        ("(a)", "Syntax error; token: \"(\", near: \"(a\""),
        ("size(a)", "Syntax error; token: \"(\", near: \"size(a\""),
        ("a[00]", "Syntax error; token: \"0\", near: \"00]\""),
        ("a[-1]", "Syntax error; token: \"-\", near: \"[-1\""),
        ("a[b]", "Syntax error; token: \"b\", near: \"[b]\""),
        ("a.:v", "Syntax error; token: \":v\", near: \".:v\""),
        ("a, #, b", "Syntax error; token: \"#\", near: \", #,\""),
        ("a, Status, #nope, a", "Attribute name is a reserved keyword; reserved keyword: Status"),
        ("m.set", "Attribute name is a reserved keyword; reserved keyword: set"),
        (
            "a, #nope, #other, a",
            "An expression attribute name used in the document path is not defined; \
             attribute name: #nope",
        ),
        (
            "m.x, m[0], b, #a, a",
            "Two document paths overlap with each other; must remove or rewrite one of these \
             paths; path one: [a], path two: [a]",
        ),
        (
            "m, m.x",
            "Two document paths overlap with each other; must remove or rewrite one of these \
             paths; path one: [m], path two: [m, x]",
        ),
        (
            "m.x, m[0]",
            "Two document paths conflict with each other; must remove or rewrite one of these \
             paths; path one: [m, x], path two: [m, [0]]",
        ),
        (&long, "The document path has too many nesting elements; nesting levels: 33"),
        ("a[2147483648]", "List index is not within the allowable range; index: [2147483648]"),
    ] {
        assert_eq!(refusal(expression), format!("Invalid ProjectionExpression: {sentence}"));
    }
}

#[test]
fn a_placeholder_for_a_reserved_word_or_a_dot_is_a_name() {
    let item = Item::from([("status", text("s")), ("a.b", text("ab")), ("a", map([]))]);
    let mut placeholders = placeholders(&[("#s", "status"), ("#0", "a.b")], &[]);

    let projection = parse_projection("#s, #0", &mut placeholders).expect("a projection");

    let left = Item::from([("status", text("s")), ("a.b", text("ab"))]);
    assert_eq!(owned(&projection.project(item.encode().view())), left);
    assert_eq!(placeholders.check_used(), Ok(()));
}

#[test]
fn names_of_the_legacy_parameter_are_taken_as_they_are() {
    let item = Item::from([("m", map([("y", text("inner"))])), ("m.y", text("outer"))]);

    let projection = Projection::of_attributes(["m.y".to_owned(), "nope".to_owned()]);

    let left = Item::from([("m.y", text("outer"))]);
    assert_eq!(owned(&projection.project(item.encode().view())), left);
}

/// What is left of a value under paths that end or go on below it.
fn naive(value: &AttributeValue, paths: &[&[Step]]) -> Option<AttributeValue> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    let below = |step: &Step| -> Vec<&[Step]> {
        paths.iter().filter(|path| path[0] == *step).map(|path| &path[1..]).collect()
    };
    match value {
        AttributeValue::M(attributes) => {
            let left = attributes.iter().filter_map(|(name, value)| {
                Some((name.clone(), naive(value, &below(&Step::Name(name.clone())))?))
            });
            let left: Vec<_> = left.collect();
            (!left.is_empty()).then_some(AttributeValue::M(left))
        }
        AttributeValue::L(values) => {
            let left = (0..).zip(values);
            let left = left.filter_map(|(at, value)| naive(value, &below(&Step::Index(at))));
            let left: Vec<_> = left.collect();
            (!left.is_empty()).then_some(AttributeValue::L(left))
        }
        _ => None,
    }
}

fn naive_item(item: &Item, paths: &[Path]) -> Item {
    let attributes = item.attributes.iter().filter_map(|(name, value)| {
        let paths = paths.iter().filter(|path| path.attribute == *name);
        let paths: Vec<&[Step]> = paths.map(|path| &path.steps[..]).collect();
        Some((name.clone(), naive(value, &paths)?))
    });
    Item { attributes: attributes.collect() }
}

/// Whether one of them leads to, or through, the end of the other.
fn overlap(one: &Path, other: &Path) -> bool {
    let both = one.steps.len().min(other.steps.len());
    one.attribute == other.attribute && one.steps[..both] == other.steps[..both]
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn an_item_is_reduced_as_by_looking_at_each_value(
        item in any_item(),
        paths in proptest::collection::vec(any_path(), 1..6),
    ) {
        let projection = Projection::of_paths(paths.clone());

        let left = owned(&projection.project(item.encode().view()));

        prop_assert_eq!(left, naive_item(&item, &paths));
    }

    #[test]
    fn what_is_at_each_place_is_what_its_path_finds(
        item in any_item(),
        paths in proptest::collection::vec(any_path(), 1..6),
    ) {
        let apart = |kept: &[Path], path: &Path| kept.iter().all(|other| !overlap(other, path));
        let paths = paths.into_iter().fold(Vec::new(), |mut kept, path| {
            if apart(&kept, &path) {
                kept.push(path);
            }
            kept
        });
        let image = item.encode();

        let places = Places::of(&Projection::of_paths(paths.clone()));
        let found = places.find(image.view()).into_iter();

        let found: Vec<_> = found.map(|(place, value)| (place, format!("{value:?}"))).collect();
        let each = (0..).zip(&paths).filter_map(|(place, path)| {
            Some((place, format!("{:?}", path.find(image.view())?.raw())))
        });
        prop_assert_eq!(found, each.collect::<Vec<_>>());
        prop_assert_eq!(places.paths(), paths);
    }

    #[test]
    fn a_printed_projection_is_parsed_to_the_same(
        paths in proptest::collection::vec(any_path(), 1..6),
    ) {
        let projection = Projection::of_paths(paths);
        let text = projection.print().text;
        let mut placeholders = placeholders_of(projection.print());

        match parse_projection(&text, &mut placeholders) {
            Ok(again) => prop_assert_eq!(again, projection),
            Err(error) => {
                let meeting = matches!(error.fault, Fault::Overlap(..) | Fault::Conflict(..));
                prop_assert!(meeting, "{}", error);
            }
        }
        prop_assert_eq!(placeholders.check_used(), Ok(()));
    }
}

#[test]
fn a_projection_that_was_widened_prints_what_it_leaves() {
    let mut placeholders = placeholders(&[], &[]);
    let projection = parse_projection("b.x[2], a, b.y", &mut placeholders).expect("a projection");

    assert_eq!(projection.print().text, "#0.#1[2],#2,#0.#3");
    let left = projection.widened().print();
    assert_eq!(left.text, "#0,#1");
    let names: Vec<_> = left.names.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}
