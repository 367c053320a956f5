//! One batch: mutations evaluated in order over what the batch changes so far.
//!
//! Must hold: a mutation opens its ticket only once it is known to change something; each row is
//! written once, with the last of its values; index entries, totals and collections move with
//! their items.
//! Not here: committing, and what follows from success or failure (`writer.rs`, `waiting.rs`).

use std::collections::HashMap;
use std::sync::Arc;

use super::attempt::{Attempt, Otherwise};
use super::collections::Collections;
use super::entries::{EntryChange, EntryFate, Place};
use super::evaluate::{Outcome, evaluate, stored_of, view_of};
use super::queued::{Queued, Work};
use super::stored::{Changed, Stored};
use super::tokens::Over;
use super::totals::Totals;
use super::waiting::{End, Waiting};
use super::writer::WriterTable;
use super::{expiry, index_rows, rows, tokens};
use crate::engine::{Change, Error, Mutation, Token, Written};
use crate::fence::{CommitNumber, Slot, WriteTicket};
use crate::model::{Image, IndexId, IndexSchema, ItemKey, TableId};
use crate::store::{Batch, Snapshot, SpaceId};

/// What a batch rests on: the state after the one before.
pub(super) struct Ground<'a> {
    pub(super) tables: &'a HashMap<TableId, WriterTable, ahash::RandomState>,
    pub(super) snapshot: &'a dyn Snapshot,
    pub(super) collection_bytes_max: u64,
    pub(super) system: SpaceId,
    pub(super) now_ms: u64,
    /// No token that is remembered ends earlier.
    pub(super) tokens_from_ms: u64,
}

/// What a batch will write, and whom it will answer.
pub(super) struct Evaluated {
    changed: HashMap<ItemKey, Changed, ahash::RandomState>,
    rows: Batch,
    totals: Totals,
    pub(super) collections: Collections,
    /// Tokens to remember, and until when.
    pub(super) tokens: Vec<(Token, u64)>,
    /// Tokens whose time is over, once they were looked for.
    pub(super) tokens_over: Option<Over>,
    waiting: Vec<Waiting>,
    pub(super) bytes: usize,
    /// Attempts that rested on another version and were evaluated here.
    evaluations: usize,
    last_commit: u64,
}

/// What the writer makes of a mutation.
pub(super) enum Verdict {
    /// It goes back to its caller, who evaluated another version.
    SendBack,
    /// It has this outcome.
    Take(Image, Outcome),
}

impl Evaluated {
    /// A batch that follows the commit of that number.
    pub(super) fn after(last_commit: u64) -> Self {
        Self {
            changed: HashMap::default(),
            rows: Batch::new(),
            totals: Totals::default(),
            collections: Collections::default(),
            tokens: Vec::new(),
            tokens_over: None,
            waiting: Vec::new(),
            bytes: 0,
            evaluations: 0,
            last_commit,
        }
    }

    /// Takes or makes the outcome of one mutation; one that is refused leaves no trace but its
    /// answer, which waits with the others.
    pub(super) fn add(&mut self, queued: Queued, ground: &Ground<'_>) {
        let Queued { work, mut ticket, reply, since: _ } = queued;
        let end = match work {
            Work::One(mutation, attempt) => self.one(&mutation, attempt, &mut ticket, ground),
            Work::All(transaction) => self.all(transaction, &mut ticket, ground),
        };
        let end = end.unwrap_or_else(End::Refused);
        self.waiting.push(Waiting { ticket, end, reply });
    }

    /// Whether nothing has to be written.
    pub(super) fn changes_nothing(&self) -> bool {
        self.changed.is_empty() && self.tokens.is_empty()
    }

    /// Mutations that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The bytes of the items and entries that the mutations make and of those that they take away,
    /// together: what is taken away is held until the answer.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Mutations that had to be evaluated here although their callers had done so.
    pub(super) fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Takes out the rows to write.
    pub(super) fn take_rows(&mut self, system: SpaceId) -> Batch {
        let mut batch = std::mem::take(&mut self.rows);
        self.collections.write(&mut batch);
        self.totals.write(system, &mut batch);
        for row in self.tokens_over.iter_mut().flat_map(|over| over.rows.drain(..)) {
            batch.delete(system, row);
        }
        for (token, end_ms) in &self.tokens {
            tokens::put(&mut batch, system, token, *end_ms);
        }
        batch.put(system, rows::system_row("commit"), rows::number_value(self.last_commit));
        batch
    }

