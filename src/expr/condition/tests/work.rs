//! What conditions cost: counted, not timed.

use super::*;
use crate::expr::Work;
use crate::expr::condition::prepare::Node;

fn texts(count: usize) -> impl Iterator<Item = AttributeValue> {
    (0..count).map(|number| s(&number.to_string()))
}

fn wide_map(count: usize) -> AttributeValue {
    let names = (0..count).rev().map(|number| format!("n{number}"));
    AttributeValue::M(names.map(|name| (name, AttributeValue::Null)).collect())
}

fn cost(condition: &Condition, item: &Item) -> (bool, u64) {
    let mut work = Work::default();
    let truth = condition.prepared().holds(Some(item.encode().view()), &mut work);
    (truth, work.bytes())
}

/// Seen: a list of a hundred thousand small maps was asked whether it contains a large one, and
/// both were sorted for each. Now counts are compared first, and given maps are sorted before.
#[test]
fn a_large_map_is_not_walked_for_every_small_one() {
    let condition = condition("contains(l, :m)", &[(":m", wide_map(50_000))]);
    let list = AttributeValue::L(vec![wide_map(2); 50_000]);

    let (truth, work) = cost(&condition, &Item::from([("l", list)]));

    assert!(!truth);
    assert!(work < 4_000_000, "{work}");
}

/// The same with a map of the item.
#[test]
fn a_map_of_the_item_is_sorted_once_for_all_elements() {
    let condition = condition("contains(l, m)", &[]);
    let long = |last: &str| (format!("{}{last}", "x".repeat(50_000)), AttributeValue::Null);
    let small = m(vec![("a", AttributeValue::Null), ("b", AttributeValue::Null)]);
    let map = AttributeValue::M(vec![long("b"), long("a")]);
    let mut list = vec![small; 20_000];

    let (truth, work) =
        cost(&condition, &Item::from([("l", AttributeValue::L(list.clone())), ("m", map.clone())]));
    assert!(!truth);
    assert!(work < 4_000_000, "{work}");

    list.push(AttributeValue::M(vec![long("a"), long("b")]));
    let (truth, _) = cost(&condition, &Item::from([("l", AttributeValue::L(list)), ("m", map)]));
    assert!(truth);
}

/// Seen: a filter searched megabytes of the request anew for every item of a page, although the
/// answer was the same for all. Now a clause without a path is worked out once.
#[test]
fn what_does_not_depend_on_the_item_is_worked_out_before() {
    let values = [
        (":large", s(&"x".repeat(1 << 20))),
        (":part", s("xy")),
        (":n", n("1048576")),
        (":map", wide_map(10_000)),
        (":x", s("x")),
    ];
    for (text, truth) in [
        ("size(:large) = :n", true),
        ("contains(:large, :part)", false),
        ("NOT contains(:large, :part)", true),
        (":map = :map", true),
        ("begins_with(:large, :x) AND :n IN (:x, :n)", true),
        (":n IN (a, :n)", true),
        (":large BETWEEN :x AND :part", true),
        ("contains(:large, :part) AND a = :n", false),
        ("a = :n OR :map = :map", true),
    ] {
        let condition = condition(text, &values);
        let prepared = condition.prepared();

        assert!(matches!(prepared.root, Node::Known(known) if known == truth), "{text}");
    }
    for text in [
        ":large IN (:part, :x, a)",
        ":large BETWEEN :large AND a",
        "size(:large) > size(a)",
        "contains(:large, :part) OR a = :n",
        ":map = :map AND a = :x",
        "contains(:map, a)",
        "contains(:large, a)",
    ] {
        let condition = condition(text, &values);

        let (_, work) = cost(&condition, &Item::from([("a", n("1"))]));

        assert!(work < 1_000, "{text}: {work}");
    }
}

#[test]
fn what_an_item_is_compared_with_is_counted() {
    let large = "x".repeat(1 << 20);
    let list = AttributeValue::L(texts(10_000).collect());
    let item = Item::from([("a", s("y")), ("l", list.clone())]);
    for (text, least) in [
        ("contains(:large, a)", 1 << 20),
        ("contains(:list, a)", 10_000),
        ("l = :list", 10_000),
        ("contains(l, a)", 10_000),
        ("size(a) > :n AND (contains(:large, a) OR contains(:large, a))", 2 << 20),
    ] {
        let values = [(":large", s(&large)), (":list", list.clone()), (":n", n("0"))];
        let (_, work) = cost(&condition(text, &values), &item);

        assert!(work >= least, "{text}: {work}");
    }
}

/// Seen: two thousand paths of a condition each walked an item of many attributes.
#[test]
fn many_paths_walk_the_item_once() {
    let attributes = (0..50_000).map(|number| (format!("n{number}"), AttributeValue::Null));
    let item = Item { attributes: attributes.collect() };
    let path = |number: usize| Operand::Path(Path::attribute(format!("n{number}")));
    let choices = (0..1_000).map(|number| path(49_999 - number)).collect();
    let condition = Condition::In(Operand::Value(s("x")), choices);

    let (truth, work) = cost(&condition, &item);

    assert!(!truth);
    assert!(work < 5_000_000, "{work}");
}
