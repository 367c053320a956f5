//! Several servers under one load, asked in turn, round by round.
//!
//! Whatever else the machine does meets all of them, and a ratio is taken within a round.
//!
//! Must hold: every server gets the same load in every round, over connections that are opened for
//! it.
//! Not here: which servers, and what the figures are for (`hot.rs`, `query.rs`, `speed.rs`).

use std::env;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use crate::client::{AnswerLength, Client, Run};
use crate::common::Random;
use crate::dax;
use crate::figures::{self, Figure};
use crate::process::Server;

/// A server, and what is asked of it.
#[derive(Clone, Copy)]
pub(crate) struct Entrant<'a> {
    pub(crate) name: &'a str,
    pub(crate) server: &'a Server,
    pub(crate) answer_length: AnswerLength,
    /// What writes the requests of a round, which has this number.
    pub(crate) requests: fn(usize) -> Requests,
    pub(crate) load: Load,
}

/// Writes one request after the other.
pub(crate) type Requests = Box<dyn FnMut(&mut Vec<u8>)>;

/// What each of them is put under.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// How many of the connections are used.
    pub(crate) active: usize,
    /// Whether each request has a connection of its own.
    pub(crate) anew: bool,
    /// Where they connect if they are clients of DAX.
    pub(crate) dax: Option<SocketAddr>,
}

/// What a load came to in one round.
pub(crate) struct Round {
    pub(crate) cpu_us: f64,
    pub(crate) run: Run,
}

/// The rounds of a contest; in each, one for each entrant.
pub(crate) struct Rounds(Vec<Vec<Round>>);

impl Entrant<'_> {
    fn round(&self, number: usize) -> Round {
        let mut next = (self.requests)(number);
        let Load { connections, active, anew, dax } = self.load;
        let connect = if anew { Client::connect_anew } else { Client::connect };
        let address = dax.unwrap_or(self.server.address());
        let mut client = connect(address, connections, self.answer_length);
        if dax.is_some() {
            client.greet(&dax::greeting());
        }
        client.leave_idle_but(active);
        let time = round_time();
        client.run_for(time / 10, &mut next);
        let before = self.server.cpu();
        let run = client.run_for(time, &mut next);
        let cpu = self.server.cpu().saturating_sub(before);
        let requests = figures::float(run.latencies.len());
        Round { cpu_us: cpu.as_secs_f64() * 1e6 / requests, run }
    }
}

impl Load {
    /// All of so many connections.
    pub(crate) fn of(connections: usize) -> Self {
        Self { connections, active: connections, anew: false, dax: None }
    }
}

impl Rounds {
    /// Holds a contest.
    pub(crate) fn of(entrants: &[Entrant<'_>]) -> Self {
        let round = |number| entrants.iter().map(|entrant| entrant.round(number)).collect();
        Self((0..rounds()).map(round).collect())
    }

    /// A figure of one entrant.
    pub(crate) fn figure(&self, place: usize, of: impl Fn(&Round) -> f64) -> Figure {
        Figure::of(self.0.iter().map(|round| of(&round[place])))
    }

    /// How many times the baseline's the figure of one entrant is.
    pub(crate) fn ratio(
        &self,
        place: usize,
        baseline: usize,
        of: impl Fn(&Round) -> f64,
    ) -> Figure {
        Figure::of(self.0.iter().map(|round| of(&round[place]) / of(&round[baseline])))
    }

    /// How many times the rate of the best of some others that of one entrant is.
    pub(crate) fn ratio_to_best(&self, place: usize, others: &Range<usize>) -> Figure {
        let ratio = |round: &Vec<Round>| {
            let best = others.clone().map(|other| round[other].run.rate()).fold(0.0, f64::max);
            round[place].run.rate() / best
        };
        Figure::of(self.0.iter().map(ratio))
    }

    /// Prints all figures, with ratios of CPU and of rates to the first entrant's.
    pub(crate) fn print(&self, title: &str, entrants: &[Entrant<'_>]) {
        let row = |(place, entrant): (usize, &Entrant<'_>)| {
            vec![
                entrant.name.to_owned(),
                self.figure(place, |round| round.cpu_us).to_string(),
                self.ratio(place, 0, |round| round.cpu_us).to_string(),
                self.figure(place, |round| round.run.rate()).to_string(),
                self.ratio(place, 0, |round| round.run.rate()).to_string(),
                self.figure(place, |round| round.run.percentile_us(50)).to_string(),
                self.figure(place, |round| round.run.percentile_us(99)).to_string(),
            ]
        };
        let rows: Vec<_> = entrants.iter().enumerate().map(row).collect();
        let columns =
            ["server", "CPU µs/request", "ratio", "requests/s", "ratio", "p50 µs", "p99 µs"];
        figures::print(&format!("{title}: {}", manner()), &columns, &rows);
    }
}

/// Draws evenly among requests. They are signed anew for each round, since a signature is good for
/// 15 minutes.
pub(crate) fn drawn(requests: Vec<Vec<u8>>) -> Requests {
    let mut random = Random::seeded();
    Box::new(move |out| requests[random.below(requests.len())].clone_into(out))
}

/// How a figure of a contest came about.
pub(crate) fn manner() -> String {
    format!("median (least–most) of {} rounds of {} ms", rounds(), round_time().as_millis())
}

/// How many rounds there are.
pub(crate) fn rounds() -> usize {
    set("HEARTH_BENCH_ROUNDS").unwrap_or(ROUNDS)
}

/// How long each server is asked in a round.
pub(crate) fn round_time() -> Duration {
    let ms = set("HEARTH_BENCH_ROUND_MS").and_then(|ms| ms.try_into().ok());
    ms.map_or(ROUND_TIME, Duration::from_millis)
}

/// A number that the environment sets.
pub(crate) fn set(name: &str) -> Option<usize> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

const ROUNDS: usize = 11;
const ROUND_TIME: Duration = Duration::from_secs(1);