    /// What is left when the rows are written or lost: who waits, and what a success counts.
    pub(super) fn into_parts(self) -> (Vec<Waiting>, Totals, u64) {
        (self.waiting, self.totals, self.last_commit)
    }

    fn one(
        &mut self,
        mutation: &Mutation,
        attempt: Option<Attempt>,
        ticket: &mut WriteTicket,
        ground: &Ground<'_>,
    ) -> Result<End, Error> {
        let Verdict::Take(before, outcome) = self.judge(mutation, attempt, ground)? else {
            return Ok(End::SentBack);
        };
        let written = self.weigh(mutation, before, &outcome, ground)?;
        let slot = self.apply(mutation, ticket, &written, &outcome.entries, ground)?;
        let written = Box::new(written);
        Ok(match slot {
            Some((slot, commit)) => End::Changes(slot, commit, written),
            None => End::Rests(written),
        })
    }

    pub(super) fn judge(
        &mut self,
        mutation: &Mutation,
        attempt: Option<Attempt>,
        ground: &Ground<'_>,
    ) -> Result<Verdict, Error> {
        let id = mutation.key.table();
        let table = ground.table(id)?;
        let stored = self.stored(&mutation.key, table.space, ground.snapshot)?;
        let (before, mut outcome) = match attempt {
            Some(attempt) if attempt.rests_on(stored.version(id)?, &table.table) => {
                (attempt.before, attempt.outcome)
            }
            Some(Attempt { otherwise: Otherwise::SendBack, .. }) => return Ok(Verdict::SendBack),
            attempt @ (Some(Attempt { otherwise: Otherwise::Evaluate, .. }) | None) => {
                let before = stored.image(id)?;
                self.evaluations += usize::from(attempt.is_some());
                let outcome = evaluate(mutation, &before, &table.table.schema)?;
                (before, outcome)
            }
        };
        if let Some(building) = &table.building {
            building.leave_to_later(&mutation.key, &mut outcome.entries);
        }
        Ok(Verdict::Take(before, outcome))
    }

