//! The command as a shell meets it: what goes to which stream, and the exit code.

use std::process::{Command, Output};

/// Runs hearth with the words of `line`, and no variables but those given.
fn hearth(line: &str, variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hearth"))
        .args(line.split_whitespace())
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("the binary starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("hearth writes UTF-8")
}

/// Asserts that `output` is one sentence on standard error, and returns it.
fn refusal(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    let sentence = text(&output.stderr).strip_suffix('\n').expect("a whole line");
    assert!(sentence.starts_with("hearth: ") && !sentence.contains('\n'), "{sentence}");
    sentence.trim_start_matches("hearth: ").to_owned()
}

#[test]
fn version_is_one_line_or_one_object() {
    let plain = hearth("version", &[]);
    let json = hearth("version --json", &[]);

    assert_eq!(text(&plain.stdout), concat!("hearth ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(hearth("--version", &[]).stdout, plain.stdout);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("one object");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert!(json["commit"].is_string() && json["storage_format"].is_u64(), "{json}");
    assert_eq!(json["rows_format"], hearth::app::ROWS_FORMAT, "{json}");
}

#[test]
fn a_bare_command_shows_what_there_is_and_is_no_success() {
    let output = hearth("", &[]);

    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("Usage: hearth"));
}

#[test]
fn help_is_an_answer() {
    let output = hearth("serve --help", &[]);

    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    for flag in [
        "--data-dir <DIR>",
        "--listen <ADDR>",
        "--https-listen <ADDR|off>",
        "--dax-listen <ADDR|off>",
        "--daxs-listen <ADDR|off>",
        "--tls-cert <FILE>",
        "--tls-key <FILE>",
        "--tls-self-signed",
        "--admin-listen <ADDR>",
        "--config <FILE>",
        "--upstream <URL>",
        "--credentials <FILE>",
        "--region <NAME>",
        "--durability <sync|buffer>",
        "--cache-bytes <N>",
        "--worker-threads <N>",
    ] {
        assert!(help.contains(flag), "{flag} in {help}");
    }
}

#[test]
fn check_config_prints_what_the_sources_add_up_to() {
    let output = hearth("check-config --region eu-west-1", &[("HEARTH__CACHE__BYTES", "4096")]);

    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = text(&output.stdout);
    assert!(printed.contains("region = \"eu-west-1\"\n") && printed.contains("\nbytes = 4096\n"));
}

#[test]
fn what_is_perhaps_not_meant_is_said_beside_the_configuration() {
    let line = "check-config --upstream http://db.example:8000 --durability buffer";

    let output = hearth(line, &[]);

    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).contains("\nurl = \"http://db.example:8000\"\n"));
    let said: Vec<&str> = text(&output.stderr).lines().collect();
    assert_eq!(
        said,
        [
            "hearth: warning: upstream.url: http://db.example:8000 is not on this machine and not \
             https: whoever is on the way can read and change requests and items",
            "hearth: warning: upstream.url is set, so these do nothing: storage.durability",
        ]
    );
}

#[test]
fn a_wrong_line_or_configuration_is_one_sentence_and_exit_code_2() {
    let refused = |line: &str| refusal(&hearth(line, &[]), 2);

    assert!(refused("serve --lisen x").starts_with("unexpected argument '--lisen' found; "));
    assert!(refused("frobnicate").starts_with("unrecognized subcommand 'frobnicate'"));
    assert!(refused("serve --listen nowhere").starts_with("--listen: server.listen: expected an"));
    assert!(refused("check-config --dax-listen :8111").contains("or \"off\", found"));
    assert!(refused("check-config --daxs-listen 127.0.0.1:1").contains("--tls-self-signed"));
    assert!(refused("serve --listen 0.0.0.0:0").contains("--allow-unauthenticated"));
    assert_eq!(
        refused("check-config --config /nowhere/hearth.toml"),
        "cannot read the configuration file /nowhere/hearth.toml: No such file or directory (os error 2)"
    );
    assert_eq!(
        refused("serve --credentials /nowhere/c.toml"),
        "cannot read the credentials file /nowhere/c.toml: No such file or directory (os error 2)"
    );
    assert!(refused("healthcheck --admin https://x").starts_with("--admin https://x: expected"));
    let variable = hearth("check-config", &[("HEARTH__CACHE__BYTE", "1")]);
    assert!(refusal(&variable, 2).ends_with("did you mean \"HEARTH__CACHE__BYTES\"?"));
}

