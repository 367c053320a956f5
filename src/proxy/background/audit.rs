//! The auditor: reads a few hits again from the engine, and compares.
//!
//!     hit, 1 in N ──> queue ──> is it still cached? ──> engine ──> is it still cached? ──> equal?
//!
//! An item is still cached while the map holds the very image that was served: every write removes
//! it before it commits, and nobody is given the address of an image that is held here. An absence
//! has no address, so the epoch of its partition must stand meanwhile instead; a page needs both.
//! What was cached at both ends was what the engine had all along, or the cache was wrong.
//!
//! Must hold: a request never waits for an audit: a full queue drops the sample; what is cached by
//! time alone is not audited, since it may be old.
//! Not here: which hits are drawn (`cache/sampler.rs`).

use std::sync::Arc;
use std::time::Duration;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::api::{PageFound, PageImage};
use crate::cache::{Event, PageKey};
use crate::engine::{self, PageRead};
use crate::fence::Epoch;
use crate::metrics::{AuditResult, CacheKind};
use crate::model::{Image, IndexId, ItemKey, TableId};
use crate::proxy::Proxy;
use crate::proxy::target::Target;

/// What a hit served.
pub(in crate::proxy) enum Audit {
    /// An item, or that there is none.
    Item { key: ItemKey, image: Image },
    /// A page of the epoch that it was served in.
    Page { key: PageKey, read: Box<PageRead>, page: Arc<PageImage>, epoch: Epoch },
}

/// What an entry and the engine have, as hashes, where they differ.
struct Difference {
    cached: u64,
    engine: u64,
}

impl Proxy {
    /// Compares what is drawn, until the drain.
    pub async fn audit(self: Arc<Self>) {
        let Some(mut audits) = self.background.take_audits() else { return };
        loop {
            let audit = tokio::select! {
                () = self.background.drain.begun() => return,
                audit = audits.recv() => audit,
            };
            let Some(audit) = audit else { return };
            let cache = match &audit {
                Audit::Item { .. } => CacheKind::Item,
                Audit::Page { .. } => CacheKind::Query,
            };
            self.metrics.audited(cache, self.compare(audit).await);
        }
    }

    async fn compare(&self, audit: Audit) -> AuditResult {
        let compared = match audit {
            Audit::Item { key, image } => self.compare_item(&key, &image).await,
            Audit::Page { key, read, page, epoch } => {
                self.compare_page(&key, *read, &page, epoch).await
            }
        };
        compared.unwrap_or_else(|error| {
            tracing::debug!(error = &error as &dyn std::error::Error, "an audit failed");
            AuditResult::Failed
        })
    }

    async fn compare_item(
        &self,
        key: &ItemKey,
        served: &Image,
    ) -> Result<AuditResult, engine::Error> {
        let (table, partition) = (key.table(), key.partition());
        let epoch = match served {
            Image::Item(_) => None,
            Image::Absent => match self.fence.epoch(table, IndexId::TABLE, partition) {
                None => return Ok(AuditResult::Changed),
                epoch @ Some(_) => epoch,
            },
        };
        let stands = || {
            let cached = self.cache.peek(key.view(), self.clock.monotonic());
            cached.is_some_and(|cached| is_same(&cached, served))
                && self.is_serving(table)
                && epoch
                    .is_none_or(|epoch| self.fence.stands(table, IndexId::TABLE, partition, epoch))
                && !self.fence.is_written(key)
        };
        if !stands() {
            return Ok(AuditResult::Changed);
        }
        let read = self.reader.read(key.clone()).await?;
        let difference = Difference::of_images(served, &read);
        if !stands() {
            return Ok(AuditResult::Changed);
        }
        let Some(difference) = difference else { return Ok(AuditResult::Equal) };
        self.cache.drop_diverged(key);
        let key_hash = xxh3_64(key.bytes());
        self.tell(
            CacheKind::Item,
            table,
            key_hash,
            &difference,
            &self.cache.transitions(key.view()),
        );
        Ok(AuditResult::Diverged)
    }

    async fn compare_page(
        &self,
        key: &PageKey,
        read: PageRead,
        served: &Arc<PageImage>,
        epoch: Epoch,
    ) -> Result<AuditResult, engine::Error> {
        let Some(table) = self.catalog().table_of(key.table()).cloned() else {
            return Ok(AuditResult::Changed);
        };
        let Some(target) = Target::of_id(&table.schema, read.index) else {
            return Ok(AuditResult::Changed);
        };
        let scope = read.scope.clone();
        let stands = || {
            let cached = self.pages.get(key, Some(epoch), self.clock.monotonic());
            cached.is_some_and(|cached| Arc::ptr_eq(&cached, served))
                && self.is_serving(key.table())
                && self.epoch(target, &scope) == Some(epoch)
        };
        if !stands() {
            return Ok(AuditResult::Changed);
        }
        let found = self.read_page(target, read).await?;
        let difference = Difference::of_pages(served.found(), &found);
        if !stands() {
            return Ok(AuditResult::Changed);
        }
        let Some(difference) = difference else { return Ok(AuditResult::Equal) };
        self.pages.drop_diverged(key);
        let key_hash = xxh3_64(key.bytes());
        self.tell(
            CacheKind::Query,
            key.table(),
            key_hash,
            &difference,
            &self.pages.transitions(key),
        );
        Ok(AuditResult::Diverged)
    }

    /// Whether the table is there: of one that was dropped, the engine has nothing, and what is
    /// left in the caches is served to nobody.
    fn is_serving(&self, table: TableId) -> bool {
        let catalog = self.catalog();
        let named = catalog.table_of(table).map(|table| table.name.as_str());
        named.is_some_and(|name| catalog.serving(name).is_some())
    }

    /// Tells of a divergence: nothing of the key or the data, but what finds both again.
    fn tell(
        &self,
        cache: CacheKind,
        table: TableId,
        key_hash: u64,
        difference: &Difference,
        transitions: &[(Event, Duration)],
    ) {
        let catalog = self.catalog();
        let table = catalog.table_of(table).map(|table| table.name.as_str());
        tracing::error!(
            cache = cache.label(),
            table,
            key = format!("{key_hash:016x}"),
            cached = format!("{:016x}", difference.cached),
            engine = format!("{:016x}", difference.engine),
            transitions = ?transitions,
            "the cache held what the engine does not have; it was dropped"
        );
    }
}

impl Difference {
    fn of_images(cached: &Image, engine: &Image) -> Option<Self> {
        let (cached, engine) = (stored(cached), stored(engine));
        let hash = |stored: Option<&[u8]>| stored.map_or(0, xxh3_64);
        (cached != engine).then(|| Self { cached: hash(cached), engine: hash(engine) })
    }

    fn of_pages(cached: &PageFound, engine: &PageFound) -> Option<Self> {
        let hash = |page: &PageFound| {
            let mut hash = Xxh3::new();
            page.items().iter().for_each(|item| hash.update(item.stored()));
            hash.digest()
        };
        (cached != engine).then(|| Self { cached: hash(cached), engine: hash(engine) })
    }
}

fn stored(image: &Image) -> Option<&[u8]> {
    match image {
        Image::Item(item) => Some(item.stored()),
        Image::Absent => None,
    }
}

/// Whether nothing was put in an image's place: an item is known by its address.
fn is_same(cached: &Image, served: &Image) -> bool {
    match (cached, served) {
        (Image::Item(cached), Image::Item(served)) => cached.is_same(served),
        (Image::Absent, Image::Absent) => true,
        (Image::Item(_), Image::Absent) | (Image::Absent, Image::Item(_)) => false,
    }
}
