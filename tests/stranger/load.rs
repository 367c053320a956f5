//! `hearth load` and `hearth demo` against real servers.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::{Launch, Server, scratch, wait_until};

/// `hearth load run` at this server: 300 items, 400 requests at this pace, however long they take.
fn bounded(server: &Server, pace: &str) -> Command {
    let line = "run media --items 300 --requests 400 --warm-up 0s --duration 10m";
    let mut command = hearth("load");
    command.args(line.split(' ')).args(pace.split(' '));
    command.args([
        "--target",
        &server.endpoint(),
        "--admin",
        &format!("http://{}", server.admin()),
    ]);
    command
}

fn hearth(command: &str) -> Command {
    let mut hearth = Command::new(env!("CARGO_BIN_EXE_hearth"));
    hearth.arg(command).env_clear().stdin(Stdio::null());
    hearth
}

fn done(command: &mut Command) -> (String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("hearth writes UTF-8");
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert!(status.success(), "{status}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

fn tables(server: &Server) -> Vec<Value> {
    let listed = server.db().call("ListTables", &json!({})).ok();
    listed["TableNames"].as_array().expect("a list").clone()
}

fn signal(child: &Child, name: &str) {
    kill(child.id(), name);
}

fn kill(pid: u32, name: &str) {
    let command = format!("kill -{name} {pid}");
    let sent = Command::new("sh").args(["-c", &command]).status().expect("there is a shell");
    assert!(sent.success(), "{command}");
}

/// Reads on to a line that begins so.
fn read_to(output: &mut impl std::io::BufRead, beginning: &str) {
    let mut read = String::new();
    let found = output.lines().map_while(Result::ok).any(|line| {
        read = format!("{read}{line}\n");
        line.trim_start().starts_with(beginning)
    });
    assert!(found, "no {beginning:?} in {read}");
}

#[test]
fn a_run_is_a_table_a_file_and_a_page_and_leaves_no_tables() {
    let (data, files) = (scratch(), scratch());
    let server = Launch::on(data.path()).start();
    let (a, b) = (files.path().join("a.json"), files.path().join("b.json"));
    let page = files.path().join("a.html");

    let (table, progress) =
        done(bounded(&server, RATE).arg("--json").arg(&a).arg("--html").arg(&page));
    done(bounded(&server, "--closed").arg("--json").arg(&b));

    for said in ["GetItem", "cache", "engine", "2,000/s asked", "as the server counted", "seed 1"] {
        assert!(table.contains(said), "{said} in {table}");
    }
    assert!(progress.contains("loaded 300 of 300 items"), "{progress}");
    let read = |path: &Path| std::fs::read_to_string(path).expect("it was written");
    let report: Value = serde_json::from_str(&read(&a)).expect("it is JSON");
    assert_eq!((&report["format"], &report["measured"]["due"]), (&json!(1), &json!(400)));
    assert!(report["measured"]["server"]["lookups"].as_u64() > Some(400), "{report}");
    assert!(read(&page).starts_with("<!DOCTYPE html>"));
    assert_eq!(tables(&server), [""; 0]);

    let (compared, _) = done(hearth("load").arg("compare").args([&a, &b]));
    assert!(compared.contains("asked for differently: paces."), "{compared}");
    assert!(compared.contains("Nothing is judged"), "{compared}");
    let gate = hearth("load").arg("compare").args([&a, &b]).args(["--fail-above", "5"]).output();
    let gate = gate.expect("the binary starts");
    assert_eq!(gate.status.code(), Some(1), "{gate:?}");
}

#[test]
fn tables_of_others_are_left_alone_unless_they_are_to_be_used() {
    let data = scratch();
    let server = Launch::on(data.path()).start();

    done(bounded(&server, RATE).arg("--keep"));
    let refused = bounded(&server, RATE).output().expect("the binary starts");
    let (_, progress) = done(bounded(&server, RATE).args(["--keep", "--no-fill"]));

    let sentence = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{sentence}");
    assert!(sentence.contains("\"media\" is there already"), "{sentence}");
    assert!(!progress.contains("loaded"), "{progress}");
    assert_eq!(tables(&server), ["media"]);
}

#[test]
fn an_interrupt_ends_the_sending_but_not_the_report() {
    let data = scratch();
    let server = Launch::on(data.path()).start();
    let target = server.endpoint();
    let line = "run media --items 100 --rate 200 --warm-up 0s --duration 1h --target";
    let mut child = hearth("load")
        .args(line.split(' '))
        .arg(&target)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut progress = BufReader::new(child.stderr.take().expect("it is piped"));

    read_to(&mut progress, "second ");
    signal(&child, "INT");
    let output = child.wait_with_output().expect("it ends");

    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && table.contains("GetItem"), "{output:?}");
    assert_eq!(tables(&server), [""; 0], "its tables are gone");
}

/// A demo in a directory of its own.
fn demo(directory: &Path, seconds: &str) -> Command {
    let mut command = hearth("demo");
    command.args(["--seconds", seconds]).env("TMPDIR", directory);
    command
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).expect("it is there").next().is_none()
}

/// The processes that mention the directory in their arguments.
fn processes_of(directory: &Path) -> Vec<u32> {
    let name = directory.to_str().expect("plain names");
    let ids = std::fs::read_dir("/proc").expect("there is /proc").filter_map(|entry| {
        let entry = entry.ok()?;
        let id = entry.file_name().to_str()?.parse().ok()?;
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        String::from_utf8_lossy(&words).contains(name).then_some(id)
    });
    ids.collect()
}

#[test]
fn a_demo_shows_the_cache_and_leaves_nothing() {
    let directory = scratch();

    let (shown, _) = done(&mut demo(directory.path(), "2"));

    for said in ["DynamoDB  http://127.0.0.1:", "/metrics", "  1 s", "  2 s", "GetItem", "engine"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert!(is_empty(directory.path()), "{shown}");
    assert_eq!(processes_of(directory.path()), [0; 0]);
}

#[test]
fn a_demo_that_is_interrupted_or_loses_its_server_leaves_nothing() {
    for ending in ["interrupt", "loss"] {
        let directory = scratch();
        let mut child = demo(directory.path(), "3600")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut shown = BufReader::new(child.stdout.take().expect("it is piped"));
        read_to(&mut shown, "1 s");

        if ending == "interrupt" {
            signal(&child, "INT");
        } else {
            let server = processes_of(directory.path());
            assert_eq!(server.len(), 1, "{server:?}");
            kill(server[0], "KILL");
        }
        let mut rest = String::new();
        shown.read_to_string(&mut rest).expect("hearth writes UTF-8");
        let output = child.wait_with_output().expect("it ends");

        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if ending == "interrupt" {
            assert!(output.status.success() && rest.contains("GetItem"), "{said}\n{rest}");
        } else {
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("hearth: the server of the demo ended by itself: "), "{said}");
        }
        wait_until("its server to be gone", || {
            processes_of(directory.path()).is_empty().then_some(())
        });
        assert!(is_empty(directory.path()), "{ending}");
    }
}

const RATE: &str = "--rate 2000";
