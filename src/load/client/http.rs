//! DynamoDB's JSON over HTTP.
//!
//! Not here: what is sent (`request.rs`), when it is tried again (`mod.rs`).

use std::io;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;

use super::answer::{Attempt, CONNECT_FAILED, DISCONNECTED};
use super::request::Kind;
use super::socket::Socket;
use crate::load::Ending;
use crate::load::target::{Place, Target, Tls};
use crate::net::{Link, Lost};

/// Connects to the first address that accepts.
pub(in crate::load) async fn connected(place: &Place, tls: Option<&Tls>) -> io::Result<Link> {
    match Socket::open(place, tls).await? {
        Socket::Plain(stream) => Link::over(TASK, stream).await,
        Socket::Tls(stream) => Link::over(TASK, *stream).await,
    }
}

/// One try of a signed request; the link is left for the next.
pub(super) async fn exchange(
    kept: &mut Option<Link>,
    mut signed: Request<Full<Bytes>>,
    kind: Kind,
    target: &Target,
) -> Attempt {
    // A server may close a connection that idles; what could not leave goes over a new one.
    let mut is_fresh = false;
    let response = loop {
        let mut link = match kept.take() {
            Some(link) => link,
            None => match connected(target.place(), target.tls()).await {
                Ok(link) => {
                    is_fresh = true;
                    link
                }
                Err(_) => return Attempt::lost(CONNECT_FAILED),
            },
        };
        match link.send(signed).await {
            Ok(response) => {
                *kept = Some(link);
                break response;
            }
            Err(Lost::Unsent(unsent)) if !is_fresh => signed = *unsent,
            Err(Lost::Unsent(_) | Lost::Sent(_)) => return Attempt::lost(DISCONNECTED),
        }
    };
    let attempt = Attempt::read(response, kind).await;
    if matches!(&attempt.ending, Ending::Failed(code) if code == DISCONNECTED) {
        *kept = None;
    }
    attempt
}

const TASK: &str = "load connection";
