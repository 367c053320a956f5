//! Requests with the headers an SDK sends, signed.
//!
//! Must hold: every try is signed anew, at its own time.
//! Not here: sending (`mod.rs`).

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method};

use crate::load::target::Target;
use crate::load::{Operation, Planned};

/// An operation and its body, to be signed whenever it is tried.
#[derive(Clone, Debug)]
pub(in crate::load) struct Request {
    target: &'static str,
    /// What it is to a wire without requests for tables.
    pub(super) operation: Option<Operation>,
    pub(super) kind: Kind,
    pub(super) wants: Wants,
    pub(super) body: Bytes,
}

/// What is wanted of an answer whose JSON has to be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wants {
    /// All of it.
    Answer,
    /// What a batch left undone, and of others how they ended.
    Ending,
}

/// What an answer without a word of its source may have come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Read,
    Write,
}

/// Whether the server is asked to say where its answers come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Explain {
    /// Asked with each request, so that hits can be told apart.
    Ask,
    /// Not asked: all answers to reads count as of unknown source.
    Leave,
}

impl Request {
    /// A CreateTable.
    pub(in crate::load) fn create_table(body: Bytes) -> Self {
        Self::of_tables("DynamoDB_20120810.CreateTable", Kind::Write, body)
    }

    /// A DescribeTable.
    pub(in crate::load) fn describe_table(body: Bytes) -> Self {
        Self::of_tables("DynamoDB_20120810.DescribeTable", Kind::Read, body)
    }

    /// A DeleteTable.
    pub(in crate::load) fn delete_table(body: Bytes) -> Self {
        Self::of_tables("DynamoDB_20120810.DeleteTable", Kind::Write, body)
    }

    /// A ListTables.
    pub(in crate::load) fn list_tables(body: Bytes) -> Self {
        Self::of_tables("DynamoDB_20120810.ListTables", Kind::Read, body)
    }

    /// A request whose answer is read as JSON, whatever it came as.
    pub(in crate::load) fn with_answer(operation: Operation, body: Bytes) -> Self {
        Self { wants: Wants::Answer, ..Self::from(Planned { operation, body }) }
    }

    fn of_tables(target: &'static str, kind: Kind, body: Bytes) -> Self {
        Self { target, operation: None, kind, wants: Wants::Answer, body }
    }

    /// The request that goes out now.
    pub(in crate::load) fn signed(
        &self,
        to: &Target,
        explain: Explain,
        unix_ms: u64,
    ) -> hyper::Request<Full<Bytes>> {
        let mut request = hyper::Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        let headers = request.headers_mut();
        headers.reserve(10);
        headers.insert(HOST, to.place().authority.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(AMZ_JSON));
        headers.insert(TARGET, HeaderValue::from_static(self.target));
        sign_headers(headers, to, self, unix_ms);
        // What follows is not signed, as SDKs do not sign all of theirs.
        headers.insert(USER_AGENT, AGENT);
        match explain {
            Explain::Ask => drop(headers.insert(EXPLAIN, EXPLAIN_VALUE)),
            Explain::Leave => {}
        }
        request
    }
}

impl From<Planned> for Request {
    fn from(planned: Planned) -> Self {
        let target = match planned.operation {
            Operation::GetItem => "DynamoDB_20120810.GetItem",
            Operation::PutItem => "DynamoDB_20120810.PutItem",
            Operation::UpdateItem => "DynamoDB_20120810.UpdateItem",
            Operation::DeleteItem => "DynamoDB_20120810.DeleteItem",
            Operation::Query => "DynamoDB_20120810.Query",
            Operation::Scan => "DynamoDB_20120810.Scan",
            Operation::BatchGetItem => "DynamoDB_20120810.BatchGetItem",
            Operation::BatchWriteItem => "DynamoDB_20120810.BatchWriteItem",
        };
        let kind = if planned.operation.is_read() { Kind::Read } else { Kind::Write };
        let operation = Some(planned.operation);
        Self { target, operation, kind, wants: Wants::Ending, body: planned.body }
    }
}

fn sign_headers(headers: &mut HeaderMap, to: &Target, request: &Request, unix_ms: u64) {
    let Request { target, body, .. } = request;
    let identity = to.signer.credentials.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&to.signer.region)
        .name("dynamodb")
        .time(UNIX_EPOCH + Duration::from_millis(unix_ms))
        .settings(SigningSettings::default())
        .build()
        .expect("all parameters are given")
        .into();
    let authority = to.place().authority.to_str().expect("it was parsed from text");
    let known = [("host", authority), ("content-type", AMZ_JSON), ("x-amz-target", target)];
    let signable =
        SignableRequest::new("POST", &*to.signer.url, known.into_iter(), SignableBody::Bytes(body))
            .expect("the URL was parsed before");
    let (instructions, _) = sign(signable, &params).expect("the headers are text").into_parts();
    let (signed, _) = instructions.into_parts();
    for header in signed {
        let value = HeaderValue::from_str(header.value());
        let value = value.expect("tokens were checked, the rest is letters and digits");
        headers.insert(HeaderName::from_static(header.name()), value);
    }
}

/// The header by which hearth is asked, and says, where an answer comes from.
pub(super) const EXPLAIN: HeaderName = HeaderName::from_static("x-hearth-cache");

const EXPLAIN_VALUE: HeaderValue = HeaderValue::from_static("explain");
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const USER_AGENT: HeaderName = hyper::header::USER_AGENT;
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("hearth-load/", env!("CARGO_PKG_VERSION")));
const AMZ_JSON: &str = "application/x-amz-json-1.0";
