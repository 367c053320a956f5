//! What another key makes of a table: a label that is kept and described.
//!
//! Not here: which keys can be asked for (`api/encryption.rs`).

use super::definition::Setting;
use crate::api::{ApiError, EncryptionKey, invalid};
use crate::engine::Table;

/// The table with that key, or why it does not take it.
pub(super) fn alter(
    table: &Table,
    key: &EncryptionKey,
    setting: &Setting<'_>,
) -> Result<Table, ApiError> {
    let arn = key.arn(setting.region, setting.account);
    match key {
        EncryptionKey::Owned if table.encryption.is_none() => {
            Err(invalid("Table is already encrypted by default"))
        }
        EncryptionKey::Named(_) if table.encryption == arn => Err(invalid(
            "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter \
             if you want to change Master Key",
        )),
        EncryptionKey::Owned | EncryptionKey::Managed | EncryptionKey::Named(_) => {
            Ok(Table { encryption: arn, ..table.clone() })
        }
    }
}
