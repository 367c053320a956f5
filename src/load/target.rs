//! Where a load goes, and as whom.
//!
//! Must hold: a [`Target`] without permission for other machines has loopback addresses only. They
//! are looked up once and kept, so that no later answer of a resolver can send the load elsewhere.
//! Not here: connecting (`client/link.rs`), signing (`client/request.rs`).

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_credential_types::Credentials as SigningCredentials;
use hyper::Uri;
use hyper::header::HeaderValue;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::Error;

/// How a target may be used.
#[derive(Clone, Debug)]
pub struct TargetOptions {
    /// Whether it may be another machine.
    pub allow_remote: bool,
    /// The region that signatures name.
    pub region: String,
    /// Who signs.
    pub credentials: Credentials,
    /// A PEM file of authorities that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The URL of hearth's admin port, for the server's view of a run.
    pub admin: Option<String>,
}

/// Whose signatures requests carry. Servers without credentials take any.
#[derive(Clone)]
pub struct Credentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: String,
    /// What goes with temporary ones.
    pub session_token: Option<String>,
}

/// An endpoint that may be asked.
#[derive(Debug)]
pub struct Target {
    url: String,
    place: Place,
    tls: Option<Tls>,
    pub(super) signer: Signer,
    admin: Option<Place>,
}

/// A host with the addresses that were found for it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// What the `Host` header says.
    pub(super) authority: HeaderValue,
    pub(super) addresses: Vec<SocketAddr>,
}

/// How to speak TLS with the target.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
}

/// What a signature needs beside the request.
#[derive(Debug)]
pub(super) struct Signer {
    pub(super) credentials: SigningCredentials,
    pub(super) region: String,
    /// The URL that is signed.
    pub(super) url: String,
}

