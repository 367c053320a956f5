//! Connections as real clients authorized them, and what happens when something about them differs.

use super::super::Secret;
use super::*;
use crate::auth::Credentials;
use crate::auth::error::{ErrorKind, ScopeFault};

/// A connection that a client authorized, with the signature that it gave.
struct Recorded {
    client: &'static str,
    date: &'static str,
    request_sha256: &'static str,
    signature: &'static str,
}

/// What these clients sent at their start, with the key and the secret below.
const RECORDED: [Recorded; 4] = [
    Recorded {
        client: "amazon-dax-client 2.1.0 (Python)",
        date: "20261123T194811Z",
        request_sha256: "e0047786e585e933d55d2939f2f503a94286c45a6ea3f065a4e0cbde2a695578",
        signature: "a5be63e4f74626c83c52f0278bced9dcb327fd35dbbbb0c36bf4235dcf8c7f97",
    },
    Recorded {
        client: "@amazon-dax-sdk/client-dax 3.1.0 (JavaScript)",
        date: "20261123T194819Z",
        request_sha256: "aa2b6f09c89a2f3d6e02e1d356a13ababdb0d411b1ad26c48e732c039096b3cc",
        signature: "55481822d3de998d951aef5303e0a1a980a45bcf08dafa899abd9f79dd2f9cb9",
    },
    Recorded {
        client: "aws-dax-go 1 (Go, commit cb4d531)",
        date: "20261123T194840Z",
        request_sha256: "1a2db5b7ef36f0d25f6145c4ec4682096f03ea2731b62190790871b62f89b160",
        signature: "a4705e99e3c76649ad85e26f53733735c4e21e02002513cf740b09fab4dbd661",
    },
    Recorded {
        client: "amazon-dax-client 1.2.10 (JavaScript, SDK v2)",
        date: "20261123T195732Z",
        request_sha256: "96be22c713bcd7f8ccb1177fe328bf7a8211e45ebe1badb43f6d682ee0862c2c",
        signature: "88d6b5f58568a672dbd6368510497e2cae0c320663c64a4b49fa0db769fa5aa9",
    },
];

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "secretEXAMPLE";
const SCOPE: &str = "20261123/us-east-1/dax/aws4_request";
const DATE: &str = "20261123T194840Z";
/// The moment that [`DATE`] names.
const DATE_MS: u64 = 1_795_463_320_000;
const MINUTE_MS: u64 = 60_000;

/// A claim that owns its parts, so that tests can change them.
#[derive(Clone)]
struct Claim {
    access_key_id: String,
    signature: String,
    string_to_sign: Vec<u8>,
    session_token: Option<String>,
}

impl Claim {
    /// As a client makes it, signed with that secret whatever it says.
    fn signed(secret: &str, string_to_sign: &str) -> Self {
        let key = Secret::new(secret).signing_key(Service::Dax, "20261123", "us-east-1");
        let signature = Hex::of(&key.sign(&[string_to_sign])).as_str().to_owned();
        let string_to_sign = string_to_sign.into();
        Self { access_key_id: KEY_ID.to_owned(), signature, string_to_sign, session_token: None }
    }

    fn by(self, access_key_id: &str) -> Self {
        Self { access_key_id: access_key_id.to_owned(), ..self }
    }

    fn verify_at(&self, now_unix_ms: u64) -> Result<Principal, Error> {
        self.verify_by(&verifier("us-east-1"), now_unix_ms)
    }

    fn verify(&self) -> Result<Principal, Error> {
        self.verify_at(DATE_MS)
    }

    fn verify_by(&self, verifier: &Verifier, now_unix_ms: u64) -> Result<Principal, Error> {
        let claim = ConnectionClaim {
            access_key_id: &self.access_key_id,
            signature: &self.signature,
            string_to_sign: &self.string_to_sign,
            session_token: self.session_token.as_deref(),
        };
        verifier.verify_connection(&claim, now_unix_ms)
    }
}

