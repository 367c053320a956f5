//! What a request costs as there is more of everything: items, cached entries, connections, bytes.
//!
//! One row for each size; a figure is the median of a few rounds. The server whose CPU is measured
//! runs on one core, the client on the other.
//!
//! Not here: comparisons with other servers (`speed.rs`).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use hearth::clock::Clock;

use crate::client::{Client, Run, http_answer_length};
use crate::common::{Random, item_id};
use crate::contest::{self, Requests, set};
use crate::figures::{self, Figure};
use crate::process::{SERVER_CORE, Server, on_core};
use crate::request;
use crate::servers::{self, HEARTH, Signatures};

/// Measures and prints.
pub(crate) fn measure() {
    items();
    connections();
    item_bytes();
}

/// Items on disk and entries in the cache, an order of magnitude after the other.
fn items() {
    let items_max = set("HEARTH_BENCH_ITEMS_MAX").unwrap_or(ITEMS_MAX);
    let directory = servers::directory();
    let (mut on_disk, mut cached) = (Vec::new(), Vec::new());
    let mut items = 0;
    for more in std::iter::successors(Some(10_000), |items| Some(10 * items))
        .take_while(|items| *items <= items_max)
    {
        let server = start(directory.path(), Cached::All);
        load(&server, items, more);
        items = more;
        if items <= ENTRIES_MAX {
            cached.push(of_entries(&server, items));
        }
        drop(server);
        on_disk.push(of_items(directory.path(), items));
    }
    let columns = [
        "items of 100 bytes",
        "on disk, MiB",
        "start, ms",
        "resident after it, MiB",
        "after the reads, MiB",
        "GetItem without the cache, CPU µs",
        "p50 µs",
        "p99 µs",
    ];
    figures::print("Cost by items on disk", &columns, &on_disk);
    let columns = ["entries", "resident, MiB", "cached GetItem, CPU µs", "p50 µs", "p99 µs"];
    figures::print("Cost by entries in the cache, drawn evenly", &columns, &cached);
}

fn of_entries(server: &Server, items: usize) -> Vec<String> {
    let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
    // Each once, so that all of them are there with their answers.
    let mut number = 0;
    let mut each = one_of_many(move || {
        number += 1;
        number - 1
    });
    client.run(items, &mut each);
    let measured = Measured::of(server, &mut client, drawn(items));
    let mut row = vec![items.to_string(), mib(server.resident_kib())];
    row.extend(measured.told());
    row
}

fn of_items(directory: &Path, items: usize) -> Vec<String> {
    let clock = Clock::system();
    let began = clock.monotonic();
    let server = start(directory, Cached::Nothing);
    let took = clock.monotonic().saturating_sub(began);
    let fresh = server.resident_kib();
    let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
    let measured = Measured::of(&server, &mut client, drawn(items));
    let mut row = vec![
        items.to_string(),
        mib(bytes_below(directory) / 1024),
        format!("{:.1}", took.as_secs_f64() * 1e3),
        mib(fresh),
        mib(server.resident_kib()),
    ];
    row.extend(measured.told());
    row
}

fn connections() {
    let directory = servers::directory();
    let server = start(directory.path(), Cached::All);
    servers::fill(&server);
    let mut rows = Vec::new();
    for connections in [1, 10, 100, 1_000, 4_000] {
        let mut client = Client::connect(server.address(), connections, http_answer_length);
        let measured = Measured::of(&server, &mut client, contest::drawn(request::hot_gets()));
        let mut row = vec![connections.to_string(), mib(server.resident_kib())];
        row.extend(measured.told());
        row.push(measured.rate.to_string());
        rows.push(row);
    }
    let columns = [
        "connections, all active",
        "resident, MiB",
        "cached GetItem, CPU µs",
        "p50 µs",
        "p99 µs",
        "requests/s",
    ];
    figures::print("Cost by connections", &columns, &rows);
}

fn item_bytes() {
    let mut rows = Vec::new();
    for bytes in [100, 1_000, 10_000, 100_000, 400_000] {
        let directory = servers::directory();
        let server = start(directory.path(), Cached::All);
        let mut stream = connected(&server);
        servers::create_table(&mut Client::connect(server.address(), 1, http_answer_length));
        (0..LARGE_KEYS).for_each(|number| ask(&mut stream, &request::put_item_of(number, bytes)));
        let gets = || contest::drawn((0..LARGE_KEYS).map(request::get_item).collect());
        let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
        let hits = Measured::of(&server, &mut client, gets());
        drop((client, stream, server));
        let uncached = start(directory.path(), Cached::Nothing);
        let mut client = Client::connect(uncached.address(), CONNECTIONS, http_answer_length);
        let reads = Measured::of(&uncached, &mut client, gets());
        let mut row = vec![bytes.to_string()];
        row.extend(hits.told());
        row.push(hits.mib_a_second.to_string());
        row.push(reads.cpu_us.to_string());
        rows.push(row);
    }
    let columns = [
        "item, bytes",
        "cached GetItem, CPU µs",
        "p50 µs",
        "p99 µs",
        "MiB/s",
        "without the cache, CPU µs",
    ];
    figures::print("Cost by the size of an item", &columns, &rows);
}

