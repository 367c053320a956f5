//! A DynamoDB-compatible service as what holds the tables.
//!
//!     typed request ── wire/json/client ──> Client::send ──> typed answer       (ask)
//!     anything else ── its bytes ─────────> Client::send ──> the answer's bytes (pass)
//!
//! Must hold: what a write came to is told with its fate, and never as not done unless that is
//! certain; a table that the caches go by was described by the service.
//! Not here: what the fate of a write means for the caches (`proxy/through/`).

pub mod client;
pub mod probe;

mod doubts;
mod error;
mod given;
mod keys;
mod page;
mod reader;
mod registry;
mod scopes;
pub mod stream;
mod table;
mod turns;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;

use self::client::{Ask, Client, Effect, Failure, Told};
use self::doubts::Doubts;
use self::registry::Registry;
use self::stream::{Asking, Lately, ReaderOptions, StreamReader};
use self::turns::{Turn, Turns};
use super::{Catalog, Error, Page, PageRead, Pending, ReadOnly, Scope, TableReader};
use crate::api::{Consistency, Operation, Request, Response, TableDescription};
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::model::{Image, ItemKey, TableId};
use crate::wire::json::{client as border, target};

pub use self::client::Fate;
pub use self::doubts::named_by;
pub use self::reader::{Options, Reader};
pub use self::registry::Learned;
pub use self::scopes::Scopes;
pub use self::table::{incarnation, table_of};

/// The tables of a service.
pub struct UpstreamEngine {
    client: Client,
    registry: Registry,
    turns: Turns,
    doubts: Doubts,
    reader: Reader,
    lately: Arc<Lately>,
    /// How fresh what fills the caches is read, if nothing was changed lately.
    fills: Consistency,
    clock: Clock,
}

/// Why a request has no answer.
#[derive(Debug)]
pub struct Unanswered {
    /// What became of it.
    pub end: End,
    /// What is told.
    pub error: Error,
}

/// What became of a request without an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// It did nothing, and never will.
    NotDone,
    /// It was carried out, and its answer cannot be read.
    Done,
    /// It may have been carried out, or may be yet.
    Unknown,
}

impl UpstreamEngine {
    /// An engine that knows no table yet, for callers who are all one to the service.
    pub fn new(client: Client, options: Options, metrics: Arc<Metrics>, clock: Clock) -> Self {
        let registry = Registry::new(Scopes::new(1), 0, Arc::clone(&metrics));
        let lately = Arc::new(Lately::new(clock.clone()));
        Self::of(registry, lately, client, options, metrics, clock)
    }

    /// An engine for each of these clients of the same service, whose callers are strangers to each
    /// other.
    pub fn for_each(
        clients: Vec<Client>,
        options: Options,
        metrics: &Arc<Metrics>,
        clock: &Clock,
    ) -> Vec<Arc<Self>> {
        let scopes = Scopes::new(clients.len());
        let lately = Arc::new(Lately::new(clock.clone()));
        let of_scope = |(scope, client)| {
            let registry = Registry::new(Arc::clone(&scopes), scope, Arc::clone(metrics));
            let (lately, metrics, clock) =
                (Arc::clone(&lately), Arc::clone(metrics), clock.clone());
            Arc::new(Self::of(registry, lately, client, options, metrics, clock))
        };
        clients.into_iter().enumerate().map(of_scope).collect()
    }

    fn of(
        registry: Registry,
        lately: Arc<Lately>,
        client: Client,
        options: Options,
        metrics: Arc<Metrics>,
        clock: Clock,
    ) -> Self {
        let fills = options.fills;
        let reader = Reader::new(client.clone(), options, metrics, clock.clone());
        let (turns, doubts) = (Turns::default(), Doubts::default());
        Self { client, registry, turns, doubts, reader, lately, fills, clock }
    }

    /// What it has in common with the engines of other scopes.
    pub fn scopes(&self) -> &Arc<Scopes> {
        self.registry.scopes()
    }

    /// What requests are sent by.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request for data.
    pub async fn ask(&self, request: &Request) -> Result<Response, Unanswered> {
        let encoded = described(request).zip(border::encode_request(request));
        let Some(((operation, effect), body)) = encoded else {
            return Err(Unanswered { end: End::NotDone, error: Error::NotForUpstream });
        };
        let answer = self.client.send(ask(operation, body, effect)).await;
        let answer = answer.map_err(Unanswered::from).inspect_err(|unanswered| {
            self.doubts.note(&self.catalog().load(), &unanswered.error, named_by(request));
        })?;
        answered(request, &answer).map_err(|unreadable| match effect {
            Effect::Reads => {
                Unanswered { end: End::NotDone, error: error::unreadable(&unreadable) }
            }
            Effect::Writes | Effect::WritesOnce => {
                Unanswered { end: End::Done, error: error::unreadable_write(&unreadable) }
            }
        })
    }

