//! What holds of every condition and every item. `HEARTH_EXPR_CASES` says how many are tried.

use proptest::prelude::*;

use super::{naive, random, *};

fn cases() -> ProptestConfig {
    let asked = std::env::var("HEARTH_EXPR_CASES").ok();
    ProptestConfig::with_cases(asked.and_then(|text| text.parse().ok()).unwrap_or(2_000))
}

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
    fn no_text_panics(text in TEXTS) {
        let names = vec![("#n".to_owned(), "n".to_owned())];
        let values = vec![(":v".to_owned(), s("S")), (":w".to_owned(), n("1"))];
        let mut placeholders = Placeholders::new(Some(names), Some(values)).expect("well formed");

        if let Ok(condition) = parse_filter(&text, &mut placeholders) {
            let text = condition.print().text;
            let mut again = placeholders_of(condition.print());
            prop_assert_eq!(parse_filter(&text, &mut again), Ok(condition));
        }
    }
}

fn placeholders_of(printed: Printed) -> Placeholders {
    let names = (!printed.names.is_empty()).then_some(printed.names);
    let values = (!printed.values.is_empty()).then_some(printed.values);
    Placeholders::new(names, values).expect("well formed")
}

/// Mostly tokens of conditions.
const TEXTS: &str = "(a|b\\.c|#n|:v|:w|\\[0\\]| AND | OR | NOT | IN \\(| BETWEEN |size\\(|\
                     contains\\(|[(),<>=. ]|\\PC){0,20}";
