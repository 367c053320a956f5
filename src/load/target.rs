//! Where a load goes, and as whom.
//!
//! Must hold: a [`Target`] without permission for other machines has loopback addresses only. They
//! are looked up once and kept, so that no later answer of a resolver can send the load elsewhere.
//! Not here: URLs (`net/endpoint.rs`), whom TLS trusts (`net/trust.rs`), connecting and signing (`client/`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_credential_types::Credentials as SigningCredentials;
use hyper::header::HeaderValue;

use super::Error;
use super::client::Known;
use super::endpoint::{locate, parse};
use crate::net::{Endpoint, Name, Scheme, Trust, TrustError};

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
    /// The HTTP endpoint of the same tables, where they are made and described for a target that
    /// is asked over DAX.
    pub http: String,
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
    wire: Wire,
}

/// What is spoken over the connection.
#[derive(Debug)]
pub(super) enum Wire {
    /// DynamoDB's JSON over HTTP.
    Http,
    /// DAX's protocol.
    Dax {
        /// What requests are written with, of all connections.
        known: Known,
        /// Where tables are made, which DAX has no requests for.
        tables: Arc<Target>,
    },
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
    pub(super) trust: Trust,
    pub(super) name: Name,
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
            http: HTTP.to_owned(),
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

impl Tls {
    /// Trusts the system's authorities and those of a file; names are verified.
    pub(super) fn of(host: &str, ca_file: Option<&Path>) -> Result<Self, Error> {
        let fault = |why: String| Error::Tls { host: host.to_owned(), why };
        let trust = Trust::new(ca_file).map_err(|error| match error {
            TrustError::File { path, why } => Error::CaFile { path, why },
            TrustError::Nobody | TrustError::Setup(_) => fault(error.to_string()),
        })?;
        let name = Name::of(host).map_err(|error| fault(error.to_string()))?;
        Ok(Self { trust, name })
    }
}

impl Target {
    /// The endpoint of an `http://`, `https://`, `dax://` or `daxs://` URL. Looks names up, so it
    /// may block.
    pub fn parse(url: &str, options: &TargetOptions) -> Result<Self, Error> {
        let endpoint = parse(url)?;
        let wire = if endpoint.scheme.is_dax() { dax(options)? } else { Wire::Http };
        let place = locate(&endpoint, options)?;
        let ca_file = options.ca_file.as_deref();
        let has_tls = endpoint.scheme.has_tls();
        let tls = has_tls.then(|| Tls::of(&endpoint.host, ca_file)).transpose()?;
        let admin = match &options.admin {
            None => None,
            Some(url) => Some(admin(url, options)?),
        };
        let signer = signer(&endpoint, options)?;
        Ok(Self { url: endpoint.url(), place, tls, signer, admin, wire })
    }

    /// The endpoint as a URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The endpoint where tables are made and described: itself, unless it is one of DAX.
    pub fn of_tables(self: &Arc<Self>) -> &Arc<Self> {
        match &self.wire {
            Wire::Http => self,
            Wire::Dax { tables, .. } => tables,
        }
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

    pub(super) fn wire(&self) -> &Wire {
        &self.wire
    }
}

fn dax(options: &TargetOptions) -> Result<Wire, Error> {
    if options.credentials.session_token.is_some() {
        return Err(Error::SessionToken);
    }
    let http = parse(&options.http)?;
    if http.scheme.is_dax() {
        return Err(Error::TablesOverDax { url: options.http.clone() });
    }
    let tables = Target::parse(&options.http, &TargetOptions { admin: None, ..options.clone() })?;
    Ok(Wire::Dax { known: Known::default(), tables: Arc::new(tables) })
}

fn admin(url: &str, options: &TargetOptions) -> Result<Place, Error> {
    let endpoint = parse(url)?;
    match endpoint.scheme {
        Scheme::Http => locate(&endpoint, options),
        Scheme::Https | Scheme::Dax | Scheme::Daxs => Err(Error::Url { url: url.to_owned() }),
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

/// Where a hearth serves HTTP by default.
const HTTP: &str = "http://127.0.0.1:8000";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<Target, Error> {
        Target::parse(url, &TargetOptions::default())
    }

    #[test]
    fn this_machine_may_be_asked() {
        for url in [
            "http://127.0.0.1:8000",
            "http://127.9.9.9:1/",
            "http://[::1]:80",
            "http://localhost",
            "dax://127.0.0.1:8111",
        ] {
            assert!(parsed(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn other_machines_are_refused_unless_allowed() {
        // Addresses that nobody has, and the one that means every interface.
        for url in [
            "http://192.0.2.1:8000",
            "http://[2001:db8::1]:8000",
            "https://0.0.0.0:1",
            "dax://192.0.2.1",
        ] {
            let allowed = TargetOptions { allow_remote: true, ..TargetOptions::default() };

            assert!(matches!(parsed(url), Err(Error::Remote { .. })), "{url}");
            let allowed = Target::parse(url, &allowed);
            assert!(!matches!(allowed, Err(Error::Remote { .. })), "{url}");
        }
        let admin = Some("http://192.0.2.1:9811".to_owned());
        let options = TargetOptions { admin, ..TargetOptions::default() };
        let refused = Target::parse("http://127.0.0.1:8000", &options);
        assert!(matches!(refused, Err(Error::Remote { .. })), "{refused:?}");
        let http = "http://192.0.2.1:8000".to_owned();
        let options = TargetOptions { http, ..TargetOptions::default() };
        let refused = Target::parse("dax://127.0.0.1:8111", &options);
        assert!(matches!(refused, Err(Error::Remote { .. })), "{refused:?}");
    }

    #[test]
    fn what_dax_cannot_say_is_refused() {
        let http = "dax://127.0.0.1:8111".to_owned();
        let options = TargetOptions { http, ..TargetOptions::default() };
        let refused = Target::parse("dax://127.0.0.1:8111", &options);
        assert!(matches!(refused, Err(Error::TablesOverDax { .. })), "{refused:?}");

        let session_token = Some("token".to_owned());
        let credentials = Credentials { session_token, ..Credentials::default() };
        let options = TargetOptions { credentials, ..TargetOptions::default() };
        let refused = Target::parse("dax://127.0.0.1:8111", &options);
        assert!(matches!(refused, Err(Error::SessionToken)), "{refused:?}");
        assert!(Target::parse("http://127.0.0.1:8000", &options).is_ok());
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
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
