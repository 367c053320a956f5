//! A shard that is being read.
//!
//! Must hold: [`Shard::seen`] is a time before which nothing happened that is still to be read: an
//! answer without records says so of the time when its request was sent, a record of the time when
//! it was made, as the service's clock shows it, and of no time after its request was sent. At the
//! end of a shard nothing is said of the records of its children.
//! Not here: which shards are read (`tree.rs`), when requests are sent (`reader.rs`).

use std::time::Duration;

use super::ask::Polled;
use crate::api::ShardStart;
use crate::clock::Clock;

/// Where the reading of a shard is.
pub(super) struct Shard {
    pub(super) place: Place,
    /// Where the reading began.
    origin: ShardStart,
    /// The number of the record that was read last.
    last: Option<String>,
    /// The monotonic time before which everything was read; none while nothing was.
    seen: Option<Duration>,
    /// Whether the last answer said that there are no more records now.
    is_at_end: bool,
    failures: u32,
}

/// What is asked next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// A place by its description.
    Start(ShardStart),
    /// A place as the service told it.
    Iterator(String),
    /// Nothing: it was read to its end.
    End,
}

impl Shard {
    pub(super) fn new(origin: ShardStart, seen: Option<Duration>) -> Self {
        let place = Place::Start(origin.clone());
        Self { place, origin, last: None, seen, is_at_end: false, failures: 0 }
    }

    pub(super) fn seen(&self) -> Option<Duration> {
        self.seen
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Takes the answer to a request that was sent at that monotonic time.
    pub(super) fn answered(&mut self, polled: &Polled, began: Duration, clock: &Clock) {
        self.failures = 0;
        // At the end of a shard its children are still to be read.
        self.is_at_end = polled.records.is_empty() && polled.next.is_some();
        if let Some(last) = polled.records.last() {
            self.last = Some(last.sequence.clone());
        }
        let newest = polled.records.iter().filter_map(|record| record.created_ms).max();
        let seen = if polled.records.is_empty() {
            self.is_at_end.then_some(began)
        } else {
            newest.map(|created_ms| {
                let ago = Duration::from_millis(clock.unix_ms().saturating_sub(created_ms));
                clock.monotonic().saturating_sub(ago).min(began)
            })
        };
        self.seen = self.seen.max(seen);
        self.place = polled.next.clone().map_or(Place::End, Place::Iterator);
    }

    /// There was no answer; how often now in a row.
    pub(super) fn failed(&mut self) -> u32 {
        self.failures += 1;
        self.failures
    }

    /// Where to go on when the place as the service told it is too old; none if that is not known.
    pub(super) fn start_again(&mut self) -> Option<()> {
        let start = match (&self.last, &self.origin) {
            (Some(last), _) => ShardStart::After(last.clone()),
            (None, ShardStart::Latest) => return None,
            (None, origin) => origin.clone(),
        };
        self.place = Place::Start(start);
        Some(())
    }

    /// The number of the record that was read last.
    pub(super) fn cursor(&self) -> Option<&str> {
        match (&self.last, &self.origin) {
            (Some(last), _) | (None, ShardStart::After(last)) => Some(last),
            (None, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::client::ReadRecord;

    fn polled(created_ms: &[u64], next: Option<&str>) -> Polled {
        let record = |(at, created_ms): (usize, &u64)| ReadRecord {
            event: None,
            keys: Vec::new(),
            before: None,
            after: None,
            sequence: at.to_string(),
            created_ms: Some(*created_ms),
            expired: false,
        };
        let records = created_ms.iter().enumerate().map(record).collect();
        Polled { records, next: next.map(str::to_owned), is_full: false }
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn an_answer_without_records_says_that_all_was_read_that_was_there_when_it_was_asked_for() {
        let clock = Clock::manual(10_000);
        let mut shard = Shard::new(ShardStart::Latest, None);

        assert_eq!(shard.seen(), None);
        shard.answered(&polled(&[], Some("a")), ms(9_900), &clock);

        assert!(shard.is_at_end());
        assert_eq!((shard.seen(), shard.place), (Some(ms(9_900)), Place::Iterator("a".to_owned())));
    }

    #[test]
    fn records_say_that_all_was_read_that_was_made_before_the_newest_of_them() {
        let clock = Clock::manual(10_000);
        let mut shard = Shard::new(ShardStart::Latest, Some(ms(1_000)));

        shard.answered(&polled(&[7_000, 8_000], Some("a")), ms(9_900), &clock);

        assert!(!shard.is_at_end());
        assert_eq!((shard.seen(), shard.cursor()), (Some(ms(8_000)), Some("1")));
        shard.answered(&polled(&[6_000], None), ms(9_950), &clock);
        assert_eq!((shard.seen(), shard.place), (Some(ms(8_000)), Place::End));
    }

    #[test]
    fn a_record_of_the_future_brings_nobody_further_than_its_request() {
        let clock = Clock::manual(10_000);
        let mut shard = Shard::new(ShardStart::Latest, None);

        shard.answered(&polled(&[99_000], Some("a")), ms(9_900), &clock);

        assert_eq!(shard.seen(), Some(ms(9_900)));
    }

    #[test]
    fn the_end_of_a_shard_says_nothing_of_what_its_children_have() {
        let clock = Clock::manual(10_000);
        let mut shard = Shard::new(ShardStart::Latest, Some(ms(1_000)));

        shard.answered(&polled(&[], None), ms(9_900), &clock);

        assert!(!shard.is_at_end());
        assert_eq!((shard.seen(), shard.place), (Some(ms(1_000)), Place::End));
    }

    #[test]
    fn a_place_that_is_too_old_is_found_again_by_the_record_before_it() {
        let clock = Clock::manual(10_000);
        let mut shard = Shard::new(ShardStart::Latest, None);

        assert_eq!(shard.start_again(), None, "nobody knows what was the newest then");
        shard.answered(&polled(&[9_000], Some("a")), ms(9_900), &clock);
        assert_eq!(shard.start_again(), Some(()));

        assert_eq!(shard.place, Place::Start(ShardStart::After("0".to_owned())));
        let mut child = Shard::new(ShardStart::TrimHorizon, None);
        assert_eq!(child.start_again(), Some(()));
        assert_eq!(child.place, Place::Start(ShardStart::TrimHorizon));
    }
}
