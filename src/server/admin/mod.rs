//! The admin port: `/metrics`, `/healthz`, `/readyz`, control of the cache below `/cache/`, and
//! backups of everything at `/backup`.
//!
//! Must hold: the Host is checked on every request, since browsers can reach loopback; what changes
//! state or shows keys needs the admin token.
//! Not here: the data port (`http.rs`).

mod answers;
mod archive;
mod control;
mod requests;

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode};

pub use self::control::Control;

use super::answer::{self, HttpAnswer, RequestIds};
use super::body::Budget;
use super::connection::Watch;
use super::http::Access;
use super::limits::host_is_allowed;
use super::listener::{Answers, Listener};
use crate::metrics::Metrics;
use crate::proxy::{Proxy, UpstreamState};
use crate::task::Drain;

/// What the admin port shows.
pub struct Admin {
    proxy: Arc<Proxy>,
    metrics: Arc<Metrics>,
    access: Arc<ArcSwap<Access>>,
    drain: Drain,
    ids: RequestIds,
    bodies: Budget,
}

impl Admin {
    /// An admin port over these.
    pub fn new(
        proxy: Arc<Proxy>,
        metrics: Arc<Metrics>,
        access: Arc<ArcSwap<Access>>,
        drain: Drain,
    ) -> Arc<Self> {
        let (ids, bodies) = (RequestIds::new(), Budget::new(control::BODIES_BYTES_MAX));
        Arc::new(Self { proxy, metrics, access, drain, ids, bodies })
    }

    /// Serves the listener until the drain; see [`Listener`].
    pub async fn serve(self: Arc<Self>, listener: Listener) {
        listener.serve(self).await;
    }

    fn page(&self, method: &Method, path: &str) -> (StatusCode, &'static str, Bytes) {
        if method != Method::GET {
            return (StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET is served here\n".into());
        }
        match path {
            "/metrics" => {
                self.proxy.measure();
                (StatusCode::OK, PROMETHEUS_TEXT, self.metrics.render().into())
            }
            "/healthz" => (StatusCode::OK, TEXT, "ok\n".into()),
            "/readyz" => self.readiness(),
            _ => {
                let text = "there are /metrics, /healthz, /readyz and, with the admin token, /cache/stats and /backup\n";
                (StatusCode::NOT_FOUND, TEXT, text.into())
            }
        }
    }

    fn readiness(&self) -> (StatusCode, &'static str, Bytes) {
        if self.drain.has_begun() {
            return (StatusCode::SERVICE_UNAVAILABLE, TEXT, "stopping\n".into());
        }
        if let Some(trouble) = self.upstream_trouble() {
            let text = format!("upstream: {trouble}\n");
            return (StatusCode::SERVICE_UNAVAILABLE, TEXT, text.into());
        }
        match self.proxy.writable() {
            Ok(()) => (StatusCode::OK, TEXT, "ready\n".into()),
            Err(why) => {
                let text = format!("reads only: {why}\n");
                (StatusCode::SERVICE_UNAVAILABLE, TEXT, text.into())
            }
        }
    }

    /// Why the service that has the tables cannot be worked with, if it cannot.
    fn upstream_trouble(&self) -> Option<String> {
        match &*self.proxy.upstream_state()? {
            UpstreamState::Well(_) => None,
            UpstreamState::Untried => Some("it was not asked yet".to_owned()),
            UpstreamState::Ill(trouble) => Some(trouble.to_string()),
        }
    }
}

impl Answers for Admin {
    async fn answer(&self, request: Request<Incoming>, watch: &Watch) -> HttpAnswer {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        if !host_is_allowed(host.unwrap_or_default(), &self.access.load().hosts) {
            watch.body_done();
            let text = "this Host is not allowed\n";
            return answer::and_close(answer::plain(
                &self.ids,
                StatusCode::FORBIDDEN,
                TEXT,
                text.into(),
            ));
        }
        if request.uri().path() == archive::PATH {
            return self.archive(&request, watch).await;
        }
        if is_control(request.uri().path()) {
            return self.control(request, watch).await;
        }
        watch.body_done();
        let (status, kind, body) = self.page(request.method(), request.uri().path());
        let answer = answer::plain(&self.ids, status, kind, body);
        // A body that is not read would be taken for the next request.
        if request.method() == Method::GET { answer } else { answer::and_close(answer) }
    }
}

fn is_control(path: &str) -> bool {
    let below = path.strip_prefix(control::BELOW);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

const TEXT: &str = "text/plain; charset=utf-8";
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
