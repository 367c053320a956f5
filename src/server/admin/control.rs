//! `/cache/…`: control of the cache for who has the admin token.
//!
//! Must hold: nothing is looked at or changed before the token was compared; neither a token nor a
//! key is logged; whatever comes is answered in JSON, a refusal as `{"error": "<sentence>"}`.
//! Not here: what a body says (`requests.rs`), what an answer says (`answers.rs`), what is done
//! (`proxy/control.rs`).

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};

use super::requests::{Warm, WarmUp};
use super::{Admin, answers, requests};
use crate::auth::AdminToken;
use crate::model::Answer;
use crate::proxy::{ControlError, Proxy};
use crate::server::answer::{self, HttpAnswer, JSON};
use crate::server::body::{self, BodyError};
use crate::server::connection::Watch;

/// Whether the cache can be controlled from outside.
#[derive(Clone, Debug)]
pub enum Control {
    /// By who has this token.
    By(AdminToken),
    /// By nobody, for the reason in this sentence.
    Refused(String),
}

impl Default for Control {
    fn default() -> Self {
        Self::Refused("no admin token was made or configured".to_owned())
    }
}

/// Why a request was not done, as its sender is told.
pub(super) struct Refusal {
    status: StatusCode,
    why: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }

    pub(super) fn bad(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }
}

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        let status = match &error {
            ControlError::NoTable { .. } | ControlError::NoIndex { .. } => StatusCode::NOT_FOUND,
            ControlError::Warm { .. } | ControlError::NotWarming { .. } => StatusCode::CONFLICT,
            ControlError::Key { .. } | ControlError::Policy { .. } => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl Admin {
    /// The answer to a request below [`BELOW`], whose Host has been checked.
    pub(super) async fn control(&self, request: Request<Incoming>, watch: &Watch) -> HttpAnswer {
        watch.headers_done();
        let (envelope, incoming) = request.into_parts();
        let gathered = body::gather(incoming, BODY_BYTES_MAX, &self.bodies, watch).await;
        watch.body_done();
        match gathered {
            Ok((body, _charge)) => match self.controlled(&envelope, &body).await {
                Ok(value) => self.in_json(StatusCode::OK, &value),
                Err(refusal) => self.refused(&refusal),
            },
            Err(error) => answer::and_close(self.refused(&unread(&error))),
        }
    }

    async fn controlled(&self, envelope: &Parts, body: &Bytes) -> Result<Value, Refusal> {
        authorize(&envelope.headers, &self.access.load().control)?;
        let route = route(&envelope.method, envelope.uri.path())?;
        let table = requests::table_in(envelope.uri.query().unwrap_or_default())?;
        let proxy = &self.proxy;
        match route {
            Route::Stats => Ok(answers::stats(&proxy.cache_stats())),
            Route::Get => {
                let one = requests::one_key(body)?;
                Ok(answers::state(&proxy.key_state(&one.table, &one.key)?))
            }
            Route::Evict => {
                let one = requests::one_key(body)?;
                Ok(answers::dropped(proxy.evict(&one.table, &one.key)?))
            }
            Route::EvictPartition => {
                let asked = requests::partition(body)?;
                let dropped = self.apart(move |proxy| {
                    proxy.evict_partition(&asked.table, asked.index.as_deref(), &asked.key)
                });
                Ok(answers::dropped(dropped.await??))
            }
            Route::Flush => {
                let table = requests::table(body)?;
                let dropped = self.apart(move |proxy| proxy.flush(table.as_deref()));
                Ok(answers::dropped(dropped.await??))
            }
            Route::Policy => Ok(answers::policies(&proxy.policies(table)?)),
            Route::SetPolicy => {
                let (table, change) = requests::policy(body)?;
                proxy.change_policy(table.as_deref(), &change)?;
                Ok(answers::policies(&proxy.policies(table.as_deref())?))
            }
            Route::Hot => {
                let why = "/cache/hot is about one table: /cache/hot?table=NAME";
                let table = table.ok_or_else(|| Refusal::bad(why))?;
                Ok(answers::hot(&proxy.hottest(table)?))
            }
            Route::Tables => {
                let standings = self.apart(Proxy::standings).await?;
                Ok(answers::standings(&standings))
            }
            Route::Warm => Ok(answers::warmings(&proxy.warmings())),
            Route::SetWarm => {
                match requests::warm(body)? {
                    WarmUp::Begin(Warm { table, items_per_second, items_max }) => {
                        proxy.begin_warm(&table, items_per_second, items_max)?;
                    }
                    WarmUp::Stop { table } => proxy.end_warm(&table)?,
                }
                Ok(answers::warmings(&proxy.warmings()))
            }
        }
    }

    /// Does what looks at every entry, apart from the threads that answer requests.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Proxy) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let proxy = Arc::clone(&self.proxy);
        let done = tokio::task::spawn_blocking(move || work(&proxy)).await;
        done.map_err(|_| {
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "this failed; see the log")
        })
    }

    fn in_json(&self, status: StatusCode, value: &Value) -> HttpAnswer {
        let body = Bytes::from(format!("{value}\n"));
        let answer = Answer { crc32: crc32fast::hash(&body), body };
        answer::json(&self.ids, status, &JSON, answer)
    }

    pub(super) fn refused(&self, refusal: &Refusal) -> HttpAnswer {
        let mut answer = self.in_json(refusal.status, &json!({ "error": refusal.why }));
        if refusal.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        answer
    }
}

