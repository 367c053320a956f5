//! DynamoDB's JSON protocol over HTTP/1.1, and DAX's control plane: from a request's envelope to its
//! answer.
//!
//! Checks come in DynamoDB's order: method, body, JSON, target, signature, members. A signed or
//! open read that the caches can answer leaves by a short path (`hits.rs`). What comes as SDKs send
//! it is taken before hyper reads it (`plain.rs`); this is the way of all else, and of refusals.
//!
//! Must hold: what was authenticated are the bytes that are then decoded; whatever a client sends
//! is answered, never a panic.
//! Not here: JSON (`wire/json/`), meaning (`proxy/`; of the control plane, `cluster.rs`).

mod cluster;
mod cors;
mod hits;
mod plain;
mod refusal;
mod target;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{ACCEPT_ENCODING, HOST, HeaderName, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, StatusCode};

pub use self::cors::Origins;

use self::refusal::{Refusal, first_fault};
use self::target::{TARGET, Target};
use super::admin::Control;
use super::answer::{self, HttpAnswer, RequestIds};
use super::body::{self, Budget};
use super::compression::Accepted;
use super::connection::{Plain, Watch};
use super::limits::{Limits, RequestPermit, host_is_allowed};
use super::listener::{Answers, Listener, Taken};
use super::signed::{self, Denied, SkewWatch};
use crate::api::{ApiError, Operation};
use crate::auth;
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::model::Answer;
use crate::proxy::{Proxies, Proxy, Trace};
use crate::wire::json;
use crate::wire::json::cluster::Cluster;

/// The HTTP side of the data port.
pub struct Http {
    proxies: Proxies,
    metrics: Arc<Metrics>,
    access: Arc<ArcSwap<Access>>,
    limits: Arc<ArcSwap<Limits>>,
    cluster: Cluster,
    wording: json::Wording,
    clock: Clock,
    ids: RequestIds,
    skew: SkewWatch,
    bodies: Budget,
}

/// Who may ask; replaced whole at a reload.
#[derive(Debug, Default)]
pub struct Access {
    /// Checks signatures; without one, every request is taken.
    pub verifier: Option<auth::Verifier>,
    /// Host names that requests from browsers may name.
    pub hosts: Vec<String>,
    /// Web pages whose scripts may ask.
    pub pages: Origins,
    /// Who may control the cache.
    pub control: Control,
}

impl Http {
    /// The HTTP side over these proxies; to DAX's control plane it is that cluster.
    pub fn new(
        proxies: Proxies,
        metrics: Arc<Metrics>,
        access: Arc<ArcSwap<Access>>,
        limits: Arc<ArcSwap<Limits>>,
        cluster: Cluster,
        wording: json::Wording,
        clock: Clock,
    ) -> Arc<Self> {
        let (ids, skew) = (RequestIds::new(), SkewWatch::default());
        let bodies = Budget::new(BODIES_BYTES_MAX);
        Arc::new(Self {
            proxies,
            metrics,
            access,
            limits,
            cluster,
            wording,
            clock,
            ids,
            skew,
            bodies,
        })
    }

