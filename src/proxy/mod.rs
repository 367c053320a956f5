//! The only place where cache and engine meet.
//!
//! Reads ask the cache and fill it from the engine under the fence's rules; writes go to the engine
//! with a ticket, and the engine closes the ticket. Everything that mutates, whatever it comes
//! from, goes through here.
//!
//! Must hold: validation of the request comes before the cache is asked, so a hit and a miss answer
//! alike; who holds one guard never waits for another.
//! Not here: sockets and formats (`server/`, `wire/`), what a commit is (`engine/`).

mod archive;
mod background;
mod backups;
mod batch;
mod batch_write;
mod behind;
mod capacity;
mod control;
mod control_plane;
mod counted;
mod error;
mod features;
mod key_paths;
mod key_range;
mod keys;
mod mutations;
mod page_fill;
mod page_key;
mod policies;
mod policy_change;
mod query;
mod read;
mod repeated;
mod resource_policies;
mod scopes;
mod selection;
mod stale;
mod start_key;
mod statement;
mod table_list;
mod tables;
mod tags;
mod target;
mod throttle;
mod through;
mod time_to_live;
mod trace;
mod transact;
mod update_checks;
mod write;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

pub use self::archive::{ArchiveBytes, ArchiveError};
pub use self::background::{
    DUMP_BYTES_MAX, DumpError, Sweeper, Sweeping, WarmEnd, WarmError, WarmProgress,
};
pub use self::behind::Engine;
pub use self::control::{
    CacheStats, ControlError, Dropped, KeyEntry, KeyState, PolicyList, TableStats,
};
pub use self::policies::NamedPolicies;
pub use self::policy_change::PolicyChange;
pub use self::repeated::REPEATED_BODY_BYTES_MAX;
pub use self::scopes::Proxies;
pub use self::table_list::TableStanding;
pub use self::through::{
    FollowOptions, Following, QuarantineOptions, StreamCursors, UpstreamState,
};
pub use self::trace::Trace;
pub use crate::cache::{Event, Policy, QueryCaching, StreamUse, Usage, Why};

use self::background::Background;
use self::repeated::Checked;

use self::counted::{Counted, operation_of, outcome_of};
use self::through::Through;
use crate::api::{ApiError, Operation, Request, Response, TableName};
use crate::backup::Shelf;
use crate::cache::{ItemCache, PageCache, Repeats, Rules};
use crate::clock::{Clock, whole_ms};
use crate::engine::{self, Catalog, ReadOnly, Table, TableReader};
use crate::fence::Fence;
use crate::metrics::{
    BackupWork, CacheKind, EngineState, Metrics, OPERATIONS_MAX, Outcome, TableMetrics, TableSize,
};
use crate::model::TableId;

/// The proxy's parts, put together by `app`.
pub struct Parts {
    /// Where the tables are.
    pub engine: Engine,
    /// The item cache.
    pub cache: Arc<ItemCache>,
    /// The page cache.
    pub pages: Arc<PageCache>,
    /// What both caches go by.
    pub rules: Arc<Rules>,
    /// The fence before the caches.
    pub fence: Arc<Fence>,
    /// Where requests are counted.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub clock: Clock,
    /// Where backups of tables are kept.
    pub shelf: Arc<Shelf>,
    /// How long a read may take, the wait for another's load included.
    pub read_deadline: Duration,
}

/// Answers requests from the cache and the engine.
pub struct Proxy {
    catalog: Arc<ArcSwap<Catalog>>,
    reader: Arc<dyn TableReader>,
    engine: Engine,
    cache: Arc<ItemCache>,
    pages: Arc<PageCache>,
    repeats: Repeats<Arc<Checked>>,
    rules: Arc<Rules>,
    fence: Arc<Fence>,
    metrics: Arc<Metrics>,
    no_table: Arc<TableMetrics>,
    clock: Clock,
    read_deadline: Duration,
    /// Whether requests are held to the capacity of tables.
    enforces: AtomicBool,
    policies: Arc<Mutex<NamedPolicies>>,
    background: Background,
    shelf: Arc<Shelf>,
    /// Where the tables are upstream.
    through: Option<Through>,
    /// For tasks that outlive the request that began them.
    this: Weak<Self>,
}

