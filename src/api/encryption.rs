//! The key that a table's items are encrypted by: asked for, and described.
//!
//! A label: hearth has no keys, and encrypts nothing.
//! Not here: which key a table has (`engine/`).

use super::value::invalid;
use super::{ApiError, Cut};

/// What a request says of how a table is encrypted.
#[derive(Clone, Debug, Default)]
pub struct EncryptionSpecification {
    /// Whether by a key that its owner sees.
    pub enabled: Option<bool>,
    /// By what.
    pub kind: Option<EncryptionKind>,
    /// The key, by its id, its ARN, its alias or the ARN of that.
    pub key: Option<String>,
}

/// By what a table is encrypted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EncryptionKind {
    /// `AES256`
    Aes256,
    /// `KMS`
    Kms,
}

/// The key that a table shall have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EncryptionKey {
    /// The service's own, which nobody sees.
    Owned,
    /// The one that is kept for the account's tables.
    Managed,
    /// The one of this id, ARN or alias.
    Named(String),
}

/// The key of a table, described.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EncryptionDescription {
    /// Whether it is being changed.
    pub is_updating: bool,
    /// The ARN; `None` while a table gets its first.
    pub key: Option<String>,
}

impl EncryptionSpecification {
    /// The key that is asked for.
    pub fn key(self) -> Result<EncryptionKey, ApiError> {
        let Self { enabled, kind, key } = self;
        match (enabled, kind, key) {
            (Some(false), Some(_), _) => {
                Err(invalid("SSEType can not be specified if Enabled is false"))
            }
            (Some(false), None, Some(_)) => {
                Err(invalid("KMSMasterKeyId can not be specified if Enabled is false"))
            }
            (_, Some(EncryptionKind::Aes256), _) => Err(invalid("SSEType AES256 is not supported")),
            (_, None, Some(_)) => {
                Err(invalid("SSEType KMS is required if KMSMasterKeyId is specified"))
            }
            (Some(false) | None, None, None) => Ok(EncryptionKey::Owned),
            (Some(true), None, None) | (_, Some(EncryptionKind::Kms), None) => {
                Ok(EncryptionKey::Managed)
            }
            (_, Some(EncryptionKind::Kms), Some(key)) => named(key),
        }
    }
}

impl EncryptionKey {
    /// The ARN of the key, seen from that region and account; none of the service's own.
    pub fn arn(&self, region: &str, account: &str) -> Option<String> {
        let of = |resource: &str| format!("arn:aws:kms:{region}:{account}:{resource}");
        match self {
            Self::Owned => None,
            Self::Managed => Some(of(MANAGED_ALIAS)),
            Self::Named(key) if key.starts_with("arn:") => Some(key.clone()),
            Self::Named(alias) if alias.starts_with("alias/") => Some(of(alias)),
            Self::Named(id) => Some(of(&format!("key/{id}"))),
        }
    }
}

fn named(key: String) -> Result<EncryptionKey, ApiError> {
    let is_managed = key == MANAGED_ALIAS
        || key.starts_with("arn:") && key.rsplit(':').next() == Some(MANAGED_ALIAS);
    if is_managed {
        return Ok(EncryptionKey::Managed);
    }
    if !(1..=KEY_BYTES_MAX).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic())
    {
        let fault = format!("KMS validation error: Invalid keyId '{}'", Cut(key));
        return Err(ApiError::validation(fault));
    }
    Ok(EncryptionKey::Named(key))
}

/// The alias of the key that is kept for the account's tables.
const MANAGED_ALIAS: &str = "alias/aws/dynamodb";
/// Of what names a key.
const KEY_BYTES_MAX: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(enabled: Option<bool>, kind: Option<EncryptionKind>, key: Option<&str>) -> String {
        let specification =
            EncryptionSpecification { enabled, kind, key: key.map(ToOwned::to_owned) };
        match specification.key() {
            Ok(key) => key.arn("eu-west-1", "000000000001").unwrap_or_default(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn a_key_is_named_by_id_alias_and_arn_or_is_the_accounts() {
        let kms = Some(EncryptionKind::Kms);
        let own = "arn:aws:kms:eu-west-1:000000000001:alias/aws/dynamodb";
        let arn = "arn:aws:kms:eu-west-1:123456789012:key/1-2";

        for enabled in [None, Some(false)] {
            assert_eq!(asked(enabled, None, None), "");
        }
        for enabled in [None, Some(true)] {
            assert_eq!(asked(enabled, kms, None), own);
            assert_eq!(asked(enabled, kms, Some("alias/aws/dynamodb")), own);
            assert_eq!(asked(enabled, kms, Some(arn)), arn);
        }
        assert_eq!(asked(Some(true), None, None), own);
        assert_eq!(asked(None, kms, Some(&own.replace("west", "east"))), own);
        let named = |name| asked(Some(true), kms, Some(name));
        assert_eq!(named("1-2"), "arn:aws:kms:eu-west-1:000000000001:key/1-2");
        assert_eq!(named("alias/mine"), "arn:aws:kms:eu-west-1:000000000001:alias/mine");
    }

    #[test]
    fn what_names_a_key_has_an_end() {
        let named = |name: &str| asked(Some(true), Some(EncryptionKind::Kms), Some(name));

        assert!(named(&"a".repeat(2_048)).ends_with("aa"));
        for bad in ["", "a b", &"a".repeat(2_049)] {
            assert!(named(bad).starts_with("KMS validation error: Invalid keyId '"), "{bad}");
        }
    }
}
