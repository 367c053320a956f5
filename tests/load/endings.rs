//! How single requests end, and what of them is tried again.

use std::time::Duration;

use hearth::clock::Clock;
use hearth::load::{Explain, Measured, Operation, Patience, Plan, Source, Tally};

use crate::scripted::{Reply, Scripted};
use crate::{LONG, always, measure, numbered, only, some};

/// The measure of one request that is answered so, without a second try.
async fn once(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Measured {
    let server = Scripted::start(&Clock::system(), move |_| reply());
    measure(&server.target(), &some(1), &numbered).await
}

#[tokio::test]
async fn each_failure_is_counted_by_its_code() {
    for (status, code) in [
        (400, "ValidationException"),
        (400, "ResourceNotFoundException"),
        (500, "InternalServerError"),
    ] {
        let measured = once(move || Reply::refusal(status, code)).await;

        let tally = only(&measured);
        assert_eq!((tally.errors.get(code), tally.latencies.len()), (Some(&1), 0), "{code}");
    }
}

#[tokio::test]
async fn a_failed_condition_is_an_answer() {
    let measured = once(|| Reply::refusal(400, "ConditionalCheckFailedException")).await;

    let tally = only(&measured);
    assert_eq!((tally.conditions_failed, tally.latencies.len(), tally.ended()), (1, 1, 1));
}

#[tokio::test]
async fn throttling_to_the_end_is_throttling() {
    let server = Scripted::start(&Clock::system(), |_| {
        Reply::refusal(400, "ProvisionedThroughputExceededException")
    });
    let plan = Plan { patience: Patience { retries_max: 2, deadline: LONG }, ..some(1) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    let tally = only(&measured);
    assert_eq!((tally.throttled, tally.retries, tally.ended()), (1, 2, 1));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_retry_belongs_to_the_latency_of_its_request() {
    let held = Duration::from_millis(30);
    let server = Scripted::start(&Clock::system(), move |seen| {
        if seen.number == 0 {
            crate::support::pause(held);
            Reply::refusal(500, "InternalServerError")
        } else {
            Reply::ok()
        }
    });
    let plan = Plan { patience: Patience { retries_max: 1, deadline: LONG }, ..some(1) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    let tally = only(&measured);
    assert_eq!((tally.retries, tally.latencies.len(), tally.errors.len()), (1, 1, 0));
    assert!(u128::from(tally.latencies.max()) >= held.as_nanos());
    let seen = server.seen();
    assert_eq!(seen[0].body, seen[1].body, "the same is asked again");
}

#[tokio::test]
async fn a_body_that_does_not_fit_its_checksum_is_no_answer() {
    let measured =
        once(|| Reply::Answer(200, vec![("x-amz-crc32", "1".to_owned())], "{}".to_owned())).await;

    let tally = only(&measured);
    assert_eq!((tally.errors.get("ChecksumMismatch"), tally.latencies.len()), (Some(&1), 0));
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_counted() {
    let measured = once(|| Reply::HangUp).await;

    assert_eq!(only(&measured).errors.get("Disconnected"), Some(&1));
}

#[tokio::test]
async fn a_silent_target_is_given_up_at_the_deadline_and_asked_over_a_new_connection() {
    let server = Scripted::start(&Clock::system(), |seen| {
        if seen.number == 0 { Reply::Silence } else { Reply::ok() }
    });
    let patience = Patience { retries_max: 0, deadline: Duration::from_secs(2) };
    let plan = Plan { patience, ..some(2) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    let ended: u64 = measured.tallies.iter().map(Tally::ended).sum();
    let timed_out: u64 =
        measured.tallies.iter().filter_map(|tally| tally.errors.get("TimedOut")).sum();
    assert_eq!((ended, timed_out), (2, 1));
}

#[tokio::test]
async fn a_connection_that_was_closed_between_requests_is_opened_again() {
    let server = Scripted::start(&Clock::system(), |_| {
        Reply::Answer(200, vec![("connection", "close".to_owned())], "{}".to_owned())
    });

    let measured = measure(&server.target(), &some(5), &numbered).await;

    let tally = only(&measured);
    assert_eq!((tally.latencies.len(), tally.retries, tally.errors.len()), (5, 0, 0));
}

#[tokio::test]
async fn where_answers_come_from_is_asked_and_counted() {
    let server = Scripted::start(&Clock::system(), |seen| {
        let told = ["hit", "miss; why=never-cached", "hit=3 miss=0 bypass=0"][seen.number % 3];
        Reply::Answer(200, vec![("x-hearth-cache", told.to_owned())], "{}".to_owned())
    });

    let measured = measure(&server.target(), &some(6), &numbered).await;

    let counts: Vec<(Source, u64)> =
        measured.tallies.iter().map(|tally| (tally.source, tally.ended())).collect();
    assert_eq!(counts, [(Source::Cache, 4), (Source::Engine, 2)]);
    assert!(server.seen().iter().all(|seen| seen.header("x-hearth-cache") == Some("explain")));
    let hits: u64 = measured.seconds.iter().map(|second| second.hits).sum();
    let reads: u64 = measured.seconds.iter().map(|second| second.reads).sum();
    assert_eq!((hits, reads), (4, 6));
}

#[tokio::test]
async fn nothing_is_asked_about_the_cache_unless_it_is_wanted() {
    let server = Scripted::start(&Clock::system(), |_| Reply::ok());
    let plan = Plan { explain: Explain::Leave, ..some(3) };

    let measured = measure(&server.target(), &plan, &numbered).await;

    assert_eq!(only(&measured).source, Source::Unknown);
    assert!(server.seen().iter().all(|seen| seen.header("x-hearth-cache").is_none()));
}

#[tokio::test]
async fn requests_say_what_they_are_and_who_signed_them() {
    let server = Scripted::start(&Clock::system(), |_| Reply::ok());

    measure(&server.target(), &some(1), &always(Operation::UpdateItem, "{}")).await;

    let seen = server.seen();
    let header = |name| seen[0].header(name).unwrap_or_default();
    assert_eq!(header("x-amz-target"), "DynamoDB_20120810.UpdateItem");
    assert_eq!(header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(header("host"), format!("127.0.0.1:{}", server.port()));
    assert!(header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=hearthload/"));
    assert!(header("authorization").contains("/us-east-1/dynamodb/aws4_request"));
}

#[tokio::test]
async fn a_batch_of_which_something_is_left_is_no_full_answer() {
    let left = r#"{"UnprocessedKeys":{"t":{"Keys":[]}}}"#;
    let server =
        Scripted::start(&Clock::system(), |_| Reply::Answer(200, Vec::new(), left.to_owned()));

    let measured =
        measure(&server.target(), &some(1), &always(Operation::BatchGetItem, "{}")).await;

    assert_eq!(only(&measured).errors.get("Unprocessed"), Some(&1));
}
