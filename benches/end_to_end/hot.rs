//! Cached GetItem: server CPU for each request, beside the bare server's.
//!
//! All servers run at once on one core and are asked in turn, round by round, so that whatever
//! else the machine does meets all of them; ratios are taken within a round.

use std::time::Duration;

use crate::client::{Client, Run, http_answer_length};
use crate::common::{KEYS, Random};
use crate::figures::{self, Figure};
use crate::process::{SERVER_CORE, Server, on_core};
use crate::request;
use crate::servers::{self, Hot};

/// Measures and prints.
pub(crate) fn measure() {
    let directories = Hot::ALL.map(|_| servers::directory());
    let running: Vec<Server> = Hot::ALL
        .iter()
        .zip(&directories)
        .map(|(hot, directory)| {
            hot.start(|program| on_core(SERVER_CORE, program), directory.path())
        })
        .collect();
    let rounds: Vec<Vec<Round>> =
        (0..ROUNDS).map(|_| running.iter().map(round).collect()).collect();
    let rows: Vec<Vec<String>> = Hot::ALL
        .iter()
        .enumerate()
        .map(|(place, hot)| {
            let figure =
                |of: fn(&Round) -> f64| Figure::of(rounds.iter().map(|round| of(&round[place])));
            let ratio =
                Figure::of(rounds.iter().map(|round| round[place].cpu_us / round[0].cpu_us));
            vec![
                hot.name().to_owned(),
                figure(|round| round.cpu_us).to_string(),
                ratio.to_string(),
                figure(|round| round.run.rate()).to_string(),
                figure(|round| round.run.percentile_us(50)).to_string(),
                figure(|round| round.run.percentile_us(99)).to_string(),
            ]
        })
        .collect();
    let title = format!(
        "Cached GetItem, {CONNECTIONS} connections: median (least–most) of {ROUNDS} rounds of \
         {REQUESTS} requests"
    );
    let columns = ["server", "CPU µs/request", "ratio", "requests/s", "p50 µs", "p99 µs"];
    figures::print(&title, &columns, &rows);
}

/// What a server needed for the reads of one round.
pub(crate) struct Round {
    pub(crate) cpu_us: f64,
    run: Run,
}

/// Asks one server for a while.
pub(crate) fn round(server: &Server) -> Round {
    // Signed anew for each round: a signature is good for 15 minutes.
    let requests = request::hot_gets();
    let mut random = Random::seeded();
    let mut next = |out: &mut Vec<u8>| requests[random.below(KEYS)].clone_into(out);
    let mut client = Client::connect(server.address(), CONNECTIONS, http_answer_length);
    client.run(REQUESTS / 20, &mut next);
    let before = server.cpu();
    let run = client.run(REQUESTS, &mut next);
    let cpu = server.cpu().saturating_sub(before);
    Round { cpu_us: per_request_us(cpu), run }
}

fn per_request_us(cpu: Duration) -> f64 {
    cpu.as_secs_f64() * 1e6 / f64::from(u32::try_from(REQUESTS).expect("not that many"))
}

const CONNECTIONS: usize = 32;
const REQUESTS: usize = 100_000;
const ROUNDS: usize = 11;
