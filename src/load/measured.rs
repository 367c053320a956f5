//! What a run measured: histograms by operation and source, and one line for each second.
//!
//! Latencies are whole nanoseconds, in the open loop from the moment a request was due, else from
//! the moment it was sent; warm-up is not in them. Retries are part of the request they belong to.
//!
//! Must hold: each request that was due within the measured time is in exactly one tally.
//! Not here: how it is shown (`report/`).

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use super::Operation;

/// Where an answer came from, by what the server said of it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// All of it from the server's cache.
    Cache,
    /// Not all of it from the cache, or a write.
    Engine,
    /// The server did not say.
    Unknown,
}

/// How one request ended, after its retries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ending {
    /// With an answer.
    Answered,
    /// A condition of the workload did not hold: an answer, too.
    ConditionFailed,
    /// Refused to slow the client down.
    Throttled,
    /// Otherwise: the error's code, or what happened to the connection.
    Failed(String),
}

/// Requests of one operation and source.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// What was asked.
    pub operation: Operation,
    /// Where its answers came from.
    pub source: Source,
    /// Latencies in nanoseconds of what was answered, failed conditions included.
    pub latencies: Histogram<u64>,
    /// Of them, failed conditions.
    pub conditions_failed: u64,
    /// Requests that were throttled to the end.
    pub throttled: u64,
    /// Requests that failed, by code.
    pub errors: BTreeMap<String, u64>,
    /// Attempts beyond the first.
    pub retries: u64,
}

/// What finished within one second of the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Second {
    /// Whole seconds since the run began, warm-up included.
    pub at: u64,
    /// Whether it belongs to the warm-up.
    pub warm_up: bool,
    /// Requests that were due; in the closed loop those that were sent.
    pub due: u64,
    /// Requests that ended.
    pub ended: u64,
    /// Of them, not answered.
    pub failed: u64,
    /// Reads of which the server said where they came from.
    pub reads: u64,
    /// Of them, from its cache.
    pub hits: u64,
    /// The median latency, ns.
    pub p50: u64,
    /// 99 of 100 were no slower, ns.
    pub p99: u64,
    /// The slowest, ns.
    pub max: u64,
}

/// Look-ups in the server's caches while the run was measured, by the server's own metrics.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum ServerView {
    /// Nobody said where its metrics are.
    #[default]
    NotAsked,
    /// It was asked and did not tell.
    Silent {
        /// The reason, as a part of a sentence.
        why: String,
    },
    /// It told.
    Counted {
        /// Look-ups.
        lookups: u64,
        /// Of them, hits, absences included.
        hits: u64,
    },
}

/// The whole of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// By operation, then source; those without a request are left out.
    pub tallies: Vec<Tally>,
    /// In order.
    pub seconds: Vec<Second>,
    /// How long was measured, ns: as planned, unless the run was cut or its requests used up.
    pub took: u64,
    /// Requests that were due within it.
    pub due: u64,
    /// Requests that ended within it; the warm-up's last are among them, its own last are not.
    pub ended: u64,
    /// Of them, answered.
    pub answered: u64,
    /// What the server counted.
    pub server: ServerView,
}

impl Tally {
    /// One without a request.
    pub fn new(operation: Operation, source: Source) -> Self {
        Self {
            operation,
            source,
            latencies: latencies(),
            conditions_failed: 0,
            throttled: 0,
            errors: BTreeMap::new(),
            retries: 0,
        }
    }

    /// Counts one request that took this long.
    pub fn count(&mut self, ending: Ending, latency_ns: u64, retries: u64) {
        self.retries += retries;
        match ending {
            Ending::Answered => self.latencies.saturating_record(latency_ns),
            Ending::ConditionFailed => {
                self.conditions_failed += 1;
                self.latencies.saturating_record(latency_ns);
            }
            Ending::Throttled => self.throttled += 1,
            Ending::Failed(code) => *self.errors.entry(code).or_default() += 1,
        }
    }

    /// Adds what another connection counted.
    pub fn add(&mut self, other: &Self) {
        self.latencies.add(&other.latencies).expect("all tallies have the same bounds");
        self.conditions_failed += other.conditions_failed;
        self.throttled += other.throttled;
        self.retries += other.retries;
        for (code, count) in &other.errors {
            *self.errors.entry(code.clone()).or_default() += count;
        }
    }

    /// How many requests ended, however.
    pub fn ended(&self) -> u64 {
        self.latencies.len() + self.throttled + self.errors.values().sum::<u64>()
    }
}

impl Source {
    /// The word for it in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Engine => "engine",
            Self::Unknown => "unknown",
        }
    }
}

/// An empty histogram of latencies; all have the same bounds, so that they can be added.
pub fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_NS_MAX, DIGITS)
        .expect("the bounds are in order and the digits within 0 to 5")
}

/// The code of requests that were due and for which no connection was ever free.
pub const NOT_SENT: &str = "NotSent";

/// Ten minutes; longer ones count as that.
pub const LATENCY_NS_MAX: u64 = 600_000_000_000;
const DIGITS: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_is_counted_once() {
        let mut tally = Tally::new(Operation::PutItem, Source::Engine);

        tally.count(Ending::Answered, 1_000, 0);
        tally.count(Ending::ConditionFailed, 2_000, 1);
        tally.count(Ending::Throttled, 3_000, 2);
        tally.count(Ending::Failed("InternalServerError".into()), 4_000, 0);
        let mut sum = tally.clone();
        sum.add(&tally);

        assert_eq!((tally.ended(), sum.ended()), (4, 8));
        assert_eq!((sum.latencies.len(), sum.retries, sum.conditions_failed), (4, 6, 2));
        assert_eq!(sum.errors["InternalServerError"], 2);
        assert!(sum.latencies.max() < 2_100, "what was not answered has no latency");
    }
}
