//! Updates: what becomes of an item, attribute by attribute.
//!
//! Must hold: no two targets of an update overlap or conflict; every right-hand side reads the item
//! as it was before.

use super::path::Path;
use super::{Error, Placeholders};
use crate::model::{AttributeValue, ItemBytes, ItemRef};

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
}

impl Update {
    /// The item after the update; `item` is the one before, or else the key attributes alone.
    pub fn apply(&self, item: ItemRef<'_>) -> Result<ItemBytes, UpdateError> {
        let _ = item;
        unimplemented!()
    }

    /// The paths that the actions change, in textual order.
    pub fn targets(&self) -> impl Iterator<Item = &Path> {
        self.actions.iter().map(Action::target)
    }

    /// What the item holds at the targets, as `UPDATED_OLD` and `UPDATED_NEW` answer it; `None` if
    /// that is nothing.
    pub fn project_targets(&self, item: ItemRef<'_>) -> Option<ItemBytes> {
        let _ = item;
        unimplemented!()
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

/// An `UpdateExpression`, parsed, resolved and checked.
pub fn parse_update(text: &str, placeholders: &mut Placeholders) -> Result<Update, Error> {
    let _ = (text, placeholders);
    unimplemented!()
}
