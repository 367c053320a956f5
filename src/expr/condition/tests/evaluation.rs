//! What holds of an item, by example.

use super::*;

/// The item of the specification's vectors, and more of other types.
fn item() -> Item {
    let mut item = samples::item();
    let more = Item::from([
        ("bin", b(&[1, 2, 255])),
        ("ns", ns(&["1", "2.5"])),
        ("bs", AttributeValue::Bs(vec![vec![1].into(), vec![2, 3].into()])),
        ("a.b", s("dotted")),
        ("uni", s("é𝄞")),
        ("blank", s("")),
    ]);
    item.attributes.extend(more.attributes);
    item
}

#[track_caller]
fn check(truth: bool, text: &str, values: &[(&str, AttributeValue)]) {
    let image = item().encode();
    assert_eq!(condition(text, values).holds(Some(image.view())), truth, "{text}");
}

#[track_caller]
fn check_all(truth: bool, texts: &[&str], values: &[(&str, AttributeValue)]) {
    for text in texts {
        check(truth, text, values);
    }
}

#[test]
fn joints_bind_as_documented() {
    check(true, "a = :v OR a = :w AND n = :w", &[(":v", s("hello")), (":w", n("1"))]);
    check(true, "NOT a = :v AND n = :five", &[(":v", s("q")), (":five", n("5"))]);
    check(true, "(attribute_exists(p)) AND (a <> :v)", &[(":v", n("1"))]);
    check(false, "(a = :v OR a = :w) AND n = :w", &[(":v", s("hello")), (":w", n("1"))]);
}

#[test]
fn what_is_absent_is_equal_to_nothing() {
    let absent =
        ["nope <> :v", "NOT nope = :v", "NOT nope < :v", "nope <> gone", "NOT nope IN (a)"];
    check_all(true, &absent, &[(":v", s("x"))]);
    let absent = [
        "nope = :v",
        "nope < :v",
        "nope IN (:v)",
        "nope BETWEEN :v AND :v",
        "nope = gone",
        "contains(nope, :v)",
        "begins_with(a, nope)",
        "attribute_type(nope, :v)",
    ];
    check_all(false, &absent, &[(":v", s("S"))]);
}

#[test]
fn equality_is_by_value() {
    check(true, "n = :v", &[(":v", n("5.0"))]);
    check(true, "n = :v", &[(":v", n("0.5e1"))]);
    check(true, "ss = :v", &[(":v", ss(&["a", "b"]))]);
    check(false, "ss = :v", &[(":v", ss(&["a"]))]);
    check(true, "ns = :v", &[(":v", ns(&["1.0", "2.50"]))]);
    check(true, "l[0] = :v", &[(":v", s("e0"))]);
    check(true, "m.z.q = :w", &[(":w", s("deep"))]);
    check(
        true,
        "t = :v AND nul = :w",
        &[(":v", AttributeValue::Bool(true)), (":w", AttributeValue::Null)],
    );
    check(true, "#dot = :v", &[(":v", s("dotted"))]);
    check(false, "p = :v", &[(":v", b(b"x"))]);
}

#[test]
fn containers_are_equal_deeply_and_maps_in_any_order() {
    let turned = m(vec![("z", m(vec![("q", s("deep"))])), ("y", n("7")), ("x", s("mx"))]);
    let other = m(vec![("z", m(vec![("q", s("deeper"))])), ("y", n("7")), ("x", s("mx"))]);
    let more = m(vec![("y", n("7")), ("x", s("mx")), ("z", m(vec![])), ("w", n("1"))]);
    check(true, "m = :v", &[(":v", turned)]);
    check(false, "m = :v", &[(":v", other)]);
    check(false, "m = :v", &[(":v", more)]);
    let entry = m(vec![("k2", n("1.0")), ("k", s("v"))]);
    let list = |entries: Vec<AttributeValue>| AttributeValue::L(entries);
    let whole = vec![s("e0"), s("e1"), s("e2"), entry.clone()];
    check(true, "l = :v", &[(":v", list(whole.clone()))]);
    check(false, "l = :v", &[(":v", list(whole[..3].to_vec()))]);
    check(false, "l = :v", &[(":v", list([&whole[..], &[s("e4")]].concat()))]);
    check(true, "contains(l, :v)", &[(":v", entry)]);
}

#[test]
fn paths_lead_through_maps_and_lists_only() {
    let there = [
        "attribute_exists(nul)",
        "attribute_exists(l[3].k)",
        "attribute_not_exists(a.x)",
        "attribute_not_exists(l[9])",
        "attribute_not_exists(m[0])",
        "attribute_not_exists(l.k)",
        "attribute_not_exists(nope.x.y)",
        "attribute_not_exists(ss[0])",
    ];
    check_all(true, &there, &[]);
}

