//! What the connections of one thread count.
//!
//! Must hold: each measured request is counted once; a thread's recorder is shared with nobody but
//! the one who gathers seconds, so that connections do not wait for each other.
//! Not here: how a run's figures are put together (`mod.rs`).

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::load::client::Exchange;
use crate::load::measured::LATENCY_NS_MAX;
use crate::load::{Ending, Operation, Source, Tally};

/// Tallies of what is measured, and seconds that were not gathered yet.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) tallies: Vec<Tally>,
    pub(super) last_end: Duration,
    seconds: VecDeque<Part>,
}

/// One thread's share of a second.
#[derive(Clone)]
pub(super) struct Part {
    at: u64,
    pub(super) sent: u64,
    pub(super) ended: u64,
    pub(super) failed: u64,
    pub(super) reads: u64,
    pub(super) hits: u64,
    pub(super) latencies: Histogram<u64>,
}

/// One request that ended.
pub(super) struct Ended {
    pub(super) operation: Operation,
    pub(super) exchange: Exchange,
    pub(super) is_measured: bool,
    /// When its latency begins, since the start of the run.
    pub(super) from: Duration,
    /// When it ended.
    pub(super) to: Duration,
}

impl Recorder {
    /// A request leaves.
    pub(super) fn sent(&mut self, at: Duration) {
        self.part(at.as_secs()).sent += 1;
    }

    /// A request ended.
    pub(super) fn ended(&mut self, ended: Ended) {
        let Ended { operation, exchange, is_measured, from, to } = ended;
        let Exchange { ending, source, retries, .. } = exchange;
        let latency = to.saturating_sub(from);
        let latency_ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.part(to.as_secs()).ended(operation, &ending, source, latency_ns);
        if is_measured {
            self.last_end = self.last_end.max(to);
            count(&mut self.tallies, operation, source, ending, latency_ns, u64::from(retries));
        }
    }

    /// Adds what was recorded up to the end of a second to `sum`, and forgets it.
    pub(super) fn gather(&mut self, at: u64, sum: &mut Part) {
        while let Some(part) = self.seconds.front().filter(|part| part.at <= at) {
            sum.add(part);
            self.seconds.pop_front();
        }
    }

    /// The last second in which anything happened that was not gathered.
    pub(super) fn last_second(&self) -> Option<u64> {
        self.seconds.iter().map(|part| part.at).max()
    }

    fn part(&mut self, at: u64) -> &mut Part {
        // Nearly always the last one.
        let place = self.seconds.iter().rposition(|part| part.at <= at);
        let place = match place {
            Some(place) if self.seconds[place].at == at => place,
            Some(before) => {
                self.seconds.insert(before + 1, Part::new(at));
                before + 1
            }
            None => {
                self.seconds.push_front(Part::new(at));
                0
            }
        };
        &mut self.seconds[place]
    }
}

impl Part {
    /// An empty one.
    pub(super) fn new(at: u64) -> Self {
        let latencies = Histogram::new_with_bounds(1, LATENCY_NS_MAX, DIGITS)
            .expect("the bounds are in order and the digits within 0 to 5");
        Self { at, sent: 0, ended: 0, failed: 0, reads: 0, hits: 0, latencies }
    }

    fn ended(&mut self, operation: Operation, ending: &Ending, source: Source, latency_ns: u64) {
        self.ended += 1;
        match ending {
            Ending::Answered | Ending::ConditionFailed => {
                self.latencies.saturating_record(latency_ns);
            }
            Ending::Throttled | Ending::Failed(_) => self.failed += 1,
        }
        if operation.is_read() && source != Source::Unknown {
            self.reads += 1;
            self.hits += u64::from(source == Source::Cache);
        }
    }

    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.ended += other.ended;
        self.failed += other.failed;
        self.reads += other.reads;
        self.hits += other.hits;
        self.latencies.add(&other.latencies).expect("all parts have the same bounds");
    }
}

/// Counts a request in its tally, which is made if there is none.
pub(super) fn count(
    tallies: &mut Vec<Tally>,
    operation: Operation,
    source: Source,
    ending: Ending,
    latency_ns: u64,
    retries: u64,
) {
    tally(tallies, operation, source).count(ending, latency_ns, retries);
}

/// Adds tallies to those of the same operation and source.
pub(super) fn merge(into: &mut Vec<Tally>, tallies: &[Tally]) {
    for other in tallies {
        tally(into, other.operation, other.source).add(other);
    }
}

fn tally(tallies: &mut Vec<Tally>, operation: Operation, source: Source) -> &mut Tally {
    let is_it = |tally: &Tally| tally.operation == operation && tally.source == source;
    let place = tallies.iter().position(is_it).unwrap_or_else(|| {
        tallies.push(Tally::new(operation, source));
        tallies.len() - 1
    });
    &mut tallies[place]
}

const DIGITS: u8 = 3;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn ended(ending: Ending, source: Source, from_ms: u64, to_ms: u64) -> Ended {
        Ended {
            operation: Operation::GetItem,
            exchange: Exchange { ending, source, retries: 1, body: Bytes::new() },
            is_measured: from_ms >= 1_000,
            from: Duration::from_millis(from_ms),
            to: Duration::from_millis(to_ms),
        }
    }

    #[test]
    fn warm_up_is_in_the_seconds_and_not_in_the_tallies() {
        let mut recorder = Recorder::default();

        recorder.ended(ended(Ending::Answered, Source::Cache, 900, 950));
        recorder.ended(ended(Ending::Answered, Source::Cache, 1_500, 1_510));
        recorder.ended(ended(Ending::Throttled, Source::Unknown, 1_600, 1_700));
        let mut seconds = [Part::new(0), Part::new(1)];
        for (at, sum) in (0..).zip(&mut seconds) {
            recorder.gather(at, sum);
        }

        let figures = seconds.map(|part| (part.ended, part.failed, part.reads, part.hits));
        assert_eq!(figures, [(1, 0, 1, 1), (2, 1, 1, 1)]);
        assert_eq!(recorder.tallies.iter().map(Tally::ended).sum::<u64>(), 2);
        assert_eq!(recorder.last_end, Duration::from_millis(1_700));
    }

    #[test]
    fn what_comes_late_for_its_second_is_in_the_next_that_is_gathered() {
        let mut recorder = Recorder::default();
        recorder.ended(ended(Ending::Answered, Source::Cache, 2_000, 2_010));
        recorder.ended(ended(Ending::Answered, Source::Cache, 100, 110));
        let mut sum = Part::new(1);

        recorder.gather(1, &mut sum);

        assert_eq!(sum.ended, 1);
        assert_eq!(recorder.last_second(), Some(2));
    }
}
