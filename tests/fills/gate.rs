//! An engine whose answers can be held on their way to the proxy.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use hearth::api::{CreateTable, TableName};
use hearth::engine::embedded::EmbeddedEngine;
use hearth::engine::{
    Alteration, Catalog, Mutation, Page, PageRead, Pending, ReadOnly, Table, TableEngine, Written,
};
use hearth::fence::WriteTicket;
use hearth::model::{Image, ItemKey};
use tokio::sync::oneshot::{Receiver, Sender, channel};

/// The engine, and a gate for the next read.
pub(crate) struct Gated {
    engine: EmbeddedEngine,
    gate: Mutex<Option<(Sender<()>, Receiver<()>)>>,
    reads: AtomicU64,
}

impl Gated {
    pub(crate) fn new(engine: EmbeddedEngine) -> Self {
        Self { engine, gate: Mutex::default(), reads: AtomicU64::new(0) }
    }

    /// Holds the answer of the next read: the receiver hears of it, the sender lets it go.
    pub(crate) fn hold_next(&self) -> (Receiver<()>, Sender<()>) {
        let (tell, is_held) = channel();
        let (open, is_open) = channel();
        *self.gate.lock().expect("no test panics here") = Some((tell, is_open));
        (is_held, open)
    }

    /// How many reads there were.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    async fn pass(&self) {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let gate = self.gate.lock().expect("no test panics here").take();
        if let Some((tell, is_open)) = gate {
            tell.send(()).expect("the test waits for it");
            is_open.await.expect("the test opens the gate");
        }
    }
}

impl TableEngine for Gated {
    fn catalog(&self) -> &Arc<ArcSwap<Catalog>> {
        self.engine.catalog()
    }

    fn read(&self, key: ItemKey) -> Pending<'_, Image> {
        Box::pin(async move {
            let image = self.engine.read(key).await;
            self.pass().await;
            image
        })
    }

    fn read_many(&self, keys: Vec<ItemKey>) -> Pending<'_, Vec<Image>> {
        Box::pin(async move {
            let images = self.engine.read_many(keys).await;
            self.pass().await;
            images
        })
    }

    fn page(&self, read: PageRead) -> Pending<'_, Page> {
        Box::pin(async move {
            let page = self.engine.page(read).await;
            self.pass().await;
            page
        })
    }

    fn write(&self, mutation: Mutation, ticket: WriteTicket) -> Pending<'_, Written> {
        self.engine.write(mutation, ticket)
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

    fn writable(&self) -> Result<(), ReadOnly> {
        self.engine.writable()
    }
}
