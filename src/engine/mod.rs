//! Table engines: who holds the truth that the cache is kept exact with.
//!
//! Must hold: [`TableEngine::write`] takes its ticket by value, opens it once it knows what the
//! mutation changes, and closes it before it answers, whether or not anybody still waits.
//! Not here: the cache, requests and their wires.

pub mod embedded;
pub mod upstream;

mod backup;
mod buckets;
mod catalog;
mod error;
mod settling;
mod stream;

use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::api::{
    Consistency, CreateTable, Order, PolicyResource, ResourcePolicy, ResourcePolicyChange,
    SequenceNumber, TableChange, TableName, TimeToLiveSpecification,
};
use crate::expr::{Condition, Projection, Update};
use crate::fence::WriteTicket;
use crate::model::{Image, IndexId, IndexKey, ItemBytes, ItemImage, ItemKey, Segment, TableId};

pub use self::embedded::{StoreSnapshot, TableSnapshot};
pub use backup::{RestoreEnd, RestoreTable};
pub use buckets::{Bucket, Buckets};
pub use catalog::{Catalog, LeavingIndex, Table, TableIndex, TableTotals, TimeToLive};
pub use error::{Error, ReadOnly};
pub use settling::{Setting, Settling, Unsettled};
pub use stream::{
    Closed, Record, Seek, Shard, ShardNumber, Stream, StreamId, StreamPage, StreamRead, StreamSeek,
};

/// What a future of an engine looks like behind `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// What fills the caches: tables that can be read, wherever they are.
pub trait TableReader: Send + Sync {
    /// The tables, replaced whole with each change.
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>>;

    /// Reads one key as it is after this call.
    fn read(&self, key: ItemKey) -> Pending<'_, Image>;

    /// Reads several keys as they are after this call; of an embedded engine, from one snapshot. A
    /// service may leave some unread, of which nothing is told.
    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Option<Image>>>;

    /// Reads one key past whatever the engine may be allowed to read in its place.
    fn read_consistent(&self, key: ItemKey) -> Pending<'_, Image> {
        self.read(key)
    }

    /// The same for several keys.
    fn read_many_consistent(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Option<Image>>> {
        self.read_many(keys)
    }

    /// Reads a page as it is after this call, within the engine's deadline; of an embedded engine,
    /// from one snapshot.
    fn page(&self, read: PageRead) -> Pending<'_, Page>;

    /// Whether the engine takes writes, and if not, why.
    fn writable(&self) -> Result<(), ReadOnly>;
}

/// A store of tables of this process.
pub trait TableEngine: TableReader {
    /// Changes one item. The answer comes once the change is as durable as the engine promises.
    fn write(&self, mutation: Mutation, ticket: WriteTicket) -> Pending<'_, Written>;

    /// Changes several items at once, or none. Answered as [`TableEngine::write`] is.
    fn transact(&self, transaction: Transaction, ticket: WriteTicket) -> Pending<'_, Transacted>;

    /// The items as they are now of a transaction that was carried out before, under its token; none
    /// of one that was not, or has no token.
    fn carried_out(&self, transaction: Transaction) -> Pending<'_, Option<Vec<Image>>>;

    /// Makes a table; the answer is its description while it is being made.
    fn create_table(&self, create: CreateTable) -> Pending<'_, Arc<Table>>;

    /// Changes a table; the answer is its description while it is being changed.
    fn alter_table(&self, name: TableName, alteration: Alteration) -> Pending<'_, Arc<Table>>;

    /// Does a bounded piece of the work that the table's indexes have left: entries of an index
    /// that is being made, rows of one that was dropped.
    fn tend_indexes(&self, table: TableId) -> Pending<'_, Tended>;

    /// Drops a table; the answer is its description while it is being dropped.
    fn delete_table(&self, name: TableName) -> Pending<'_, Arc<Table>>;

    /// Changes the policy of a table or stream, if it has the revision that is expected; the answer
    /// is the policy that is there then, or the one that was taken away.
    fn change_resource_policy(
        &self,
        resource: PolicyResource,
        change: ResourcePolicyChange,
        expected: Option<String>,
    ) -> Pending<'_, Option<Arc<ResourcePolicy>>>;

