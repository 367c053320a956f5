//! Why a request is not answered as it hoped, and what it is answered then.
//!
//! Not here: what the API itself refuses (`proxy/`), and the order of the checks (`mod.rs`).

use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, StatusCode};

use super::super::answer::{self, HttpAnswer, RequestIds};
use super::super::body::{self, BodyError, InflateError};
use super::super::signed::Denied;
use super::Http;
use crate::api::{ApiError, ErrorCode};
use crate::metrics::Refused;
use crate::wire::json;

/// Why a request is not answered as it hoped.
pub(super) enum Refusal {
    /// An exception of the API; the proxy has counted it if it was not refused before.
    Api { error: ApiError, kind: HeaderValue, before: Option<Refused> },
    /// Too many requests are in flight; the body was not read.
    Busy,
    /// No such resource; the body was read.
    NotFound,
    /// No such resource; the body was not read.
    NotFoundUnread,
    /// The body is too long; the rest of it was not read.
    TooLong,
    /// The body ended early.
    Broken,
    /// A browser's request for a host that is not ours.
    Host,
}

impl Refusal {
    pub(super) fn inflate(error: &InflateError, kind: &HeaderValue) -> Self {
        let message = match error {
            InflateError::TooLong => return Self::TooLong,
            InflateError::Unknown => "Content-Encoding must be gzip, deflate or identity",
            InflateError::Damaged => "the compressed body is damaged",
        };
        Self::malformed(ApiError::new(ErrorCode::Serialization, message), kind)
    }

    pub(super) fn malformed(error: ApiError, kind: &HeaderValue) -> Self {
        Self::Api { error, kind: kind.clone(), before: Some(Refused::Malformed) }
    }

    fn reason(&self) -> Option<Refused> {
        match self {
            Self::Api { before, .. } => *before,
            Self::Busy => Some(Refused::Busy),
            Self::TooLong => Some(Refused::TooLong),
            Self::Broken => Some(Refused::Malformed),
            Self::NotFound | Self::NotFoundUnread | Self::Host => Some(Refused::Envelope),
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLong => Self::TooLong,
            BodyError::NoRoom => Self::Busy,
            BodyError::Broken => Self::Broken,
        }
    }
}

impl Http {
    /// The answer to a request that was refused.
    pub(super) fn refuse(&self, refusal: Refusal) -> HttpAnswer {
        if let Some(reason) = refusal.reason() {
            self.metrics.refuse(reason);
        }
        let ids = &self.ids;
        match refusal {
            Refusal::Api { error, kind, .. } => {
                let (status, answer) = answer::of_error(&error);
                let answer = answer::json(ids, status, &kind, answer);
                answer::log_cause(&error, answer::id_of(&answer));
                answer
            }
            Refusal::Busy => {
                let error = ApiError::new(ErrorCode::ServiceUnavailable, "The service is busy");
                let (_, answer) = json::encode_error(&error);
                let status = StatusCode::SERVICE_UNAVAILABLE;
                answer::and_close(answer::json(ids, status, &answer::AMZ_JSON_1_0, answer))
            }
            Refusal::NotFound => not_found(ids),
            Refusal::NotFoundUnread => answer::and_close(not_found(ids)),
            Refusal::TooLong => {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                answer::and_close(answer::plain(ids, status, "text/plain", Bytes::new()))
            }
            Refusal::Broken => {
                let status = StatusCode::BAD_REQUEST;
                answer::and_close(answer::plain(ids, status, "text/plain", Bytes::new()))
            }
            Refusal::Host => {
                let text = "this Host is not allowed for requests from browsers";
                answer::plain(ids, StatusCode::FORBIDDEN, "text/plain", text.into())
            }
        }
    }
}

/// Among several faults, the one that DynamoDB names: JSON comes before signatures, and so does a
/// target, if it is known that there is none like that.
pub(super) fn first_fault(
    denied: Denied,
    is_known: bool,
    headers: &HeaderMap,
    raw: &Bytes,
    inflated_bytes_max: usize,
    kind: &HeaderValue,
) -> Refusal {
    let body = match body::inflate(headers, raw.clone(), inflated_bytes_max) {
        Ok(body) => body,
        Err(error) => return Refusal::inflate(&error, kind),
    };
    match json::check_syntax(&body) {
        Err(error) => Refusal::malformed(error, kind),
        Ok(()) if !is_known => Refusal::malformed(json::unknown_operation(&body), kind),
        Ok(()) => {
            let Denied { error, reason } = denied;
            Refusal::Api { error, kind: kind.clone(), before: Some(reason) }
        }
    }
}

fn not_found(ids: &RequestIds) -> HttpAnswer {
    let body = Bytes::from_static(b"<UnknownOperationException/>\n");
    answer::plain(ids, StatusCode::NOT_FOUND, "application/xml", body)
}
