//! Mutations that wait for the sync of their batch, and what each is told.
//!
//! Must hold: every ticket of a batch is closed before anybody is answered; a refusal waits like
//! any other answer, since it may rest on what the batch writes.
//! Not here: how a mutation came to its end (`batch.rs`).

use std::sync::Arc;

use tokio::sync::oneshot;

use super::queued::Reply;
use super::tokens::Held;
use crate::engine::{Error, Written};
use crate::fence::{CommitNumber, Slot, WriteTicket};

/// A mutation that waits.
pub(super) struct Waiting {
    pub(super) ticket: WriteTicket,
    pub(super) end: End,
    pub(super) reply: oneshot::Sender<Result<Reply, Error>>,
}

/// How a mutation ends once its batch is durable.
pub(super) enum End {
    /// It changes the item.
    Changes(Slot, CommitNumber, Box<Written>),
    /// All mutations of a transaction are done: what they write, each with its place among them.
    All {
        slots: Vec<(Slot, CommitNumber, usize)>,
        written: Vec<Written>,
        /// Its token, given back before it is answered.
        held: Option<Arc<Held>>,
    },
    /// It is done and changes nothing.
    Rests(Box<Written>),
    /// It is refused.
    Refused(Error),
    /// Its caller evaluates it again.
    SentBack,
}

/// The batch is durable: closes every ticket with its image, then answers.
pub(super) fn succeed(waiting: Vec<Waiting>) {
    let mut answers = Vec::with_capacity(waiting.len());
    let mut tokens = Vec::new();
    for Waiting { mut ticket, end, reply } in waiting {
        let answer = match end {
            End::Changes(slot, number, written) => {
                ticket.bring(slot, number, written.after.clone());
                ticket.close();
                Ok(Reply::Written(written))
            }
            End::All { slots, written, held } => {
                for (slot, number, place) in slots {
                    ticket.bring(slot, number, written[place].after.clone());
                }
                ticket.close();
                tokens.extend(held);
                Ok(Reply::Transacted(written))
            }
            End::Rests(written) => Ok(Reply::Written(written)),
            End::Refused(error) => Err(error),
            // It opened nothing.
            End::SentBack => Ok(Reply::SentBack(ticket)),
        };
        answers.push((reply, answer));
    }
    drop(tokens);
    for (reply, result) in answers {
        answer(reply, result);
    }
}

/// The batch was certainly not written: nothing changed, everybody is told why.
pub(super) fn refuse(waiting: Vec<Waiting>, error: &Error) {
    let close = |Waiting { mut ticket, end, reply }| {
        match end {
            End::Changes(slot, ..) => ticket.not_written(slot),
            End::All { slots, .. } => {
                for (slot, ..) in slots {
                    ticket.not_written(slot);
                }
            }
            End::Rests(_) | End::Refused(_) | End::SentBack => {}
        }
        ticket.close();
        reply
    };
    fail(waiting.into_iter().map(close).collect(), error);
}

/// Nobody knows whether the batch will turn up: tickets close without an image.
pub(super) fn lose(waiting: Vec<Waiting>, error: &Error) {
    let close = |Waiting { ticket, reply, .. }| {
        ticket.close();
        reply
    };
    fail(waiting.into_iter().map(close).collect(), error);
}

/// Tells all the same, once all are closed.
fn fail(replies: Vec<oneshot::Sender<Result<Reply, Error>>>, error: &Error) {
    for reply in replies {
        answer(reply, Err(error.clone()));
    }
}

/// Answers, unless the client has hung up.
fn answer(reply: oneshot::Sender<Result<Reply, Error>>, result: Result<Reply, Error>) {
    drop(reply.send(result));
}
