//! One connection, over which one request at a time is asked.
//!
//! Must hold: the server is told again who asks before it forgets, which it does after five minutes.
//! Not here: what is asked (`mod.rs`).

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::super::answer::DISCONNECTED;
use super::super::socket::Socket;
use super::BROKEN;
use crate::clock::Clock;
use crate::load::target::Target;
use crate::wire::dax::client;

/// An open connection.
pub(in crate::load) struct Link {
    socket: Socket,
    buffer: BytesMut,
    /// When it was said who asks.
    authorized: Duration,
}

impl Link {
    /// Connects to the first address that accepts, and says who asks.
    pub(in crate::load) async fn open(target: &Target, clock: &Clock) -> io::Result<Self> {
        Self::over(Socket::open(target.place(), target.tls()).await?, target, clock).await
    }

    /// Says over a connection who asks.
    pub(in crate::load) async fn over(
        mut socket: Socket,
        target: &Target,
        clock: &Clock,
    ) -> io::Result<Self> {
        let greeting = [client::preamble(AGENT), authorize(target, clock)].concat();
        socket.send(&greeting).await?;
        Ok(Self { socket, buffer: BytesMut::new(), authorized: clock.monotonic() })
    }

    /// It, unless it is known without waiting that nothing can be asked over it any more.
    pub(in crate::load) fn unless_ended(mut self) -> Option<Self> {
        (!self.socket.is_ended()).then_some(self)
    }

    /// Sends a request and waits for all of its answer, which has so many values if it is no
    /// refusal. An error is the code of what went wrong, and the end of the connection.
    pub(in crate::load) async fn ask(
        &mut self,
        request: &[u8],
        values: usize,
        target: &Target,
        clock: &Clock,
    ) -> Result<Bytes, &'static str> {
        let now = clock.monotonic();
        let sent = if now.saturating_sub(self.authorized) < AUTHORIZE_AFTER {
            self.socket.send(request).await
        } else {
            self.authorized = now;
            self.socket.send(&[&authorize(target, clock), request].concat()).await
        };
        sent.map_err(|_| DISCONNECTED)?;
        loop {
            if self.socket.read(&mut self.buffer).await.map_err(|_| DISCONNECTED)? == 0 {
                return Err(DISCONNECTED);
            }
            match client::length(&self.buffer, values) {
                Ok(Some(length)) if length == self.buffer.len() => {
                    return Ok(self.buffer.split().freeze());
                }
                Ok(None) if self.buffer.len() <= ANSWER_BYTES_MAX => {}
                Ok(_) | Err(_) => return Err(BROKEN),
            }
        }
    }
}

/// The request that says who asks.
fn authorize(target: &Target, clock: &Clock) -> Vec<u8> {
    let (credentials, region) = (&target.signer.credentials, &target.signer.region);
    let key = (credentials.access_key_id(), credentials.secret_access_key());
    client::authorize(key, region, clock.unix_ms())
}

const AGENT: &str = concat!("hearth-load-", env!("CARGO_PKG_VERSION"));
/// Half of the time for which a server believes it, as in two of the known clients.
const AUTHORIZE_AFTER: Duration = Duration::from_secs(150);
/// More than any answer of DynamoDB has.
const ANSWER_BYTES_MAX: usize = 128 << 20;
