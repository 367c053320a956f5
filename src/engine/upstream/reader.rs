//! Reads of keys and pages from the upstream.
//!
//!     keys   -> BatchGetItem of up to 100 -> items, absences, what was left unread -> pause, again,
//!               a few times; what is unread then is told as that
//!     page   -> Query or Scan
//!
//! Must hold: a read ends within its deadline; a key that was neither answered nor left unread is one
//! without an item.
//! Not here: what is tried again of a request that failed (`client/`); several keys are read at no
//! one moment, since no upstream has snapshots.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::client::chance::Chance;
use super::client::{Client, Effect};
use super::error::unreadable;
use super::page::{Asked, stronger};
use crate::api::{
    BatchGetItem, BatchGetTable, CapacityDetail, Consistency, GetItem, Key, Operation, Request,
    TableRef,
};
use crate::clock::{Clock, whole_ms};
use crate::engine::{Catalog, Error, Page, PageRead, Table};
use crate::metrics::Metrics;
use crate::model::{Image, ItemKey, ItemKeyRef, KeyBuffer, TableId};
use crate::wire::json::client::{batch_get_item, encode_request, get_item, page};

/// How an upstream is read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How fresh what fills the cache is read, where nobody asks for more.
    pub fills: Consistency,
    /// For a read, all its requests together.
    pub deadline: Duration,
    /// Where the lengths of pauses come from.
    pub seed: u64,
}

/// Reads items and pages.
pub struct Reader {
    client: Client,
    options: Options,
    chance: Chance,
    metrics: Arc<Metrics>,
    clock: Clock,
}

impl Reader {
    /// A reader that asks through this client.
    pub fn new(client: Client, options: Options, metrics: Arc<Metrics>, clock: Clock) -> Self {
        Self { client, options, chance: Chance::new(options.seed), metrics, clock }
    }

    /// What is known of a key, as fresh as that at least.
    pub async fn read(
        &self,
        catalog: &Catalog,
        key: &ItemKey,
        consistency: Consistency,
    ) -> Result<Image, Error> {
        let table = table_of(catalog, key.table())?;
        let get = GetItem {
            table: TableRef::of(table.name.as_str())?,
            key: attributes_of(table, key)?,
            consistency: stronger(self.options.fills, consistency),
            projection: None,
            capacity: CapacityDetail::None,
        };
        let found = self.in_time(async {
            let answer = self.ask(Operation::GetItem, &Request::GetItem(get)).await?;
            get_item(&answer).map_err(|error| unreadable(&error))
        });
        let item = found.await?.item;
        Ok(item.map_or(Image::Absent, |item| Image::Item(item.image())))
    }

    /// What is known of each of these keys, in their order; nothing of those that the service left
    /// unread. An error if it failed before it told of any.
    pub async fn read_many(
        &self,
        catalog: &Catalog,
        keys: &[ItemKey],
        consistency: Consistency,
    ) -> Result<Vec<Option<Image>>, Error> {
        let consistency = stronger(self.options.fills, consistency);
        let mut known = HashMap::with_capacity(keys.len());
        let read = self.in_time(async {
            let mut unique: Vec<&ItemKey> = Vec::with_capacity(keys.len());
            let mut seen = HashSet::with_capacity(keys.len());
            unique.extend(keys.iter().filter(|key| seen.insert(*key)));
            for keys in unique.chunks(BATCH_KEYS_MAX) {
                self.read_batch(catalog, keys.to_vec(), consistency, &mut known).await?;
            }
            Ok(())
        });
        let read = read.await;
        // What was told stays true; whoever asks for the rest again is told what is wrong.
        if known.is_empty() {
            read?;
        }
        Ok(keys.iter().map(|key| known.get(key).cloned()).collect())
    }

    /// A page, as fresh as it is asked for at least.
    pub async fn page(&self, catalog: &Catalog, read: PageRead) -> Result<Page, Error> {
        let table = table_of(catalog, read.table)?;
        let asked = Asked::of(table, &read, self.options.fills)?;
        let (operation, request) = asked.request(read)?;
        let answer = self.in_time(async {
            let answer = self.ask(operation, &request).await?;
            page(&answer).map_err(|error| unreadable(&error))
        });
        Ok(asked.page(answer.await?))
    }

