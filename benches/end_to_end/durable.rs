//! Durable writes: PutItem beside redis's SET with a sync for every write, by the same client.
//!
//! Both servers are free to use both cores, as they would be; they are asked in turn, and ratios
//! are taken within a round.

use crate::client::{Client, Run, http_answer_length, resp_ok_length};
use crate::common::{ITEM_BYTES, item_id};
use crate::contest::Requests;
use crate::figures::{self, Figure};
use crate::process::{Server, on_all_cores};
use crate::request;
use crate::servers::{self, HEARTH, Signatures};

/// Measures and prints; without redis it says so.
pub(crate) fn measure() {
    if std::process::Command::new("redis-server").arg("--version").output().is_err() {
        println!("\nDurable writes: not measured, there is no redis-server here");
        return;
    }
    let directories = [servers::directory(), servers::directory()];
    let command = servers::hearth(on_all_cores(HEARTH), directories[0].path(), Signatures::Ignored);
    let hearth = Server::start(command, servers::ready_line);
    servers::create_table(&mut Client::connect(hearth.address(), 1, http_answer_length));
    let redis = servers::redis(directories[1].path());

    let mut keys = 0;
    let mut rows = Vec::new();
    for (connections, requests) in LOADS {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let of_hearth = puts(&hearth, connections, requests, keys);
            let of_redis = sets(&redis, connections, requests, keys);
            rounds.push([of_hearth, of_redis]);
            keys += requests;
        }
        for (place, name) in ["hearth PutItem", "redis SET"].into_iter().enumerate() {
            let figure =
                |of: fn(&Run) -> f64| Figure::of(rounds.iter().map(|round| of(&round[place])));
            let ratio =
                Figure::of(rounds.iter().map(|round| round[place].rate() / round[1].rate()));
            rows.push(vec![
                connections.to_string(),
                name.to_owned(),
                figure(Run::rate).to_string(),
                ratio.to_string(),
                figure(|run| run.percentile_us(50)).to_string(),
                figure(|run| run.percentile_us(99)).to_string(),
            ]);
        }
    }
    let title = format!("Durable writes of {ITEM_BYTES} bytes: median (least–most) of {ROUNDS}");
    let columns = ["connections", "server", "writes/s", "ratio", "p50 µs", "p99 µs"];
    figures::print(&title, &columns, &rows);
}

fn puts(server: &Server, connections: usize, requests: usize, first: usize) -> Run {
    let mut client = Client::connect(server.address(), connections, http_answer_length);
    client.run(requests, putting(first))
}

fn sets(server: &Server, connections: usize, requests: usize, first: usize) -> Run {
    let mut client = Client::connect(server.address(), connections, resp_ok_length);
    client.run(requests, setting(first))
}

/// Writes a `PutItem` of one item after the other, from this one on.
pub(crate) fn putting(first: usize) -> Requests {
    let mut template = request::put_item(0);
    let id = item_id(0);
    let places = template.windows(id.len()).position(|part| part == id.as_bytes());
    let place = places.expect("the request names its key");
    let mut number = first;
    Box::new(move |out| {
        // Nobody checks these signatures, so the key may change under them.
        template[place..place + id.len()].copy_from_slice(item_id(number).as_bytes());
        template.clone_into(out);
        number += 1;
    })
}

/// Writes SETs of values as long, likewise.
pub(crate) fn setting(first: usize) -> Requests {
    let value = "x".repeat(ITEM_BYTES);
    let mut number = first;
    Box::new(move |out| {
        let key = item_id(number);
        let (key_bytes, value_bytes) = (key.len(), value.len());
        let set =
            format!("*3\r\n$3\r\nSET\r\n${key_bytes}\r\n{key}\r\n${value_bytes}\r\n{value}\r\n");
        set.as_bytes().clone_into(out);
        number += 1;
    })
}

/// Connections, and requests of a round.
const LOADS: [(usize, usize); 3] = [(1, 1_000), (16, 8_000), (64, 16_000)];
const ROUNDS: usize = 5;
