//! Cached GetItem: user instructions for each request, as valgrind's callgrind counts them.
//!
//! Counting begins once a server has answered some requests, so that its start is left out.
//! Valgrind has no SHA instructions, so that checked signatures count for more than they cost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::baseline::Purpose;
use crate::client::{Client, http_answer_length};
use crate::common::{KEYS, Random};
use crate::dax;
use crate::figures;
use crate::process::{self, Server};
use crate::request;
use crate::servers::{self, Hot, Signatures};

/// Measures and prints; without valgrind it says so.
///
/// To be kept or checked, only what does not depend on when things happen is counted: one connection.
pub(crate) fn measure() {
    let purpose = Purpose::of_words();
    if !can_count() {
        assert!(purpose != Purpose::Check, "instructions cannot be checked");
        return;
    }
    if purpose != Purpose::Print {
        let hearth = Hot::Hearth(Signatures::Ignored);
        let counts =
            [(OVER_HTTP, of_each_request(hearth, 1)), (OVER_DAX, profile_dax(1, |all, _| all))];
        return purpose.serve(&counts);
    }
    let over_http = Hot::ALL.map(|hot| (hot.name(), of_each_request(hot, CONNECTIONS)));
    let over_dax = profile_dax(CONNECTIONS, |all, _| all);
    let bare = over_http[0].1;
    let rows: Vec<Vec<String>> = over_http
        .into_iter()
        .chain([("hearth, DAX", over_dax)])
        .map(|(name, count)| vec![name.to_owned(), count.to_string(), figures::ratio(count, bare)])
        .collect();
    let columns = ["server", "user instructions/request", "ratio"];
    figures::print("Cached GetItem, instructions", &columns, &rows);
}

fn of_each_request(hot: Hot, connections: usize) -> u64 {
    profile(hot, connections, |all, _| all)
}

/// Counts a server's cached reads; `read` is given the instructions of each and the dump.
pub(crate) fn profile<T>(hot: Hot, connections: usize, read: impl FnOnce(u64, &Path) -> T) -> T {
    let connect =
        |server: &Server| Client::connect(server.address(), connections, http_answer_length);
    profiled(hot, connect, &request::hot_gets(), read)
}

/// The same of hearth, by DAX.
pub(crate) fn profile_dax<T>(connections: usize, read: impl FnOnce(u64, &Path) -> T) -> T {
    let connect = |server: &Server| {
        let address = servers::dax_address(server);
        let mut client = Client::connect(address, connections, dax::found_length);
        client.greet(&dax::greeting());
        client
    };
    profiled(Hot::Hearth(Signatures::Ignored), connect, &dax::hot_gets(), read)
}

fn profiled<T>(
    hot: Hot,
    connect: impl FnOnce(&Server) -> Client,
    gets: &[Vec<u8>],
    read: impl FnOnce(u64, &Path) -> T,
) -> T {
    profile_of(|launcher, directory| hot.start(launcher, directory), connect, gets, read)
}

/// Counts the reads of a server that `start` starts by the launcher that it is given.
pub(crate) fn profile_of<T>(
    start: impl FnOnce(&dyn Fn(&str) -> Command, &Path) -> Server,
    connect: impl FnOnce(&Server) -> Client,
    gets: &[Vec<u8>],
    read: impl FnOnce(u64, &Path) -> T,
) -> T {
    let directory = servers::directory();
    let out = directory.path().join("callgrind.out");
    let server = start(&|program| under_callgrind(program, &out), directory.path());
    let mut random = Random::seeded();
    let mut next = |out: &mut Vec<u8>| gets[random.below(KEYS)].clone_into(out);
    let mut client = connect(&server);
    client.run(REQUESTS_BEFORE, &mut next);
    let all = counted(&server, &out, || drop(client.run(REQUESTS, &mut next)));
    read(all / REQUESTS as u64, &out)
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
    let spent = spent(out).into_iter();
    let copies = |function: &str| function.contains("memcpy") || function.contains("memmove");
    spent.filter(|(_, function)| copies(function)).map(|(count, _)| count).sum()
}

/// The instructions of that dump by the file of the source and the function that they are part of.
pub(crate) fn spent(out: &Path) -> Vec<(u64, String)> {
    let dump = out.with_extension("out.1");
    let annotated = Command::new("callgrind_annotate")
        .args(["--threshold=100", "--inclusive=no", "--auto=no"])
        .arg(dump)
        .output()
        .expect("callgrind_annotate comes with valgrind");
    let text = String::from_utf8_lossy(&annotated.stdout);
    let function = |line: &str| {
        let (count, rest) = line.trim_start().split_once(' ')?;
        let (_, function) = rest.split_once(')')?;
        // The program's own path would look like a module.
        let function = function.split(" [").next().unwrap_or_default().trim();
        Some((count.replace(',', "").parse().ok()?, function.to_owned()))
    };
    let lines = text.lines().filter(|line| !line.contains("PROGRAM TOTALS"));
    let spent: Vec<(u64, String)> = lines.filter_map(function).collect();
    // A function that ran when counting began is told with all that it called.
    let most = spent.iter().map(|(count, _)| *count).max().unwrap_or_default();
    spent.into_iter().filter(|(count, _)| *count < most / 100 * 99).collect()
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

const OVER_HTTP: &str = "end_to_end/get_item/1KB";
const OVER_DAX: &str = "end_to_end/dax_get_item/1KB";
const CONNECTIONS: usize = 32;
const REQUESTS_BEFORE: usize = 1_000;
/// That are counted.
pub(crate) const REQUESTS: usize = 5_000;
