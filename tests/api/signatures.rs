//! Requests without a good signature, where credentials are configured.
//!
//! Good signatures are the SDKs' to show: `tests/sdk_rust.rs`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::support::{Answer, Connection};
use super::{Launch, Server, scratch};

#[test]
fn an_unsigned_request_lacks_a_token() {
    let (_data, server) = guarded();

    let answer = list_tables(&server, "");

    assert_eq!(answer.refusal().code, "MissingAuthenticationTokenException");
    assert_eq!(answer.status, 400);
}

#[test]
fn an_incomplete_signature_is_told() {
    let (_data, server) = guarded();

    let answer = list_tables(
        &server,
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\r\n\
         X-Amz-Date: 20260101T000000Z\r\n",
    );

    assert_eq!(answer.refusal().code, "IncompleteSignatureException");
    assert_eq!(answer.status, 400);
}

#[test]
fn a_file_of_credentials_that_others_may_read_is_refused() {
    let directory = scratch();
    let file = directory.path().join("credentials.toml");
    std::fs::write(&file, CREDENTIALS).expect("the directory is ours");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("it is ours");

    let exit = Launch::on(&directory.path().join("data")).arg("--credentials").arg(&file).run();

    assert!(!exit.status.success(), "{exit:#?}");
    assert!(exit.stderr.contains("credentials.toml"), "{exit:#?}");
    assert!(!exit.stderr.contains("secret-of-ours"), "a secret was printed");
}

/// A server that takes requests of one key alone.
pub(super) fn guarded() -> (tempfile::TempDir, Server) {
    let directory = scratch();
    let file = directory.path().join("credentials.toml");
    std::fs::write(&file, CREDENTIALS).expect("the directory is ours");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let server = Launch::on(&directory.path().join("data")).arg("--credentials").arg(&file).start();
    (directory, server)
}

fn list_tables(server: &Server, headers: &str) -> Answer {
    let mut connection = Connection::open(server.http()).expect("it is up");
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
         X-Amz-Target: DynamoDB_20120810.ListTables\r\n{headers}Content-Length: 2\r\n\r\n{}",
        json!({})
    );
    connection.send(request.as_bytes()).expect("it is up");
    Answer::of(&connection.receive().expect("an answer")).expect("errors are JSON")
}

const CREDENTIALS: &str = "[[credentials]]\naccess_key_id = \"AKIDEXAMPLE\"\n\
                           secret_access_key = \"secret-of-ours\"\n";
