//! What a table or a global index has left of its capacity, for reading and for writing.
//!
//!     refill: units a second ──> |······balance······| 300 s of them at most ──> requests
//!
//! A request goes ahead while anything is left, and may leave less than nothing: what a read costs
//! is known once it was made.
//!
//! Must hold: in any span of time no more is taken and drawn, less what is given back, than a full
//! bucket, what came in meanwhile, what one request took, and what each request that ended in it drew
//! beyond what it took; nothing is lost to rounding.
//! Not here: who is held to it (`proxy/throttle.rs`), how many units there are (`api/`).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::api::{CapacityKind, HalfUnits};

/// The two buckets of a table or of a global index; full at first.
#[derive(Debug, Default)]
pub struct Buckets {
    read: Bucket,
    write: Bucket,
}

/// What is left for one kind of request.
///
/// How many units come in a second is told with each call, so that a change holds at once; before
/// one, [`Bucket::fill`] brings in what came by the old number.
#[derive(Debug, Default)]
pub struct Bucket(Mutex<Level>);

/// In billionths of half a unit, so that every nanosecond brings in a whole number.
#[derive(Debug, Default)]
struct Level {
    balance: i128,
    /// When it was looked at last; none if never, and it is full.
    at: Option<Duration>,
}

impl Buckets {
    /// The one of that kind.
    pub fn of(&self, kind: CapacityKind) -> &Bucket {
        match kind {
            CapacityKind::Read => &self.read,
            CapacityKind::Write => &self.write,
        }
    }
}

impl Bucket {
    /// Whether anything is left.
    pub fn has_some(&self, per_second: u64, now: Duration) -> bool {
        self.filled(per_second, now).balance > 0
    }

    /// Takes so much if anything is left; whether it did.
    pub fn take(&self, per_second: u64, now: Duration, units: HalfUnits) -> bool {
        let mut level = self.filled(per_second, now);
        let has_some = level.balance > 0;
        if has_some {
            level.balance -= billionths(units);
        }
        has_some
    }

    /// Takes so much, whatever is left.
    pub fn draw(&self, per_second: u64, now: Duration, units: HalfUnits) {
        self.filled(per_second, now).balance -= billionths(units);
    }

    /// Puts back what was taken and not needed.
    pub fn give_back(&self, units: HalfUnits) {
        self.level().balance += billionths(units);
    }

    /// Brings in what came until now.
    pub fn fill(&self, per_second: u64, now: Duration) {
        drop(self.filled(per_second, now));
    }

    fn filled(&self, per_second: u64, now: Duration) -> MutexGuard<'_, Level> {
        let mut level = self.level();
        let rate = 2 * i128::from(per_second);
        let full = rate.saturating_mul(BURST_NS);
        let balance = match level.at {
            None => full,
            Some(at) => {
                let nanoseconds = now.saturating_sub(at).as_nanos();
                let came = rate.saturating_mul(i128::try_from(nanoseconds).unwrap_or(i128::MAX));
                level.balance.saturating_add(came).min(full)
            }
        };
        let at = level.at.map_or(now, |at| at.max(now));
        *level = Level { balance, at: Some(at) };
        level
    }

    fn level(&self) -> MutexGuard<'_, Level> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn billionths(HalfUnits(halves): HalfUnits) -> i128 {
    i128::from(halves) * 1_000_000_000
}

