//! Requests for backups of tables and for tables made of them, and their answers.
//!
//! Must hold: a [`BackupArn`] names a table and a backup in the form that backups have.
//! Not here: where backups are kept (`backup/`), what a restored table becomes (`engine/`).

use std::fmt;

use super::{
    ApiError, BillingMode, EncryptionKey, IndexRequest, MaximaRequest, TableDescription, TableName,
    Units,
};

/// Makes a backup of a table.
#[derive(Clone, Debug)]
pub struct CreateBackup {
    /// The table.
    pub table: TableName,
    /// What the backup shall be called; others may be called so too.
    pub name: String,
}

/// Which backup a request means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BackupArn {
    text: String,
    table: TableName,
    id: String,
}

/// Names backups.
#[derive(Clone, Debug)]
pub struct ListBackups {
    /// Only those of tables of this name.
    pub table: Option<TableName>,
    /// Only those behind this one.
    pub after: Option<BackupArn>,
    /// At most so many, 1 to 100.
    pub limit: Option<usize>,
    /// Only those made at this time or later, milliseconds since 1970.
    pub from_ms: Option<u64>,
    /// Only those made before, milliseconds since 1970.
    pub before_ms: Option<u64>,
    /// Only those of this type.
    pub kind: BackupType,
}

/// Who made a backup. Here only users do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BackupType {
    /// A user.
    User,
    /// The service, when a table was deleted.
    System,
    /// Another service.
    AwsBackup,
    /// Anybody.
    All,
}

/// The answer to a [`ListBackups`].
#[derive(Debug)]
pub struct ListBackupsOutput {
    /// The backups, oldest first.
    pub backups: Vec<BackupSummary>,
    /// The ARN of the last of them, if there are more.
    pub last: Option<String>,
}

/// A backup, and what it is of.
#[derive(Clone, Debug)]
pub struct BackupSummary {
    /// The backup.
    pub details: BackupDetails,
    /// The table's name.
    pub table: TableName,
    /// The table's UUID.
    pub table_id: String,
    /// The table's ARN.
    pub table_arn: String,
}

/// A backup.
#[derive(Clone, Debug)]
pub struct BackupDetails {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The sizes of the items in it, together.
    pub bytes: u64,
    /// What it is doing.
    pub status: BackupStatus,
    /// When it was asked for, milliseconds since 1970: it shows the table as it was then.
    pub created_ms: u64,
}

/// What a backup can be doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BackupStatus {
    /// It is being written.
    Creating,
    /// It can be restored.
    Available,
    /// It is gone.
    Deleted,
}

/// A backup, and what the table was.
#[derive(Clone, Debug)]
pub struct BackupDescription {
    /// The backup.
    pub details: BackupDetails,
    /// The table at that time.
    pub source: TableDescription,
    /// The attribute by which its items expired, if they did.
    pub time_to_live: Option<String>,
}

/// Makes a table of a backup.
#[derive(Clone, Debug)]
pub struct RestoreTableFromBackup {
    /// The backup.
    pub backup: BackupArn,
    /// The table to make.
    pub target: TableName,
    /// What shall be different from what the table was.
    pub overrides: RestoreOverrides,
}

/// What of a restored table shall be different from what it was.
#[derive(Clone, Debug, Default)]
pub struct RestoreOverrides {
    /// What its capacity is charged by.
    pub mode: Option<BillingMode>,
    /// The units.
    pub units: Option<Units>,
    /// The local indexes that it has, all of which it had.
    pub local: Option<Vec<IndexRequest>>,
    /// The global indexes that it has, all of which it had.
    pub global: Option<Vec<IndexRequest>>,
    /// The most that it shall take while it is charged on demand.
    pub maxima: MaximaRequest,
    /// The key of its items.
    pub encryption: Option<EncryptionKey>,
}

/// Makes a table as another one was at a time.
#[derive(Clone, Debug)]
pub struct RestoreTableToPointInTime {
    /// The other table.
    pub source: TableName,
    /// The table to make.
    pub target: TableName,
}

/// Changes whether a table can be restored as it was at any time.
#[derive(Clone, Debug)]
pub struct UpdateContinuousBackups {
    /// The table.
    pub name: TableName,
    /// Whether it can.
    pub enabled: bool,
}

/// What a table is being made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RestoreSummary {
    /// The ARN of the backup.
    pub backup_arn: String,
    /// The ARN of the table that the backup is of.
    pub table_arn: String,
    /// When that table was as this one will be, milliseconds since 1970.
    pub at_ms: u64,
}

impl BackupArn {
    /// The backup that this text means.
    ///
    /// The region and account of an ARN are not looked at.
    pub fn of(text: &str) -> Result<Self, ApiError> {
        let parts = text.rsplit_once("/backup/").filter(|(_, id)| is_id(id));
        let parts = parts.and_then(|(table, id)| Some((TableName::in_arn(table).ok()?, id)));
        let Some((table, id)) = parts else {
            return Err(ApiError::validation("Invalid Backup ARN"));
        };
        Ok(Self { text: text.to_owned(), table, id: id.to_owned() })
    }

    /// What tells the backup from all others.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The table that the backup is of.
    pub fn table(&self) -> &TableName {
        &self.table
    }
}

impl fmt::Display for BackupArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// 14 digits, a hyphen, 8 hexadecimal digits.
fn is_id(id: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    id.split_once('-').is_some_and(|(time, random)| {
        (time.len(), random.len()) == (14, 8)
            && time.bytes().all(|byte| byte.is_ascii_digit())
            && random.bytes().all(is_hex)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_table_and_backup_or_is_refused() {
        let good =
            "arn:aws:dynamodb:us-east-1:000000000000:table/users/backup/01658528578619-ab12cd34";

        let arn = BackupArn::of(good).expect("a good one");

        assert_eq!((arn.table().as_str(), arn.id()), ("users", "01658528578619-ab12cd34"));
        assert_eq!(arn.to_string(), good);
        for (part, instead) in [
            ("arn:aws", "aws"),
            ("/backup/", "/stream/"),
            ("01658528578619", "1658528578619"),
            ("ab12cd34", "ab12cd3"),
            ("ab12cd34", "AB12CD34"),
            ("users", "a/b"),
            ("users", ""),
        ] {
            let refused = BackupArn::of(&good.replace(part, instead)).expect_err(instead);
            assert_eq!(refused, ApiError::validation("Invalid Backup ARN"));
        }
    }
}