impl Default for TargetOptions {
    fn default() -> Self {
        Self {
            allow_remote: false,
            region: "us-east-1".to_owned(),
            credentials: Credentials::default(),
            ca_file: None,
            admin: None,
        }
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            access_key_id: "hearthload".to_owned(),
            secret_access_key: "hearthload".to_owned(),
            session_token: None,
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Credentials");
        shown.field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Target {
    /// The endpoint of an `http://` or `https://` URL. Looks names up, so it may block.
    pub fn parse(url: &str, options: &TargetOptions) -> Result<Self, Error> {
        if url.starts_with("dax://") || url.starts_with("daxs://") {
            return Err(Error::Dax { url: url.to_owned() });
        }
        let endpoint = Endpoint::parse(url)?;
        let place = endpoint.locate(options)?;
        let tls = match endpoint.scheme {
            Scheme::Http => None,
            Scheme::Https => Some(tls(&endpoint.host, options.ca_file.as_deref())?),
        };
        let admin = match &options.admin {
            None => None,
            Some(url) => Some(admin(url, options)?),
        };
        let signer = signer(&endpoint, options)?;
        Ok(Self { url: endpoint.url(), place, tls, signer, admin })
    }

    /// The endpoint as a URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    pub(super) fn admin(&self) -> Option<&Place> {
        self.admin.as_ref()
    }
}

#[derive(Clone, Copy)]
enum Scheme {
    Http,
    Https,
}

struct Endpoint {
    scheme: Scheme,
    /// Without brackets.
    host: String,
    port: u16,
    authority: String,
}

impl Endpoint {
    fn parse(url: &str) -> Result<Self, Error> {
        let malformed = || Error::Url { url: url.to_owned() };
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let (scheme, port) = match uri.scheme_str() {
            Some("http") => (Scheme::Http, 80),
            Some("https") => (Scheme::Https, 443),
            _ => return Err(malformed()),
        };
        let authority = uri.authority().ok_or_else(malformed)?;
        let beyond = authority.as_str().contains('@') || uri.path() != "/" || uri.query().is_some();
        if beyond {
            return Err(Error::Beyond { url: url.to_owned() });
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        // A port that is no number, or too large a one, is none to the parser.
        let has_port = !authority.as_str().ends_with(authority.host());
        if host.is_empty() || (has_port && authority.port_u16().is_none()) {
            return Err(malformed());
        }
        let port = authority.port_u16().unwrap_or(port);
        Ok(Self { scheme, host, port, authority: authority.as_str().to_owned() })
    }

    fn url(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        format!("{scheme}://{}", self.authority)
    }

    fn locate(&self, options: &TargetOptions) -> Result<Place, Error> {
        let unresolved = |source| Error::Unresolved { host: self.host.clone(), source };
        let found = (self.host.as_str(), self.port).to_socket_addrs().map_err(unresolved)?;
        let addresses: Vec<SocketAddr> = found.collect();
        if addresses.is_empty() {
            return Err(unresolved(std::io::ErrorKind::NotFound.into()));
        }
        let is_here = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
        if !options.allow_remote && !addresses.iter().all(is_here) {
            return Err(Error::Remote { host: self.host.clone() });
        }
        let authority = HeaderValue::from_str(&self.authority);
        let authority = authority.map_err(|_| Error::Url { url: self.url() })?;
        Ok(Place { authority, addresses })
    }
}

fn admin(url: &str, options: &TargetOptions) -> Result<Place, Error> {
    let endpoint = Endpoint::parse(url)?;
    match endpoint.scheme {
        Scheme::Http => endpoint.locate(options),
        Scheme::Https => Err(Error::Url { url: url.to_owned() }),
    }
}

fn signer(endpoint: &Endpoint, options: &TargetOptions) -> Result<Signer, Error> {
    let Credentials { access_key_id, secret_access_key, session_token } = &options.credentials;
    let parts = [Some(access_key_id), session_token.as_ref(), Some(&options.region)];
    let no_header = |part: &&String| HeaderValue::from_str(part).is_err();
    if parts.into_iter().flatten().any(|part| no_header(&part)) {
        return Err(Error::NotHeader);
    }
    let token = session_token.clone();
    let credentials =
        SigningCredentials::new(access_key_id, secret_access_key, token, None, "hearth load");
    Ok(Signer { credentials, region: options.region.clone(), url: format!("{}/", endpoint.url()) })
}

/// Trusts the system's authorities and those of a file; names are verified.
fn tls(host: &str, ca_file: Option<&Path>) -> Result<Tls, Error> {
    let fault = |why: String| Error::Tls { host: host.to_owned(), why };
    let mut roots = RootCertStore::empty();
    // Single certificates of a system that cannot be read leave the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        add_file(&mut roots, path)?;
    }
    if roots.is_empty() {
        return Err(fault("the system trusts no authority; give a file of them".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| fault(error.to_string()))?;
    Ok(Tls { connector: TlsConnector::from(Arc::new(config)), name })
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), Error> {
    let fault = |why: String| Error::CaFile { path: path.to_owned(), why };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<Target, Error> {
        Target::parse(url, &TargetOptions::default())
    }

    #[test]
    fn this_machine_may_be_asked() {
        for url in
            ["http://127.0.0.1:8000", "http://127.9.9.9:1/", "http://[::1]:80", "http://localhost"]
        {
            assert!(parsed(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn other_machines_are_refused_unless_allowed() {
        // Addresses that nobody has, and the one that means every interface.
        for url in ["http://192.0.2.1:8000", "http://[2001:db8::1]:8000", "https://0.0.0.0:1"] {
            let allowed = TargetOptions { allow_remote: true, ..TargetOptions::default() };

            assert!(matches!(parsed(url), Err(Error::Remote { .. })), "{url}");
            let allowed = Target::parse(url, &allowed);
            assert!(!matches!(allowed, Err(Error::Remote { .. })), "{url}");
        }
        let admin = Some("http://192.0.2.1:9811".to_owned());
        let options = TargetOptions { admin, ..TargetOptions::default() };
        let refused = Target::parse("http://127.0.0.1:8000", &options);
        assert!(matches!(refused, Err(Error::Remote { .. })), "{refused:?}");
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        assert!(matches!(parsed("dax://127.0.0.1:8111"), Err(Error::Dax { .. })));
        for url in ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999"] {
            assert!(matches!(parsed(url), Err(Error::Url { .. })), "{url}: {:?}", parsed(url));
        }
        for url in ["http://me@127.0.0.1", "http://127.0.0.1/path", "http://127.0.0.1/?a=1"] {
            assert!(matches!(parsed(url), Err(Error::Beyond { .. })), "{url}: {:?}", parsed(url));
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("room for a file");
        let ca_file = Some(file.path().to_owned());
        let options = TargetOptions { ca_file, ..TargetOptions::default() };

        let refused = Target::parse("https://127.0.0.1:8000", &options);

        assert!(matches!(refused, Err(Error::CaFile { .. })), "{refused:?}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret_access_key = "geheim".to_owned();
        let credentials = Credentials { secret_access_key, ..Credentials::default() };
        let options = TargetOptions { credentials, ..TargetOptions::default() };

        let target = Target::parse("http://127.0.0.1:8000", &options).expect("a target");

        assert!(!format!("{options:?} {target:?}").contains("geheim"));
    }
}
