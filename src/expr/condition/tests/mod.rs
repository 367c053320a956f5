//! Conditions by example, and against an interpreter that was written for the tests.

mod evaluation;
mod naive;
mod properties;
mod random;
mod sentences;
mod syntax;
mod work;

use super::*;
use crate::expr::{Fault, Printed};
use crate::model::{Item, Number};

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

fn b(bytes: &'static [u8]) -> AttributeValue {
    AttributeValue::B(bytes.into())
}

fn ss(texts: &[&str]) -> AttributeValue {
    AttributeValue::Ss(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn ns(texts: &[&str]) -> AttributeValue {
    AttributeValue::Ns(texts.iter().map(|text| Number::parse(text).expect("a number")).collect())
}

fn m(attributes: Vec<(&str, AttributeValue)>) -> AttributeValue {
    let own = |(name, value): (&str, _)| (name.to_owned(), value);
    AttributeValue::M(attributes.into_iter().map(own).collect())
}

/// Of the values that the text names; those of the request that it does not name are left out, so
/// that rows of a table can share theirs.
fn placeholders(
    text: &str,
    names: &[(&str, &str)],
    values: &[(&str, AttributeValue)],
) -> Placeholders {
    let is_used = |placeholder: &&str| {
        let follows = |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        text.match_indices(*placeholder).any(|(at, _)| !follows(&text[at + placeholder.len()..]))
    };
    let own = |(key, name): &(&str, &str)| ((*key).to_owned(), (*name).to_owned());
    let names: Vec<_> = names.iter().filter(|(key, _)| is_used(key)).map(own).collect();
    let own = |(key, value): &(&str, AttributeValue)| ((*key).to_owned(), value.clone());
    let values: Vec<_> = values.iter().filter(|(key, _)| is_used(key)).map(own).collect();
    let given_names = (!names.is_empty()).then_some(names);
    Placeholders::new(given_names, (!values.is_empty()).then_some(values)).expect("well formed")
}

/// Parses and requires that every placeholder was used.
fn condition(text: &str, values: &[(&str, AttributeValue)]) -> Condition {
    let mut placeholders = placeholders(text, &[("#a", "a"), ("#dot", "a.b")], values);
    let condition = match parse_condition(text, &mut placeholders) {
        Ok(condition) => condition,
        Err(error) => panic!("{text}: {error}"),
    };
    placeholders.check_used().expect("only what the text names was given");
    condition
}
