//! Pages of tables and indexes, each read from one snapshot.
//!
//!     rows of the scope, behind `after`
//!      └ chunk by chunk ─> counted ─> fetched, for an entry of a local index ─> filter ─> projection
//!
//! A page ends behind its last row, when `limit` items were looked at, or before the next row once
//! what was looked at has [`PAGE_BYTES_MAX`]: the item that crosses the line is still in it. It
//! also ends, with a place to go on from, once its filter has looked at [`FILTER_BYTES_MAX`], for
//! a filter may compare every item with megabytes of the request; and once its items take
//! [`JSON_BYTES_MAX`], for a short number may have many zeros.
//!
//! Must hold: at least one item is looked at if there is one; no more of a range is read than a
//! chunk beyond what the page looks at; a filtered item is let go at once. Items keep the memory
//! of the store's rows, which may hold their neighbours too: a page is for an answer, not to keep.
//! Not here: which rows a scope has (`index_rows.rs`), threads and deadlines (`reader.rs`).

use bytes::Bytes;

use super::reader::{ReadError, View, of_store};
use super::{index_rows, rows};
use crate::api::Order;
use crate::engine::{Error, ItemSource, Page, PageAnswer, PageRead};
use crate::expr::{Prepared, Work};
use crate::model::ItemBytes;
use crate::store::{self, Chunk, ChunkLimit, Direction, KeyRange, Snapshot, SpaceId};

/// Reads a page.
pub(super) fn page(view: &View<'_>, read: &PageRead) -> Result<Page, ReadError> {
    // A table that is gone, or goes meanwhile: an empty page would tell whoever pages through it
    // that all was read.
    let gone = || ReadError::Final(Error::no_table(read.table));
    let space = view.space(read.table).ok_or_else(gone)?;
    let snapshot = view.snapshot();
    match Reading::new(snapshot, space, read).run() {
        Ok(page) => Ok(page),
        Err(Failure::Store(store::Error::NoSpace(_))) => Err(gone()),
        Err(Failure::Store(error)) => Err(of_store(error)),
        Err(Failure::Final(error)) => Err(ReadError::Final(error)),
    }
}

/// A page that is being read.
struct Reading<'a> {
    snapshot: &'a dyn Snapshot,
    space: SpaceId,
    read: &'a PageRead,
    filter: Option<Prepared<'a>>,
    /// What it has so far; its `last` is the row that was looked at last.
    page: Page,
    /// The sizes of all that was looked at, fetched items included.
    bytes: u64,
    /// What the filter has done.
    work: Work,
    /// How long the JSON of the items is at most.
    json_bytes: usize,
}

enum Failure {
    Store(store::Error),
    Final(Error),
}

impl<'a> Reading<'a> {
    fn new(snapshot: &'a dyn Snapshot, space: SpaceId, read: &'a PageRead) -> Self {
        Self {
            snapshot,
            space,
            read,
            filter: read.filter.as_ref().map(|filter| filter.prepared()),
            page: Page::default(),
            bytes: 0,
            work: Work::default(),
            json_bytes: 0,
        }
    }

    fn run(mut self) -> Result<Page, Failure> {
        let mut rest = Some(range(self.read));
        let mut chunk_bytes = CHUNK_BYTES_MIN;
        while let Some(range) = rest {
            let chunk = self.chunk(&range, chunk_bytes)?;
            for (row, value) in chunk.rows {
                if self.bytes >= PAGE_BYTES_MAX {
                    return Ok(self.page);
                }
                self.look_at(&row, &value)?;
                if self.left() == 0 || self.is_dear() {
                    return Ok(self.page);
                }
            }
            rest = chunk.rest;
            chunk_bytes = (2 * chunk_bytes).min(CHUNK_BYTES_MAX);
        }
        self.page.last = None;
        Ok(self.page)
    }

