//! What a signature costs: `auth/verify/GetItem` beside the bare hash of the same bytes.
//!
//! `cargo bench --bench auth`; the ratio of the two is what a change here is judged by.

use std::fs;
use std::hint::black_box;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as SignerCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use criterion::Criterion;
use hearth::auth::{Credentials, Request, Service, Verifier};
use sha2::{Digest as _, Sha256};

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW_MS: u64 = 1_370_772_479_500;
const BODY: &[u8] = br#"{"TableName":"bench","Key":{"id":{"S":"item-0000000042"}}}"#;
const HEADERS: [(&str, &str); 6] = [
    ("host", "127.0.0.1:8000"),
    ("content-type", "application/x-amz-json-1.0"),
    ("x-amz-target", "DynamoDB_20120810.GetItem"),
    ("content-length", "58"),
    ("accept-encoding", "identity"),
    ("user-agent", "aws-sdk-rust/1.3.10 os/linux lang/rust/1.95.0"),
];

/// About as long as the canonical request and the string to sign are together.
const CANONICAL_BYTES: usize = 400;

fn verifier() -> Verifier {
    let dir = tempfile::tempdir().expect("a directory for the credentials");
    let path = dir.path().join("credentials.toml");
    let text = format!(
        "[[credentials]]\naccess_key_id = \"{KEY_ID}\"\nsecret_access_key = \"{SECRET}\"\n"
    );
    fs::write(&path, text).expect("the directory is writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    Verifier::new(Credentials::load(&path).expect("one good credential"), "us-east-1")
}

fn signed_headers() -> Vec<(String, String)> {
    let identity = SignerCredentials::new(KEY_ID, SECRET, None, None, "bench").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("dynamodb")
        .time(UNIX_EPOCH + Duration::from_millis(NOW_MS))
        .settings(SigningSettings::default())
        .build()
        .expect("all parameters are given")
        .into();
    let signed = HEADERS.into_iter().take(3);
    let body = SignableBody::Bytes(BODY);
    let request = SignableRequest::new("POST", "http://127.0.0.1:8000/", signed, body)
        .expect("a request that can be signed");
    let (instructions, _) =
        sign(request, &params).expect("signing needs nothing else").into_parts();
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    HEADERS.into_iter().chain(instructions.headers()).map(owned).collect()
}

fn verify(criterion: &mut Criterion) {
    let verifier = verifier();
    let owned = signed_headers();
    let headers: Vec<(&str, &[u8])> =
        owned.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request = Request {
        service: Service::DynamoDb,
        method: "POST",
        path: "/",
        query: "",
        headers: &headers,
        body: BODY,
    };
    verifier.verify(&request, NOW_MS).expect("as it was signed");

    criterion.bench_function("auth/verify/GetItem", |bencher| {
        bencher.iter(|| verifier.verify(black_box(&request), black_box(NOW_MS)));
    });
    let canonical = [b'x'; CANONICAL_BYTES];
    criterion.bench_function("auth/hash/GetItem", |bencher| {
        bencher.iter(|| (Sha256::digest(black_box(BODY)), Sha256::digest(black_box(canonical))));
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    verify(&mut criterion);
    criterion.final_summary();
}
