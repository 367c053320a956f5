//! Reading many items at once.
//!
//! Must hold: guards are taken without waiting, all flights are looked at, then one snapshot is
//! opened; a key that somebody else is filling is read without filling. Waiting for a guard while
//! holding another would let two batches block each other for ever.
//! Not here: the limits that need no table (`api/`).

use std::sync::Arc;

use super::read::{item_of, result_of};
use super::{Proxy, capacity, keys};
use crate::api::{ApiError, BatchGetItem, BatchGetItemOutput, BatchGetTable, ConsumedCapacity};
use crate::cache::{FillGuard, Lookup, Stamp};
use crate::engine::Table;
use crate::metrics::CacheResult;
use crate::model::{Image, ItemImage, ItemKey, KeyBuffer};

impl Proxy {
    pub(super) async fn batch_get_item(
        &self,
        batch: BatchGetItem,
    ) -> Result<BatchGetItemOutput, ApiError> {
        let tables = batch.tables.iter().map(|part| self.serving(&part.table));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let mut wanted = Vec::new();
        for (part, table) in batch.tables.iter().zip(&tables) {
            for key in &part.keys {
                let mut buffer = KeyBuffer::default();
                let key = table.schema.key(key, &mut buffer).map_err(keys::of_request)?;
                wanted.push((Arc::clone(table), key.to_key()));
            }
        }
        let images = self.load_many(&wanted).await?;
        Ok(answer(batch, images))
    }

    /// The images of these keys, in their order; the missing ones come from one snapshot.
    async fn load_many(&self, wanted: &[(Arc<Table>, ItemKey)]) -> Result<Vec<Image>, ApiError> {
        let mut found: Vec<Option<Image>> = Vec::with_capacity(wanted.len());
        let mut guards: Vec<Option<FillGuard<'_>>> = Vec::new();
        let mut missing = Vec::new();
        for (table, key) in wanted {
            match self.cache.try_get_or_guard(key) {
                Lookup::Hit(image) => {
                    table.metrics.cache_lookup(result_of(&image));
                    found.push(Some(image));
                    continue;
                }
                Lookup::Miss(guard) => guards.push(Some(guard)),
                Lookup::Bypass => guards.push(None),
            }
            missing.push((table, key));
            found.push(None);
        }
        let fills: Vec<Option<(FillGuard<'_>, Stamp)>> = missing
            .iter()
            .zip(guards)
            .map(|((table, key), guard)| {
                let admitted = guard.and_then(|guard| self.fence.admit(key, guard));
                let result = match &admitted {
                    Some(_) => CacheResult::Miss,
                    None => CacheResult::Bypass,
                };
                table.metrics.cache_lookup(result);
                admitted.map(|guard| (guard, self.cache.stamp(key.view())))
            })
            .collect();
        let mut loaded = if missing.is_empty() {
            Vec::new()
        } else {
            let keys = missing.iter().map(|(_, key)| (*key).clone()).collect();
            self.engine.read_many(keys).await?
        };
        for (image, fill) in loaded.iter().zip(fills) {
            if let Some((guard, stamp)) = fill {
                guard.fill(image.clone(), stamp);
            }
        }
        let mut loaded = loaded.drain(..);
        let images = found.into_iter().map(|image| image.or_else(|| loaded.next()));
        Ok(images.map(|image| image.expect("the engine answers every key")).collect())
    }
}

/// Cuts the answer at its limit of bytes and puts the rest into `unprocessed`.
fn answer(batch: BatchGetItem, images: Vec<Image>) -> BatchGetItemOutput {
    let mut images = images.into_iter();
    let mut output =
        BatchGetItemOutput { responses: Vec::new(), unprocessed: Vec::new(), capacity: Vec::new() };
    let mut room = ANSWER_BYTES_MAX;
    let mut full = false;
    for BatchGetTable { table, keys, consistency } in batch.tables {
        let mut items: Vec<Arc<ItemImage>> = Vec::new();
        let mut read: Vec<Option<Arc<ItemImage>>> = Vec::new();
        let mut left = Vec::new();
        for (key, image) in keys.into_iter().zip(images.by_ref()) {
            let item = item_of(image);
            let bytes = item.as_ref().map_or(0, |item| item.view().size());
            full = full || bytes > room;
            if full {
                left.push(key);
                continue;
            }
            room -= bytes;
            items.extend(item.clone());
            read.push(item);
        }
        let units = capacity::of_reads(read.iter().map(Option::as_deref), consistency);
        let report: Option<ConsumedCapacity> =
            capacity::report(table.clone(), batch.capacity, units);
        output.capacity.extend(report);
        output.responses.push((table.clone(), items));
        if !left.is_empty() {
            output.unprocessed.push(BatchGetTable { table, keys: left, consistency });
        }
    }
    output
}

/// DynamoDB's limit of one answer, counted in item sizes; no single item comes near it.
const ANSWER_BYTES_MAX: usize = 16 << 20;
