//! Requests for tables, and their answers.
//!
//! Must hold: a [`TableName`] is 1 to 255 of DynamoDB's characters; a [`CreateTable`] has a key
//! schema that its definitions cover exactly.
//! Not here: where tables are kept (`engine/`).

use std::fmt;
use std::sync::Arc;

use super::{
    ApiError, Billing, CapacityChange, Cut, EncryptionDescription, EncryptionKey, IndexesChange,
    PolicyDocument, RestoreSummary, StreamChange, StreamSummary, StreamView, Throughput, Units,
    WarmRequest,
};
use crate::model::{IndexProjection, IndexScope, KeyAttribute};

/// The name of a table, as DynamoDB allows it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TableName(String);

/// A table as a request names it, by its name or ARN; the answer names it in the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRef {
    name: TableName,
    arn: Option<Box<str>>,
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
    /// The indexes, local ones first, each group in the order of the request.
    pub indexes: Vec<CreateIndex>,
    /// How capacity is charged.
    pub billing: Billing,
    /// What it takes in a second.
    pub throughput: Throughput,
    /// Whether the table refuses to be deleted.
    pub deletion_protection: bool,
    /// The class of its storage, if one was named.
    pub class: Option<TableClass>,
    /// The tags, by key; no key appears twice.
    pub tags: Vec<(String, String)>,
    /// What the records of its stream say, if it has one.
    pub stream: Option<StreamView>,
    /// The key that its items are encrypted by.
    pub encryption: EncryptionKey,
    /// Its policy, if it has one.
    pub policy: Option<PolicyDocument>,
}

/// Makes an index together with its table.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    /// The name.
    pub name: String,
    /// Whether it shares the table's partitions.
    pub scope: IndexScope,
    /// The attributes of its partition key.
    pub hash: Vec<KeyAttribute>,
    /// The attributes of its sort key.
    pub range: Vec<KeyAttribute>,
    /// What it holds of an item.
    pub projection: IndexProjection,
    /// The units of a global index of a provisioned table.
    pub units: Option<Units>,
    /// What a global index takes in a second.
    pub throughput: Throughput,
}

/// The class of a table's storage; a label.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TableClass {
    /// `STANDARD`
    Standard,
    /// `STANDARD_INFREQUENT_ACCESS`
    InfrequentAccess,
}

/// Changes a setting of a table.
#[derive(Clone, Debug)]
pub struct UpdateTable {
    /// The name.
    pub name: TableName,
    /// The setting.
    pub change: TableChange,
}

/// A change of a table's settings; one request makes only one.
#[derive(Clone, Debug, PartialEq)]
pub enum TableChange {
    /// Whether the table refuses to be deleted.
    DeletionProtection(bool),
    /// The class of its storage.
    Class(TableClass),
    /// How capacity is charged.
    Capacity(CapacityChange),
    /// What it can take at once.
    Warm(WarmRequest),
    /// Global indexes are made and dropped.
    Indexes(IndexesChange),
    /// The key that its items are encrypted by.
    Encryption(EncryptionKey),
    /// Whether it has a stream, and how capacity is charged if that changes with it.
    Stream(StreamChange, CapacityChange),
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
    /// Serving, while its settings change.
    Updating,
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
    /// The indexes, local ones first.
    pub indexes: Vec<IndexDescription>,
    /// How capacity is charged.
    pub billing: Billing,
    /// What it takes in a second.
    pub throughput: Throughput,
    /// When it was last switched to be charged on demand, milliseconds since 1970; `None` if never.
    pub on_demand_since_ms: Option<u64>,
    /// When its units were last raised and lowered, and how often they were lowered that day.
    pub throughput_changes: ThroughputChanges,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// The items in it.
    pub items: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// Whether it refuses to be deleted.
    pub deletion_protection: bool,
    /// The class of its storage, if one was ever named.
    pub class: Option<ClassSummary>,
    /// Its newest stream.
    pub stream: Option<Arc<StreamSummary>>,
    /// The key that its items are encrypted by, if it is not the service's own.
    pub encryption: Option<EncryptionDescription>,
    /// What it is being made of, until it is.
    pub restore: Option<Arc<RestoreSummary>>,
}

