//! What each operation refuses, in which words, and what comes of it otherwise.

mod batch;
mod batch_write;
mod expected;
mod expressions;
mod item;
mod large;
mod later;
mod legacy;
mod page;
mod round_trip;
mod table;
mod transact;
mod update;
mod wording;

use super::*;
use crate::api::PutItem;
use crate::model::{AttributeValue, Number};

/// Reads a body for tests that are not about the wording.
fn decode(operation: Operation, body: &[u8]) -> Result<Request, ApiError> {
    super::decode(operation, body, Wording::Classic)
}

fn refusal(operation: Operation, body: &str) -> (ErrorCode, String) {
    match decode(operation, body.as_bytes()) {
        Ok(request) => panic!("{body} was read as {request:?}"),
        Err(error) => (error.code, error.message),
    }
}

fn refuses(operation: Operation, code: ErrorCode, cases: &[(&str, &str)]) {
    for (body, message) in cases {
        assert_eq!(refusal(operation, body), (code, (*message).to_owned()), "{body}");
    }
}

/// Each constraint, told alone, as an operation's body breaks it.
fn breaks(operation: Operation, cases: &[(&str, &str)]) {
    for (body, fault) in cases {
        let message = format!("1 validation error detected: {fault}");
        assert_eq!(refusal(operation, body), (ErrorCode::MemberConstraint, message), "{body}");
    }
}

/// What is done to an item, as its operations read it.
fn put(body: &str) -> PutItem {
    match decode(Operation::PutItem, body.as_bytes()) {
        Ok(Request::PutItem(put)) => put,
        other => panic!("{body}: {other:?}"),
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn integer(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

const P: &str = "One or more parameter values were invalid: ";
const NULL: &str = "failed to satisfy constraint: Member must not be null";