    /// Sends a request as it came.
    pub async fn pass(&self, target: &str, body: Bytes) -> Result<Bytes, Unanswered> {
        let name = target.rsplit('.').next().unwrap_or_default();
        let reads = ["Describe", "List", "Get"].iter().any(|verb| name.starts_with(verb));
        let effect = if reads { Effect::Reads } else { Effect::Writes };
        let target = Cow::Owned(target.to_owned());
        Ok(self.client.send_patiently(Ask { target, body, effect }).await?)
    }

    /// Sees to it that a table that the service has is known.
    pub async fn learn(&self, name: &str) -> Result<Learned, Error> {
        if self.is_serving(name) {
            return Ok(Learned::Nothing);
        }
        self.look(name).await
    }

    /// Asks how a table is now, together with all who ask that at this time.
    pub async fn look(&self, name: &str) -> Result<Learned, Error> {
        let turn = self.turns.of(name);
        turn.share(|| self.describe(name, &turn)).await
    }

    /// The next table that is known and of which the service said that it is not there.
    pub async fn doubted(&self) -> String {
        self.doubts.next().await
    }

    /// Asks how a table is whose turn the caller holds. What was overheard meanwhile may be newer.
    async fn describe(&self, name: &str, turn: &Turn) -> Result<Learned, Error> {
        let heard = turn.heard();
        let is_newest = || turn.heard() == heard;
        let body = border::describe_table(name);
        let answer = self.client.send(ask(Operation::DescribeTable, body, Effect::Reads)).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(Failure { told: Told::Refused(refusal), .. }) if refusal.kind == NO_TABLE => {
                return Ok(self.registry.forget(name, is_newest));
            }
            Err(failure) => return Err(Unanswered::from(failure).error),
        };
        match self.registry.read(name, &answer) {
            Ok(description) => Ok(self.registry.adopt(description, is_newest)),
            Err(unreadable) => Err(error::unreadable(&unreadable)),
        }
    }

    /// Takes what an answer that was passed on says of a table that is known, if it can be read.
    /// One that was asked for by its ARN may be another account's or region's.
    pub fn overhear(&self, answer: &[u8]) -> Learned {
        border::table(answer).map_or(Learned::Nothing, |described| self.update(described))
    }

    /// The same of a table that was made by what was passed on, so that it is one of these.
    pub fn overhear_made(&self, answer: &[u8]) -> Learned {
        border::table(answer).map_or(Learned::Nothing, |description| {
            let name = description.name.as_str();
            if self.registry.knows(name) {
                return self.update(description);
            }
            self.turns.overheard(name);
            self.registry.adopt(description, || true)
        })
    }

    /// Turns a stream of a table on.
    pub async fn enable_stream(&self, table: &str) -> Result<Learned, Error> {
        let body = border::enable_stream(table);
        let answer = self.client.send(ask(Operation::UpdateTable, body, Effect::Writes)).await?;
        Ok(self.overhear(&answer))
    }

    /// Reads a stream from now on; shards of which there is a cursor, from behind that record on.
    pub fn read_stream(
        &self,
        arn: &str,
        poll_every: Duration,
        cursors: HashMap<String, String>,
    ) -> StreamReader {
        let options = ReaderOptions { poll_every, clock: self.clock.clone(), cursors };
        StreamReader::new(Asking::new(self.client.clone(), arn.to_owned()), options)
    }

    /// A stream has told of a change of this key.
    pub fn changed(&self, key: &ItemKey) {
        self.lately.changed(self.scopes().first(key.table()), key.partition());
    }

    /// Whether what is cached may have been read from a copy that lags behind.
    pub fn fills_may_lag(&self) -> bool {
        self.fills == Consistency::Eventual
    }

    /// Whether a stream has told of a change of a partition, or of anything in a table, just now.
    fn was_changed(&self, table: TableId, partition: Option<&[u8]>) -> bool {
        self.lately.has(self.scopes().first(table), partition)
    }

    fn read_as(&self, key: ItemKey, consistency: Consistency) -> Pending<'_, Image> {
        Box::pin(async move {
            let catalog = self.catalog().load_full();
            let read = self.reader.read(&catalog, &key, consistency).await;
            read.inspect_err(|error| self.doubt(&catalog, error, [key.table()]))
        })
    }

    fn read_many_as(
        &self,
        keys: Vec<ItemKey>,
        consistency: Consistency,
    ) -> Pending<'_, Vec<Option<Image>>> {
        Box::pin(async move {
            let catalog = self.catalog().load_full();
            let read = self.reader.read_many(&catalog, &keys, consistency).await;
            read.inspect_err(|error| self.doubt(&catalog, error, keys.iter().map(ItemKey::table)))
        })
    }

    /// A read of these tables has failed so.
    fn doubt(&self, catalog: &Catalog, error: &Error, tables: impl IntoIterator<Item = TableId>) {
        let tables = tables.into_iter().filter_map(|table| catalog.table_of(table));
        self.doubts.note(catalog, error, tables.map(|table| table.name.as_str()));
    }

    /// Takes a table as it was described to somebody, if it is the one that is known by its name.
    fn update(&self, description: TableDescription) -> Learned {
        if !self.registry.has(&description) {
            return Learned::Nothing;
        }
        self.turns.overheard(description.name.as_str());
        self.registry.adopt(description, || true)
    }

    fn is_serving(&self, name: &str) -> bool {
        self.catalog().load().serving(name).is_some()
    }
}

