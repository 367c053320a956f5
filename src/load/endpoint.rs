//! What a URL says of an endpoint, and where that is.
//!
//! Not here: whom TLS trusts (`trust.rs`).

use std::net::{SocketAddr, ToSocketAddrs as _};

use hyper::Uri;
use hyper::header::HeaderValue;

use super::Error;
use super::target::{Place, TargetOptions};

/// How an endpoint is spoken to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scheme {
    Http,
    Https,
    Dax,
    Daxs,
}

/// A URL, taken apart.
pub(super) struct Endpoint {
    pub(super) scheme: Scheme,
    /// Without brackets.
    pub(super) host: String,
    port: u16,
    authority: String,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::Http, Self::Https, Self::Dax, Self::Daxs];

    pub(super) fn has_tls(self) -> bool {
        match self {
            Self::Https | Self::Daxs => true,
            Self::Http | Self::Dax => false,
        }
    }

    pub(super) fn is_dax(self) -> bool {
        match self {
            Self::Dax | Self::Daxs => true,
            Self::Http | Self::Https => false,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Dax => "dax",
            Self::Daxs => "daxs",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Dax => 8111,
            Self::Daxs => 9111,
        }
    }
}

impl Endpoint {
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        let malformed = || Error::Url { url: url.to_owned() };
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let named = |scheme: &Scheme| uri.scheme_str() == Some(scheme.name());
        let scheme = Scheme::ALL.into_iter().find(named).ok_or_else(malformed)?;
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
        let port = authority.port_u16().unwrap_or(scheme.port());
        Ok(Self { scheme, host, port, authority: authority.as_str().to_owned() })
    }

    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.scheme.name(), self.authority)
    }

    pub(super) fn locate(&self, options: &TargetOptions) -> Result<Place, Error> {
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
