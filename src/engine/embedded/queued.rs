//! What waits for the writer, and how it comes back.
//!
//! Not here: the queue and its order (`writer.rs`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::attempt::Attempt;
use super::transaction::QueuedTransaction;
use crate::engine::{Error, Mutation, Written};
use crate::fence::WriteTicket;
use crate::model::TableId;

/// What is to be written, in the queue, with its ticket.
pub(super) struct Queued {
    pub(super) work: Work,
    pub(super) ticket: WriteTicket,
    pub(super) reply: oneshot::Sender<Result<Reply, Error>>,
    /// When it was queued.
    pub(super) since: Duration,
}

/// What is to be written.
pub(super) enum Work {
    /// One mutation, with what its caller evaluated unless it is evaluated here.
    One(Arc<Mutation>, Option<Attempt>),
    /// All mutations of a transaction.
    All(QueuedTransaction),
}

impl Work {
    /// How many mutations it has.
    pub(super) fn mutations(&self) -> usize {
        match self {
            Self::One(..) => 1,
            Self::All(transaction) => transaction.len(),
        }
    }

    /// The table of each mutation.
    pub(super) fn tables(&self) -> impl Iterator<Item = TableId> {
        let mutations = match self {
            Self::One(mutation, _) => std::slice::from_ref(&**mutation),
            Self::All(transaction) => transaction.mutations(),
        };
        mutations.iter().map(|mutation| mutation.key.table())
    }
}

/// How work that was not refused comes back.
pub(super) enum Reply {
    /// The mutation is done.
    Written(Box<Written>),
    /// All mutations are.
    Transacted(Vec<Written>),
    /// The item is another one than the caller evaluated: to be evaluated again.
    SentBack(WriteTicket),
}
