//! Requests for items, and their answers.
//!
//! Must hold: items and keys are whole and valid on their own; whether they fit a table's schema is
//! asked later.
//! Not here: expressions, which no request carries yet.

use std::collections::HashSet;
use std::sync::Arc;

use super::ApiError;
use super::table::TableName;
use crate::model::{AttributeValue, ITEM_BYTES_MAX, Item, ItemImage, encode_attributes};

/// The attributes of a key as the request gave them.
pub type Key = Vec<(String, AttributeValue)>;

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Consistency {
    /// As the service would answer by default.
    Eventual,
    /// Never older than the last acknowledged write.
    Strong,
}

/// What a write returns besides success.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReturnValues {
    /// Nothing.
    None,
    /// The item as it was before.
    AllOld,
}

/// Whether and how the consumed capacity is reported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CapacityDetail {
    /// Not at all.
    None,
    /// The sum.
    Total,
    /// The sum, and table and indexes apart.
    Indexes,
}

/// Reads one item.
#[derive(Debug)]
pub struct GetItem {
    /// The table.
    pub table: TableName,
    /// The key.
    pub key: Key,
    /// How fresh the answer must be.
    pub consistency: Consistency,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// Writes one item whole.
#[derive(Debug)]
pub struct PutItem {
    /// The table.
    pub table: TableName,
    /// The item, its key attributes included.
    pub item: Item,
    /// What is returned.
    pub return_values: ReturnValues,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// Removes one item.
#[derive(Debug)]
pub struct DeleteItem {
    /// The table.
    pub table: TableName,
    /// The key.
    pub key: Key,
    /// What is returned.
    pub return_values: ReturnValues,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// Reads up to 100 items of several tables.
#[derive(Debug)]
pub struct BatchGetItem {
    /// The tables in the order of the request; none appears twice, no key twice in one.
    pub tables: Vec<BatchGetTable>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// The part of a [`BatchGetItem`] for one table.
#[derive(Debug)]
pub struct BatchGetTable {
    /// The table.
    pub table: TableName,
    /// The keys, 1 to 100.
    pub keys: Vec<Key>,
    /// How fresh the answer must be.
    pub consistency: Consistency,
}

/// The answer to a [`GetItem`].
#[derive(Debug)]
pub struct GetItemOutput {
    /// The item, if there is one.
    pub item: Option<Arc<ItemImage>>,
    /// The capacity, if asked for.
    pub capacity: Option<ConsumedCapacity>,
}

/// The answer to a [`PutItem`] or [`DeleteItem`].
#[derive(Debug)]
pub struct WriteOutput {
    /// The old item, if asked for and there was one.
    pub attributes: Option<Arc<ItemImage>>,
    /// The capacity, if asked for.
    pub capacity: Option<ConsumedCapacity>,
}

/// The answer to a [`BatchGetItem`].
#[derive(Debug)]
pub struct BatchGetItemOutput {
    /// The items found, a list for every table of the request.
    pub responses: Vec<(TableName, Vec<Arc<ItemImage>>)>,
    /// What was not read, ready to be sent again.
    pub unprocessed: Vec<BatchGetTable>,
    /// The capacity of each table, if asked for.
    pub capacity: Vec<ConsumedCapacity>,
}

/// The capacity that an operation consumed on one table.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumedCapacity {
    /// The table, named as the request named it.
    pub table: TableName,
    /// Twice the units, since an eventual read of a small item costs half of one.
    pub half_units: u64,
    /// How it is reported; never [`CapacityDetail::None`].
    pub detail: CapacityDetail,
}

/// Refuses an item above DynamoDB's 400 KB.
///
/// `wire_bytes` is the length of the text that the item was read from. No wire writes an item in
/// fewer bytes than it is charged for, so most items need not be measured.
pub fn check_item_size(item: &Item, wire_bytes: usize) -> Result<(), ApiError> {
    if wire_bytes > ITEM_BYTES_MAX && item.encode().view().size() > ITEM_BYTES_MAX {
        return Err(ApiError::validation("Item size has exceeded the maximum allowed size"));
    }
    Ok(())
}

/// Refuses keys of one table of which two are equal by value.
pub fn check_batch_keys(keys: &[Key]) -> Result<(), ApiError> {
    let mut seen = HashSet::with_capacity(keys.len());
    for key in keys {
        if !seen.insert(canonical_bytes(key)) {
            let message = "Provided list of item keys contains duplicates";
            return Err(ApiError::validation(message));
        }
    }
    Ok(())
}

fn canonical_bytes(key: &Key) -> Vec<u8> {
    if key.len() == 1 {
        return encode_attributes(key);
    }
    let mut sorted = key.clone();
    sorted.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    encode_attributes(&sorted)
}
