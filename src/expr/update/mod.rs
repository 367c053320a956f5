//! Updates: what becomes of an item, attribute by attribute.
//!
//! Must hold: no two targets of an update overlap or conflict; every right-hand side reads the item
//! as it was before.
//! Not here: which attributes are keys of the table or its indexes (`proxy/`, `model/index.rs`).

mod apply;
mod operand;
mod parse;
mod print;
#[cfg(test)]
mod tests;
mod value;

pub use parse::parse_update;

use super::error::Fault;
use super::overlap::check_apart;
use super::path::Path;
use super::projection::project;
use super::tree::Tree;
use crate::model::{AttributeValue, ItemBytes, ItemRef, RangeError};

/// What becomes of an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// Each with a target of its own, in the order of the request.
    pub actions: Vec<Action>,
}

/// What becomes of one target.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// It becomes this.
    Set(Path, Sum),
    /// It goes.
    Remove(Path),
    /// A number is added, or a set united.
    Add(Path, AttributeValue),
    /// Elements are taken out of a set.
    Delete(Path, AttributeValue),
    /// `ADD` of `AttributeUpdates`: as [`Action::Add`], and a list is appended to a list.
    LegacyAdd(Path, AttributeValue),
    /// `DELETE` with a value of `AttributeUpdates`: as [`Action::Delete`], worded otherwise.
    LegacyDelete(Path, AttributeValue),
}

/// The right-hand side of a `SET`.
#[derive(Clone, Debug, PartialEq)]
pub enum Sum {
    /// One term.
    Term(Term),
    /// `+` of two.
    Plus(Box<Sum>, Box<Sum>),
    /// `-` of two.
    Minus(Box<Sum>, Box<Sum>),
}

/// A part of a right-hand side.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// The value at a path.
    Path(Path),
    /// A value of the request.
    Value(AttributeValue),
    /// The value at the path, or else the other.
    IfNotExists(Path, Box<Sum>),
    /// Two lists, one behind the other.
    ListAppend(Box<Sum>, Box<Sum>),
}

/// Why an update cannot be applied to the item that is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UpdateError {
    /// A parent of a target is missing or of the wrong kind.
    #[error("The document path provided in the update expression is invalid for update")]
    InvalidPath,
    /// A right-hand side reads what is not there.
    #[error("The provided expression refers to an attribute that does not exist in the item")]
    MissingOperand,
    /// An operand, or the value of a target, has a type that cannot be worked with.
    #[error("An operand in the update expression has an incorrect data type")]
    IncorrectType,
    /// The same in the words of `AttributeUpdates`.
    #[error("Type mismatch for attribute to update")]
    LegacyTypeMismatch,
    /// A sum that no number has.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A value would be nested too deep.
    #[error(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels \
         beyond supported limit"
    )]
    TooDeep,
    /// The item would be larger than an item may be.
    #[error("Item size to update has exceeded the maximum allowed size")]
    TooLarge,
}

impl Update {
    /// The update of these actions, whose targets must neither overlap nor conflict.
    pub fn of(actions: Vec<Action>) -> Result<Self, Fault> {
        check_apart(&actions.iter().map(Action::target).collect::<Vec<_>>())?;
        Ok(Self { actions })
    }

    /// Whether the update changes nothing: what a request means that says no update at all.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The item after the update; `item` is the one before, or else the key attributes alone.
    ///
    /// Attributes keep their place; new ones follow in the order of the request. The result is
    /// within the limits of an item.
    pub fn apply(&self, item: ItemRef<'_>) -> Result<ItemBytes, UpdateError> {
        apply::apply(&self.actions, item)
    }

    /// The paths that the actions change, in textual order.
    pub fn targets(&self) -> impl Iterator<Item = &Path> {
        self.actions.iter().map(Action::target)
    }

    /// What the item holds at the targets, as `UPDATED_OLD` and `UPDATED_NEW` answer it; `None` if
    /// that is nothing.
    pub fn project_targets(&self, item: ItemRef<'_>) -> Option<ItemBytes> {
        let mut targets = Tree::<&str, ()>::default();
        for target in self.targets() {
            targets.insert(target, ());
        }
        let projected = project(&targets, item);
        let is_empty = projected.view().attributes().next().is_none();
        (!is_empty).then_some(projected)
    }
}

impl Action {
    /// The path that the action changes.
    pub fn target(&self) -> &Path {
        match self {
            Self::Set(path, _)
            | Self::Remove(path)
            | Self::Add(path, _)
            | Self::Delete(path, _)
            | Self::LegacyAdd(path, _)
            | Self::LegacyDelete(path, _) => path,
        }
    }
}
