//! Requests signed as an SDK signs them, at any time.
//!
//! Not here: whether a signature is taken (`src/auth/`).

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;

/// The headers that sign a request of [`super::Connection::send_operation_with`], each ending its
/// line, by an access key id and its secret.
pub(crate) fn signature(
    (id, secret): (&str, &str),
    unix_ms: u64,
    operation: &str,
    body: &[u8],
) -> String {
    let target = format!("DynamoDB_20120810.{operation}");
    signature_for("dynamodb", (id, secret), unix_ms, &target, body)
}

/// The same for a request with this target, by a signature that is for that service.
pub(crate) fn signature_for(
    service: &str,
    (id, secret): (&str, &str),
    unix_ms: u64,
    target: &str,
    body: &[u8],
) -> String {
    let identity = Credentials::new(id, secret, None, None, "test").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(UNIX_EPOCH + Duration::from_millis(unix_ms))
        .settings(SigningSettings::default())
        .build()
        .expect("all parameters are given")
        .into();
    let headers = [("host", "localhost"), ("x-amz-target", target)];
    let body = SignableBody::Bytes(body);
    let request = SignableRequest::new("POST", "http://localhost/", headers.into_iter(), body)
        .expect("a request that can be signed");
    let (instructions, _) =
        sign(request, &params).expect("signing needs nothing else").into_parts();
    let lines = instructions.headers().flat_map(|(name, value)| [name, ": ", value, "\r\n"]);
    lines.collect()
}
