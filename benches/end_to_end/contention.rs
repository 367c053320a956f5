//! Readers and writers that meet: in one key, and in one table.
//!
//! *One key*: 64 connections write it and 64 read it, each without a pause, of a server with a cache
//! and of one without. The cache can then help little, since a write of that key is nearly always
//! under way; what is asked is whether keeping it exact costs anything.
//!
//! *One table*: queries of a few partitions while a steady stream of writes goes to others, or, to
//! show that the figure can fall, to the same. How many were answered from the cache is read from
//! hearth's own metrics.
//!
//! Servers have all cores and as many workers as they take by themselves.

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use hearth::clock::Clock;

use crate::client::{Client, Run, http_answer_length};
use crate::common::{Random, item_id};
use crate::figures::{self, Figure};
use crate::pages;
use crate::process::{Server, on_all_cores};
use crate::request;
use crate::servers::{self, HEARTH};

/// Measures and prints.
pub(crate) fn measure() {
    for storage in [Storage::Disk, Storage::Memory] {
        one_key(storage);
    }
    one_table();
}

/// Where the servers keep their tables.
#[derive(Clone, Copy)]
enum Storage {
    Disk,
    Memory,
}

impl Storage {
    fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Memory => "memory",
        }
    }
}

fn one_key(storage: Storage) {
    let directories = [servers::directory(), servers::directory()];
    let start = |cache: &str, directory: &Path| {
        let mut command = servers::whole_hearth(on_all_cores(HEARTH), directory);
        command.env("HEARTH__CACHE__ENABLED", cache);
        command.env("HEARTH__STORAGE__ENGINE", storage.name());
        let server = Server::start(command, servers::ready_line);
        let mut client = Client::connect(server.address(), 1, http_answer_length);
        servers::create_table(&mut client);
        client.ask(&request::put_item(0));
        server
    };
    let on = start("true", directories[0].path());
    let off = start("false", directories[1].path());
    let rounds: Vec<[Both; 2]> = (0..ROUNDS)
        .map(|round| {
            // By turns first, so that neither always follows the other.
            if round % 2 == 0 {
                let on = Both::of(&on);
                [on, Both::of(&off)]
            } else {
                let off = Both::of(&off);
                [Both::of(&on), off]
            }
        })
        .collect();
    let rows = [(0, "cache on"), (1, "cache off")].map(|(place, name)| {
        let mut row = vec![name.to_owned()];
        for of in [Both::reads, Both::writes, Both::requests, Both::cpu_us] {
            row.push(Figure::of(rounds.iter().map(|round| of(&round[place]))).to_string());
            let ratios = rounds.iter().map(|round| of(&round[place]) / of(&round[1]));
            row.push(Figure::of(ratios).to_string());
        }
        row
    });
    let title = format!(
        "One key, {WRITERS} writers and {READERS} readers, tables in {}: median (least–most) of \
         {ROUNDS} rounds of {} s",
        storage.name(),
        ROUND.as_secs()
    );
    let columns = [
        "server",
        "reads/s",
        "ratio",
        "writes/s",
        "ratio",
        "both/s",
        "ratio",
        "CPU µs/request",
        "ratio",
    ];
    figures::print(&title, &columns, &rows);
}

/// What readers and writers had answered within the same time, and what it cost the server.
struct Both {
    reads: Run,
    writes: Run,
    cpu: Duration,
}

impl Both {
    fn of(server: &Server) -> Self {
        let get = &request::hot_gets()[0];
        let put = &request::put_item(0);
        let mut reading = Client::connect(server.address(), READERS, http_answer_length);
        let mut writing = Client::connect(server.address(), WRITERS, http_answer_length);
        let mut for_both = |time| {
            let before = server.cpu();
            let (reads, writes) = thread::scope(|scope| {
                let reads = scope.spawn(|| reading.run_for(time, |out| get.clone_into(out)));
                let writes = writing.run_for(time, |out| put.clone_into(out));
                (reads.join().expect("the readers end"), writes)
            });
            Self { reads, writes, cpu: server.cpu().saturating_sub(before) }
        };
        for_both(WARM_UP);
        for_both(ROUND)
    }

    fn reads(&self) -> f64 {
        self.reads.rate()
    }

    fn writes(&self) -> f64 {
        self.writes.rate()
    }

    fn requests(&self) -> f64 {
        self.reads() + self.writes()
    }

    fn cpu_us(&self) -> f64 {
        let requests = self.reads.latencies.len() + self.writes.latencies.len();
        self.cpu.as_secs_f64() * 1e6 / figures::float(requests)
    }
}

