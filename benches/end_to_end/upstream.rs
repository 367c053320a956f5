//! A hearth in front of another one: what a hit costs beside a hearth that has its tables itself,
//! what a miss adds to asking the other one, and how soon it serves what was written past it.
//!
//! Must hold: whoever is compared is asked in turn, in rounds of one run; with `--check` a time that
//! is longer than is wanted ends the run.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hearth::clock::Clock;

use crate::client::{Client, Run, http_answer_length};
use crate::common::Random;
use crate::figures::{self, Figure};
use crate::hot;
use crate::instructions;
use crate::process::{SERVER_CORE, Server, on_core};
use crate::request;
use crate::servers::{self, HEARTH, Hot, Signatures};

/// Measures and prints.
pub(crate) fn measure() {
    measure_hits();
    measure_misses();
    measure_notice();
}

/// Cached reads, by CPU time in turn and by instructions one after the other.
fn measure_hits() {
    let directories = [(); 3].map(|()| servers::directory());
    let embedded = Hot::Hearth(Signatures::Ignored).start(on_server_core, directories[0].path());
    let back = back(directories[1].path(), &[]);
    servers::fill(&back);
    let front = front(&on_server_core, directories[2].path(), &back, &[]);
    let rounds: Vec<[f64; 2]> =
        (0..ROUNDS).map(|_| [&embedded, &front].map(|server| hot::round(server).cpu_us)).collect();
    let instructions = instructions::can_count().then(|| instructions_of(&back));
    let rows = ["tables in itself", "in front of another"].into_iter().enumerate();
    let rows: Vec<Vec<String>> = rows
        .map(|(place, name)| {
            let ratio = Figure::of(rounds.iter().map(|round| round[place] / round[0]));
            let counted = instructions.map(|counts| {
                vec![counts[place].to_string(), figures::ratio(counts[place], counts[0])]
            });
            let cpu = Figure::of(rounds.iter().map(|round| round[place])).to_string();
            let mut row = vec![name.to_owned(), cpu, ratio.to_string()];
            row.extend(counted.unwrap_or_else(|| vec!["–".to_owned(); 2]));
            row
        })
        .collect();
    let title = format!("Cached GetItem: median (least–most) of {ROUNDS} rounds");
    let columns = ["hearth", "CPU µs/request", "ratio", "user instructions/request", "ratio"];
    figures::print(&title, &columns, &rows);
}

/// Of a hearth that has its tables itself, and of one in front of `back`.
fn instructions_of(back: &Server) -> [u64; 2] {
    let connect =
        |server: &Server| Client::connect(server.address(), CONNECTIONS, http_answer_length);
    let gets = request::hot_gets();
    let embedded =
        instructions::profile(Hot::Hearth(Signatures::Ignored), CONNECTIONS, |all, _| all);
    let start = |launcher: &dyn Fn(&str) -> Command, directory: &Path| {
        front(launcher, directory, back, &[])
    };
    [embedded, instructions::profile_of(start, connect, &gets, |all, _| all)]
}

/// First reads of items, of the back without a cache and through the front, over one connection.
fn measure_misses() {
    let directories = [(); 2].map(|()| servers::directory());
    let back = back(directories[0].path(), &[("HEARTH__CACHE__ENABLED", "false")]);
    let mut at_back = Client::connect(back.address(), 1, http_answer_length);
    servers::create_table(&mut at_back);
    for number in 0..(ROUNDS + 1) * MISSES {
        at_back.ask(&request::put_item(number));
    }
    let front = front(&on_server_core, directories[1].path(), &back, &[]);
    let mut at_front = Client::connect(front.address(), 1, http_answer_length);
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let gets: Vec<_> = (round * MISSES..(round + 1) * MISSES).map(request::get_item).collect();
        let direct = read_each(&mut at_back, &gets);
        let before = front.cpu();
        let through = read_each(&mut at_front, &gets);
        let cpu_us = front.cpu().saturating_sub(before).as_secs_f64() * 1e6;
        rounds.push([
            direct.percentile_us(50),
            through.percentile_us(50),
            through.percentile_us(50) - direct.percentile_us(50),
            cpu_us / figures::float(MISSES),
        ]);
    }
    // The first finds nothing ready.
    let figure = |place: usize| Figure::of(rounds[1..].iter().map(|round| round[place]));
    let row = (0..4).map(|place| figure(place).to_string()).collect();
    let title = format!(
        "First GetItem of an item, one connection: p50 in µs, median (least–most) of {ROUNDS} \
         rounds of {MISSES} items"
    );
    let columns = ["direct", "through hearth", "added", "CPU µs of hearth"];
    figures::print(&title, &columns, &[row]);
    let added = figure(2).median();
    println!("\nA miss adds {added:.0} µs (at most {ADDED_US_MAX} µs are wanted)");
    check(added <= f64::from(ADDED_US_MAX), "what a miss adds");
}

