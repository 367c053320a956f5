//! A single request without a signature, over a connection of its own.
//!
//! Must hold: it ends within its time, and no more than a bound is read; redirects are not followed;
//! a service's name leads to no metadata service (`addresses.rs`).
//! Not here: operations of the service (`attempt.rs`).

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::addresses::look_up;
use super::failure::chain;
use crate::net::{Endpoint, Link, Lost, Name, Trust};

/// What an endpoint is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// The service, or a node that one told of.
    Service,
    /// What gives out credentials on this machine's own link.
    Surroundings,
}

/// Asks an endpoint for something that it must have; an error is the end of a sentence.
pub(super) async fn exchange(
    role: Role,
    endpoint: &Endpoint,
    trust: Option<&Trust>,
    request: Request<Full<Bytes>>,
) -> Result<Bytes, String> {
    let (head, body) = answered(role, endpoint, trust, request).await?.into_parts();
    if head.status == StatusCode::OK {
        Ok(body)
    } else {
        Err(format!("answered {}", head.status.as_u16()))
    }
}

/// Asks an endpoint, whatever it answers; an error is the end of a sentence.
pub(super) async fn answered(
    role: Role,
    endpoint: &Endpoint,
    trust: Option<&Trust>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Bytes>, String> {
    let asked = timeout(LIMIT, ask(role, endpoint, trust, request)).await;
    asked.unwrap_or_else(|_| Err(format!("gave no answer within {} ms", LIMIT.as_millis())))
}

async fn ask(
    role: Role,
    endpoint: &Endpoint,
    trust: Option<&Trust>,
    mut request: Request<Full<Bytes>>,
) -> Result<Response<Bytes>, String> {
    let host = HeaderValue::from_str(&endpoint.authority).map_err(|error| chain(&error))?;
    request.headers_mut().insert(HOST, host);
    let stream = connect(role, endpoint).await.map_err(|error| chain(&error))?;
    let link = match trust.filter(|_| endpoint.scheme.has_tls()) {
        None if endpoint.scheme.has_tls() => {
            return Err("needs TLS, which was not set up".to_owned());
        }
        None => Link::over(TASK, stream).await,
        Some(trust) => {
            let name = Name::of(&endpoint.host).map_err(|error| chain(&error))?;
            let stream = trust.agree(&name, stream).await.map_err(|error| chain(&error))?;
            Link::over(TASK, stream).await
        }
    };
    let mut link = link.map_err(|error| chain(&error))?;
    let response = link.send(request).await.map_err(|lost| match lost {
        Lost::Sent(error) => chain(&error),
        Lost::Unsent(_) => "hung up".to_owned(),
    })?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| chain(&*error))?.to_bytes();
    Ok(Response::from_parts(head, body))
}

async fn connect(role: Role, endpoint: &Endpoint) -> io::Result<TcpStream> {
    match role {
        Role::Service => TcpStream::connect(&*look_up(endpoint).await?).await,
        Role::Surroundings => TcpStream::connect((&*endpoint.host, endpoint.port)).await,
    }
}

const TASK: &str = "upstream question";
const LIMIT: Duration = Duration::from_secs(2);
const ANSWER_BYTES_MAX: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_that_is_asked_plainly_is_not_where_metadata_is_either() {
        for url in ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://[fe80::1]:8000"] {
            let endpoint = Endpoint::parse(url).expect("an endpoint");

            let refused = answered(Role::Service, &endpoint, None, Request::default()).await;

            let refused = refused.expect_err("it is on the link");
            assert!(refused.contains("no address but those of this machine's link"), "{refused}");
        }
    }
}