    /// Reads keys until each is found or known to have no item, or the service has left some unread
    /// too often.
    async fn read_batch<'k>(
        &self,
        catalog: &Catalog,
        mut left: Vec<&'k ItemKey>,
        consistency: Consistency,
        known: &mut HashMap<&'k ItemKey, Image>,
    ) -> Result<(), Error> {
        let mut pause_max = PAUSE_FIRST;
        for rounds_left in (0..ROUNDS_MAX).rev() {
            let batch = batch(catalog, &left, consistency)?;
            let request = Request::BatchGetItem(batch);
            let answer = self.ask(Operation::BatchGetItem, &request).await?;
            let answer = batch_get_item(&answer).map_err(|error| unreadable(&error))?;
            let asked: HashSet<&'k ItemKey> = left.iter().copied().collect();
            let unread = unread(catalog, &answer.unprocessed);
            let told = left.iter().filter(|key| !unread.contains(**key));
            known.extend(told.map(|key| (*key, Image::Absent)));
            for (table, items) in &answer.responses {
                let Some(table) = catalog.table(table.name().as_str()) else { continue };
                for item in items {
                    let mut buffer = KeyBuffer::default();
                    let key = table.schema.key_of_stored(item.view(), &mut buffer);
                    let key = key.and_then(|key| asked.get(&key.to_key()).copied());
                    known.extend(key.map(|key| (key, Image::Item(item.image()))));
                }
            }
            left.retain(|key| unread.contains(*key));
            if left.is_empty() || rounds_left == 0 || !self.client.may_ask_again() {
                break;
            }
            tokio::time::sleep(self.chance.part(pause_max)).await;
            pause_max *= 2;
        }
        Ok(())
    }

    async fn ask(&self, operation: Operation, request: &Request) -> Result<bytes::Bytes, Error> {
        let body = encode_request(request).expect("reads of items and pages have bodies");
        Ok(self.client.send(super::ask(operation, body, Effect::Reads)).await?)
    }

    /// The outcome of a read, if it comes within the deadline.
    async fn in_time<T>(&self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let began = self.clock.monotonic();
        let outcome = tokio::time::timeout(self.options.deadline, read).await;
        self.metrics.engine_read.took(self.clock.monotonic().saturating_sub(began));
        let waited_ms = whole_ms(self.options.deadline);
        outcome.unwrap_or(Err(Error::TooSlow { waited_ms }))
    }
}

/// What asks for these keys, table by table.
fn batch(
    catalog: &Catalog,
    keys: &[&ItemKey],
    consistency: Consistency,
) -> Result<BatchGetItem, Error> {
    let mut tables: Vec<(TableId, BatchGetTable)> = Vec::new();
    for key in keys {
        let id = key.table();
        let table = table_of(catalog, id)?;
        let attributes = attributes_of(table, key)?;
        if let Some((_, batch)) = tables.iter_mut().find(|(other, _)| *other == id) {
            batch.keys.push(attributes);
        } else {
            let (named, keys) = (TableRef::of(table.name.as_str())?, vec![attributes]);
            let projection = None;
            tables.push((id, BatchGetTable { table: named, keys, consistency, projection }));
        }
    }
    let tables = tables.into_iter().map(|(_, batch)| batch).collect();
    Ok(BatchGetItem { tables, capacity: CapacityDetail::None })
}

/// The keys that were left unread.
fn unread(catalog: &Catalog, unprocessed: &[BatchGetTable]) -> HashSet<ItemKey> {
    let mut unread = HashSet::new();
    for batch in unprocessed {
        let Some(table) = catalog.table(batch.table.name().as_str()) else { continue };
        for key in &batch.keys {
            let mut buffer = KeyBuffer::default();
            let key = table.schema.key(key, &mut buffer);
            unread.extend(key.ok().map(ItemKeyRef::to_key));
        }
    }
    unread
}

fn table_of(catalog: &Catalog, id: TableId) -> Result<&Arc<Table>, Error> {
    catalog.table_of(id).ok_or_else(|| Error::no_table(id))
}

fn attributes_of(table: &Table, key: &ItemKey) -> Result<Key, Error> {
    let attributes = table.schema.attributes_of(key.bytes());
    attributes.ok_or_else(|| Error::no_table(key.table()))
}

/// What DynamoDB takes in one request.
const BATCH_KEYS_MAX: usize = 100;
/// How often keys are asked for, the first time included. Keys of the largest items are all told by
/// then, at 16 MB an answer, unless there is no capacity for them.
const ROUNDS_MAX: u32 = 3;
/// The longest pause before what was left unread is asked for again; it doubles.
const PAUSE_FIRST: Duration = Duration::from_millis(25);
