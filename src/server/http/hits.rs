//! Reads that the caches answer, from the body of the request to the answer.
//!
//! Most of them never reach hyper: the connection's stream shows each plain request to
//! [`Http::hit_at_once`] first.
//!
//! Must hold: an answer from here is the one that the long way would give, byte for byte but for
//! its id and date; what cannot be answered here is left to it, uncounted.
//! Not here: the long way and all that comes before either (`mod.rs`).

use std::cell::RefCell;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, ORIGIN};

use super::super::answer;
use super::super::connection::{Plain, is};
use super::super::signed;
use super::{Access, EXPLAIN, Http, TARGET};
use crate::api::{Operation, Response};
use crate::auth;
use crate::model::Answer;
use crate::wire::json;

impl Http {
    /// The answer to a read as SDKs send it that the caches have: its head is written, its body
    /// returned.
    pub(super) fn hit_at_once(&self, request: &Plain<'_>, head: &mut Vec<u8>) -> Option<Bytes> {
        let operation = operation(request)?;
        let limits = self.limits.load();
        let fits = request.headers.len() <= limits.headers_max
            && request.body.len() <= limits.body_bytes_max
            && self.metrics.requests_in_flight.get() < limits.requests_in_flight_max as u64;
        if !fits {
            return None;
        }
        let began = self.clock.monotonic();
        if !self.is_taken(request, &self.access.load()) {
            return None;
        }
        let answer = self.cached(Some(operation), request.body, began)?;
        self.metrics.request_bytes.add(request.body.len() as u64);
        self.metrics.response_bytes.add(answer.body.len() as u64);
        with_date(
            began,
            || self.clock.unix_ms(),
            |date| {
                answer::write_head(head, &self.ids, &answer, date);
            },
        );
        Some(answer.body)
    }

    /// Whether the request is signed as it must be. If not, the long way finds out why.
    fn is_taken(&self, request: &Plain<'_>, access: &Access) -> bool {
        let Some(verifier) = &access.verifier else { return true };
        let mut names = String::with_capacity(NAMES_BYTES);
        request.headers.iter().for_each(|header| names.push_str(header.name));
        names.make_ascii_lowercase();
        let mut headers = Vec::with_capacity(request.headers.len());
        let mut rest = names.as_str();
        for header in request.headers {
            let (name, others) = rest.split_at(header.name.len());
            headers.push((name, header.value));
            rest = others;
        }
        let (path, query) = (request.target, "");
        let request =
            auth::Request { method: "POST", path, query, headers: &headers, body: request.body };
        let (now, skews) = (self.clock.unix_ms(), &self.metrics.signature_skew);
        signed::verify(verifier, &request, now, &self.skew, skews).is_ok()
    }

    /// The answer to a read that the caches have and that needs no more than them.
    pub(super) fn cached(
        &self,
        operation: Option<Operation>,
        body: &[u8],
        began: Duration,
    ) -> Option<Answer> {
        let response = match operation? {
            Operation::GetItem => self.hit(body, began)?,
            // One that came before in the same bytes.
            Operation::Query => Response::Query(self.proxy.repeated(body, began)?),
            _ => return None,
        };
        Some(json::encode(&response, json::Context { host: "" }))
    }

    fn hit(&self, body: &[u8], began: Duration) -> Option<Response> {
        let get = json::get_item(body)?;
        let first = (get.first.name, get.first.value.as_key_value());
        let hit = match &get.second {
            None => self.proxy.hit(get.table, &[first], get.consistency, began)?,
            Some(second) => {
                let second = (second.name, second.value.as_key_value());
                self.proxy.hit(get.table, &[first, second], get.consistency, began)?
            }
        };
        Some(Response::GetItem(hit))
    }
}

/// The operation of a request, if the caches may have its answer and all of its headers are those
/// of an SDK. Any that ask for more are the long way's.
fn operation(request: &Plain<'_>) -> Option<Operation> {
    let (mut target, mut kind) = (None, None);
    for header in request.headers {
        if is(header, TARGET.as_str()) {
            if target.replace(header.value).is_some() {
                return None;
            }
        } else if is(header, CONTENT_TYPE.as_str()) {
            if kind.replace(header.value).is_some() {
                return None;
            }
        } else if [ORIGIN, CONTENT_ENCODING, EXPLAIN].iter().any(|name| is(header, name.as_str())) {
            return None;
        }
    }
    if request.target != "/" || kind? != answer::AMZ_JSON_1_0.as_bytes() {
        return None;
    }
    let operation = json::operation(std::str::from_utf8(target?).ok()?)?;
    matches!(operation, Operation::GetItem | Operation::Query).then_some(operation)
}

/// Hands the `Date` of an answer to `act`; it is written once a second.
fn with_date(now: Duration, unix_ms: impl FnOnce() -> u64, act: impl FnOnce(&[u8])) {
    thread_local! {
        static WRITTEN: RefCell<(Option<u64>, String)> = const { RefCell::new((None, String::new())) };
    }
    WRITTEN.with_borrow_mut(|(second, text)| {
        if *second != Some(now.as_secs()) {
            *second = Some(now.as_secs());
            *text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(unix_ms()));
        }
        act(text.as_bytes());
    });
}

/// More than the names of an SDK's headers have together.
const NAMES_BYTES: usize = 512;
