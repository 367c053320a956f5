//! The stream under hyper: notes when a request begins and when an answer moves, and has plain
//! requests answered before hyper sees them.
//!
//! Between two requests the stream reads for itself. A request that is plain (`plain.rs`) and whole
//! is shown to [`Answers::take`]; the answer to what it takes is written here, and hyper never hears
//! of it. Every other byte is handed on unchanged:
//!
//!     between ── taken, answered and written ──> between
//!        │  └─── part of a request ────────────> between, holding it
//!        ├────── plain, but not taken ─────────> hyper's turn ── answered, written ──> between
//!        └────── anything else ────────────────> hyper's for good
//!
//! Must hold: hyper gets all bytes that came but whole requests that were taken; the stream
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
use hyper::rt::{Read as _, ReadBufCursor};
use hyper_util::rt::TokioIo;
use tokio::io::ReadBuf;

use super::plain::{Front, front};
use super::{IDLE, WRITING, Watch};
use crate::clock::Clock;
use crate::server::answer::Reply;
use crate::server::date::with_date;
use crate::server::listener::{Answers, Socket, Taken};

/// A connection's stream.
pub(super) struct Stream<A, S> {
    pub(super) socket: S,
    watch: Arc<Watch>,
    clock: Clock,
    answers: Arc<A>,
    turn: Turn,
    /// What came and was neither taken nor handed on yet.
    held: BytesMut,
    /// What is held between two requests.
    part: Part,
    /// The answer to what was taken, while it is not there yet.
    reply: Option<Pin<Box<dyn Future<Output = Reply> + Send>>>,
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

/// A part of a request.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// Of its head.
    Head,
    /// Its head, with all of its body but so many bytes.
    Body { missing: usize },
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

impl<A: Answers, S: Socket> Stream<A, S> {
    pub(super) fn new(socket: S, watch: Arc<Watch>, clock: Clock, answers: Arc<A>) -> Self {
        let takes_any = answers.plain_bytes_max() > 0;
        let turn = if takes_any { Turn::Between } else { Turn::HyperForGood };
        let held = BytesMut::new();
        let part = Part::Head;
        Self { socket, watch, clock, answers, turn, held, part, reply: None, unsent: None }
    }

    /// Reads for hyper as long as it is hyper's turn, and else for itself.
    pub(super) fn read(
        &mut self,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.settle(context)?.is_pending() {
                ready!(self.wait_for_hang_up(context))?;
            }
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
            let mut came = ReadBuf::new(&mut desk.bytes);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut came))?;
            if came.filled().is_empty() {
                // Hyper reads the end again, behind what is held.
                self.turn = Turn::HyperForGood;
                return Poll::Ready(Ok(false));
            }
            if self.only_adds(came.filled()) {
                return Poll::Ready(Ok(false));
            }
            let joined = (!self.held.is_empty()).then(|| {
                self.held.extend_from_slice(came.filled());
                std::mem::take(&mut self.held)
            });
            let bytes = joined.as_deref().unwrap_or(came.filled());

            let mut room = [const { MaybeUninit::uninit() }; _];
            self.turn = match front(bytes, &mut room) {
                Front::Whole(request) => match A::take(&self.answers, &request) {
                    Taken::Now(reply) => {
                        return self.send(context, reply, &mut desk.head).map_ok(|()| false);
                    }
                    Taken::Later(reply) => {
                        self.watch.body_done();
                        self.reply = Some(reply);
                        return Poll::Ready(Ok(false));
                    }
                    Taken::Not => Turn::Hyper { missing: 0 },
                },
                Front::Short if self.may_hold(bytes.len()) => {
                    self.watch.began();
                    self.part = Part::Head;
                    self.held = joined.unwrap_or_else(|| BytesMut::from(came.filled()));
                    return Poll::Ready(Ok(false));
                }
                Front::Begun { missing } if self.may_hold(bytes.len() + missing) => {
                    self.watch.body_came(came.filled().len());
                    self.part = Part::Body { missing };
                    self.held = joined.unwrap_or_else(|| BytesMut::from(came.filled()));
                    return Poll::Ready(Ok(false));
                }
                Front::Begun { missing } => Turn::Hyper { missing },
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

    /// Holds what came with the part that is held, if that cannot make a whole request. Parsing it
    /// with each byte that comes would cost the client little and this thread much.
    fn only_adds(&mut self, came: &[u8]) -> bool {
        if self.held.is_empty() {
            return false;
        }
        let only_adds = match &mut self.part {
            Part::Head => !came.contains(&b'\n') && self.may_hold(self.held.len() + came.len()),
            Part::Body { missing } => {
                *missing = missing.saturating_sub(came.len());
                self.watch.body_came(came.len());
                *missing > 0
            }
        };
        if only_adds {
            self.held.extend_from_slice(came);
        }
        only_adds
    }

    /// Whether part of a request may wait here for the rest, being so long altogether. Of a longer
    /// one hyper knows the limits, and refuses it before it has come.
    fn may_hold(&self, bytes: usize) -> bool {
        bytes <= self.answers.plain_bytes_max()
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
        if self.held.is_empty() {
            // Its memory is not for the rest of the connection.
            self.held = BytesMut::new();
        }
    }

    /// While an answer is awaited: returns when the client has hung up, and nobody awaits it.
    fn wait_for_hang_up(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reply.is_none() {
            return Poll::Pending;
        }
        let came = ready!(self.read_behind(context));
        // Whatever came, a request behind another is hyper's.
        self.turn = Turn::HyperForGood;
        self.reply = None;
        Poll::Ready(came)
    }

    /// Holds what comes behind a request that is being answered; returns when nothing more can come,
    /// unless something is held that was to be answered, too.
    fn read_behind(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        DESK.with_borrow_mut(|desk| {
            while self.held.len() < BEHIND_BYTES_MAX {
                let room = BEHIND_BYTES_MAX - self.held.len();
                let mut came = ReadBuf::new(&mut desk.bytes[..room]);
                ready!(Pin::new(&mut self.socket).poll_read(context, &mut came))?;
                if came.filled().is_empty() {
                    return if self.held.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending };
                }
                self.turn = Turn::HyperForGood;
                self.held.extend_from_slice(came.filled());
            }
            Poll::Pending
        })
    }

    /// Sends an answer, or as much of it as the client takes.
    fn send(
        &mut self,
        context: &mut Context<'_>,
        reply: Reply,
        head: &mut Vec<u8>,
    ) -> Poll<io::Result<()>> {
        head.clear();
        let closes = self.watch.is_told();
        let second = self.watch.tick.load(Ordering::Relaxed) / 1_000;
        let body = with_date(second, &self.clock, |date| reply.written(date, closes, head));
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

    /// Finishes what the stream has begun: awaits the answer, and sends what is left of it.
    pub(super) fn settle(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(reply) = &mut self.reply {
            let reply = ready!(reply.as_mut().poll(context));
            self.reply = None;
            ready!(DESK.with_borrow_mut(|desk| self.send(context, reply, &mut desk.head)))?;
        }
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
    pub(super) fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
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
    socket: &mut impl Socket,
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
    // Under TLS, bytes that were taken may not have left yet.
    Pin::new(socket).poll_flush(context)
}

const DESK_BYTES: usize = 64 << 10;
/// How much may come behind a request that is being answered, until nothing more is read.
const BEHIND_BYTES_MAX: usize = 16 << 10;