/// Units of so many nanoseconds are kept while nobody wants them.
const BURST_NS: i128 = 300 * 1_000_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNIT: HalfUnits = HalfUnits(2);

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// How many single units it gives at that time before it has none left.
    fn drained(bucket: &Bucket, per_second: u64, now: Duration) -> u64 {
        let mut count = 0;
        while bucket.take(per_second, now, UNIT) {
            count += 1;
        }
        count
    }

    #[test]
    fn a_new_bucket_holds_300_seconds_of_units_and_refills_by_the_second() {
        let bucket = Bucket::default();

        assert_eq!(drained(&bucket, 5, s(7)), 1_500);
        assert_eq!(drained(&bucket, 5, s(7)), 0);
        assert_eq!(drained(&bucket, 5, s(8)), 5);
        // A fifth of a second brings a unit, a part of it already opens the door.
        assert_eq!(drained(&bucket, 5, s(8) + Duration::from_nanos(1)), 1);
        assert_eq!(drained(&bucket, 5, s(8) + Duration::from_millis(200)), 0);
        assert_eq!(drained(&bucket, 5, s(8) + Duration::from_millis(201)), 1);
        assert_eq!(drained(&bucket, 5, s(10_000)), 1_500, "no more is kept");
    }

    #[test]
    fn one_that_was_overdrawn_refuses_until_it_has_something_again() {
        let bucket = Bucket::default();
        bucket.draw(2, s(0), HalfUnits(2 * 600 + 2 * 8));

        assert!(!bucket.has_some(2, s(3)) && !bucket.take(2, s(4), UNIT));
        assert!(bucket.has_some(2, s(4) + Duration::from_nanos(1)));
        assert_eq!(drained(&bucket, 2, s(5)), 2);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_but_never_fills_it_beyond_full() {
        let bucket = Bucket::default();
        assert!(bucket.take(1, s(0), HalfUnits(10)));
        bucket.give_back(HalfUnits(10));
        bucket.give_back(HalfUnits(10));

        assert_eq!(drained(&bucket, 1, s(0)), 300);
    }

    #[test]
    fn another_number_of_units_holds_from_then_on() {
        let bucket = Bucket::default();
        assert_eq!(drained(&bucket, 1, s(0)), 300);

        bucket.fill(1, s(10));
        assert_eq!(drained(&bucket, 100, s(11)), 110, "10 by the old number, 100 by the new one");
        bucket.fill(100, s(1_000));
        assert_eq!(drained(&bucket, 2, s(1_000)), 600, "what is more than full is gone");
    }

    #[test]
    fn a_time_that_goes_back_brings_nothing_in() {
        let bucket = Bucket::default();
        assert_eq!(drained(&bucket, 1, s(10)), 300);

        assert_eq!(drained(&bucket, 1, s(5)), 0);
        assert_eq!(drained(&bucket, 1, s(11)), 1);
    }

    proptest! {
        /// Requests of any size that begin at any time and end while others are under way: in every
        /// window what left the bucket is a full one, what came in, what one of them took, and what
        /// those that ended drew beyond what they took, at most.
        #[test]
        fn no_window_sees_more_than_a_burst_its_refill_and_what_was_under_way(
            per_second in 1_u64..20,
            requests in proptest::collection::vec(
                (0_u64..40_000, 1_u64..2_500, 1_u64..5_000, 0_usize..6), 1..60,
            ),
        ) {
            let bucket = Bucket::default();
            let mut now = Duration::ZERO;
            let mut left: Vec<Left> = Vec::new();
            let mut under_way: Vec<(usize, u64, u64)> = Vec::new();
            let largest = requests.iter().map(|(_, taken, ..)| *taken).max().unwrap_or(0);
            for (at, (pause_ms, taken, drawn, lasts)) in requests.into_iter().enumerate() {
                now += Duration::from_millis(pause_ms);
                if bucket.take(per_second, now, HalfUnits(taken)) {
                    left.push(Left { now, net: i128::from(taken), beyond: 0 });
                    under_way.push((at + lasts, taken, drawn));
                }
                under_way.retain(|(end, taken, drawn)| {
                    if *end > at {
                        return true;
                    }
                    bucket.draw(per_second, now, HalfUnits(*drawn));
                    bucket.give_back(HalfUnits(*taken));
                    let net = i128::from(*drawn) - i128::from(*taken);
                    left.push(Left { now, net, beyond: net.max(0) });
                    false
                });
            }
            for (first, Left { now: begin, .. }) in left.iter().enumerate() {
                let (mut net, mut beyond) = (0, 0);
                for end in &left[first..] {
                    net += end.net;
                    beyond += end.beyond;
                    // In thousandths of half a unit.
                    let came_ms = end.now.saturating_sub(*begin).as_millis();
                    let came = 2 * u128::from(per_second) * (300 * 1_000 + came_ms);
                    let came = i128::try_from(came).expect("it is small");
                    let bound = came + 1_000 * (i128::from(largest) + beyond);
                    prop_assert!(1_000 * net <= bound, "{net} by {:?}", end.now);
                }
            }
        }
    }

    /// What left the bucket at that time, and how much of it beyond what was taken before.
    struct Left {
        now: Duration,
        net: i128,
        beyond: i128,
    }
}
