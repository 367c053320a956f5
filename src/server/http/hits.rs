//! Reads that the caches answer, from the body of the request to the answer.
//!
//! Must hold: an answer from here is the one that the long way would give; what cannot be answered
//! here is left to it, uncounted.
//! Not here: the long way (`mod.rs`), and all that comes before either (`mod.rs`, `plain.rs`).

use std::time::Duration;

use crate::api::{Operation, Response};
use crate::model::Answer;
use crate::proxy::Proxy;
use crate::wire::json;

/// The answer to a read that the caches have and that needs no more than them.
pub(super) fn cached(
    proxy: &Proxy,
    operation: Option<Operation>,
    body: &[u8],
    began: Duration,
) -> Option<Answer> {
    let response = match operation? {
        Operation::GetItem => hit(proxy, body, began)?,
        // One that came before in the same bytes.
        Operation::Query => Response::Query(proxy.repeated(body, began)?),
        _ => return None,
    };
    Some(json::encode(&response, json::Context { host: "" }))
}

fn hit(proxy: &Proxy, body: &[u8], began: Duration) -> Option<Response> {
    let get = json::get_item(body)?;
    let first = (get.first.name, get.first.value.as_key_value());
    let hit = match &get.second {
        None => proxy.hit(get.table, &[first], get.consistency, began)?,
        Some(second) => {
            let second = (second.name, second.value.as_key_value());
            proxy.hit(get.table, &[first, second], get.consistency, began)?
        }
    };
    Some(Response::GetItem(hit))
}
