//! The client against peers that misbehave.

mod connections;
mod counted;
mod endpoints;
mod identity;
pub(in crate::engine::upstream) mod peer;
mod sending;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{
    Ask, Client, Credentials, Effect, Environment, Failure, Options, Patience, Source, Told, What,
};
use crate::clock::Clock;
use crate::metrics::{self, Metrics};

const NOW: u64 = 1_795_790_550_000;

/// Much patience with a peer that acts, little with one that does not.
fn options(urls: &[String]) -> Options {
    Options {
        endpoints: urls.to_vec(),
        credentials: Source::Anonymous,
        patience: Patience {
            connect: Duration::from_secs(20),
            per_try: Duration::from_secs(20),
            total: Duration::from_mins(1),
            tries_max: 3,
            pause_first: Duration::from_micros(10),
            pause_max: Duration::from_micros(10),
        },
        ..Options::default()
    }
}

fn metrics() -> Arc<Metrics> {
    let metrics = Metrics::new(metrics::Options::default());
    metrics.show_upstream();
    metrics
}

/// For peers that never answer.
fn impatient(urls: &[String]) -> Options {
    let mut options = options(urls);
    options.patience.per_try = Duration::from_millis(30);
    options
}

fn client_of(options: &Options) -> (Client, Clock) {
    let clock = Clock::manual(NOW);
    let client = Client::new(options, &Environment::default(), metrics(), clock.clone(), 1);
    (client.expect("the options are good"), clock)
}

fn client(url: String) -> Client {
    client_of(&options(&[url])).0
}

fn ask(effect: Effect) -> Ask {
    let target = match effect {
        Effect::Reads => "DynamoDB_20120810.GetItem",
        Effect::Writes => "DynamoDB_20120810.UpdateItem",
        Effect::WritesOnce => "DynamoDB_20120810.TransactWriteItems",
    };
    Ask { target: target.into(), body: Bytes::from_static(b"{\"a\":1}"), effect }
}

fn what(failure: &Failure) -> What {
    match &failure.told {
        Told::Failed(fault) => fault.what,
        Told::Refused(refusal) => panic!("{refusal}"),
    }
}

fn kind(failure: &Failure) -> &str {
    match &failure.told {
        Told::Refused(refusal) => &refusal.kind,
        Told::Failed(fault) => panic!("{fault}"),
    }
}

fn credentials(id: &str) -> Credentials {
    Credentials::new(id, "geheim", None)
}
