//! Cached GetItem: user instructions for each request, as valgrind's callgrind counts them.
//!
//! Counting begins once a server has answered some requests, so that its start is left out.
//! Valgrind has no SHA instructions, so that checked signatures count for more than they cost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::client::{Client, http_answer_length};
use crate::common::{KEYS, Random};
use crate::figures;
use crate::process::{self, Server};
use crate::request;
use crate::servers::{self, Hot};

/// Measures and prints; without valgrind it says so.
pub(crate) fn measure() {
    if !can_count() {
        return;
    }
    let counts = Hot::ALL.map(of_each_request);
    let rows: Vec<Vec<String>> = Hot::ALL
        .iter()
        .zip(counts)
        .map(|(hot, count)| {
            vec![hot.name().to_owned(), count.to_string(), figures::ratio(count, counts[0])]
        })
        .collect();
    let columns = ["server", "user instructions/request", "ratio"];
    figures::print("Cached GetItem, instructions", &columns, &rows);
}

fn of_each_request(hot: Hot) -> u64 {
    let directory = servers::directory();
    let out = directory.path().join("callgrind.out");
    let server = hot.start(|program| under_callgrind(program, &out), directory.path());
    let gets = request::hot_gets();
    let mut random = Random::seeded();
    let mut next = |out: &mut Vec<u8>| gets[random.below(KEYS)].clone_into(out);
    let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
    client.run(REQUESTS_BEFORE, &mut next);
    counted(&server, &out, || drop(client.run(REQUESTS, &mut next))) / REQUESTS as u64
}

/// Whether there is a valgrind; if not, it is said.
pub(crate) fn can_count() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    let there = version.is_ok_and(|status| status.success());
    if !there {
        println!("\nInstructions: not counted, there is no valgrind here");
    }
    there
}

/// The instructions that a server under callgrind spends while `work` goes on; the first time.
pub(crate) fn counted(server: &Server, out: &Path, work: impl FnOnce()) -> u64 {
    control(server, "--zero");
    work();
    control(server, "--dump");
    let text = fs::read_to_string(out.with_extension("out.1")).expect("it was just dumped");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|number| number.trim().parse::<u64>().ok());
    total.expect("a dump ends with its total")
}

/// The instructions of that dump which were spent in functions that only copy bytes.
pub(crate) fn spent_copying(out: &Path) -> u64 {
    let dump = out.with_extension("out.1");
    let annotated = Command::new("callgrind_annotate")
        .args(["--threshold=100", "--inclusive=no", "--auto=no"])
        .arg(dump)
        .output()
        .expect("callgrind_annotate comes with valgrind");
    let text = String::from_utf8_lossy(&annotated.stdout);
    let lines = text.lines().filter(|line| line.contains("memcpy") || line.contains("memmove"));
    let count = |line: &str| {
        let digits: String = line.split_whitespace().next()?.replace(',', "");
        digits.parse::<u64>().ok()
    };
    lines.filter_map(count).sum()
}

fn control(server: &Server, what: &str) {
    process::run("callgrind_control", &[what, &server.id().to_string()]);
}

/// The program under callgrind, which dumps to `out` with a number behind.
pub(crate) fn under_callgrind(program: &str, out: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", out.display()));
    command.arg(program);
    command
}

const CONNECTIONS: usize = 32;
const REQUESTS_BEFORE: usize = 1_000;
const REQUESTS: usize = 5_000;
