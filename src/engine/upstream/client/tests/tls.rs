//! Whom the client speaks to over TLS.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::peer::{Act, Peer, answer};
use super::{Options, ask, client_of, options, what};
use crate::clock::Clock;
use crate::engine::upstream::client::{Client, Effect, Environment, Fate, SetupError, What};

/// An authority of one test, with the file of its certificate.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: tempfile::NamedTempFile,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("there is randomness");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("the parameters are good");
        let file = tempfile::NamedTempFile::new().expect("room for a file");
        fs::write(file.path(), issuer.pem()).expect("the file is ours");
        Self { issuer, file }
    }

    /// What a server needs to be of this name.
    fn server(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().expect("there is randomness");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("it is a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("it can be signed");
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("there are some")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret);
        TlsAcceptor::from(Arc::new(config.expect("they go together")))
    }
}

async fn served(tls: TlsAcceptor) -> Peer {
    Peer::over(Some(tls), |_, _| Act::Say(answer(200, "{}"))).await
}

fn options_of(url: String, trusted: &Authority) -> Options {
    Options { ca_file: Some(trusted.file.path().to_owned()), ..options(&[url]) }
}

#[tokio::test]
async fn who_has_the_name_from_a_trusted_authority_is_asked() {
    let authority = Authority::new();
    for name in ["localhost", "127.0.0.1"] {
        let peer = served(authority.server(name)).await;
        let url = format!("https://{name}:{}", peer.port());
        let (client, _) = client_of(&options_of(url, &authority));

        for _ in 0..2 {
            client.send(ask(Effect::Writes)).await.expect("it is answered");
        }

        assert_eq!((peer.asked().len(), peer.connections()), (2, 1));
    }
}

#[tokio::test]
async fn who_has_another_name_or_authority_is_told_nothing() {
    let (authority, other) = (Authority::new(), Authority::new());
    for (issuer, name) in [(&authority, "example.com"), (&other, "localhost")] {
        let peer = served(issuer.server(name)).await;
        let url = format!("https://localhost:{}", peer.port());
        let (client, _) = client_of(&options_of(url, &authority));

        let failure = client.send(ask(Effect::Writes)).await.expect_err("it is somebody else");

        let is_untrusted = name == "localhost";
        let wanted = if is_untrusted { What::Untrusted } else { What::Connect };
        assert_eq!((what(&failure), failure.fate), (wanted, Fate::NotDone));
        assert!(failure.to_string().contains("certificate"), "{failure}");
        assert!(peer.asked().is_empty());
    }
}

#[tokio::test]
async fn who_does_not_speak_tls_is_left_in_time() {
    let authority = Authority::new();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    let port = silent.local_addr().expect("it is bound").port();
    let mut options = options_of(format!("https://localhost:{port}"), &authority);
    options.patience.connect = Duration::from_millis(30);
    let (client, _) = client_of(&options);

    let failure = client.send(ask(Effect::Writes)).await.expect_err("nothing is said");

    assert_eq!((what(&failure), failure.fate), (What::Connect, Fate::NotDone));
    assert!(failure.to_string().contains("no connection within 30 ms"), "{failure}");
}

#[tokio::test]
async fn what_cannot_be_spoken_to_is_refused_before_it_starts() {
    let made = |options: &Options| {
        let client =
            Client::new(options, &Environment::default(), super::metrics(), Clock::manual(0), 1);
        client.err().expect("it cannot be")
    };
    for url in ["", "localhost:8000", "ftp://localhost", "dax://localhost", "http://"] {
        assert!(matches!(made(&options(&[url.to_owned()])), SetupError::Url { .. }), "{url}");
    }
    for url in ["http://me@localhost", "http://localhost/path"] {
        assert!(matches!(made(&options(&[url.to_owned()])), SetupError::Beyond { .. }), "{url}");
    }
    assert!(matches!(made(&options(&[])), SetupError::NoEndpoint));
    let file = tempfile::NamedTempFile::new().expect("room for a file");
    let ca_file = Some(file.path().to_owned());
    let empty = Options { ca_file, ..options(&["https://localhost".to_owned()]) };
    assert!(matches!(made(&empty), SetupError::Trust(_)));
}
