//! Which connections are used again, and how many there are.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::peer::{Act, Peer, answer, answer_with, refusal};
use super::{ask, client, client_of, impatient, options, what};
use crate::engine::upstream::client::{Effect, Fate, What};
use crate::task;

#[tokio::test]
async fn a_connection_is_used_again_after_a_whole_answer() {
    let peer = Peer::start(|before, _| match before % 2 {
        0 => Act::Say(answer(200, "{}")),
        _ => Act::Say(refusal(400, "ValidationException")),
    })
    .await;
    let client = client(peer.url());

    for _ in 0..10 {
        let _ = client.send(ask(Effect::Writes)).await;
    }

    assert_eq!((peer.asked().len(), peer.connections()), (10, 1));
}

#[tokio::test]
async fn a_connection_is_not_used_again_after_an_answer_that_cannot_be_trusted() {
    for broken in [answer_with(200, &[("x-amz-crc32", "7")], "{}"), answer_with(302, &[], "")] {
        let peer = Peer::start(move |_, _| Act::Say(broken.clone())).await;
        let client = client(peer.url());

        for _ in 0..2 {
            let failure = client.send(ask(Effect::Writes)).await.expect_err("it is broken");
            assert_eq!(failure.fate, Fate::Unknown);
        }

        assert_eq!((peer.asked().len(), peer.connections()), (2, 2));
    }
}

#[tokio::test]
async fn a_connection_that_idles_too_long_is_not_used_again() {
    let peer = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let (client, clock) = client_of(&options(&[peer.url()]));
    let send = || async { client.send(ask(Effect::Writes)).await.expect("it is answered") };

    send().await;
    clock.advance(Duration::from_millis(19_999));
    send().await;
    assert_eq!(peer.connections(), 1);
    clock.advance(Duration::from_secs(20));
    send().await;

    assert_eq!(peer.connections(), 2);
}

/// A connection that the other side closed while it idled loses no write.
#[tokio::test]
async fn a_write_over_a_connection_that_was_closed_meanwhile_takes_another() {
    let peer = Peer::start(|_, _| Act::SayAndClose(answer(200, "{}"))).await;
    let client = client(peer.url());

    for _ in 0..20 {
        let answered = client.send(ask(Effect::Writes)).await;
        // The end may arrive together with the next request, whose fate nobody knows then.
        if let Err(failure) = answered {
            assert_eq!((what(&failure), failure.fate), (What::Disconnected, Fate::Unknown));
        }
        while client.shared.pool.open() > 0 {
            tokio::task::yield_now().await;
        }
    }

    assert_eq!((peer.asked().len(), peer.connections()), (20, 20));
}

#[tokio::test]
async fn a_write_whose_used_connection_dies_before_an_answer_is_of_unknown_fate() {
    let peer = Peer::start(|before, _| match before {
        0 => Act::Say(answer(200, "{}")),
        _ => Act::Reset,
    })
    .await;
    let client = client(peer.url());
    client.send(ask(Effect::Writes)).await.expect("it is answered");

    let failure = client.send(ask(Effect::Writes)).await.expect_err("it is reset");

    assert_eq!((what(&failure), failure.fate), (What::Disconnected, Fate::Unknown));
    assert_eq!((peer.asked().len(), peer.connections()), (2, 1));
}

#[tokio::test]
async fn no_more_connections_are_open_than_allowed() {
    let peer = Peer::start(|_, _| Act::SayAndHang(Vec::new())).await;
    let mut options = options(&[peer.url()]);
    options.connections_max = 2;
    let (client, _) = client_of(&options);
    let sends: Vec<_> = (0..2)
        .map(|_| {
            let client = client.clone();
            task::spawn("send", async move { client.send(ask(Effect::Reads)).await })
        })
        .collect();
    while peer.asked().len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut one_more = Box::pin(client.send(ask(Effect::Writes)));

    let waited = tokio::time::timeout(Duration::from_millis(20), &mut one_more).await;

    assert!(waited.is_err(), "it waits for its turn");
    assert_eq!(peer.connections(), 2);
    // With one of them gone it is its turn.
    sends[0].abort();
    tokio::select! {
        ended = &mut one_more => panic!("{ended:?}"),
        () = async { while peer.connections() < 3 { tokio::task::yield_now().await } } => {}
    }
    sends[1].abort();
}

#[tokio::test]
async fn a_write_that_finds_no_connection_in_time_is_not_done() {
    let peer = Peer::start(|_, _| Act::SayAndHang(Vec::new())).await;
    let mut patient = options(&[peer.url()]);
    patient.connections_max = 1;
    patient.patience.per_try = Duration::from_millis(50);
    let (client, _) = client_of(&patient);
    let held = client.shared.pool.lease().await;

    let failure = client.send(ask(Effect::Writes)).await.expect_err("there is none");

    assert_eq!((what(&failure), failure.fate), (What::Busy, Fate::NotDone));
    assert_eq!(peer.connections(), 0);
    drop(held);
}

#[tokio::test]
async fn a_connection_that_is_kept_for_one_place_makes_room_for_another() {
    let peers = [Peer::start(ok).await, Peer::start(ok).await];
    let mut options = options(&peers.each_ref().map(Peer::url));
    options.connections_max = 1;
    let (client, _) = client_of(&options);

    for _ in 0..50 {
        client.send(ask(Effect::Writes)).await.expect("it is answered");
        assert_eq!(client.shared.pool.open(), 1);
    }

    assert!(peers.iter().all(|peer| peer.connections() > 1), "both were asked in turns");
}

#[tokio::test]
async fn nobody_there_means_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);

    for effect in [Effect::Reads, Effect::Writes, Effect::WritesOnce] {
        let failure = client(url.clone()).send(ask(effect)).await.expect_err("nobody is there");

        assert_eq!((what(&failure), failure.fate), (What::Connect, Fate::NotDone));
        assert!(failure.to_string().contains("refused"), "{failure}");
    }
}

/// What is dropped halfway leaves neither a lease nor a place in flight behind.
#[tokio::test]
async fn a_send_that_is_dropped_frees_what_it_held() {
    let arrived = Arc::new(Notify::new());
    let told = arrived.clone();
    let peer = Peer::start(move |_, _| {
        told.notify_one();
        Act::SayAndHang(Vec::new())
    })
    .await;
    let (client, _) = client_of(&impatient(&[peer.url()]));

    {
        let send = client.send(ask(Effect::Writes));
        tokio::select! {
            ended = send => panic!("{ended:?}"),
            () = arrived.notified() => {}
        }
    }

    assert_eq!(client.shared.pool.open(), 0);
    assert_eq!(client.endpoints()[0].in_flight, 0);
}

fn ok(_: usize, _: &super::peer::Asked) -> Act {
    Act::Say(answer(200, "{}"))
}
