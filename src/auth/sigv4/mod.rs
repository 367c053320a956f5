//! AWS Signature Version 4, as DynamoDB takes it: in the `Authorization` header, over one body. What
//! DAX takes on its connections is in `connection.rs`.
//!
//!     Authorization header ─ parts ─ date in window ─ headers signed ─ algorithm ─ scope
//!          └─ key id ─ SHA-256(body) ─ SHA-256(canonical request) ─ HMAC ─ compare ─ token
//!
//! The checks stand in DynamoDB's order; what costs more than a look at the headers comes last.
//!
//! Must hold: every header that can change what a request means is signed and came once; an
//! unknown key id costs as much as a known one; signatures are compared in constant time.
//! Not here: presigned queries, `UNSIGNED-PAYLOAD` and the streaming forms, which DynamoDB refuses.

mod authorization;
mod canonical;
mod connection;
mod date;
mod headers;
mod service;
mod signing_key;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::auth::{Credentials, Error, Principal};
use authorization::{Authorization, Scope, check_algorithm};
use canonical::Hex;
use date::AmzDate;
use headers::{KnownHeaders, SignedHeaders};

pub use connection::ConnectionClaim;
pub use service::Service;
pub(super) use signing_key::Secret;
use signing_key::SigningKey;

/// What a signature covers, as it was received and will be executed.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The service that it is for.
    pub service: Service,
    /// The method, in upper case.
    pub method: &'a str,
    /// The path, not decoded.
    pub path: &'a str,
    /// What follows the question mark; empty if there is none.
    pub query: &'a str,
    /// All headers in the order in which they came, names in lower case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body as it came, before any decompression.
    pub body: &'a [u8],
}

/// Checks signatures against one set of credentials, for one region.
///
/// Keeps the signing key of each credential's day, so that a check costs about a microsecond.
#[derive(Debug)]
pub struct Verifier {
    credentials: Credentials,
    region: Box<str>,
    stranger: Secret,
}

impl Verifier {
    /// A verifier of requests that are scoped to `region`.
    pub fn new(credentials: Credentials, region: &str) -> Self {
        Self { credentials, region: region.into(), stranger: Secret::new(STRANGERS_SECRET) }
    }

    /// Who signed the request, if it was signed by one of the credentials within 15 minutes of
    /// `now_unix_ms` and came as it was signed.
    pub fn verify(&self, request: &Request<'_>, now_unix_ms: u64) -> Result<Principal, Error> {
        self.verify_with(request, now_unix_ms / 1_000, Secret::signing_key)
    }

    /// Whether one of the credentials signed the request, at the time that it says itself.
    ///
    /// For requests that were refused: it trusts the request with its time, and derives a key.
    pub fn is_signed(&self, request: &Request<'_>) -> bool {
        let signed_unix_s = date_of(request).and_then(|date| date.unix_s());
        signed_unix_s
            .is_some_and(|unix_s| self.verify_with(request, unix_s, Secret::passing_key).is_ok())
    }

    fn verify_with(
        &self,
        request: &Request<'_>,
        now_unix_s: u64,
        key_of: impl FnOnce(&Secret, Service, &str, &str) -> Arc<SigningKey>,
    ) -> Result<Principal, Error> {
        let claim = self.claim(request, now_unix_s)?;

        let credential = self.credentials.find(claim.scope.access_key_id);
        let secret = credential.map_or(&self.stranger, |found| &found.secret);
        let body_sha256 = Hex::of(&Sha256::digest(request.body).into());
        let key = key_of(secret, request.service, claim.scope.day, &self.region);
        let matches = signature(request, &claim, &key, &body_sha256).is(claim.signature);

        let Some(credential) = credential else {
            return Err(Error::UnknownKey);
        };
        if claim.headers.body_sha256.is_some_and(|given| given != body_sha256.as_bytes()) {
            return Err(Error::BodyHash);
        }
        // DynamoDB is served at one path without a query; a signature over another is for elsewhere.
        if !matches || request.path != "/" || !request.query.is_empty() {
            return Err(Error::Mismatch);
        }
        if claim.headers.session_token.is_some() {
            return Err(Error::SessionToken);
        }
        Ok(credential.principal.clone())
    }

    /// What the request says of itself, as far as it can be checked without a secret.
    fn claim<'a>(&self, request: &Request<'a>, now_unix_s: u64) -> Result<Claim<'a>, Error> {
        let headers = KnownHeaders::find(request.headers)?;
        let authorization = Authorization::parse(headers.authorization, headers.date.is_some())?;
        let date = AmzDate::parse(headers.date.unwrap_or_default())?;
        date.check_window(now_unix_s)?;
        let list = authorization.signed_headers;
        let signed = SignedHeaders::find(request.headers, list)?;
        check_algorithm(authorization.algorithm)?;
        let scope = Scope::parse(authorization.credential)?;
        scope.check(&self.region, request.service, &date)?;
        let signature = authorization.signature.as_bytes();
        Ok(Claim { headers, date, list, signed, scope, signature })
    }
}

/// What a request says about its signature.
#[derive(Debug)]
struct Claim<'a> {
    headers: KnownHeaders<'a>,
    date: AmzDate<'a>,
    /// The names of the signed headers, as they stand in the `Authorization` header.
    list: &'a str,
    signed: SignedHeaders,
    scope: Scope<'a>,
    signature: &'a [u8],
}

/// How many seconds the date of a signed request and a moment are apart; none if it has no date.
pub fn skew_seconds(request: &Request<'_>, now_unix_ms: u64) -> Option<u64> {
    Some(date_of(request)?.seconds_from(now_unix_ms / 1_000))
}

fn date_of<'a>(request: &Request<'a>) -> Option<AmzDate<'a>> {
    let headers = KnownHeaders::find(request.headers).ok()?;
    AmzDate::parse(headers.date?).ok()
}

/// The signature that whoever has the secret behind the key gives this request.
fn signature(request: &Request<'_>, claim: &Claim<'_>, key: &SigningKey, body_sha256: &Hex) -> Hex {
    let canonical = canonical::request_sha256(request, &claim.signed, claim.list, body_sha256);
    let (date, scope) = (claim.date.text(), claim.scope.text);
    let string_to_sign = [ALGORITHM, "\n", date, "\n", scope, "\n", canonical.as_str()];
    Hex::of(&key.sign(&string_to_sign))
}

/// What stands before and behind the first `byte`, an ASCII character.
///
/// Searching for a byte costs a fraction of what searching for a character does.
fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    let place = memchr::memchr(byte, text.as_bytes())?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// The pieces of a text between bytes, as [`cut`] finds them.
fn pieces(text: &str, byte: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (piece, more) =
            cut(text, byte).map_or((text, None), |(piece, more)| (piece, Some(more)));
        rest = more;
        Some(piece)
    })
}

/// What a client wrote, short enough to be shown to it.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
const SHOWN_CHARS_MAX: usize = 200;
/// As long as AWS's; nothing that it signs is accepted.
const STRANGERS_SECRET: &str = "0000000000000000000000000000000000000000";
