//! Statements with their parameters put in.
//!
//! Must hold: a statement that exists has passed every check that needs no table.
//! Not here: what they are of a table (`plan/`).

use std::sync::Arc;

use super::tree::{Direction, Returning};
use crate::expr::{Columns, Condition, Update};
use crate::model::Item;

/// A statement, checked as far as it can be without a table.
#[derive(Debug)]
pub enum Statement {
    /// Reads items.
    Select(Select),
    /// Writes one item that is not there.
    Insert(Insert),
    /// Changes one item that is there.
    Update(Change),
    /// Removes one item.
    Delete(Removal),
    /// Asks whether one item is there and is so.
    Exists(Select),
}

/// What a statement is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The table.
    pub table: String,
    /// The index, if it names one.
    pub index: Option<String>,
}

/// Reads items.
#[derive(Debug)]
pub struct Select {
    /// The table or index.
    pub source: Source,
    /// The columns; all attributes without.
    pub columns: Option<Columns>,
    /// What must hold of an item.
    pub condition: Option<Condition>,
    /// The attributes that the items are ordered by.
    pub order: Vec<(String, Direction)>,
}

/// Writes one item that is not there.
#[derive(Debug)]
pub struct Insert {
    /// The table.
    pub table: String,
    /// The item.
    pub item: Item,
}

/// Changes one item that is there.
#[derive(Debug)]
pub struct Change {
    /// The table.
    pub table: String,
    /// Which item, and what must hold of it.
    pub condition: Option<Condition>,
    /// How.
    pub update: Arc<Update>,
    /// What is returned of it.
    pub returning: Option<Returning>,
}

/// Removes one item.
#[derive(Debug)]
pub struct Removal {
    /// The table.
    pub table: String,
    /// Which item, and what must hold of it.
    pub condition: Option<Condition>,
    /// What is returned: nothing, or the item as it was.
    pub returns_old: bool,
}

impl Statement {
    /// The table that it is about.
    pub fn table(&self) -> &str {
        match self {
            Self::Select(select) | Self::Exists(select) => &select.source.table,
            Self::Insert(insert) => &insert.table,
            Self::Update(change) => &change.table,
            Self::Delete(removal) => &removal.table,
        }
    }

    /// Whether it only reads; to ask whether an item is there belongs to writes.
    pub fn is_read(&self) -> bool {
        match self {
            Self::Select(_) => true,
            Self::Insert(_) | Self::Update(_) | Self::Delete(_) | Self::Exists(_) => false,
        }
    }
}
