//! Why a request was not taken as signed, in DynamoDB's codes and words.
//!
//! Must hold: no text here tells a secret, the expected signature or the canonical request; what
//! is echoed of the request is short.
//! Not here: how a wire renders an error.

use std::fmt;

/// Why a request was refused before its body was decoded.
///
/// Its `Display` is the message a client is told.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// No `Authorization` header, or one of another scheme.
    #[error("Request is missing Authentication Token")]
    MissingToken,

    /// Something that every signed request carries is not there; all of it is listed.
    #[error(
        "{} (Hashed with SHA-256 and encoded with Base64) Authorization={authorization_sha256}",
        Spaced(missing)
    )]
    MissingParts {
        /// What is not there, in DynamoDB's order.
        missing: Vec<Part>,
        /// Stands for the header's value, which is not echoed.
        authorization_sha256: String,
    },

    /// The `Authorization` header is not a list of distinct `key=value` pairs.
    #[error(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 \
         and encoded with Base64): '{authorization_sha256}'."
    )]
    NotPairs {
        /// Stands for the header's value, which is not echoed.
        authorization_sha256: String,
    },

    /// `X-Amz-Date` is not of the form `20130609T100759Z`, or names no moment.
    #[error(
        "Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )]
    DateForm {
        /// The value, shortened.
        got: String,
    },

    /// Signed more than 15 minutes ago.
    #[error("Signature expired: {signed} is now earlier than {earliest} ({now} - 15 min.)")]
    Expired {
        /// When the client says it signed.
        signed: String,
        /// The earliest moment that is still accepted.
        earliest: String,
        /// The server's time.
        now: String,
    },

    /// Signed more than 15 minutes from now.
    #[error("Signature not yet current: {signed} is still later than {latest} ({now} + 15 min.)")]
    NotYetCurrent {
        /// When the client says it signed.
        signed: String,
        /// The latest moment that is already accepted.
        latest: String,
        /// The server's time.
        now: String,
    },

    /// The signature does not cover `Host`.
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,

    /// The signature does not cover a header that changes what the request means.
    #[error("'{name}' must be a 'SignedHeader' in the AWS Authorization.")]
    HeaderNotSigned {
        /// The header, shortened.
        name: String,
    },

    /// The algorithm is not `AWS4-HMAC-SHA256`.
    #[error("Unsupported AWS 'algorithm': '{got}' (only AWS4-HMAC-SHA256 for now). ")]
    Algorithm {
        /// The algorithm, shortened.
        got: String,
    },

    /// The credential is not `keyid/date/region/service/term`.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{got}'"
    )]
    CredentialForm {
        /// The credential, shortened.
        got: String,
    },

    /// What a DAX client says that it signed is nothing that DAX clients sign.
    #[error(
        "String to sign must be four lines: the algorithm, the date, the scope \
         'date/region/service/term' and the hash of the canonical request."
    )]
    StringToSign,

    /// The credential is for another place or day; all that is wrong is listed.
    #[error("{}", Spaced(faults))]
    Scope {
        /// What is wrong, in DynamoDB's order.
        faults: Vec<ScopeFault>,
    },

    /// Nobody here has this access key id.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,

    /// The request is not the one that was signed, or was signed with another secret.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your \
         AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,

    /// `X-Amz-Content-Sha256` is not the hash of the body that came.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    BodyHash,

    /// A session token came along; none of the credentials here has one.
    #[error("The security token included in the request is invalid")]
    SessionToken,
}

impl Error {
    /// Whether the signature's date is too far from our clock.
    pub fn is_clock_skew(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::NotYetCurrent { .. })
    }

    /// What the client is told that it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::MissingToken => ErrorKind::MissingToken,
            Self::MissingParts { .. }
            | Self::NotPairs { .. }
            | Self::DateForm { .. }
            | Self::Algorithm { .. }
            | Self::CredentialForm { .. }
            | Self::StringToSign => ErrorKind::Incomplete,
            Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::HostNotSigned
            | Self::HeaderNotSigned { .. }
            | Self::Scope { .. }
            | Self::Mismatch
            | Self::BodyHash => ErrorKind::Invalid,
            Self::UnknownKey | Self::SessionToken => ErrorKind::UnknownClient,
        }
    }
}

/// DynamoDB's four exceptions for a request that is not taken as signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorKind {
    /// There is no signature at all.
    MissingToken,
    /// The signature cannot be read.
    Incomplete,
    /// The signature was read, and does not hold.
    Invalid,
    /// The signer is not known here.
    UnknownClient,
}

/// Something that every signed request carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// `Credential=` in the `Authorization` header.
    Credential,
    /// `Signature=` in the `Authorization` header.
    Signature,
    /// `SignedHeaders=` in the `Authorization` header.
    SignedHeaders,
    /// The `X-Amz-Date` header.
    Date,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "Authorization header requires 'Credential' parameter.",
            Self::Signature => "Authorization header requires 'Signature' parameter.",
            Self::SignedHeaders => "Authorization header requires 'SignedHeaders' parameter.",
            Self::Date => {
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
            }
        })
    }
}

/// What is wrong with the scope of a credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ScopeFault {
    /// Another region than the configured one.
    Region {
        /// The region, shortened.
        got: String,
    },
    /// Another service than the one that was asked.
    Service {
        /// The service that was asked.
        expected: &'static str,
    },
    /// Another ending.
    Terminator {
        /// The ending, shortened.
        got: String,
    },
    /// Another day than that of `X-Amz-Date`.
    Day {
        /// The day in the scope, shortened.
        got: String,
        /// When the client says it signed.
        signed: String,
    },
}

impl fmt::Display for ScopeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region { got } => {
                write!(f, "Credential should be scoped to a valid region, not '{got}'.")
            }
            Self::Service { expected } => {
                write!(f, "Credential should be scoped to correct service: '{expected}'.")
            }
            Self::Terminator { got } => write!(
                f,
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{got}'."
            ),
            Self::Day { got, signed } => write!(
                f,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{got}' != '{}', from '{signed}'.",
                signed.get(..8).unwrap_or(signed)
            ),
        }
    }
}

/// Sentences with a space between.
struct Spaced<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Spaced<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, sentence) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            sentence.fmt(f)?;
        }
        Ok(())
    }
}
