//! How fast hearth is beside what it is compared with, in one run and one table.
//!
//! Servers that are compared run at once and are asked in turn. Reads: every server on one core,
//! the client on the other. Durable writes: every server free to use both, as it would be.
//!
//! Not here: the servers themselves (`servers.rs`, `peers.rs`), how a round goes (`contest.rs`).

use tempfile::TempDir;

use crate::client::{Client, http_answer_length, resp_ok_length, resp_value_length};
use crate::common::{KEYS, item_id};
use crate::contest::{self, Entrant, Load, Requests, Round, Rounds, drawn};
use crate::dax;
use crate::durable;
use crate::figures::{self, Figure};
use crate::peers::{self, Peer};
use crate::process::{SERVER_CORE, Server, on_all_cores, on_core};
use crate::query;
use crate::request;
use crate::servers::{self, Hot, Signatures};

/// Measures and prints.
pub(crate) fn measure() {
    let mut table = Vec::new();
    let reads = Reads::start();
    let half = reads.closed(&mut table) / 2.0;
    reads.open(half, &mut table);
    reads.many_connections(&mut table);
    drop(reads);
    reads_beside_peers(&mut table);
    let pages = query::held();
    let target = "≤ 1.15 ×";
    table.push(of_cpu("cached Query of 100 items, CPU, to the bare server", target, &pages, 1, 0));
    table.push(of_cpu("the same, signatures checked", "", &pages, 2, 0));
    writes(&mut table);
    figures::print(&format!("Speed: {}", contest::manner()), &COLUMNS, &table);
}

/// Measures and prints the part of it that DAX has.
pub(crate) fn measure_dax() {
    let reads = Reads::start();
    let load = Load::of(CONNECTIONS);
    let mut entrants = vec![
        getting("hearth, signatures checked", &reads.checking, load),
        getting_by_dax(&reads.checking, load),
    ];
    entrants.extend(reads.redis.as_ref().map(|server| getting_of_redis(server, load)));
    let rounds = Rounds::of(&entrants);
    rounds.print(&format!("Cached getItem of DAX, {CONNECTIONS} connections"), &entrants);
    let mut table = Vec::new();
    of_dax(&rounds, 1, 0, reads.redis.as_ref().map(|_| 2), &mut table);
    figures::print(&format!("DAX: {}", contest::manner()), &COLUMNS, &table);
}

type Table = Vec<Vec<String>>;

/// The servers whose cached reads are compared.
struct Reads {
    bare: Server,
    hearth: Server,
    checking: Server,
    redis: Option<Server>,
    _directories: [TempDir; 3],
}

impl Reads {
    fn start() -> Self {
        let directories = [servers::directory(), servers::directory(), servers::directory()];
        let on_one = |program: &str| on_core(SERVER_CORE, program);
        let redis = servers::unsaved_redis(on_one);
        redis.iter().for_each(fill_redis);
        Self {
            bare: Hot::Bare.start(on_one, directories[0].path()),
            hearth: Hot::Hearth(Signatures::Ignored).start(on_one, directories[1].path()),
            checking: Hot::Hearth(Signatures::Checked).start(on_one, directories[2].path()),
            redis,
            _directories: directories,
        }
    }

    /// As fast as the servers can; tells hearth's requests a second.
    fn closed(&self, table: &mut Table) -> f64 {
        let load = Load::of(CONNECTIONS);
        let mut entrants = vec![
            getting("bare hyper", &self.bare, load),
            getting("hearth", &self.hearth, load),
            getting("hearth, signatures checked", &self.checking, load),
            getting_by_dax(&self.checking, load),
        ];
        entrants.extend(self.redis.as_ref().map(|server| getting_of_redis(server, load)));
        let rounds = Rounds::of(&entrants);
        rounds.print(&format!("Cached GetItem, {CONNECTIONS} connections"), &entrants);
        let cpu = "cached GetItem, CPU, to the bare server";
        table.push(of_cpu(cpu, "≤ 1.10 ×", &rounds, 1, 0));
        table.push(of_cpu("the same, signatures checked", "≤ 1.25 ×", &rounds, 2, 0));
        if self.redis.is_some() {
            let redis = "cached GetItem, requests/s, to redis GET";
            table.push(of_rate(redis, "≥ 1.0 ×", &rounds, 1, 4));
        }
        of_dax(&rounds, 3, 2, self.redis.as_ref().map(|_| 4), table);
        rounds.figure(1, rate).median()
    }

