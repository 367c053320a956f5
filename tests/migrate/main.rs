//! `hearth migrate` between real processes and directories: what is there before is there after,
//! whatever is written, killed or broken meanwhile.

#[path = "../support/fault_proxy/mod.rs"]
mod fault_proxy;
#[path = "../support/mod.rs"]
mod support;

mod broken;
mod documented;
mod items;
mod places;
mod refusals;
mod resumed;
mod verified;
mod written;

use std::path::Path;

use serde_json::{Value, json};
use support::{Db, Exit, Launch, Server};

/// `hearth migrate` of [`TABLE`] from one place to another, with a state file in `dir`.
fn migrate(from: &str, to: &str, dir: &Path) -> Launch {
    Launch::with(&["migrate", TABLE, "--from", from, "--to", to, "--settle", "1s"])
        .arg("--state")
        .arg(dir.join("moving"))
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
}

/// With more flags.
fn with(launch: Launch, flags: &[&str]) -> Launch {
    flags.iter().fold(launch, |launch, flag| launch.arg(*flag))
}

/// Runs it and expects success; what it printed.
#[track_caller]
fn moved(launch: &Launch) -> String {
    let exit = launch.run();
    assert_eq!(exit.status.code(), Some(0), "{exit:?}");
    exit.stdout
}

/// Runs it and expects that exit code; what it printed and complained about.
#[track_caller]
fn refused(launch: &Launch, code: i32) -> (String, String) {
    let Exit { status, stdout, stderr } = launch.run();
    assert_eq!(status.code(), Some(code), "{stdout}{stderr}");
    (stdout, stderr)
}

/// A server on a directory.
fn serve(dir: &Path) -> Server {
    Launch::on(dir).start()
}

/// All items of the table, ordered.
fn all(db: &mut Db) -> Vec<String> {
    let mut items: Vec<String> =
        db.scan_all(&json!({"TableName": TABLE})).iter().map(Value::to_string).collect();
    items.sort_unstable();
    items
}

/// Items of the table, as the table itself counts them.
fn count(db: &mut Db) -> u64 {
    let page = db.call("Scan", &json!({"TableName": TABLE, "Select": "COUNT"})).ok();
    page["Count"].as_u64().expect("a count")
}

const TABLE: &str = "Moved";
