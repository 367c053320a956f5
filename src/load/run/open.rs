//! The open loop: requests leave when they are due, or as soon after it as a connection is free.
//!
//! Each thread has one connection at most that waits for the next request to be due; the others
//! queue behind it in the order in which they became free. With all of them busy the line waits,
//! and needs no memory for it: the next that is free takes the oldest.
//!
//! Must hold: requests are taken in the order of their dues, each by one connection; latency runs
//! from the due, so that a target that stalls is charged for all that it held up.
//! Not here: what becomes of requests that nobody took before the end (`mod.rs`).

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::alarm::Alarm;
use super::course::Course;
use super::schedule::Schedule;
use super::{Next, Stream};
use crate::load::Planned;

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

    /// Takes what is due before a moment and was never taken; yields what is measured of it.
    pub(super) fn left_before(&self, at: Duration) -> Vec<Planned> {
        let end = self.schedule.due_before(at);
        let mut left = Vec::new();
        while let Some(next) = self.take_below(end) {
            if next.is_measured {
                left.push(next.planned);
            }
        }
        left
    }

    /// The next request, whether it is due or not.
    fn take(&self) -> Option<Next> {
        self.take_below(self.schedule.total())
    }

    fn take_below(&self, end: u64) -> Option<Next> {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let number = head.number;
        if number >= end {
            return None;
        }
        head.number += 1;
        let planned = (head.stream)();
        let is_measured = self.schedule.is_measured(number);
        Some(Next { from: self.schedule.due(number), is_measured, planned })
    }
}

impl Feed {
    /// One for the thread of the caller, within its runtime.
    pub(super) fn new(line: Arc<Line>) -> io::Result<Self> {
        Ok(Self { line, alarm: Arc::new(tokio::sync::Mutex::new(Alarm::new()?)) })
    }

    /// The next request of the line, once it is due.
    pub(super) async fn next(&self, course: &Course) -> io::Result<Option<Next>> {
        let mut alarm = self.alarm.lock().await;
        if course.stop().has_begun() {
            return Ok(None);
        }
        let Some(next) = self.line.take() else { return Ok(None) };
        let due = course.on_the_clock(next.from);
        if due <= course.clock().monotonic() {
            return Ok(Some(next));
        }
        tokio::select! {
            rung = alarm.until(course.clock(), due) => rung?,
            () = course.stop().begun() => {}
        }
        // A run may be cut just after this was due; then it still belongs to it.
        let is_covered = course.cut_at().is_none_or(|cut| next.from < cut);
        Ok(is_covered.then_some(next))
    }
}
