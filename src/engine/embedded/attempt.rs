//! Evaluating a mutation where it was asked for, so that the writer only has to compare versions.
//!
//!     caller   snapshot, evaluate ── queue(version, outcome) ──────────────┐
//!     writer                      version as it was: take the outcome ─────┤
//!                                 another one: back to the caller, twice   │
//!                                 at most; then evaluate here ─────────────┘
//!
//! Must hold: what is refused here was judged on a snapshot that shows every acknowledged write,
//! and opens nothing.
//! Not here: what an outcome is (`evaluate.rs`), comparing versions (`batch.rs`).

use std::sync::Arc;

use super::EmbeddedEngine;
use super::evaluate::{Outcome, evaluate, stored_of, view_of};
use super::queued::{Queued, Reply, Work};
use super::reader::{ReadError, Reader, View};
use super::rows;
use super::writer::Command;
use crate::engine::{Change, Error, Mutation, Table, Written};
use crate::fence::{CommitNumber, WriteTicket};
use crate::model::{Image, ItemRef};

/// An evaluation of a mutation, and what it rests on.
pub(super) struct Attempt {
    /// The table, with the schema of that moment.
    pub(super) table: Arc<Table>,
    /// The version of the item; none if there was none.
    pub(super) version: Option<CommitNumber>,
    /// The item.
    pub(super) before: Image,
    /// What the mutation makes of it.
    pub(super) outcome: Outcome,
    /// Whether the writer may still send it back.
    pub(super) otherwise: Otherwise,
}

/// What the writer does with an attempt that rests on another version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Otherwise {
    /// It sends the mutation back.
    SendBack,
    /// It evaluates the mutation itself.
    Evaluate,
}

impl EmbeddedEngine {
    /// Evaluates what has to be, queues, and does so anew if the item changed meanwhile.
    pub(super) async fn carry_out(
        &self,
        mutation: Mutation,
        mut ticket: WriteTicket,
    ) -> Result<Written, Error> {
        let mutation = Arc::new(mutation);
        let mut sent_back = 0;
        loop {
            let otherwise = Otherwise::after(sent_back);
            let attempt = if depends_on_item(&mutation) {
                let table = self.table_of(&mutation)?;
                Some(Attempt::make(&self.reader, table, &mutation, otherwise).await?)
            } else {
                None
            };
            let claim = self.claim(bytes_held(&mutation, attempt.as_ref()))?;
            let mutation = Arc::clone(&mutation);
            let since = self.clock.monotonic();
            let work = Work::One(mutation, attempt);
            let queued = |reply| Queued { work, ticket, reply, since };
            let write = |reply| Command::Write(queued(reply), claim);
            match self.ask(write).await? {
                Reply::Written(written) => return Ok(*written),
                Reply::SentBack(back) => ticket = back,
                Reply::Transacted(_) => unreachable!("one mutation is answered by itself"),
            }
            sent_back += 1;
        }
    }

    pub(super) fn table_of(&self, mutation: &Mutation) -> Result<Arc<Table>, Error> {
        let id = mutation.key.table();
        self.catalog.load().table_of(id).cloned().ok_or_else(|| Error::no_table(id))
    }
}

impl Otherwise {
    /// What is done with an attempt after so many that were sent back.
    pub(super) fn after(sent_back: usize) -> Self {
        if sent_back < SENT_BACK_MAX { Self::SendBack } else { Self::Evaluate }
    }
}

impl Attempt {
    async fn make(
        reader: &Reader,
        table: Arc<Table>,
        mutation: &Arc<Mutation>,
        otherwise: Otherwise,
    ) -> Result<Self, Error> {
        let mutation = Arc::clone(mutation);
        let make = move |view: &View<'_>| Self::of(view, Arc::clone(&table), &mutation, otherwise);
        reader.look(make).await
    }

    /// An evaluation of the item that this view shows.
    pub(super) fn of(
        view: &View<'_>,
        table: Arc<Table>,
        mutation: &Mutation,
        otherwise: Otherwise,
    ) -> Result<Self, ReadError> {
        let key = &mutation.key;
        let value = view.item(key)?;
        let version = rows::version_of(key.table(), value.as_deref())?;
        let before = rows::image_of(key.table(), value)?;
        let outcome = evaluate(mutation, &before, &table.schema)?;
        Ok(Self { table, version, before, outcome, otherwise })
    }

    /// The size of the larger of the items before and after.
    pub(super) fn size(&self) -> usize {
        let size = |image| view_of(image).map_or(0, ItemRef::size);
        size(&self.before).max(size(&self.outcome.after))
    }

    pub(super) fn bytes_held(&self) -> usize {
        let before = stored_of(&self.before).map_or(0, <[u8]>::len);
        before + self.outcome.bytes_held()
    }

    /// Whether the outcome is that of this version of the item in this version of the table.
    pub(super) fn rests_on(&self, version: Option<CommitNumber>, table: &Arc<Table>) -> bool {
        let same_schema = || Arc::ptr_eq(&self.table, table) || self.table.schema == table.schema;
        self.version == version && same_schema()
    }
}

/// Whether the outcome is another one for another item.
fn depends_on_item(mutation: &Mutation) -> bool {
    let updates = match mutation.change {
        Change::Check | Change::Put(_) | Change::Delete => false,
        Change::Update { .. } => true,
    };
    updates || mutation.condition.is_some()
}

/// The bytes that a mutation keeps in memory while it is queued. Its expressions do not count:
/// whoever asked for it holds them too.
fn bytes_held(mutation: &Mutation, attempt: Option<&Attempt>) -> usize {
    match (attempt, &mutation.change) {
        (Some(attempt), _) => attempt.bytes_held(),
        (None, Change::Put(image)) => image.stored().len(),
        (None, Change::Check | Change::Delete | Change::Update { .. }) => 0,
    }
}

/// How often a mutation comes back before the writer evaluates it: it must not lose for ever
/// against others of its key.
const SENT_BACK_MAX: usize = 2;
