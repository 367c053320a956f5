//! Up to when all changes of a table have been followed, also while they come without a pause.
//!
//! Must hold: whatever was made before that time was read. A shard that gave a record was read up to
//! that record; one that gives none was read up to now only after a while, since a service may answer
//! with an empty page before older records.
//! Not here: reading (`follow.rs`).

use std::collections::HashMap;
use std::time::Duration;

/// How far the shards of a stream have been read, by round.
pub(super) struct Reach {
    /// For how long a shard must give nothing before it counts as read.
    quiet: Duration,
    /// Since when shards give nothing, on the monotonic clock.
    silent: HashMap<String, Duration>,
    /// Of the round that goes on; none if a shard of it may hold anything.
    until_ms: Option<u64>,
}

/// What a shard gave.
pub(super) enum Given {
    /// Records, the newest of which was made then.
    Records { newest_ms: u64 },
    /// Nothing yet.
    Nothing,
    /// What says nothing of what else there is: its end, an iterator that is too old, records
    /// without a time.
    Unclear,
}

impl Reach {
    pub(super) fn new(quiet: Duration) -> Self {
        Self { quiet, silent: HashMap::new(), until_ms: None }
    }

    /// A round begins.
    pub(super) fn begin(&mut self, now_ms: u64) {
        self.until_ms = Some(now_ms);
    }

    /// A shard was read.
    pub(super) fn read(&mut self, shard: &str, given: &Given, now: Duration) {
        let reached = match given {
            Given::Records { newest_ms } => Some(*newest_ms),
            Given::Nothing => {
                let since = *self.silent.entry(shard.to_owned()).or_insert(now);
                // Up to when the round began.
                if now.saturating_sub(since) >= self.quiet { self.until_ms } else { None }
            }
            Given::Unclear => None,
        };
        if !matches!(given, Given::Nothing) {
            self.silent.remove(shard);
        }
        let earlier = |until: u64| reached.map(|reached| reached.min(until));
        self.until_ms = self.until_ms.and_then(earlier);
    }

    /// Up to when all was read, now that the round has ended; none if nobody knows.
    pub(super) fn end(&mut self) -> Option<u64> {
        self.until_ms.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Duration = Duration::from_secs(5);

    /// What a round comes to that begins at this second, with what each shard gives.
    fn round(reach: &mut Reach, second: u64, shards: &[(&str, Given)]) -> Option<u64> {
        reach.begin(second * 1_000);
        for (shard, given) in shards {
            reach.read(shard, given, Duration::from_secs(second));
        }
        reach.end()
    }

    fn newest(newest_ms: u64) -> Given {
        Given::Records { newest_ms }
    }

    #[test]
    fn shards_that_are_never_quiet_are_read_up_to_the_slowest() {
        let mut reach = Reach::new(QUIET);

        assert_eq!(
            round(&mut reach, 9, &[("a", newest(8_000)), ("b", newest(7_000))]),
            Some(7_000)
        );
        assert_eq!(
            round(&mut reach, 9, &[("a", newest(8_500)), ("b", newest(8_400))]),
            Some(8_400)
        );
    }

    #[test]
    fn a_shard_that_gives_nothing_is_believed_after_a_while() {
        let mut reach = Reach::new(QUIET);

        assert_eq!(round(&mut reach, 10, &[("a", newest(9_000)), ("b", Given::Nothing)]), None);
        assert_eq!(round(&mut reach, 14, &[("a", newest(13_000)), ("b", Given::Nothing)]), None);
        assert_eq!(
            round(&mut reach, 15, &[("a", newest(14_000)), ("b", Given::Nothing)]),
            Some(14_000)
        );
        assert_eq!(round(&mut reach, 20, &[("b", Given::Nothing)]), Some(20_000));
    }

    #[test]
    fn its_silence_begins_anew_after_a_record() {
        let mut reach = Reach::new(QUIET);
        round(&mut reach, 10, &[("a", Given::Nothing)]);
        round(&mut reach, 14, &[("a", newest(13_000))]);

        assert_eq!(round(&mut reach, 15, &[("a", Given::Nothing)]), None);
        assert_eq!(round(&mut reach, 20, &[("a", Given::Nothing)]), Some(20_000));
    }

    #[test]
    fn behind_what_says_nothing_anything_may_be() {
        let mut reach = Reach::new(QUIET);

        assert_eq!(round(&mut reach, 10, &[("a", newest(9_000)), ("b", Given::Unclear)]), None);
        assert_eq!(round(&mut reach, 11, &[("b", Given::Unclear), ("a", newest(10_000))]), None);
    }

    #[test]
    fn a_round_that_failed_says_nothing_of_the_next() {
        let mut reach = Reach::new(QUIET);
        reach.begin(10_000);
        reach.read("a", &newest(9_000), Duration::from_secs(10));

        assert_eq!(round(&mut reach, 12, &[("a", newest(11_000))]), Some(11_000));
    }
}
