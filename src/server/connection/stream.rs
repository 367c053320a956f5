//! The stream under hyper: notes when a request begins and when an answer moves, and answers what
//! needs no more than a look into the caches before hyper sees it.
//!
//! Between two requests the stream reads for itself. A request that is plain (`plain.rs`) and whole
//! is shown to [`Answers::at_once`]; what it answers is written at once, and hyper never hears of
//! it. Every other byte is handed on unchanged:
//!
//!     between ── answered at once ──> between
//!        │  └── part of a head ─────> between, holding it
//!        ├───── a plain request ────> hyper's turn ── answered and written ──> between
//!        └───── anything else ──────> hyper's for good
//!
//! Must hold: hyper gets all bytes that came but whole requests that were answered; the stream
//! reads for itself only when hyper has neither a request nor an answer in hand, which the watch
//! tells, and when no byte behind the last request was handed on.
//! Not here: answers (`http/`), deadlines (`mod.rs`).

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use bytes::buf::Chain;
use bytes::{Buf, Bytes, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;

use super::plain::{Front, front};
use super::{GO_ON, HEADERS, IDLE, WRITING, Watch};
use crate::server::listener::Answers;

/// A connection's stream.
pub(super) struct Stream<A> {
    socket: TcpStream,
    watch: Arc<Watch>,
    answers: Arc<A>,
    turn: Turn,
    /// What came and was neither answered nor handed on yet.
    held: BytesMut,
    /// What is left of an answer that the client did not take at once.
    unsent: Option<Chain<Bytes, Bytes>>,
}

/// Who reads.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// The stream: a request may begin.
    Between,
    /// Hyper, until the request that it was handed is answered; so many bytes of it are to come.
    Hyper { missing: usize },
    /// Hyper, until the connection ends.
    HyperForGood,
}

/// Where bytes are read to before it is known whose they are, and where heads are written.
struct Desk {
    bytes: Box<[u8]>,
    head: Vec<u8>,
}

thread_local! {
    static DESK: RefCell<Desk> =
        RefCell::new(Desk { bytes: vec![0; DESK_BYTES].into(), head: Vec::new() });
}

impl<A: Answers> Stream<A> {
    pub(super) fn new(socket: TcpStream, watch: Arc<Watch>, answers: Arc<A>) -> Self {
        let (turn, held) = (Turn::Between, BytesMut::new());
        Self { socket, watch, answers, turn, held, unsent: None }
    }

