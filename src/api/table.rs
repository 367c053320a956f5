//! Requests for tables, and their answers.
//!
//! Must hold: a [`TableName`] is 1 to 255 of DynamoDB's characters; a [`CreateTable`] has a key
//! schema that its definitions cover exactly.
//! Not here: where tables are kept (`engine/`).

use std::fmt;

use crate::model::KeyAttribute;

/// The name of a table, as DynamoDB allows it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TableName(String);

/// What a table's capacity is charged by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Billing {
    /// Capacity bought ahead.
    Provisioned {
        /// Read units a second.
        read: u64,
        /// Write units a second.
        write: u64,
    },
    /// By request.
    OnDemand,
}

/// Makes a table.
#[derive(Clone, Debug)]
pub struct CreateTable {
    /// The name.
    pub name: TableName,
    /// The attribute definitions in the order of the request.
    pub definitions: Vec<KeyAttribute>,
    /// The partition key.
    pub hash: KeyAttribute,
    /// The sort key.
    pub range: Option<KeyAttribute>,
    /// How capacity is charged.
    pub billing: Billing,
    /// Whether the table refuses to be deleted.
    pub deletion_protection: bool,
}

/// Names tables.
#[derive(Clone, Debug, Default)]
pub struct ListTables {
    /// Only names after this one.
    pub after: Option<String>,
    /// At most so many, 1 to 100.
    pub limit: Option<usize>,
}

/// The answer to a [`ListTables`].
#[derive(Debug)]
pub struct ListTablesOutput {
    /// The names in ascending order of their bytes.
    pub names: Vec<TableName>,
    /// The last of them, if there are more.
    pub last: Option<TableName>,
}

/// What a table can be doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TableStatus {
    /// Being made.
    Creating,
    /// Serving.
    Active,
    /// Being dropped.
    Deleting,
}

/// A table, described.
#[derive(Clone, Debug)]
pub struct TableDescription {
    /// The name.
    pub name: TableName,
    /// The ARN.
    pub arn: String,
    /// The UUID.
    pub id: String,
    /// What it is doing.
    pub status: TableStatus,
    /// The attribute definitions.
    pub definitions: Vec<KeyAttribute>,
    /// The partition key.
    pub hash: KeyAttribute,
    /// The sort key.
    pub range: Option<KeyAttribute>,
    /// How capacity is charged.
    pub billing: Billing,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// The items in it.
    pub items: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// Whether it refuses to be deleted.
    pub deletion_protection: bool,
}

impl TableName {
    /// The name, if DynamoDB allows it as a name in data operations.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        let fits = (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        fits.then_some(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const NAME_BYTES_MAX: usize = 255;
