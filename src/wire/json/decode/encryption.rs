//! The `SSESpecification` of CreateTable and `UpdateTable`.

use std::borrow::Cow;

use super::super::constraints::{ENCRYPTION_KINDS, shape};
use super::super::scan::Scanner;
use super::super::types::Place;
use crate::api::{ApiError, EncryptionKey, EncryptionKind, EncryptionSpecification};

/// How a table shall be encrypted, as it came.
#[derive(Debug, Default)]
pub(super) struct Encryption<'a> {
    enabled: Option<bool>,
    kind: Option<Cow<'a, str>>,
    key: Option<Cow<'a, str>>,
}

shape! {
    impl "SSESpecification" for Encryption<'_> as encryption {
        "sSEType": ENCRYPTION_KINDS, encryption.kind.as_deref();
    }
}

impl<'a> Encryption<'a> {
    pub(super) fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut encryption = Self::default();
        let present = scan.structure("SSESpecification", Place::Member, |scan, name| {
            match &*name {
                "Enabled" => encryption.enabled = scan.boolean()?,
                "SSEType" => encryption.kind = scan.text()?,
                "KMSMasterKeyId" => encryption.key = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(present.then_some(encryption))
    }

    /// The key that is asked for, once the constraints have passed.
    pub(super) fn key(&self) -> Result<EncryptionKey, ApiError> {
        let kind = |word: &str| match word {
            "KMS" => EncryptionKind::Kms,
            _ => EncryptionKind::Aes256,
        };
        EncryptionSpecification {
            enabled: self.enabled,
            kind: self.kind.as_deref().map(kind),
            key: self.key.as_deref().map(ToOwned::to_owned),
        }
        .key()
    }
}