    /// At a fixed rate.
    fn open(&self, a_second: f64, table: &mut Table) {
        let run = |server: &Server| {
            let mut client =
                Client::connect(server.address(), OPEN_CONNECTIONS, http_answer_length);
            let mut next = drawn(request::hot_gets());
            let time = contest::round_time();
            client.run_open(a_second, time / 10, &mut next);
            client.run_open(a_second, time, &mut next)
        };
        let rounds: Vec<_> =
            (0..contest::rounds()).map(|_| [run(&self.bare), run(&self.hearth)]).collect();
        for (name, per_mille) in [("p99", 990), ("p99.9", 999)] {
            let of = |place: usize| {
                Figure::of(rounds.iter().map(|round| round[place].per_mille_us(per_mille)))
            };
            let ratio = rounds.iter().map(|[bare, hearth]| {
                hearth.per_mille_us(per_mille) / bare.per_mille_us(per_mille)
            });
            table.push(vec![
                format!("cached GetItem, open loop of {a_second:.0}/s, {name}, to the bare server"),
                "reported".to_owned(),
                format!("{} ×", Figure::of(ratio)),
                format!("{} µs", of(1)),
                format!("{} µs", of(0)),
            ]);
        }
    }

    fn many_connections(&self, table: &mut Table) {
        let many = Load { active: ACTIVE, ..Load::of(MANY_CONNECTIONS) };
        let entrants = [
            getting("32 connections", &self.hearth, Load::of(CONNECTIONS)),
            getting("4,000 connections, 200 active", &self.hearth, many),
        ];
        let rounds = Rounds::of(&entrants);
        rounds.print("Cached GetItem, many open connections", &entrants);
        let name = "4,000 connections, 5 % active, CPU, to 32 connections";
        table.push(of_cpu(name, "≤ 1.2 ×", &rounds, 1, 0));
    }
}

fn reads_beside_peers(table: &mut Table) {
    let directory = servers::directory();
    let on_one = |program: &str| on_core(SERVER_CORE, program);
    let hearth = Hot::Hearth(Signatures::Ignored).start(on_one, directory.path());
    let peers = peers::start(on_one);
    if peers.is_empty() {
        return;
    }
    let load = Load::of(CONNECTIONS);
    let others = peers.iter().map(|peer| getting(peer.name, &peer.server, peer.load(CONNECTIONS)));
    let entrants: Vec<_> =
        std::iter::once(getting("hearth", &hearth, load)).chain(others).collect();
    let rounds = Rounds::of(&entrants);
    rounds.print("Cached GetItem beside peers", &entrants);
    table.push(of_best("cached GetItem, requests/s, to the best peer", &rounds, 0, 1, &peers));
}

fn writes(table: &mut Table) {
    let directories = [servers::directory(), servers::directory()];
    let command = servers::whole_hearth(on_all_cores(servers::HEARTH), directories[0].path());
    let hearth = Server::start(command, servers::ready_line);
    servers::fill(&hearth);
    let redis = servers::there_is("redis-server").then(|| servers::redis(directories[1].path()));
    let peers = peers::start(on_all_cores);
    for connections in WRITING_CONNECTIONS {
        let load = Load::of(connections);
        let mut entrants = vec![putting("hearth PutItem", &hearth, load)];
        entrants.extend(redis.as_ref().map(|server| Entrant {
            name: "redis SET, appendfsync always",
            server,
            answer_length: resp_ok_length,
            requests: |round| durable::setting(round * ROUND_KEYS),
            load,
        }));
        let first_peer = entrants.len();
        let others =
            peers.iter().map(|peer| putting(peer.name, &peer.server, peer.load(connections)));
        entrants.extend(others);
        let rounds = Rounds::of(&entrants);
        rounds.print(&format!("Durable PutItem, {connections} connections"), &entrants);
        if redis.is_some() {
            let name =
                format!("durable PutItem, {connections} connections, to redis that syncs each");
            table.push(of_rate(&name, "≥ 0.5 ×", &rounds, 0, 1));
        }
        if !peers.is_empty() {
            let name = format!("durable PutItem, {connections} connections, to the best peer");
            table.push(of_best(&name, &rounds, 0, first_peer, &peers));
        }
    }
}

