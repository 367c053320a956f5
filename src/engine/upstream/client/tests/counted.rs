//! What is counted of the client's work.

use super::peer::{Act, Peer, answer, refusal};
use super::{ask, client, client_of, options};
use crate::engine::upstream::client::{Client, Effect};

/// The lines of the page that count something.
#[track_caller]
fn assert_counted(client: &Client, lines: &[&str]) {
    let page = client.shared.metrics.render();
    for line in lines {
        let line = format!("hearth_upstream_{line}");
        assert!(page.lines().any(|found| found == line), "{line} in {page}");
    }
}

#[tokio::test]
async fn each_end_is_counted_once_and_each_try_again() {
    let peer = Peer::start(|before, _| match before {
        0 => Act::Say(answer(200, "{}")),
        1 | 5..8 => Act::Say(refusal(400, "ThrottlingException")),
        2 | 8..11 => Act::Say(refusal(500, "InternalServerError")),
        4 => Act::Say(refusal(400, "ValidationException")),
        _ => Act::Reset,
    })
    .await;
    let client = client(peer.url());

    client.send(ask(Effect::Reads)).await.expect("it is answered");
    for _ in 0..4 {
        client.send(ask(Effect::Reads)).await.expect_err("it fails");
    }
    client.send(ask(Effect::Writes)).await.expect_err("it is lost");

    assert_counted(
        &client,
        &[
            r#"requests_total{operation="GetItem",outcome="ok"} 1"#,
            r#"requests_total{operation="GetItem",outcome="refused"} 1"#,
            r#"requests_total{operation="GetItem",outcome="throttled"} 1"#,
            r#"requests_total{operation="GetItem",outcome="failed"} 2"#,
            r#"requests_total{operation="UpdateItem",outcome="unknown"} 1"#,
            r#"request_duration_seconds_count{operation="GetItem"} 5"#,
            r#"retries_total{why="throttled"} 3"#,
            r#"retries_total{why="failed"} 3"#,
            r#"retries_total{why="broken"} 0"#,
            "connections 0",
        ],
    );
}

#[tokio::test]
async fn what_hearth_does_not_know_shares_a_label() {
    let peer = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let client = client(peer.url());
    for target in ["DynamoDB_20120810.Invented", "", "DynamoDBStreams_20120810.GetRecords"] {
        let mut odd = ask(Effect::Reads);
        odd.target = target.into();
        client.send(odd).await.expect("it is answered");
    }

    assert_counted(
        &client,
        &[
            r#"requests_total{operation="other",outcome="ok"} 2"#,
            r#"requests_total{operation="GetRecords",outcome="ok"} 1"#,
            "connections 1",
        ],
    );
}

#[tokio::test]
async fn endpoints_are_counted_by_whether_they_answer() {
    let peers = [
        Peer::start(|_, _| Act::Reset).await,
        Peer::start(|_, _| Act::Say(answer(200, "{}"))).await,
    ];
    let (client, _) = client_of(&options(&peers.each_ref().map(Peer::url)));
    assert_counted(&client, &[r#"endpoints{state="up"} 2"#, r#"endpoints{state="down"} 0"#]);

    for _ in 0..30 {
        let _ = client.send(ask(Effect::Reads)).await;
    }

    assert_counted(&client, &[r#"endpoints{state="up"} 1"#, r#"endpoints{state="down"} 1"#]);
    assert_counted(&client, &[r#"retries_total{why="broken"} 3"#, "retries_refused_total 0"]);
}
