//! One batch: mutations evaluated in order over what the batch changes so far.
//!
//! Must hold: a mutation opens its ticket only once it is known to change something; each key is
//! written once, with the last of its values; totals move with their items.
//! Not here: committing, and what follows from success or failure (`writer.rs`).

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::rows;
use super::writer::{Queued, WriterTable};
use crate::engine::{Change, Error, Written};
use crate::fence::{CommitNumber, Slot, WriteTicket};
use crate::model::{Image, IndexId, ItemKey, TableId};
use crate::store::{Batch, Snapshot, SpaceId};

/// What a batch will write, and whom it will answer.
pub(super) struct Evaluated {
    changed: HashMap<ItemKey, Changed, ahash::RandomState>,
    totals: HashMap<TableId, Totals, ahash::RandomState>,
    waiting: Vec<Waiting>,
    last_commit: u64,
}

/// A table's items and bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Totals {
    pub(super) items: u64,
    pub(super) bytes: u64,
}

struct Changed {
    space: SpaceId,
    commit: u64,
    after: Image,
}

/// A mutation that waits for the sync.
struct Waiting {
    ticket: WriteTicket,
    brings: Option<(Slot, CommitNumber, Image)>,
    before: Image,
    reply: oneshot::Sender<Result<Written, Error>>,
}

impl Evaluated {
    /// A batch that follows the commit of that number.
    pub(super) fn after(last_commit: u64) -> Self {
        Self {
            changed: HashMap::default(),
            totals: HashMap::default(),
            waiting: Vec::new(),
            last_commit,
        }
    }

    /// Evaluates one mutation; one that cannot be is answered here and leaves no trace.
    pub(super) fn add(
        &mut self,
        queued: Queued,
        tables: &HashMap<TableId, WriterTable, ahash::RandomState>,
        snapshot: &dyn Snapshot,
    ) {
        let Queued { mutation, mut ticket, reply, .. } = queued;
        let table = mutation.key.table();
        let (space, before) = match self.before(&mutation.key, tables, snapshot) {
            Ok(found) => found,
            Err(error) => return answer(reply, Err(error)),
        };
        let after = match mutation.change {
            Change::Put(image) => Image::Item(image),
            Change::Delete => Image::Absent,
            Change::Update { .. } => unimplemented!(),
        };
        let brings = if let (Image::Absent, Image::Absent) = (&before, &after) {
            None
        } else {
            let slot = ticket.open(&mutation.key);
            ticket.touch(table, IndexId::TABLE, mutation.key.partition());
            self.last_commit += 1;
            Some((slot, CommitNumber::new(self.last_commit), after.clone()))
        };
        if brings.is_some() {
            let totals = self.totals.entry(table);
            totals.or_insert_with(|| tables[&table].totals).move_on(&before, &after);
            let changed = Changed { space, commit: self.last_commit, after };
            self.changed.insert(mutation.key, changed);
        }
        self.waiting.push(Waiting { ticket, brings, before, reply });
    }

    /// Whether nothing has to be written.
    pub(super) fn changes_nothing(&self) -> bool {
        self.changed.is_empty()
    }

    /// Mutations that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The rows to write.
    pub(super) fn rows(&self, system: SpaceId) -> Batch {
        let mut batch = Batch::new();
        for (key, Changed { space, commit, after }) in &self.changed {
            let row = rows::item_row(key);
            match after {
                Image::Item(image) => batch.put(*space, row, rows::item_value(*commit, image)),
                Image::Absent => batch.delete(*space, row),
            }
        }
        for (table, totals) in &self.totals {
            let value = rows::totals_value(totals.items, totals.bytes);
            batch.put(system, rows::totals_row(*table), value);
        }
        batch.put(system, rows::system_row("commit"), rows::number_value(self.last_commit));
        batch
    }

    /// The batch is durable: closes every ticket with its image, then answers.
    ///
    /// Gives the number of the last commit and the tables' new totals.
    pub(super) fn succeed(self) -> (u64, impl Iterator<Item = (TableId, Totals)>) {
        let mut answers = Vec::with_capacity(self.waiting.len());
        for Waiting { mut ticket, brings, before, reply } in self.waiting {
            if let Some((slot, number, image)) = brings {
                ticket.bring(slot, number, image);
            }
            ticket.close();
            answers.push((reply, before));
        }
        for (reply, before) in answers {
            answer(
                reply,
                Ok(Written {
                    after: before.clone(),
                    before,
                    indexes: Vec::new(),
                    collection_bytes: None,
                }),
            );
        }
        (self.last_commit, self.totals.into_iter())
    }

    /// The batch was certainly not written: nothing changed, everybody is told why.
    pub(super) fn refuse(self, error: &Error) {
        for Waiting { mut ticket, brings, reply, .. } in self.waiting {
            if let Some((slot, ..)) = brings {
                ticket.not_written(slot);
            }
            ticket.close();
            answer(reply, Err(error.clone()));
        }
    }

    /// Nobody knows whether the batch will turn up: tickets close without an image.
    pub(super) fn lose(self, error: &Error) {
        for Waiting { ticket, reply, .. } in self.waiting {
            ticket.close();
            answer(reply, Err(error.clone()));
        }
    }

    /// Where the key lies, and its image as the mutations before this one leave it.
    fn before(
        &self,
        key: &ItemKey,
        tables: &HashMap<TableId, WriterTable, ahash::RandomState>,
        snapshot: &dyn Snapshot,
    ) -> Result<(SpaceId, Image), Error> {
        if let Some(changed) = self.changed.get(key) {
            return Ok((changed.space, changed.after.clone()));
        }
        let table = key.table();
        let Some(WriterTable { space, .. }) = tables.get(&table) else {
            return Err(Error::NoTable { name: format!("number {}", table.get()) });
        };
        let value = snapshot.get(*space, &rows::item_row(key));
        let value = value.map_err(|error| Error::Store(Arc::new(error)))?;
        Ok((*space, rows::image_of(table, value)?))
    }
}

impl Totals {
    fn move_on(&mut self, before: &Image, after: &Image) {
        let held = |image: &Image| match image {
            Image::Item(image) => (1, image.view().size() as u64),
            Image::Absent => (0, 0),
        };
        let ((items_before, bytes_before), (items_after, bytes_after)) =
            (held(before), held(after));
        // Saturating: totals that a damaged row put wrong must not stop the writer.
        self.items = (self.items + items_after).saturating_sub(items_before);
        self.bytes = (self.bytes + bytes_after).saturating_sub(bytes_before);
    }
}

/// Answers, unless the client has hung up.
fn answer<T>(reply: oneshot::Sender<Result<T, Error>>, result: Result<T, Error>) {
    drop(reply.send(result));
}
