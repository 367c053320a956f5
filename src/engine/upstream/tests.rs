//! The engine against a service that answers oddly.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use super::client::tests::peer::{Act, Asked, Peer};
use super::client::{Environment, Options as ClientOptions, Source};
use super::*;
use crate::metrics;
use crate::model::{AttributeValue, Item, KeyBuffer, KeyType};
use crate::wire::json::{Wording, decode};

const MUSIC: &str = r#"{"Table":{"TableName":"music","TableId":"a","TableStatus":"ACTIVE",
    "TableArn":"arn:aws:dynamodb:us-east-1:1:table/music","CreationDateTime":1,
    "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
    "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}}"#;

fn say(status: &str, body: &str) -> Act {
    let length = body.len();
    Act::Say(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}").into())
}

fn operation(asked: &Asked) -> &str {
    asked.header("x-amz-target").rsplit('.').next().unwrap_or_default()
}

/// A service that describes the table `music` and answers everything else by `others`, and what
/// asks it.
async fn engine_of(
    others: impl Fn(&Asked) -> Act + Send + Sync + 'static,
) -> (Peer, UpstreamEngine) {
    let peer = Peer::start(move |_, asked| match operation(asked) {
        "DescribeTable" if asked.body.contains("music") => say("200 OK", MUSIC),
        _ => others(asked),
    });
    let peer = peer.await;
    let options = ClientOptions {
        endpoints: vec![peer.url()],
        credentials: Source::Anonymous,
        ..ClientOptions::default()
    };
    let metrics = Metrics::new(metrics::Options::default());
    metrics.show_upstream();
    let clock = Clock::system();
    let environment = Environment::default();
    let client = Client::new(&options, &environment, Arc::clone(&metrics), clock.clone(), 1);
    let options = Options { fills: Consistency::Strong, deadline: Duration::from_mins(1), seed: 1 };
    (peer, UpstreamEngine::new(client.expect("it can be asked"), options, metrics, clock))
}

fn count(peer: &Peer, named: &str) -> usize {
    peer.asked().iter().filter(|asked| operation(asked) == named).count()
}

fn key(engine: &UpstreamEngine, id: &str) -> ItemKey {
    let catalog = engine.catalog().load();
    let table = catalog.table("music").expect("it is known");
    let item = Item::from([("id", AttributeValue::S(id.to_owned()))]);
    table.schema.item_key(&item, &mut KeyBuffer::default()).expect("it has a key").to_key()
}

