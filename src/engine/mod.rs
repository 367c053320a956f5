//! Table engines: who holds the truth that the cache is kept exact with.
//!
//! Must hold: [`TableEngine::write`] takes its ticket by value, opens it once it knows what the
//! mutation changes, and closes it before it answers, whether or not anybody still waits.
//! Not here: the cache, requests and their wires.

pub mod embedded;

mod catalog;
mod error;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::api::{CreateTable, TableName};
use crate::fence::WriteTicket;
use crate::model::{Image, ItemImage, ItemKey};

pub use catalog::{Catalog, Table, TableTotals};
pub use error::{Error, ReadOnly};

/// What a future of an engine looks like behind `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// A store of tables that can be read and written.
pub trait TableEngine: Send + Sync {
    /// The tables, replaced whole with each change.
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>>;

    /// Reads one key from a snapshot that is opened after this call.
    fn read(&self, key: ItemKey) -> Pending<'_, Image>;

    /// Reads several keys from one snapshot that is opened after this call.
    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Image>>;

    /// Changes one item. The answer comes once the change is as durable as the engine promises.
    fn write(&self, mutation: Mutation, ticket: WriteTicket) -> Pending<'_, Written>;

    /// Makes a table; the answer is its description while it is being made.
    fn create_table(&self, create: CreateTable) -> Pending<'_, Arc<Table>>;

    /// Drops a table; the answer is its description while it is being dropped.
    fn delete_table(&self, name: TableName) -> Pending<'_, Arc<Table>>;

    /// Whether the engine takes writes, and if not, why.
    fn writable(&self) -> Result<(), ReadOnly>;
}

/// A change of one item.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// The item's key.
    pub key: ItemKey,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of an item.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is replaced whole, or made.
    Put(Arc<ItemImage>),
    /// It is removed, if it is there.
    Delete,
}

/// What a mutation met.
#[derive(Clone, Debug)]
pub struct Written {
    /// The item before.
    pub before: Image,
}