/// From the acknowledgement of a write past the front until the front serves it.
fn measure_notice() {
    let directories = [(); 2].map(|()| servers::directory());
    let back = back(directories[0].path(), &[]);
    let mut at_back = Client::connect(back.address(), 1, http_answer_length);
    servers::create_table(&mut at_back);
    let follow = [("HEARTH__CACHE__STREAM", "enable")];
    let front = front(&on_server_core, directories[1].path(), &back, &follow);
    let mut at_front = Client::connect(front.address(), 1, http_answer_length);
    let clock = Clock::system();
    let mut random = Random::seeded();
    let get = request::get_item(0);
    let mut waits = Vec::new();
    for version in 0..=WRITES {
        at_back.ask(&request::put_item_of(0, SMALLEST + version));
        let acknowledged = clock.monotonic();
        let expected = length_at(&mut at_back, &get);
        while length_at(&mut at_front, &get) != expected {
            let waited = clock.monotonic().saturating_sub(acknowledged);
            assert!(waited < PATIENCE, "a write past hearth is not noticed");
        }
        waits.push(clock.monotonic().saturating_sub(acknowledged));
        // So that the next write meets any moment between two polls.
        let pause = Duration::from_millis(random.below(POLL_MS) as u64);
        at_front.run_for(pause, |out| get.clone_into(out));
    }
    // The first is there before the stream is followed.
    let mut waits = waits.split_off(1);
    waits.sort_unstable();
    let ms = |per_hundred: usize| waits[(WRITES - 1) * per_hundred / 100].as_secs_f64() * 1e3;
    let row = [50, 99, 100].map(|per_hundred| format!("{:.1}", ms(per_hundred))).to_vec();
    let title = format!(
        "Until a write past hearth is served, in ms, of {WRITES} writes, polled each {POLL_MS} ms"
    );
    figures::print(&title, &["p50", "p99", "most"], &[row]);
    println!("\np99 is {:.1} ms (at most {NOTICED_MS_MAX} ms are wanted)", ms(99));
    check(ms(99) <= f64::from(NOTICED_MS_MAX), "until a write past hearth is served");
}

fn check(is_met: bool, figure: &str) {
    let is_asked = env::args().any(|word| word == "--check");
    assert!(is_met || !is_asked, "{figure}: longer than is wanted");
}

fn read_each(client: &mut Client, gets: &[Vec<u8>]) -> Run {
    let mut gets = gets.iter();
    client.run(gets.len(), |out| gets.next().expect("one for each").clone_into(out))
}

/// The length of the answer, which tells the versions of an item apart.
fn length_at(client: &mut Client, get: &[u8]) -> usize {
    client.run(1, |out| get.clone_into(out)).answer_bytes
}

/// A hearth with tables, on the core of the servers.
fn back(directory: &Path, settings: &[(&str, &str)]) -> Server {
    let mut command = servers::hearth(on_server_core(HEARTH), directory, Signatures::Ignored);
    command.envs(settings.iter().copied());
    Server::start(command, servers::ready_line)
}

/// One in front of it, behind `launcher`.
fn front(
    launcher: &dyn Fn(&str) -> Command,
    directory: &Path,
    back: &Server,
    settings: &[(&str, &str)],
) -> Server {
    let mut command = servers::hearth(launcher(HEARTH), directory, Signatures::Ignored);
    command.args(["--upstream", &format!("http://{}", back.address())]);
    command.env("HEARTH__UPSTREAM__CREDENTIALS", "anonymous").envs(settings.iter().copied());
    Server::start(command, servers::ready_line)
}

fn on_server_core(program: &str) -> Command {
    on_core(SERVER_CORE, program)
}

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 11;
/// Items that are read in a round, none of them twice.
const MISSES: usize = 500;
const ADDED_US_MAX: u32 = 150;
const WRITES: usize = 200;
/// The smallest version of the item that is written past hearth.
const SMALLEST: usize = 100;
/// As hearth has it by itself.
const POLL_MS: usize = 200;
const NOTICED_MS_MAX: u32 = 250;
const PATIENCE: Duration = Duration::from_secs(30);
