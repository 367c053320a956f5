//! The commands beside `serve`.

use serde_json::{Value, json};

use crate::support::{Launch, scratch};

#[test]
fn version_says_version_commit_and_storage_format_as_json() {
    let exit = Launch::with(&["version", "--json"]).run();

    let said: Value = serde_json::from_str(&exit.stdout).expect("it is JSON");
    assert!(exit.status.success());
    assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
    assert!(said["commit"].is_string(), "{said}");
    assert!(said["storage_format"].is_u64(), "{said}");
}

#[test]
fn version_is_one_line_for_people() {
    let exit = Launch::with(&["version"]).run();

    assert!(exit.status.success());
    assert!(exit.stdout.contains(env!("CARGO_PKG_VERSION")), "{exit:#?}");
    assert_eq!(exit.stdout.lines().count(), 1, "{exit:#?}");
}

#[test]
fn check_config_prints_what_is_in_force() {
    let directory = scratch();
    let file = directory.path().join("hearth.toml");
    std::fs::write(&file, "[cache]\nbytes = 7000000\n").expect("the directory is ours");

    let exit = Launch::with(&["check-config", "--listen", "127.0.0.1:4567"])
        .arg("--config")
        .arg(&file)
        .env("HEARTH__CACHE__ITEM_TTL_MS", "1234")
        .run();

    assert!(exit.status.success(), "{exit:#?}");
    for in_force in ["7000000", "1234", "127.0.0.1:4567"] {
        assert!(exit.stdout.contains(in_force), "{in_force} is missing: {exit:#?}");
    }
}

#[test]
fn healthcheck_tells_a_server_that_is_ready_from_none() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let admin = format!("http://{}", server.admin());

    let ready = Launch::with(&["healthcheck", "--admin", &admin]).run();
    server.kill();
    let gone = Launch::with(&["healthcheck", "--admin", &admin]).run();

    assert_eq!(ready.status.code(), Some(0), "{ready:#?}");
    assert_eq!(gone.status.code(), Some(1), "{gone:#?}");
}

#[test]
fn check_data_accepts_a_directory_that_was_killed() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let mut db = server.db();
    db.create_table("users");
    for id in 0..100 {
        db.put("users", &json!({"id": {"S": id.to_string()}}));
    }
    server.kill();

    let exit = Launch::with(&["check-data"]).arg(data.path()).run();

    assert!(exit.status.success(), "{exit:#?}");
}

#[test]
fn check_data_refuses_a_directory_in_use() {
    let data = scratch();
    let _server = Launch::on(data.path()).start();

    let exit = Launch::with(&["check-data"]).arg(data.path()).run();

    assert!(!exit.status.success(), "{exit:#?}");
    assert!(!exit.stderr.is_empty(), "{exit:#?}");
}
