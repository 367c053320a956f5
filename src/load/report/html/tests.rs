//! What the page must hold, whatever the report says.

use roxmltree::{Document, ParsingOptions};

use super::super::sample;
use super::*;

fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).expect("the page is well-formed")
}

#[test]
fn the_page_is_well_formed_and_asks_nobody() {
    let page = of(&sample::report());

    let document = parse(&page);
    let elements = || document.descendants().filter(roxmltree::Node::is_element);
    for element in elements() {
        let name = element.tag_name().name();
        assert!(
            !["script", "link", "img", "iframe", "image", "use", "a"].contains(&name),
            "{name}"
        );
        for attribute in element.attributes() {
            let refers = ["src", "href", "srcset", "action", "data", "poster"];
            assert!(!refers.contains(&attribute.name()), "{name} {attribute:?}");
            assert!(!attribute.name().starts_with("on"), "{name} {attribute:?}");
        }
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    let plots = elements().filter(|element| element.attribute("role") == Some("img"));
    assert_eq!(plots.clone().count(), 4);
    for plot in plots {
        let said = |name| plot.children().find(|child| child.has_tag_name(name));
        assert!(said("title").and_then(|title| title.text()).is_some());
        assert!(said("desc").and_then(|desc| desc.text()).is_some_and(|text| !text.is_empty()));
    }
}

#[test]
fn a_hostile_name_is_only_text() {
    let page = of(&sample::hostile());

    let document = parse(&page);
    assert!(!page.contains("<script"), "{page}");
    let heading = document.descendants().find(|node| node.has_tag_name("h1"));
    let shown = sample::HOSTILE.replace(['\u{1b}', '\0'], "�");
    assert_eq!(heading.and_then(|heading| heading.text()), Some(shown.as_str()));
}

#[test]
fn ids_are_unique_and_each_label_names_one() {
    let page = of(&sample::report());
    let document = parse(&page);

    let mut ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    let labels = document.descendants().filter_map(|node| node.attribute("aria-labelledby"));
    for label in labels.flat_map(str::split_whitespace) {
        assert!(ids.contains(&label), "{label}");
    }
}

#[test]
fn a_run_of_nothing_and_a_run_of_hours_are_pages_too() {
    let mut empty = sample::report();
    empty.measured.tallies.clear();
    empty.measured.seconds.clear();
    empty.measured.took = 0;
    parse(&of(&empty));

    let mut long = sample::report();
    let second = long.measured.seconds[5].clone();
    long.measured.seconds =
        (0..20_000).map(|at| crate::load::Second { at, ..second.clone() }).collect();
    let page = of(&long);

    parse(&page);
    assert!(page.len() < 400_000, "{} bytes", page.len());
}
