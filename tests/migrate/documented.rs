//! The example of `docs/migrate.md`, as it stands there.

use std::fs;

use serde_json::json;

use super::items::put_all_into;
use super::support::{Launch, scratch};
use super::{moved, serve};

#[test]
fn the_example_of_the_documentation_says_what_it_says() {
    let (first, second) = (scratch(), scratch());
    let (from, to) = (serve(first.path()), serve(second.path()));
    let mut db = from.db();
    db.create_table("users");
    put_all_into(
        &mut db,
        "users",
        (0..1_200).map(|number| json!({"id": {"S": number.to_string()}})),
    );
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/migrate.md"));
    let page = page.expect("there is a page");
    let state = second.path().join("users.state");
    let here = |text: &str| {
        text.replace("http://127.0.0.1:8000", &from.endpoint())
            .replace("http://127.0.0.1:8001", &to.endpoint())
            .replace("hearth-migrate-users.state", state.to_str().expect("plain"))
    };
    let mut lines = page.lines().filter_map(|line| line.strip_prefix("    "));
    let command = lines.by_ref().find(|line| line.starts_with("hearth migrate users")).map(here);
    let command = command.expect("the page has the command");
    let told: Vec<String> = lines.take(4).map(here).collect();

    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let launch = Launch::with(&words).arg("--state").arg(&state);
    let said = moved(&launch.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any"));

    assert_eq!(said.lines().collect::<Vec<_>>(), told);
}
