//! Whether a condition holds of an item.
//!
//! Must hold: there is no third truth value and no error; what is absent or of the wrong type
//! makes its clause false (and `<>` true), and NOT turns that around.
//! Trees come from the parser or from older parameters, and nest no deeper than an expression may
//! have operators, so this recurses.
//! Not here: values (`compare.rs`).

use std::cmp::Ordering;

use super::compare::Seen;
use super::{Comparator, Condition, Operand};
use crate::model::{ItemRef, Number};

/// What an operand is, of one item.
enum Held<'a> {
    Absent,
    Value(Seen<'a>),
    Size(Number),
}

impl Condition {
    /// Whether the condition holds of the item, or of there being none.
    pub fn holds(&self, item: Option<ItemRef<'_>>) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.holds(item)),
            Self::Or(any) => any.iter().any(|one| one.holds(item)),
            Self::Not(inner) => !inner.holds(item),
            Self::Compare(left, comparator, right) => {
                left.held(item).compares(*comparator, &right.held(item))
            }
            Self::Between(tested, lower, upper) => {
                let tested = tested.held(item);
                tested.compares(Comparator::GreaterOrEqual, &lower.held(item))
                    && tested.compares(Comparator::LessOrEqual, &upper.held(item))
            }
            Self::In(tested, choices) => {
                let tested = tested.held(item);
                choices.iter().any(|choice| tested.equals(&choice.held(item)))
            }
            Self::Exists(path) => item.is_some_and(|item| path.find(item).is_some()),
            Self::NotExists(path) => item.is_none_or(|item| path.find(item).is_none()),
            Self::HasType(path, wanted) => item
                .and_then(|item| path.find(item))
                .is_some_and(|value| Seen::of_stored(value).value_type() == *wanted),
            Self::BeginsWith(tested, prefix) => tested
                .held(item)
                .with(&prefix.held(item))
                .is_some_and(|(tested, prefix)| tested.begins_with(&prefix)),
            Self::Contains(tested, part) => tested
                .held(item)
                .with(&part.held(item))
                .is_some_and(|(tested, part)| tested.contains(&part)),
        }
    }
}

impl Operand {
    fn held<'a>(&'a self, item: Option<ItemRef<'a>>) -> Held<'a> {
        match self {
            Self::Path(path) => item
                .and_then(|item| path.find(item))
                .map_or(Held::Absent, |value| Held::Value(Seen::of_stored(value))),
            Self::Value(value) => Held::Value(Seen::of_given(value)),
            Self::Size(operand) => {
                let held = operand.held(item);
                held.seen().and_then(|seen| seen.size()).map_or(Held::Absent, |size| {
                    Held::Size(Number::parse(&size.to_string()).expect("a size is a number"))
                })
            }
        }
    }
}

impl Held<'_> {
    fn seen(&self) -> Option<Seen<'_>> {
        match self {
            Self::Absent => None,
            Self::Value(seen) => Some(*seen),
            Self::Size(size) => Some(Seen::N(size.view())),
        }
    }

    /// Both, if both are there.
    fn with<'b>(&'b self, other: &'b Held<'b>) -> Option<(Seen<'b>, Seen<'b>)> {
        self.seen().zip(other.seen())
    }

    fn equals(&self, other: &Held<'_>) -> bool {
        self.with(other).is_some_and(|(left, right)| left.equals(&right))
    }

    fn compares(&self, comparator: Comparator, other: &Held<'_>) -> bool {
        let ordered = |fits: fn(Ordering) -> bool| {
            self.with(other).and_then(|(left, right)| left.order(&right)).is_some_and(fits)
        };
        match comparator {
            Comparator::Equal => self.equals(other),
            Comparator::NotEqual => !self.equals(other),
            Comparator::Less => ordered(Ordering::is_lt),
            Comparator::LessOrEqual => ordered(Ordering::is_le),
            Comparator::Greater => ordered(Ordering::is_gt),
            Comparator::GreaterOrEqual => ordered(Ordering::is_ge),
        }
    }
}