impl TableReader for UpstreamEngine {
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>> {
        self.registry.catalog()
    }

    fn read(&self, key: ItemKey) -> Pending<'_, Image> {
        let is_new = self.was_changed(key.table(), Some(key.partition()));
        self.read_as(key, if is_new { Consistency::Strong } else { Consistency::Eventual })
    }

    fn read_consistent(&self, key: ItemKey) -> Pending<'_, Image> {
        self.read_as(key, Consistency::Strong)
    }

    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Option<Image>>> {
        let is_new = |key: &ItemKey| self.was_changed(key.table(), Some(key.partition()));
        let any = keys.iter().any(is_new);
        self.read_many_as(keys, if any { Consistency::Strong } else { Consistency::Eventual })
    }

    fn read_many_consistent(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Option<Image>>> {
        self.read_many_as(keys, Consistency::Strong)
    }

    fn page(&self, mut read: PageRead) -> Pending<'_, Page> {
        let partition = match &read.scope {
            Scope::Partition { partition, .. } => Some(partition.as_slice()),
            Scope::Everything | Scope::Segment(_) => None,
        };
        if self.was_changed(read.table, partition) {
            read.consistency = Consistency::Strong;
        }
        Box::pin(async move {
            let catalog = self.catalog().load_full();
            let table = read.table;
            let page = self.reader.page(&catalog, read).await;
            page.inspect_err(|error| self.doubt(&catalog, error, [table]))
        })
    }

    fn writable(&self) -> Result<(), ReadOnly> {
        Ok(())
    }
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        let end = match failure.fate {
            Fate::NotDone => End::NotDone,
            Fate::Unknown => End::Unknown,
        };
        Self { end, error: failure.into() }
    }
}

fn ask(operation: Operation, body: Vec<u8>, effect: Effect) -> Ask {
    let target = target(operation).into();
    Ask { target, body: body.into(), effect }
}

/// What a request that is sent typed is to the service.
fn described(request: &Request) -> Option<(Operation, Effect)> {
    Some(match request {
        Request::TransactGetItems(_) => (Operation::TransactGetItems, Effect::Reads),
        Request::PutItem(_) => (Operation::PutItem, Effect::Writes),
        Request::UpdateItem(_) => (Operation::UpdateItem, Effect::Writes),
        Request::DeleteItem(_) => (Operation::DeleteItem, Effect::Writes),
        Request::BatchWriteItem(_) => (Operation::BatchWriteItem, Effect::Writes),
        Request::TransactWriteItems(write) => (
            Operation::TransactWriteItems,
            if write.token.is_some() { Effect::WritesOnce } else { Effect::Writes },
        ),
        _ => return None,
    })
}

/// The answer to such a request.
fn answered(request: &Request, answer: &[u8]) -> Result<Response, border::Unreadable> {
    Ok(match request {
        Request::PutItem(_) => Response::PutItem(border::write(answer)?),
        Request::UpdateItem(_) => Response::UpdateItem(border::write(answer)?),
        Request::DeleteItem(_) => Response::DeleteItem(border::write(answer)?),
        Request::BatchWriteItem(_) => Response::BatchWriteItem(border::batch_write_item(answer)?),
        Request::TransactGetItems(_) => {
            Response::TransactGetItems(border::transact_get_items(answer)?)
        }
        _ => Response::TransactWriteItems(border::transact_write_items(answer)?),
    })
}

const NO_TABLE: &str = "ResourceNotFoundException";

#[cfg(test)]
mod tests;
