//! Which of several endpoints is asked, and what happens when some or all are gone.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;

use super::peer::{Act, Asked, Peer, answer, answer_with, refusal};
use super::{Options, ask, client, client_of, options, what};
use crate::engine::upstream::client::{Discover, Effect, Fate, Isolation, IsolationFound, What};
use crate::task::Drain;

fn ok(_: usize, _: &Asked) -> Act {
    Act::Say(answer(200, "{}"))
}

/// A URL where nobody is.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    format!("http://{}", listener.local_addr().expect("it is bound"))
}

#[tokio::test]
async fn several_endpoints_share_the_work() {
    let peers = [Peer::start(ok).await, Peer::start(ok).await, Peer::start(ok).await];
    let (client, _) = client_of(&options(&peers.each_ref().map(Peer::url)));

    for _ in 0..150 {
        client.send(ask(Effect::Reads)).await.expect("it is answered");
    }

    let shares = peers.each_ref().map(|peer| peer.asked().len());
    assert!(shares.iter().all(|share| *share > 20), "{shares:?}");
}

#[tokio::test]
async fn the_endpoint_with_less_to_do_is_asked() {
    let slow = Peer::start(|_, _| Act::SayAndHang(Vec::new())).await;
    let fast = Peer::start(ok).await;
    let (client, _) = client_of(&options(&[slow.url(), fast.url()]));
    let stuck = client.clone();
    let stuck = crate::task::spawn("stuck", async move {
        // Until one of them is stuck.
        loop {
            stuck.send(ask(Effect::Reads)).await.expect("it is answered");
        }
    });
    while slow.asked().is_empty() {
        tokio::task::yield_now().await;
    }

    for _ in 0..50 {
        client.send(ask(Effect::Reads)).await.expect("it is answered");
    }

    assert_eq!(slow.asked().len(), 1);
    stuck.abort();
}

#[tokio::test]
async fn an_endpoint_that_is_gone_costs_no_answer() {
    let peer = Peer::start(ok).await;
    let (client, _) = client_of(&options(&[nowhere().await, peer.url()]));

    for _ in 0..30 {
        client.send(ask(Effect::Writes)).await.expect("the other one answers");
    }

    assert_eq!(peer.asked().len(), 30);
    assert_eq!(
        client.endpoints().iter().map(|place| place.is_out).collect::<Vec<_>>(),
        [true, false]
    );
}

#[tokio::test]
async fn when_all_are_gone_it_fails_at_once_and_one_probe_finds_them_back() {
    let is_back = Arc::new(AtomicBool::new(false));
    let back = is_back.clone();
    let peer = Peer::start(move |_, _| {
        if back.load(Ordering::SeqCst) { Act::Say(answer(200, "{}")) } else { Act::Reset }
    })
    .await;
    let (client, clock) = client_of(&options(&[peer.url()]));
    let send = || client.send(ask(Effect::Reads));
    let tries = || peer.asked().len();

    send().await.expect_err("it is gone");
    assert_eq!(tries(), 3);
    for _ in 0..10 {
        let failure = send().await.expect_err("it is not asked");
        assert_eq!((what(&failure), failure.fate), (What::Down, Fate::NotDone));
        assert!(failure.to_string().ends_with("asked again in 250 ms"), "{failure}");
    }
    assert_eq!(tries(), 3);
    clock.advance(Duration::from_millis(250));
    let failure = send().await.expect_err("the probe finds it gone");
    assert_eq!((tries(), what(&failure)), (4, What::Down));
    is_back.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_millis(500));

    send().await.expect("the probe finds it back");
    send().await.expect("and so do all");
    assert_eq!(tries(), 6);
}

#[tokio::test]
async fn refusals_take_no_endpoint_out() {
    let peer = Peer::start(|_, _| Act::Say(refusal(500, "InternalServerError"))).await;
    let client = client(peer.url());

    for _ in 0..20 {
        client.send(ask(Effect::Writes)).await.expect_err("it fails");
    }

    assert_eq!(peer.asked().len(), 20);
}

/// A balancer that says 502 at once has always the least in flight.
#[tokio::test]
async fn an_endpoint_whose_service_is_gone_draws_no_requests_while_another_answers() {
    let page = || Act::Say(answer_with(502, &[], "<html>"));
    let peers = [Peer::start(move |_, _| page()).await, Peer::start(ok).await];
    let (several, _) = client_of(&options(&peers.each_ref().map(Peer::url)));
    for _ in 0..30 {
        several.send(ask(Effect::Reads)).await.expect("the other one answers");
    }
    assert_eq!((peers[0].asked().len(), peers[1].asked().len()), (3, 30));

    // Where there is no other, what it says is told.
    let single = client(peers[0].url());
    for _ in 0..10 {
        let failure = single.send(ask(Effect::Writes)).await.expect_err("its service is gone");
        assert_eq!((what(&failure), failure.fate), (What::Unavailable, Fate::Unknown));
    }
}

