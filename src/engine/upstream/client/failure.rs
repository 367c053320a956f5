//! How an operation that was sent to the service ended without its answer.
//!
//! Must hold: a write is said to be not done only where that is certain; neither the service's words
//! nor a secret go into a [`Fault`], but the place that an answer sends to.
//! Not here: when something is tried again (`verdict.rs`, `course.rs`).

use std::error::Error;
use std::fmt;

use bytes::Bytes;

/// Why there is no answer, and what became of the operation.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Whether it may have been carried out.
    pub fate: Fate,
    /// What is known of why.
    pub told: Told,
}

/// What became of an operation that failed. Of reads it is always [`Fate::NotDone`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fate {
    /// It is certain that nothing was applied, nor will be.
    NotDone,
    /// It may be applied, now or later.
    Unknown,
}

/// Who says so.
#[derive(Clone, Debug)]
pub enum Told {
    /// The service, in its own words.
    Refused(Refusal),
    /// hearth: there is no answer, or none that can be used.
    Failed(Fault),
}

/// An answer of the service that is no success.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The status of HTTP.
    pub status: u16,
    /// The exception, without the prefix before `#`.
    pub kind: String,
    /// The body as it came.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// In short.
    pub what: What,
    /// What led to it, outermost first; it may be empty.
    pub why: String,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// There is nothing to sign with.
    Credentials,
    /// All connections are in use, and none came free in time.
    Busy,
    /// No endpoint has answered lately; it was not tried.
    Down,
    /// No connection was had.
    Connect,
    /// Nor will one be: no known authority has signed the certificate.
    Untrusted,
    /// The connection ended before the answer did.
    Disconnected,
    /// The time for it was over.
    Deadline,
    /// The answer is damaged, or none that a DynamoDB gives.
    Broken,
    /// Whoever stands before the service says that it is not there.
    Unavailable,
    /// The request fits no header or URL.
    Unaskable,
    /// The answer sends elsewhere, where nobody follows.
    Redirected,
}

impl Fault {
    pub(super) fn new(what: What, why: impl Into<String>) -> Self {
        Self { what, why: why.into() }
    }

    /// With an error and all that it came from.
    pub(super) fn from(what: What, error: &(dyn Error + 'static)) -> Self {
        Self { what, why: chain(error) }
    }
}

impl Failure {
    /// Whether the service said anything, be it nothing that can be used.
    pub fn has_answered(&self) -> bool {
        match &self.told {
            Told::Refused(_) => true,
            Told::Failed(fault) => fault.what == What::Broken,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.told {
            Told::Refused(refusal) => refusal.fmt(f),
            Told::Failed(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the upstream refused with {} {}", self.status, self.kind)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what.sentence())?;
        if self.why.is_empty() { Ok(()) } else { write!(f, ": {}", self.why) }
    }
}

impl What {
    fn sentence(self) -> &'static str {
        match self {
            Self::Credentials => "there are no credentials for the upstream",
            Self::Busy => "all connections to the upstream are in use",
            Self::Down => "no endpoint of the upstream answers",
            Self::Connect => "the upstream does not accept connections",
            Self::Untrusted => {
                "nobody whom this machine trusts has signed the upstream's certificate"
            }
            Self::Disconnected => "the upstream ended the connection before its answer",
            Self::Deadline => "the upstream gave no answer in time",
            Self::Broken => "the upstream's answer cannot be used",
            Self::Unavailable => "the upstream is said to be unavailable",
            Self::Unaskable => "the upstream cannot be asked this",
            Self::Redirected => "the upstream sends elsewhere, where hearth does not follow",
        }
    }
}

impl Error for Failure {}

/// An error and all that it came from; what repeats the cause before it is left out.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let said = source.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_fault_says_what_led_to_it() {
        let reset = io::Error::new(io::ErrorKind::ConnectionReset, "reset by peer");
        let fault = Fault::from(What::Disconnected, &io::Error::other(reset));

        let said = fault.to_string();

        assert_eq!(said, "the upstream ended the connection before its answer: reset by peer");
    }

    #[test]
    fn a_fault_without_a_cause_is_one_sentence() {
        let fault = Fault::new(What::Deadline, "");

        assert_eq!(fault.to_string(), "the upstream gave no answer in time");
    }
}
