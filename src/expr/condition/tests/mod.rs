//! Conditions by example, and against an interpreter that was written for the tests.

mod evaluation;
mod naive;
mod properties;
mod random;
mod sentences;
mod syntax;
mod work;

use super::*;
use crate::expr::Fault;
use crate::expr::samples::{self, map as m, number as n, text as s, texts as ss};
use crate::model::{Item, Number};

fn b(bytes: &'static [u8]) -> AttributeValue {
    AttributeValue::B(bytes.into())
}

fn ns(texts: &[&str]) -> AttributeValue {
    AttributeValue::Ns(texts.iter().map(|text| Number::parse(text).expect("a number")).collect())
}

/// Of the values that the text names; those of the request that it does not name are left out, so
/// that rows of a table can share theirs.
fn used_placeholders(
    text: &str,
    names: &[(&str, &str)],
    values: &[(&str, AttributeValue)],
) -> Placeholders {
    let is_used = |placeholder: &&str| {
        let follows = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        text.match_indices(*placeholder).any(|(at, _)| !follows(&text[at + placeholder.len()..]))
    };
    let names: Vec<_> = names.iter().filter(|(key, _)| is_used(key)).copied().collect();
    let values: Vec<_> = values.iter().filter(|(key, _)| is_used(key)).cloned().collect();
    samples::placeholders(&names, &values)
}

/// Parses and requires that every placeholder was used.
fn condition(text: &str, values: &[(&str, AttributeValue)]) -> Condition {
    let mut placeholders = used_placeholders(text, &[("#a", "a"), ("#dot", "a.b")], values);
    let condition = match parse_condition(text, &mut placeholders) {
        Ok(condition) => condition,
        Err(error) => panic!("{text}: {error}"),
    };
    placeholders.check_used().expect("only what the text names was given");
    condition
}