#[tokio::test]
async fn a_write_whose_answer_cannot_be_read_is_never_told_as_not_done() {
    let (_peer, engine) = engine_of(|_| say("200 OK", r#"{"Attributes":3}"#)).await;
    let body = br#"{"TableName":"music","Item":{"id":{"S":"x"}},"ReturnValues":"ALL_OLD"}"#;
    let put = decode(Operation::PutItem, body, Wording::Classic).expect("a request");

    let unanswered = engine.ask(&put).await.expect_err("it cannot be read");

    assert_eq!(unanswered.end, End::Done);
    assert!(unanswered.error.may_have_happened(), "{:?}", unanswered.error);
}

#[tokio::test]
async fn keys_that_are_left_unread_again_and_again_are_told_as_that() {
    let left = r#"{"Responses":{"music":[{"id":{"S":"a"}}]},
        "UnprocessedKeys":{"music":{"Keys":[{"id":{"S":"b"}}]}}}"#;
    let (peer, engine) = engine_of(move |_| say("200 OK", left)).await;
    engine.learn("music").await.expect("it is described");
    let keys = ["a", "b", "c"].map(|id| key(&engine, id)).to_vec();

    let read = engine.read_many(keys).await.expect("some are told");

    let told: Vec<Option<bool>> = read
        .iter()
        .map(|image| image.as_ref().map(|image| matches!(image, Image::Item(_))))
        .collect();
    assert_eq!(told, [Some(true), None, Some(false)]);
    assert_eq!(count(&peer, "BatchGetItem"), 3);
}

#[tokio::test]
async fn what_was_told_before_a_failure_is_kept_and_a_failure_alone_is_told() {
    let left = r#"{"Responses":{},"UnprocessedKeys":{"music":{"Keys":[{"id":{"S":"b"}}]}}}"#;
    let refused = r#"{"__type":"x#AccessDeniedException","message":"no"}"#;
    let (_peer, engine) = engine_of(move |asked| {
        let has_both = asked.body.contains("\"a\"");
        if has_both { say("200 OK", left) } else { say("400 Bad Request", refused) }
    })
    .await;
    engine.learn("music").await.expect("it is described");

    let both = engine.read_many(["a", "b"].map(|id| key(&engine, id)).to_vec()).await;
    let one = engine.read_many(vec![key(&engine, "b")]).await;

    assert!(matches!(both.as_deref(), Ok([Some(Image::Absent), None])), "{both:?}");
    assert!(matches!(one, Err(Error::Api(_))), "{one:?}");
}

#[tokio::test]
async fn who_asks_together_for_a_table_that_is_not_there_is_told_by_two_looks_at_most() {
    let refused = r#"{"__type":"x#ResourceNotFoundException","message":"none"}"#;
    let (peer, engine) = engine_of(move |_| say("400 Bad Request", refused)).await;

    let learned = join_all((0..50).map(|_| engine.learn("nothing"))).await;

    assert!(learned.iter().all(|learned| matches!(learned, Ok(Learned::Nothing))));
    assert!(count(&peer, "DescribeTable") <= 2, "{}", count(&peer, "DescribeTable"));
}

/// A description of the table `albums`, whose index is keyed by `year`.
fn albums(id: &str, definitions: &str) -> String {
    format!(
        r#"{{"Table":{{"TableName":"albums","TableId":"{id}","TableStatus":"ACTIVE",
            "TableArn":"arn:aws:dynamodb:us-east-1:1:table/albums","CreationDateTime":1,
            "KeySchema":[{{"AttributeName":"id","KeyType":"HASH"}}],
            "GlobalSecondaryIndexes":[{{"IndexName":"by_year","IndexStatus":"ACTIVE",
                "KeySchema":[{{"AttributeName":"year","KeyType":"HASH"}}],
                "Projection":{{"ProjectionType":"ALL"}}}}],
            "AttributeDefinitions":[{definitions}]}}}}"#
    )
}

const ID: &str = r#"{"AttributeName":"id","AttributeType":"S"}"#;
const YEAR: &str = r#"{"AttributeName":"year","AttributeType":"N"}"#;

#[tokio::test]
async fn definitions_that_a_service_leaves_out_are_those_that_it_told_of_the_same_table_before() {
    let told = [
        albums("a", &format!("{ID},{YEAR}")).replace("by_year", "of_year"),
        albums("a", YEAR),
        albums("b", YEAR),
    ];
    let described = AtomicUsize::new(0);
    let (_peer, engine) = engine_of(move |_| {
        say("200 OK", &told[described.fetch_add(1, Ordering::SeqCst).min(told.len() - 1)])
    })
    .await;
    let known = || engine.catalog().load().table("albums").cloned().expect("it is known");

    assert!(matches!(engine.look("albums").await, Ok(Learned::Change)));
    assert!(matches!(engine.look("albums").await, Ok(Learned::Change)));
    let schema = &known().schema;
    assert_eq!((schema.hash.kind, schema.indexes[0].hash[0].kind), (KeyType::S, KeyType::N));
    assert_eq!(schema.indexes[0].name, "by_year");

    let other = engine.look("albums").await.expect_err("of another table nothing was told");
    let Error::Upstream(failure) = other else { panic!("{other:?}") };
    assert!(failure.has_answered() && failure.to_string().contains("id keys it"), "{failure}");
    assert_eq!(known().uuid, "a");
}

#[tokio::test]
async fn a_table_whose_description_cannot_be_read_is_no_reason_to_have_nothing_of_others() {
    let (_peer, engine) = engine_of(|asked| match operation(asked) {
        "ListTables" => say("200 OK", r#"{"TableNames":["albums","music"]}"#),
        "DescribeTable" => say("200 OK", &albums("a", YEAR)),
        _ => say("400 Bad Request", r#"{"__type":"x#ValidationException","message":"no"}"#),
    })
    .await;

    engine.probe().await.expect("it answers");

    let catalog = engine.catalog().load();
    assert!(catalog.table("music").is_some() && catalog.table("albums").is_none());
}
