//! The `Authorization` header and the credential in it, taken apart.
//!
//!     AWS4-HMAC-SHA256 Credential=ID/20130609/us-east-1/dynamodb/aws4_request,
//!         SignedHeaders=host;x-amz-date;x-amz-target, Signature=<64 hex digits>
//!
//! Must hold: one header has one reading; a part given twice is refused.
//! Not here: whether the parts fit the request (`headers`, `super`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::date::AmzDate;
use super::{ALGORITHM, Service, TERMINATOR, cut, pieces, shown};
use crate::auth::error::{Error, Part, ScopeFault};

/// The parts of an `Authorization` header, all there and none looked into.
#[derive(Debug)]
pub(super) struct Authorization<'a> {
    pub(super) algorithm: &'a str,
    pub(super) credential: &'a str,
    pub(super) signed_headers: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Takes the header apart; `dated` says whether `X-Amz-Date` came, since what is missing is
    /// told at once.
    pub(super) fn parse(header: Option<&'a [u8]>, dated: bool) -> Result<Self, Error> {
        let header =
            header.filter(|value| value.starts_with(b"AWS4-")).ok_or(Error::MissingToken)?;
        let not_pairs = || Error::NotPairs { authorization_sha256: fingerprint(header) };
        let text = std::str::from_utf8(header).map_err(|_| not_pairs())?;
        let (algorithm, pairs) = cut(text, b' ').unwrap_or((text, ""));

        let mut values = [None; PARTS.len()];
        for pair in pieces(pairs, b',').filter(|_| !pairs.is_empty()) {
            let (name, value) = cut(without_spaces(pair), b'=').ok_or_else(not_pairs)?;
            let Some(place) = PARTS.iter().position(|(known, _)| *known == name) else { continue };
            if values[place].replace(value).is_some() {
                return Err(not_pairs());
            }
        }
        match values.map(|value| value.filter(|text| !text.is_empty())) {
            [Some(credential), Some(signature), Some(signed_headers)] if dated => {
                Ok(Self { algorithm, credential, signed_headers, signature })
            }
            incomplete => Err(missing(incomplete, dated, header)),
        }
    }
}

/// A credential: whose key, and what a signature by it is good for.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) day: &'a str,
    /// All but the key id, as the string to sign has it.
    pub(super) text: &'a str,
    region: &'a str,
    service: &'a str,
    terminator: &'a str,
}

impl<'a> Scope<'a> {
    pub(super) fn parse(credential: &'a str) -> Result<Self, Error> {
        let form = || Error::CredentialForm { got: shown(credential) };
        let (access_key_id, text) = cut(credential, b'/').ok_or_else(form)?;
        Self::of(access_key_id, text).ok_or_else(form)
    }

    /// The same from its two parts; none if `text` is not four elements between slashes.
    pub(super) fn of(access_key_id: &'a str, text: &'a str) -> Option<Self> {
        let mut elements = pieces(text, b'/');
        let mut next = || elements.next();
        let scope = Self {
            access_key_id,
            text,
            day: next()?,
            region: next()?,
            service: next()?,
            terminator: next()?,
        };
        elements.next().is_none().then_some(scope)
    }

    /// Whether a signature by this credential is good here, for that service and on the day it says
    /// it was made.
    pub(super) fn check(
        &self,
        region: &str,
        service: Service,
        date: &AmzDate<'_>,
    ) -> Result<(), Error> {
        let expected = service.name();
        let faults = [
            (self.region != region).then(|| ScopeFault::Region { got: shown(self.region) }),
            (self.service != expected).then_some(ScopeFault::Service { expected }),
            (self.terminator != TERMINATOR)
                .then(|| ScopeFault::Terminator { got: shown(self.terminator) }),
            (self.day != date.day())
                .then(|| ScopeFault::Day { got: shown(self.day), signed: date.text().to_owned() }),
        ];
        if faults.iter().all(Option::is_none) {
            return Ok(());
        }
        Err(Error::Scope { faults: faults.into_iter().flatten().collect() })
    }
}

/// Refuses every algorithm but the one.
pub(super) fn check_algorithm(algorithm: &str) -> Result<(), Error> {
    if algorithm == ALGORITHM {
        return Ok(());
    }
    Err(Error::Algorithm { got: shown(algorithm) })
}

/// The text without the spaces at its ends.
fn without_spaces(mut text: &str) -> &str {
    while let Some(rest) = text.strip_prefix(' ') {
        text = rest;
    }
    while let Some(rest) = text.strip_suffix(' ') {
        text = rest;
    }
    text
}

fn missing(values: [Option<&str>; PARTS.len()], dated: bool, header: &[u8]) -> Error {
    let of_header = PARTS.iter().zip(values).filter(|(_, value)| value.is_none());
    let of_header = of_header.map(|((_, part), _)| *part);
    Error::MissingParts {
        missing: of_header.chain((!dated).then_some(Part::Date)).collect(),
        authorization_sha256: fingerprint(header),
    }
}

/// Stands for a header in a message, since the header itself may be anything.
fn fingerprint(header: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(header))
}

/// The parts in the order in which DynamoDB misses them.
const PARTS: [(&str, Part); 3] = [
    ("Credential", Part::Credential),
    ("Signature", Part::Signature),
    ("SignedHeaders", Part::SignedHeaders),
];
