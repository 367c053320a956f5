//! The tables of a stopped hearth, opened in this process.
//!
//! Requests go through the same codec and the same proxy as those from a socket, so that a directory
//! and a service cannot be told apart.
//!
//! Not here: the opening of the directory and its closing (`app/`).

use std::sync::Arc;

use bytes::Bytes;

use crate::api::{ApiError, Operation};
use crate::clock::Clock;
use crate::proxy::{Proxy, Trace};
use crate::wire::json::{self, Context, Wording};

/// Tables that no other process has.
pub struct Directory {
    proxy: Arc<Proxy>,
    clock: Clock,
}

impl Directory {
    /// The tables behind this proxy.
    pub fn new(proxy: Arc<Proxy>, clock: Clock) -> Self {
        Self { proxy, clock }
    }

    /// The body of an answer.
    pub(super) async fn ask(&self, operation: Operation, body: &[u8]) -> Result<Bytes, ApiError> {
        let request = json::decode(operation, body, Wording::default())?;
        let began = self.clock.monotonic();
        let response = self.proxy.call(request, began, &mut Trace::counting()).await?;
        Ok(json::encode(&response, Context { host: "" }).body)
    }
}
