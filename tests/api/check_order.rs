//! The order in which a request is checked: of two faults the earlier is told.
//!
//! Every fault here is put into a request alone, and together with each of those that come later.
//! Not here: which faults there are of each kind (`signatures.rs`, `member_types.rs`, the tests of
//! each operation); the order of several members (the tests of each operation).

use hearth::clock::Clock;

use super::support::{Answer, Connection, Response, signature_for};
use super::{Server, signatures};

#[test]
fn of_two_faults_the_earlier_is_told() {
    let (_data, server) = signatures::guarded();

    for (at, fault) in FAULTS.iter().enumerate() {
        for later in FAULTS.iter().skip(at + 1) {
            let response = send(&server, &[fault, later]);
            assert_told(&response, fault, later);
        }
        assert_told(&send(&server, &[fault]), fault, fault);
    }
}

/// Something that can be wrong with a request.
#[derive(Debug)]
struct Fault {
    part: Part,
    /// The exception, if the answer has any; without one it is a 404.
    code: Option<&'static str>,
    /// What the message has in it.
    told: &'static str,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Method,
    ContentType,
    Json,
    Target,
    Authorization,
    Parts,
    DateForm,
    Date,
    SignedHost,
    Algorithm,
    CredentialForm,
    Scope,
    KeyId,
    Signature,
    MemberType,
    Constraint,
    Meaning,
    Table,
}

const FAULTS: &[Fault] = &[
    Fault { part: Part::Method, code: None, told: "" },
    Fault { part: Part::ContentType, code: None, told: "" },
    Fault { part: Part::Json, code: Some("SerializationException"), told: "" },
    Fault { part: Part::Target, code: Some("UnknownOperationException"), told: "" },
    Fault {
        part: Part::Authorization,
        code: Some("MissingAuthenticationTokenException"),
        told: "Request is missing Authentication Token",
    },
    Fault {
        part: Part::Parts,
        code: Some("IncompleteSignatureException"),
        told: "Authorization header requires 'Signature' parameter.",
    },
    Fault {
        part: Part::DateForm,
        code: Some("IncompleteSignatureException"),
        told: "Date must be in ISO-8601 'basic format'.",
    },
    Fault {
        part: Part::Date,
        code: Some("InvalidSignatureException"),
        told: "Signature expired: ",
    },
    Fault {
        part: Part::SignedHost,
        code: Some("InvalidSignatureException"),
        told: "'Host' or ':authority' must be a 'SignedHeader'",
    },
    Fault {
        part: Part::Algorithm,
        code: Some("IncompleteSignatureException"),
        told: "Unsupported AWS 'algorithm'",
    },
    Fault {
        part: Part::CredentialForm,
        code: Some("IncompleteSignatureException"),
        told: "Credential must have exactly 5 slash-delimited elements",
    },
    Fault {
        part: Part::Scope,
        code: Some("InvalidSignatureException"),
        told: "Credential should be scoped to",
    },
    Fault {
        part: Part::KeyId,
        code: Some("UnrecognizedClientException"),
        told: "The security token included in the request is invalid.",
    },
    Fault {
        part: Part::Signature,
        code: Some("InvalidSignatureException"),
        told: "The request signature we calculated does not match",
    },
    Fault {
        part: Part::MemberType,
        code: Some("SerializationException"),
        told: "NUMBER_VALUE cannot be converted to String",
    },
    Fault {
        part: Part::Constraint,
        code: Some("ValidationException"),
        told: "1 validation error detected: Value 'x' at 'returnConsumedCapacity'",
    },
    Fault {
        part: Part::Meaning,
        code: Some("ValidationException"),
        told: "Can not use both expression and non-expression parameters",
    },
    Fault {
        part: Part::Table,
        code: Some("ResourceNotFoundException"),
        told: "Requested resource not found",
    },
];

/// Sends a GetItem of a table that is not there, with these faults besides.
fn send(server: &Server, faults: &[&Fault]) -> Response {
    let has = |part: Part| faults.iter().any(|fault| fault.part == part);
    let or = |part: Part, bad: &'static str, good: &'static str| if has(part) { bad } else { good };

    let table = or(Part::MemberType, "1", "\"nowhere\"");
    let capacity = or(Part::Constraint, "\"x\"", "\"NONE\"");
    let older = or(Part::Meaning, ",\"AttributesToGet\":[\"a\"]", "");
    let end = or(Part::Json, "", "}");
    let body = format!(
        "{{\"TableName\":{table},\"Key\":{{\"id\":{{\"S\":\"a\"}}}},\"ProjectionExpression\":\"a\",\
         \"ReturnConsumedCapacity\":{capacity}{older}{end}"
    );
    let target = or(Part::Target, "DynamoDB_20120810.GetItems", "DynamoDB_20120810.GetItem");
    let method = or(Part::Method, "PUT", "POST");
    let kind = or(Part::ContentType, "text/plain", "application/x-amz-json-1.0");
    let id = or(Part::KeyId, "AKIDOFNOBODY", "AKIDEXAMPLE");
    let signed_ms = Clock::system().unix_ms() - if has(Part::Date) { 3_600_000 } else { 0 };
    let headers = signature_for("dynamodb", (id, SECRET), signed_ms, target, body.as_bytes());
    let is_sent = |line: &&str| !(has(Part::Authorization) && line.starts_with("authorization: "));
    let headers = headers.lines().filter(is_sent).map(|line| changed(line, &has));
    let headers = headers.collect::<Vec<_>>().join("\r\n");
    let request = format!(
        "{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nX-Amz-Target: {target}\r\n\
         {headers}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = Connection::open(server.http()).expect("it is up");
    connection.send(request.as_bytes()).expect("it is up");
    connection.receive().expect("an answer")
}

/// A header of the signature with what is to be wrong with it.
fn changed(line: &str, has: &impl Fn(Part) -> bool) -> String {
    let mut line = line.to_owned();
    for (part, good, bad) in [
        (Part::SignedHost, "SignedHeaders=host;", "SignedHeaders="),
        (Part::Algorithm, "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA512 "),
        (Part::CredentialForm, "/aws4_request", "/aws4_request/more"),
        (Part::Scope, "/us-east-1/", "/eu-west-1/"),
        (Part::Signature, "Signature=", "Signature=0"),
        (Part::Parts, "Signature=", "Signed="),
    ] {
        if has(part) {
            line = line.replace(good, bad);
        }
    }
    if has(Part::DateForm) && line.starts_with("x-amz-date: ") {
        return "x-amz-date: yesterday".to_owned();
    }
    line
}

#[track_caller]
fn assert_told(response: &Response, fault: &Fault, later: &Fault) {
    let both = format!("{:?} before {:?}", fault.part, later.part);
    let Some(code) = fault.code else {
        assert_eq!((response.status, response.body.len()), (404, 29), "{both}");
        return;
    };
    let refusal = Answer::of(response).expect("errors are JSON").refusal();
    assert_eq!((refusal.status, refusal.code.as_str()), (400, code), "{both}: {refusal:?}");
    assert!(refusal.message.contains(fault.told), "{both}: {refusal:?}");
    assert_eq!(refusal.message.is_empty(), fault.told.is_empty(), "{both}: {refusal:?}");
}

/// Of the key that `signatures::guarded` configures.
const SECRET: &str = "secret-of-ours";
