//! Loading items into targets that take some and refuse some.

use std::time::Duration;

use hearth::clock::Clock;
use hearth::load::fill::{Batches, FillPlan, Filled, fill_batches};
use hearth::load::{Error, Operation, Patience, Planned};
use hearth::task::Drain;

use crate::LONG;
use crate::scripted::{Reply, Scripted};

fn one_batch() -> Batches {
    let body = r#"{"RequestItems":{"t":[{"PutRequest":{"Item":{"id":{"S":"1"}}}},{"PutRequest":{"Item":{"id":{"S":"2"}}}}]}}"#;
    let planned = Planned { operation: Operation::BatchWriteItem, body: body.into() };
    Batches { items: 2, count: 1, batch: Box::new(move |_| planned.clone()) }
}

async fn fill(server: &Scripted, batches: Batches) -> Result<Filled, Error> {
    let patience = Patience { retries_max: 1, deadline: LONG };
    let plan = FillPlan { connections: 2, patience };
    let (clock, drain) = (Clock::system(), Drain::default());
    fill_batches(&server.target(), batches, plan, &clock, &drain, &mut |_| {}).await
}

#[tokio::test]
async fn what_a_batch_left_is_written_by_the_next() {
    let left = r#"{"UnprocessedItems":{"t":[{"PutRequest":{"Item":{"id":{"S":"2"}}}}]}}"#;
    let server = Scripted::start(&Clock::system(), move |seen| match seen.number {
        0 => Reply::Answer(200, Vec::new(), left.to_owned()),
        _ => Reply::Answer(200, Vec::new(), r#"{"UnprocessedItems":{}}"#.to_owned()),
    });

    let filled = fill(&server, one_batch()).await.expect("it is filled");

    assert_eq!((filled.items, filled.of, filled.errors), (2, 2, 1));
    let again = r#"{"RequestItems":{"t":[{"PutRequest":{"Item":{"id":{"S":"2"}}}}]}}"#;
    assert_eq!(server.seen()[1].body, again);
}

#[tokio::test]
async fn a_batch_that_cannot_be_written_ends_the_fill() {
    let server = Scripted::start(&Clock::system(), |_| Reply::refusal(400, "ValidationException"));
    let batches = Batches { items: 2_000, count: 1_000, ..one_batch() };

    let failed = fill(&server, batches).await;

    match failed {
        Err(Error::NotFilled { items: 0, of: 2_000, why }) => {
            assert!(why.starts_with("ValidationException: "), "{why}");
        }
        other => panic!("{other:?}"),
    }
    assert!(server.seen().len() <= 2, "each connection stops at the first");
}

#[tokio::test]
async fn throttled_batches_are_tried_again() {
    let server = Scripted::start(&Clock::system(), |seen| match seen.number {
        0 => Reply::refusal(400, "ThrottlingException"),
        _ => Reply::ok(),
    });

    let filled = fill(&server, one_batch()).await.expect("it is filled");

    assert_eq!((filled.items, filled.errors), (2, 1));
}

#[tokio::test]
async fn a_user_who_has_enough_ends_it() {
    let drain = Drain::default();
    let begin = drain.clone();
    let server = Scripted::start(&Clock::system(), move |seen| {
        if seen.number == 5 {
            begin.begin();
        }
        Reply::ok()
    });
    let batches = Batches { items: u64::MAX, count: u64::MAX, ..one_batch() };
    let plan = FillPlan {
        connections: 1,
        patience: Patience { retries_max: 0, deadline: Duration::from_secs(30) },
    };

    let clock = Clock::system();
    let stopped = fill_batches(&server.target(), batches, plan, &clock, &drain, &mut |_| {}).await;

    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
}
