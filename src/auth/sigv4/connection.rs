//! DAX's `authorizeConnection`: a signature over a request that is never sent.
//!
//!     canonical request   POST \n / \n \n host:HOST \n x-amz-date:DATE \n \n host;x-amz-date \n
//!                         hex(SHA-256(""))
//!     string to sign      AWS4-HMAC-SHA256 \n DATE \n DAY/REGION/dax/aws4_request \n
//!                         hex(SHA-256(canonical request))
//!
//! Clients send the second and its signature; the first is made again from the date, since HOST is
//! one of two words. The checks stand in the order of those of HTTP.
//!
//! Must hold: what HTTP holds: an unknown key id costs as much as a known one, and signatures are
//! compared in constant time.
//! Not here: that a signature is of one connection alone, which nothing in it says; when a
//! connection must be authorized again (`server/`).

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::authorization::{Scope, check_algorithm};
use super::canonical::Hex;
use super::date::AmzDate;
use super::signing_key::{Secret, SigningKey};
use super::{Service, Verifier, pieces};
use crate::auth::{Error, Principal};

/// What an `authorizeConnection` says, as it was received.
#[derive(Clone, Copy)]
pub struct ConnectionClaim<'a> {
    /// Whose key signed.
    pub access_key_id: &'a str,
    /// The signature, in hexadecimal digits.
    pub signature: &'a str,
    /// What was signed, by the client's own account.
    pub string_to_sign: &'a [u8],
    /// The token of a temporary credential; the signature does not cover it.
    pub session_token: Option<&'a str>,
}

impl Verifier {
    /// Who opened the connection, if one of the credentials signed for it within 15 minutes of
    /// `now_unix_ms`.
    pub fn verify_connection(
        &self,
        claim: &ConnectionClaim<'_>,
        now_unix_ms: u64,
    ) -> Result<Principal, Error> {
        self.verify_connection_with(claim, now_unix_ms / 1_000, Secret::signing_key)
    }

    /// Whether one of the credentials signed for the connection, at the time that it says itself.
    ///
    /// For connections that were refused: it trusts the claim with its time, and derives a key.
    pub fn is_signed_connection(&self, claim: &ConnectionClaim<'_>) -> bool {
        let text = std::str::from_utf8(claim.string_to_sign).ok();
        let date = text.and_then(|text| pieces(text, b'\n').nth(1));
        let signed_unix_s = date
            .and_then(|date| AmzDate::parse(date.as_bytes()).ok())
            .and_then(|date| date.unix_s());
        signed_unix_s.is_some_and(|unix_s| {
            self.verify_connection_with(claim, unix_s, Secret::passing_key).is_ok()
        })
    }

    fn verify_connection_with(
        &self,
        claim: &ConnectionClaim<'_>,
        now_unix_s: u64,
        key_of: impl FnOnce(&Secret, Service, &str, &str) -> Arc<SigningKey>,
    ) -> Result<Principal, Error> {
        let text = std::str::from_utf8(claim.string_to_sign).map_err(|_| Error::StringToSign)?;
        let signed = StringToSign::parse(claim.access_key_id, text)?;
        let date = AmzDate::parse(signed.date.as_bytes())?;
        date.check_window(now_unix_s)?;
        check_algorithm(signed.algorithm)?;
        signed.scope.check(&self.region, Service::Dax, &date)?;

        let credential = self.credentials.find(claim.access_key_id);
        let secret = credential.map_or(&self.stranger, |found| &found.secret);
        let key = key_of(secret, Service::Dax, signed.scope.day, &self.region);
        let matches = Hex::of(&key.sign(&[text])).is(claim.signature.as_bytes());

        let Some(credential) = credential else {
            return Err(Error::UnknownKey);
        };
        if !matches || !is_of_a_client(signed.request_sha256, &date) {
            return Err(Error::Mismatch);
        }
        if claim.session_token.is_some() {
            return Err(Error::SessionToken);
        }
        Ok(credential.principal.clone())
    }
}

/// A string to sign, taken apart; no part is looked into.
struct StringToSign<'a> {
    algorithm: &'a str,
    date: &'a str,
    scope: Scope<'a>,
    request_sha256: &'a str,
}

impl<'a> StringToSign<'a> {
    fn parse(access_key_id: &'a str, text: &'a str) -> Result<Self, Error> {
        let mut lines = pieces(text, b'\n');
        let mut next = || lines.next().ok_or(Error::StringToSign);
        let (algorithm, date, scope, request_sha256) = (next()?, next()?, next()?, next()?);
        let scope = Scope::of(access_key_id, scope).ok_or(Error::StringToSign)?;
        if lines.next().is_some() {
            return Err(Error::StringToSign);
        }
        Ok(Self { algorithm, date, scope, request_sha256 })
    }
}

/// Whether a request that some DAX client signs has this hash, at that date.
fn is_of_a_client(request_sha256: &str, date: &AmzDate<'_>) -> bool {
    HOSTS.iter().any(|host| canonical_sha256(host, date).is(request_sha256.as_bytes()))
}

/// SHA-256 of the canonical form of the request that is never sent.
fn canonical_sha256(host: &str, date: &AmzDate<'_>) -> Hex {
    let mut hasher = Sha256::new();
    for piece in [
        "POST\n/\n\nhost:",
        host,
        "\nx-amz-date:",
        date.text(),
        "\n\nhost;x-amz-date\n",
        EMPTY_SHA256,
    ] {
        hasher.update(piece);
    }
    Hex::of(&hasher.finalize().into())
}

/// What clients sign as the host, whichever they connect to: the first those in Python and
/// JavaScript, the second those in Go.
const HOSTS: [&str; 2] = ["dax.amazonaws.com", "https://dax.amazonaws.com"];
/// SHA-256 of no bytes.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
