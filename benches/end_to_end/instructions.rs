//! Cached GetItem: user instructions for each request, as valgrind's callgrind counts them.
//!
//! Each server runs twice, with few requests and with more; the difference leaves out its start.
//! Valgrind has no SHA instructions, so that checked signatures count for more than they cost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::client::{Client, http_answer_length};
use crate::common::{KEYS, Random};
use crate::figures;
use crate::request;
use crate::servers::{self, Hot};

/// Measures and prints; without valgrind it says so.
pub(crate) fn measure() {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        println!("\nInstructions: not counted, there is no valgrind here");
        return;
    }
    let counts = Hot::ALL.map(|hot| {
        let more = total(hot, REQUESTS_MORE);
        (more - total(hot, REQUESTS_FEW)) / (REQUESTS_MORE - REQUESTS_FEW) as u64
    });
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

fn total(hot: Hot, requests: usize) -> u64 {
    let directory = servers::directory();
    let out = directory.path().join("callgrind.out");
    let server = hot.start(|program| under_callgrind(program, &out), directory.path());
    let gets = request::hot_gets();
    let mut random = Random::seeded();
    let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
    client.run(requests, |out| gets[random.below(KEYS)].clone_into(out));
    server.stop();
    let text = fs::read_to_string(&out).expect("callgrind writes at the end");
    let totals = text.lines().filter_map(|line| line.strip_prefix("totals: "));
    totals.filter_map(|number| number.trim().parse::<u64>().ok()).sum()
}

fn under_callgrind(program: &str, out: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", out.display()));
    command.arg(program);
    command
}

const CONNECTIONS: usize = 32;
const REQUESTS_FEW: usize = 1_000;
const REQUESTS_MORE: usize = 6_000;
