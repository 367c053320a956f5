//! Requests that start on schedule, whatever the target does.

use std::time::Duration;

use hearth::clock::Clock;
use hearth::load::{Pace, Patience, Plan, Source};

use crate::scripted::{Reply, Scripted};
use crate::{LONG, measure, numbered, only, plan};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn what_was_due_while_the_target_stalled_waited_for_it() {
    let held = Duration::from_millis(400);
    let server = Scripted::start(&Clock::system(), move |seen| {
        if seen.number == 0 {
            crate::support::pause(held);
        }
        Reply::ok()
    });
    let plan = plan(Pace::Open { per_second: 100.0 }, Duration::from_millis(300));

    let measured = measure(&server.target(), &plan, &numbered).await;

    // Request n was due n times 10 ms after the first, which did not arrive before it was due.
    let tally = only(&measured);
    let recorded = tally.latencies.iter_recorded();
    let mut latencies: Vec<u64> = recorded
        .flat_map(|value| (0..value.count_at_value()).map(move |_| value.value_iterated_to()))
        .collect();
    latencies.reverse();
    assert_eq!((latencies.len(), measured.due), (30, 30));
    for (number, latency) in (0_u32..).zip(latencies) {
        let waited = held.saturating_sub(number * Duration::from_millis(10));
        assert!(u128::from(latency) >= waited.as_nanos(), "request {number}: {latency} ns");
    }
}

#[tokio::test]
async fn as_many_are_sent_as_the_rate_says_and_none_before_its_due() {
    let clock = Clock::system();
    let server = Scripted::start(&clock, |_| Reply::ok());
    let pace = Pace::Open { per_second: 500.0 };
    let plan = Plan { connections: 4, threads: 2, ..plan(pace, SECOND) };

    let before = clock.monotonic();
    let measured = measure(&server.target(), &plan, &numbered).await;

    let seen = server.seen();
    assert_eq!((seen.len(), measured.due, only(&measured).ended()), (500, 500, 500));
    for seen in &seen {
        let number: u32 = seen.body.strip_prefix("0.").and_then(|n| n.parse().ok()).expect("ours");
        assert!(seen.at >= before + number * Duration::from_millis(2), "{number}");
    }
    let seconds = &measured.seconds;
    assert_eq!(seconds.iter().map(|second| second.due).sum::<u64>(), 500);
    assert_eq!(seconds.iter().map(|second| second.ended).sum::<u64>(), 500);
    assert_eq!(measured.took, 1_000_000_000);
}

#[tokio::test]
async fn the_same_seed_sends_the_same_in_the_same_order() {
    let pace = Pace::Open { per_second: 2_000.0 };
    let plan = plan(pace, SECOND / 10);
    let mut runs = Vec::new();
    for _ in 0..2 {
        let server = Scripted::start(&Clock::system(), |_| Reply::ok());
        measure(&server.target(), &plan, &numbered).await;
        runs.push(server.seen().into_iter().map(|seen| seen.body).collect::<Vec<_>>());
    }

    let expected: Vec<String> = (0..200).map(|number| format!("0.{number}")).collect();
    assert_eq!(runs, [expected.clone(), expected]);
}

#[tokio::test]
async fn what_was_due_and_never_sent_is_counted_as_that() {
    let server = Scripted::start(&Clock::system(), |_| Reply::Silence);
    let patience = Patience { retries_max: 0, deadline: SECOND / 4 };
    let pace = Pace::Open { per_second: 100.0 };
    let plan = Plan { patience, ..plan(pace, SECOND / 5) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    // A try takes 250 ms, and the last may begin that long after the 200 ms of the schedule.
    let tally = only(&measured);
    assert_eq!((tally.ended(), tally.latencies.len(), measured.due), (20, 0, 20));
    assert_eq!(tally.source, Source::Unknown);
    assert!(tally.errors["TimedOut"] >= 1, "{:?}", tally.errors);
    assert!(tally.errors["NotSent"] >= 10, "{:?}", tally.errors);
}

#[tokio::test]
async fn a_last_request_that_fails_late_does_not_lengthen_what_was_measured() {
    let server = Scripted::start(&Clock::system(), |seen| {
        if seen.number < 19 { Reply::ok() } else { Reply::Silence }
    });
    let patience = Patience { retries_max: 0, deadline: SECOND };
    let pace = Pace::Open { per_second: 100.0 };
    let plan = Plan { patience, ..plan(pace, SECOND / 5) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    let tally = only(&measured);
    assert_eq!((measured.took, measured.due, tally.ended()), (200_000_000, 20, 20));
    // The last was due 10 ms before the end, and took a second.
    assert!(measured.ended <= 19 && measured.answered <= 19, "{measured:?}");
}

#[tokio::test]
async fn any_number_that_was_never_sent_is_counted() {
    let server = Scripted::start(&Clock::system(), |_| Reply::Silence);
    let patience = Patience { retries_max: 0, deadline: SECOND / 10 };
    let pace = Pace::Open { per_second: 10_000_000.0 };
    let plan = Plan { warm_up: SECOND / 10, patience, ..plan(pace, SECOND / 5) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    // The only connection is still with the warm-up's.
    let tally = only(&measured);
    assert_eq!((measured.due, tally.ended(), measured.answered), (2_000_000, 2_000_000, 0));
    assert_eq!(tally.errors["NotSent"], 2_000_000);
}

#[tokio::test]
async fn the_warm_up_is_shown_and_not_counted() {
    let server = Scripted::start(&Clock::system(), |_| Reply::ok());
    let pace = Pace::Open { per_second: 100.0 };
    let plan = Plan { warm_up: SECOND, requests_max: 7, ..plan(pace, LONG) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    assert_eq!((only(&measured).ended(), measured.due, server.seen().len()), (7, 7, 107));
    let warm: Vec<bool> = measured.seconds.iter().map(|second| second.warm_up).collect();
    assert_eq!(warm[..2], [true, false]);
    assert_eq!(measured.seconds.iter().map(|second| second.ended).sum::<u64>(), 107);
}