    /// The item as the mutations before this one leave it.
    fn stored(
        &self,
        key: &ItemKey,
        space: SpaceId,
        snapshot: &dyn Snapshot,
    ) -> Result<Stored<'_>, Error> {
        if let Some(changed) = self.changed.get(key) {
            return Ok(Stored::Changed(changed));
        }
        let value = snapshot.get(space, &rows::item_row(key));
        Ok(Stored::Row(value.map_err(|error| Error::Store(Arc::new(error)))?))
    }

    /// What an outcome comes to, or why it is refused; nothing is opened yet.
    pub(super) fn weigh(
        &self,
        mutation: &Mutation,
        before: Image,
        outcome: &Outcome,
        ground: &Ground<'_>,
    ) -> Result<Written, Error> {
        let Outcome { after, entries } = outcome;
        let charged = entries.iter().map(|entry| (entry.index, entry.units()));
        let collection_bytes =
            self.collection_bytes(&mutation.key, [&before, after], entries, ground)?;
        Ok(Written {
            indexes: charged.filter(|(_, units)| *units > 0).collect(),
            collection_bytes,
            before,
            after: after.clone(),
        })
    }

    /// Takes what a mutation comes to into the batch; tells the write that it is, if it is one.
    pub(super) fn apply(
        &mut self,
        mutation: &Mutation,
        ticket: &mut WriteTicket,
        written: &Written,
        entries: &[EntryChange],
        ground: &Ground<'_>,
    ) -> Result<Option<(Slot, CommitNumber)>, Error> {
        let key = &mutation.key;
        let WriterTable { space, table, log, .. } = ground.table(key.table())?;
        self.bytes += [&written.before, &written.after].map(bytes_held).iter().sum::<usize>();
        let is_nothing =
            matches!((&written.before, &written.after), (Image::Absent, Image::Absent));
        if is_nothing || matches!(mutation.change, Change::Check) {
            return Ok(None);
        }
        let slot = ticket.open(key);
        touch(key, entries, ticket);
        self.last_commit += 1;
        let commit = CommitNumber::new(self.last_commit);
        self.write_item(*space, key, &written.after, commit);
        expiry::follow(&mut self.rows, *space, table, key, written);
        if let Some(log) = log {
            let rows = &mut self.rows;
            self.bytes += log.append(rows, key, commit, written, mutation.origin, ground.now_ms);
        }
        for entry in entries {
            self.write_entry(*space, key, entry, commit);
            self.totals.move_on(table, entry.index, entry.sizes());
        }
        let sizes = [&written.before, &written.after].map(size_of);
        self.totals.move_on(table, IndexId::TABLE, sizes);
        if let Some(bytes) = written.collection_bytes {
            self.collections.set(*space, key, bytes);
        }
        Ok(Some((slot, commit)))
    }

    /// Notes what a mutation that is weighed leaves of its collection, for those behind it.
    pub(super) fn note_collection(
        &mut self,
        key: &ItemKey,
        written: &Written,
        ground: &Ground<'_>,
    ) -> Result<(), Error> {
        if let Some(bytes) = written.collection_bytes {
            self.collections.set(ground.table(key.table())?.space, key, bytes);
        }
        Ok(())
    }

    /// The bytes of the item's collection after the mutation, which may not grow beyond the limit;
    /// none if the table has no local index.
    fn collection_bytes(
        &self,
        key: &ItemKey,
        images: [&Image; 2],
        entries: &[EntryChange],
        ground: &Ground<'_>,
    ) -> Result<Option<u64>, Error> {
        let WriterTable { space, table, .. } = ground.table(key.table())?;
        if !table.schema.indexes.iter().any(IndexSchema::is_local) {
            return Ok(None);
        }
        let [mut gone, mut come] = images.map(|image| size_of(image).unwrap_or(0));
        for entry in entries.iter().filter(|entry| entry.is_local()) {
            let [before, after] = entry.sizes();
            gone += before.unwrap_or(0);
            come += after.unwrap_or(0);
        }
        let stored = self.collections.size(*space, key, ground.snapshot)?;
        let bytes = (stored + come).saturating_sub(gone);
        if come > gone && bytes > ground.collection_bytes_max {
            return Err(Error::CollectionTooLarge { bytes });
        }
        Ok(Some(bytes))
    }

    fn write_item(&mut self, space: SpaceId, key: &ItemKey, after: &Image, commit: CommitNumber) {
        let row = rows::item_row(key);
        match after {
            Image::Item(image) => {
                self.rows.put(space, row, rows::item_value(commit.get(), image));
            }
            Image::Absent => self.rows.delete(space, row),
        }
        self.changed.insert(key.clone(), Changed { commit, after: after.clone() });
    }

    fn write_entry(
        &mut self,
        space: SpaceId,
        key: &ItemKey,
        change: &EntryChange,
        commit: CommitNumber,
    ) {
        let row = |place: &Place| index_rows::entry_row(change.index, &place.key, key);
        match &change.fate {
            EntryFate::Left(before) | EntryFate::Moved(before, _) => {
                self.bytes += usize::try_from(before.size).unwrap_or(usize::MAX);
                self.rows.delete(space, row(before));
            }
            EntryFate::Entered(_) | EntryFate::Changed(..) | EntryFate::Stays(_) => {}
        }
        if let Some(entry) = change.fate.written() {
            let value = index_rows::entry_value(commit.get(), &entry.item);
            self.bytes += entry.item.stored().len();
            self.rows.put(space, row(&entry.place), value);
        }
    }
}

impl Ground<'_> {
    fn table(&self, id: TableId) -> Result<&WriterTable, Error> {
        self.tables.get(&id).ok_or_else(|| Error::no_table(id))
    }
}

/// Tells which partitions the mutation changes: the item's, which local indexes share, and those
/// that its entries in global indexes leave, enter or stay in.
fn touch(key: &ItemKey, entries: &[EntryChange], ticket: &mut WriteTicket) {
    ticket.touch(key.table(), IndexId::TABLE, key.partition());
    for change in entries.iter().filter(|change| !change.is_local()) {
        for partition in change.partitions() {
            ticket.touch(key.table(), change.index, partition);
        }
    }
}

/// What a mutation of a transaction takes in memory besides its key and images, about.
pub(super) const MUTATION_BYTES: usize = 512;

fn bytes_held(image: &Image) -> usize {
    stored_of(image).map_or(0, <[u8]>::len)
}

fn size_of(image: &Image) -> Option<u64> {
    view_of(image).map(|item| item.size() as u64)
}
