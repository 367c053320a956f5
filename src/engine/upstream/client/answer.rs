//! What came back over a connection, judged by HTTP alone.
//!
//! Must hold: an answer that is damaged, cut off, or none of a DynamoDB is never taken for one; each
//! has a bound by what it is an answer to.
//! Not here: what an ending means for the operation (`verdict.rs`).

use std::time::UNIX_EPOCH;

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, DATE, LOCATION, TRANSFER_ENCODING};
use hyper::http::response::Parts;
use hyper::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::failure::{Fault, Refusal, What};
use crate::net::ANSWER_BYTES_MAX;

/// How one try ended.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// The body of a success, as it was sent.
    Answered(Bytes),
    /// The service said no.
    Refused {
        refusal: Refusal,
        /// What its clock showed, in milliseconds since 1970.
        date_ms: Option<u64>,
    },
    /// Nothing of it reached the service.
    Unsent(Fault),
    /// It may have reached the service.
    Lost(Fault),
}

/// How large an answer to this target may be.
pub(super) fn bytes_max(target: &str, status: StatusCode) -> usize {
    match target.rsplit('.').next().unwrap_or_default() {
        // The reasons of a cancellation may have an item each.
        "TransactWriteItems" | "TransactGetItems" | "ExecuteTransaction" => ANSWER_BYTES_MAX,
        // So may the refusal of a condition.
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" => ITEM_BYTES_MAX,
        "ExecuteStatement" if status != StatusCode::OK => ITEM_BYTES_MAX,
        _ if status != StatusCode::OK => REFUSAL_BYTES_MAX,
        _ => ANSWER_BYTES_MAX,
    }
}

/// Of a whole answer.
pub(super) fn read(head: &Parts, body: Bytes) -> Outcome {
    let broken = |why: String| Outcome::Lost(Fault::new(What::Broken, why));
    if head.status.is_redirection() {
        let mut why = format!("it answered {}", head.status.as_u16());
        if let Some(place) = place(&head.headers) {
            why = format!("{why}, to {place}");
        }
        return Outcome::Lost(Fault::new(What::Redirected, why));
    }
    if let Err(why) = is_whole(&head.headers, &body) {
        return broken(why.to_owned());
    }
    if head.status == StatusCode::OK {
        return Outcome::Answered(body);
    }
    let is_refusal = head.status.is_client_error() || head.status.is_server_error();
    let status = head.status.as_u16();
    match kind(&body).filter(|_| is_refusal) {
        Some(kind) => {
            let refusal = Refusal { status, kind, body };
            Outcome::Refused { refusal, date_ms: date_ms(&head.headers) }
        }
        None if head.status.is_server_error() => {
            let why = format!("it answered {status} without an exception of DynamoDB");
            Outcome::Lost(Fault::new(What::Unavailable, why))
        }
        None => broken(format!("it is a {status} without an exception of DynamoDB")),
    }
}

/// Scheme and host of where an answer sends, if they are plain: what is behind them may be secret.
fn place(headers: &HeaderMap) -> Option<String> {
    let location: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    let scheme = location.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = location.authority()?.as_str();
    let is_plain = authority.len() <= PLACE_BYTES_MAX && !authority.contains('@');
    is_plain.then(|| format!("{scheme}://{authority}"))
}

/// Whether all of it came, unchanged.
fn is_whole(headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err("it is compressed, which was not asked for");
    }
    if let Some(told) = headers.get("x-amz-crc32") {
        let told = told.to_str().ok().and_then(|text| text.parse().ok());
        let fits = told == Some(crc32fast::hash(body));
        return if fits { Ok(()) } else { Err("its checksum does not fit") };
    }
    let has_end = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    // A document that was cut off is none.
    if has_end || serde_json::from_slice::<IgnoredAny>(body).is_ok() {
        Ok(())
    } else {
        Err("nothing tells that all of it came")
    }
}

/// The exception of a refusal.
fn kind(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "__type")]
        kind: String,
    }
    let Refusal { kind } = serde_json::from_slice(body).ok()?;
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_kind = kind.len() <= KIND_BYTES_MAX && kind.bytes().all(is_plain);
    (is_kind && !kind.is_empty()).then(|| kind.to_owned())
}

pub(super) fn date_ms(headers: &HeaderMap) -> Option<u64> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    u64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

