//! Whose signatures requests carry, and when others are looked for.

use std::fs;
use std::time::Duration;

use super::peer::{Act, Asked, Peer, answer, answer_with, refusal};
use super::{
    Client, Environment, NOW, Options, Source, ask, client_of, credentials, kind, options, what,
};
use crate::clock::Clock;
use crate::engine::upstream::client::{Effect, Failure, Fate, SetupError, What};
use crate::task;

/// The access key that a request was signed with.
fn signer(asked: &Asked) -> &str {
    let scope =
        asked.header("authorization").split_once("Credential=").map_or("", |(_, rest)| rest);
    scope.split('/').next().unwrap_or_default()
}

/// A service that takes the signatures of one key alone.
async fn service(id: &'static str, otherwise: &'static str) -> Peer {
    Peer::start(move |_, asked| match signer(asked) {
        signer if signer == id => Act::Say(answer(200, "{}")),
        _ => Act::Say(refusal(400, otherwise)),
    })
    .await
}

fn made(options: &Options, variables: &[(&str, &str)]) -> Result<(Client, Clock), SetupError> {
    let variables = variables.iter().map(|&(name, value)| (name.into(), value.into()));
    let clock = Clock::manual(NOW);
    let client =
        Client::new(options, &Environment::of(variables), super::metrics(), clock.clone(), 1)?;
    Ok((client, clock))
}

fn of(source: Source, service: &Peer) -> Options {
    Options { credentials: source, ..options(&[service.url()]) }
}

#[tokio::test]
async fn the_environment_says_who_signs() {
    let service = service("id", "UnrecognizedClientException").await;
    let both = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "geheim")];

    let (client, _) = made(&of(Source::Chain, &service), &both).expect("both are there");

    client.send(ask(Effect::Writes)).await.expect("it is accepted");
    assert_eq!(client.access_key_id().await.as_deref(), Ok("id"));
    for half in &both {
        let refused =
            made(&of(Source::Chain, &service), &[*half]).err().expect("half is a mistake");
        let said = refused.to_string();
        assert!(said.contains("is set without") && !said.contains("geheim"), "{said}");
    }
}

#[tokio::test]
async fn a_profile_that_was_chosen_goes_before_the_environment() {
    let dir = tempfile::tempdir().expect("room for a file");
    let file = dir.path().join("credentials");
    fs::write(&file, keys("of-file")).expect("the directory is ours");
    let file = file.to_str().expect("it is text");
    let variables = [
        ("AWS_ACCESS_KEY_ID", "of-variable"),
        ("AWS_SECRET_ACCESS_KEY", "geheim"),
        ("AWS_SHARED_CREDENTIALS_FILE", file),
    ];
    let service = service("of-file", "UnrecognizedClientException").await;
    let chosen = Options { profile: Some("default".to_owned()), ..of(Source::Chain, &service) };

    let (with_profile, _) = made(&chosen, &variables).expect("they are good");
    let (without, _) = made(&of(Source::Chain, &service), &variables).expect("they are good");

    with_profile.send(ask(Effect::Reads)).await.expect("it is accepted");
    let failure = without.send(ask(Effect::Reads)).await.expect_err("it is another's");
    assert_eq!(kind(&failure), "UnrecognizedClientException");
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let service = service("id", "UnrecognizedClientException").await;
    let (client, _) = made(&of(Source::Chain, &service), &[]).expect("they may come later");

    let failure = client.send(ask(Effect::Writes)).await.expect_err("there are none");

    assert_eq!((what(&failure), failure.fate), (What::Credentials, Fate::NotDone));
    assert_eq!(service.connections(), 0);
}

#[tokio::test]
async fn a_file_that_was_changed_is_read_again() {
    for (refusal, waits) in [("ExpiredTokenException", false), ("AccessDeniedException", true)] {
        let dir = tempfile::tempdir().expect("room for a file");
        let file = dir.path().join("credentials");
        fs::write(&file, keys("old")).expect("the directory is ours");
        let variable = [("AWS_SHARED_CREDENTIALS_FILE", file.to_str().expect("it is text"))];
        let service = service("renewed", refusal).await;
        let (client, clock) = made(&of(Source::Chain, &service), &variable).expect("good");

        let failure = client.send(ask(Effect::Writes)).await.expect_err("they have ended");
        assert_eq!((kind(&failure), failure.fate), (refusal, Fate::NotDone));
        fs::write(&file, keys("renewed")).expect("the directory is ours");
        // Of those that ended the service tells; others are noticed by looking now and then.
        if waits {
            client.send(ask(Effect::Writes)).await.expect_err("nobody looked yet");
            clock.advance(Duration::from_secs(5));
        } else {
            clock.advance(Duration::from_secs(1));
        }

        client.send(ask(Effect::Writes)).await.expect("they were renewed");
        assert_eq!(service.asked().len(), 3, "{refusal}");
    }
}