/// What several rounds came to.
struct Measured {
    cpu_us: Figure,
    p50_us: Figure,
    p99_us: Figure,
    rate: Figure,
    mib_a_second: Figure,
}

impl Measured {
    fn of(server: &Server, client: &mut Client, mut next: Requests) -> Self {
        let time = contest::round_time();
        client.run_for(time / 2, &mut next);
        let round = |_| {
            let before = server.cpu();
            let run = client.run_for(time, &mut next);
            let cpu = server.cpu().saturating_sub(before).as_secs_f64();
            (cpu * 1e6 / figures::float(run.latencies.len()), run)
        };
        let rounds: Vec<(f64, Run)> = (0..contest::rounds().min(ROUNDS_MAX)).map(round).collect();
        let figure = |of: fn(&Run) -> f64| Figure::of(rounds.iter().map(|(_, run)| of(run)));
        Self {
            cpu_us: Figure::of(rounds.iter().map(|(cpu_us, _)| *cpu_us)),
            p50_us: figure(|run| run.percentile_us(50)),
            p99_us: figure(|run| run.percentile_us(99)),
            rate: figure(Run::rate),
            mib_a_second: figure(|run| {
                figures::float(run.answer_bytes) / f64::from(1 << 20) / run.took.as_secs_f64()
            }),
        }
    }

    fn told(&self) -> [String; 3] {
        [&self.cpu_us, &self.p50_us, &self.p99_us].map(ToString::to_string)
    }
}

/// What a server remembers of what it read and wrote.
#[derive(Clone, Copy)]
enum Cached {
    Nothing,
    All,
}

/// hearth on its core, whose writes go to the system without a sync: loading is not what is
/// measured.
fn start(directory: &Path, cached: Cached) -> Server {
    let mut command: Command =
        servers::hearth(on_core(SERVER_CORE, HEARTH), directory, Signatures::Ignored);
    command.env("HEARTH__STORAGE__DURABILITY", "buffer");
    match cached {
        Cached::Nothing => command.env("HEARTH__CACHE__ENABLED", "false"),
        Cached::All => command.env("HEARTH__CACHE__BYTES", CACHE_BYTES),
    };
    Server::start(command, servers::ready_line)
}

/// Writes the items from `first` to `end`.
pub(crate) fn load(server: &Server, first: usize, end: usize) {
    if first == 0 {
        servers::create_table(&mut Client::connect(server.address(), 1, http_answer_length));
    }
    let mut client = Client::connect(server.address(), LOADERS, http_answer_length);
    let mut at = first;
    client.run((end - first) / BATCH, |out| {
        *out = request::put_items(at..at + BATCH, SMALL_BYTES);
        at += BATCH;
    });
}

/// Requests for items that are drawn evenly.
fn drawn(items: usize) -> Requests {
    let mut random = Random::seeded();
    one_of_many(move || random.below(items))
}

/// Requests for the items that are told one after the other.
fn one_of_many(mut number: impl FnMut() -> usize + 'static) -> Requests {
    let mut template = request::get_item(0);
    let id = item_id(0);
    let place = template.windows(id.len()).position(|part| part == id.as_bytes());
    let place = place.expect("the request names its key");
    Box::new(move |out| {
        // Nobody checks these signatures, so the key may change under them.
        template[place..place + id.len()].copy_from_slice(item_id(number()).as_bytes());
        template.clone_into(out);
    })
}

fn connected(server: &Server) -> TcpStream {
    TcpStream::connect(server.address()).expect("the server listens")
}

/// Sends a request that no socket's buffer may hold, and reads its answer.
fn ask(stream: &mut TcpStream, request: &[u8]) {
    stream.write_all(request).expect("the server reads");
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while http_answer_length(&answer).is_none_or(|length| answer.len() < length) {
        let read = stream.read(&mut part).expect("the server answers");
        assert!(read > 0, "the server hung up");
        answer.extend_from_slice(&part[..read]);
    }
}

/// How many bytes there are in the files below a directory.
fn bytes_below(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).expect("a directory of ours");
    let of_entry = |entry: std::fs::DirEntry| {
        let kind = entry.file_type().ok()?;
        if kind.is_dir() {
            return Some(bytes_below(&entry.path()));
        }
        entry.metadata().ok().map(|metadata| metadata.len())
    };
    // What the server removes meanwhile counts for nothing.
    entries.flatten().filter_map(of_entry).sum()
}

/// As it is shown.
pub(crate) fn mib(kib: u64) -> String {
    format!("{:.1}", f64::from(u32::try_from(kib).expect("not that much")) / 1024.0)
}

const ITEMS_MAX: usize = 1_000_000;
/// More entries than this are not asked to fit the cache.
const ENTRIES_MAX: usize = 1_000_000;
const SMALL_BYTES: usize = 100;
const CACHE_BYTES: &str = "4294967296";
const CONNECTIONS: usize = 32;
const LOADERS: usize = 8;
/// What a BatchWriteItem takes at most.
const BATCH: usize = 25;
const LARGE_KEYS: usize = 20;
const ROUNDS_MAX: usize = 5;
