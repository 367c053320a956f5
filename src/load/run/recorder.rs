//! What the connections of one thread count.
//!
//! Must hold: each measured request is counted once; a thread's recorder is shared with nobody but
//! the one who gathers seconds, so that connections do not wait for each other.
//! Not here: how a run's figures are put together (`mod.rs`).

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::load::client::Exchange;
use crate::load::measured::{self, NOT_SENT};
use crate::load::{Ending, Operation, Source, Tally};

/// Tallies of what is measured, and seconds that were not gathered yet.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) tallies: Vec<Tally>,
    pub(super) ends: Ends,
    seconds: VecDeque<Part>,
}

/// How much ended when.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Ends {
    /// Requests that ended within the measured time, whenever they were due.
    pub(super) ended: u64,
    /// Of them, answered.
    pub(super) answered: u64,
    /// When the last answer to a measured request came; zero without one.
    last_answer: Duration,
    /// When the last measured request ended, however.
    last_end: Duration,
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
    /// Whether it ended within the measured time.
    pub(super) is_within: bool,
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
        let Ended { operation, exchange, is_measured, is_within, from, to } = ended;
        let Exchange { ending, source, retries, .. } = exchange;
        let latency = to.saturating_sub(from);
        let latency_ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.part(to.as_secs()).ended(operation, &ending, source, latency_ns);
        let is_answer = is_answer(&ending);
        if is_within {
            self.ends.ended += 1;
            self.ends.answered += u64::from(is_answer);
        }
        if is_measured {
            self.ends.last_end = self.ends.last_end.max(to);
            if is_answer {
                self.ends.last_answer = self.ends.last_answer.max(to);
            }
            let tally = tally(&mut self.tallies, operation, source);
            tally.count(ending, latency_ns, u64::from(retries));
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

impl Ends {
    /// Adds those of another thread.
    pub(super) fn add(&mut self, other: &Self) {
        self.ended += other.ended;
        self.answered += other.answered;
        self.last_answer = self.last_answer.max(other.last_answer);
        self.last_end = self.last_end.max(other.last_end);
    }

    /// When the last answer came; without any, when the last request ended.
    pub(super) fn last(&self) -> Duration {
        if self.last_answer.is_zero() { self.last_end } else { self.last_answer }
    }
}

impl Part {
    /// An empty one.
    pub(super) fn new(at: u64) -> Self {
        let latencies = measured::latencies();
        Self { at, sent: 0, ended: 0, failed: 0, reads: 0, hits: 0, latencies }
    }

    fn ended(&mut self, operation: Operation, ending: &Ending, source: Source, latency_ns: u64) {
        self.ended += 1;
        if is_answer(ending) {
            self.latencies.saturating_record(latency_ns);
        } else {
            self.failed += 1;
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

fn is_answer(ending: &Ending) -> bool {
    match ending {
        Ending::Answered | Ending::ConditionFailed => true,
        Ending::Throttled | Ending::Failed(_) => false,
    }
}

/// Counts requests that were due and for which no connection was ever free.
pub(super) fn count_not_sent(tallies: &mut Vec<Tally>, operation: Operation, requests: u64) {
    let errors = &mut tally(tallies, operation, Source::Unknown).errors;
    *errors.entry(NOT_SENT.to_owned()).or_default() += requests;
}

/// Adds tallies to those of the same operation and source.
pub(super) fn merge(into: &mut Vec<Tally>, tallies: &[Tally]) {
    for other in tallies {
        tally(into, other.operation, other.source).add(other);
    }
}

/// The tally of an operation and source, which is made if there is none.
fn tally(tallies: &mut Vec<Tally>, operation: Operation, source: Source) -> &mut Tally {
    let is_it = |tally: &Tally| tally.operation == operation && tally.source == source;
    let place = tallies.iter().position(is_it).unwrap_or_else(|| {
        tallies.push(Tally::new(operation, source));
        tallies.len() - 1
    });
    &mut tallies[place]
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn ended(ending: Ending, source: Source, from_ms: u64, to_ms: u64) -> Ended {
        Ended {
            operation: Operation::GetItem,
            exchange: Exchange { ending, source, retries: 1, body: Bytes::new() },
            is_measured: from_ms >= 1_000,
            is_within: (1_000..2_000).contains(&to_ms),
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
    }

    #[test]
    fn what_ends_within_the_measured_time_is_told_from_what_was_due_in_it() {
        let mut recorder = Recorder::default();

        recorder.ended(ended(Ending::Answered, Source::Cache, 900, 1_100));
        recorder.ended(ended(Ending::ConditionFailed, Source::Engine, 1_200, 1_300));
        recorder.ended(ended(Ending::Throttled, Source::Unknown, 1_300, 1_400));
        recorder.ended(ended(Ending::Failed("TimedOut".into()), Source::Unknown, 1_900, 9_000));
        let mut sum = Ends::default();
        sum.add(&recorder.ends);

        assert_eq!((sum.ended, sum.answered), (3, 2));
        assert_eq!(sum.last(), Duration::from_millis(1_300));
        assert_eq!(recorder.tallies.iter().map(Tally::ended).sum::<u64>(), 3);
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
