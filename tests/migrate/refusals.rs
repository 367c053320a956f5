//! What is refused before anything is done, in sentences that say what to do.

use serde_json::json;

use super::items::{described, fill};
use super::support::{Launch, scratch};
use super::{TABLE, all, migrate, moved, refused, serve, with};

#[test]
fn tables_that_cannot_be_moved_are_refused() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());

    let (_, told) = refused(&launch, 1);
    assert_eq!(told, format!("hearth: there is no table {TABLE} at {}\n", from.endpoint()));

    fill(&mut from.db(), 3);
    let (_, told) = refused(&launch, 1);
    assert!(told.contains("let --create make it as it is at the source"), "{told}");

    to.db().create_table_with(&described());
    let (_, told) = refused(&launch, 1);
    assert!(told.contains("has id (S),") && told.contains("has pk (B) and sk (N);"), "{told}");
    assert!(!first.path().join("moving").exists());
}

#[test]
fn a_target_with_items_is_taken_only_if_that_was_said() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 3);
    fill(&mut to.db(), 2);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--no-stream"]);

    let (_, told) = refused(&launch, 1);
    assert!(told.contains("has items already; empty it, or let --merge"), "{told}");

    moved(&with(launch, &["--merge"]));
    assert_eq!(all(&mut to.db()), all(&mut from.db()));
}

#[test]
fn places_that_are_none_are_refused() {
    let dir = scratch();
    let nowhere = dir.path().join("none");
    let nowhere = nowhere.to_str().expect("plain");
    let anywhere = "http://127.0.0.1:9";

    let (_, told) = refused(&migrate(nowhere, anywhere, dir.path()), 1);
    assert!(told.contains("is no data directory of hearth"), "{told}");
    let (_, told) = refused(&migrate(anywhere, nowhere, dir.path()), 1);
    assert!(told.contains("a new one is made with --create"), "{told}");
    assert!(!dir.path().join("none").exists());
    let (_, told) = refused(&migrate(anywhere, anywhere, dir.path()), 2);
    assert!(told.contains("--from and --to name the same place"), "{told}");
    let (_, told) = refused(&migrate("ftp://x", anywhere, dir.path()), 2);
    assert!(told.contains("--from"), "{told}");
    let patient = with(migrate(anywhere, nowhere, dir.path()), &["--create", "--patience", "1ms"]);
    let (_, told) = refused(&patient, 1);
    assert!(
        told.contains("took nothing for") && told.contains("goes on where this ends"),
        "{told}"
    );
    let nobody =
        Launch::with(&["migrate", TABLE, "--from", anywhere, "--to", "http://127.0.0.1:8"])
            .env("AWS_SHARED_CREDENTIALS_FILE", nowhere)
            .env("AWS_CONFIG_FILE", nowhere)
            .env("AWS_ACCESS_KEY_ID", "")
            .env("AWS_SECRET_ACCESS_KEY", "");
    let (_, told) = refused(&nobody, 1);
    assert!(told.contains("cannot be asked: there are no credentials"), "{told}");
    assert!(told.contains("--from-credentials and --to-credentials say"), "{told}");
    let named = Launch::with(&["migrate", "no/name", "--from", nowhere, "--to", anywhere]);
    let (_, told) = refused(&named, 2);
    assert!(told.contains("is no name of a table"), "{told}");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_at_once() {
    let (first, second) = (scratch(), scratch());
    let tls = Launch::on(first.path()).arg("--https-listen").arg("127.0.0.1:0");
    let (from, to) = (tls.arg("--tls-self-signed").start(), serve(second.path()));
    fill(&mut from.db(), 3);
    let url = format!("https://{}", from.listener("https"));
    let launch = with(migrate(&url, &to.endpoint(), second.path()), &["--create"]);

    let (_, told) = refused(&launch, 1);
    assert!(told.contains("nobody whom this machine trusts"), "{told}");
    assert!(told.contains("--from-ca-file and --to-ca-file name"), "{told}");
    assert!(!told.contains("took nothing for"), "{told}");

    let authority = first.path().join("tls.pem");
    moved(&with(launch, &["--no-stream", "--from-ca-file", authority.to_str().expect("plain")]));
    assert_eq!(all(&mut to.db()), all(&mut from.db()));
}

#[test]
fn a_directory_in_use_is_refused() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 1);
    let dir = first.path().to_str().expect("plain");

    let (_, told) = refused(&with(migrate(dir, &to.endpoint(), second.path()), &["--create"]), 1);

    assert!(told.contains("is in use by another process"), "{told}");
    let described = to.db().call("DescribeTable", &json!({"TableName": TABLE}));
    assert_eq!(described.refusal().code, "ResourceNotFoundException");
}
