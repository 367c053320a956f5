//! What an answer or a refusal says of a service that was asked only to hear it.
//!
//!     answered, or refused for what was asked      it has the operation, and we may
//!     unknown operation                            it does not
//!     access denied                                it has it, and we may not
//!     refused for who asks                         nobody can work with it: `Trouble`
//!
//! Must hold: what is asked so changes nothing, whatever answers: every question is refused for what
//! it lacks, or only reads.
//! Not here: what is asked (`mod.rs`, `permissions.rs`).

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::engine::upstream::client::{Ask, Client, Effect, Failure, Refusal, Told, What};
use crate::wire::json::client as border;

/// Whether a service can do something, as far as it tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Ability {
    /// It can.
    Yes,
    /// It has no such operation.
    No,
    /// It can, but not for these credentials.
    Denied,
    /// It did not tell.
    #[default]
    Untold,
}

/// Why hearth cannot work with a service now.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// Nothing is signed without them.
    #[error("there are no credentials for it: {why}")]
    NoCredentials {
        /// What is known of why.
        why: String,
    },
    /// It gives no answer that can be used.
    #[error("{why}")]
    Silent {
        /// What is known of why.
        why: String,
    },
    /// Nobody says that it is who it should be.
    #[error("{why}; upstream.ca_file names that of its authority")]
    Untrusted {
        /// What is known of why.
        why: String,
    },
    /// It sends elsewhere.
    #[error("{why}")]
    Redirected {
        /// What is known of where.
        why: String,
    },
    /// It does not take who we are.
    #[error("credentials are refused: {kind}: {message}")]
    Identity {
        /// The exception.
        kind: String,
        /// Its sentence.
        message: String,
    },
    /// It fails whatever it is asked.
    #[error("it fails: {kind}: {message}")]
    Failing {
        /// The exception.
        kind: String,
        /// Its sentence.
        message: String,
    },
}

/// Asks for something that changes nothing.
pub(super) async fn hear(
    client: &Client,
    target: &'static str,
    body: impl Into<Bytes>,
) -> Result<Bytes, Failure> {
    client
        .send(Ask { target: Cow::Borrowed(target), body: body.into(), effect: Effect::Reads })
        .await
}

impl Ability {
    /// What the end of a question says.
    pub(super) fn of<T>(end: &Result<T, Failure>) -> Self {
        match end {
            Ok(_) => Self::Yes,
            Err(Failure { told: Told::Refused(refusal), .. }) => Self::of_refusal(refusal),
            Err(Failure { told: Told::Failed(_), .. }) => Self::Untold,
        }
    }

    fn of_refusal(refusal: &Refusal) -> Self {
        let kind = refusal.kind.as_str();
        if UNKNOWN.contains(&kind) {
            Self::No
        } else if DENIED.contains(&kind) {
            Self::Denied
        } else if ASKED_WRONGLY.contains(&kind) {
            Self::Yes
        } else {
            Self::Untold
        }
    }

    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Denied => "denied",
            Self::Untold => "unknown",
        }
    }
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Trouble {
    /// It gave no answer that can be used.
    pub(super) fn silent(failure: &Failure) -> Self {
        let why = failure.to_string();
        let Told::Failed(fault) = &failure.told else {
            return Self::Silent { why };
        };
        match fault.what {
            What::Untrusted => Self::Untrusted { why },
            What::Redirected => Self::Redirected { why },
            _ => Self::Silent { why },
        }
    }

    /// What a question came to, if it was one that every service answers.
    pub(super) fn of(failure: &Failure) -> Option<Self> {
        match &failure.told {
            Told::Failed(fault) if fault.what == What::Credentials => {
                Some(Self::NoCredentials { why: fault.why.clone() })
            }
            Told::Failed(_) => Some(Self::silent(failure)),
            Told::Refused(refusal) => Self::of_refusal(refusal),
        }
    }

    fn of_refusal(refusal: &Refusal) -> Option<Self> {
        let kind = refusal.kind.clone();
        let message = || message(refusal);
        if IDENTITY.contains(&kind.as_str()) {
            Some(Self::Identity { message: message(), kind })
        } else if refusal.status >= 500 {
            Some(Self::Failing { message: message(), kind })
        } else {
            None
        }
    }
}

/// The sentence of a refusal.
pub(super) fn message(refusal: &Refusal) -> String {
    border::decode_error(refusal.status, &refusal.kind, &refusal.body).message
}

const UNKNOWN: [&str; 3] = ["UnknownOperationException", "UnknownOperation", "NotImplemented"];
const DENIED: [&str; 3] = ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"];
const ASKED_WRONGLY: [&str; 6] = [
    "ValidationException",
    "SerializationException",
    "ResourceNotFoundException",
    "TransactionCanceledException",
    "TrimmedDataAccessException",
    "ExpiredIteratorException",
];
const IDENTITY: [&str; 12] = [
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationTokenException",
    "MissingAuthenticationToken",
    "ExpiredTokenException",
    "ExpiredToken",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "RequestTimeTooSkewed",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::upstream::client::{Fate, Fault};

    fn refused(status: u16, kind: &str) -> Failure {
        let body = Bytes::from(format!(r#"{{"__type":"x#{kind}","message":"so"}}"#));
        let refusal = Refusal { status, kind: kind.to_owned(), body };
        Failure { fate: Fate::NotDone, told: Told::Refused(refusal) }
    }

    #[test]
    fn each_kind_of_refusal_says_its_own() {
        for (status, kind, ability) in [
            (400, "ValidationException", Ability::Yes),
            (400, "ResourceNotFoundException", Ability::Yes),
            (400, "UnknownOperationException", Ability::No),
            (400, "AccessDeniedException", Ability::Denied),
            (400, "ThrottlingException", Ability::Untold),
            (500, "InternalServerError", Ability::Untold),
        ] {
            let end: Result<(), _> = Err(refused(status, kind));
            assert_eq!(Ability::of(&end), ability, "{kind}");
        }
        assert_eq!(Ability::of(&Ok(())), Ability::Yes);
    }

    #[test]
    fn a_service_that_refuses_only_what_was_asked_is_no_trouble() {
        for kind in ["AccessDeniedException", "ThrottlingException", "UnknownOperationException"] {
            assert_eq!(Trouble::of(&refused(400, kind)), None, "{kind}");
        }
    }

    #[test]
    fn trouble_says_what_the_service_said() {
        let said = |failure: &Failure| Trouble::of(failure).map(|trouble| trouble.to_string());
        let failed = |what, why: &str| {
            let told = Told::Failed(Fault { what, why: why.to_owned() });
            Failure { fate: Fate::NotDone, told }
        };

        for (failure, words) in [
            (
                refused(400, "UnrecognizedClientException"),
                "credentials are refused: UnrecognizedClientException: so",
            ),
            (refused(503, "ServiceUnavailable"), "it fails: ServiceUnavailable: so"),
            (failed(What::Down, "x"), "no endpoint of the upstream answers: x"),
            (
                failed(What::Untrusted, "x"),
                "nobody whom this machine trusts has signed the upstream's certificate: x; \
                 upstream.ca_file names that of its authority",
            ),
            (failed(What::Credentials, "no file"), "there are no credentials for it: no file"),
            (
                failed(What::Redirected, "it answered 301"),
                "the upstream sends elsewhere, where hearth does not follow: it answered 301",
            ),
        ] {
            assert_eq!(said(&failure).as_deref(), Some(words));
        }
    }
}
