//! One connection: bytes in, requests out of them, answers back.
//!
//!     preamble ─> idle ── first byte ──> receiving ── whole ──> handling ── answer ──> writing
//!                 ^  │                                                                    │
//!        a hit ── └──┴────────────────────────────────────────────────────────────────────┘
//!
//! A hit that comes whole and alone is answered where it was read to, by one read and one write.
//!
//! Must hold: a request that was carried out is answered before the connection is closed, for a
//! client repeats what was not.
//! Not here: what a request is answered (`answer.rs`), deadlines (`server/connection/`).

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncWriteExt as _, ReadBuf};

use super::super::body::Charge;
use super::super::connection::{Watch, watched};
use super::super::listener::{Setting, Socket};
use super::Dax;
use super::answer::Caller;
use super::standing::Standing;
use crate::metrics::Refused;
use crate::wire::dax::{Frame, FrameError, Framer, Habits, Method, authorization, read_preamble};

/// Serves a connection until it ends, is cut or is drained.
pub(super) async fn serve<S: Socket>(
    dax: &Arc<Dax>,
    socket: S,
    local: SocketAddr,
    setting: Setting<'_>,
) {
    watched(setting, |watch| async move {
        let mut connection = Connection {
            dax,
            socket,
            local,
            watch,
            buffer: BytesMut::new(),
            charge: Charge::none(),
            paid_bytes: CHARGED_FROM_BYTES,
            standing: Standing::default(),
            habits: Habits::default(),
        };
        if let Err(end) = connection.run().await {
            tracing::debug!(error = &end as &dyn std::error::Error, "a connection of DAX ended");
        }
    })
    .await;
}

/// A connection and what was read of it.
struct Connection<'d, S> {
    dax: &'d Dax,
    socket: S,
    local: SocketAddr,
    watch: Arc<Watch>,
    buffer: BytesMut,
    charge: Charge<'d>,
    /// How long the buffer may be before more is charged.
    paid_bytes: usize,
    standing: Standing,
    habits: Habits,
}

/// Why no more hits are answered for now.
enum Pause {
    /// This is left of an answer; if it is nothing, it still has to leave the stream's own buffer.
    Unsent(Vec<u8>),
    /// Something else came.
    Other,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the socket failed")]
    Io(#[from] io::Error),
    #[error("the client hung up, or is to do so")]
    Closed,
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("a request is longer than {0} bytes")]
    TooLong(usize),
    #[error("requests that are being read take all the memory that they may")]
    NoRoom,
}

impl End {
    fn reason(&self) -> Refused {
        match self {
            Self::TooLong(_) => Refused::TooLong,
            Self::NoRoom => Refused::Busy,
            Self::Io(_) | Self::Closed | Self::Frame(_) => Refused::Malformed,
        }
    }
}

