//! `AttributeUpdates` and `Expected`, for updates that no expression says: that make no item, add to a
//! list, or are too large for one.
//!
//! Must hold: what the older parameters became is written as them again; of other trees nothing is.
//! Not here: what they mean (`decode/update.rs`, `decode/expected.rs`).

use std::collections::HashSet;

use super::super::decode::Operator;
use super::super::encode::value::owned_value;
use super::members::Members;
use crate::api::UpdateItem;
use crate::expr::{Action, Comparator, Condition, OPERATORS_MAX, Operand, Path, Sum, Term};
use crate::model::AttributeValue;

/// Whether the older parameters alone say such an update.
pub(super) fn is_needed(update: &UpdateItem) -> bool {
    let is_older =
        |action: &Action| matches!(action, Action::LegacyAdd(..) | Action::LegacyDelete(..));
    !update.makes_item || update.update.actions.iter().any(is_older)
}

/// Whether the condition of an update has more operators than a service takes, which only older
/// parameters can have.
pub(super) fn is_large(update: &UpdateItem) -> bool {
    let of_test = |test: &Condition| if matches!(test, Condition::Not(_)) { 2 } else { 1 };
    let operators = match update.options.condition.as_deref() {
        Some(Condition::And(tests) | Condition::Or(tests)) => {
            tests.iter().map(|test| of_test(test) + 1).sum::<usize>().saturating_sub(1)
        }
        _ => 0,
    };
    operators > OPERATORS_MAX
}

/// Writes update and condition; `None`, and nothing, if they never were older parameters.
pub(super) fn put(members: &mut Members<'_>, update: &UpdateItem) -> Option<()> {
    let changes: Vec<Change<'_>> =
        update.update.actions.iter().map(Change::of).collect::<Option<_>>()?;
    let condition = update.options.condition.as_deref();
    let (tests, operator) = condition.map_or(Some((Vec::new(), None)), tests)?;
    members.object("AttributeUpdates", |members| {
        for change in &changes {
            members.object(change.attribute, |members| {
                members.text("Action", change.action);
                if let Some(value) = change.value {
                    owned_value(members.named("Value"), value);
                }
            });
        }
    });
    if !tests.is_empty() {
        members.object("Expected", |members| {
            for test in &tests {
                members.object(test.attribute, |members| test.put(members));
            }
        });
    }
    members.optional_text("ConditionalOperator", operator);
    Some(())
}

/// A change of one attribute.
struct Change<'a> {
    attribute: &'a str,
    action: &'static str,
    value: Option<&'a AttributeValue>,
}

impl<'a> Change<'a> {
    fn of(action: &'a Action) -> Option<Self> {
        let (target, action, value) = match action {
            Action::Set(target, Sum::Term(Term::Value(value))) => (target, "PUT", Some(value)),
            Action::Remove(target) => (target, "DELETE", None),
            Action::LegacyAdd(target, value) => (target, "ADD", Some(value)),
            Action::LegacyDelete(target, value) => (target, "DELETE", Some(value)),
            Action::Set(..) | Action::Add(..) | Action::Delete(..) => return None,
        };
        Some(Self { attribute: whole(target)?, action, value })
    }
}

/// What is expected of one attribute.
struct Test<'a> {
    attribute: &'a str,
    operator: Operator,
    values: Vec<&'a AttributeValue>,
}

impl<'a> Test<'a> {
    fn of(condition: &'a Condition) -> Option<Self> {
        let of = |operand: &'a Operand, operator, values: &[&'a Operand]| {
            let Operand::Path(path) = operand else { return None };
            let values: Option<_> = values.iter().map(|operand| value(operand)).collect();
            Some(Self { attribute: whole(path)?, operator, values: values? })
        };
        let presence =
            |path, operator| Some(Self { attribute: whole(path)?, operator, values: Vec::new() });
        match condition {
            Condition::Compare(tested, comparator, other) => {
                of(tested, operator(*comparator), &[other])
            }
            Condition::Between(tested, low, high) => of(tested, Operator::Between, &[low, high]),
            Condition::In(tested, others) => {
                of(tested, Operator::In, &others.iter().collect::<Vec<_>>())
            }
            Condition::BeginsWith(tested, start) => of(tested, Operator::BeginsWith, &[start]),
            Condition::Contains(tested, part) => of(tested, Operator::Contains, &[part]),
            Condition::Exists(path) => presence(path, Operator::NotNull),
            Condition::NotExists(path) => presence(path, Operator::Null),
            Condition::Not(inner) => {
                let Condition::Contains(tested, part) = &**inner else { return None };
                of(tested, Operator::NotContains, &[part])
            }
            Condition::And(_) | Condition::Or(_) | Condition::HasType(..) => None,
        }
    }

    fn put(&self, members: &mut Members<'_>) {
        members.text("ComparisonOperator", self.operator.name());
        if !self.values.is_empty() {
            members.list("AttributeValueList", &self.values, |out, value| owned_value(out, value));
        }
    }
}

/// What a condition asks of each attribute, and the `ConditionalOperator` between them.
fn tests(condition: &Condition) -> Option<(Vec<Test<'_>>, Option<&'static str>)> {
    let (conditions, operator) = match condition {
        Condition::And(conditions) => (&conditions[..], None),
        Condition::Or(conditions) => (&conditions[..], Some("OR")),
        single => (std::slice::from_ref(single), None),
    };
    let tests: Vec<Test<'_>> = conditions.iter().map(Test::of).collect::<Option<_>>()?;
    let mut named = HashSet::new();
    tests.iter().all(|test| named.insert(test.attribute)).then_some((tests, operator))
}

fn operator(comparator: Comparator) -> Operator {
    match comparator {
        Comparator::Equal => Operator::Equal,
        Comparator::NotEqual => Operator::NotEqual,
        Comparator::Less => Operator::Less,
        Comparator::LessOrEqual => Operator::LessOrEqual,
        Comparator::Greater => Operator::Greater,
        Comparator::GreaterOrEqual => Operator::GreaterOrEqual,
    }
}

fn value(operand: &Operand) -> Option<&AttributeValue> {
    match operand {
        Operand::Value(value) => Some(value),
        Operand::Path(_) | Operand::Size(_) => None,
    }
}

fn whole(path: &Path) -> Option<&str> {
    path.steps.is_empty().then_some(&*path.attribute)
}