const KIND_BYTES_MAX: usize = 100;
const PLACE_BYTES_MAX: usize = 260;
/// More than an item has: as JSON 400 KB of empty texts are 4.5 MB, if they are written with spaces.
const ITEM_BYTES_MAX: usize = 8 << 20;
const REFUSAL_BYTES_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Outcome {
        let mut response = hyper::Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().expect("a header's value"));
        }
        read(&response.into_parts().0, Bytes::from_static(body.as_bytes()))
    }

    fn lost(outcome: Outcome) -> (What, String) {
        match outcome {
            Outcome::Lost(fault) => (fault.what, fault.why),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_is_as_large_as_what_was_asked_allows() {
        let bound = |operation: &str, status| {
            let status = StatusCode::from_u16(status).expect("a status");
            bytes_max(&format!("DynamoDB_20120810.{operation}"), status)
        };

        for operation in ["GetItem", "PutItem", "UpdateItem", "DeleteItem"] {
            assert_eq!(bound(operation, 200), ITEM_BYTES_MAX, "{operation}");
            assert_eq!(bound(operation, 400), ITEM_BYTES_MAX, "{operation}");
        }
        for operation in ["Query", "BatchGetItem", "CreateTable", "SomethingNew"] {
            assert_eq!(bound(operation, 200), ANSWER_BYTES_MAX, "{operation}");
            assert_eq!(bound(operation, 500), REFUSAL_BYTES_MAX, "{operation}");
        }
        assert_eq!(bound("ExecuteStatement", 200), ANSWER_BYTES_MAX);
        assert_eq!(bound("ExecuteStatement", 400), ITEM_BYTES_MAX);
        assert_eq!(bound("TransactWriteItems", 400), ANSWER_BYTES_MAX);
    }

    #[test]
    fn a_success_is_its_body() {
        for headers in
            [&[("x-amz-crc32", "2745614147")][..], &[("content-length", "2")], &[("date", "?")]]
        {
            let taken = outcome(200, headers, "{}");

            assert!(matches!(&taken, Outcome::Answered(body) if body == "{}"), "{taken:?}");
        }
    }

    #[test]
    fn what_did_not_come_whole_is_no_answer() {
        for (headers, body) in [
            (&[("x-amz-crc32", "1")][..], "{}"),
            (&[("x-amz-crc32", "many")], "{}"),
            (&[("content-encoding", "gzip")], "{}"),
            (&[], r#"{"Item":{"a"#),
        ] {
            for status in [200, 400, 500] {
                let (what, why) = lost(outcome(status, headers, body));
                assert_eq!(what, What::Broken, "{why}");
            }
        }
    }

    #[test]
    fn a_refusal_has_its_exception_and_the_servers_time() {
        let body = r#"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"m"}"#;
        let date = [("date", "Thu, 01 Jan 1970 00:00:01 GMT"), ("content-length", "3")];

        let Outcome::Refused { refusal, date_ms } = outcome(400, &date, body) else {
            panic!("it is a refusal")
        };

        assert_eq!((refusal.status, refusal.kind.as_str()), (400, "ExpiredTokenException"));
        assert_eq!((refusal.body, date_ms), (Bytes::from_static(body.as_bytes()), Some(1_000)));
    }

    #[test]
    fn where_an_answer_sends_is_told_without_what_may_be_secret() {
        for (location, says) in [
            ("https://db.example:8443/a?token=b", "it answered 301, to https://db.example:8443"),
            ("http://[::1]:8000", "it answered 301, to http://[::1]:8000"),
            ("https://me:secret@db.example/", "it answered 301"),
            ("ftp://db.example/", "it answered 301"),
            ("/elsewhere", "it answered 301"),
            ("", "it answered 301"),
        ] {
            let (what, why) = lost(outcome(301, &[("location", location)], ""));

            assert_eq!((what, &*why), (What::Redirected, says));
        }
    }

    #[test]
    fn what_no_dynamodb_says_is_no_answer() {
        let length = [("content-length", "9")];
        let typed = r#"{"__type":"Fine"}"#;
        for (status, body, what) in [
            (400, "no", What::Broken),
            (400, r#"{"__type":"<script>"}"#, What::Broken),
            (502, "<html>", What::Unavailable),
            (204, "", What::Broken),
            (202, typed, What::Broken),
            (301, typed, What::Redirected),
            (307, "", What::Redirected),
        ] {
            assert_eq!(lost(outcome(status, &length, body)).0, what, "{status} {body}");
        }
    }
}
