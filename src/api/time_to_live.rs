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
    /// Whether they expire.
    pub status: TimeToLiveStatus,
    /// The attribute that says when; `None` if they do not.
    pub attribute: Option<String>,
}

/// Whether the items of a table expire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TimeToLiveStatus {
    /// They are to from now on.
    Enabling,
    /// They do.
    Enabled,
    /// They are not to from now on.
    Disabling,
    /// They do not.
    Disabled,
}
