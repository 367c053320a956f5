//! Requests signed by an independent signer, and what happens when something about them differs.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as SignerCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use proptest::prelude::*;

use super::*;
use crate::auth::error::{ErrorKind, Part, ScopeFault};

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2013-06-09T10:07:59Z, and half a second.
const NOW_MS: u64 = 1_370_772_479_500;
const MINUTE_MS: u64 = 60_000;

/// A request that owns its bytes, so that tests can change them.
#[derive(Clone, Debug)]
struct Signed {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Signed {
    fn verify_at(&self, now_unix_ms: u64) -> Result<Principal, Error> {
        self.verify_by(&verifier("us-east-1"), now_unix_ms)
    }

    fn verify(&self) -> Result<Principal, Error> {
        self.verify_at(NOW_MS)
    }

    fn verify_by(&self, verifier: &Verifier, now_unix_ms: u64) -> Result<Principal, Error> {
        self.as_request(|request| verifier.verify(request, now_unix_ms))
    }

    fn is_signed(&self) -> bool {
        self.as_request(|request| verifier("us-east-1").is_signed(request))
    }

    fn as_request<T>(&self, look: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let request = Request {
            service: Service::DynamoDb,
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: &self.body,
        };
        look(&request)
    }

    fn header(&mut self, name: &str) -> &mut Vec<u8> {
        let found = self.headers.iter_mut().find(|(other, _)| other == name);
        &mut found.expect("the test names a header that is there").1
    }

