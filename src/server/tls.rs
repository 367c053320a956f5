//! TLS for the listeners: one certificate for every name, since some clients send none.
//!
//! Must hold: a certificate that cannot be used is refused before anything listens; a renewed one is
//! taken by new connections, and one that cannot be read leaves the one before in place.
//! Not here: who may ask (`auth/`).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

use super::listener::Socket;

/// A certificate with its key, ready to be shown to clients.
pub struct Tls(ArcSwap<ServerConfig>);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or is no PEM.
    #[error("cannot read {what} from {}", path.display())]
    Read {
        /// What was looked for.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// The file of the certificate has none.
    #[error("{} has no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// Certificate and key do not go together, or one of them is of an unknown kind.
    #[error("the certificate cannot be used with its key")]
    Unusable(#[from] rustls::Error),
}

/// Why no certificate could be made.
#[derive(Debug, thiserror::Error)]
pub enum SelfSignedError {
    /// A name is none that a certificate can have, or there is no randomness.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// It was made and is of no use.
    #[error(transparent)]
    Unusable(#[from] rustls::Error),
}

impl Tls {
    /// From files in PEM: the certificate with those between it and its authority, and its key.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        Ok(Self(ArcSwap::new(loaded(certificate, key)?)))
    }

    /// With a certificate of these names that nobody else has signed; also returns it as PEM, for
    /// clients that are to trust it.
    pub fn self_signed(names: Vec<String>) -> Result<(Self, String), SelfSignedError> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names)?.self_signed(&key)?;
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = config(vec![certificate.der().clone()], secret)?;
        Ok((Self(ArcSwap::new(config)), certificate.pem()))
    }

    /// Reads the files again, for connections from now on.
    pub fn reload(&self, certificate: &Path, key: &Path) -> Result<(), TlsError> {
        self.0.store(loaded(certificate, key)?);
        Ok(())
    }

    /// Agrees with a client that just connected.
    pub(super) async fn accept<S: Socket>(&self, stream: S) -> io::Result<TlsStream<S>> {
        TlsAcceptor::from(self.0.load_full()).accept(stream).await
    }
}

fn loaded(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let wrong = |what, path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Read { what, path, source }
    };
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(wrong("certificates", certificate))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(wrong("a private key", key))?;
    Ok(config(chain, secret)?)
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(Arc::new(builder?.with_no_client_auth().with_single_cert(chain, key)?))
}
