//! Requests with the headers an SDK sends, signed.
//!
//! Must hold: every try is signed anew, at its own time.
//! Not here: whose signature (`credentials/`), what the time is (`skew.rs`).

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request};

use super::Ask;
use super::credentials::Credentials;
use super::failure::{Fault, What, chain};
use super::place::Place;

/// Who signs, and for where.
pub(super) struct Signer<'a> {
    pub(super) credentials: &'a Credentials,
    pub(super) region: &'a str,
    pub(super) unix_ms: u64,
}

/// The request that goes out now.
pub(super) fn signed(
    ask: &Ask,
    place: &Place,
    signer: &Signer<'_>,
) -> Result<Request<Full<Bytes>>, Fault> {
    let unaskable = |why: String| Fault::new(What::Unaskable, why);
    let Ask { target, body, .. } = ask;
    let mut request = Request::new(Full::new(body.clone()));
    *request.method_mut() = Method::POST;
    let headers = request.headers_mut();
    headers.reserve(9);
    headers.insert(HOST, place.authority.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(AMZ_JSON));
    let value = HeaderValue::from_str(target).map_err(|error| unaskable(error.to_string()))?;
    headers.insert(TARGET, value);

    let identity = signer.credentials.signing().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(signer.region)
        .name("dynamodb")
        .time(UNIX_EPOCH + Duration::from_millis(signer.unix_ms))
        .settings(SigningSettings::default())
        .build()
        .expect("all parameters are given")
        .into();
    let known = [
        ("host", place.endpoint.authority.as_str()),
        ("content-type", AMZ_JSON),
        ("x-amz-target", target),
    ];
    let body = SignableBody::Bytes(body);
    let signable = SignableRequest::new("POST", &*place.url, known.into_iter(), body)
        .map_err(|error| unaskable(chain(&error)))?;
    let signature = sign(signable, &params).map_err(|error| unaskable(chain(&error)))?;
    let (instructions, _) = signature.into_parts();
    let (made, _) = instructions.into_parts();
    for header in made {
        let value = HeaderValue::from_str(header.value());
        // Its text would be that of a session token.
        let value = value.map_err(|_| unaskable("the credentials fit no header".to_owned()))?;
        headers.insert(HeaderName::from_static(header.name()), value);
    }
    headers.insert(USER_AGENT, AGENT);
    Ok(request)
}

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("hearth/", env!("CARGO_PKG_VERSION")));
const AMZ_JSON: &str = "application/x-amz-json-1.0";