fn verifier(region: &str) -> Verifier {
    let text = format!(
        "[[credentials]]\naccess_key_id = \"{KEY_ID}\"\nsecret_access_key = \"{SECRET}\"\n"
    );
    Verifier::new(Credentials::parse(&text).expect("one good credential"), region)
}

fn date(text: &str) -> AmzDate<'_> {
    AmzDate::parse(text.as_bytes()).expect("a date")
}

fn string_to_sign(algorithm: &str, when: &str, scope: &str, request_sha256: &str) -> String {
    [algorithm, when, scope, request_sha256].join("\n")
}

/// The string to sign of a client, at [`DATE`].
fn of_a_client() -> String {
    let hash = canonical_sha256(HOSTS[0], &date(DATE));
    string_to_sign("AWS4-HMAC-SHA256", DATE, SCOPE, hash.as_str())
}

/// The same with another first, second or third line, signed.
fn with_line(number: usize, line: &str) -> Claim {
    let text = of_a_client();
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines[number] = line;
    Claim::signed(SECRET, &lines.join("\n"))
}

#[test]
fn what_the_clients_sent_is_taken_at_its_date() {
    for recorded in RECORDED {
        let Recorded { client, date: when, request_sha256, signature } = recorded;
        let text = string_to_sign("AWS4-HMAC-SHA256", when, SCOPE, request_sha256);
        let now_ms = date(when).unix_s().expect("after 1970") * 1_000;
        let claim = Claim { signature: signature.to_owned(), ..Claim::signed("other", &text) };

        let principal = claim.verify_at(now_ms);

        assert_eq!(principal.expect(client).as_str(), KEY_ID);
    }
}

#[test]
fn the_hash_of_no_bytes_is_that() {
    assert_eq!(Hex::of(&Sha256::digest(b"").into()).as_str(), EMPTY_SHA256);
}

#[test]
fn every_changed_byte_is_refused() {
    let claim = Claim::signed(SECRET, &of_a_client());
    claim.verify().expect("as it was signed");

    for flip in (0..8).map(|bit| 1_u8 << bit).chain([0xff]) {
        for at in 0..claim.string_to_sign.len() {
            let mut mutant = claim.clone();
            mutant.string_to_sign[at] ^= flip;
            mutant.verify().expect_err("a changed byte");
        }
    }
    for at in 0..claim.signature.len() {
        let mut mutant = claim.clone();
        let other = if claim.signature.as_bytes()[at] == b'0' { "1" } else { "0" };
        mutant.signature.replace_range(at..=at, other);
        assert_eq!(mutant.verify(), Err(Error::Mismatch));
    }
    let short = Claim { signature: claim.signature[1..].to_owned(), ..claim.clone() };
    assert_eq!(short.verify(), Err(Error::Mismatch));
    let upper = Claim { signature: claim.signature.to_uppercase(), ..claim };
    assert_eq!(upper.verify(), Err(Error::Mismatch));
}

#[test]
fn another_secret_does_not_match() {
    let error = Claim::signed("other", &of_a_client()).verify().expect_err("another secret");

    assert_eq!((error.kind(), &error), (ErrorKind::Invalid, &Error::Mismatch));
}

#[test]
fn a_stranger_is_told_so_whatever_it_signed_with() {
    for secret in [SECRET, super::super::STRANGERS_SECRET] {
        let error = Claim::signed(secret, &of_a_client()).by("AKIDNOBODY").verify();
        assert_eq!(error, Err(Error::UnknownKey));
    }
}

#[test]
fn a_signature_for_another_place_day_or_service_is_refused() {
    let claim = Claim::signed(SECRET, &of_a_client());
    let elsewhere = claim.verify_by(&verifier("eu-west-1"), DATE_MS);
    let faults = vec![ScopeFault::Region { got: "us-east-1".to_owned() }];
    assert_eq!(elsewhere, Err(Error::Scope { faults }));

    for (scope, fault) in [
        (
            "20261123/us-east-1/dynamodb/aws4_request",
            "Credential should be scoped to correct service: 'dax'.",
        ),
        (
            "20261122/us-east-1/dax/aws4_request",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '20261122' != '20261123', from '20261123T194840Z'.",
        ),
        (
            "20261123/us-east-1/dax/aws5_request",
            "Credential should be scoped with a valid terminator: 'aws4_request', not \
             'aws5_request'.",
        ),
    ] {
        let error = with_line(2, scope).verify().expect_err(scope);
        assert_eq!(error.to_string(), fault);
    }
}