#[tokio::test]
async fn refusals_do_not_make_files_be_read_without_end() {
    let dir = tempfile::tempdir().expect("room for a file");
    let file = dir.path().join("credentials");
    fs::write(&file, keys("old")).expect("the directory is ours");
    let variable = [("AWS_SHARED_CREDENTIALS_FILE", file.to_str().expect("it is text"))];
    let service = service("renewed", "ExpiredTokenException").await;
    let (client, clock) = made(&of(Source::Chain, &service), &variable).expect("they are good");
    client.send(ask(Effect::Reads)).await.expect_err("they have ended");
    fs::write(&file, keys("renewed")).expect("the directory is ours");

    clock.advance(Duration::from_millis(999));
    client.send(ask(Effect::Reads)).await.expect_err("they were read just now");
    clock.advance(Duration::from_millis(1));
    client.send(ask(Effect::Reads)).await.expect("they are read again");
}

fn keys(id: &str) -> String {
    format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = geheim\n")
}

/// What the surroundings give out: each time others, for an hour from the beginning and then on.
fn given(number: usize) -> String {
    let hour = 14 + number;
    format!(
        r#"{{"Code":"Success","AccessKeyId":"id-{number}","SecretAccessKey":"geheim",
            "Token":"token","Expiration":"2026-11-27T{}:42:30Z"}}"#,
        hour + 1
    )
}

/// The metadata service of a machine.
async fn metadata() -> Peer {
    let loads = std::sync::atomic::AtomicUsize::new(0);
    Peer::start(move |_, asked| {
        let has_token = asked.header("x-aws-ec2-metadata-token") == "a token";
        match asked.line.as_str() {
            "PUT /latest/api/token HTTP/1.1" => Act::Say(answer_with(200, &[], "a token")),
            _ if !has_token => Act::Say(answer_with(401, &[], "")),
            "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => {
                Act::Say(answer_with(200, &[], "role\n"))
            }
            "GET /latest/meta-data/iam/security-credentials/role HTTP/1.1" => {
                let number = loads.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Act::Say(answer_with(200, &[], &given(number)))
            }
            other => panic!("{other}"),
        }
    })
    .await
}

#[tokio::test]
async fn a_machine_gives_credentials_that_are_renewed_before_they_end() {
    let metadata = metadata().await;
    let service = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let endpoint = metadata.url();
    let variable = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str())];
    let (client, clock) = made(&of(Source::Instance, &service), &variable).expect("good");
    let send = || async {
        client.send(ask(Effect::Writes)).await.expect("it is accepted");
        signer(service.asked().last().expect("it was asked")).to_owned()
    };

    assert_eq!(send().await, "id-0");
    clock.advance(Duration::from_mins(54));
    assert_eq!(send().await, "id-0");
    clock.advance(Duration::from_mins(2));
    assert_eq!(send().await, "id-0", "they have four minutes left, and nobody waits for others");
    let renewed = async { while send().await != "id-1" {} };
    tokio::time::timeout(Duration::from_secs(10), renewed).await.expect("they are renewed");
    assert_eq!(send().await, "id-1");

    assert_eq!(metadata.asked().len(), 6);
    assert_eq!(service.asked()[0].header("x-amz-security-token"), "token");
}

#[tokio::test]
async fn many_who_wait_for_credentials_make_one_load() {
    let metadata = metadata().await;
    let service = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let endpoint = metadata.url();
    let variable = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str())];
    let (client, _) = made(&of(Source::Instance, &service), &variable).expect("good");

    let sends: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            task::spawn("send", async move { client.send(ask(Effect::Reads)).await })
        })
        .collect();
    for send in sends {
        send.await.expect("it ends").expect("it is accepted");
    }

    assert_eq!((metadata.asked().len(), service.asked().len()), (3, 50));
}