    /// Reads for hyper as long as it is hyper's turn, and else for itself.
    fn read(
        &mut self,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.settle(context))?;
            match self.turn {
                Turn::Between => {
                    if self.watch.is_told() {
                        self.turn = Turn::HyperForGood;
                    } else if ready!(self.read_ahead(context, &mut cursor))? {
                        return Poll::Ready(Ok(()));
                    }
                }
                Turn::Hyper { missing: 0 } if self.held.is_empty() && self.watch.is(IDLE) => {
                    self.turn = Turn::Between;
                }
                Turn::Hyper { .. } | Turn::HyperForGood if !self.held.is_empty() => {
                    self.hand_held(&mut cursor);
                    return Poll::Ready(Ok(()));
                }
                Turn::Hyper { missing } => {
                    return self.read_of_request(context, missing, &mut cursor);
                }
                Turn::HyperForGood => return self.read_through(context, cursor),
            }
        }
    }

    /// Reads between two requests; whether hyper was handed something.
    fn read_ahead(
        &mut self,
        context: &mut Context<'_>,
        cursor: &mut ReadBufCursor<'_>,
    ) -> Poll<io::Result<bool>> {
        DESK.with_borrow_mut(|desk| {
            let Desk { bytes, head } = desk;
            let mut came = ReadBuf::new(bytes);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut came))?;
            if came.filled().is_empty() {
                // Hyper reads the end again, behind what is held.
                self.turn = Turn::HyperForGood;
                return Poll::Ready(Ok(false));
            }
            let earlier = std::mem::take(&mut self.held);
            let joined = (!earlier.is_empty()).then(|| {
                let mut joined = earlier;
                joined.extend_from_slice(came.filled());
                joined
            });
            let bytes = joined.as_deref().unwrap_or(came.filled());

            let mut room = [const { MaybeUninit::uninit() }; _];
            self.turn = match front(bytes, &mut room) {
                Front::Whole(request) => {
                    head.clear();
                    if let Some(body) = self.answers.at_once(&request, head) {
                        return self.send(context, head, body).map_ok(|()| false);
                    }
                    Turn::Hyper { missing: 0 }
                }
                Front::Begun { missing } => Turn::Hyper { missing },
                Front::Short if bytes.len() < HELD_BYTES_MAX => {
                    self.watch.began();
                    self.held = joined.unwrap_or_else(|| BytesMut::from(came.filled()));
                    return Poll::Ready(Ok(false));
                }
                Front::Short | Front::Unknown => Turn::HyperForGood,
            };
            self.watch.began();
            let fits = bytes.len().min(cursor.remaining());
            cursor.put_slice(&bytes[..fits]);
            if fits < bytes.len() {
                self.held = BytesMut::from(&bytes[fits..]);
            }
            Poll::Ready(Ok(true))
        })
    }

    /// Reads on in a request that is hyper's, or waits with it for the client to hang up.
    fn read_of_request(
        &mut self,
        context: &mut Context<'_>,
        missing: usize,
        cursor: &mut ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        DESK.with_borrow_mut(|desk| {
            let room = desk.bytes.len().min(cursor.remaining());
            let mut came = ReadBuf::new(&mut desk.bytes[..room]);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut came))?;
            let came = came.filled();
            self.turn = match missing.checked_sub(came.len()) {
                Some(missing) => Turn::Hyper { missing },
                None => Turn::HyperForGood,
            };
            cursor.put_slice(came);
            Poll::Ready(Ok(()))
        })
    }

    fn read_through(
        &mut self,
        context: &mut Context<'_>,
        cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut socket = TokioIo::new(&mut self.socket);
        let read = Pin::new(&mut socket).poll_read(context, cursor);
        if read.is_ready() {
            self.watch.began();
        }
        read
    }

    fn hand_held(&mut self, cursor: &mut ReadBufCursor<'_>) {
        self.watch.began();
        let fits = self.held.len().min(cursor.remaining());
        cursor.put_slice(&self.held[..fits]);
        self.held.advance(fits);
    }

    /// Sends an answer, or as much of it as the client takes.
    fn send(
        &mut self,
        context: &mut Context<'_>,
        head: &[u8],
        body: Bytes,
    ) -> Poll<io::Result<()>> {
        let mut answer = head.chain(body);
        match write(&mut self.socket, context, &mut answer) {
            Poll::Ready(Ok(())) => self.watch.enter(IDLE),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {
                self.watch.enter(WRITING);
                let (head, body) = answer.into_inner();
                self.unsent = Some(Bytes::copy_from_slice(head).chain(body));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends what is left of an answer.
    fn settle(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(unsent) = &mut self.unsent else { return Poll::Ready(Ok(())) };
        let before = unsent.remaining();
        let written = write(&mut self.socket, context, unsent);
        if written.is_ready() {
            self.unsent = None;
            self.watch.enter(IDLE);
        } else if unsent.remaining() < before {
            self.watch.enter(WRITING);
        }
        written
    }

    /// Notes what became of a piece of hyper's answer.
    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            // Of an answer, that is; an interim one leaves the request where it is. When the client
            // does not take the rest, the stage is entered again.
            Poll::Ready(_) if self.watch.is(WRITING) => self.watch.enter(IDLE),
            Poll::Pending if self.watch.is(IDLE) => self.watch.enter(WRITING),
            Poll::Ready(_) | Poll::Pending => {}
        }
        written
    }
}

/// Writes until nothing is left.
fn write(
    socket: &mut TcpStream,
    context: &mut Context<'_>,
    bytes: &mut impl Buf,
) -> Poll<io::Result<()>> {
    while bytes.has_remaining() {
        let mut slices = [IoSlice::new(&[]); 2];
        let count = bytes.chunks_vectored(&mut slices);
        let written = Pin::new(&mut *socket).poll_write_vectored(context, &slices[..count]);
        match ready!(written)? {
            0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => bytes.advance(written),
        }
    }
    Poll::Ready(Ok(()))
}

impl Watch {
    fn is(&self, stage: u8) -> bool {
        self.stage.load(Ordering::Relaxed) == stage
    }

    /// Bytes came: of a request, if none was there.
    fn began(&self) {
        if self.is(IDLE) {
            self.enter(HEADERS);
        }
    }

    /// Whether the connection is to end.
    fn is_told(&self) -> bool {
        self.order.load(Ordering::Acquire) != GO_ON
    }
}

impl<A: Answers> Read for Stream<A> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut().read(context, cursor)
    }
}

impl<A: Answers> Write for Stream<A> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.settle(context))?;
        let written = Pin::new(&mut this.socket).poll_write(context, bytes);
        this.wrote(written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.settle(context))?;
        Pin::new(&mut this.socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.settle(context))?;
        Pin::new(&mut this.socket).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.settle(context))?;
        let written = Pin::new(&mut this.socket).poll_write_vectored(context, slices);
        this.wrote(written)
    }
}

const DESK_BYTES: usize = 64 << 10;
/// More than a head has that could be answered at once; a longer one is hyper's to limit.
const HELD_BYTES_MAX: usize = 16 << 10;
