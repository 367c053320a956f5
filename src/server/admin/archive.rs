//! `GET /backup`: everything in one archive, for who has the admin token.
//!
//! Must hold: nothing is read before the token was compared; an archive that fails on its way ends
//! without its end.
//! Not here: the archive itself (`proxy/archive.rs`).

use hyper::body::{Body as _, Incoming};
use hyper::{Method, Request, StatusCode};

use super::Admin;
use super::control::{Refusal, authorize};
use crate::proxy::ArchiveError;
use crate::server::answer::{self, HttpAnswer};
use crate::server::connection::Watch;

impl Admin {
    /// The answer to a request for an archive, whose Host has been checked.
    pub(super) async fn archive(&self, request: &Request<Incoming>, watch: &Watch) -> HttpAnswer {
        watch.body_done();
        let answer = match self.begun(request).await {
            Ok(answer) => answer,
            Err(refusal) => self.refused(&refusal),
        };
        // A body that is not read would be taken for the next request.
        if request.body().is_end_stream() { answer } else { answer::and_close(answer) }
    }

    async fn begun(&self, request: &Request<Incoming>) -> Result<HttpAnswer, Refusal> {
        authorize(request.headers(), &self.access.load().control)?;
        if request.method() != Method::GET {
            let why = format!("{PATH} takes GET");
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, why));
        }
        match self.proxy.archive().await {
            Ok(bytes) => Ok(answer::streamed(&self.ids, bytes)),
            Err(error @ ArchiveError::Busy) => {
                Err(Refusal::new(StatusCode::CONFLICT, error.to_string()))
            }
            Err(error @ ArchiveError::Engine(_)) => {
                let cause = &error as &dyn std::error::Error;
                tracing::warn!(error = cause, "no archive");
                Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))
            }
        }
    }
}

/// Where it is asked for.
pub(super) const PATH: &str = "/backup";
