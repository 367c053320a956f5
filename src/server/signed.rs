//! Whether a request is taken as signed, and how far its clock is from ours.
//!
//! Must hold: of requests that are taken, the difference is looked at once a second, so that a hit
//! costs no more; whoever has no secret can have nothing counted as skew but what others signed.
//! Not here: signatures themselves (`auth/`).

use std::sync::atomic::{AtomicU64, Ordering};

use crate::api::{ApiError, ErrorCode};
use crate::auth::{self, Principal};
use crate::metrics::{Histogram, Refused};

/// When a difference was last looked at.
#[derive(Debug, Default)]
pub(super) struct SkewWatch {
    unix_s: AtomicU64,
}

/// Why a request is not taken as signed.
pub(super) struct Denied {
    pub(super) error: ApiError,
    pub(super) reason: Refused,
}

impl Denied {
    /// Whoever signed is asked for upstream as somebody whom this process does not know. A reload
    /// sees to it that there is nobody like that.
    pub(super) fn without_scope() -> Self {
        let message = "the upstream profile of this key is not known yet; restart the server";
        let error = ApiError::new(ErrorCode::UnrecognizedClient, message);
        Self { error, reason: Refused::Signature }
    }
}

/// Takes the request as signed by somebody, or says why not.
pub(super) fn check(
    verifier: &auth::Verifier,
    request: &auth::Request<'_>,
    now_unix_ms: u64,
    watch: &SkewWatch,
    skews: &Histogram,
) -> Result<Principal, Denied> {
    verify(verifier, request, now_unix_ms, watch, skews).map_err(|error| {
        // Whoever has no secret may say any date.
        let is_skewed = error.is_clock_skew() && verifier.is_signed(request);
        Denied {
            error: told(&error),
            reason: if is_skewed { Refused::ClockSkew } else { Refused::Signature },
        }
    })
}

/// As [`check`], for who does not ask why not.
pub(super) fn verify(
    verifier: &auth::Verifier,
    request: &auth::Request<'_>,
    now_unix_ms: u64,
    watch: &SkewWatch,
    skews: &Histogram,
) -> Result<Principal, auth::Error> {
    let principal = verifier.verify(request, now_unix_ms)?;
    if watch.is_due(now_unix_ms / 1_000)
        && let Some(seconds) = auth::skew_seconds(request, now_unix_ms)
    {
        skews.record(seconds);
    }
    Ok(principal)
}

impl SkewWatch {
    /// Whether nothing was looked at yet in this second.
    fn is_due(&self, unix_s: u64) -> bool {
        self.unix_s.load(Ordering::Relaxed) != unix_s
            && self.unix_s.swap(unix_s, Ordering::Relaxed) != unix_s
    }
}

fn told(error: &auth::Error) -> ApiError {
    let code = match error.kind() {
        auth::ErrorKind::MissingToken => ErrorCode::MissingAuthenticationToken,
        auth::ErrorKind::Incomplete => ErrorCode::IncompleteSignature,
        auth::ErrorKind::Invalid => ErrorCode::InvalidSignature,
        auth::ErrorKind::UnknownClient => ErrorCode::UnrecognizedClient,
    };
    ApiError::new(code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_looked_at_once_a_second() {
        let watch = SkewWatch::default();

        let due = [100, 100, 101, 101, 100].map(|second| watch.is_due(second));

        assert_eq!(due, [true, false, true, false, true]);
    }
}
