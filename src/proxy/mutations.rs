//! What a request makes of an item, checked against the table: for one write, for those of a batch
//! and for those of a transaction.
//!
//! Not here: conditions, and how a failed write is told (`write.rs`, `transact.rs`).

use std::sync::Arc;

use super::{key_paths, keys, update_checks};
use crate::api::{ApiError, Key};
use crate::engine::Change;
use crate::expr::Update;
use crate::model::{Item, ItemImage, ItemKey, KeyBuffer, KeyError, TableSchema};

/// Puts the item; `misfit` words a key that does not fit.
pub(super) fn put(
    schema: &TableSchema,
    item: &Item,
    misfit: fn(KeyError) -> ApiError,
) -> Result<(ItemKey, Change), ApiError> {
    let (key, image) = put_image(schema, item, misfit)?;
    Ok((key, Change::Put(image)))
}

/// The key and the image of an item that is put.
pub(super) fn put_image(
    schema: &TableSchema,
    item: &Item,
    misfit: fn(KeyError) -> ApiError,
) -> Result<(ItemKey, ItemImage), ApiError> {
    let mut buffer = KeyBuffer::default();
    let key = schema.item_key(item, &mut buffer).map_err(misfit)?.to_key();
    let image = item.encode();
    keys::check_entries(schema, &image)?;
    Ok((key, image))
}

/// Deletes the item of this key.
pub(super) fn delete(schema: &TableSchema, key: &Key) -> Result<(ItemKey, Change), ApiError> {
    Ok((key_of(schema, key)?, Change::Delete))
}

/// Updates the item of which this is the key; `makes` it if there is none.
pub(super) fn update(
    schema: &TableSchema,
    key: &Item,
    update: &Arc<Update>,
    makes: bool,
) -> Result<(ItemKey, Change), ApiError> {
    let place = key_of(schema, &key.attributes)?;
    update_checks::check(update, schema)?;
    key_paths::check(update.targets(), schema)?;
    let update = Arc::clone(update);
    Ok((place, Change::Update { update, key: key.encode().item(), makes }))
}

/// The key of a request.
pub(super) fn key_of(schema: &TableSchema, key: &Key) -> Result<ItemKey, ApiError> {
    let mut buffer = KeyBuffer::default();
    Ok(schema.key(key, &mut buffer).map_err(keys::of_request)?.to_key())
}
