//! Reading a page: from the cache, or from the engine into the cache.
//!
//!     epoch of what is read ──> look-up ──> hit
//!                                   └─────> load, shared by (request, epoch)
//!                                            permit, stamp, snapshot ──> page cache
//!                                                                   └──> its items: guard, admit,
//!                                                                        the epoch still stands
//!
//! A page's whole items may fill the item cache. A writer opens its items and then touches its
//! partitions before it commits: if it closed before our guard, the epoch has moved; if it is
//! open, `admit` refuses; if it opens later, it removes the placeholder.
//!
//! Must hold: the epoch is read before the look-up, and so before any snapshot; with a writer in
//! flight there is none, and nothing is kept or shared.
//! Not here: what is asked for (`query.rs`), as which bytes it is known (`page_key.rs`).

use std::sync::Arc;

use super::query::{Cost, Wanted};
use super::repeated::Checked;
use super::stale::{self, LostPage};
use super::start_key::key_of_last;
use super::target::{Target, no_index};
use super::{Proxy, Trace, capacity, page_key};
use crate::api::{ApiError, Consistency, PageFound, PageImage};
use crate::cache::{Brought, LoadedPage, Lookup, PageKey, Policy, QueryCaching, Stamp, Why};
use crate::engine::{self, ItemSource, Page, PageAnswer, PageRead, Scope};
use crate::fence::Epoch;
use crate::metrics::{CacheKind, PageResult};
use crate::model::{
    Image, IndexId, IndexSchema, ItemBytes, ItemImage, KeyBuffer, TableId, TableSchema,
};

impl Proxy {
    /// The page that the read finds, within the deadline of a read.
    pub(super) async fn load_page(
        &self,
        wanted: Wanted<'_>,
        read: PageRead,
        trace: &mut Trace,
    ) -> Result<Arc<PageImage>, ApiError> {
        let policy = self.rules.policy(read.table);
        let keeping = match self.keeping(wanted, &read, &policy) {
            Ok(keeping) => keeping,
            Err(why) => {
                trace.bypass(why);
                wanted.table.metrics.page_lookup(PageResult::Bypass);
                let found = self.read_page_charged(wanted, read).await?;
                return Ok(Arc::new(PageImage::of(found)));
            }
        };
        let mut lost = None;
        let lookup = self.cached_page(wanted, read, keeping, &mut lost, trace);
        let page = match self.in_time(lookup).await {
            Ok(page) => return Ok(page),
            Err(error) => self.page_past_its_time(wanted.target, lost.as_deref(), error)?,
        };
        stale::is_told(wanted.table, CacheKind::Query, trace);
        Ok(page)
    }

    async fn cached_page(
        &self,
        wanted: Wanted<'_>,
        read: PageRead,
        keeping: Keeping,
        lost: &mut Option<Box<LostPage>>,
        trace: &mut Trace,
    ) -> Result<Arc<PageImage>, engine::Error> {
        let Keeping { key, epoch, is_kept_on } = keeping;
        let metrics = &wanted.table.metrics;
        if let Some(page) = self.pages.get(&key, epoch, self.clock.monotonic()) {
            trace.hit();
            let checked = Checked::new(wanted, read, key);
            self.page_was_hit(wanted.table, &checked, &page, epoch);
            trace.learn(checked);
            return Ok(page);
        }
        let why = || self.pages.why(&key, epoch);
        metrics.page_lookup(PageResult::Miss);
        trace.miss(why);
        if is_kept_on {
            let (key, scope) = (key.clone(), read.scope.clone());
            *lost = Some(Box::new(LostPage { key, epoch, scope }));
        }
        let lost = lost.as_deref();
        // In a box: what a hit does not need must not make its future larger.
        let loaded = Box::pin(self.pages.load(&key, epoch, || async {
            let _permit = self.fill_permit(read.table).await;
            let fill = epoch.filter(|_| fills_items(&read));
            let fill = fill.map(|epoch| (epoch, self.rules.stamp(read.table), read.scope.clone()));
            let found = match self.read_page_charged(wanted, read).await {
                Ok(found) => found,
                Err(error) => {
                    // For all who share the load: one after the other they would ask in vain.
                    let page = self.page_past_its_time(wanted.target, lost, error);
                    return page.map(Brought::Past);
                }
            };
            if let Some((epoch, stamp, scope)) = fill {
                let stands = || self.epoch(wanted.target, &scope) == Some(epoch);
                self.fill_items(&wanted.table.schema, found.items(), stamp, stands);
            }
            Ok::<_, engine::Error>(Brought::Found(found))
        }));
        let LoadedPage { page, is_stale } = loaded.await?;
        if is_stale {
            stale::is_told(wanted.table, CacheKind::Query, trace);
        }
        Ok(page)
    }