#[test]
fn a_healthcheck_without_anybody_there_exits_with_1() {
    // Port 1 is never listened on where tests run.
    let output = hearth("healthcheck --admin http://127.0.0.1:1", &[]);

    assert!(refusal(&output, 1).starts_with("no answer from http://127.0.0.1:1: "));
}

#[test]
fn the_workloads_of_a_load_are_listed_and_shown() {
    let list = hearth("load list", &[]);
    let shown = hearth("load show media", &[]);

    assert_eq!((list.status.code(), shown.status.code()), (Some(0), Some(0)), "{list:?}");
    for name in ["ycsb-a", "ycsb-f", "media", "sessions", "cold-scan"] {
        let is_listed = |line: &str| line.split_once("  ").is_some_and(|(first, _)| first == name);
        assert!(text(&list.stdout).lines().any(is_listed), "{name} in {list:?}");
    }
    assert!(text(&shown.stdout).contains("name = \"media\""), "{shown:?}");
}

#[test]
fn a_load_that_is_asked_for_wrongly_is_one_sentence_and_exit_code_2() {
    let refused = |line: &str| refusal(&hearth(line, &[]), 2);

    for (line, says) in [
        ("load run", "required arguments were not provided"),
        ("load run medai", "\"medai\" is none of the workloads ycsb-a, "),
        ("load show medai", "\"medai\" is none of the workloads ycsb-a, "),
        ("load run /nowhere/w.toml", "/nowhere/w.toml"),
        ("load run media --rate 0", "expected a number a second"),
        ("load run media --connections 0", "at least one connection"),
        ("load run media --duration 30", "expected a span such as 30s"),
        ("load run media --rate 5 --closed", "cannot be used with"),
        ("load run media --target 127.0.0.1:8000", "is not an endpoint"),
        ("load run media --target http://192.0.2.1:8000", "only with --allow-remote"),
        ("load run media --admin http://192.0.2.1:9811", "only with --allow-remote"),
        ("load run media --json /nowhere/a.json", "its directory is not there"),
        ("load run media --credentials /nowhere/c", "the credentials file /nowhere/c cannot be"),
        ("load run media --secret x", "unexpected argument '--secret'"),
        ("load compare /nowhere/a.json b.json", "cannot read /nowhere/a.json: "),
        ("load compare Cargo.toml Cargo.toml", "Cargo.toml: not a report of hearth load"),
        ("load compare a.json b.json --fail-above x", "expected percent"),
        ("demo --seconds 0", "0 is not in 1..=3600"),
    ] {
        let sentence = refused(line);
        assert!(sentence.contains(says), "{line}: {sentence}");
    }
    let carried =
        [("AWS_ACCESS_KEY_ID", "id\r"), ("AWS_SECRET_ACCESS_KEY", "from a file with CRLF")];
    let carried = hearth("load run media", &carried);
    assert_eq!(carried.status.code(), Some(2), "{carried:?}");
    assert!(text(&carried.stderr).contains("characters that no header may have"), "{carried:?}");
    let half = hearth("load run media", &[("AWS_ACCESS_KEY_ID", "id")]);
    assert!(refusal(&half, 2).contains("belong together"), "{half:?}");
}

#[test]
fn a_load_without_anybody_there_exits_with_1() {
    let output = hearth("load run media --target http://127.0.0.1:1 --duration 1s", &[]);

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let last = text(&output.stderr).lines().last().unwrap_or_default();
    assert!(last.starts_with("hearth: nobody answers at http://127.0.0.1:1; "), "{output:?}");
}
