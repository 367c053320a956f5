//! Migrations that end early, and go on.

use std::fs;

use super::items::fill;
use super::support::{scratch, wait_until};
use super::{all, count, migrate, moved, refused, serve, with};

#[test]
fn who_is_interrupted_ends_soon_and_goes_on_later() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 1_000);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--create", "--no-stream"]);

    let running = with(launch.clone(), &["--rate", "100", "--segments", "16"]).begin();
    wait_until("a part of the copy", || {
        let mut db = to.db();
        let there = db.call("ListTables", &serde_json::json!({})).ok();
        (there["TableNames"] != serde_json::json!([]) && count(&mut db) >= 150).then_some(())
    });
    running.signal("INT");
    let exit = running.exit();
    assert_eq!(exit.status.code(), Some(1), "{exit:?}");
    assert!(exit.stderr.contains("the same command goes on where this ends"), "{exit:?}");
    assert!(count(&mut to.db()) < 1_000);

    let told = moved(&launch);
    assert!(told.contains("copied 1,000 items"), "{told}");
    assert_eq!(all(&mut to.db()), all(&mut from.db()));
}

#[test]
fn what_is_done_is_not_done_again() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 30);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--create", "--no-stream"]);
    moved(&launch);
    let key = serde_json::json!({"id": {"S": "item-1"}});
    let delete = serde_json::json!({"TableName": super::TABLE, "Key": key});
    to.db().call("DeleteItem", &delete).ok();

    let (told, _) = refused(&launch, 1);

    assert!(told.contains("missing at the target: {\"id\":{\"S\":\"item-1\"}}"), "{told}");
    assert_eq!(count(&mut to.db()), 29);
}

#[test]
fn a_state_that_is_damaged_or_of_another_migration_is_refused() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 3);
    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let launch = with(launch, &["--create"]);
    let still = with(launch.clone(), &["--no-stream"]);
    moved(&still);

    let (_, told) = refused(&with(launch, &["--until-caught-up"]), 1);
    assert!(told.contains("is of a migration with --no-stream"), "{told}");

    let mut db = from.db();
    db.call("DeleteTable", &serde_json::json!({"TableName": super::TABLE})).ok();
    fill(&mut db, 3);
    let (_, told) = refused(&still, 1);
    assert!(told.contains("is of a table Moved that was deleted since"), "{told}");

    let state = first.path().join("moving");
    let text = fs::read_to_string(&state).expect("it is there");
    fs::write(&state, text.replace("Moved", "Other")).expect("it is ours");
    let (_, told) = refused(&still, 1);
    assert!(told.contains("its checksum is wrong; remove it to begin anew"), "{told}");
}
