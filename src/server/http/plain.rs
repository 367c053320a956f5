//! Requests that come as SDKs send them, taken from the connection's stream ahead of hyper.
//!
//! Must hold: an answer from here is the one that the long way would give, byte for byte but for
//! its id and date; a request that would be refused before it is decoded is left to it, uncounted.
//! Not here: where a request ends (`connection/`), the long way (`mod.rs`).

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ORIGIN};

use super::super::answer::{self, Reply};
use super::super::compression::Accepted;
use super::super::connection::{Plain, is};
use super::super::limits::RequestPermit;
use super::super::listener::Taken;
use super::super::signed;
use super::target::TARGET;
use super::{Access, EXPLAIN, Http, hits};
use crate::api::{Operation, Request};
use crate::auth;
use crate::proxy::{Proxy, Trace};
use crate::wire::json;

impl Http {
    /// Takes a request that asks for nothing but an operation, and may.
    pub(super) fn taken(self: &Arc<Self>, request: &Plain<'_>) -> Option<Taken> {
        let Asked { operation, explains } = asked(request)?;
        let limits = self.limits.load();
        let fits = request.headers.len() <= limits.headers_max
            && request.head_bytes <= limits.header_bytes_max
            && request.body.len() <= limits.body_bytes_max
            && self.metrics.requests_in_flight.get() < limits.requests_in_flight_max as u64;
        if !fits {
            return None;
        }
        let began = self.clock.monotonic();
        // If it is not signed as it must be, the long way finds out why.
        let proxy = self.proxy_of(request, &self.access.load())?;
        if let Some(answer) = hits::cached(proxy, Some(operation), request.body, began) {
            self.metrics.request_bytes.add(request.body.len() as u64);
            let reply = Reply::new(&self.ids, StatusCode::OK, answer);
            let reply = if explains { reply.explained("hit".into()) } else { reply };
            if Accepted::Gzip.is_for(reply.body_bytes()) && accepted(request) == Accepted::Gzip {
                return Some(Taken::Later(Box::pin(
                    Arc::clone(self).packed(reply, Accepted::Gzip),
                )));
            }
            self.metrics.response_bytes.add(reply.body_bytes() as u64);
            return Some(Taken::Now(reply));
        }
        if proxy.passes(Some(operation)) {
            return None;
        }
        let decoded = json::decode(operation, request.body, self.wording).ok()?;
        self.metrics.request_bytes.add(request.body.len() as u64);
        let mut trace = if explains { Trace::explaining() } else { Trace::counting() };
        let mut body = None;
        if operation == Operation::Query {
            trace = trace.learning();
            body = Some(request.body.into());
        }
        let (http, proxy, accepted) = (Arc::clone(self), Arc::clone(proxy), accepted(request));
        Some(Taken::Later(Box::pin(async move {
            let reply = Arc::clone(&http).reply(&proxy, decoded, trace, body, began).await;
            http.packed(reply, accepted).await
        })))
    }

    /// A reply as it is sent.
    async fn packed(self: Arc<Self>, reply: Reply, accepted: Accepted) -> Reply {
        let reply = reply.compressed(accepted).await;
        self.metrics.response_bytes.add(reply.body_bytes() as u64);
        reply
    }

    /// The answer to a request; with the body of one that may come again.
    async fn reply(
        self: Arc<Self>,
        proxy: &Proxy,
        request: Request,
        mut trace: Trace,
        body: Option<Box<[u8]>>,
        began: Duration,
    ) -> Reply {
        let _permit = RequestPermit::take(&self.metrics.requests_in_flight, usize::MAX);
        match proxy.call(request, began, &mut trace).await {
            Ok(response) => {
                let answer = json::encode(&response, json::Context { host: "" });
                let reply = Reply::new(&self.ids, StatusCode::OK, answer);
                let reply = match trace.explanation() {
                    Some(told) => reply.explained(told.into()),
                    None => reply,
                };
                if let Some(body) = body {
                    proxy.remember(&body, trace);
                }
                reply
            }
            Err(error) => {
                let (status, answer) = answer::of_error(&error);
                let reply = Reply::new(&self.ids, status, answer);
                answer::log_cause(&error, reply.id());
                reply
            }
        }
    }

    /// The proxy of whoever signed the request, if it is somebody who may.
    fn proxy_of(&self, request: &Plain<'_>, access: &Access) -> Option<&Arc<Proxy>> {
        let Some(verifier) = &access.verifier else { return Some(self.proxies.own()) };
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
        let request = auth::Request {
            service: auth::Service::DynamoDb,
            method: "POST",
            path,
            query,
            headers: &headers,
            body: request.body,
        };
        let (now, skews) = (self.clock.unix_ms(), &self.metrics.signature_skew);
        let caller = signed::verify(verifier, &request, now, &self.skew, skews).ok()?;
        self.proxies.of(caller.upstream_profile())
    }
}

/// What the headers of a request ask for.
struct Asked {
    operation: Operation,
    explains: bool,
}

/// What a request asks for, if all of its headers are those of an SDK or of no meaning here. Any that
/// ask for more are the long way's.
fn asked(request: &Plain<'_>) -> Option<Asked> {
    let (mut target, mut kind, mut explains) = (None, None, None);
    for header in request.headers {
        let place = if is(header, TARGET.as_str()) {
            &mut target
        } else if is(header, CONTENT_TYPE.as_str()) {
            &mut kind
        } else if is(header, EXPLAIN.as_str()) {
            &mut explains
        } else if is(header, ORIGIN.as_str()) || is(header, CONTENT_ENCODING.as_str()) {
            return None;
        } else {
            continue;
        };
        if place.replace(header.value).is_some() {
            return None;
        }
    }
    if request.target != "/" || kind? != answer::AMZ_JSON_1_0.as_bytes() {
        return None;
    }
    let operation = json::operation(std::str::from_utf8(target?).ok()?)?;
    let asked = Asked { operation, explains: explains.is_some_and(|value| value == b"explain") };
    // That one answers with the host that was asked.
    (operation != Operation::DescribeEndpoints).then_some(asked)
}

/// What the client takes: looked for only where it matters, since most answers are short.
fn accepted(request: &Plain<'_>) -> Accepted {
    let mut headers = request.headers.iter();
    let header = headers.find(|header| is(header, ACCEPT_ENCODING.as_str()));
    header.map_or(Accepted::Identity, |header| Accepted::of(header.value))
}

/// More than the names of an SDK's headers have together.
const NAMES_BYTES: usize = 512;