/// The class of a table's storage, described.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClassSummary {
    /// The class.
    pub class: TableClass,
    /// When it was changed, milliseconds since 1970; `None` if it is as the table was made.
    pub changed_ms: Option<u64>,
}

/// When units bought ahead were changed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ThroughputChanges {
    /// When they were last raised, milliseconds since 1970.
    pub raised_ms: Option<u64>,
    /// When they were last lowered, milliseconds since 1970.
    pub lowered_ms: Option<u64>,
    /// How often they were lowered on the day of `lowered_ms`.
    pub lowered_that_day: u64,
}

/// An index, described.
#[derive(Clone, Debug)]
pub struct IndexDescription {
    /// Its name, keys and projection.
    pub index: CreateIndex,
    /// What it is doing.
    pub status: TableStatus,
    /// Whether entries of items that were there before it are still being made.
    pub backfilling: bool,
    /// The ARN.
    pub arn: String,
    /// The entries in it.
    pub items: u64,
    /// The sum of their sizes.
    pub bytes: u64,
    /// When its units were changed.
    pub throughput_changes: ThroughputChanges,
}

impl TableClass {
    /// The class as requests and answers name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::InfrequentAccess => "STANDARD_INFREQUENT_ACCESS",
        }
    }
}

impl ThroughputChanges {
    /// The changes as they are told at that time: a new day begins with no decreases.
    #[must_use]
    pub fn seen_at(self, now_ms: u64) -> Self {
        let same_day = self.lowered_ms.is_some_and(|ms| ms / DAY_MS == now_ms / DAY_MS);
        Self { lowered_that_day: if same_day { self.lowered_that_day } else { 0 }, ..self }
    }
}

impl TableName {
    /// The name, if DynamoDB allows it as a name in data operations.
    pub fn new(name: impl Into<String>) -> Option<Self> {
        let name = name.into();
        Self::fits(&name).then_some(Self(name))
    }

    /// The table that a request means by this name or ARN.
    ///
    /// The region and account of an ARN are not looked at.
    pub fn named_by(text: &str) -> Result<Self, ApiError> {
        let name = if text.starts_with("arn:") { None } else { Self::new(text) };
        name.map_or_else(|| Self::in_arn(text), Ok)
    }

    /// The table that an ARN names.
    ///
    /// The region and account of an ARN are not looked at.
    pub fn in_arn(text: &str) -> Result<Self, ApiError> {
        let name = text.strip_prefix("arn:").and_then(name_in_arn);
        name.and_then(Self::new).ok_or_else(|| {
            let fault = "Invalid TableArn: Invalid ResourceArn provided as input";
            ApiError::validation(format!("{fault} {}", Cut(text)))
        })
    }

    /// Whether [`TableName::new`] would take this name.
    pub fn fits(name: &str) -> bool {
        (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(Self::admits)
    }

    /// Whether a name may have this byte.
    pub fn admits(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TableRef {
    /// The table that a request means by this name or ARN, as in [`TableName::named_by`].
    pub fn of(text: &str) -> Result<Self, ApiError> {
        let name = TableName::named_by(text)?;
        let arn = (name.as_str() != text).then(|| text.into());
        Ok(Self { name, arn })
    }

    /// The table's name.
    pub fn name(&self) -> &TableName {
        &self.name
    }

    /// What the request said.
    pub fn as_given(&self) -> &str {
        self.arn.as_deref().unwrap_or(self.name.as_str())
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The table's name in `aws:dynamodb:REGION:ACCOUNT:table/NAME`.
fn name_in_arn(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(5, ':');
    let (partition, service) = (parts.next()?, parts.next()?);
    let (_region, _account) = (parts.next()?, parts.next()?);
    let resource = parts.next()?;
    (partition.starts_with("aws") && service == "dynamodb")
        .then(|| resource.strip_prefix("table/"))
        .flatten()
}

const NAME_BYTES_MAX: usize = 255;
/// A day of UTC.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
