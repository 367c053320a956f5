//! Reading one item: from the cache, or from the engine into the cache.
//!
//! Must hold: a fill reads its stamp and opens its snapshot only after the fence admitted its
//! guard; a reader whose guard was not admitted reads past the cache.
//! Not here: several items at once (`batch.rs`).

use std::time::Duration;

use tokio::time::Instant;

use super::target::Target;
use super::{Proxy, Trace, capacity, key_paths, keys, stale};
use crate::api::{AnswerItem, ApiError, Consistency, GetItem, GetItemOutput, Operation};
use crate::cache::{Lookup, Why};
use crate::engine::{self, Table};
use crate::expr::{Path, Projection};
use crate::metrics::{CacheKind, CacheResult, Capacity, Outcome, Protocol, Source};
use crate::model::{
    Image, ItemImage, ItemKey, ItemKeyRef, ItemRef, KeyBuffer, KeyValue, TableSchema,
};

impl Proxy {
    /// A GetItem's answer if it is in the cache; the path that every hot read takes.
    ///
    /// `None` says nothing: the request may also be wrong, and [`Proxy::call`] finds out.
    pub fn hit(
        &self,
        table: &str,
        key: &[(&str, KeyValue<'_>)],
        consistency: Consistency,
        began: Duration,
    ) -> Option<GetItemOutput> {
        if self.reads_past(consistency) {
            return None;
        }
        let catalog = self.catalog();
        let table = catalog.serving(table)?;
        let mut buffer = KeyBuffer::default();
        let key = table.schema.key_of_pairs(key, &mut buffer).ok()?;
        let image = self.cache.get(key, began)?;
        self.count_hit(table, key, &image, consistency, began, Protocol::Http);
        Some(GetItemOutput { item: item_of(image).map(AnswerItem::Whole), capacity: None })
    }

    /// The same for a client that leaves it to the table's schema which attributes a key has:
    /// `key_of` makes the key, and `found` writes the item or its absence, if it can. Whether there
    /// is an answer.
    pub fn hit_by_schema(
        &self,
        table: &str,
        key_of: impl for<'b> FnOnce(&TableSchema, &'b mut KeyBuffer) -> Option<ItemKeyRef<'b>>,
        consistency: Consistency,
        began: Duration,
        found: impl FnOnce(Option<ItemRef<'_>>, &TableSchema) -> bool,
    ) -> bool {
        if self.reads_past(consistency) {
            return false;
        }
        let catalog = self.catalog();
        let Some(table) = catalog.serving(table) else { return false };
        let mut buffer = KeyBuffer::default();
        let Some(key) = key_of(&table.schema, &mut buffer) else { return false };
        let Some(image) = self.cache.get(key, began) else { return false };
        let item = match &image {
            Image::Item(item) => Some(item.view()),
            Image::Absent => None,
        };
        let is_written = found(item, &table.schema);
        if is_written {
            self.count_hit(table, key, &image, consistency, began, Protocol::Dax);
        }
        is_written
    }

    fn count_hit(
        &self,
        table: &Table,
        key: ItemKeyRef<'_>,
        image: &Image,
        consistency: Consistency,
        began: Duration,
        protocol: Protocol,
    ) {
        self.background.hit(key, image, began);
        table.metrics.cache_lookup(result_of(image));
        let item = match image {
            Image::Item(item) => Some(item),
            Image::Absent => None,
        };
        let units = capacity::of_item(item, consistency).0;
        table.metrics.consumed(Capacity::Read, units);
        let (operation, name) = (Operation::GetItem as usize, Operation::GetItem.name());
        table.metrics.returned(operation, usize::from(item.is_some()));
        self.metrics.count(&table.metrics, protocol, (operation, name), Outcome::Ok);
        let took = self.clock.monotonic().saturating_sub(began);
        self.metrics.took(operation, Source::Cache, took);
    }

    pub(super) async fn get_item(
        &self,
        get: GetItem,
        trace: &mut Trace,
    ) -> Result<GetItemOutput, ApiError> {
        let table = self.serving(get.table.name())?;
        let mut buffer = KeyBuffer::default();
        let key = table.schema.key(&get.key, &mut buffer).map_err(keys::of_request)?.to_key();
        key_paths::check(projected_paths(get.projection.as_ref()), &table.schema)?;
        // A strongly consistent read may be a hit, too: the fence lets nothing into the cache, and
        // leaves nothing there, that is older than the last acknowledged write.
        let deadline = self.deadline();
        let load = self.load(&table, &key, get.consistency, deadline, trace);
        let image = match self.until(deadline, load).await {
            Err(error) if stale::may_be(get.consistency) => {
                self.item_past_its_time(&table, &key, error, trace)?
            }
            loaded => loaded?,
        };
        let item = item_of(image);
        let units = capacity::of_reads([item.as_ref()], get.consistency);
        units.count(&table.metrics, Capacity::Read);
        table.metrics.returned(Operation::GetItem as usize, usize::from(item.is_some()));
        let capacity = capacity::report(get.table, get.capacity, units);
        let item = item.map(|item| answered(item, get.projection.as_ref()));
        Ok(GetItemOutput { item, capacity })
    }

    async fn load(
        &self,
        table: &Table,
        key: &ItemKey,
        consistency: Consistency,
        deadline: Instant,
        trace: &mut Trace,
    ) -> Result<Image, engine::Error> {
        let began = self.clock.monotonic();
        if self.reads_past(consistency) {
            return self.read_past(table, key, consistency, Why::Consistent, trace).await;
        }
        // A hit asks the fence nothing.
        if let Some(image) = self.cache.get(key.view(), began) {
            return Ok(self.found(table, key, image, began, trace));
        }
        if self.fence.is_written(key) {
            return self.read_past(table, key, consistency, Why::InFlight, trace).await;
        }
        match self.cache.get_or_guard(key).await {
            Lookup::Hit(image) => Ok(self.found(table, key, image, began, trace)),
            // It takes no answer but the engine's.
            Lookup::Stale(_) if !stale::may_be(consistency) => {
                self.read_past(table, key, consistency, Why::Expired, trace).await
            }
            Lookup::Stale(image) => {
                self.missed(table, key, began, trace);
                stale::is_told(table, CacheKind::Item, trace);
                Ok(image)
            }
            Lookup::Miss(guard) => match self.fence.admit(key, guard) {
                Some(guard) => {
                    self.missed(table, key, began, trace);
                    let read = self.until(deadline, async {
                        let permit = self.fill_permit(key.table()).await;
                        let stamp = self.rules.stamp(key.table());
                        let image = self.read_charged(table, key, consistency).await?;
                        Ok((image, stamp, permit))
                    });
                    match read.await {
                        Ok((image, stamp, _permit)) => {
                            guard.fill(image.clone(), stamp);
                            Ok(image)
                        }
                        Err(error) if error.is_no_answer() => {
                            let image = guard.unanswered();
                            let image =
                                image.filter(|_| stale::may_be(consistency)).ok_or(error)?;
                            stale::is_told(table, CacheKind::Item, trace);
                            Ok(image)
                        }
                        Err(error) => Err(error),
                    }
                }
                None => self.read_past(table, key, consistency, Why::InFlight, trace).await,
            },
            Lookup::Bypass(why) => self.read_past(table, key, consistency, why, trace).await,
        }
    }

    /// Whether a read goes past the caches for what it asks of them: writes that do not come through
    /// here may be newer than what they have.
    #[inline]
    pub(super) fn reads_past(&self, consistency: Consistency) -> bool {
        consistency == Consistency::Strong && self.through.is_some()
    }

    fn missed(&self, table: &Table, key: &ItemKey, now: Duration, trace: &mut Trace) {
        self.background.miss(key.view(), now);
        trace.miss(|| self.cache.why(key.view()));
        table.metrics.cache_lookup(CacheResult::Miss);
    }

    /// A hit, once it is counted.
    pub(super) fn found(
        &self,
        table: &Table,
        key: &ItemKey,
        image: Image,
        now: Duration,
        trace: &mut Trace,
    ) -> Image {
        self.background.hit(key.view(), &image, now);
        trace.hit();
        table.metrics.cache_lookup(result_of(&image));
        image
    }

    async fn read_past(
        &self,
        table: &Table,
        key: &ItemKey,
        consistency: Consistency,
        why: Why,
        trace: &mut Trace,
    ) -> Result<Image, engine::Error> {
        self.background.miss(key.view(), self.clock.monotonic());
        trace.bypass(why);
        table.metrics.cache_lookup(CacheResult::Bypass);
        self.read_charged(table, key, consistency).await
    }

    /// Reads from the engine what the table has capacity for.
    async fn read_charged(
        &self,
        table: &Table,
        key: &ItemKey,
        consistency: Consistency,
    ) -> Result<Image, engine::Error> {
        let least = capacity::least_read(consistency);
        let admission = self.admit_read(table, Target::Table(&table.schema), least)?;
        let image = if self.reads_past(consistency) {
            self.reader.read_consistent(key.clone()).await?
        } else {
            self.reader.read(key.clone()).await?
        };
        admission.settle(|| match &image {
            Image::Item(item) => capacity::of_reads([Some(item)], consistency),
            Image::Absent => capacity::of_reads([None], consistency),
        });
        Ok(image)
    }
}

/// The item as it is answered: whole, or what a projection leaves of it.
pub(super) fn answered(item: ItemImage, projection: Option<&Projection>) -> AnswerItem {
    match projection {
        None => AnswerItem::Whole(item),
        Some(projection) => AnswerItem::Part(projection.project(item.view())),
    }
}

/// The paths of a projection, if there is one.
pub(super) fn projected_paths(projection: Option<&Projection>) -> impl Iterator<Item = &Path> {
    projection.into_iter().flat_map(Projection::paths)
}

pub(super) fn item_of(image: Image) -> Option<ItemImage> {
    match image {
        Image::Item(item) => Some(item),
        Image::Absent => None,
    }
}

fn result_of(image: &Image) -> CacheResult {
    match image {
        Image::Item(_) => CacheResult::Hit,
        Image::Absent => CacheResult::AbsentHit,
    }
}
