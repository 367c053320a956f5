//! What an answer says of its request.
//!
//! Must hold: an answer whose checksum does not fit its body is a failure, whatever its status.
//! Not here: whether the request is tried again (`mod.rs`).

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{HeaderMap, Response, StatusCode};
use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::request::{EXPLAIN, Kind};
use crate::load::{Ending, Source};
use crate::net::{ANSWER_BYTES_MAX, Ungathered, gather};

/// One answer, or why there is none.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) ending: Ending,
    pub(super) source: Source,
    pub(super) body: Bytes,
    /// Whether trying once more may help.
    pub(super) may_retry: bool,
}

impl Attempt {
    /// A try without an answer.
    pub(super) fn lost(code: &'static str) -> Self {
        let ending = Ending::Failed(code.to_owned());
        Self { ending, source: Source::Unknown, body: Bytes::new(), may_retry: true }
    }

    /// Reads an answer to its end.
    pub(super) async fn read(response: Response<Incoming>, kind: Kind) -> Self {
        let (head, body) = response.into_parts();
        match gather(body, ANSWER_BYTES_MAX).await {
            Ok(body) => Self::of(head.status, &head.headers, body, kind),
            Err(Ungathered::Cut(_)) => Self::lost(DISCONNECTED),
            Err(Ungathered::TooLarge { .. }) => Self::lost("AnswerTooLarge"),
        }
    }

    /// Of an answer that has no headers, with the status and the body that HTTP would have.
    pub(super) fn without_headers(status: u16, body: Bytes, kind: Kind) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Self::of(status, &HeaderMap::new(), body, kind)
    }

    fn of(status: StatusCode, headers: &HeaderMap, body: Bytes, kind: Kind) -> Self {
        if !checksum_fits(headers, &body) {
            return Self::lost(CHECKSUM_MISMATCH);
        }
        let ending = if status.is_success() { Ending::Answered } else { refusal(status, &body) };
        let may_retry = ending == Ending::Throttled || status.is_server_error();
        let source = match kind {
            Kind::Write => Source::Engine,
            Kind::Read => source(headers),
        };
        Self { ending, source, body, may_retry }
    }
}

/// What a batch left undone, if anything, as JSON that can be asked again.
pub(in crate::load) fn unprocessed(body: &[u8]) -> Option<&RawValue> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow, rename = "UnprocessedItems", alias = "UnprocessedKeys")]
        left: Option<&'a RawValue>,
    }
    // Most answers are large and have nothing left; they are looked through, not parsed.
    let at = memmem::find(body, b"\"Unprocessed")?;
    let colon = body[at..].iter().position(|byte| *byte == b':')?;
    if is_empty_object(&body[at + colon + 1..]) {
        return None;
    }
    let answer: Answer<'_> = serde_json::from_slice(body).ok()?;
    answer.left.filter(|left| !is_empty_object(left.get().as_bytes()))
}

fn is_empty_object(json: &[u8]) -> bool {
    let inside = json.trim_ascii_start().strip_prefix(b"{");
    inside.is_some_and(|inside| inside.trim_ascii_start().starts_with(b"}"))
}

/// The code of an answer that is no success.
fn refusal(status: StatusCode, body: &[u8]) -> Ending {
    let code = code(body).unwrap_or_else(|| format!("Http{}", status.as_u16()));
    match code.as_str() {
        "ConditionalCheckFailedException" => Ending::ConditionFailed,
        code if THROTTLINGS.contains(&code) => Ending::Throttled,
        _ if status == StatusCode::TOO_MANY_REQUESTS => Ending::Throttled,
        _ => Ending::Failed(code),
    }
}

/// The exception of a refusal.
pub(in crate::load) fn code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "__type")]
        kind: String,
    }
    let Refusal { kind } = serde_json::from_slice(body).ok()?;
    let code = kind.rsplit('#').next().unwrap_or_default();
    let is_code = code.len() <= CODE_BYTES_MAX && code.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_code && !code.is_empty()).then(|| code.to_owned())
}

/// The sentence of a refusal, for people.
pub(in crate::load) fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(alias = "Message")]
        message: String,
    }
    serde_json::from_slice(body)
        .map_or_else(|_| "no reason was given".to_owned(), |Refusal { message }| message)
}

