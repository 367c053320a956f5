//! Transactions: several mutations evaluated on one snapshot, and taken into one batch or not at all.
//!
//!     caller   token held │ one snapshot: token known? evaluate all ── queue(versions, outcomes)
//!     writer                all versions as they were: weigh all, then take all into the batch
//!                           one is another: back to the caller, twice at most; then evaluate here
//!
//! Must hold: nothing of a transaction is in a batch unless all of it is; all mutations are judged
//! by the state before it, and every one that is refused is told; what a token remembers is in the
//! batch of its transaction.
//! Not here: single mutations (`attempt.rs`, `batch.rs`), the rows of tokens (`tokens.rs`).

use std::sync::Arc;

use super::EmbeddedEngine;
use super::attempt::{Attempt, Otherwise};
use super::batch::{Evaluated, Ground, MUTATION_BYTES, Verdict};
use super::evaluate::Outcome;
use super::queued::{Queued, Reply, Work};
use super::reader::{ReadError, View, of_store};
use super::rows;
use super::tokens::{self, Held, Remembered};
use super::waiting::End;
use super::writer::Command;
use crate::api::check_transaction_size;
use crate::engine::{Error, Mutation, Token, Transacted, Transaction, Written};
use crate::fence::WriteTicket;
use crate::model::Image;
use crate::store::SpaceId;

/// A transaction in the queue, with what its caller evaluated.
pub(super) struct QueuedTransaction {
    transaction: Arc<Transaction>,
    attempts: Vec<Attempt>,
    /// Its token, until its fate is known.
    held: Option<Arc<Held>>,
}

impl QueuedTransaction {
    /// How many mutations it has.
    pub(super) fn len(&self) -> usize {
        self.attempts.len()
    }

    /// Its mutations.
    pub(super) fn mutations(&self) -> &[Mutation] {
        &self.transaction.mutations
    }
}

/// What a caller's look at the items comes to.
enum Looked {
    /// They are evaluated.
    Evaluated(Vec<Attempt>),
    /// The transaction was carried out before; this is there now.
    Before(Vec<Image>),
}

impl EmbeddedEngine {
    /// Evaluates, queues, and does so anew if an item changed meanwhile.
    pub(super) async fn carry_out_all(
        &self,
        transaction: Transaction,
        mut ticket: WriteTicket,
    ) -> Result<Transacted, Error> {
        let held = transaction.token.as_ref().map(|token| self.tokens.hold(token)).transpose()?;
        let transaction = Arc::new(transaction);
        let mut sent_back = 0;
        loop {
            let otherwise = Otherwise::after(sent_back);
            let attempts = match self.look_at_all(&transaction, otherwise).await? {
                Looked::Evaluated(attempts) => attempts,
                Looked::Before(images) => return Ok(Transacted::Before(images)),
            };
            let keys = transaction.mutations.iter().map(|it| it.key.bytes().len() + MUTATION_BYTES);
            let claim = attempts.iter().map(Attempt::bytes_held).chain(keys).sum();
            let claim = self.claim(claim)?;
            let (transaction, held) = (Arc::clone(&transaction), held.clone());
            let work = Work::All(QueuedTransaction { transaction, attempts, held });
            let since = self.clock.monotonic();
            let queued = |reply| Queued { work, ticket, reply, since };
            match self.ask(|reply| Command::Write(queued(reply), claim)).await? {
                Reply::Transacted(written) => return Ok(Transacted::Done(written)),
                Reply::SentBack(back) => ticket = back,
                Reply::Written(_) => unreachable!("a transaction is answered as one"),
            }
            sent_back += 1;
        }
    }

    /// The items as they are now, if it was carried out under its token.
    pub(super) async fn find_carried_out(
        &self,
        transaction: Transaction,
    ) -> Result<Option<Vec<Image>>, Error> {
        let Some(token) = &transaction.token else { return Ok(None) };
        let _held = self.tokens.hold(token)?;
        let (system, now_ms) = (self.system, self.clock.unix_ms());
        let look = move |view: &View<'_>| images_if_done(&transaction, view, system, now_ms);
        self.reader.look(look).await
    }

    async fn look_at_all(
        &self,
        transaction: &Arc<Transaction>,
        otherwise: Otherwise,
    ) -> Result<Looked, Error> {
        let tables = transaction.mutations.iter().map(|mutation| self.table_of(mutation));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let transaction = Arc::clone(transaction);
        let (system, now_ms) = (self.system, self.clock.unix_ms());
        let look = move |view: &View<'_>| {
            if let Some(images) = images_if_done(&transaction, view, system, now_ms)? {
                return Ok(Looked::Before(images));
            }
            let (mut all, mut size) = (AllOrNone::default(), 0);
            for (mutation, table) in transaction.mutations.iter().zip(&tables) {
                match Attempt::of(view, Arc::clone(table), mutation, otherwise) {
                    Err(ReadError::Final(error)) => all.add(Err(error))?,
                    Err(between @ ReadError::Between) => return Err(between),
                    Ok(attempt) => {
                        size += attempt.size();
                        check_transaction_size([size]).map_err(Error::Api)?;
                        all.add(Ok(attempt))?;
                    }
                }
            }
            Ok(Looked::Evaluated(all.end()?))
        };
        self.reader.look(look).await
    }
}

