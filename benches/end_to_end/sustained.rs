//! Durable writes for minutes: their latencies to the far end, and the longest stall.
//!
//! hearth and redis write one after the other, each with the disk to itself.
//!
//! Not here: what they reach in short rounds (`durable.rs`, `speed.rs`).

use std::time::Duration;

use crate::client::{Client, Run, http_answer_length, resp_ok_length};
use crate::common::ITEM_BYTES;
use crate::contest::set;
use crate::durable;
use crate::figures;
use crate::process::{Server, on_all_cores};
use crate::servers::{self, HEARTH};

/// Measures and prints.
pub(crate) fn measure() {
    let seconds = set("HEARTH_BENCH_SUSTAINED_S").unwrap_or(SECONDS);
    let time = Duration::from_secs(seconds as u64);
    let mut rows = vec![row("hearth PutItem", &of_hearth(time))];
    if servers::there_is("redis-server") {
        rows.push(row("redis SET", &of_redis(time)));
    }
    let title = format!(
        "Durable writes of {ITEM_BYTES} bytes, {CONNECTIONS} connections, {seconds} s without a pause"
    );
    let columns = [
        "server",
        "writes/s",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "most ms",
        "longest time without an answer, ms",
    ];
    figures::print(&title, &columns, &rows);
}

fn of_hearth(time: Duration) -> Run {
    let directory = servers::directory();
    let command = servers::whole_hearth(on_all_cores(HEARTH), directory.path());
    let server = Server::start(command, servers::ready_line);
    servers::create_table(&mut Client::connect(server.address(), 1, http_answer_length));
    let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
    client.run_for(time, durable::putting(0))
}

fn of_redis(time: Duration) -> Run {
    let directory = servers::directory();
    let server = servers::redis(directory.path());
    let mut client = Client::connect(server.address(), CONNECTIONS, resp_ok_length);
    client.run_for(time, durable::setting(0))
}

fn row(name: &str, run: &Run) -> Vec<String> {
    let ms = |per_mille| format!("{:.2}", run.per_mille_us(per_mille) / 1e3);
    vec![
        name.to_owned(),
        format!("{:.0}", run.rate()),
        ms(500),
        ms(990),
        ms(999),
        ms(1_000),
        format!("{:.2}", run.longest_silence.as_secs_f64() * 1e3),
    ]
}

const CONNECTIONS: usize = 64;
const SECONDS: usize = 180;