fn source(headers: &HeaderMap) -> Source {
    let Some(told) = headers.get(EXPLAIN).and_then(|value| value.to_str().ok()) else {
        return Source::Unknown;
    };
    let is_hit = |word: &str| word.starts_with("hit") || word.ends_with("=0");
    if told.starts_with("hit") && told.split(' ').all(is_hit) && told != "hit=0" {
        Source::Cache
    } else {
        Source::Engine
    }
}

fn checksum_fits(headers: &HeaderMap, body: &[u8]) -> bool {
    let Some(told) = headers.get("x-amz-crc32") else { return true };
    let told = told.to_str().ok().and_then(|text| text.parse().ok());
    told == Some(crc32fast::hash(body))
}

/// The code of a request for which no connection was had.
pub const CONNECT_FAILED: &str = "ConnectFailed";
/// The code of a request whose connection ended before the answer did.
pub const DISCONNECTED: &str = "Disconnected";

const CHECKSUM_MISMATCH: &str = "ChecksumMismatch";
const CODE_BYTES_MAX: usize = 100;
const THROTTLINGS: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "Throttling",
    "TooManyRequestsException",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Attempt {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header's value"));
        }
        let status = StatusCode::from_u16(status).expect("a status");
        Attempt::of(status, &map, Bytes::from_static(body.as_bytes()), Kind::Read)
    }

    #[test]
    fn a_refusal_ends_as_its_code_says() {
        let failed = |code: &str| Ending::Failed(code.to_owned());
        for (status, body, ending, may_retry) in [
            (200, "{}", Ending::Answered, false),
            (
                400,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#,
                Ending::ConditionFailed,
                false,
            ),
            (
                400,
                r#"{"__type":"a#ProvisionedThroughputExceededException"}"#,
                Ending::Throttled,
                true,
            ),
            (429, "", Ending::Throttled, true),
            (400, r#"{"__type":"a#ValidationException"}"#, failed("ValidationException"), false),
            (500, r#"{"__type":"a#InternalServerError"}"#, failed("InternalServerError"), true),
            (502, "<html>", failed("Http502"), true),
            (400, r#"{"__type":"<b>"}"#, failed("Http400"), false),
        ] {
            let attempt = attempt(status, &[], body);

            assert_eq!((attempt.ending, attempt.may_retry), (ending, may_retry), "{status} {body}");
        }
    }

    #[test]
    fn only_an_answer_of_nothing_but_hits_is_from_the_cache() {
        for (told, expected) in [
            ("hit", Source::Cache),
            ("hit=7 miss=0 bypass=0", Source::Cache),
            ("hit=7 miss=2 bypass=1", Source::Engine),
            ("hit=7 miss=0 bypass=10", Source::Engine),
            ("hit=0 miss=2 bypass=0", Source::Engine),
            ("miss; why=never-cached", Source::Engine),
            ("bypass; why=consistent", Source::Engine),
        ] {
            assert_eq!(attempt(200, &[("x-hearth-cache", told)], "{}").source, expected, "{told}");
        }
        assert_eq!(attempt(200, &[], "{}").source, Source::Unknown);
    }

    #[test]
    fn a_body_that_does_not_fit_its_checksum_is_a_failure() {
        let sum = crc32fast::hash(b"{}").to_string();

        let good = attempt(200, &[("x-amz-crc32", &sum)], "{}");
        let bad = attempt(200, &[("x-amz-crc32", &sum)], "{ }");

        assert_eq!(good.ending, Ending::Answered);
        assert_eq!((bad.ending, bad.may_retry), (Ending::Failed(CHECKSUM_MISMATCH.into()), true));
    }

    #[test]
    fn what_a_batch_left_is_found() {
        let left = |body: &'static str| unprocessed(body.as_bytes()).map(RawValue::get);

        assert_eq!(left(r#"{"UnprocessedItems":{}}"#), None);
        assert_eq!(left(r#"{"UnprocessedItems": { }}"#), None);
        assert_eq!(left(r#"{"UnprocessedItems":{"t":[1]}}"#), Some(r#"{"t":[1]}"#));
        assert_eq!(left(r#"{"Responses":{},"UnprocessedKeys":{"t":{}}}"#), Some(r#"{"t":{}}"#));
        assert_eq!(left(r#"{"Item":{"a":{"S":"\"Unprocessed"}}}"#), None);
    }
}