    /// Serves the listener until the drain; see [`Listener`].
    pub async fn serve(self: Arc<Self>, listener: Listener) {
        listener.serve(self).await;
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
        watch: &Watch,
    ) -> Result<HttpAnswer, Refusal> {
        let (envelope, incoming) = request.into_parts();
        let limits = self.limits.load();
        let _permit =
            RequestPermit::take(&self.metrics.requests_in_flight, limits.requests_in_flight_max)
                .ok_or(Refusal::Busy)?;
        if envelope.method != Method::POST {
            return self.not_posted(&envelope);
        }
        let (raw, _charge) =
            body::gather(incoming, limits.body_bytes_max, &self.bodies, watch).await?;
        watch.body_done();
        self.metrics.request_bytes.add(raw.len() as u64);
        let began = self.clock.monotonic();
        let headers = &envelope.headers;
        let target = Target::of(headers);
        let kind = target.content_type(headers).ok_or(Refusal::NotFound)?;
        let access = self.access.load();
        check_origin(headers, &access)?;
        let caller = self.authenticate(&envelope, target.service(), &raw, &access);
        let proxy = caller.map_err(|denied| {
            let is_known = target.is_known() || self.may_pass(target);
            first_fault(denied, is_known, headers, &raw, limits.inflated_bytes_max, &kind)
        })?;
        let body = body::inflate(headers, raw, limits.inflated_bytes_max)
            .map_err(|error| Refusal::inflate(&error, &kind))?;
        drop((limits, access));
        let operation = match target {
            Target::DynamoDb(operation) => operation,
            Target::Dax(operation) => return self.of_cluster(operation, &body, &kind),
        };
        if proxy.passes(operation) {
            let target = headers.get(TARGET).and_then(|target| target.to_str().ok());
            let Some(target) = target else {
                return Err(Refusal::malformed(json::unknown_operation(&body), &kind));
            };
            let passed = Box::pin(proxy.pass(operation, target, body, began)).await;
            return self.passed(passed, &kind);
        }
        let explains = headers.get(EXPLAIN).is_some_and(|value| value == "explain");
        if let Some(answer) = hits::cached(proxy, operation, &body, began) {
            let mut answer = answer::json(&self.ids, StatusCode::OK, &kind, answer);
            if explains {
                answer.headers_mut().insert(EXPLAIN, HeaderValue::from_static("hit"));
            }
            return Ok(answer);
        }
        let Some(operation) = operation else {
            return Err(Refusal::malformed(json::unknown_operation(&body), &kind));
        };
        // In a box of its own: what a hit does not need must not make its future larger.
        let asked = Asked { proxy, operation, body: &body, host: host(headers), began, explains };
        Box::pin(self.carry_out(asked, kind)).await
    }

    /// The long way: a request of any kind, from its body to its answer.
    async fn carry_out(&self, asked: Asked<'_>, kind: HeaderValue) -> Result<HttpAnswer, Refusal> {
        let Asked { proxy, operation, body, host, began, explains } = asked;
        let request = json::decode(operation, body, self.wording)
            .map_err(|error| Refusal::malformed(error, &kind))?;
        let mut trace = if explains { Trace::explaining() } else { Trace::counting() };
        if operation == Operation::Query {
            trace = trace.learning();
        }
        let response = proxy.call(request, began, &mut trace).await;
        let response =
            response.map_err(|error| Refusal::Api { error, kind: kind.clone(), before: None })?;
        let answer = json::encode(&response, json::Context { host });
        let mut answer = answer::json(&self.ids, StatusCode::OK, &kind, answer);
        if let Some(told) = trace.explanation() {
            let told = HeaderValue::from_str(&told).expect("words, digits and punctuation");
            answer.headers_mut().insert(EXPLAIN, told);
        }
        proxy.remember(body, trace);
        Ok(answer)
    }

    /// What the service behind answered to a request that went there as it came.
    fn passed(
        &self,
        passed: Result<Bytes, ApiError>,
        kind: &HeaderValue,
    ) -> Result<HttpAnswer, Refusal> {
        let body =
            passed.map_err(|error| Refusal::Api { error, kind: kind.clone(), before: None })?;
        let answer = Answer { crc32: crc32fast::hash(&body), body };
        Ok(answer::json(&self.ids, StatusCode::OK, kind, answer))
    }

    /// Whether a service behind may know an operation that is not known here; it is asked once it is
    /// clear by whom.
    fn may_pass(&self, target: Target) -> bool {
        matches!(target, Target::DynamoDb(None)) && self.proxies.own().passes(None)
    }

