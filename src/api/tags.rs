//! Requests for the tags of a table.
//!
//! Must hold: a [`TableArn`] names a table, not a part of one.
//! Not here: where tags are kept (`engine/`).

use super::{ApiError, TableName};

/// An ARN that names a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableArn {
    text: String,
    table: TableName,
}

/// Adds tags to a table, or replaces their values.
#[derive(Clone, Debug)]
pub struct TagResource {
    /// The table.
    pub arn: TableArn,
    /// The tags; of a key that appears twice the last value counts.
    pub tags: Vec<(String, String)>,
}

/// Takes tags from a table.
#[derive(Clone, Debug)]
pub struct UntagResource {
    /// The table.
    pub arn: TableArn,
    /// The keys of the tags.
    pub keys: Vec<String>,
}

/// Lists the tags of a table.
#[derive(Clone, Debug)]
pub struct ListTagsOfResource {
    /// The table.
    pub arn: TableArn,
    /// Where the page before ended, as that page's answer said.
    pub next: Option<String>,
}

/// The answer to a [`ListTagsOfResource`].
#[derive(Clone, Debug)]
pub struct Tags {
    /// The tags, by key in ascending order.
    pub tags: Vec<(String, String)>,
    /// Where to go on, if there are more.
    pub next: Option<String>,
}

impl TableArn {
    /// The ARN, if it names a table. Its region and account are not looked at.
    pub fn new(text: impl Into<String>) -> Result<Self, ApiError> {
        let text = text.into();
        let table = TableName::in_arn(&text)?;
        Ok(Self { text, table })
    }

    /// The ARN as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The table's name.
    pub fn table(&self) -> &TableName {
        &self.table
    }
}
