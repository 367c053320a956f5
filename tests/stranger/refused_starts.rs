//! Starts that cannot work: each says why in a sentence that names the cause, and exits.

use std::net::TcpListener;

use serde_json::json;

use crate::support::{Exit, Launch, scratch};

#[test]
fn a_wrong_flag_is_named_with_the_nearest_right_one() {
    let exit = Launch::with(&["serve", "--data-dri", "x"]).run();

    assert_says(&exit, &["--data-dri", "--data-dir"]);
}

#[test]
fn a_wrong_command_is_named_with_the_nearest_right_one() {
    let exit = Launch::with(&["sevre"]).run();

    assert_says(&exit, &["sevre", "serve"]);
}

#[test]
fn a_wrong_key_in_the_configuration_is_named_with_the_nearest_right_one() {
    let directory = scratch();
    let file = directory.path().join("hearth.toml");
    std::fs::write(&file, "[cache]\nbyts = 1000000\n").expect("the directory is ours");

    let exit = Launch::on(&directory.path().join("data")).arg("--config").arg(&file).run();

    assert_says(&exit, &["hearth.toml line 2", "\"cache.byts\"", "\"cache.bytes\""]);
}

#[test]
fn a_wrong_section_in_the_configuration_is_named_with_the_nearest_right_one() {
    let directory = scratch();
    let file = directory.path().join("hearth.toml");
    std::fs::write(&file, "[cahce]\nbytes = 1000000\n").expect("the directory is ours");

    let exit = Launch::on(&directory.path().join("data")).arg("--config").arg(&file).run();

    assert_says(&exit, &["hearth.toml line 1", "\"cahce\"", "\"cache\""]);
}

#[test]
fn a_wrong_key_in_the_environment_is_named_with_the_nearest_right_one() {
    let data = scratch();

    let exit = Launch::on(data.path()).env("HEARTH__CACHE__BYTS", "1000000").run();

    assert_says(&exit, &["HEARTH__CACHE__BYTS", "HEARTH__CACHE__BYTES"]);
}

#[test]
fn a_value_of_the_wrong_kind_is_named_with_its_key() {
    let data = scratch();

    let exit = Launch::on(data.path()).env("HEARTH__CACHE__BYTES", "plenty").run();

    assert_says(&exit, &["cache.bytes", "plenty"]);
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let directory = scratch();
    let file = directory.path().join("nowhere.toml");

    let exit = Launch::on(&directory.path().join("data")).arg("--config").arg(&file).run();

    assert_says(&exit, &["nowhere.toml"]);
}

#[test]
fn a_busy_port_is_named() {
    let data = scratch();
    let holder = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let busy = holder.local_addr().expect("a bound socket has an address").to_string();
    let data = data.path().to_str().expect("temporary directories have plain names");

    let flags = ["--listen", "--admin-listen", "--dax-listen"];
    for taken in flags {
        let mut launch = Launch::with(&["serve", "--data-dir", data]);
        for flag in flags {
            launch = launch.arg(flag).arg(if flag == taken { &busy } else { "127.0.0.1:0" });
        }

        assert_says(&launch.run(), &[&busy]);
    }
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let directory = scratch();
    let file = directory.path().join("a-file");
    std::fs::write(&file, "in the way").expect("the directory is ours");

    // Below a file nothing can be made, not even by root.
    let exit = Launch::on(&file.join("data")).run();

    assert_says(&exit, &["a-file/data"]);
}

#[test]
fn a_directory_of_something_else_is_left_alone() {
    let directory = scratch();
    std::fs::write(directory.path().join("thesis.txt"), "years of work").expect("it is ours");

    let outcome = Launch::on(directory.path()).try_start();

    let left: Vec<_> = std::fs::read_dir(directory.path()).expect("it is there").collect();
    if let Err(exit) = outcome {
        assert_says(&exit, &[directory.path().to_str().expect("plain names")]);
        assert_eq!(left.len(), 1, "a refused start leaves the directory as it was");
    }
    let text = std::fs::read_to_string(directory.path().join("thesis.txt"));
    assert_eq!(text.expect("the file is still there"), "years of work");
}

#[test]
fn a_second_process_on_the_same_directory_is_refused_and_the_first_goes_on() {
    let data = scratch();
    let first = Launch::on(data.path()).start();
    let mut db = first.db();
    db.create_table("users");

    let exit = Launch::on(data.path()).run();

    assert_says(&exit, &[data.path().to_str().expect("temporary directories have plain names")]);
    db.put("users", &json!({"id": {"S": "7"}}));
    assert!(db.get("users", &json!({"id": {"S": "7"}})).is_some());
}

#[test]
fn listening_beyond_loopback_without_credentials_is_refused() {
    let data = scratch();
    let data = data.path().to_str().expect("temporary directories have plain names");

    let exit = Launch::with(&["serve", "--data-dir", data, "--listen", "0.0.0.0:0"]).run();

    assert_says(&exit, &["0.0.0.0", "credentials"]);
}

#[test]
fn a_certificate_that_cannot_be_read_is_named() {
    let data = scratch();
    let launch = |certificate: &str, key: &str| {
        let launch = Launch::on(data.path()).arg("--daxs-listen").arg("127.0.0.1:0");
        launch.arg("--tls-cert").arg(certificate).arg("--tls-key").arg(key).run()
    };
    let empty = data.path().join("empty.pem");
    std::fs::write(&empty, "").expect("the directory is ours");
    let empty = empty.to_str().expect("temporary directories have plain names");

    assert_says(&launch("/nowhere/cert.pem", "/nowhere/key.pem"), &["/nowhere/cert.pem"]);
    assert_says(&launch(empty, empty), &["empty.pem", "no certificate"]);
}

/// The process failed, names all of these on stderr, and speaks like a person.
#[track_caller]
fn assert_says(exit: &Exit, names: &[&str]) {
    let code = exit.status.code();
    assert!(matches!(code, Some(1 | 2)), "ended with {code:?}: {exit:#?}");
    for name in names {
        assert!(exit.stderr.contains(name), "{name:?} is not named: {exit:#?}");
    }
    let inside = ["panicked", "Error {", "Err(", "Os {", "stack backtrace"];
    for word in inside {
        assert!(!exit.stderr.contains(word), "{word:?} is no word for people: {exit:#?}");
    }
    let lines = exit.stderr.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 8, "too many words: {exit:#?}");
    assert!(!exit.stdout.contains("ready "), "said to be ready: {exit:#?}");
}