/// What can be asked.
#[derive(Clone, Copy)]
enum Route {
    Stats,
    Get,
    Evict,
    EvictPartition,
    Flush,
    Policy,
    SetPolicy,
    Hot,
    Tables,
    Warm,
    SetWarm,
}

fn route(method: &Method, path: &str) -> Result<Route, Refusal> {
    let mut there = ROUTES.iter().filter(|(_, known, _)| *known == path).peekable();
    if there.peek().is_none() {
        let known: Vec<String> =
            ROUTES.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
        let why = format!("there is no {path}; there are {}", known.join(", "));
        return Err(Refusal::new(StatusCode::NOT_FOUND, why));
    }
    let taken: Vec<&str> = there.clone().map(|(method, ..)| *method).collect();
    there.find(|(known, ..)| *known == method.as_str()).map(|(.., route)| *route).ok_or_else(|| {
        let why = format!("{path} takes {}", taken.join(" and "));
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, why)
    })
}

pub(super) fn authorize(headers: &HeaderMap, control: &Control) -> Result<(), Refusal> {
    let token = match control {
        Control::By(token) => token,
        Control::Refused(why) => return Err(Refusal::new(StatusCode::FORBIDDEN, why)),
    };
    let Some(given) = headers.get(AUTHORIZATION) else {
        let why = "this needs the header Authorization: Bearer TOKEN, with the admin token";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, why));
    };
    let given = given.to_str().ok().and_then(|text| text.split_once(' '));
    let is_right = |(scheme, given): (&str, &str)| {
        scheme.eq_ignore_ascii_case("Bearer") && token.is(given.trim())
    };
    if given.is_some_and(is_right) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::UNAUTHORIZED, "this is not the admin token"))
}

fn unread(error: &BodyError) -> Refusal {
    match error {
        BodyError::TooLong => {
            let why = format!("a body may have {BODY_BYTES_MAX} bytes");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why)
        }
        BodyError::NoRoom => {
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once")
        }
        BodyError::Broken => Refusal::bad("the body ended early"),
    }
}

/// What is controlled is below this path.
pub(super) const BELOW: &str = "/cache";
const BODY_BYTES_MAX: usize = 64 << 10;
/// Memory for the bodies of several requests.
pub(super) const BODIES_BYTES_MAX: usize = 64 * BODY_BYTES_MAX;
const ROUTES: &[(&str, &str, Route)] = &[
    ("GET", "/cache/stats", Route::Stats),
    ("POST", "/cache/get", Route::Get),
    ("POST", "/cache/evict", Route::Evict),
    ("POST", "/cache/evict-partition", Route::EvictPartition),
    ("POST", "/cache/flush", Route::Flush),
    ("GET", "/cache/policy", Route::Policy),
    ("POST", "/cache/policy", Route::SetPolicy),
    ("GET", "/cache/hot", Route::Hot),
    ("GET", "/cache/tables", Route::Tables),
    ("GET", "/cache/warm", Route::Warm),
    ("POST", "/cache/warm", Route::SetWarm),
];
