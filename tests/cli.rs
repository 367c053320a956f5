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
        "--dax-listen <ADDR|off>",
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
fn a_wrong_line_or_configuration_is_one_sentence_and_exit_code_2() {
    let refused = |line: &str| refusal(&hearth(line, &[]), 2);

    assert!(refused("serve --lisen x").starts_with("unexpected argument '--lisen' found; "));
    assert!(refused("frobnicate").starts_with("unrecognized subcommand 'frobnicate'"));
    assert!(refused("serve --listen nowhere").starts_with("--listen: server.listen: expected an"));
    assert!(refused("check-config --dax-listen :8111").contains("DAX is not available"));
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
