//! The values that an update puts: right-hand sides, and what `ADD` and `DELETE` make of old ones.
//!
//! Must hold: only the item as it was before is read. Lists and sets of the item are not copied
//! here, only pointed at. Recursion is bounded by the operators that an expression may have.
//! Not here: where a value is put (`apply.rs`).

use super::{Sum, Term, UpdateError};
use crate::expr::found::Found;
use crate::expr::path::Path;
use crate::expr::work::Work;
use crate::model::{AttributeValue, Number, Part, Run, ValueRef};

impl Sum {
    /// Every path that the right-hand side reads.
    pub(super) fn collect_paths<'p>(&'p self, paths: &mut Vec<&'p Path>) {
        match self {
            Self::Term(Term::Path(path)) => paths.push(path),
            Self::Term(Term::Value(_)) => {}
            Self::Term(Term::IfNotExists(path, otherwise)) => {
                paths.push(path);
                otherwise.collect_paths(paths);
            }
            Self::Term(Term::ListAppend(a, b)) | Self::Plus(a, b) | Self::Minus(a, b) => {
                a.collect_paths(paths);
                b.collect_paths(paths);
            }
        }
    }

    /// What the right-hand side is worth over what an item has at the paths.
    pub(super) fn evaluate<'a>(&'a self, before: &Found<'_, 'a>) -> Result<Part<'a>, UpdateError> {
        match self {
            Self::Term(term) => term.evaluate(before),
            Self::Plus(a, b) => {
                let (a, b) = numbers(&a.evaluate(before)?, &b.evaluate(before)?)?;
                Ok(Part::N(a.view().plus(b.view())?))
            }
            Self::Minus(a, b) => {
                let (a, b) = numbers(&a.evaluate(before)?, &b.evaluate(before)?)?;
                Ok(Part::N(a.view().minus(b.view())?))
            }
        }
    }
}

impl Term {
    fn evaluate<'a>(&'a self, before: &Found<'_, 'a>) -> Result<Part<'a>, UpdateError> {
        let value = |path| before.value(path, &mut Work::default()).map(Part::Stored);
        match self {
            Self::Path(path) => value(path).ok_or(UpdateError::MissingOperand),
            Self::Value(value) => Ok(Part::Given(value)),
            Self::IfNotExists(path, otherwise) => match value(path) {
                Some(value) => Ok(value),
                None => otherwise.evaluate(before),
            },
            Self::ListAppend(a, b) => {
                let (a, b) = (a.evaluate(before)?, b.evaluate(before)?);
                let (mut runs, more) = (runs(a)?, runs(b)?);
                runs.extend(more);
                Ok(Part::L(runs))
            }
        }
    }
}

/// What `ADD` makes of a number or set that is there.
pub(super) fn added<'a>(
    old: ValueRef<'a>,
    given: &'a AttributeValue,
) -> Result<Part<'a>, UpdateError> {
    match (number(&Part::Stored(old)), number(&Part::Given(given))) {
        (Some(old), Some(given)) => Ok(Part::N(old.view().plus(given.view())?)),
        (Some(_), None) | (None, Some(_)) => Err(UpdateError::IncorrectType),
        (None, None) => combined(SetOperation::Union, old, given),
    }
}

/// What the legacy `ADD` makes of a number, set or list that is there.
pub(super) fn legacy_added<'a>(
    old: ValueRef<'a>,
    given: &'a AttributeValue,
) -> Result<Part<'a>, UpdateError> {
    match (old, given) {
        (ValueRef::L(old), AttributeValue::L(given)) => {
            Ok(Part::L(vec![Run::Stored(old), Run::Given(given)]))
        }
        (old, given) => added(old, given),
    }
}

/// What `DELETE` leaves of a set that is there; `None` if that is nothing.
pub(super) fn left<'a>(
    old: ValueRef<'a>,
    given: &'a AttributeValue,
) -> Result<Option<Part<'a>>, UpdateError> {
    let left = combined(SetOperation::Difference, old, given)?;
    let is_empty = match &left {
        Part::Ss(set) => set.is_empty(),
        Part::Ns(set) => set.is_empty(),
        Part::Bs(set) => set.is_empty(),
        Part::Stored(_) | Part::Given(_) | Part::N(_) | Part::L(_) | Part::M(_) => false,
    };
    Ok((!is_empty).then_some(left))
}

/// What is done with two sets of one type.
#[derive(Clone, Copy)]
enum SetOperation {
    Union,
    Difference,
}

impl SetOperation {
    fn of<T: Ord>(self, old: impl Iterator<Item = T>, given: impl Iterator<Item = T>) -> Vec<T> {
        match self {
            Self::Union => {
                let mut both: Vec<T> = old.chain(given).collect();
                // Two sorted runs, which a stable sort only merges.
                both.sort();
                both.dedup();
                both
            }
            Self::Difference => {
                let given: Vec<T> = given.collect();
                old.filter(|element| given.binary_search(element).is_err()).collect()
            }
        }
    }
}

fn combined<'a>(
    operation: SetOperation,
    old: ValueRef<'a>,
    given: &'a AttributeValue,
) -> Result<Part<'a>, UpdateError> {
    match (old, given) {
        (ValueRef::Ss(old), AttributeValue::Ss(given)) => {
            Ok(Part::Ss(operation.of(old.texts(), given.iter().map(String::as_str))))
        }
        (ValueRef::Ns(old), AttributeValue::Ns(given)) => {
            Ok(Part::Ns(operation.of(old.numbers(), given.iter().map(Number::view))))
        }
        (ValueRef::Bs(old), AttributeValue::Bs(given)) => {
            Ok(Part::Bs(operation.of(old.elements(), given.iter().map(|bytes| &bytes[..]))))
        }
        (
            ValueRef::S(_)
            | ValueRef::N(_)
            | ValueRef::B(_)
            | ValueRef::Bool(_)
            | ValueRef::Null
            | ValueRef::L(_)
            | ValueRef::M(_)
            | ValueRef::Ss(_)
            | ValueRef::Ns(_)
            | ValueRef::Bs(_),
            _,
        ) => Err(UpdateError::IncorrectType),
    }
}

fn numbers(a: &Part<'_>, b: &Part<'_>) -> Result<(Number, Number), UpdateError> {
    number(a).zip(number(b)).ok_or(UpdateError::IncorrectType)
}

fn number(part: &Part<'_>) -> Option<Number> {
    match part {
        Part::Stored(ValueRef::N(number)) => Some(number.to_number()),
        Part::Given(AttributeValue::N(number)) | Part::N(number) => Some(*number),
        Part::Stored(_)
        | Part::Given(_)
        | Part::L(_)
        | Part::M(_)
        | Part::Ss(_)
        | Part::Ns(_)
        | Part::Bs(_) => None,
    }
}

fn runs(part: Part<'_>) -> Result<Vec<Run<'_>>, UpdateError> {
    match part {
        Part::Stored(ValueRef::L(list)) => Ok(vec![Run::Stored(list)]),
        Part::Given(AttributeValue::L(values)) => Ok(vec![Run::Given(values)]),
        Part::L(runs) => Ok(runs),
        Part::Stored(_)
        | Part::Given(_)
        | Part::N(_)
        | Part::M(_)
        | Part::Ss(_)
        | Part::Ns(_)
        | Part::Bs(_) => Err(UpdateError::IncorrectType),
    }
}
