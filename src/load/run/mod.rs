//! One run: requests sent at a pace over connections, and what came of them.
//!
//! Threads have connections and a recorder each; what they share is the line of requests (open
//! loop) or the number that may be sent (closed loop). Here their seconds and tallies are put
//! together.
//!
//! In the open loop a target that cannot keep up is not spared: what is due waits, and its wait
//! counts. When the time is over, what is still in line is sent for as long as one request may
//! take; what then was never sent counts as failed, with the code `NotSent`.
//!
//! Rates are of what ended within the measured time, so that a last request that is long in coming
//! does not lower them.
//!
//! Must hold: each request that was due within the measured time is in exactly one tally.
//! Not here: what is asked (`workload/`), how it is shown (`report/`).

mod alarm;
mod closed;
mod course;
mod open;
mod plan;
mod recorder;
mod schedule;
mod threads;

use std::ops::Range;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

pub use self::plan::{Pace, Plan};

use self::closed::Budget;
use self::course::Course;
use self::open::Line;
use self::recorder::{Ends, Part, Recorder};
use self::schedule::Schedule;
use self::threads::Threads;
use super::client::Terms;
use super::server_view::Look;
use super::target::Target;
use super::workload::{Draw, Workload};
use super::{Error, Measured, Planned, Second, Tally};
use crate::clock::Clock;
use crate::task::Drain;

/// The requests of one stream, without end.
pub type Stream = Box<dyn FnMut() -> Planned + Send>;

/// Sends a workload's requests, and tells of each second when it is over.
///
/// Once `drain` began nothing more is sent, and what was measured until then is the result.
pub async fn run(
    target: &Arc<Target>,
    workload: &Arc<Workload>,
    plan: &Plan,
    clock: &Clock,
    drain: &Drain,
    each: &mut dyn FnMut(&Second),
) -> Result<Measured, Error> {
    let seed = plan.seed;
    let streams = |number| {
        let mut draw = Draw::new(workload, seed, number);
        Box::new(move || draw.next()) as Stream
    };
    run_streams(target, &streams, plan, clock, drain, each).await
}

/// The same with requests of the caller's: by connection in the closed loop, else stream 0 alone.
pub async fn run_streams(
    target: &Arc<Target>,
    streams: &dyn Fn(u64) -> Stream,
    plan: &Plan,
    clock: &Clock,
    drain: &Drain,
    each: &mut dyn FnMut(&Second),
) -> Result<Measured, Error> {
    plan.check()?;
    let terms = Terms {
        target: Arc::clone(target),
        patience: plan.patience,
        explain: plan.explain,
        clock: clock.clone(),
        stop: Drain::default(),
    };
    let connecting = Threads::connect(&terms, plan.threads, plan.connections, plan.seed);
    let mut threads = tokio::select! {
        biased;
        () = drain.begun() => return Err(Error::Stopped),
        threads = connecting => threads?,
    };
    let work = Work::new(plan, streams);
    let look = Look::after(target, plan.warm_up).await;
    // Threads need a moment to begin; nothing is due within it.
    let start = clock.monotonic() + LEAD;
    let measured = plan.warm_up..work.end(plan);
    let course = Arc::new(Course::new(clock.clone(), start, terms.stop, measured));
    threads.start(&course, &work, streams);
    let seconds = watch(&mut threads, &course, &work, plan, drain, each).await;
    let joined = threads.join();
    let server = look.until_now(target).await;
    joined?;
    let (tallies, ends) = tallies(&threads, &course, &work);
    let (took, due) = (took(&work, &course, &ends), work.due(&course));
    let Ends { ended, answered, .. } = ends;
    Ok(Measured { tallies, seconds, took, due, ended, answered, server })
}

/// What all connections take their requests from.
#[derive(Clone)]
enum Work {
    Open(Arc<Line>),
    Closed(Arc<Budget>),
}

/// A request whose turn it is.
struct Next {
    /// Since the start of the run; its latency begins here.
    from: Duration,
    is_measured: bool,
    planned: Planned,
}

impl Work {
    fn new(plan: &Plan, streams: &dyn Fn(u64) -> Stream) -> Self {
        let &Plan { pace, warm_up, length, requests_max, .. } = plan;
        match pace {
            Pace::Open { per_second } => {
                let schedule = Schedule::new(per_second, warm_up, length, requests_max);
                Self::Open(Arc::new(Line::new(schedule, streams(0))))
            }
            Pace::Closed => Self::Closed(Arc::new(Budget::new(warm_up, length, requests_max))),
        }
    }