#[test]
fn a_date_that_the_hash_does_not_have_is_refused() {
    assert_eq!(with_line(1, "20261123T194841Z").verify(), Err(Error::Mismatch));
}

#[test]
fn the_window_is_that_of_http_both_ends_included() {
    let claim = Claim::signed(SECRET, &of_a_client());

    claim.verify_at(DATE_MS + 15 * MINUTE_MS).expect("just in time");
    claim.verify_at(DATE_MS - 15 * MINUTE_MS).expect("just in time");

    let late = claim.verify_at(DATE_MS + 15 * MINUTE_MS + 1_000);
    assert!(matches!(late, Err(Error::Expired { .. })), "{late:?}");
    let early = claim.verify_at(DATE_MS - 15 * MINUTE_MS - 1_000);
    assert!(matches!(early, Err(Error::NotYetCurrent { .. })), "{early:?}");
}

#[test]
fn the_hash_of_another_request_is_refused_though_it_was_signed() {
    let other = canonical_sha256("dynamodb.us-east-1.amazonaws.com", &date(DATE));
    let upper = canonical_sha256(HOSTS[0], &date(DATE)).as_str().to_uppercase();

    for hash in [other.as_str(), &upper, "", EMPTY_SHA256] {
        assert_eq!(with_line(3, hash).verify(), Err(Error::Mismatch), "{hash}");
    }
}

#[test]
fn another_algorithm_or_form_is_incomplete() {
    let algorithm = with_line(0, "AWS4-ECDSA-P256-SHA256").verify().expect_err("another one");
    assert!(matches!(algorithm, Error::Algorithm { .. }), "{algorithm}");
    for when in ["", "20261123", "2026-11-23T19:48:40Z", "20261131T194840Z", "20261123T194840Z\r"] {
        assert_eq!(with_line(1, when).verify(), Err(Error::DateForm { got: when.to_owned() }));
    }

    let whole = of_a_client();
    let cut = whole.rfind('\n').expect("four lines");
    let forms = ["", "\n\n\n", &whole[..cut], &format!("{whole}\n"), &format!("\n{whole}")];
    for text in forms {
        let error = Claim::signed(SECRET, text).verify().expect_err(text);
        assert_eq!((error.kind(), &error), (ErrorKind::Incomplete, &Error::StringToSign));
    }
    for scope in ["", "20261123/us-east-1/dax", "20261123/us-east-1/dax/aws4_request/"] {
        assert_eq!(with_line(2, scope).verify(), Err(Error::StringToSign), "{scope}");
    }
    let no_text = Claim { string_to_sign: vec![0xff], ..Claim::signed(SECRET, &whole) };
    assert_eq!(no_text.verify(), Err(Error::StringToSign));
}

#[test]
fn a_session_token_is_refused_once_the_signature_is_good() {
    let with_token =
        |claim: Claim| Claim { session_token: Some("token".to_owned()), ..claim }.verify();

    assert_eq!(with_token(Claim::signed(SECRET, &of_a_client())), Err(Error::SessionToken));
    assert_eq!(with_token(Claim::signed("other", &of_a_client())), Err(Error::Mismatch));
}

#[test]
fn a_connection_and_a_request_do_not_displace_each_others_key() {
    let verifier = verifier("us-east-1");
    let secret = &verifier.credentials.find(KEY_ID).expect("the key is known").secret;
    let of_http = || secret.signing_key(Service::DynamoDb, "20261123", "us-east-1");
    let before = of_http();

    Claim::signed(SECRET, &of_a_client()).verify_by(&verifier, DATE_MS).expect("as it was signed");

    assert!(std::sync::Arc::ptr_eq(&of_http(), &before));
}
