//! What the end of a try means: for the operation, and for whether it is tried again.
//!
//!     ended                       reads        writes once, by token   writes
//!     nothing left                again        again                   again
//!     throttled                   again        again                   again
//!     failed, whatever the status;
//!     under way; answer lost      again        unknown, again          unknown
//!     refused otherwise           not done     not done                not done
//!
//! Must hold: a write of unknown fate is tried again only where the service does it once.
//! Not here: how often, and when (`course.rs`).

use super::Effect;
use super::answer::Outcome;
use super::failure::{Fate, Fault, Refusal, What};

/// What a try that failed has come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Verdict {
    pub(super) fate: Fate,
    pub(super) next: Next,
    pub(super) why: Why,
}

/// What kept the answer away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Why {
    /// What was asked for.
    Refused,
    /// The service has no capacity for it.
    Throttled,
    /// The service says that it failed.
    Failed,
    /// No whole answer came.
    Broken,
}

/// What may help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// Nothing that a client can do.
    End,
    /// Another try, somewhat later.
    Again,
    /// Another try with other credentials, if there are any.
    Renew,
    /// Another try with a signature of another time, if the clocks differ; else with other
    /// credentials.
    Reset,
}

/// Of a try that did not bring an answer.
pub(super) fn verdict(effect: Effect, outcome: &Outcome) -> Option<Verdict> {
    match outcome {
        Outcome::Answered(_) => None,
        Outcome::Unsent(fault) => {
            Some(Verdict { fate: Fate::NotDone, next: of_unsent(fault), why: Why::Broken })
        }
        Outcome::Lost(Fault { what: What::Redirected, .. }) => {
            Some(Verdict { next: Next::End, ..ambiguous(effect, Why::Broken) })
        }
        Outcome::Lost(_) => Some(ambiguous(effect, Why::Broken)),
        Outcome::Refused { refusal, .. } => Some(of_refusal(effect, refusal)),
    }
}

/// It may have been carried out.
fn ambiguous(effect: Effect, why: Why) -> Verdict {
    match effect {
        Effect::Reads => Verdict { fate: Fate::NotDone, next: Next::Again, why },
        Effect::WritesOnce => Verdict { fate: Fate::Unknown, next: Next::Again, why },
        Effect::Writes => Verdict { fate: Fate::Unknown, next: Next::End, why },
    }
}

fn of_unsent(fault: &Fault) -> Next {
    match fault.what {
        What::Connect | What::Untrusted | What::Disconnected => Next::Again,
        // To ask again at once is what the bounds that were met are against.
        What::Busy
        | What::Down
        | What::Deadline
        | What::Credentials
        | What::Unaskable
        | What::Unavailable
        | What::Broken
        | What::Redirected => Next::End,
    }
}

fn of_refusal(effect: Effect, refusal: &Refusal) -> Verdict {
    let kind = refusal.kind.as_str();
    let is_failure = refusal.status >= 500 || FAILURES.contains(&kind);
    // What holds the token is the same request, sent before, whose end nobody has told yet.
    if is_failure || kind == IN_PROGRESS {
        return ambiguous(effect, Why::Failed);
    }
    let (next, why) = if refusal.status == 429 || THROTTLINGS.contains(&kind) {
        (Next::Again, Why::Throttled)
    } else if CLOCKS.contains(&kind) {
        (Next::Reset, Why::Refused)
    } else if IDENTITIES.contains(&kind) {
        (Next::Renew, Why::Refused)
    } else {
        (Next::End, Why::Refused)
    };
    Verdict { fate: Fate::NotDone, next, why }
}

/// Told with a 400 by some.
const FAILURES: [&str; 4] = [
    "InternalServerError",
    "InternalServerErrorException",
    "InternalFailure",
    "ServiceUnavailable",
];
const IN_PROGRESS: &str = "TransactionInProgressException";
const THROTTLINGS: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
];
const CLOCKS: [&str; 5] = [
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
];
const IDENTITIES: [&str; 5] = [
    "ExpiredTokenException",
    "ExpiredToken",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
];

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const EFFECTS: [Effect; 3] = [Effect::Reads, Effect::WritesOnce, Effect::Writes];

    fn refused(status: u16, kind: &str) -> Outcome {
        let refusal = Refusal { status, kind: kind.to_owned(), body: Bytes::new() };
        Outcome::Refused { refusal, date_ms: None }
    }

    /// Fate and next of each effect, in their order.
    fn of(outcome: &Outcome) -> [(Fate, Next); 3] {
        EFFECTS.map(|effect| {
            let verdict = verdict(effect, outcome).expect("it is no answer");
            (verdict.fate, verdict.next)
        })
    }

    fn fault(what: What) -> Fault {
        Fault::new(what, "")
    }

    #[test]
    fn what_may_have_arrived_leaves_writes_unknown() {
        let lost = [
            (Fate::NotDone, Next::Again),
            (Fate::Unknown, Next::Again),
            (Fate::Unknown, Next::End),
        ];
        for outcome in [
            Outcome::Lost(fault(What::Disconnected)),
            Outcome::Lost(fault(What::Deadline)),
            Outcome::Lost(fault(What::Broken)),
            Outcome::Lost(fault(What::Unavailable)),
            refused(500, "InternalServerError"),
            refused(503, "ThrottlingException"),
            refused(400, "ServiceUnavailable"),
            refused(400, "TransactionInProgressException"),
        ] {
            assert_eq!(of(&outcome), lost, "{outcome:?}");
        }
        let redirected = of(&Outcome::Lost(fault(What::Redirected)));
        assert_eq!(redirected, lost.map(|(fate, _)| (fate, Next::End)));
    }

    #[test]
    fn what_never_left_is_not_done() {
        for (what, next) in [
            (What::Connect, Next::Again),
            (What::Untrusted, Next::Again),
            (What::Disconnected, Next::Again),
            (What::Busy, Next::End),
            (What::Down, Next::End),
            (What::Deadline, Next::End),
            (What::Credentials, Next::End),
            (What::Unaskable, Next::End),
        ] {
            let outcome = Outcome::Unsent(fault(what));

            assert_eq!(of(&outcome), [(Fate::NotDone, next); 3], "{what:?}");
        }
    }

    #[test]
    fn a_refusal_says_what_may_help() {
        for (status, kind, next) in [
            (400, "ValidationException", Next::End),
            (400, "ConditionalCheckFailedException", Next::End),
            (400, "TransactionCanceledException", Next::End),
            (413, "Anything", Next::End),
            (400, "ProvisionedThroughputExceededException", Next::Again),
            (429, "Anything", Next::Again),
            (400, "InvalidSignatureException", Next::Reset),
            (403, "SignatureDoesNotMatch", Next::Reset),
            (400, "ExpiredTokenException", Next::Renew),
            (400, "UnrecognizedClientException", Next::Renew),
        ] {
            assert_eq!(of(&refused(status, kind)), [(Fate::NotDone, next); 3], "{status} {kind}");
        }
    }
}