impl<S: Socket> Connection<'_, S> {
    async fn run(&mut self) -> Result<(), End> {
        self.watch.expect();
        let length = self.find(Framer::preamble(), PREAMBLE_BYTES_MAX).await?;
        self.habits = read_preamble(&self.buffer[..length])?;
        self.buffer.advance(length);
        loop {
            if self.buffer.is_empty() {
                self.answer_hits().await?;
            } else {
                self.watch.expect();
            }
            let bytes_max = self.dax.parts.limits.load().body_bytes_max;
            let length = match self.find(Framer::request(), bytes_max).await {
                Ok(length) => length,
                Err(end @ (End::Frame(_) | End::TooLong(_) | End::NoRoom)) => {
                    let answer = self.dax.unreadable(&end, end.reason());
                    self.write(0, &answer).await?;
                    self.hang_up().await;
                    return Err(end);
                }
                Err(end) => return Err(end),
            };
            self.answer(length).await?;
            self.buffer.advance(length);
            self.release();
        }
    }

    /// Answers hits, one after the other, until something else came; the buffer begins with it.
    async fn answer_hits(&mut self) -> Result<(), End> {
        loop {
            if self.standing.may_rest(self.dax) {
                self.watch.rest();
            } else {
                self.watch.idle();
            }
            match poll_fn(|context| self.poll_hits(context)).await? {
                Pause::Unsent(rest) => self.write_on(&rest).await?,
                Pause::Other => return Ok(()),
            }
        }
    }

    fn poll_hits(&mut self, context: &mut Context<'_>) -> Poll<Result<Pause, End>> {
        loop {
            if self.watch.is_told() {
                return Poll::Ready(Err(End::Closed));
            }
            let pause = DESK.with_borrow_mut(|desk| self.poll_hit(context, desk));
            if let Some(pause) = ready!(pause)? {
                return Poll::Ready(Ok(pause));
            }
        }
    }

    /// Reads once, and answers if that was a hit.
    fn poll_hit(
        &mut self,
        context: &mut Context<'_>,
        desk: &mut Desk,
    ) -> Poll<Result<Option<Pause>, End>> {
        let mut came = ReadBuf::new(&mut desk.came);
        ready!(Pin::new(&mut self.socket).poll_read(context, &mut came))?;
        let came = came.filled();
        if came.is_empty() {
            return Poll::Ready(Err(End::Closed));
        }
        desk.answer.clear();
        if !self.dax.hit(came, &self.standing, &mut desk.answer) {
            self.watch.body_came(came.len());
            self.buffer.extend_from_slice(came);
            return Poll::Ready(Ok(Some(Pause::Other)));
        }
        // Whoever was answered may rest, whatever was known before.
        self.watch.rest();
        self.count(came.len(), desk.answer.len());
        let written = match Pin::new(&mut self.socket).poll_write(context, &desk.answer) {
            Poll::Ready(written) => written?,
            Poll::Pending => 0,
        };
        let flushed = Pin::new(&mut self.socket).poll_flush(context)?;
        let is_sent = written == desk.answer.len() && flushed.is_ready();
        Poll::Ready(Ok((!is_sent).then(|| Pause::Unsent(desk.answer[written..].to_vec()))))
    }

    /// Answers the request that the buffer begins with.
    async fn answer(&mut self, length: usize) -> Result<(), End> {
        self.watch.body_done();
        let mut answer = Vec::new();
        if self.dax.hit(&self.buffer[..length], &self.standing, &mut answer) {
            return self.write(length, &answer).await;
        }
        let frame = Frame::of(&self.buffer[..length])?;
        if frame.method == Method::AuthorizeConnection {
            // Good or bad, it has no answer.
            let claim = authorization(frame).map_err(FrameError::from)?;
            self.standing = Standing::of(self.dax, &claim);
            self.count(length, 0);
            return Ok(());
        }
        let caller = Caller { standing: &self.standing, habits: self.habits, local: self.local };
        let answer = self.dax.answer(frame, caller).await;
        self.write(length, &answer).await
    }

    /// Ends the connection so that the client gets the last answer: what comes until it has is read,
    /// and nothing else, or the answer would be lost to a reset.
    async fn hang_up(&mut self) {
        if self.socket.shutdown().await.is_err() {
            return;
        }
        let mut left = DISCARDED_BYTES_MAX;
        while left > 0 {
            self.buffer.clear();
            match self.read_more(false).await {
                Ok(came @ 1..) => left = left.saturating_sub(came),
                Ok(0) | Err(_) => return,
            }
        }
    }

    /// Writes the answer to a request of so many bytes.
    async fn write(&mut self, request_bytes: usize, answer: &[u8]) -> Result<(), End> {
        self.count(request_bytes, answer.len());
        self.write_on(answer).await
    }

    fn count(&self, request_bytes: usize, response_bytes: usize) {
        self.dax.parts.metrics.request_bytes.add(request_bytes as u64);
        self.dax.parts.metrics.response_bytes.add(response_bytes as u64);
    }

    async fn write_on(&mut self, mut left: &[u8]) -> Result<(), End> {
        self.watch.answered();
        while !left.is_empty() {
            let written = self.socket.write(left).await?;
            if written == 0 {
                return Err(io::Error::from(io::ErrorKind::WriteZero).into());
            }
            left = &left[written..];
            self.watch.answered();
        }
        self.socket.flush().await?;
        Ok(())
    }

    /// Waits for all of what the buffer begins with; returns its length.
    async fn find(&mut self, mut framer: Framer, bytes_max: usize) -> Result<usize, End> {
        loop {
            if let Some(length) = framer.find(&self.buffer)? {
                return Ok(length);
            }
            if self.buffer.len() > bytes_max {
                return Err(End::TooLong(bytes_max));
            }
            self.read().await?;
        }
    }

    /// Reads more. Between two requests a connection that is to end does so.
    async fn read(&mut self) -> Result<(), End> {
        let is_idle = self.buffer.is_empty();
        if self.buffer.len() >= self.paid_bytes {
            self.charge.grow(&self.dax.buffers, READ_BYTES).map_err(|_| End::NoRoom)?;
            self.paid_bytes += READ_BYTES;
        }
        match self.read_more(is_idle).await? {
            0 => Err(End::Closed),
            came => {
                self.watch.body_came(came);
                Ok(())
            }
        }
    }

    /// Reads more into the buffer; nothing at the end, nor if the connection is to end and may.
    async fn read_more(&mut self, may_end: bool) -> io::Result<usize> {
        let (socket, buffer, watch) = (&mut self.socket, &mut self.buffer, &self.watch);
        poll_fn(|context| {
            if may_end && watch.is_told() {
                return Poll::Ready(Ok(0));
            }
            DESK.with_borrow_mut(|desk| {
                let mut came = ReadBuf::new(&mut desk.came);
                ready!(Pin::new(&mut *socket).poll_read(context, &mut came))?;
                buffer.extend_from_slice(came.filled());
                Poll::Ready(Ok(came.filled().len()))
            })
        })
        .await
    }

    /// Gives back what a long request took.
    fn release(&mut self) {
        if self.buffer.is_empty() {
            (self.charge, self.paid_bytes) = (Charge::none(), CHARGED_FROM_BYTES);
            if self.buffer.capacity() > KEPT_BYTES_MAX {
                self.buffer = BytesMut::new();
            }
        }
    }
}

/// Where bytes are read to and hits are written, which are no longer than an item; a connection that
/// is idle holds no memory for either.
struct Desk {
    came: Box<[u8]>,
    answer: Vec<u8>,
}

thread_local! {
    static DESK: RefCell<Desk> =
        RefCell::new(Desk { came: vec![0; READ_BYTES].into(), answer: Vec::new() });
}

const READ_BYTES: usize = 64 << 10;
const PREAMBLE_BYTES_MAX: usize = 4 << 10;
/// Requests that are longer take a share of what all of them may take.
const CHARGED_FROM_BYTES: usize = 64 << 10;
/// A connection keeps no more between two requests.
const KEPT_BYTES_MAX: usize = 16 << 10;
/// How much may still come behind what a connection ends for.
const DISCARDED_BYTES_MAX: usize = 64 << 20;