/// An Alternator whose nodes are all this machine, told by a list.
fn node(list: &'static str) -> impl Fn(usize, &Asked) -> Act {
    move |_, asked| match asked.line.as_str() {
        "GET /localnodes HTTP/1.1" => Act::Say(answer_with(200, &[], list)),
        _ => Act::Say(answer(200, "{}")),
    }
}

#[tokio::test]
async fn nodes_are_asked_once_they_are_told() {
    let seed = Peer::start(node(r#"["localhost"]"#)).await;
    let options = Options { discover: Discover::Alternator, ..options(&[seed.url()]) };
    let (client, _) = client_of(&options);
    let named = |client: &super::Client| -> Vec<String> {
        client.endpoints().into_iter().map(|place| place.url).collect()
    };
    assert_eq!(named(&client), [seed.url()]);

    assert_eq!(client.discover().await, Ok(1));
    client.send(ask(Effect::Writes)).await.expect("it is answered");

    let node = format!("localhost:{}", seed.port());
    assert_eq!(seed.asked().last().expect("it was asked").header("host"), node);
    assert_eq!(named(&client), [format!("http://{node}"), seed.url()]);
}

#[tokio::test]
async fn when_no_node_answers_the_endpoints_that_were_given_are_asked() {
    let seed = Peer::start(node(r#"["127.255.255.254"]"#)).await;
    let (client, _) = client_of(&options(&[seed.url()]));
    client.discover().await.expect("it tells");

    for _ in 0..4 {
        let _ = client.send(ask(Effect::Writes)).await;
    }

    client.send(ask(Effect::Writes)).await.expect("the seed answers");
    let hosts: HashSet<String> =
        seed.asked().iter().map(|asked| asked.header("host").to_owned()).collect();
    assert_eq!(hosts, HashSet::from([seed.url().replace("http://", "")]));
}

#[tokio::test]
async fn a_list_that_cannot_be_had_leaves_the_one_before() {
    let peer = Peer::start(|before, _| match before {
        0 => Act::Say(answer_with(200, &[], r#"["127.0.0.2"]"#)),
        1 => Act::Say(answer_with(200, &[], "[]")),
        2 => Act::Say(answer_with(404, &[], "")),
        _ => Act::Reset,
    })
    .await;
    let (client, _) = client_of(&options(&[peer.url()]));
    client.discover().await.expect("it tells");
    let before = client.endpoints();

    for _ in 0..3 {
        let fault = client.discover().await.expect_err("it tells nothing");
        assert!(fault.why.contains(&peer.url()), "{fault}");
    }

    assert_eq!(client.endpoints(), before);
    assert_eq!(before.len(), 2);
}

#[tokio::test]
async fn nodes_are_looked_for_until_the_process_drains() {
    let seed = Peer::start(node(r#"["localhost"]"#)).await;
    let options = Options { discover: Discover::Alternator, ..options(&[seed.url()]) };
    let (client, _) = client_of(&options);
    let drain = Drain::default();
    let tending = crate::task::spawn("tend", {
        let (client, drain) = (client.clone(), drain.clone());
        async move { client.tend(drain).await }
    });
    while client.endpoints().len() < 2 {
        tokio::task::yield_now().await;
    }

    drain.begin();

    tending.await.expect("it ends");
}

/// An Alternator with these tags on each table, and this line in its configuration.
async fn alternator(tag: &'static str, line: Option<&'static str>) -> Peer {
    Peer::start(move |_, asked| {
        let is_second = asked.body.contains("NextToken");
        let answered = match asked.header("x-amz-target") {
            "DynamoDB_20120810.ListTagsOfResource" if is_second => {
                format!(r#"{{"Tags":[{{"Key":"system:write_isolation","Value":"{tag}"}}]}}"#)
            }
            "DynamoDB_20120810.ListTagsOfResource" => {
                let next = if tag.is_empty() { "" } else { r#","NextToken":"n""# };
                format!(r#"{{"Tags":[{{"Key":"a","Value":"b"}}]{next}}}"#)
            }
            "DynamoDB_20120810.Query" => match line {
                Some(line) => format!(r#"{{"Items":[{{"value":{{"S":"{line}"}}}}],"Count":1}}"#),
                None => return Act::Say(refusal(400, "ResourceNotFoundException")),
            },
            other => panic!("{other}"),
        };
        Act::Say(answer(200, &answered))
    })
    .await
}

#[tokio::test]
async fn isolation_is_what_the_table_says_else_the_service() {
    for (tag, line, found) in [
        ("always_use_lwt", None, IsolationFound::OfTable(Isolation::Always)),
        ("o", Some("always"), IsolationFound::OfTable(Isolation::OnlyReadModifyWrite)),
        ("", Some("forbid_rmw"), IsolationFound::OfService(Isolation::Forbidden)),
        ("", Some("?"), IsolationFound::Untold),
        ("", None, IsolationFound::Untold),
    ] {
        let peer = alternator(tag, line).await;

        let told = client(peer.url()).write_isolation("arn:scylla:alternator:t").await;

        assert_eq!(told.expect("it tells"), found, "{tag} {line:?}");
    }
}
