//! Secrets, and the key of a day that is derived from each.
//!
//! Must hold: a secret and its keys are shown by nothing; a key kept for one day signs for no other.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{Service, TERMINATOR};

/// A secret access key, and of each service the signing key that was asked for last.
///
/// All requests that a verifier takes are of one region and of today or, close to midnight, of the
/// day beside it; so one key of each is enough.
pub(in crate::auth) struct Secret {
    prefixed: Box<[u8]>,
    dynamodb: ArcSwapOption<SigningKey>,
    dax: ArcSwapOption<SigningKey>,
}

impl Secret {
    pub(in crate::auth) fn new(secret_access_key: &str) -> Self {
        let prefixed = ["AWS4", secret_access_key].concat().into_bytes().into_boxed_slice();
        let (dynamodb, dax) = (ArcSwapOption::empty(), ArcSwapOption::empty());
        Self { prefixed, dynamodb, dax }
    }

    /// The key that signs for `service` on `day` in `region`.
    pub(super) fn signing_key(&self, service: Service, day: &str, region: &str) -> Arc<SigningKey> {
        let latest = match service {
            Service::DynamoDb => &self.dynamodb,
            Service::Dax => &self.dax,
        };
        if let Some(key) = &*latest.load()
            && *key.day == *day
            && *key.region == *region
        {
            return Arc::clone(key);
        }
        let key = Arc::new(self.derive(service, day, region));
        latest.store(Some(Arc::clone(&key)));
        key
    }

    /// The same key for a request that is not taken, whose day must not take the place of today.
    pub(super) fn passing_key(&self, service: Service, day: &str, region: &str) -> Arc<SigningKey> {
        Arc::new(self.derive(service, day, region))
    }

    fn derive(&self, service: Service, day: &str, region: &str) -> SigningKey {
        let mut mac = keyed(&self.prefixed);
        for piece in [day, region, service.name(), TERMINATOR] {
            mac.update(piece.as_bytes());
            mac = keyed(&mac.finalize().into_bytes());
        }
        SigningKey { day: day.into(), region: region.into(), mac }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The key of one day, already fed to the hash.
pub(super) struct SigningKey {
    day: Box<str>,
    region: Box<str>,
    mac: Hmac<Sha256>,
}

impl SigningKey {
    /// The code of a text that is handed over in pieces.
    pub(super) fn sign(&self, pieces: &[&str]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        for piece in pieces {
            mac.update(piece.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}
