//! What a URL says of an endpoint.
//!
//! Not here: where that is, and what is asked there.

use hyper::Uri;

/// How an endpoint is spoken to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// DynamoDB's JSON.
    Http,
    /// The same, over TLS.
    Https,
    /// DAX's CBOR.
    Dax,
    /// The same, over TLS.
    Daxs,
}

/// A URL of a scheme, a host and perhaps a port, taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Without brackets.
    pub host: String,
    /// The scheme's own, if none was given.
    pub port: u16,
    /// Host and port as they were given.
    pub authority: String,
}

/// Why a text is no endpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoEndpoint {
    /// It is no URL of a known scheme with a host.
    Malformed,
    /// It has a user, a path or a query.
    Beyond,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::Http, Self::Https, Self::Dax, Self::Daxs];

    /// Whether it is spoken over TLS.
    pub fn has_tls(self) -> bool {
        match self {
            Self::Https | Self::Daxs => true,
            Self::Http | Self::Dax => false,
        }
    }

    /// Whether it is DAX's.
    pub fn is_dax(self) -> bool {
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
    /// Takes a URL apart.
    pub fn parse(url: &str) -> Result<Self, NoEndpoint> {
        let uri: Uri = url.parse().map_err(|_| NoEndpoint::Malformed)?;
        let named = |scheme: &Scheme| uri.scheme_str() == Some(scheme.name());
        let scheme = Scheme::ALL.into_iter().find(named).ok_or(NoEndpoint::Malformed)?;
        let authority = uri.authority().ok_or(NoEndpoint::Malformed)?;
        let beyond = authority.as_str().contains('@') || uri.path() != "/" || uri.query().is_some();
        if beyond {
            return Err(NoEndpoint::Beyond);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        // A port that is no number, or too large a one, is none to the parser.
        let has_port = !authority.as_str().ends_with(authority.host());
        if host.is_empty() || (has_port && authority.port_u16().is_none()) {
            return Err(NoEndpoint::Malformed);
        }
        let port = authority.port_u16().unwrap_or(scheme.port());
        Ok(Self { scheme, host, port, authority: authority.as_str().to_owned() })
    }

    /// It as a URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme.name(), self.authority)
    }
}