    fn not_posted(&self, envelope: &Parts) -> Result<HttpAnswer, Refusal> {
        let headers = &envelope.headers;
        // A body that is not read would be taken for the next request.
        let has_body =
            headers.contains_key("content-length") || headers.contains_key("transfer-encoding");
        if has_body {
            return Err(Refusal::NotFoundUnread);
        }
        if envelope.method == Method::OPTIONS && cors::is_preflight(headers) {
            return self.preflight(headers);
        }
        if envelope.method != Method::GET {
            return Err(Refusal::NotFoundUnread);
        }
        let text = format!("healthy: dynamodb.{}.amazonaws.com ", self.cluster.region);
        Ok(answer::plain(&self.ids, StatusCode::OK, "text/plain; charset=utf-8", text.into()))
    }

    /// A page that may not is told nothing, and its browser then refuses it.
    fn preflight(&self, headers: &HeaderMap) -> Result<HttpAnswer, Refusal> {
        let access = self.access.load();
        check_origin(headers, &access)?;
        let mut answer = answer::plain(&self.ids, StatusCode::OK, "text/plain", Bytes::new());
        if access.pages.admit(headers).is_some() {
            cors::let_send(answer.headers_mut());
        }
        Ok(answer)
    }

    /// The proxy of whoever asks, if it is somebody who may.
    fn authenticate(
        &self,
        envelope: &Parts,
        service: auth::Service,
        raw: &Bytes,
        access: &Access,
    ) -> Result<&Arc<Proxy>, Denied> {
        let Some(verifier) = &access.verifier else { return Ok(self.proxies.own()) };
        let mut headers: Vec<(&str, &[u8])> = Vec::with_capacity(envelope.headers.len());
        for (name, value) in &envelope.headers {
            headers.push((name.as_str(), value.as_bytes()));
        }
        let request = auth::Request {
            service,
            method: envelope.method.as_str(),
            path: envelope.uri.path(),
            query: envelope.uri.query().unwrap_or_default(),
            headers: &headers,
            body: raw,
        };
        let (now, skew) = (self.clock.unix_ms(), &self.metrics.signature_skew);
        let caller = signed::check(verifier, &request, now, &self.skew, skew)?;
        self.proxies.of(caller.upstream_profile()).ok_or_else(Denied::without_scope)
    }
}

impl Answers for Http {
    async fn answer(&self, request: Request<Incoming>, watch: &Watch) -> HttpAnswer {
        watch.headers_done();
        let page = self.access.load().pages.admit(request.headers());
        let accepted = request.headers().get(ACCEPT_ENCODING);
        let accepted =
            accepted.map_or(Accepted::Identity, |header| Accepted::of(header.as_bytes()));
        let responded = self.respond(request, watch).await;
        let answer = responded.unwrap_or_else(|refusal| self.refuse(refusal));
        let mut answer = answer::compressed(answer, accepted).await;
        if let Some(page) = page {
            page.show(answer.headers_mut());
        }
        self.metrics.response_bytes.add(answer.body().size_hint().lower());
        answer
    }

    fn plain_bytes_max(&self) -> usize {
        self.limits.load().body_bytes_max.min(PLAIN_BYTES_MAX)
    }

    fn take(http: &Arc<Self>, request: &Plain<'_>) -> Taken {
        http.taken(request).unwrap_or(Taken::Not)
    }
}

/// A request whose envelope is in order.
struct Asked<'a> {
    proxy: &'a Arc<Proxy>,
    operation: Operation,
    body: &'a [u8],
    host: &'a str,
    began: Duration,
    explains: bool,
}

/// A page that a browser was lured to may not reach a port on the same machine by another name.
fn check_origin(headers: &HeaderMap, access: &Access) -> Result<(), Refusal> {
    if !headers.contains_key(ORIGIN) {
        return Ok(());
    }
    if host_is_allowed(host(headers), &access.hosts) { Ok(()) } else { Err(Refusal::Host) }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

/// Of requests that come in pieces; longer ones are charged for.
const PLAIN_BYTES_MAX: usize = 16 << 10;
/// Memory for bodies that come in several frames.
const BODIES_BYTES_MAX: usize = 512 << 20;
/// Asks for, and tells, what the caches had.
const EXPLAIN: HeaderName = HeaderName::from_static("x-hearth-cache");