impl Proxy {
    /// A proxy over these parts.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { engine, cache, pages, rules, fence, metrics, clock, shelf, read_deadline } =
            parts;
        if let Some(newest) = shelf.all().last() {
            metrics.backups.was_last(BackupWork::Table, newest.label.created_ms);
        }
        let through = engine.through();
        Arc::new_cyclic(|this| Self {
            catalog: Arc::clone(engine.reader().catalog()),
            no_table: metrics.table(NO_TABLE),
            reader: engine.reader(),
            engine,
            cache,
            pages,
            repeats: Repeats::new(),
            rules,
            fence,
            metrics,
            clock,
            read_deadline,
            enforces: AtomicBool::new(false),
            policies: Arc::default(),
            background: Background::new(),
            shelf,
            through,
            this: Weak::clone(this),
        })
    }

    /// Does what the request asks. `began` is when its last byte was read.
    pub async fn call(
        &self,
        request: Request,
        began: Duration,
        trace: &mut Trace,
    ) -> Result<Response, ApiError> {
        let operation = operation_of(&request);
        let learned = match &self.through {
            None => Ok(()),
            Some(through) => Box::pin(self.in_time(self.learn(through, &request))).await,
        };
        let table = self.metrics_of(&request);
        let result = match learned {
            Ok(()) => self.dispatch(request, trace).await,
            Err(error) => Err(error.into()),
        };
        let outcome = result.as_ref().map_or_else(outcome_of, |_| Outcome::Ok);
        let (protocol, source) = (trace.protocol(), trace.source());
        self.count(&table, Counted { operation, protocol, source }, outcome, began);
        result
    }

    /// Whether writes are taken, and if not, why.
    pub fn writable(&self) -> Result<(), ReadOnly> {
        self.reader.writable()
    }

    /// Brings the gauges up to date, and the policies of tables whose maker hung up.
    pub fn measure(&self) {
        self.apply_policies();
        self.metrics.show_cache(CacheKind::Item, self.cache.figures());
        self.metrics.show_cache(CacheKind::Query, self.pages.figures());
        self.metrics.show_engine(match self.writable() {
            Ok(()) => EngineState::Running,
            Err(ReadOnly::Reserve) => EngineState::ReserveLow,
            Err(ReadOnly::DiskFull) => EngineState::DiskFull,
            Err(ReadOnly::SyncFailed) => EngineState::SyncFailed,
        });
        let size = |table: &Arc<Table>| {
            let (items, bytes) = table.totals.read();
            TableSize { label: table.metrics.label().to_owned(), items, bytes }
        };
        self.metrics.show_tables(self.catalog().tables().map(size).collect());
    }

    /// The right to fill the caches with what is read of a table; waits while too many do.
    async fn fill_permit(&self, table: TableId) -> Option<OwnedSemaphorePermit> {
        self.rules.fills(table)?.acquire_owned().await.ok()
    }

    /// What a read comes to within the deadline of a read, the wait for others' loads and for
    /// permits included.
    async fn in_time<T>(
        &self,
        read: impl Future<Output = Result<T, engine::Error>>,
    ) -> Result<T, engine::Error> {
        self.until(self.deadline(), read).await
    }

    /// When a read that begins now must have ended.
    fn deadline(&self) -> Instant {
        Instant::now() + self.read_deadline
    }

    /// What a read, or a part of one, comes to within the read's deadline.
    async fn until<T>(
        &self,
        deadline: Instant,
        read: impl Future<Output = Result<T, engine::Error>>,
    ) -> Result<T, engine::Error> {
        let waited_ms = whole_ms(self.read_deadline);
        let read = tokio::time::timeout_at(deadline, read).await;
        read.unwrap_or(Err(engine::Error::TooSlow { waited_ms }))
    }

    async fn dispatch(&self, request: Request, trace: &mut Trace) -> Result<Response, ApiError> {
        match request {
            Request::GetItem(get) => self.get_item(get, trace).await.map(Response::GetItem),
            Request::PutItem(put) => Ok(Response::PutItem(self.put_item(put).await?)),
            Request::DeleteItem(delete) => {
                Ok(Response::DeleteItem(self.delete_item(delete).await?))
            }
            Request::BatchGetItem(batch) => {
                self.batch_get_item(batch, trace).await.map(Response::BatchGetItem)
            }
            Request::UpdateItem(update) => {
                Ok(Response::UpdateItem(self.update_item(update).await?))
            }
            Request::BatchWriteItem(batch) => {
                self.batch_write_item(batch).await.map(Response::BatchWriteItem)
            }
            Request::TransactGetItems(get) => {
                Box::pin(self.transact_get_items(get)).await.map(Response::TransactGetItems)
            }
            Request::TransactWriteItems(write) => {
                Box::pin(self.transact_write_items(write)).await.map(Response::TransactWriteItems)
            }
            Request::ExecuteStatement(execute) => {
                let answer = Box::pin(self.execute_statement(execute, trace)).await;
                answer.map(Response::ExecuteStatement)
            }
            Request::BatchExecuteStatement(batch) => {
                let answer = Box::pin(self.batch_execute_statement(batch, trace)).await;
                answer.map(Response::BatchExecuteStatement)
            }
            Request::ExecuteTransaction(execute) => {
                Box::pin(self.execute_transaction(execute)).await.map(Response::ExecuteTransaction)
            }
            Request::Query(query) => self.query(query, trace).await.map(Response::Query),
            Request::Scan(scan) => self.scan(scan, trace).await.map(Response::Scan),
            Request::Control(request) => Box::pin(self.carry_out(request)).await,
        }
    }

    /// The table, if it serves data.
    fn serving(&self, name: &TableName) -> Result<Arc<Table>, ApiError> {
        self.catalog().serving(name.as_str()).cloned().ok_or_else(ApiError::not_found)
    }

    fn catalog(&self) -> Guard<Arc<Catalog>> {
        self.catalog.load()
    }

    /// The proxy, for a task that may outlive who begins it.
    fn shared(&self) -> Arc<Self> {
        self.this.upgrade().expect("who asks is called on it")
    }
}

/// The label of requests that are not about one table that is there; too short for a table's name.
const NO_TABLE: &str = "-";
// Requests are counted by the operation's place among all.
const _: () = assert!(Operation::ALL.len() < OPERATIONS_MAX);
