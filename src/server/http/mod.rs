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

use self::target::Target;
use super::admin::Control;
use super::answer::{self, HttpAnswer, RequestIds};
use super::body::{self, BodyError, Budget, InflateError};
use super::compression::Accepted;
use super::connection::{Plain, Watch};
use super::limits::{Limits, RequestPermit, host_is_allowed};
use super::listener::{Answers, Listener, Taken};
use super::signed::{self, Denied, SkewWatch};
use crate::api::{ApiError, ErrorCode, Operation};
use crate::auth;
use crate::clock::Clock;
use crate::metrics::{Metrics, Refused};
use crate::proxy::{Proxy, Trace};
use crate::wire::json;
use crate::wire::json::cluster::Cluster;

/// The HTTP side of the data port.
pub struct Http {
    proxy: Arc<Proxy>,
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
    /// The HTTP side over a proxy; to DAX's control plane it is that cluster.
    pub fn new(
        proxy: Arc<Proxy>,
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
            proxy,
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
        self.authenticate(&envelope, target.service(), &raw, &access).map_err(|denied| {
            first_fault(denied, target, headers, &raw, limits.inflated_bytes_max, &kind)
        })?;
        let body = body::inflate(headers, raw, limits.inflated_bytes_max)
            .map_err(|error| Refusal::inflate(&error, &kind))?;
        drop((limits, access));
        let operation = match target {
            Target::DynamoDb(operation) => operation,
            Target::Dax(operation) => return self.of_cluster(operation, &body, &kind),
        };
        let explains = headers.get(EXPLAIN).is_some_and(|value| value == "explain");
        if let Some(answer) = self.cached(operation, &body, began) {
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
        let asked = Asked { operation, body: &body, host: host(headers), began, explains };
        Box::pin(self.carry_out(asked, kind)).await
    }

    /// The long way: a request of any kind, from its body to its answer.
    async fn carry_out(&self, asked: Asked<'_>, kind: HeaderValue) -> Result<HttpAnswer, Refusal> {
        let Asked { operation, body, host, began, explains } = asked;
        let request = json::decode(operation, body, self.wording)
            .map_err(|error| Refusal::malformed(error, &kind))?;
        let mut trace = if explains { Trace::explaining() } else { Trace::counting() };
        if operation == Operation::Query {
            trace = trace.learning();
        }
        let response = self.proxy.call(request, began, &mut trace).await;
        let response =
            response.map_err(|error| Refusal::Api { error, kind: kind.clone(), before: None })?;
        let answer = json::encode(&response, json::Context { host });
        let mut answer = answer::json(&self.ids, StatusCode::OK, &kind, answer);
        if let Some(told) = trace.explanation() {
            let told = HeaderValue::from_str(&told).expect("words, digits and punctuation");
            answer.headers_mut().insert(EXPLAIN, told);
        }
        self.proxy.remember(body, trace);
        Ok(answer)
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

    fn authenticate(
        &self,
        envelope: &Parts,
        service: auth::Service,
        raw: &Bytes,
        access: &Access,
    ) -> Result<(), Denied> {
        let Some(verifier) = &access.verifier else { return Ok(()) };
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
        signed::check(verifier, &request, now, &self.skew, skew)
    }

    fn refuse(&self, refusal: Refusal) -> HttpAnswer {
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
    operation: Operation,
    body: &'a [u8],
    host: &'a str,
    began: Duration,
    explains: bool,
}

/// Why a request is not answered as it hoped.
enum Refusal {
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
    fn inflate(error: &InflateError, kind: &HeaderValue) -> Self {
        let message = match error {
            InflateError::TooLong => return Self::TooLong,
            InflateError::Unknown => "Content-Encoding must be gzip, deflate or identity",
            InflateError::Damaged => "the compressed body is damaged",
        };
        Self::malformed(ApiError::new(ErrorCode::Serialization, message), kind)
    }

    fn malformed(error: ApiError, kind: &HeaderValue) -> Self {
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

/// Among several faults, the one that DynamoDB names: JSON and target come before signatures.
fn first_fault(
    denied: Denied,
    target: Target,
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
        Ok(()) if !target.is_known() => Refusal::malformed(json::unknown_operation(&body), kind),
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
