//! Connections that ask again as soon as they are answered.

use std::collections::BTreeSet;
use std::time::Duration;

use hearth::clock::Clock;
use hearth::load::run::{Stream, run_streams};
use hearth::load::{Error, Pace, Plan, Planned};
use hearth::task::Drain;

use crate::scripted::{Reply, Scripted};
use crate::{LONG, measure, numbered, only, plan, some};

#[tokio::test]
async fn the_number_of_requests_ends_a_run_over_all_its_connections() {
    let server = Scripted::start(&Clock::system(), |_| Reply::ok());
    let plan = Plan { connections: 4, threads: 2, ..some(50) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    assert_eq!((only(&measured).ended(), measured.due, server.seen().len()), (50, 50, 50));
    assert_eq!((measured.ended, measured.answered), (50, 50));
}

#[tokio::test]
async fn each_connection_sends_a_stream_of_its_own_in_order() {
    let server = Scripted::start(&Clock::system(), |_| Reply::ok());
    let plan = Plan { connections: 3, threads: 2, ..some(60) };

    measure(&server.target(), &plan, &numbered).await;

    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    for stream in ["0.", "1.", "2."] {
        let sent: Vec<&str> = bodies.iter().filter_map(|body| body.strip_prefix(stream)).collect();
        let expected: Vec<String> = (0..sent.len()).map(|number| number.to_string()).collect();
        assert_eq!(sent, expected, "stream {stream}");
    }
    assert_eq!(bodies.iter().collect::<BTreeSet<_>>().len(), 60);
}

#[tokio::test]
async fn time_ends_a_run() {
    let clock = Clock::system();
    let server = Scripted::start(&clock, |_| Reply::ok());
    let plan = Plan { connections: 2, ..plan(Pace::Closed, Duration::from_millis(50)) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    assert_eq!(measured.took, 50_000_000);
    assert_eq!(only(&measured).ended(), server.seen().len() as u64);
    assert_eq!(measured.due, only(&measured).ended());
}

#[tokio::test]
async fn a_user_who_has_enough_gets_what_was_measured() {
    let clock = Clock::system();
    let (server, drain) = stopped_after_20(&clock);
    let plan = plan(Pace::Closed, LONG);
    let target = server.target();
    let measured = run_streams(&target, &numbered, &plan, &clock, &drain, &mut |_| {}).await;

    let measured = measured.expect("a run");
    assert!(measured.due > 20);
    assert_eq!(measured.due, only(&measured).ended());
    assert_eq!(only(&measured).ended(), server.seen().len() as u64);
}

#[tokio::test]
async fn an_open_run_that_is_cut_has_no_more_due_than_it_sent() {
    let clock = Clock::system();
    let (server, drain) = stopped_after_20(&clock);
    let plan = plan(Pace::Open { per_second: 500.0 }, LONG);
    let target = server.target();
    let measured = run_streams(&target, &numbered, &plan, &clock, &drain, &mut |_| {}).await;

    let measured = measured.expect("a run");
    let sent = only(&measured).ended() - only(&measured).errors.values().sum::<u64>();
    assert_eq!(measured.due, only(&measured).ended());
    assert_eq!(sent, server.seen().len() as u64);
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_began_says_so() {
    let clock = Clock::system();
    let server = Scripted::start(&clock, |_| Reply::ok());
    let drain = Drain::default();
    drain.begin();

    let target = server.target();
    let plan = some(1);
    let ended = run_streams(&target, &numbered, &plan, &clock, &drain, &mut |_| {}).await;

    assert!(matches!(ended, Err(Error::Stopped)), "{ended:?}");
    assert!(server.seen().is_empty());
}

#[test]
fn a_connection_that_panics_ends_the_run_of_all() {
    let server = Scripted::start(&Clock::system(), |_| Reply::ok());
    let target = server.target();
    let second_panics = |stream| {
        if stream == 0 { numbered(stream) } else { Box::new(|| -> Planned { panic!() }) as Stream }
    };

    let run = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let day = Duration::from_hours(24);
        let plan = Plan { connections: 2, threads: 2, ..plan(Pace::Closed, day) };
        runtime.expect("a runtime").block_on(measure(&target, &plan, &second_panics))
    });

    // The first connection alone would go on for a day.
    assert!(run.join().is_err());
}

/// A server that has answered 20 requests when the user has enough.
fn stopped_after_20(clock: &Clock) -> (Scripted, Drain) {
    let drain = Drain::default();
    let begin = drain.clone();
    let server = Scripted::start(clock, move |seen| {
        if seen.number == 20 {
            begin.begin();
        }
        Reply::ok()
    });
    (server, drain)
}