    /// Finds items by when they expire, from one snapshot that is opened after this call.
    fn expired(&self, read: ExpiredRead) -> Pending<'_, Vec<Expired>>;

    /// Does some of what a change of the table's time to live left to be done, a bounded part.
    fn tend_expiries(&self, table: TableId) -> Pending<'_, Tended>;

    /// Reads records of a stream from one snapshot that is opened after this call; an error if any of
    /// them is no longer kept.
    fn stream_page(&self, read: StreamRead) -> Pending<'_, StreamPage>;

    /// Finds a place in a stream, in one snapshot that is opened after this call.
    fn stream_seek(&self, seek: StreamSeek) -> Pending<'_, SequenceNumber>;

    /// Opens a table as it is now, to be backed up; it is not deleted as long as that lives.
    fn snapshot(&self, name: TableName) -> Pending<'_, TableSnapshot>;

    /// The next items of a snapshot; none once all were given.
    fn items<'a>(&'a self, from: &'a mut TableSnapshot) -> Pending<'a, Vec<ItemBytes>>;

    /// Opens everything as it is now, to be archived.
    fn snapshot_all(&self) -> Pending<'_, StoreSnapshot>;

    /// The table that a snapshot described.
    fn described(&self, description: &[u8]) -> Result<Table, Error>;

    /// Makes a table of a backup, which waits for its items.
    fn restore_table(&self, restore: RestoreTable) -> Pending<'_, Arc<Table>>;

    /// Puts items into a table that waits for them; some may have come before.
    fn restore_items(
        &self,
        table: TableId,
        items: Vec<ItemImage>,
        ticket: WriteTicket,
    ) -> Pending<'_, ()>;

    /// Ends a restore; a table that is gone or serves already is left so.
    fn end_restore(&self, table: TableId, end: RestoreEnd) -> Pending<'_, ()>;
}

/// A change of one item.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The item's key.
    pub key: ItemKey,
    /// What must hold of the item that is there.
    pub condition: Option<Arc<Condition>>,
    /// What becomes of it.
    pub change: Change,
    /// Who asked for it.
    pub origin: Origin,
}

/// Who asked for a mutation: readers of a table's changes are told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {
    /// A client.
    Client,
    /// The service itself, since the item's time to live was over.
    TimeToLive,
}

/// Changes of several items, all or none, judged by the state before them.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// The changes, no two of one item.
    pub mutations: Vec<Mutation>,
    /// What tells this transaction from others, if it may come again.
    pub token: Option<Token>,
}

/// A client's word for a transaction: what comes again with it was carried out already.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token {
    /// The word.
    pub name: String,
    /// What the transaction asks for, in short.
    pub digest: u128,
}

/// What a transaction came to.
#[derive(Clone, Debug)]
pub enum Transacted {
    /// What each mutation met and left.
    Done(Vec<Written>),
    /// It was carried out before, under its token; the items as they are now.
    Before(Vec<Image>),
}

/// What becomes of an item.
#[derive(Clone, Debug)]
pub enum Change {
    /// It stays as it is; of a transaction only.
    Check,
    /// It is replaced whole, or made.
    Put(ItemImage),
    /// It is removed, if it is there.
    Delete,
    /// It is changed by attributes, or made.
    Update {
        /// How.
        update: Arc<Update>,
        /// An item of the key attributes alone: what the update begins with if there is none.
        key: ItemBytes,
        /// Whether an item that is not there is made; else the update then does nothing.
        makes: bool,
    },
}

/// What a mutation met and left.
#[derive(Clone, Debug)]
pub struct Written {
    /// The item before.
    pub before: Image,
    /// The item after.
    pub after: Image,
    /// What each index cost that cost something, in write units.
    pub indexes: Vec<(IndexId, u64)>,
    /// The bytes of the item's collection after the write, if the table has a local index.
    pub collection_bytes: Option<u64>,
}

