//! Where an endpoint is.
//!
//! Not here: URLs (`net/endpoint.rs`), whom TLS trusts (`net/trust.rs`).

use std::net::{SocketAddr, ToSocketAddrs as _};

use hyper::header::HeaderValue;

use super::Error;
use super::target::{Place, TargetOptions};
use crate::net::{Endpoint, NoEndpoint};

/// Takes a URL apart.
pub(super) fn parse(url: &str) -> Result<Endpoint, Error> {
    Endpoint::parse(url).map_err(|why| match why {
        NoEndpoint::Malformed => Error::Url { url: url.to_owned() },
        NoEndpoint::Beyond => Error::Beyond { url: url.to_owned() },
    })
}

/// Looks up where it is. That may block.
pub(super) fn locate(endpoint: &Endpoint, options: &TargetOptions) -> Result<Place, Error> {
    let unresolved = |source| Error::Unresolved { host: endpoint.host.clone(), source };
    let found = (endpoint.host.as_str(), endpoint.port).to_socket_addrs().map_err(unresolved)?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(unresolved(std::io::ErrorKind::NotFound.into()));
    }
    let is_here = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
    if !options.allow_remote && !addresses.iter().all(is_here) {
        return Err(Error::Remote { host: endpoint.host.clone() });
    }
    let authority = HeaderValue::from_str(&endpoint.authority);
    let authority = authority.map_err(|_| Error::Url { url: endpoint.url() })?;
    Ok(Place { authority, addresses })
}
