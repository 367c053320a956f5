//! Who may ask, where credentials are configured.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use hearth::api::Operation;
use hearth::clock::Clock;
use hearth::wire::dax::client::{self, AnswerError};
use serde_json::json;

use crate::support::{DaxClient, Launch, Server, authorization, scratch, wait_until};
use crate::world::refusal;

#[test]
fn nothing_is_answered_to_who_did_not_say_who_it_is() {
    let guarded = Guarded::new();
    let mut client = DaxClient::connect(guarded.server.dax());

    for request in [
        client::endpoints(),
        client::define_key_schema("users"),
        client::define_list_id(&["a"]),
        client::define_list(2),
    ] {
        let refused = refusal(&client.ask(&request, 1).expect("an answer"));

        assert_eq!(refused.codes, [4, 23, 31, 33]);
        assert_eq!(refused.exception, "MissingAuthenticationTokenException");
    }
    // It may still say so.
    let claim = authorization(FIRST, Clock::system().unix_ms());
    client.connection().send(&claim).expect("the connection lives on");
    assert!(guarded.is_let_in(&mut client));
}

#[test]
fn another_secret_and_an_unknown_key_are_refused() {
    let guarded = Guarded::new();

    for (key, exception) in [
        ((FIRST.0, SECOND.1), "InvalidSignatureException"),
        (("AKIDTHIRD", "secret"), "UnrecognizedClientException"),
    ] {
        let mut client = DaxClient::connect_as(guarded.server.dax(), key);
        // Asking again does not help.
        for _ in 0..2 {
            let refused = refusal(&client.ask(&client::endpoints(), 1).expect("an answer"));

            assert_eq!(
                (&refused.codes[..], &*refused.exception),
                (&[4, 23, 31, 32][..], exception)
            );
        }
    }
    assert!(guarded.is_let_in(&mut guarded.client(FIRST)));
}

#[test]
fn a_signature_of_another_time_is_refused() {
    let guarded = Guarded::new();
    let now = Clock::system().unix_ms();

    for unix_ms in [now - 16 * 60_000, now + 16 * 60_000] {
        let mut client = DaxClient::connect(guarded.server.dax());
        client.connection().send(&authorization(FIRST, unix_ms)).expect("it is up");

        let refused = refusal(&client.ask(&client::endpoints(), 1).expect("an answer"));

        assert_eq!(refused.codes, [4, 23, 31, 32], "{refused:?}");
    }
}

#[test]
fn who_is_let_in_may_ask() {
    let guarded = Guarded::new();
    let mut client = guarded.client(SECOND);

    assert!(guarded.is_let_in(&mut client));
    let get = json!({"TableName": "nowhere", "Key": {"id": {"S": "7"}}});
    let refused = client.call(Operation::GetItem, &get).expect_err("there is no table");
    assert_eq!(refused.0, "ResourceNotFoundException");
}

#[test]
fn a_key_that_was_taken_away_opens_no_connection_after_a_reload() {
    let guarded = Guarded::new();
    let mut stays = guarded.client(SECOND);
    let mut leaves = guarded.client(FIRST);
    assert!(guarded.is_let_in(&mut stays) && guarded.is_let_in(&mut leaves));

    write_credentials(&guarded.credentials, &[SECOND]);
    guarded.server.signal("HUP");

    wait_until("the key to be refused", || {
        (!guarded.is_let_in(&mut guarded.client(FIRST))).then_some(())
    });
    assert!(guarded.is_let_in(&mut stays));
    assert!(guarded.is_let_in(&mut guarded.client(SECOND)));
    // What was believed is believed for five minutes, but not said again.
    assert!(guarded.is_let_in(&mut leaves));
    let claim = authorization(FIRST, Clock::system().unix_ms());
    leaves.connection().send(&claim).expect("the connection lives on");
    assert!(!guarded.is_let_in(&mut leaves));
}

/// A server that knows two keys.
struct Guarded {
    server: Server,
    credentials: PathBuf,
    _directory: tempfile::TempDir,
}

impl Guarded {
    fn new() -> Self {
        let directory = scratch();
        let credentials = directory.path().join("credentials.toml");
        write_credentials(&credentials, &[FIRST, SECOND]);
        let launch = Launch::on(&directory.path().join("data"));
        let server = launch.arg("--credentials").arg(&credentials).start();
        Self { server, credentials, _directory: directory }
    }

    fn client(&self, key: (&str, &str)) -> DaxClient {
        DaxClient::connect_as(self.server.dax(), key)
    }

    /// Whether the client is told which nodes there are.
    fn is_let_in(&self, client: &mut DaxClient) -> bool {
        match client::nodes(&client.ask(&client::endpoints(), 1).expect("an answer")) {
            Ok(nodes) => nodes == [self.server.dax()],
            Err(AnswerError::Refused(refused)) => {
                assert_eq!(refused.codes[..3], [4, 23, 31], "{refused:?}");
                false
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn write_credentials(path: &Path, keys: &[(&str, &str)]) {
    let row = |(id, secret): &(&str, &str)| {
        format!("[[credentials]]\naccess_key_id = \"{id}\"\nsecret_access_key = \"{secret}\"\n")
    };
    let text: String = keys.iter().map(row).collect();
    fs::write(path, text).expect("the directory is ours");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}

const FIRST: (&str, &str) = ("AKIDFIRST", "first+secret/word");
const SECOND: (&str, &str) = ("AKIDSECOND", "second");
