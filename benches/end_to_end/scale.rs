//! A server with more tables, indexes and items than most have: how it starts, what it rests in,
//! and whether others wait while its largest table is deleted.
//!
//! Not here: what a request costs as there is more of everything (`curves.rs`).

use std::path::Path;
use std::time::Duration;

use hearth::clock::Clock;

use crate::client::{Client, Run, http_answer_length};
use crate::contest::set;
use crate::curves;
use crate::figures;
use crate::process::{self, Server, on_all_cores};
use crate::request;
use crate::servers::{self, HEARTH};

/// Measures and prints.
pub(crate) fn measure() {
    let items = set("HEARTH_BENCH_ITEMS_MAX").unwrap_or(ITEMS);
    let clock = Clock::system();
    let directory = servers::directory();
    let server = start(directory.path(), "buffer");
    let mut client = Client::connect(server.address(), 1, http_answer_length);
    let began = clock.monotonic();
    for number in 0..TABLES {
        client.ask(&request::create_table_named(&table(number), 0));
    }
    let took = clock.monotonic().saturating_sub(began);
    client.ask(&request::create_table_named("indexed", INDEXES));
    curves::load(&server, 0, items);
    drop((client, server));
    // The load left the system much to write, which is no part of a start.
    process::run("sync", &[]);

    // Killed with its journal as it was, then stopped and started as an operator does.
    let after_kill = Start::of(directory.path(), &clock);
    let mut rows = vec![after_kill.row("killed")];
    rows.push(Start::of(directory.path(), &clock).row("killed at rest"));
    let title = format!(
        "Start with {TABLES} tables (made in {:.1} s), one with {INDEXES} global indexes, one with {items} items",
        took.as_secs_f64()
    );
    let columns = [
        "the process before was",
        "start to first answer, ms",
        "resident then, MiB",
        "ten seconds later, MiB",
    ];
    figures::print(&title, &columns, &rows);

    let server = start(directory.path(), "sync");
    let mut writers = Client::connect(server.address(), CONNECTIONS, http_answer_length);
    let before = writers.run_for(WRITING, writing());
    let mut deleter = Client::connect(server.address(), 1, http_answer_length);
    let during = std::thread::scope(|scope| {
        scope.spawn(move || deleter.ask(&request::delete_table()));
        writers.run_for(WRITING, writing())
    });
    let title = format!(
        "Durable writes to another table while the table of {items} items is deleted, {CONNECTIONS} connections, {} s",
        WRITING.as_secs()
    );
    let columns =
        ["", "writes/s", "p50 ms", "p99 ms", "most ms", "longest time without an answer, ms"];
    figures::print(&title, &columns, &[row("before", &before), row("while it goes", &during)]);
}

/// How a process began and rested.
struct Start {
    took: Duration,
    fresh_kib: u64,
    rested_kib: u64,
}

impl Start {
    fn of(directory: &Path, clock: &Clock) -> Self {
        let began = clock.monotonic();
        let server = start(directory, "sync");
        Client::connect(server.address(), 1, http_answer_length).ask(&request::list_tables());
        let took = clock.monotonic().saturating_sub(began);
        let fresh_kib = server.resident_kib();
        rest();
        Self { took, fresh_kib, rested_kib: server.resident_kib() }
    }

    fn row(&self, name: &str) -> Vec<String> {
        let mib = curves::mib;
        let ms = format!("{:.0}", self.took.as_secs_f64() * 1e3);
        vec![name.to_owned(), ms, mib(self.fresh_kib), mib(self.rested_kib)]
    }
}

fn start(directory: &Path, durability: &str) -> Server {
    let mut command = servers::whole_hearth(on_all_cores(HEARTH), directory);
    command.env("HEARTH__STORAGE__DURABILITY", durability);
    Server::start(command, servers::ready_line)
}

/// Puts into the first of the small tables.
fn writing() -> impl FnMut(&mut Vec<u8>) {
    let mut number = 0;
    move |out| {
        *out = request::put_item_in(&table(0), number, ITEM_BYTES);
        number += 1;
    }
}

fn table(number: usize) -> String {
    format!("table-{number:04}")
}

fn row(name: &str, run: &Run) -> Vec<String> {
    let ms = |per_mille| format!("{:.2}", run.per_mille_us(per_mille) / 1e3);
    let silence = format!("{:.2}", run.longest_silence.as_secs_f64() * 1e3);
    vec![name.to_owned(), format!("{:.0}", run.rate()), ms(500), ms(990), ms(1_000), silence]
}

#[expect(clippy::disallowed_methods, reason = "idling is what is measured")]
fn rest() {
    std::thread::sleep(RESTING);
}

const TABLES: usize = 2_000;
const INDEXES: usize = 20;
const ITEMS: usize = 10_000_000;
const ITEM_BYTES: usize = 100;
const CONNECTIONS: usize = 16;
const WRITING: Duration = Duration::from_secs(10);
const RESTING: Duration = Duration::from_secs(10);
