//! An engine whose reads are counted, and whose answers can be held on their way to the proxy, or
//! lost before they set out.
#![allow(dead_code, reason = "each program that has this uses its own part of it")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use hearth::api::{
    CreateTable, PolicyResource, ResourcePolicy, ResourcePolicyChange, SequenceNumber, TableName,
};
use hearth::engine::embedded::EmbeddedEngine;
use hearth::engine::{
    Alteration, Catalog, Error, Expired, ExpiredRead, Mutation, Page, PageRead, Pending, ReadOnly,
    RestoreEnd, RestoreTable, StoreSnapshot, StreamPage, StreamRead, StreamSeek, Table,
    TableEngine, TableReader, TableSnapshot, Tended, Transacted, Transaction, Written,
};
use hearth::fence::WriteTicket;
use hearth::model::{Image, ItemBytes, ItemImage, ItemKey, TableId};
use tokio::sync::oneshot::{Receiver, Sender, channel};

/// The engine, what its reads came to, and a gate for the next of them.
pub(crate) struct Watched {
    engine: EmbeddedEngine,
    gate: Mutex<Option<(Sender<()>, Receiver<()>)>>,
    outage: Mutex<Option<Error>>,
    /// Reads that began.
    pub(crate) reads: AtomicU64,
    now: AtomicU64,
    /// Most reads that there were at a time.
    pub(crate) most: AtomicU64,
}

impl Watched {
    pub(crate) fn new(engine: EmbeddedEngine) -> Self {
        let zero = AtomicU64::default;
        let (gate, outage) = (Mutex::default(), Mutex::default());
        Self { engine, gate, outage, reads: zero(), now: zero(), most: zero() }
    }

    /// From now on reads come to this error, or to their answers again.
    pub(crate) fn set_outage(&self, outage: Option<Error>) {
        *self.outage.lock().expect("no test panics here") = outage;
    }

    /// Holds the answer of the next read: the receiver hears of it, the sender lets it go.
    pub(crate) fn hold_next(&self) -> (Receiver<()>, Sender<()>) {
        let (tell, is_held) = channel();
        let (open, is_open) = channel();
        *self.gate.lock().expect("no test panics here") = Some((tell, is_open));
        (is_held, open)
    }

    /// One read, which begins now and ends when the future does.
    async fn watch<T>(&self, read: Pending<'_, T>) -> Result<T, Error> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let now = 1 + self.now.fetch_add(1, Ordering::SeqCst);
        self.most.fetch_max(now, Ordering::SeqCst);
        let outage = self.outage.lock().expect("no test panics here").clone();
        let outcome = match outage {
            Some(error) => Err(error),
            None => read.await,
        };
        let gate = self.gate.lock().expect("no test panics here").take();
        if let Some((tell, is_open)) = gate {
            tell.send(()).expect("the test waits for it");
            is_open.await.expect("the test opens the gate");
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        outcome
    }
}

impl TableReader for Watched {
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>> {
        self.engine.catalog()
    }

    fn read(&self, key: ItemKey) -> Pending<'_, Image> {
        Box::pin(self.watch(self.engine.read(key)))
    }

    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Option<Image>>> {
        Box::pin(self.watch(self.engine.read_many(keys)))
    }

    fn page(&self, read: PageRead) -> Pending<'_, Page> {
        Box::pin(self.watch(self.engine.page(read)))
    }

    fn writable(&self) -> Result<(), ReadOnly> {
        self.engine.writable()
    }
}

impl TableEngine for Watched {
    fn snapshot(&self, name: TableName) -> Pending<'_, TableSnapshot> {
        self.engine.snapshot(name)
    }

    fn items<'a>(&'a self, from: &'a mut TableSnapshot) -> Pending<'a, Vec<ItemBytes>> {
        self.engine.items(from)
    }

    fn snapshot_all(&self) -> Pending<'_, StoreSnapshot> {
        self.engine.snapshot_all()
    }

    fn described(&self, description: &[u8]) -> Result<Table, Error> {
        self.engine.described(description)
    }

    fn restore_table(&self, restore: RestoreTable) -> Pending<'_, Arc<Table>> {
        self.engine.restore_table(restore)
    }

    fn restore_items(
        &self,
        table: TableId,
        items: Vec<ItemImage>,
        ticket: WriteTicket,
    ) -> Pending<'_, ()> {
        self.engine.restore_items(table, items, ticket)
    }

    fn end_restore(&self, table: TableId, end: RestoreEnd) -> Pending<'_, ()> {
        self.engine.end_restore(table, end)
    }

    fn write(&self, mutation: Mutation, ticket: WriteTicket) -> Pending<'_, Written> {
        self.engine.write(mutation, ticket)
    }

    fn transact(&self, transaction: Transaction, ticket: WriteTicket) -> Pending<'_, Transacted> {
        self.engine.transact(transaction, ticket)
    }

    fn carried_out(&self, transaction: Transaction) -> Pending<'_, Option<Vec<Image>>> {
        self.engine.carried_out(transaction)
    }

    fn create_table(&self, create: CreateTable) -> Pending<'_, Arc<Table>> {
        self.engine.create_table(create)
    }

    fn alter_table(&self, name: TableName, alteration: Alteration) -> Pending<'_, Arc<Table>> {
        self.engine.alter_table(name, alteration)
    }

    fn delete_table(&self, name: TableName) -> Pending<'_, Arc<Table>> {
        self.engine.delete_table(name)
    }

    fn change_resource_policy(
        &self,
        resource: PolicyResource,
        change: ResourcePolicyChange,
        expected: Option<String>,
    ) -> Pending<'_, Option<Arc<ResourcePolicy>>> {
        self.engine.change_resource_policy(resource, change, expected)
    }

    fn expired(&self, read: ExpiredRead) -> Pending<'_, Vec<Expired>> {
        self.engine.expired(read)
    }

    fn tend_indexes(&self, table: TableId) -> Pending<'_, Tended> {
        self.engine.tend_indexes(table)
    }

    fn tend_expiries(&self, table: TableId) -> Pending<'_, Tended> {
        self.engine.tend_expiries(table)
    }

    fn stream_page(&self, read: StreamRead) -> Pending<'_, StreamPage> {
        Box::pin(self.watch(self.engine.stream_page(read)))
    }

    fn stream_seek(&self, seek: StreamSeek) -> Pending<'_, SequenceNumber> {
        Box::pin(self.watch(self.engine.stream_seek(seek)))
    }
}
