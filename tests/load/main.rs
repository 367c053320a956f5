//! The load generator against listeners that answer as told, and against a real hearth.
//!
//! No test here passes because something was fast enough: what is compared with a time is a time
//! that must have passed.
//! Not here: flags and reports (`tests/cli.rs`), workloads (`src/load/workload/`).

mod closed_loop;
mod dax;
mod endings;
mod fills;
mod open_loop;
mod places;
mod real;
mod scripted;

#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use hearth::clock::Clock;
use hearth::load::run::{Stream, run_streams};
use hearth::load::{Measured, Operation, Pace, Patience, Plan, Planned, Tally, Target};
use hearth::task::Drain;

/// A plan without warm-up, over one connection, that tries each request once.
fn plan(pace: Pace, length: Duration) -> Plan {
    Plan {
        pace,
        length,
        warm_up: Duration::ZERO,
        connections: 1,
        patience: Patience { retries_max: 0, deadline: LONG },
        ..Plan::default()
    }
}

/// So many requests, one after the other.
fn some(requests_max: u64) -> Plan {
    Plan { requests_max, ..plan(Pace::Closed, LONG) }
}

/// Requests that say which they are: stream and number.
fn numbered(stream: u64) -> Stream {
    let mut number = 0;
    Box::new(move || {
        let body = format!("{stream}.{number}");
        number += 1;
        Planned { operation: Operation::GetItem, body: body.into() }
    })
}

/// The same request again and again.
fn always(operation: Operation, body: &str) -> impl Fn(u64) -> Stream {
    let planned = Planned { operation, body: body.to_owned().into() };
    move |_| {
        let planned = planned.clone();
        Box::new(move || planned.clone())
    }
}

async fn measure(target: &Arc<Target>, plan: &Plan, streams: &dyn Fn(u64) -> Stream) -> Measured {
    let (clock, drain) = (Clock::system(), Drain::default());
    run_streams(target, streams, plan, &clock, &drain, &mut |_| {}).await.expect("it runs")
}

/// The only tally.
#[track_caller]
fn only(measured: &Measured) -> &Tally {
    match measured.tallies.as_slice() {
        [tally] => tally,
        tallies => panic!("{} tallies", tallies.len()),
    }
}

/// Longer than any test waits; nothing passes because of it.
const LONG: Duration = Duration::from_mins(1);
