//! Hot keys over restarts: written down when a process ends, loaded when the next one starts.

mod support;

use std::path::Path;

use serde_json::json;
use support::{Exit, Launch, Scrape, Server, scratch, wait_until};

fn launch(data: &Path) -> Launch {
    Launch::on(data).env("HEARTH__CACHE__HOT_KEYS_DUMP", "100")
}

fn stop(server: Server) -> Exit {
    server.signal("TERM");
    let exit = server.exit();
    assert!(exit.status.success(), "{exit:?}");
    exit
}

fn wait_for_event(server: &Server, event: &str) {
    wait_until(event, || server.stderr().contains(event).then_some(()));
}

#[test]
fn the_keys_of_one_process_warm_the_cache_of_the_next() {
    let data = scratch();
    let server = launch(data.path()).start();
    let mut db = server.db();
    db.create_table("tab");
    for number in 0..20 {
        db.put("tab", &json!({ "id": { "S": number.to_string() } }));
    }
    drop(db);
    stop(server);
    assert!(data.path().join("hot-keys").is_file());

    let server = launch(data.path()).start();
    wait_for_event(&server, "hot keys are loaded");

    assert_eq!(Scrape::of(server.admin()).sum("hearth_cache_entries", &[("cache", "item")]), 20);
    let mut db = server.db();
    for number in 0..20 {
        assert!(db.get("tab", &json!({ "id": { "S": number.to_string() } })).is_some());
    }
    let labels = [("cache", "item"), ("result", "hit")];
    assert_eq!(Scrape::of(server.admin()).sum("hearth_cache_requests_total", &labels), 20);
    drop(db);
    stop(server);
}

#[test]
fn a_damaged_file_is_told_of_and_no_more() {
    let data = scratch();
    let server = launch(data.path()).start();
    server.db().create_table("tab");
    server.db().put("tab", &json!({ "id": { "S": "a" } }));
    stop(server);
    let file = data.path().join("hot-keys");
    let mut dump = std::fs::read(&file).expect("the file");
    *dump.last_mut().expect("it is not empty") ^= 1;
    std::fs::write(&file, &dump).expect("a test may");

    let server = launch(data.path()).start();
    wait_for_event(&server, "the dump is damaged");
    assert!(server.db().get("tab", &json!({ "id": { "S": "a" } })).is_some());
    stop(server);

    let dir = data.path().to_str().expect("plain names");
    for command in ["check-data", "repair"] {
        let exit = Launch::with(&[command, dir]).run();
        assert!(exit.status.success(), "{command}: {exit:?}");
    }
    assert!(file.is_file(), "neither takes it away");
}

#[test]
fn without_the_option_nothing_is_written() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    server.db().create_table("tab");
    server.db().put("tab", &json!({ "id": { "S": "a" } }));

    stop(server);

    assert!(!data.path().join("hot-keys").exists());
}