fn one_table() {
    let directory = servers::directory();
    let admin = Cell::new(None);
    let ready = |line: &str| {
        admin.set(servers::admin_address(line));
        servers::ready_line(line)
    };
    let command = servers::whole_hearth(on_all_cores(HEARTH), directory.path());
    let server = Server::start(command, ready);
    let admin = admin.get().expect("the ready line names the admin port");
    pages::fill(&server);
    let mut rows = Vec::new();
    for (name, first, count) in
        [("other partitions", OTHERS_FIRST, OTHERS), ("the same partitions", 0, pages::PARTITIONS)]
    {
        let rounds: Vec<Round> =
            (0..ROUNDS).map(|_| Round::of(&server, admin, first, count)).collect();
        let figure = |of: fn(&Round) -> f64| Figure::of(rounds.iter().map(of)).to_string();
        rows.push(vec![
            name.to_owned(),
            figure(|round| round.writes),
            figure(|round| round.queries),
            figure(|round| 100.0 * round.hit_rate),
        ]);
    }
    let title = format!(
        "Queries of {} partitions while {WRITES_A_SECOND} writes/s are due elsewhere or there: \
         median (least–most) of {ROUNDS} rounds of {} s",
        pages::PARTITIONS,
        ROUND.as_secs()
    );
    let columns = ["writes go to", "writes/s reached", "queries/s", "hits in 100"];
    figures::print(&title, &columns, &rows);
}

struct Round {
    writes: f64,
    queries: f64,
    hit_rate: f64,
}

impl Round {
    /// Writes go to `count` partitions from `first` on.
    fn of(server: &Server, admin: SocketAddr, first: usize, count: usize) -> Self {
        let queries: Vec<Vec<u8>> = (0..pages::PARTITIONS).map(request::query).collect();
        let mut put = request::put_paged_item(0, 0);
        let id = item_id(0);
        let place = put.windows(id.len()).position(|part| part == id.as_bytes());
        let place = place.expect("the request names its key");
        let mut written = 0;
        let next_write = |out: &mut Vec<u8>| {
            let id = item_id(first + written % count);
            // Nobody checks these signatures, so the key may change under them.
            put[place..place + id.len()].copy_from_slice(id.as_bytes());
            put.clone_into(out);
            written += 1;
        };
        let mut random = Random::seeded();
        let next_query =
            |out: &mut Vec<u8>| queries[random.below(pages::PARTITIONS)].clone_into(out);
        let mut reading = Client::connect(server.address(), QUERY_READERS, http_answer_length);
        let mut writing = Client::connect(server.address(), WRITERS, http_answer_length);
        let before = QueryLookups::read(admin);
        let (writes, queries) = thread::scope(|scope| {
            let queries = scope.spawn(|| paced(&mut reading, QUERIES_A_SECOND, next_query));
            let writes = paced(&mut writing, WRITES_A_SECOND, next_write);
            (writes, queries.join().expect("the readers end"))
        });
        let after = QueryLookups::read(admin);
        Self { writes, queries, hit_rate: after.hit_rate_since(&before) }
    }
}

/// Sends so many requests a second for a round, as evenly as ticks allow; the rate that was reached.
fn paced(client: &mut Client, rate: f64, mut next: impl FnMut(&mut Vec<u8>)) -> f64 {
    let clock = Clock::system();
    let began = clock.monotonic();
    let mut sent = 0;
    loop {
        let passed = clock.monotonic().saturating_sub(began);
        if passed >= ROUND {
            return figures::float(sent) / passed.as_secs_f64();
        }
        let due = figures::whole(passed.as_secs_f64() * rate);
        client.run(due.saturating_sub(sent), &mut next);
        sent = sent.max(due);
        rest();
    }
}

#[expect(clippy::disallowed_methods, reason = "a pace is what is wanted")]
fn rest() {
    thread::sleep(TICK);
}

/// What look-ups in the query cache found, as the admin port tells it.
struct QueryLookups {
    hits: f64,
    all: f64,
}

impl QueryLookups {
    fn read(admin: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(admin).expect("the admin port listens");
        let request =
            format!("GET /metrics HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the admin port reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("the admin port answers");
        let lines = text.lines().filter(|line| {
            line.starts_with("hearth_cache_requests_total{") && line.contains(r#"cache="query""#)
        });
        let (mut hits, mut all) = (0.0, 0.0);
        for line in lines {
            let count = line.rsplit(' ').next().and_then(|count| count.parse::<f64>().ok());
            let count = count.expect("a line ends with its count");
            all += count;
            if line.contains(r#"result="hit""#) {
                hits += count;
            }
        }
        Self { hits, all }
    }

    fn hit_rate_since(&self, before: &Self) -> f64 {
        (self.hits - before.hits) / (self.all - before.all)
    }
}

const WRITERS: usize = 64;
const READERS: usize = 64;
const QUERY_READERS: usize = 8;
const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);
const WRITES_A_SECOND: f64 = 5_000.0;
const QUERIES_A_SECOND: f64 = 1_000.0;
const TICK: Duration = Duration::from_millis(5);
/// Where the partitions begin that are only written, and how many they are.
const OTHERS_FIRST: usize = 1_000;
const OTHERS: usize = 10_000;
