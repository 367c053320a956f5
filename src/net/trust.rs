//! Whom TLS trusts.
//!
//! Must hold: names are verified, whoever is trusted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};

/// The authorities whose word is taken for who a server is. Clones share their sessions.
#[derive(Clone)]
pub struct Trust(TlsConnector);

/// The name that a server's certificate must be for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name(ServerName<'static>);

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file of certificates cannot be used.
    #[error("the certificates of {} cannot be used: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Nobody is trusted.
    #[error("the system trusts no authority; give a file of them")]
    Nobody,
    /// The library cannot be used so.
    #[error(transparent)]
    Setup(#[from] rustls::Error),
}

impl Trust {
    /// Trusts the system's authorities and those of a file.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        // Single certificates of a system that cannot be read leave the others.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = ca_file {
            add_file(&mut roots, path)?;
        }
        if roots.is_empty() {
            return Err(TrustError::Nobody);
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Agrees on TLS with a server that just accepted, and verifies its name.
    pub async fn agree(&self, name: &Name, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.0.connect(name.0.clone(), stream).await
    }
}

/// Whether TLS was not agreed on because nobody who is trusted has signed the certificate, which
/// [`UNTRUSTED`] says in words.
pub fn is_untrusted(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(
        inner,
        Some(rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature
        ))
    )
}

impl Name {
    /// Of a host name or an address without brackets.
    pub fn of(host: &str) -> Result<Self, InvalidDnsNameError> {
        Ok(Self(ServerName::try_from(host.to_owned())?))
    }
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), TrustError> {
    let fault = |why: String| TrustError::File { path: path.to_owned(), why };
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| fault(error.to_string()))?;
    let before = roots.len();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| fault(error.to_string()))?;
        roots.add(certificate).map_err(|error| fault(error.to_string()))?;
    }
    if roots.len() == before {
        return Err(fault("there is none in it".to_owned()));
    }
    Ok(())
}

/// What is wrong with a certificate that comes from nobody who is trusted.
pub const UNTRUSTED: &str = "nobody whom this machine trusts has signed the certificate";
