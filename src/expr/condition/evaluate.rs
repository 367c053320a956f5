//! Whether a condition holds of an item.
//!
//! Must hold: there is no third truth value and no error; what is absent or of the wrong type
//! makes its clause false (and `<>` true), and NOT turns that around.
//! Trees come from the parser or from older parameters, and nest no deeper than an expression may
//! have operators, so this recurses.
//! Not here: values (`compare.rs`), what does not depend on the item (`prepare.rs`).

use std::cmp::Ordering;

use super::compare::Seen;
use super::prepare::{Node, Prepared, Side};
use super::sorted::Sorted;
use super::{Comparator, Condition};
use crate::expr::found::Found;
use crate::expr::path::Path;
use crate::expr::work::Work;
use crate::model::ItemRef;

/// What an operand is, of one item.
enum Held<'a> {
    Absent,
    Value(Seen<'a>),
    Size(Sorted<'static>),
}

impl Condition {
    /// Whether the condition holds of the item, or of there being none.
    ///
    /// Whoever asks of many items prepares the condition first.
    pub fn holds(&self, item: Option<ItemRef<'_>>) -> bool {
        self.prepared().holds(item, &mut Work::default())
    }
}

impl Prepared<'_> {
    /// Whether the condition holds of the item, or of there being none; what that took is added to
    /// `work`.
    pub fn holds(&self, item: Option<ItemRef<'_>>, work: &mut Work) -> bool {
        let found = item.map(|item| Found::of(item, &self.paths, work));
        self.root.holds(found.as_ref(), work)
    }
}

impl Node<'_> {
    pub(super) fn holds(&self, item: Option<&Found<'_, '_>>, work: &mut Work) -> bool {
        match self {
            Self::Known(truth) => *truth,
            Self::And(all) => all.iter().all(|one| one.holds(item, work)),
            Self::Or(any) => any.iter().any(|one| one.holds(item, work)),
            Self::Not(inner) => !inner.holds(item, work),
            Self::Compare(left, comparator, right) => {
                let (left, right) = (left.held(item, work), right.held(item, work));
                left.compares(*comparator, &right, work)
            }
            Self::Between(tested, lower, upper) => {
                let tested = tested.held(item, work);
                let lower = lower.held(item, work);
                if !tested.compares(Comparator::GreaterOrEqual, &lower, work) {
                    return false;
                }
                let upper = upper.held(item, work);
                tested.compares(Comparator::LessOrEqual, &upper, work)
            }
            Self::In(tested, choices) => {
                let tested = tested.held(item, work);
                choices.iter().any(|choice| {
                    let choice = choice.held(item, work);
                    tested.equals(&choice, work)
                })
            }
            Self::Exists(path) => is_there(path, item, work),
            Self::NotExists(path) => !is_there(path, item, work),
            Self::HasType(path, wanted) => item
                .and_then(|item| item.value(path, work))
                .is_some_and(|value| Seen::of_stored(value).value_type() == *wanted),
            Self::BeginsWith(tested, prefix) => {
                let (tested, prefix) = (tested.held(item, work), prefix.held(item, work));
                let both = tested.with(&prefix);
                both.is_some_and(|(tested, prefix)| tested.begins_with(&prefix, work))
            }
            Self::Contains(tested, part) => {
                let (tested, part) = (tested.held(item, work), part.held(item, work));
                let both = tested.with(&part);
                both.is_some_and(|(tested, part)| tested.contains(&part, work))
            }
        }
    }
}

fn is_there(path: &Path, item: Option<&Found<'_, '_>>, work: &mut Work) -> bool {
    item.is_some_and(|item| item.value(path, work).is_some())
}

impl Side<'_> {
    fn held<'a>(&'a self, item: Option<&Found<'_, 'a>>, work: &mut Work) -> Held<'a> {
        match self {
            Self::Path(path) => item
                .and_then(|item| item.value(path, work))
                .map_or(Held::Absent, |value| Held::Value(Seen::of_stored(value))),
            Self::SizeOf(path) => item
                .and_then(|item| item.value(path, work))
                .and_then(|value| Seen::of_stored(value).size(work))
                .map_or(Held::Absent, |size| Held::Size(Sorted::of_size(size))),
            Self::Value(value) => Held::Value(value.seen()),
            Self::Absent => Held::Absent,
        }
    }
}

impl Held<'_> {
    fn seen(&self) -> Option<Seen<'_>> {
        match self {
            Self::Absent => None,
            Self::Value(seen) => Some(*seen),
            Self::Size(size) => Some(size.seen()),
        }
    }

    /// Both, if both are there.
    fn with<'b>(&'b self, other: &'b Held<'b>) -> Option<(Seen<'b>, Seen<'b>)> {
        self.seen().zip(other.seen())
    }

    fn equals(&self, other: &Held<'_>, work: &mut Work) -> bool {
        self.with(other).is_some_and(|(left, right)| left.equals(&right, work))
    }

    fn compares(&self, comparator: Comparator, other: &Held<'_>, work: &mut Work) -> bool {
        let mut ordered = |fits: fn(Ordering) -> bool| {
            let both = self.with(other);
            both.and_then(|(left, right)| left.order(&right, work)).is_some_and(fits)
        };
        match comparator {
            Comparator::Equal => self.equals(other, work),
            Comparator::NotEqual => !self.equals(other, work),
            Comparator::Less => ordered(Ordering::is_lt),
            Comparator::LessOrEqual => ordered(Ordering::is_le),
            Comparator::Greater => ordered(Ordering::is_gt),
            Comparator::GreaterOrEqual => ordered(Ordering::is_ge),
        }
    }
}