    /// The next rows: no more than may be looked at, and near enough no more bytes; one row once
    /// the page is full, to see whether there is one.
    fn chunk(&self, range: &KeyRange, bytes_max: u64) -> Result<Chunk, Failure> {
        let bytes_left = PAGE_BYTES_MAX.saturating_sub(self.bytes).max(1);
        let bytes_max = usize::try_from(bytes_max.min(bytes_left)).unwrap_or(usize::MAX);
        let limit = ChunkLimit { rows_max: self.left(), bytes_max };
        let chunk = self.snapshot.range(self.space, range, direction(self.read.order), limit);
        chunk.map_err(Failure::Store)
    }

    /// How many items may still be looked at.
    fn left(&self) -> usize {
        self.read.limit.map_or(usize::MAX, |limit| limit.max(1) - self.page.scanned)
    }

    /// Whether the page has cost so much that it ends here, however few items it has.
    fn is_dear(&self) -> bool {
        self.work.bytes() >= FILTER_BYTES_MAX || self.json_bytes >= JSON_BYTES_MAX
    }

    fn look_at(&mut self, row: &Bytes, value: &Bytes) -> Result<(), Failure> {
        let found = rows::item_of(self.read.table, value).map_err(Failure::Final)?;
        let row_bytes = found.view().size() as u64;
        self.page.scanned += 1;
        self.page.row_bytes += row_bytes;
        self.page.last = Some(found.clone());
        self.bytes += row_bytes;
        let item = match self.read.source {
            ItemSource::Rows => found,
            ItemSource::Table => self.fetched(row)?,
        };
        let work = &mut self.work;
        if self.filter.as_ref().is_none_or(|filter| filter.holds(Some(item.view()), work)) {
            self.take(item);
        }
        Ok(())
    }

    /// The item of a local index's entry. It is as old as the entry: they commit together.
    fn fetched(&mut self, row: &Bytes) -> Result<ItemBytes, Failure> {
        let table = self.read.table;
        let damaged = || Failure::Final(Error::Damaged { table: table.get() });
        let row = index_rows::item_row_of_local_entry(row).ok_or_else(damaged)?;
        let value = self.snapshot.get(self.space, &row).map_err(Failure::Store)?;
        let item = rows::item_of(table, &value.ok_or_else(damaged)?).map_err(Failure::Final)?;
        let item_bytes = item.view().size() as u64;
        self.page.fetched_bytes.push(item_bytes);
        self.bytes += item_bytes;
        Ok(item)
    }

    fn take(&mut self, item: ItemBytes) {
        self.page.count += 1;
        match self.read.answer {
            PageAnswer::Count => {}
            PageAnswer::Items => {
                let item = match &self.read.projection {
                    Some(projection) => projection.project(item.view()),
                    None => item,
                };
                self.json_bytes += item.json_bytes_max();
                self.page.items.push(item);
            }
        }
    }
}

/// The rows that the page begins with.
fn range(read: &PageRead) -> KeyRange {
    let scope = index_rows::scope_range(read.index, &read.scope);
    let Some(after) = &read.after else { return scope };
    let row = index_rows::position_row(read.index, after);
    index_rows::behind(&scope, &row, direction(read.order))
}

fn direction(order: Order) -> Direction {
    match order {
        Order::Ascending => Direction::Forward,
        Order::Descending => Direction::Backward,
    }
}

/// What a page looks at before it ends, but for the item that crosses the line.
const PAGE_BYTES_MAX: u64 = 1 << 20;
/// What a page's filter looks at: some tenths of a second, where a filter of the usual kind takes
/// a few MiB for a whole page.
const FILTER_BYTES_MAX: u64 = 256 << 20;
/// The JSON of a page, but for the item that crosses the line; usually it is a MiB or two.
const JSON_BYTES_MAX: usize = 16 << 20;
/// Chunks grow from one to the other: entries of an index may be small and what is fetched for
/// them large.
const CHUNK_BYTES_MIN: u64 = 16 << 10;
const CHUNK_BYTES_MAX: u64 = 256 << 10;

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