#[test]
fn sizes_count_what_dynamodb_counts() {
    check(
        true,
        "size(a) = :v AND size(l) = :w AND size(m) = :u",
        &[(":v", n("5")), (":w", n("4")), (":u", n("3"))],
    );
    check(true, "size(uni) = :v AND size(bin) = :v", &[(":v", n("3"))]);
    check_all(true, &["size(ss) = :v", "size(ns) = :v", "size(bs) = :v"], &[(":v", n("2"))]);
    check(true, "size(blank) = :v", &[(":v", n("0"))]);
    check(true, "size(:v) = size(p)", &[(":v", ss(&["q"]))]);
    let none = ["size(n) = :v", "size(nope) = :v", "size(t) = :v", "size(nul) = :v"];
    check_all(false, &none, &[(":v", n("1"))]);
    check(true, "size(n) <> :v", &[(":v", n("1"))]);
    check(true, "size(a) BETWEEN n AND size(a) AND size(a) IN (n)", &[]);
}

#[test]
fn order_is_by_bytes_and_by_value() {
    check(true, ":v BETWEEN n AND :w", &[(":v", n("6")), (":w", n("9"))]);
    check(true, ":v IN (a, n)", &[(":v", s("hello"))]);
    check(false, ":v BETWEEN m.y AND n", &[(":v", n("6"))]);
    check(
        true,
        "n < :v AND n > :w AND n >= :u AND n <= :u",
        &[(":v", n("10")), (":w", n("-6")), (":u", n("5"))],
    );
    check(true, "bin < :v AND bin > :w", &[(":v", b(&[2])), (":w", b(&[1, 2]))]);
    check(true, ":v < :w", &[(":v", s("\u{ffff}")), (":w", s("\u{10000}"))]);
    check_all(false, &["a < :v", "a >= :v", "t < l", "nul <= t"], &[(":v", n("1"))]);
}

#[test]
fn functions_look_into_values() {
    check(
        true,
        "contains(l, :v) AND contains(ss, :w) AND contains(a, :u)",
        &[(":v", s("e1")), (":w", s("a")), (":u", s("ell"))],
    );
    check(true, "contains(a, blank) AND contains(:v, a)", &[(":v", s("oh hello"))]);
    check(true, "contains(ns, :v)", &[(":v", n("1.0"))]);
    check(true, "contains(bin, :v)", &[(":v", b(&[2, 255]))]);
    check(true, "contains(bs, :v)", &[(":v", b(&[2, 3]))]);
    check_all(
        false,
        &["contains(m, :v)", "contains(bs, :v)", "contains(bin, :v)"],
        &[(":v", s("x"))],
    );
    check(false, "contains(n, :w)", &[(":w", n("5"))]);
    check(false, "contains(ss, :s)", &[(":s", ss(&["a"]))]);
    check(false, "contains(size(a), :w)", &[(":w", n("5"))]);

    check(true, "begins_with(a, :v) AND begins_with(a, blank)", &[(":v", s("he"))]);
    check(true, "begins_with(bin, :v)", &[(":v", b(&[1]))]);
    check_all(false, &["begins_with(a, :v)", "begins_with(bin, :v)"], &[(":v", s("el"))]);
    check(false, "begins_with(n, :v)", &[(":v", s("5"))]);

    for (attribute, name) in [
        ("a", "S"),
        ("n", "N"),
        ("bin", "B"),
        ("t", "BOOL"),
        ("nul", "NULL"),
        ("l", "L"),
        ("m", "M"),
        ("ss", "SS"),
        ("ns", "NS"),
        ("bs", "BS"),
    ] {
        check(true, &format!("attribute_type({attribute}, :v)"), &[(":v", s(name))]);
        let other = if name == "S" { "N" } else { "S" };
        check(false, &format!("attribute_type({attribute}, :v)"), &[(":v", s(other))]);
    }
}

#[test]
fn of_no_item_every_path_is_absent() {
    for (text, truth) in [
        ("attribute_not_exists(p)", true),
        ("attribute_exists(p)", false),
        ("a <> :v", true),
        ("n > :v", false),
        ("size(a) = :v", false),
        ("attribute_type(a, :t)", false),
        (":v = :v", true),
    ] {
        let condition = condition(text, &[(":v", n("1")), (":t", s("S"))]);
        assert_eq!(condition.holds(None), truth, "{text}");
    }
}

#[test]
fn paths_are_listed_in_the_order_of_the_text() {
    let text = "size(a) < b[0] AND (NOT c BETWEEN d AND :v OR e IN (:v, f, a)) AND \
                begins_with(:v, g.h) AND attribute_exists(i) AND attribute_type(j, :t)";
    let condition = condition(text, &[(":v", s("x")), (":t", s("S"))]);

    let paths: Vec<String> = condition.paths().iter().map(ToString::to_string).collect();

    let expected = ["[a]", "[b, [0]]", "[c]", "[d]", "[e]", "[f]", "[a]", "[g, h]", "[i]", "[j]"];
    assert_eq!(paths, expected);
}
