//! Trees as expressions again, for whoever has a tree and needs a text.
//!
//! Every name and every value becomes a placeholder, so that nothing in them can be read as syntax:
//!
//!     (#0 = :0 OR size(#1.#2[3]) < :1) AND attribute_exists(#0)
//!
//! Must hold: what was parsed and is printed parses to the same tree, if its text is not too long.
//! Not here: what is written between the placeholders (`condition/print.rs`, `key_condition.rs`,
//! `projection/mod.rs`, `update/print.rs`).

use std::borrow::Cow;
use std::collections::HashMap;

use super::path::{Path, Step};
use crate::model::AttributeValue;

/// An expression with the placeholders that it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Printed {
    /// The expression.
    pub text: String,
    /// `ExpressionAttributeNames`.
    pub names: Vec<(String, String)>,
    /// `ExpressionAttributeValues`.
    pub values: Vec<(String, AttributeValue)>,
}

impl Printed {
    /// The same with a letter in each placeholder, so that several expressions can share maps.
    pub fn lettered(self, letter: &str) -> Self {
        let [name, value] = ["#", ":"].map(|mark| format!("{mark}{letter}"));
        Self {
            // Nothing but placeholders has these marks.
            text: self.text.replace('#', &name).replace(':', &value),
            names: self.names.into_iter().map(|(key, of)| (key.replace('#', &name), of)).collect(),
            values: self
                .values
                .into_iter()
                .map(|(key, of)| (key.replace(':', &value), of))
                .collect(),
        }
    }
}

/// Writes an expression and gives out its placeholders.
#[derive(Debug, Default)]
pub(super) struct Printer<'a> {
    text: String,
    names: HashMap<&'a str, usize>,
    values: Vec<Cow<'a, AttributeValue>>,
}

impl<'a> Printer<'a> {
    /// Writes text as it is.
    pub(super) fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Writes a list with something between its elements.
    pub(super) fn put_all<T>(
        &mut self,
        elements: &'a [T],
        between: &str,
        put: impl Fn(&mut Self, &'a T),
    ) {
        for (place, element) in elements.iter().enumerate() {
            if place > 0 {
                self.put(between);
            }
            put(self, element);
        }
    }

    /// Writes a function around what is written inside.
    pub(super) fn put_call(&mut self, function: &str, inside: impl FnOnce(&mut Self)) {
        self.put(function);
        self.put("(");
        inside(self);
        self.put(")");
    }

    /// Writes a path; the same name has the same placeholder everywhere.
    pub(super) fn put_path(&mut self, path: &'a Path) {
        self.put_name(&path.attribute);
        for step in &path.steps {
            match step {
                Step::Name(name) => {
                    self.put(".");
                    self.put_name(name);
                }
                Step::Index(index) => self.put(&format!("[{index}]")),
            }
        }
    }

    /// Writes a placeholder for a name.
    pub(super) fn put_name(&mut self, name: &'a str) {
        let next = self.names.len();
        let number = *self.names.entry(name).or_insert(next);
        self.put(&format!("#{number}"));
    }

    /// Writes a placeholder for a value.
    pub(super) fn put_value(&mut self, value: &'a AttributeValue) {
        self.put_substitute(Cow::Borrowed(value));
    }

    /// Writes a placeholder for a text.
    pub(super) fn put_text(&mut self, text: &str) {
        self.put_substitute(Cow::Owned(AttributeValue::S(text.to_owned())));
    }

    /// What was written.
    pub(super) fn finish(self) -> Printed {
        let mut names: Vec<_> = self.names.into_iter().collect();
        names.sort_unstable_by_key(|(_, number)| *number);
        let name = |(name, number): (&str, usize)| (format!("#{number}"), name.to_owned());
        let value = |(number, value): (usize, Cow<'_, AttributeValue>)| {
            (format!(":{number}"), value.into_owned())
        };
        Printed {
            text: self.text,
            names: names.into_iter().map(name).collect(),
            values: self.values.into_iter().enumerate().map(value).collect(),
        }
    }

    fn put_substitute(&mut self, value: Cow<'a, AttributeValue>) {
        self.put(&format!(":{}", self.values.len()));
        self.values.push(value);
    }
}
