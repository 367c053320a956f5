//! The open loop: requests leave when they are due, or as soon after it as a connection is free.
//!
//! Each thread has one connection at most that waits for the next request to be due; the others
//! queue behind it in the order in which they became free. With all of them busy the line waits,
//! and needs no memory for it: the next that is free takes the oldest.
//!
//! Must hold: requests are taken in the order of their dues, each by one connection; latency runs
//! from the due, so that a target that stalls is charged for all that it held up.
//! Not here: what becomes of requests that nobody took before the end (`mod.rs`).

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::alarm::Alarm;
use super::course::Course;
use super::schedule::Schedule;
use super::{Next, Stream};
use crate::load::Operation;

/// The requests that nobody has taken.
pub(super) struct Line {
    schedule: Schedule,
    head: Mutex<Head>,
}

struct Head {
    number: u64,
    stream: Stream,
}

/// Where the connections of one thread get their requests.
#[derive(Clone)]
pub(super) struct Feed {
    line: Arc<Line>,
    alarm: Arc<tokio::sync::Mutex<Alarm>>,
}

impl Line {
    /// All requests of a schedule.
    pub(super) fn new(schedule: Schedule, stream: Stream) -> Self {
        Self { schedule, head: Mutex::new(Head { number: 0, stream }) }
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Takes what is due before a moment and was never taken: how much of it is measured, by
    /// operation.
    ///
    /// A line may be longer than anybody would wait for it to be drawn: of a long one the first
    /// part is, and the rest has the same shares of operations.
    pub(super) fn left_before(&self, at: Duration) -> BTreeMap<Operation, u64> {
        let end = self.schedule.due_before(at);
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let left = end.saturating_sub(head.number.max(self.schedule.first_measured()));
        head.number = head.number.max(end);
        let drawn = left.min(DRAWN_MAX);
        let mut counts = BTreeMap::<Operation, u64>::new();
        for _ in 0..drawn {
            *counts.entry((head.stream)().operation).or_default() += 1;
        }
        spread(&mut counts, left - drawn);
        counts
    }

    /// The next request, whether it is due or not.
    fn take(&self) -> Option<Next> {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let number = head.number;
        if number >= self.schedule.total() {
            return None;
        }
        head.number += 1;
        let planned = (head.stream)();
        let is_measured = self.schedule.is_measured(number);
        Some(Next { from: self.schedule.due(number), is_measured, planned })
    }
}

impl Feed {
    /// One for the thread whose alarm that is.
    pub(super) fn new(line: Arc<Line>, alarm: Alarm) -> Self {
        Self { line, alarm: Arc::new(tokio::sync::Mutex::new(alarm)) }
    }

    /// The next request of the line, once it is due.
    pub(super) async fn next(&self, course: &Course) -> io::Result<Option<Next>> {
        let mut alarm = self.alarm.lock().await;
        if course.stop().has_begun() {
            return Ok(None);
        }
        let Some(next) = self.line.take() else { return Ok(None) };
        let due = course.on_the_clock(next.from);
        if course.clock().monotonic() < due {
            tokio::select! {
                rung = alarm.until(course.clock(), due) => rung?,
                () = course.stop().begun() => {}
            }
        }
        // A run may be cut just after this was due; then it still belongs to it.
        let is_covered = course.cut_at().is_none_or(|cut| next.from < cut);
        Ok(is_covered.then_some(next))
    }
}

/// Adds `rest` to the counts in proportion to them; all of it, if there is any count.
fn spread(counts: &mut BTreeMap<Operation, u64>, mut rest: u64) {
    let mut weight: u64 = counts.values().sum();
    for count in counts.values_mut() {
        // The share of those that are left, of what is left: the last one takes what is over.
        let share = u128::from(rest) * u128::from(*count) / u128::from(weight);
        let share = u64::try_from(share).expect("a share is no more than the whole");
        weight -= *count;
        rest -= share;
        *count += share;
    }
}

/// So many requests that were never sent are drawn to count them by operation.
const DRAWN_MAX: u64 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Planned;

    /// A line at that rate, of three reads and a write in turns; a second of two is measured.
    fn line(per_second: f64) -> Line {
        let second = Duration::from_secs(1);
        let schedule = Schedule::new(per_second, second, second, u64::MAX);
        let mut number = 0_u64;
        let stream = Box::new(move || {
            number += 1;
            let operation = match number % 4 {
                0 => Operation::PutItem,
                _ => Operation::GetItem,
            };
            Planned { operation, body: "a body".into() }
        });
        Line::new(schedule, stream)
    }

    #[test]
    fn what_is_left_is_counted_once_and_without_the_warm_up() {
        let line = line(100.0);
        for _ in 0..120 {
            line.take().expect("there are 200");
        }

        let left = line.left_before(Duration::from_secs(2));

        assert_eq!(left, BTreeMap::from([(Operation::GetItem, 60), (Operation::PutItem, 20)]));
        assert!(line.take().is_none());
        assert!(line.left_before(Duration::from_secs(2)).is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_to_be_drawn_is_counted_by_its_shares() {
        let left = line(4_000_001.0).left_before(Duration::from_secs(2));

        assert_eq!(left.values().sum::<u64>(), 4_000_001);
        assert!(left[&Operation::PutItem].abs_diff(1_000_000) <= 1, "{left:?}");
    }

    #[test]
    fn nothing_is_lost_by_spreading() {
        let mut counts = BTreeMap::from([
            (Operation::GetItem, 1),
            (Operation::PutItem, 1),
            (Operation::Scan, 1),
        ]);

        spread(&mut counts, 100);

        assert_eq!(counts.into_values().collect::<Vec<_>>(), [34, 34, 35]);
        spread(&mut BTreeMap::new(), 0);
    }
}
