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
    /// The tags, by key; no key appears twice.
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

/// Refuses tags that the service keeps for itself, and characters that it does not take.
pub fn check_tags(tags: &[(String, String)]) -> Result<(), ApiError> {
    for (key, value) in tags {
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            let message = format!("Tag Key cannot be prefixed with aws:, Key: {key}");
            return Err(ApiError::validation(message));
        }
        for (what, text) in [("Key", key), ("Value", value)] {
            if !text.chars().all(is_tag_character) {
                let message = format!("Tag {what} contains invalid characters, {what}: {text}");
                return Err(ApiError::validation(message));
            }
        }
    }
    Ok(())
}

/// Refuses more tags than a table can have.
pub fn check_tag_count(count: usize) -> Result<(), ApiError> {
    if count > TAGS_MAX {
        return Err(ApiError::validation(
            "Number of Tags exceed the current limit for the provided ResourceArn",
        ));
    }
    Ok(())
}

fn is_tag_character(character: char) -> bool {
    character.is_alphanumeric() || character.is_whitespace() || "+-=._:/@".contains(character)
}

const TAGS_MAX: usize = 50;
