//! What a run is asked to do.
//!
//! Must hold: a plan that passed [`Plan::check`] ends.

use std::time::Duration;

use crate::load::Error;
use crate::load::client::{Explain, Patience};

/// How, how long and with what a target is asked.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// When requests start.
    pub pace: Pace,
    /// How long requests are made without being counted.
    pub warm_up: Duration,
    /// How long they are counted.
    pub length: Duration,
    /// How many are counted at most; the warm-up's are not among them.
    pub requests_max: u64,
    /// Connections, each of which has one request on its way at most.
    pub connections: usize,
    /// Threads that share the connections.
    pub threads: usize,
    /// What the lengths of pauses between tries are drawn from.
    pub seed: u64,
    /// How often a request is tried, and how long each try may take.
    pub patience: Patience,
    /// Whether the target is asked where answers come from.
    pub explain: Explain,
}

/// When requests start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// On a schedule, whatever the target does.
    Open {
        /// Requests a second.
        per_second: f64,
    },
    /// Whenever a connection has its last answer.
    Closed,
}

impl Default for Plan {
    /// A closed loop of ten seconds over 16 connections, after two of warm-up.
    fn default() -> Self {
        Self {
            pace: Pace::Closed,
            warm_up: Duration::from_secs(2),
            length: Duration::from_secs(10),
            requests_max: u64::MAX,
            connections: 16,
            threads: 1,
            seed: 0,
            patience: Patience::default(),
            explain: Explain::Ask,
        }
    }
}

impl Plan {
    /// Refuses what would not end, or would measure nothing; [`run`](super::run) does so, too.
    pub fn check(&self) -> Result<(), Error> {
        let per_second = match self.pace {
            Pace::Open { per_second } => per_second,
            Pace::Closed => RATE_MIN,
        };
        let is_rate = (RATE_MIN..=RATE_MAX).contains(&per_second);
        let faults = [
            (self.connections == 0, "a load needs at least one connection"),
            (self.connections > CONNECTIONS_MAX, "a load has at most 65,536 connections"),
            (self.threads == 0, "a load needs at least one thread"),
            (self.threads > THREADS_MAX, "a load has at most 256 threads"),
            (self.length.is_zero(), "a load that lasts no time measures nothing"),
            (self.warm_up > LENGTH_MAX || self.length > LENGTH_MAX, "a load lasts a week at most"),
            (self.requests_max == 0, "a load of no requests measures nothing"),
            (!is_rate, "a rate is between 0.001 and 10,000,000 requests a second"),
            (self.patience.deadline.is_zero(), "a request needs some time until its deadline"),
        ];
        let fault = faults.into_iter().find(|(is_fault, _)| *is_fault);
        fault.map_or(Ok(()), |(_, sentence)| Err(Error::Plan(sentence)))
    }
}

const CONNECTIONS_MAX: usize = 65_536;
const THREADS_MAX: usize = 256;
const LENGTH_MAX: Duration = Duration::from_hours(7 * 24);
const RATE_MIN: f64 = 0.001;
const RATE_MAX: f64 = 10_000_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_could_not_end_or_measure_is_refused() {
        let plan = Plan::default();
        assert!(plan.check().is_ok());
        let open = |per_second| Plan { pace: Pace::Open { per_second }, ..plan };
        assert!(open(0.5).check().is_ok());
        for bad in [
            open(0.0),
            open(-1.0),
            open(f64::NAN),
            open(f64::INFINITY),
            Plan { connections: 0, ..plan },
            Plan { threads: 0, ..plan },
            Plan { length: Duration::ZERO, ..plan },
            Plan { requests_max: 0, ..plan },
        ] {
            assert!(matches!(bad.check(), Err(Error::Plan(_))), "{bad:?}");
        }
    }
}
