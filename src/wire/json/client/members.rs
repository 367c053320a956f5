//! The pieces that a request is written with.

use super::super::encode::value::{owned_attributes, owned_value};
use super::super::encode::write::{Separator, list, plain, text};
use crate::api::{CapacityDetail, CollectionDetail, OnConditionFailure};
use crate::expr::{EXPRESSION_BYTES_MAX, Printed};
use crate::model::AttributeValue;

/// The members of an object that is being written.
pub(super) struct Members<'o> {
    out: &'o mut Vec<u8>,
    next: Separator,
}

/// Expressions that share one pair of maps for their placeholders.
#[derive(Default)]
pub(super) struct Expressions(Vec<(&'static str, Printed)>);

impl<'o> Members<'o> {
    /// Begins an object.
    pub(super) fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, next: Separator::start() }
    }

    /// Ends it.
    pub(super) fn end(self) {
        self.out.push(b'}');
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        text(self.named(name), value);
    }

    pub(super) fn optional_text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn truth(&mut self, name: &str, truth: bool) {
        plain(self.named(name), truth);
    }

    pub(super) fn number(&mut self, name: &str, number: impl std::fmt::Display) {
        plain(self.named(name), number);
    }

    pub(super) fn attributes(&mut self, name: &str, attributes: &[(String, AttributeValue)]) {
        owned_attributes(self.named(name), attributes);
    }

    /// A list, each element by `element`.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        elements: impl IntoIterator<Item = T>,
        element: impl FnMut(&mut Vec<u8>, T),
    ) {
        list(self.named(name), elements, element);
    }

    /// An object, whose members `fill` writes.
    pub(super) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Members<'_>)) {
        let mut members = Members::begin(self.named(name));
        fill(&mut members);
        members.end();
    }

    pub(super) fn capacity(&mut self, detail: CapacityDetail) {
        let detail = match detail {
            CapacityDetail::None => None,
            CapacityDetail::Total => Some("TOTAL"),
            CapacityDetail::Indexes => Some("INDEXES"),
        };
        self.optional_text("ReturnConsumedCapacity", detail);
    }

    pub(super) fn collection(&mut self, detail: CollectionDetail) {
        let detail = match detail {
            CollectionDetail::None => None,
            CollectionDetail::Size => Some("SIZE"),
        };
        self.optional_text("ReturnItemCollectionMetrics", detail);
    }

    pub(super) fn on_failure(&mut self, on_failure: OnConditionFailure) {
        let returned = match on_failure {
            OnConditionFailure::None => None,
            OnConditionFailure::AllOld => Some("ALL_OLD"),
        };
        self.optional_text("ReturnValuesOnConditionCheckFailure", returned);
    }

    /// The place for the value of a member.
    pub(super) fn named(&mut self, name: &str) -> &mut Vec<u8> {
        self.next.name(self.out, name);
        self.out
    }
}

impl Expressions {
    /// Adds an expression under that member.
    pub(super) fn add(&mut self, member: &'static str, printed: Printed) {
        let printed = match LETTERS[..self.0.len().min(LETTERS.len())].last() {
            None => printed,
            Some(letter) => printed.lettered(letter),
        };
        self.0.push((member, printed));
    }

    /// Whether any is longer than a service takes.
    pub(super) fn are_long(&self) -> bool {
        self.0.iter().any(|(_, printed)| printed.text.len() > EXPRESSION_BYTES_MAX)
    }

    /// Writes the expressions and their placeholders.
    pub(super) fn put(&self, members: &mut Members<'_>) {
        for (member, printed) in &self.0 {
            members.text(member, &printed.text);
        }
        if self.0.iter().any(|(_, printed)| !printed.names.is_empty()) {
            members.object("ExpressionAttributeNames", |members| {
                for (placeholder, name) in self.0.iter().flat_map(|(_, printed)| &printed.names) {
                    members.text(placeholder, name);
                }
            });
        }
        if self.0.iter().any(|(_, printed)| !printed.values.is_empty()) {
            members.object("ExpressionAttributeValues", |members| {
                for (placeholder, value) in self.0.iter().flat_map(|(_, printed)| &printed.values) {
                    owned_value(members.named(placeholder), value);
                }
            });
        }
    }
}

/// What tells the placeholders of a request's second and third expression from those of the first;
/// none has a fourth.
const LETTERS: [&str; 2] = ["a", "b"];