fn getting<'a>(name: &'a str, server: &'a Server, load: Load) -> Entrant<'a> {
    let requests = |_: usize| drawn(request::hot_gets());
    Entrant { name, server, answer_length: http_answer_length, requests, load }
}

/// Each connection is authorized once, as clients of DAX do it.
fn getting_by_dax(server: &Server, load: Load) -> Entrant<'_> {
    let load = Load { dax: Some(servers::dax_address(server)), ..load };
    let requests = |_: usize| drawn(dax::hot_gets());
    let name = "hearth, DAX, authorized";
    Entrant { name, server, answer_length: dax::found_length, requests, load }
}

fn getting_of_redis(server: &Server, load: Load) -> Entrant<'_> {
    let requests = |_: usize| drawn((0..KEYS).map(resp_get).collect());
    Entrant { name: "redis GET", server, answer_length: resp_value_length, requests, load }
}

/// What is said of DAX: beside HTTP with signatures, and redis if it is there.
fn of_dax(rounds: &Rounds, dax: usize, http: usize, redis: Option<usize>, table: &mut Table) {
    if let Some(redis) = redis {
        let name = "cached getItem of DAX, requests/s, to redis GET";
        table.push(of_rate(name, "≥ 1.1 ×", rounds, dax, redis));
    }
    let name = "cached getItem of DAX, CPU, to HTTP with signatures";
    table.push(of_cpu(name, "< 1 ×", rounds, dax, http));
}

fn putting<'a>(name: &'a str, server: &'a Server, load: Load) -> Entrant<'a> {
    let requests = |round: usize| -> Requests { durable::putting(round * ROUND_KEYS) };
    Entrant { name, server, answer_length: http_answer_length, requests, load }
}

fn fill_redis(redis: &Server) {
    let mut client = Client::connect(redis.address(), 1, resp_ok_length);
    for number in 0..KEYS {
        let (key, value) = (item_id(number), request::hot_answer(number));
        let (key_bytes, value_bytes) = (key.len(), value.len());
        let set =
            format!("*3\r\n$3\r\nSET\r\n${key_bytes}\r\n{key}\r\n${value_bytes}\r\n{value}\r\n");
        client.ask(set.as_bytes());
    }
}

fn resp_get(number: usize) -> Vec<u8> {
    let key = item_id(number);
    format!("*2\r\n$3\r\nGET\r\n${}\r\n{key}\r\n", key.len()).into_bytes()
}

fn of_cpu(name: &str, target: &str, rounds: &Rounds, place: usize, to: usize) -> Vec<String> {
    let cpu = |round: &Round| round.cpu_us;
    vec![
        name.to_owned(),
        target.to_owned(),
        format!("{} ×", rounds.ratio(place, to, cpu)),
        format!("{} µs", rounds.figure(place, cpu)),
        format!("{} µs", rounds.figure(to, cpu)),
    ]
}

fn of_rate(name: &str, target: &str, rounds: &Rounds, place: usize, to: usize) -> Vec<String> {
    vec![
        name.to_owned(),
        target.to_owned(),
        format!("{} ×", rounds.ratio(place, to, rate)),
        format!("{}/s", rounds.figure(place, rate)),
        format!("{}/s", rounds.figure(to, rate)),
    ]
}

/// Beside the best of the peers, the first of which has the place `first`.
fn of_best(name: &str, rounds: &Rounds, place: usize, first: usize, peers: &[Peer]) -> Vec<String> {
    let places = first..first + peers.len();
    let of_peers = peers.iter().zip(places.clone());
    let told = of_peers.map(|(peer, at)| format!("{} {}/s", peer.name, rounds.figure(at, rate)));
    vec![
        name.to_owned(),
        "≥ 4 ×".to_owned(),
        format!("{} ×", rounds.ratio_to_best(place, &places)),
        format!("{}/s", rounds.figure(place, rate)),
        told.collect::<Vec<_>>().join(", "),
    ]
}

fn rate(round: &Round) -> f64 {
    round.run.rate()
}

const COLUMNS: [&str; 5] = ["comparison", "target", "measured", "hearth", "the other"];
const CONNECTIONS: usize = 32;
/// Enough for what is due while an answer is late.
const OPEN_CONNECTIONS: usize = 64;
const MANY_CONNECTIONS: usize = 4_000;
const ACTIVE: usize = 200;
const WRITING_CONNECTIONS: [usize; 2] = [32, 64];
/// More than any server writes in a round.
const ROUND_KEYS: usize = 1_000_000;
