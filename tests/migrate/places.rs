//! Between directories and servers, in every direction.

use serde_json::json;

use super::items::{described, every_kind, fill, put_all};
use super::support::scratch;
use super::{TABLE, all, migrate, moved, serve, with};

#[test]
fn items_of_every_kind_go_from_a_directory_to_a_server_and_back() {
    let (first, second, third) = (scratch(), scratch(), scratch());
    let [from, back] = [&first, &third].map(|dir| dir.path().join("data"));
    let server = serve(&from);
    let mut db = server.db();
    db.create_table_with(&described());
    put_all(&mut db, every_kind().into_iter());
    let there = all(&mut db);
    server.signal("TERM");
    server.exit();

    let server = serve(second.path());
    let to = from.to_str().expect("plain").to_owned();
    let told = moved(&with(migrate(&to, &server.endpoint(), first.path()), &["--create"]));
    assert_eq!(all(&mut server.db()), there);
    assert!(
        told.contains("copied 16 items of Moved") && told.contains("both have the same"),
        "{told}"
    );

    let back_text = back.to_str().expect("plain");
    let again = migrate(&server.endpoint(), back_text, third.path());
    moved(&with(again, &["--create", "--no-stream"]));
    let server = serve(&back);
    let mut db = server.db();
    assert_eq!(all(&mut db), there);
    let request = json!({"TableName": TABLE, "IndexName": "global"});
    assert_eq!(db.scan_all(&request).len(), 1);
    let table = db.call("DescribeTable", &json!({"TableName": TABLE})).ok()["Table"].take();
    assert_eq!(table["LocalSecondaryIndexes"][0]["IndexName"], "local");
    assert_eq!(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
}

#[test]
fn an_empty_table_is_moved_too() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    fill(&mut from.db(), 0);

    let launch = migrate(&from.endpoint(), &to.endpoint(), first.path());
    let told = moved(&with(launch, &["--create", "--until-caught-up", "--quiet", "100ms"]));

    assert_eq!(all(&mut to.db()), [""; 0]);
    assert!(told.contains("copied 0 items"), "{told}");
}

#[test]
fn a_table_goes_from_one_directory_to_another() {
    let (first, second) = (scratch(), scratch());
    let [from, to] = [&first, &second].map(|dir| dir.path().join("data"));
    let server = serve(&from);
    fill(&mut server.db(), 500);
    let there = all(&mut server.db());
    server.kill();

    let [from_text, to_text] = [&from, &to].map(|dir| dir.to_str().expect("plain"));
    moved(&with(migrate(from_text, to_text, first.path()), &["--create"]));

    assert_eq!(all(&mut serve(&to).db()), there);
    assert_eq!(all(&mut serve(&from).db()), there);
}
