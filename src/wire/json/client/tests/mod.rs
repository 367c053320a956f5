//! Requests and answers, written by one side and read by the other.

mod answers;
mod draws;
mod older;
mod requests;
mod tables;
mod unreadable;

use super::*;
use crate::api::{Operation, Request};
use crate::wire::json::{Wording, decode};

fn decoded(operation: Operation, body: &[u8]) -> Request {
    decode(operation, body, Wording::Classic)
        .unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(body)))
}

/// The request as it is written, and as it is decoded again.
fn again(operation: Operation, request: &Request) -> (String, Request) {
    let body = encode_request(request).unwrap_or_else(|| panic!("{request:?} has a body"));
    let again = decoded(operation, &body);
    (String::from_utf8(body).expect("it is text"), again)
}
