//! What holds of every condition and every item. `HEARTH_EXPR_CASES` says how many are tried.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::{naive, random, *};
use crate::expr::samples::{cases, placeholders_of};

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_condition_that_is_printed_parses_to_itself(
        (_, condition) in random::item_and_condition()
    ) {
        let text = condition.print().text;
        let mut placeholders = placeholders_of(condition.print());

        let again = parse_condition(&text, &mut placeholders);

        prop_assert_eq!(again, Ok(condition), "{}", text);
        prop_assert_eq!(placeholders.check_used(), Ok(()));
    }

    #[test]
    fn both_interpreters_agree((item, condition) in random::item_and_condition()) {
        let image = item.as_ref().map(Item::encode);

        let truth = condition.holds(image.as_ref().map(|image| image.view()));

        prop_assert_eq!(truth, naive::holds(&condition, item.as_ref()));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let mut placeholders = samples::placeholders(&[("#n", "n")], &[(":v", s("S"))]);

        drop(parse_filter(&text, &mut placeholders).map_err(|error| error.to_string()));
    }
}

/// Texts that are conditions but for a few tokens, of which a good share are others.
#[test]
fn what_is_nearly_a_condition_is_refused_or_printed_to_itself() {
    let mut runner = TestRunner::new(cases());
    let drawn = (random::item_and_condition(), vec((any::<Index>(), any_edit()), 1..4));
    let tried = cases().cases;
    let mut parsed = 0;
    for _ in 0..tried {
        let ((_, condition), edits) =
            drawn.new_tree(&mut runner).expect("nothing is rejected").current();
        let text = edited(&condition.print().text, &edits);
        let mut placeholders = placeholders_of(condition.print());

        if let Ok(condition) = parse_filter(&text, &mut placeholders) {
            let mut again = placeholders_of(condition.print());
            assert_eq!(parse_filter(&condition.print().text, &mut again), Ok(condition), "{text}");
            parsed += 1;
        }
    }
    assert!(parsed > tried / 8 && parsed < tried, "{parsed} of {tried}");
}

/// What becomes of a token.
#[derive(Clone, Debug)]
enum Edit {
    /// Another of its kind.
    Turn(Index),
    /// Any other.
    Replace(&'static str),
    Insert(&'static str),
    Remove,
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let token = || select(KINDS.concat());
    prop_oneof![
        6 => any::<Index>().prop_map(Edit::Turn),
        1 => token().prop_map(Edit::Replace),
        1 => token().prop_map(Edit::Insert),
        1 => Just(Edit::Remove),
    ]
}

fn edited(text: &str, edits: &[(Index, Edit)]) -> String {
    let mut tokens = tokens(text);
    for (at, edit) in edits {
        let at = at.index(tokens.len());
        match edit {
            Edit::Turn(to) => {
                let kind = KINDS.iter().find(|kind| kind.contains(&&*tokens[at]));
                tokens[at] = kind.map_or(tokens[at].clone(), |kind| (*to.get(kind)).to_owned());
            }
            Edit::Replace(token) => (*token).clone_into(&mut tokens[at]),
            Edit::Insert(token) => tokens.insert(at, (*token).to_owned()),
            Edit::Remove => drop(tokens.remove(at)),
        }
        if tokens.is_empty() {
            break;
        }
    }
    tokens.concat()
}

/// Words, placeholders and comparators whole; every other character alone.
fn tokens(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        '#' | ':' | '_' => 0,
        c if c.is_alphanumeric() => 0,
        '<' | '>' | '=' => 1,
        _ => 2,
    };
    let mut tokens: Vec<String> = Vec::new();
    let mut before = 2;
    for c in text.chars() {
        let class = class(c);
        match tokens.last_mut() {
            Some(token) if class < 2 && class == before => token.push(c),
            Some(_) | None => tokens.push(c.to_string()),
        }
        before = class;
    }
    tokens
}

const KINDS: &[&[&str]] = &[
    &["#0", "#1", "a", "b"],
    &[":0", ":1", ":2"],
    &["=", "<>", "<", "<=", ">", ">="],
    &["AND", "OR"],
    &["attribute_exists", "attribute_not_exists", "size"],
    &["begins_with", "contains", "attribute_type"],
    &["(", ")", ",", ".", "[0]", " "],
    &["NOT", "IN", "BETWEEN", "size"],
];
