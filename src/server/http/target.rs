//! Which operation of which service a request asks for, by its headers.
//!
//! Must hold: the service that a signature must be for follows from the target, which it covers.
//! Not here: requests that come as SDKs send them (`plain.rs`), which are all DynamoDB's.

use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use super::super::answer;
use crate::api::Operation;
use crate::auth::Service;
use crate::wire::json::{self, cluster};

/// What a target names; an operation that is not known is none.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// An operation on tables or items, or nothing that means anything here.
    DynamoDb(Option<Operation>),
    /// An operation on clusters.
    Dax(Option<cluster::Operation>),
}

impl Target {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let target =
            headers.get(TARGET).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        let target = target.unwrap_or_default();
        match target.strip_prefix(cluster::TARGET_PREFIX) {
            Some(name) => Self::Dax(cluster::Operation::of_name(name)),
            None => Self::DynamoDb(json::operation(target)),
        }
    }

    /// Whether hearth has the operation.
    pub(super) fn is_known(self) -> bool {
        match self {
            Self::DynamoDb(operation) => operation.is_some(),
            Self::Dax(operation) => operation.is_some(),
        }
    }

    /// The service that a signature must be for.
    pub(super) fn service(self) -> Service {
        match self {
            Self::DynamoDb(_) => Service::DynamoDb,
            Self::Dax(_) => Service::Dax,
        }
    }

    /// The type that the answer mirrors, if the request's is one of the service's.
    pub(super) fn content_type(self, headers: &HeaderMap) -> Option<HeaderValue> {
        let own = match self {
            Self::DynamoDb(_) => answer::AMZ_JSON_1_0,
            Self::Dax(_) => answer::AMZ_JSON_1_1,
        };
        let given = headers.get(CONTENT_TYPE)?.as_bytes();
        // As all SDKs write it.
        if given == own.as_bytes() {
            return Some(own);
        }
        let essence = given.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if essence.eq_ignore_ascii_case(own.as_bytes()) {
            Some(own)
        } else if essence.eq_ignore_ascii_case(answer::JSON.as_bytes()) {
            Some(answer::JSON)
        } else {
            None
        }
    }
}

/// The header that names an operation.
pub(super) const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