#[tokio::test]
async fn credentials_that_cannot_be_renewed_serve_until_they_end() {
    let metadata = metadata().await;
    let service = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let endpoint = metadata.url();
    let variable = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str())];
    let (client, clock) = made(&of(Source::Instance, &service), &variable).expect("good");
    client.send(ask(Effect::Reads)).await.expect("it is accepted");
    drop(metadata);

    clock.advance(Duration::from_mins(59));
    client.send(ask(Effect::Reads)).await.expect("they have a minute left");
    clock.advance(Duration::from_mins(1));
    let failure = client.send(ask(Effect::Reads)).await.expect_err("they have ended");

    assert_eq!(what(&failure), What::Credentials);
    assert!(failure.to_string().contains("the metadata service http://127.0.0.1"), "{failure}");
}

#[tokio::test]
async fn many_who_wait_for_credentials_hear_of_one_failure() {
    let metadata = Peer::start(|_, _| Act::Say(answer_with(500, &[], ""))).await;
    let service = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let endpoint = metadata.url();
    let variable = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str())];
    let (client, clock) = made(&of(Source::Instance, &service), &variable).expect("good");

    let first = client.send(ask(Effect::Reads)).await.expect_err("there are none");
    let load = metadata.asked().len();
    let sends = (0..50).map(|_| client.send(ask(Effect::Reads)));
    let others = futures_util::future::join_all(sends).await;

    let same = |failure: &Failure| failure.to_string() == first.to_string();
    assert!(load > 0 && others.iter().all(|other| other.as_ref().err().is_some_and(same)));
    assert_eq!((metadata.asked().len(), service.asked().len()), (load, 0));
    clock.advance(Duration::from_secs(1));
    client.send(ask(Effect::Reads)).await.expect_err("there are none yet");
    assert_eq!(metadata.asked().len(), 2 * load);
}

#[tokio::test]
async fn a_container_is_given_credentials_for_its_word() {
    let dir = tempfile::tempdir().expect("room for a file");
    let file = dir.path().join("token");
    fs::write(&file, "of a file\n").expect("the directory is ours");
    let endpoint = Peer::start(|_, asked| match asked.line.as_str() {
        "GET /v2/creds?id=1 HTTP/1.1" if !asked.header("authorization").is_empty() => {
            Act::Say(answer_with(200, &[], &given(0)))
        }
        _ => Act::Say(answer_with(403, &[], "geheim")),
    })
    .await;
    let service = service("id-0", "UnrecognizedClientException").await;
    let url = format!("{}/v2/creds?id=1", endpoint.url());
    let url = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str());
    let word = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of a variable");
    let file = file.to_str().expect("it is text");
    let file = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file);
    let send = |variables: &[(&str, &str)]| {
        let (client, _) = made(&of(Source::Container, &service), variables).expect("good");
        async move { client.send(ask(Effect::Writes)).await }
    };

    send(&[url, word]).await.expect("it is accepted");
    send(&[url, word, file]).await.expect("it is accepted");
    let failure = send(&[url]).await.expect_err("it has no word");

    let words: Vec<String> =
        endpoint.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
    assert_eq!(words, ["of a variable", "of a file", ""]);
    let said = failure.to_string();
    assert!(said.ends_with("it answered 403") && !said.contains("geheim"), "{said}");
}

#[tokio::test]
async fn places_that_may_not_give_out_credentials_are_refused() {
    let service = service("id", "UnrecognizedClientException").await;
    let refused = |source: Source, variable: (&str, &str)| {
        let refused = made(&of(source, &service), &[variable]).err();
        refused.unwrap_or_else(|| panic!("{variable:?}")).to_string()
    };

    for url in ["http://example.com/x", "http://10.0.0.1/x", "dax://127.0.0.1/x", "x", "/x"] {
        let variable = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
        assert!(refused(Source::Container, variable).contains(url), "{url}");
    }
    for url in ["http://example.com", "https://127.0.0.1", "http://10.0.0.1"] {
        let variable = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
        assert!(refused(Source::Instance, variable).contains("no metadata service"), "{url}");
    }
    let variable = ("AWS_EC2_METADATA_DISABLED", "true");
    assert!(refused(Source::Instance, variable).contains("forbids"));
    assert!(refused(Source::Container, variable).contains("there is no endpoint"));
}

#[tokio::test]
async fn others_sign_for_themselves_over_the_same_connections() {
    let service = Peer::start(|_, _| Act::Say(answer(200, "{}"))).await;
    let (client, _) = client_of(&options(&[service.url()]));

    client.send(ask(Effect::Reads)).await.expect("it is accepted");
    let other = client.with_credentials(credentials("other"));
    other.send(ask(Effect::Reads)).await.expect("it is accepted");

    let asked = service.asked();
    assert_eq!(asked.iter().map(signer).collect::<Vec<_>>(), ["hearth", "other"]);
    assert_eq!(service.connections(), 1);
}
