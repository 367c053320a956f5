//! Requests for when the items of a table expire, and their answers.
//!
//! Not here: which attribute a table has (`engine/`), deleting what has expired (`proxy/`).

use super::TableName;

/// Enables or disables the expiry of a table's items.
#[derive(Clone, Debug)]
pub struct UpdateTimeToLive {
    /// The table.
    pub name: TableName,
    /// What shall hold.
    pub specification: TimeToLiveSpecification,
}

/// What shall hold of when a table's items expire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeToLiveSpecification {
    /// Whether they expire at all.
    pub enabled: bool,
    /// The attribute that says when.
    pub attribute: String,
}

/// When a table's items expire, described.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeToLiveDescription {
    /// The attribute that says it; `None` if they do not expire.
    pub attribute: Option<String>,
}