impl Evaluated {
    /// Takes all mutations of a transaction, or refuses them before anything is opened.
    pub(super) fn all(
        &mut self,
        queued: QueuedTransaction,
        ticket: &mut WriteTicket,
        ground: &Ground<'_>,
    ) -> Result<End, Error> {
        let QueuedTransaction { transaction, attempts, held } = queued;
        let mut judged = AllOrNone::default();
        for (mutation, attempt) in transaction.mutations.iter().zip(attempts) {
            match self.judge(mutation, Some(attempt), ground) {
                Ok(Verdict::SendBack) => return Ok(End::SentBack),
                Ok(Verdict::Take(before, outcome)) => judged.add(Ok((before, outcome)))?,
                Err(error) => judged.add(Err(error))?,
            }
        }
        let judged = judged.end()?;
        // From the first mutation that is applied on, nothing may fail.
        if transaction.token.is_some() {
            self.look_at_tokens(ground)?;
        }
        let weighed = self.weigh_all(&transaction, judged, ground)?;
        self.bytes += weighed.len() * MUTATION_BYTES;
        let mut slots = Vec::with_capacity(weighed.len());
        let mut written = Vec::with_capacity(weighed.len());
        for (mutation, (done, outcome)) in transaction.mutations.iter().zip(weighed) {
            let slot = self.apply(mutation, ticket, &done, &outcome.entries, ground)?;
            slots.extend(slot.map(|(slot, number)| (slot, number, written.len())));
            written.push(done);
        }
        if let Some(token) = &transaction.token {
            self.remember(token.clone(), ground);
        }
        Ok(End::All { slots, written, held })
    }

    /// What all mutations come to, with the collections as they leave them one after the other.
    fn weigh_all(
        &mut self,
        transaction: &Transaction,
        judged: Vec<(Image, Outcome)>,
        ground: &Ground<'_>,
    ) -> Result<Vec<(Written, Outcome)>, Error> {
        let before = self.collections.mark();
        let weigh = || {
            let mut all = AllOrNone::default();
            for (mutation, (image, outcome)) in transaction.mutations.iter().zip(judged) {
                let weighed = self.weigh(mutation, image, &outcome, ground);
                if let Ok(written) = &weighed {
                    self.note_collection(&mutation.key, written, ground)?;
                }
                all.add(weighed.map(|written| (written, outcome)))?;
            }
            all.end()
        };
        let weighed = weigh();
        weighed.inspect_err(|_| self.collections.go_back(before))
    }

    /// Looks for tokens whose time is over, which the batch takes away as it remembers others.
    pub(super) fn look_at_tokens(&mut self, ground: &Ground<'_>) -> Result<(), Error> {
        if self.tokens_over.is_none() {
            let Ground { snapshot, system, tokens_from_ms, now_ms, .. } = ground;
            let over = tokens::over(*snapshot, *system, *tokens_from_ms, *now_ms);
            self.tokens_over = Some(over.map_err(|error| Error::Store(Arc::new(error)))?);
        }
        Ok(())
    }

    /// Remembers a token with the batch.
    pub(super) fn remember(&mut self, token: Token, ground: &Ground<'_>) {
        self.tokens.push((token, ground.now_ms + TOKEN_MS));
    }

    /// Once it is committed, no token that is remembered ends earlier; none if it knows nothing new.
    pub(super) fn tokens_from_ms(&self) -> Option<u64> {
        let over = self.tokens_over.as_ref()?;
        let ends = self.tokens.iter().map(|(_, end_ms)| *end_ms);
        ends.chain([over.next_ms]).min()
    }
}

/// Results of all mutations, or why they are cancelled.
struct AllOrNone<T> {
    done: Vec<T>,
    refusals: Vec<Option<Error>>,
}

impl<T> Default for AllOrNone<T> {
    fn default() -> Self {
        Self { done: Vec::new(), refusals: Vec::new() }
    }
}

impl<T> AllOrNone<T> {
    /// Adds the next one; an error that is not of its item ends all of them.
    fn add(&mut self, result: Result<T, Error>) -> Result<(), Error> {
        match result {
            Ok(done) => {
                self.done.push(done);
                self.refusals.push(None);
            }
            Err(error) if error.is_of_item() => self.refusals.push(Some(error)),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn end(self) -> Result<Vec<T>, Error> {
        if self.refusals.iter().any(Option::is_some) {
            return Err(Error::Cancelled(self.refusals));
        }
        Ok(self.done)
    }
}

/// The items as they are now, if the transaction was carried out under its token.
fn images_if_done(
    transaction: &Transaction,
    view: &View<'_>,
    system: SpaceId,
    now_ms: u64,
) -> Result<Option<Vec<Image>>, ReadError> {
    if !was_done(transaction, view, system, now_ms)? {
        return Ok(None);
    }
    let keys = transaction.mutations.iter().map(|mutation| &mutation.key);
    keys.map(|key| Ok(rows::image_of(key.table(), view.item(key)?)?))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Whether the transaction was carried out under its token; an error if another one was.
fn was_done(
    transaction: &Transaction,
    view: &View<'_>,
    system: SpaceId,
    now_ms: u64,
) -> Result<bool, ReadError> {
    let Some(token) = &transaction.token else { return Ok(false) };
    match tokens::find(view.snapshot(), system, token).map_err(of_store)? {
        Some(Remembered { digest, end_ms }) if end_ms > now_ms => {
            if digest == token.digest {
                Ok(true)
            } else {
                Err(Error::TokenMismatch.into())
            }
        }
        Some(_) | None => Ok(false),
    }
}

/// How long a token is remembered, as DynamoDB does it.
const TOKEN_MS: u64 = 10 * 60 * 1_000;
