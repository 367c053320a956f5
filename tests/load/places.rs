//! Where a load may go, and how it makes sure who answers.

use std::sync::Arc;

use hearth::clock::Clock;
use hearth::load::run::run_streams;
use hearth::load::{Error, Measured, Target, TargetOptions};
use hearth::task::Drain;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::NamedTempFile;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::scripted::{Reply, Scripted};
use crate::{numbered, only, some};

/// A server for a name, and the file of the authority that vouches for it.
fn vouched(name: &str) -> (Scripted, NamedTempFile) {
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, key()).expect("an authority");
    let server_key = key();
    let names = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let certificate = names.signed_by(&server_key, &authority).expect("a certificate");
    let private = PrivateKeyDer::try_from(server_key.serialize_der()).expect("a private key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions that the provider has")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a certificate with its key");
    let file = NamedTempFile::new().expect("room for a file");
    std::fs::write(file.path(), authority.pem()).expect("room for a file");
    (Scripted::start_tls(&Clock::system(), config, |_| Reply::ok()), file)
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

async fn measure_over_tls(
    server: &Scripted,
    name: &str,
    ca: Option<&NamedTempFile>,
) -> Result<Measured, Error> {
    let ca_file = ca.map(|file| file.path().to_owned());
    let options = TargetOptions { ca_file, ..TargetOptions::default() };
    let target = Target::parse(&format!("https://{name}:{}", server.port()), &options)?;
    let (clock, drain, plan) = (Clock::system(), Drain::default(), some(3));
    run_streams(&Arc::new(target), &numbered, &plan, &clock, &drain, &mut |_| {}).await
}

#[tokio::test]
async fn a_private_authority_is_trusted_by_its_file() {
    let (server, ca) = vouched("127.0.0.1");

    let measured = measure_over_tls(&server, "127.0.0.1", Some(&ca)).await.expect("it runs");

    assert_eq!(only(&measured).latencies.len(), 3);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn who_has_a_certificate_of_another_name_is_sent_nothing() {
    let (server, ca) = vouched("elsewhere.example");

    let refused = measure_over_tls(&server, "127.0.0.1", Some(&ca)).await;

    assert!(matches!(refused, Err(Error::Connect { .. })), "{refused:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_authority_that_nobody_named_is_not_trusted() {
    let (server, _) = vouched("127.0.0.1");

    let refused = measure_over_tls(&server, "127.0.0.1", None).await;

    let is_refused = matches!(refused, Err(Error::Connect { .. } | Error::Tls { .. }));
    assert!(is_refused, "{refused:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_target_that_is_not_there_is_an_error_before_the_run() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = gone.local_addr().expect("it is bound");
    drop(gone);
    let target = Target::parse(&format!("http://{address}"), &TargetOptions::default());
    let target = Arc::new(target.expect("loopback"));

    let (clock, drain, plan) = (Clock::system(), Drain::default(), some(3));
    let refused = run_streams(&target, &numbered, &plan, &clock, &drain, &mut |_| {}).await;

    assert!(matches!(refused, Err(Error::Connect { .. })), "{refused:?}");
}