    /// When the measured time is to end.
    fn end(&self, plan: &Plan) -> Duration {
        match self {
            Self::Open(line) => line.schedule().end(),
            Self::Closed(_) => plan.warm_up + plan.length,
        }
    }

    /// How many requests were due within the measured time.
    fn due(&self, course: &Course) -> u64 {
        match self {
            Self::Open(line) => line.schedule().measured_before(course.measured().end),
            Self::Closed(budget) => budget.granted(),
        }
    }

    /// How many requests were due within a second.
    fn due_in(&self, at: u64, sent: u64, course: &Course) -> u64 {
        match self {
            Self::Open(line) => {
                let before = |second| {
                    let end = course.at_most(Duration::from_secs(second));
                    line.schedule().due_before(end)
                };
                before(at + 1) - before(at)
            }
            Self::Closed(_) => sent,
        }
    }
}

/// Gathers second after second until the threads are done, and stops them when they must be.
async fn watch(
    threads: &mut Threads,
    course: &Course,
    work: &Work,
    plan: &Plan,
    drain: &Drain,
    each: &mut dyn FnMut(&Second),
) -> Vec<Second> {
    let recorders = threads.recorders().to_vec();
    let mut seconds = Vec::new();
    let mut tell = |at: u64| {
        let mut sum = Part::new(at);
        for recorder in &recorders {
            recorder.lock().unwrap_or_else(PoisonError::into_inner).gather(at, &mut sum);
        }
        let second = second(at, &sum, course, work, plan);
        each(&second);
        seconds.push(second);
    };
    let give_up = plan.warm_up + plan.length + plan.patience.deadline;
    let mut at = 0;
    loop {
        let is_stopped = course.stop().has_begun();
        let until = |moment: Duration| tokio::time::sleep(moment.saturating_sub(course.now()));
        tokio::select! {
            () = threads.ended() => break,
            () = until(Duration::from_secs(at + 1) + LATENESS) => {
                tell(at);
                at += 1;
            }
            () = drain.begun(), if !is_stopped => course.cut(),
            () = until(give_up), if !is_stopped => course.stop().begin(),
        }
    }
    let last = recorders.iter().filter_map(|recorder| {
        recorder.lock().unwrap_or_else(PoisonError::into_inner).last_second()
    });
    if let Some(last) = last.max() {
        (at..=last).for_each(&mut tell);
    }
    seconds
}

fn second(at: u64, sum: &Part, course: &Course, work: &Work, plan: &Plan) -> Second {
    let latencies = &sum.latencies;
    Second {
        at,
        warm_up: Duration::from_secs(at) < plan.warm_up,
        due: work.due_in(at, sum.sent, course),
        ended: sum.ended,
        failed: sum.failed,
        reads: sum.reads,
        hits: sum.hits,
        p50: latencies.value_at_quantile(0.5),
        p99: latencies.value_at_quantile(0.99),
        max: latencies.max(),
    }
}

/// All that was measured, in the order of reports, and how much ended when.
fn tallies(threads: &Threads, course: &Course, work: &Work) -> (Vec<Tally>, Ends) {
    let mut sum = Recorder::default();
    for recorder in threads.recorders() {
        let recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner);
        recorder::merge(&mut sum.tallies, &recorder.tallies);
        sum.ends.add(&recorder.ends);
    }
    match work {
        Work::Open(line) => {
            for (operation, requests) in line.left_before(course.measured().end) {
                recorder::count_not_sent(&mut sum.tallies, operation, requests);
            }
        }
        Work::Closed(_) => {}
    }
    sum.tallies.sort_by_key(|tally| (tally.operation, tally.source));
    (sum.tallies, sum.ends)
}

/// How long was measured: as planned, shorter if it was cut, or until the last answer if all
/// requests of a closed loop were used up.
fn took(work: &Work, course: &Course, ends: &Ends) -> u64 {
    let Range { start, end } = course.measured();
    let end = match work {
        Work::Closed(budget) if budget.is_used_up() => end.min(ends.last()),
        Work::Open(_) | Work::Closed(_) => end,
    };
    u64::try_from(end.saturating_sub(start).as_nanos()).unwrap_or(u64::MAX)
}

const LEAD: Duration = Duration::from_millis(5);
/// How much later than its end a second is gathered, so that all of it is there.
const LATENESS: Duration = Duration::from_millis(10);
