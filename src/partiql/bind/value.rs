//! Values: literals and parameters.
//!
//! Must hold: a value that leaves this file could stand in an item: its numbers are in range, its
//! sets sorted and without twins, no map has a name twice, and it is not nested too deep.
//! Not here: paths and functions, which are no values.

use std::collections::HashMap;

use super::super::Error;
use super::super::tree::{Expr, Kind};
use super::Binder;
use crate::model::{AttributeValue, CONTAINERS_MAX, Number, NumberError};

impl Binder {
    /// The value that an expression is.
    pub(super) fn value(&mut self, expr: Expr) -> Result<AttributeValue, Error> {
        let value = self.value_under(expr, ROOT)?;
        if value.containers() > CONTAINERS_MAX { Err(Error::TooDeep) } else { Ok(value) }
    }

    /// The attributes that the members of a tuple are.
    pub(super) fn attributes(
        &mut self,
        members: Vec<(String, Expr)>,
    ) -> Result<Vec<(String, AttributeValue)>, Error> {
        let attributes = self.members(members, ROOT)?;
        let too_deep = |(_, value): &(String, AttributeValue)| value.containers() > CONTAINERS_MAX;
        if attributes.iter().any(too_deep) { Err(Error::TooDeep) } else { Ok(attributes) }
    }

    /// The value of an expression that stands there.
    fn value_under(&mut self, expr: Expr, place: &str) -> Result<AttributeValue, Error> {
        let at = expr.at;
        match expr.kind {
            Kind::Number(text) => number(&text, place).map(AttributeValue::N),
            Kind::Text(text) => Ok(AttributeValue::S(text)),
            Kind::Bool(truth) => Ok(AttributeValue::Bool(truth)),
            Kind::Null => Ok(AttributeValue::Null),
            Kind::Missing => Err(Error::Missing),
            Kind::Parameter(number) => Ok(self.parameter(number)),
            Kind::Ion(text) => Err(Error::Ion(ion_type(&text), at)),
            Kind::List(elements) => {
                let elements = (0..).zip(elements).map(|(index, element)| {
                    self.value_under(element, &format!("{place}[{index}]"))
                });
                elements.collect::<Result<_, _>>().map(AttributeValue::L)
            }
            Kind::Map(members) => self.members(members, place).map(AttributeValue::M),
            Kind::Bag(members) => {
                let members = (0..)
                    .zip(members)
                    .map(|(index, member)| self.value_under(member, &format!("{place}[{index}]")));
                set(members.collect::<Result<_, _>>()?)
            }
            Kind::Call(name, _) => Err(Error::NoValue(name, at)),
            other => Err(Error::NoValue(other.name().to_owned(), at)),
        }
    }

    /// The parameter of that number, which stands in one place.
    fn parameter(&mut self, number: usize) -> AttributeValue {
        self.parameters[number].take().expect("a question mark is one parameter's, and counted")
    }

    /// A name that comes twice means what it meant last.
    fn members(
        &mut self,
        members: Vec<(String, Expr)>,
        place: &str,
    ) -> Result<Vec<(String, AttributeValue)>, Error> {
        let mut attributes: Vec<(String, AttributeValue)> = Vec::with_capacity(members.len());
        let mut places = HashMap::new();
        for (name, member) in members {
            if name.is_empty() {
                return Err(Error::EmptyAttributeName);
            }
            let value = self.value_under(member, &format!("{place}.{name}"))?;
            if let Some(&at) = places.get(&name) {
                attributes[at] = (name, value);
            } else {
                places.insert(name.clone(), attributes.len());
                attributes.push((name, value));
            }
        }
        Ok(attributes)
    }
}

fn number(text: &str, place: &str) -> Result<Number, Error> {
    Number::parse(text).map_err(|error| match error {
        NumberError::Range(range) => Error::Number(range, place.to_owned()),
        // The lexer lets nothing else through.
        NumberError::Empty | NumberError::NotANumber(_) => Error::Syntax(""),
    })
}

fn set(members: Vec<AttributeValue>) -> Result<AttributeValue, Error> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    for member in members {
        match member {
            AttributeValue::S(text) => texts.push(text),
            AttributeValue::N(number) => numbers.push(number),
            AttributeValue::B(_)
            | AttributeValue::Bool(_)
            | AttributeValue::Null
            | AttributeValue::L(_)
            | AttributeValue::M(_)
            | AttributeValue::Ss(_)
            | AttributeValue::Ns(_)
            | AttributeValue::Bs(_) => return Err(Error::MixedBag),
        }
    }
    match (texts.is_empty(), numbers.is_empty()) {
        (true, true) => Err(Error::EmptyBag),
        (false, true) => sorted(&texts, String::clone).map(AttributeValue::Ss),
        (true, false) => sorted(&numbers, ToString::to_string).map(AttributeValue::Ns),
        (false, false) => Err(Error::MixedBag),
    }
}

/// The members in order, no two of them the same; `print` is how a refusal shows one.
fn sorted<T: Clone + Ord>(members: &[T], print: impl Fn(&T) -> String) -> Result<Vec<T>, Error> {
    let mut sorted = members.to_vec();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        let printed: Vec<String> = members.iter().map(print).collect();
        return Err(Error::Duplicates(printed.join(", ")));
    }
    Ok(sorted)
}

/// How refusals call the value itself.
const ROOT: &str = "root";

/// The type of a literal of Ion, by how it begins.
fn ion_type(text: &str) -> &'static str {
    let text = text.trim();
    match text {
        "null" => return "NULL",
        "true" | "false" => return "BOOL",
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.starts_with(|c: char| c.is_ascii_digit()) {
        return if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            "INT"
        } else if digits.contains(['e', 'E']) {
            "FLOAT"
        } else if digits.contains(['-', 'T']) {
            "TIMESTAMP"
        } else {
            "DECIMAL"
        };
    }
    if text.starts_with("{{") {
        return "BLOB";
    }
    match text.chars().next() {
        Some('"') => "STRING",
        Some('{') => "STRUCT",
        Some('[') => "LIST",
        Some('(') => "SEXP",
        Some(_) | None => "SYMBOL",
    }
}
