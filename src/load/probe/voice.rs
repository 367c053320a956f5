//! What speaks at a place where something else was expected.
//!
//! Each protocol is tried over a connection of its own, all at once: who speaks another may wait for
//! more where one has said all.
//!
//! Not here: whether what speaks is any good (`mod.rs`).

use bytes::BytesMut;
use futures_util::StreamExt as _;
use futures_util::future::FutureExt as _;
use futures_util::stream::FuturesUnordered;

use super::PATIENCE;
use super::reach::{self, TlsFault, Unreached};
use crate::clock::Clock;
use crate::load::client::DaxLink;
use crate::load::target::{Target, Tls};
use crate::wire::dax::client::{self as dax, AnswerError};

/// What an endpoint speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Voice {
    /// HTTP.
    Http,
    /// DAX's protocol.
    Dax,
    /// TLS, and within it nobody knows what.
    Tls,
}

/// What is understood there first, within TLS or without.
pub(super) async fn heard(target: &Target, tls: Option<&Tls>, clock: &Clock) -> Option<Voice> {
    let mut tries = FuturesUnordered::new();
    tries.push(http(target, tls).boxed());
    tries.push(dax(target, tls, clock).boxed());
    if tls.is_none() {
        tries.push(in_tls(target).boxed());
    }
    let first = async {
        while let Some(voice) = tries.next().await {
            if voice.is_some() {
                return voice;
            }
        }
        None
    };
    tokio::time::timeout(PATIENCE, first).await.ok().flatten()
}

async fn http(target: &Target, tls: Option<&Tls>) -> Option<Voice> {
    let (_, mut socket) = reach::connect(&target.place().addresses, tls).await.ok()?;
    socket.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.ok()?;
    let mut came = BytesMut::new();
    while came.len() < HTTP.len() {
        if socket.read(&mut came).await.ok()? == 0 {
            return None;
        }
    }
    came.starts_with(HTTP).then_some(Voice::Http)
}

async fn dax(target: &Target, tls: Option<&Tls>, clock: &Clock) -> Option<Voice> {
    let (_, socket) = reach::connect(&target.place().addresses, tls).await.ok()?;
    let mut link = DaxLink::over(socket, target, clock).await.ok()?;
    match dax::nodes(&link.ask(&dax::endpoints(), 1, target, clock).await.ok()?) {
        Ok(_) | Err(AnswerError::Refused(_)) => Some(Voice::Dax),
        Err(AnswerError::Broken(_) | AnswerError::UnknownList(_)) => None,
    }
}

/// Whether TLS is spoken, whoever vouches for it.
async fn in_tls(target: &Target) -> Option<Voice> {
    let tls = Tls::of("localhost", None).ok()?;
    match reach::connect(&target.place().addresses, Some(&tls)).await {
        Ok(_) => Some(Voice::Tls),
        Err(Unreached::Tls(fault)) => (!matches!(fault, TlsFault::NotTls)).then_some(Voice::Tls),
        Err(Unreached::Refused | Unreached::Silent | Unreached::Other(_)) => None,
    }
}

const HTTP: &[u8] = b"HTTP/";