/// A page of a table or index to read.
#[derive(Clone, Debug)]
pub struct PageRead {
    /// The table.
    pub table: TableId,
    /// The index; [`IndexId::TABLE`] for the table's own items.
    pub index: IndexId,
    /// Which part of it.
    pub scope: Scope,
    /// In which order.
    pub order: Order,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// How many items are looked at, at most.
    pub limit: Option<usize>,
    /// Where the items come from.
    pub source: ItemSource,
    /// What must hold of an item to be answered.
    pub filter: Option<Arc<Condition>>,
    /// The parts of the items that are wanted.
    pub projection: Option<Projection>,
    /// Whether items are answered, or only counted.
    pub answer: PageAnswer,
    /// How fresh it must be; an engine may read fresher than that.
    pub consistency: Consistency,
}

/// The part of a table or index that a page comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// Items of one partition.
    Partition {
        /// The canonical bytes of the partition key: of the table or local index as in
        /// [`ItemKey::partition`], of a global index as in [`IndexKey::partition`].
        partition: Vec<u8>,
        /// Which of them.
        sort: SortRange,
    },
    /// Everything, in the order of the partitions' hashes.
    Everything,
    /// One segment of everything.
    Segment(Segment),
}

/// A range of sort keys.
#[derive(Clone, Debug, PartialEq)]
pub struct SortRange {
    /// The canonical bytes of the first sort attributes, which are given.
    pub equal: Vec<Vec<u8>>,
    /// What must hold of the next one.
    pub next: SortTest,
}

/// What must hold of a sort attribute's canonical bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum SortTest {
    /// Nothing.
    Any,
    /// They are less.
    Less(Vec<u8>),
    /// They are not greater.
    LessOrEqual(Vec<u8>),
    /// They are greater.
    Greater(Vec<u8>),
    /// They are not less.
    GreaterOrEqual(Vec<u8>),
    /// They lie between, both included.
    Between(Vec<u8>, Vec<u8>),
    /// They begin so.
    BeginsWith(Vec<u8>),
}

/// A place in the order of a table or index.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The item.
    pub item: ItemKey,
    /// Its entry, in an index.
    pub entry: Option<IndexKey>,
}

/// Where the items of a page come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ItemSource {
    /// From the rows that are read: the table's items, or what the index holds of them.
    Rows,
    /// From the table, one for each entry of the local index that is read.
    Table,
}

/// Whether a page's items are answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PageAnswer {
    /// They are.
    Items,
    /// They are only counted.
    Count,
}

/// A page that was read.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The items that match, projected; none if they are only counted.
    pub items: Vec<ItemBytes>,
    /// How many match.
    pub count: usize,
    /// How many were looked at.
    pub scanned: usize,
    /// The sizes of the rows that were looked at, together: items, or entries of the index.
    pub row_bytes: u64,
    /// The size of each item that was fetched from the table for an entry.
    pub fetched_bytes: Vec<u64>,
    /// The item or entry that was looked at last, if the page ended before the range did.
    pub last: Option<ItemBytes>,
}

/// Which items of a table are asked for by when they expire.
#[derive(Clone, Debug)]
pub struct ExpiredRead {
    /// The table.
    pub table: TableId,
    /// The seconds since 1970 at which they expire.
    pub seconds: Range<u64>,
    /// Only those behind this one.
    pub after: Option<Expired>,
    /// At most so many.
    pub limit: usize,
}

/// An item that was found by when it expires.
///
/// They are ordered by that, and by their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Expired {
    /// The second since 1970 that its attribute has.
    pub second: u64,
    /// Its key.
    pub key: ItemKey,
}

/// How far the engine is with what a change of a table left to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tended {
    /// All is done.
    Done,
    /// There is more to do.
    More,
}

/// A change of a table that is there.
#[derive(Clone, Debug)]
pub enum Alteration {
    /// Of its settings.
    Settings(TableChange),
    /// Of when its items expire.
    TimeToLive(TimeToLiveSpecification),
    /// Tags are added, or their values replaced.
    Tag(Vec<(String, String)>),
    /// Tags are taken away.
    Untag(Vec<String>),
}