    fn rewrite(mut self, name: &str, from: &str, to: &str) -> Self {
        let value = String::from_utf8(self.header(name).clone()).expect("headers here are text");
        assert!(value.contains(from), "{value} has no {from}");
        *self.header(name) = value.replacen(from, to, 1).into_bytes();
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }
}

fn verifier(region: &str) -> Verifier {
    let text = format!(
        "[[credentials]]\naccess_key_id = \"{KEY_ID}\"\nsecret_access_key = \"{SECRET}\"\n"
    );
    Verifier::new(Credentials::parse(&text).expect("one good credential"), region)
}

fn get_item() -> Signed {
    sign_request(SECRET, None, &[], br#"{"TableName":"users","Key":{"id":{"S":"7"}}}"#)
}

fn sign_request(secret: &str, token: Option<&str>, more: &[(&str, &str)], body: &[u8]) -> Signed {
    let mut headers = vec![
        ("host", "127.0.0.1:8000"),
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "DynamoDB_20120810.GetItem"),
    ];
    headers.extend_from_slice(more);
    let token = token.map(str::to_owned);
    let identity = SignerCredentials::new(KEY_ID, secret, token, None, "test").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("dynamodb")
        .time(UNIX_EPOCH + Duration::from_millis(NOW_MS))
        .settings(SigningSettings::default())
        .build()
        .expect("all parameters are given")
        .into();
    let url = "http://127.0.0.1:8000/";
    let request =
        SignableRequest::new("POST", url, headers.iter().copied(), SignableBody::Bytes(body));
    let instructions = sign(request.expect("a request that can be signed"), &params)
        .expect("signing needs nothing else")
        .into_parts()
        .0;
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
    Signed {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: String::new(),
        headers: headers.iter().copied().chain(instructions.headers()).map(owned).collect(),
        body: body.to_vec(),
    }
}

#[test]
fn a_signed_request_is_its_credentials_principal() {
    assert_eq!(get_item().verify().expect("as it was signed").as_str(), KEY_ID);
}

#[test]
fn the_key_of_another_day_or_service_does_not_displace_what_a_signature_means() {
    let verifier = verifier("us-east-1");
    let secret = &verifier.credentials.find(KEY_ID).expect("the key is known").secret;

    for _ in 0..2 {
        get_item().verify_by(&verifier, NOW_MS).expect("as it was signed");
        let sign = |service, day, region| secret.signing_key(service, day, region).sign(&["x"]);
        let today = sign(Service::DynamoDb, "20130609", "us-east-1");
        assert_ne!(sign(Service::DynamoDb, "20130610", "us-east-1"), today);
        assert_ne!(sign(Service::DynamoDb, "20130609", "eu-west-1"), today);
        assert_ne!(sign(Service::Dax, "20130609", "us-east-1"), today);
    }
}

#[test]
fn spaces_in_values_and_headers_that_came_twice_are_canonical() {
    let more = [("x-amz-meta", "a   b  c"), ("my-header", "one"), ("my-header", "two")];

    sign_request(SECRET, None, &more, b"{}").verify().expect("as it was signed");
}

#[test]
fn every_changed_byte_of_what_is_signed_is_refused() {
    let signed = get_item();
    let mut changed = 0_u32;

    let mut refuse = |what: &str, mutant: &Signed| {
        changed += 1;
        mutant.verify().expect_err(what);
    };
    for flip in (0..8).map(|bit| 1_u8 << bit).chain([0xff]) {
        for at in 0..signed.body.len() {
            let mut mutant = signed.clone();
            mutant.body[at] ^= flip;
            refuse("body", &mutant);
        }
        for header in 0..signed.headers.len() {
            for at in 0..signed.headers[header].1.len() {
                let mut mutant = signed.clone();
                mutant.headers[header].1[at] ^= flip;
                refuse(&mutant.headers[header].0, &mutant);
            }
        }
    }

    assert!(changed > 3_000, "{changed} mutants");
}

#[test]
fn dropped_doubled_and_renamed_headers_are_refused() {
    let signed = get_item();

    for (name, value) in &signed.headers {
        let value = std::str::from_utf8(value).expect("headers here are text");
        signed.clone().without(name).verify().expect_err(name);
        signed.clone().with(name, value).verify().expect_err(name);
        signed.clone().without(name).with(&format!("{name}x"), value).verify().expect_err(name);
    }
}

#[test]
fn another_method_path_or_query_is_refused() {
    let signed = get_item();
    let mutants = [
        Signed { method: "GET".to_owned(), ..signed.clone() },
        Signed { path: "//".to_owned(), ..signed.clone() },
        Signed { path: "/x".to_owned(), ..signed.clone() },
        Signed { query: "x".to_owned(), ..signed.clone() },
    ];

    for mutant in mutants {
        assert_eq!(mutant.verify(), Err(Error::Mismatch));
    }
}

#[test]
fn the_window_is_fifteen_minutes_either_way_both_ends_included() {
    let signed = get_item();
    let text = str::to_owned;

    signed.verify_at(NOW_MS + 15 * MINUTE_MS).expect("just in time");
    signed.verify_at(NOW_MS - 15 * MINUTE_MS).expect("just in time");

    let late = signed.verify_at(NOW_MS + 15 * MINUTE_MS + 1_000).expect_err("too late");
    assert_eq!(
        late.to_string(),
        "Signature expired: 20130609T100759Z is now earlier than 20130609T100800Z \
         (20130609T102300Z - 15 min.)"
    );
    assert_eq!(
        signed.verify_at(NOW_MS - 15 * MINUTE_MS - 1_000),
        Err(Error::NotYetCurrent {
            signed: text("20130609T100759Z"),
            latest: text("20130609T100758Z"),
            now: text("20130609T095258Z"),
        })
    );
}

#[test]
fn a_request_of_any_time_is_signed_only_if_its_signature_matches() {
    let signed = get_item();
    let stranger = sign_request("another secret", None, &[], b"{}");
    let unknown = signed.clone().rewrite("authorization", KEY_ID, "AKIDANOTHER");
    let other_time = signed.clone().rewrite("x-amz-date", "T1007", "T1008");

    assert!(signed.is_signed());
    for (what, refused) in [
        ("secret", stranger),
        ("key", unknown),
        ("time", other_time),
        ("date", signed.clone().without("x-amz-date")),
        ("signature", signed.without("authorization")),
    ] {
        assert!(!refused.is_signed(), "{what}");
    }
}

#[test]
fn a_request_that_is_not_taken_does_not_displace_the_key_of_today() {
    let verifier = verifier("us-east-1");
    let secret = &verifier.credentials.find(KEY_ID).expect("the key is known").secret;
    let today = || secret.signing_key(Service::DynamoDb, "20130610", "us-east-1");
    let before = today();

    assert!(get_item().as_request(|request| verifier.is_signed(request)));

    assert!(Arc::ptr_eq(&today(), &before));
}

#[test]
fn a_request_that_is_not_signed_has_no_token() {
    let plain = get_item().without("authorization");

    assert_eq!(plain.verify(), Err(Error::MissingToken));
    assert_eq!(
        plain.clone().with("authorization", "Basic Zm9v").verify(),
        Err(Error::MissingToken)
    );
    assert_eq!(plain.with("authorization", "Bearer x").verify(), Err(Error::MissingToken));
}

#[test]
fn all_missing_parts_are_told_at_once() {
    let bare = get_item().without("authorization").without("x-amz-date");

    let error = bare.with("authorization", "AWS4-").verify().expect_err("nothing is there");

    let missing = vec![Part::Credential, Part::Signature, Part::SignedHeaders, Part::Date];
    let authorization_sha256 = "JYgSZISbb+IceCTPYFPItoz618G3XCO+tvXHRyzn7Bo=".to_owned();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(
        error.to_string().starts_with(
            "Authorization header requires 'Credential' parameter. \
             Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter. \
             Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
             (Hashed with SHA-256 and encoded with Base64) Authorization="
        ),
        "{error}"
    );
    assert_eq!(error, Error::MissingParts { missing, authorization_sha256 });
}

#[test]
fn parts_that_are_no_pairs_or_stand_twice_are_incomplete() {
    for (from, to) in [(", Signature", ",, Signature"), ("Signature=", "Signature")] {
        let error = get_item().rewrite("authorization", from, to).verify().expect_err(to);
        assert!(matches!(error, Error::NotPairs { .. }), "{error}");
    }
    let twice = get_item().rewrite("authorization", ", Signature=", ", Signature=0, Signature=");
    assert!(matches!(twice.verify(), Err(Error::NotPairs { .. })));
}

#[test]
fn a_date_of_another_form_is_incomplete() {
    for date in ["20130609", "2013-06-09T10:07:59Z", "20130631T100759Z", "20130609t100759z", ""] {
        let dated = get_item().without("x-amz-date").with("x-amz-date", date);
        assert_eq!(dated.verify(), Err(Error::DateForm { got: date.to_owned() }));
    }
}

#[test]
fn headers_that_matter_must_be_signed() {
    let unsigned = |name: &str| {
        let signed = get_item().rewrite("authorization", name, "");
        signed.verify().expect_err("one header is not signed")
    };
    let named = |name: &str| Error::HeaderNotSigned { name: name.to_owned() };

    assert_eq!(unsigned("host;"), Error::HostNotSigned);
    assert_eq!(unsigned("x-amz-date;"), named("x-amz-date"));
    assert_eq!(unsigned(";x-amz-target"), named("x-amz-target"));
    let injected = get_item().with("x-amz-security-token", "token");
    assert_eq!(injected.verify(), Err(named("x-amz-security-token")));
    let unordered = get_item().rewrite("authorization", "content-type;host", "host;content-type");
    assert_eq!(unordered.verify(), Err(Error::Mismatch));
}

#[test]
fn another_algorithm_or_credential_form_is_incomplete() {
    let sigv4a = get_item().rewrite("authorization", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
    let short = get_item().rewrite("authorization", "/aws4_request", "");
    let long = get_item().rewrite("authorization", "/aws4_request", "/aws4_request/");

    assert_eq!(sigv4a.verify().map_err(|error| error.to_string()), Err(
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "
            .to_owned()
    ));
    for malformed in [short, long] {
        assert!(matches!(malformed.verify(), Err(Error::CredentialForm { .. })));
    }
}

#[test]
fn everything_wrong_with_the_scope_is_told_at_once() {
    let scope = "20130609/us-east-1/dynamodb/aws4_request";
    let signed = get_item().rewrite("authorization", scope, "b/c/d/e");

    let error = signed.verify().expect_err("nothing fits");

    assert_eq!(
        error.to_string(),
        "Credential should be scoped to a valid region, not 'c'. \
         Credential should be scoped to correct service: 'dynamodb'. \
         Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. \
         Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         'b' != '20130609', from '20130609T100759Z'."
    );
    let elsewhere = get_item().verify_by(&verifier("eu-west-1"), NOW_MS);
    let faults = vec![ScopeFault::Region { got: "us-east-1".to_owned() }];
    assert_eq!(elsewhere, Err(Error::Scope { faults }));
}

#[test]
fn a_stranger_is_told_so_whatever_it_signed_with() {
    let stranger = get_item().rewrite("authorization", KEY_ID, "AKIDNOBODY");
    let by_dummy = sign_request(STRANGERS_SECRET, None, &[], b"{}");
    let by_dummy = by_dummy.rewrite("authorization", KEY_ID, "AKIDNOBODY");

    for request in [stranger, by_dummy] {
        let error = request.verify().expect_err("nobody knows this key");
        assert_eq!(error, Error::UnknownKey);
        assert_eq!(error.kind(), ErrorKind::UnknownClient);
    }
}

#[test]
fn another_secret_does_not_match() {
    let error = sign_request("other", None, &[], b"{}").verify().expect_err("another secret");

    assert_eq!((error.kind(), &error), (ErrorKind::Invalid, &Error::Mismatch));
}

#[test]
fn the_body_hash_header_must_be_that_of_the_body() {
    let hash = |body: &[u8]| Hex::of(&Sha256::digest(body).into()).as_str().to_owned();
    let signed = |value: &str| {
        sign_request(SECRET, None, &[("x-amz-content-sha256", value)], b"{}").verify()
    };

    signed(&hash(b"{}")).expect("the hash of the body");
    for other in [&hash(b"{ }"), "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"] {
        assert_eq!(signed(other), Err(Error::BodyHash));
    }
}

#[test]
fn a_session_token_is_refused_once_the_signature_is_good() {
    let with_token = sign_request(SECRET, Some("token"), &[], b"{}");

    assert_eq!(with_token.verify(), Err(Error::SessionToken));
    assert_eq!(sign_request("other", Some("token"), &[], b"{}").verify(), Err(Error::Mismatch));
}

proptest! {
    #[test]
    fn no_authorization_header_breaks_the_check(value in "(AWS4-HMAC-SHA256 )?[ -~]{0,200}") {
        let signed = get_item().without("authorization").with("authorization", &value);

        prop_assert!(signed.verify().is_err());
    }

    #[test]
    fn every_body_that_was_signed_verifies(body in proptest::collection::vec(any::<u8>(), 0..500)) {
        let signed = sign_request(SECRET, None, &[], &body);

        prop_assert!(signed.verify().is_ok());
    }
}