    /// How the page is kept, or why it is not.
    fn keeping(
        &self,
        wanted: Wanted<'_>,
        read: &PageRead,
        policy: &Policy,
    ) -> Result<Keeping, Why> {
        match wanted.request.consistency {
            Consistency::Strong => return Err(Why::Consistent),
            Consistency::Eventual => {}
        }
        let epoch = self.epoch_to_keep(wanted.target, &read.scope, policy)?;
        let key = page_key::key_of(read).ok_or(Why::TooLarge)?;
        let key = match wanted.target {
            Target::Global(..) if self.through.is_some() => key.of_follower(),
            Target::Global(..) | Target::Table(_) | Target::Local(..) => key,
        };
        Ok(Keeping { key, epoch, is_kept_on: !policy.max_stale.is_zero() })
    }

    /// The epoch that a page of this scope is kept with, or why none is; none for pages that live
    /// by time alone.
    pub(super) fn epoch_to_keep(
        &self,
        target: Target<'_>,
        scope: &Scope,
        policy: &Policy,
    ) -> Result<Option<Epoch>, Why> {
        if policy.bypass || !self.pages.is_on() {
            return Err(Why::Policy);
        }
        match policy.queries {
            QueryCaching::Off => Err(Why::Policy),
            QueryCaching::Dax => Ok(None),
            QueryCaching::Exact => self.epoch(target, scope).ok_or(Why::InFlight).map(Some),
        }
    }

    /// The epoch of all that a read of this scope can find; none while it is being written.
    pub(super) fn epoch(&self, target: Target<'_>, scope: &Scope) -> Option<Epoch> {
        let table = target.table().table;
        let index = match target {
            // The partitions of local indexes are the table's.
            Target::Table(_) | Target::Local(..) => IndexId::TABLE,
            Target::Global(_, index) => index.id,
        };
        match scope {
            Scope::Partition { partition, .. } => self.fence.epoch(table, index, partition),
            Scope::Everything | Scope::Segment(_) => self.fence.index_epoch(table, index),
        }
    }

    /// Reads a page that the table or index has capacity for.
    async fn read_page_charged(
        &self,
        wanted: Wanted<'_>,
        read: PageRead,
    ) -> Result<PageFound, engine::Error> {
        let Wanted { table, request, target, .. } = wanted;
        let least = capacity::least_read(request.consistency);
        let admission = self.admit_read(table, target, least)?;
        let found = self.read_page(target, read).await?;
        admission.settle(|| Cost::of(request.consistency, &found).units(target));
        Ok(found)
    }

    pub(super) async fn read_page(
        &self,
        target: Target<'_>,
        read: PageRead,
    ) -> Result<PageFound, engine::Error> {
        let answer = read.answer;
        let Page { items, count, scanned, row_bytes, fetched_bytes, last } =
            self.reader.page(read).await?;
        if let Some(index) = target.index() {
            self.check_index_stays(target.table().table, index)?;
        }
        Ok(PageFound {
            items: match answer {
                PageAnswer::Items => Some(items),
                PageAnswer::Count => None,
            },
            count,
            scanned,
            last: last.as_ref().map(|last| key_of_last(target, last)),
            row_bytes,
            fetched_bytes,
        })
    }

    /// Refuses what was read of an index that was dropped meanwhile: rows may have been missing.
    fn check_index_stays(&self, table: TableId, index: &IndexSchema) -> Result<(), ApiError> {
        let catalog = self.catalog();
        let stays = catalog.table_of(table).is_none_or(|table| table.index(index.id).is_some());
        if stays { Ok(()) } else { Err(no_index(&index.name)) }
    }

    /// Fills the item cache with what a page holds; `stands` tells whether no write has touched
    /// what the page was read from since its epoch was read.
    fn fill_items(
        &self,
        schema: &TableSchema,
        items: &[ItemBytes],
        stamp: Stamp,
        stands: impl Fn() -> bool,
    ) {
        for item in items {
            let mut buffer = KeyBuffer::default();
            let Some(key) = schema.key_of_stored(item.view(), &mut buffer) else { continue };
            let key = key.to_key();
            let Lookup::Miss(guard) = self.cache.try_get_or_guard(&key) else { continue };
            let Some(guard) = self.fence.admit(&key, guard) else { continue };
            // Only now: a write that closed before the guard was taken has moved the epoch.
            if !stands() {
                return;
            }
            guard.fill(Image::Item(ItemImage::of(item)), stamp);
        }
    }
}

/// How a page is kept and shared.
struct Keeping {
    key: PageKey,
    /// None for pages that live by time alone.
    epoch: Option<Epoch>,
    /// Whether it may be served past its time.
    is_kept_on: bool,
}

/// Whether a page's items are whole items of the table, and few enough to be worth keeping.
fn fills_items(read: &PageRead) -> bool {
    let is_query = match read.scope {
        Scope::Partition { .. } => true,
        // A scan would push out what is hot.
        Scope::Everything | Scope::Segment(_) => false,
    };
    let holds_items = match (read.source, read.answer) {
        (ItemSource::Rows, PageAnswer::Items) => true,
        (ItemSource::Table, _) | (_, PageAnswer::Count) => false,
    };
    is_query && holds_items && read.index == IndexId::TABLE && read.projection.is_none()
}
