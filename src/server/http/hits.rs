//! Reads that the caches answer, from the body of the request to the answer.
//!
//! Must hold: an answer from here is the one that the long way would give; what cannot be answered
//! here is left to it, uncounted.
//! Not here: the long way and all that comes before either (`mod.rs`).

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::HeaderValue;

use super::super::answer::{self, HttpAnswer};
use super::Http;
use crate::api::{Operation, Response};
use crate::wire::json;

impl Http {
    /// The answer to a read that the caches have and that needs no more than them.
    pub(super) fn cached(
        &self,
        operation: Option<Operation>,
        body: &[u8],
        began: Duration,
        kind: &HeaderValue,
    ) -> Option<HttpAnswer> {
        if operation == Some(Operation::GetItem) {
            self.hit(body, began, kind)
        } else if operation == Some(Operation::Query) {
            self.repeated(body, began, kind)
        } else {
            None
        }
    }

    /// The answer to a Query that came before in the same bytes, if its page is in the cache.
    fn repeated(&self, body: &[u8], began: Duration, kind: &HeaderValue) -> Option<HttpAnswer> {
        let page = self.proxy.repeated(body, began)?;
        let answer = json::encode(&Response::Query(page), json::Context { host: "" });
        Some(answer::json(&self.ids, StatusCode::OK, kind, answer))
    }

    /// The answer to a plain GetItem that is in the cache.
    fn hit(&self, body: &[u8], began: Duration, kind: &HeaderValue) -> Option<HttpAnswer> {
        let get = json::get_item(body)?;
        let first = (get.first.name, get.first.value.as_key_value());
        let hit = match &get.second {
            None => self.proxy.hit(get.table, &[first], get.consistency, began)?,
            Some(second) => {
                let second = (second.name, second.value.as_key_value());
                self.proxy.hit(get.table, &[first, second], get.consistency, began)?
            }
        };
        let answer = json::encode(&Response::GetItem(hit), json::Context { host: "" });
        Some(answer::json(&self.ids, StatusCode::OK, kind, answer))
    }
}
