//! How operations end, and which are tried again.

use std::time::Duration;

use super::peer::{Act, Peer, answer, answer_with, refusal, refusal_body};
use super::{NOW, ask, client, client_of, credentials, impatient, kind, options, what};
use crate::engine::upstream::client::{Effect, Fate, Told, What};

#[tokio::test]
async fn an_operation_is_sent_as_an_sdk_would() {
    let peer = Peer::start(|_, _| Act::Say(answer(200, r#"{"Item":{}}"#))).await;
    let client = client(peer.url());
    let signer = super::Credentials::new("AKID", "geheim", Some("a token".to_owned()));

    let body = client.with_credentials(signer).send(ask(Effect::Reads)).await;

    assert_eq!(body.expect("it is answered"), r#"{"Item":{}}"#);
    let asked = &peer.asked()[0];
    assert_eq!((asked.line.as_str(), asked.body.as_str()), ("POST / HTTP/1.1", "{\"a\":1}"));
    assert_eq!(asked.header("x-amz-target"), "DynamoDB_20120810.GetItem");
    assert_eq!(asked.header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(asked.header("x-amz-date"), "20261127T144230Z");
    assert_eq!(asked.header("x-amz-security-token"), "a token");
    assert_eq!(format!("http://{}", asked.header("host")), peer.url());
    let scope = "AWS4-HMAC-SHA256 Credential=AKID/20261127/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, ";
    assert!(asked.header("authorization").starts_with(scope), "{asked:?}");
}

/// Ways in which an answer is lost after the request arrived.
fn losses() -> Vec<(&'static str, Act)> {
    let whole = answer(200, r#"{"Attributes":{}}"#);
    let half = whole[..whole.len() - 3].to_vec();
    vec![
        ("reset", Act::Reset),
        ("closed", Act::SayAndClose(Vec::new())),
        ("half a head", Act::SayAndClose(b"HTTP/1.1 200 OK\r\ncont".to_vec())),
        ("half a body", Act::SayAndClose(half)),
        ("no HTTP", Act::SayAndClose(b"SSH-2.0-peer\r\n\r\n".to_vec())),
        ("wrong checksum", Act::Say(answer_with(200, &[("x-amz-crc32", "7")], "{}"))),
        ("no end", Act::SayAndClose(b"HTTP/1.1 200 OK\r\n\r\n{\"Attributes\":".to_vec())),
        ("a page", Act::Say(answer_with(502, &[], "<html>"))),
        ("a failure", Act::Say(refusal(500, "InternalServerError"))),
        ("no capacity", Act::Say(refusal(503, "ServiceUnavailable"))),
        ("a failure with a 400", Act::Say(refusal(400, "InternalServerError"))),
    ]
}

#[tokio::test]
async fn a_read_whose_answer_was_lost_is_read_again() {
    for (name, act) in losses() {
        let peer = Peer::start(move |before, _| match before {
            0 | 1 => act.clone(),
            _ => Act::Say(answer(200, "{}")),
        })
        .await;

        let body = client(peer.url()).send(ask(Effect::Reads)).await;

        assert_eq!(body.unwrap_or_else(|failure| panic!("{name}: {failure}")), "{}");
        assert_eq!(peer.asked().len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_of_unknown_fate_and_never_sent_again() {
    for (name, act) in losses() {
        let peer = Peer::start(move |_, _| act.clone()).await;

        let failure = client(peer.url()).send(ask(Effect::Writes)).await.expect_err(name);

        assert_eq!((failure.fate, peer.asked().len()), (Fate::Unknown, 1), "{name}: {failure}");
    }
}

#[tokio::test]
async fn a_write_that_is_done_once_is_sent_again_and_its_fate_stays_unknown() {
    for (name, act) in losses() {
        let lost = act.clone();
        let peer = Peer::start(move |before, _| match before {
            0 => lost.clone(),
            _ => Act::Say(answer(200, "{}")),
        })
        .await;
        let answered = client(peer.url()).send(ask(Effect::WritesOnce)).await;
        assert_eq!(answered.unwrap_or_else(|failure| panic!("{name}: {failure}")), "{}");

        let peer = Peer::start(move |before, _| match before {
            0 => act.clone(),
            _ => Act::Say(refusal(400, "TransactionCanceledException")),
        })
        .await;
        let failure = client(peer.url()).send(ask(Effect::WritesOnce)).await.expect_err(name);

        assert_eq!(kind(&failure), "TransactionCanceledException");
        assert_eq!((failure.fate, peer.asked().len()), (Fate::Unknown, 2), "{name}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_told_of_a_write_that_may_land_yet() {
    // A transaction whose first try was on its way was told as throttled, which says not done.
    for name in ["ThrottlingException", "UnrecognizedClientException", "ValidationException"] {
        let peer = Peer::start(move |before, _| match before {
            0 => Act::Say(answer(500, "")),
            _ => Act::Say(refusal(400, name)),
        })
        .await;

        let failure = client(peer.url()).send(ask(Effect::WritesOnce)).await.expect_err(name);

        assert_eq!(failure.fate, Fate::Unknown, "{name}");
        let Told::Failed(fault) = failure.told else { panic!("{name}: told as refused") };
        assert!(fault.to_string().contains(name), "{fault}");
    }
}

#[tokio::test]
async fn a_read_that_fails_for_good_says_how_and_is_not_done() {
    for (name, act) in losses() {
        let peer = Peer::start(move |_, _| act.clone()).await;

        let failure = client(peer.url()).send(ask(Effect::Reads)).await.expect_err(name);

        assert_eq!((failure.fate, peer.asked().len()), (Fate::NotDone, 3), "{name}: {failure}");
    }
}

#[tokio::test]
async fn what_is_throttled_is_tried_again_whatever_it_does() {
    for (status, name) in [
        (400, "ProvisionedThroughputExceededException"),
        (400, "ThrottlingException"),
        (400, "RequestLimitExceeded"),
        (429, "Anything"),
    ] {
        for effect in [Effect::Reads, Effect::Writes, Effect::WritesOnce] {
            let peer = Peer::start(move |before, _| match before {
                0 | 1 => Act::Say(refusal(status, name)),
                _ => Act::Say(answer(200, "{}")),
            })
            .await;
            client(peer.url()).send(ask(effect)).await.expect("the third try is answered");

            let peer = Peer::start(move |_, _| Act::Say(refusal(status, name))).await;
            let failure = client(peer.url()).send(ask(effect)).await.expect_err(name);

            assert_eq!((kind(&failure), failure.fate), (name, Fate::NotDone));
            assert_eq!(peer.asked().len(), 3);
        }
    }
}

#[tokio::test]
async fn a_refusal_is_told_as_it_came_and_is_final() {
    let body = refusal_body("ConditionalCheckFailedException");
    let said = answer(400, &body);
    let peer = Peer::start(move |_, _| Act::Say(said.clone())).await;

    for effect in [Effect::Reads, Effect::Writes, Effect::WritesOnce] {
        let failure = client(peer.url()).send(ask(effect)).await.expect_err("it is refused");

        assert_eq!(failure.fate, Fate::NotDone);
        let Told::Refused(refusal) = failure.told else { panic!("{failure}") };
        assert_eq!((refusal.status, refusal.body.as_ref()), (400, body.as_bytes()));
        assert_eq!(refusal.kind, "ConditionalCheckFailedException");
    }
    assert_eq!(peer.asked().len(), 3);
}

#[tokio::test]
async fn a_transaction_that_is_under_way_has_an_unknown_fate() {
    let peer = Peer::start(|_, _| Act::Say(refusal(400, "TransactionInProgressException"))).await;

    let failure =
        client(peer.url()).send(ask(Effect::WritesOnce)).await.expect_err("it is refused");

    assert_eq!((failure.fate, peer.asked().len()), (Fate::Unknown, 3));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for effect in [Effect::Reads, Effect::Writes] {
        let elsewhere = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
        let place = elsewhere.url();
        let peer =
            Peer::start(move |_, _| Act::Say(answer_with(307, &[("location", &place)], "{}")))
                .await;

        let failure = client(peer.url()).send(ask(effect)).await.expect_err("it sends elsewhere");

        assert_eq!(what(&failure), What::Redirected);
        assert_eq!((peer.asked().len(), elsewhere.connections()), (1, 0));
    }
}

#[tokio::test]
async fn a_peer_that_says_nothing_or_too_slowly_is_left_in_time() {
    for said in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"] {
        let peer = Peer::start(move |_, _| Act::SayAndHang(said.to_vec())).await;
        let (client, _) = client_of(&impatient(&[peer.url()]));

        let read = client.send(ask(Effect::Reads)).await.expect_err("nothing is said");
        let write = client.send(ask(Effect::Writes)).await;

        assert_eq!((what(&read), read.fate), (What::Deadline, Fate::NotDone));
        assert_eq!(peer.asked().len(), 3);
        // Three failures in a row: the write is not even tried.
        let write = write.expect_err("nothing is said");
        assert_eq!((what(&write), write.fate), (What::Down, Fate::NotDone));
    }
}

#[tokio::test]
async fn a_write_that_ran_out_of_time_is_of_unknown_fate() {
    let peer = Peer::start(|_, _| Act::SayAndHang(Vec::new())).await;
    let (client, _) = client_of(&impatient(&[peer.url()]));

    let failure = client.send(ask(Effect::Writes)).await.expect_err("nothing is said");

    assert_eq!((what(&failure), failure.fate), (What::Deadline, Fate::Unknown));
    assert_eq!(peer.asked().len(), 1);
}

#[tokio::test]
async fn all_tries_together_have_a_deadline() {
    let clock_of_peer = crate::clock::Clock::manual(NOW);
    let clock = clock_of_peer.clone();
    // Each answer takes a second of the client's clock.
    let peer = Peer::start(move |_, _| {
        clock_of_peer.advance(Duration::from_secs(1));
        Act::Say(refusal(500, "InternalServerError"))
    })
    .await;
    let mut options = options(&[peer.url()]);
    options.patience.total = Duration::from_millis(1_500);
    options.patience.tries_max = 10;
    let environment = super::Environment::default();
    let client = super::Client::new(&options, &environment, super::metrics(), clock, 1)
        .expect("they are good");

    let failure = client.send(ask(Effect::Reads)).await.expect_err("it fails");

    assert_eq!((kind(&failure), peer.asked().len()), ("InternalServerError", 2));
}

#[tokio::test]
async fn no_more_than_a_tenth_is_tried_again() {
    let peer = Peer::start(|_, _| Act::Say(refusal(400, "ThrottlingException"))).await;
    let client = client(peer.url());

    for _ in 0..300 {
        client.send(ask(Effect::Reads)).await.expect_err("it is throttled");
    }

    // What was saved up, and one for ten requests.
    let tries = peer.asked().len();
    assert!((300 + 35..=300 + 40).contains(&tries), "{tries}");
}

#[tokio::test]
async fn a_clock_that_differs_is_followed_once_it_was_told() {
    let theirs = "Fri, 27 Nov 2026 15:02:30 GMT";
    let peer = Peer::start(move |_, asked| {
        let date = [("date", theirs)];
        if asked.header("x-amz-date") == "20261127T150230Z" {
            return Act::Say(answer(200, "{}"));
        }
        let refused = refusal_body("InvalidSignatureException");
        Act::Say(answer_with(400, &date, &refused))
    })
    .await;
    let client = client(peer.url());

    for effect in [Effect::Writes, Effect::Reads] {
        client.send(ask(effect)).await.expect("it is signed by their clock");
    }

    assert_eq!(peer.asked().len(), 3, "it is learnt once");
    assert_eq!(client.skew_ms(), 20 * 60 * 1_000);
}

#[tokio::test]
async fn a_signature_that_is_wrong_at_the_right_time_is_refused() {
    for date in ["Fri, 27 Nov 2026 14:46:30 GMT", "Fri, 27 Nov 2026 14:38:30 GMT", "soon"] {
        let refused = refusal_body("InvalidSignatureException");
        let said = answer_with(400, &[("date", date)], &refused);
        let peer = Peer::start(move |_, _| Act::Say(said.clone())).await;
        let client = client(peer.url());

        let failure = client.send(ask(Effect::Writes)).await.expect_err("it is refused");

        assert_eq!((kind(&failure), failure.fate), ("InvalidSignatureException", Fate::NotDone));
        assert_eq!((peer.asked().len(), client.skew_ms()), (1, 0), "{date}");
    }
}

#[tokio::test]
async fn what_fits_no_header_is_not_sent_and_not_shown() {
    let peer = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let client = client(peer.url());
    let mut odd = ask(Effect::Writes);
    odd.target = "DynamoDB\n".into();
    let signer = super::Credentials::new("id", "geheim", Some("geheim\n".to_owned()));

    let target = client.send(odd).await.expect_err("it fits no header");
    let token = client.with_credentials(signer).send(ask(Effect::Writes)).await;
    let token = token.expect_err("it fits no header");

    for failure in [target, token] {
        assert_eq!((what(&failure), failure.fate), (What::Unaskable, Fate::NotDone));
        assert!(!format!("{failure} {failure:?}").contains("geheim"), "{failure:?}");
    }
    assert!(!format!("{:?}", credentials("id")).contains("geheim"));
    assert_eq!(peer.asked().len(), 0);
}
