//! Requests for items, and their answers.
//!
//! Must hold: items, keys and expressions are valid on their own; whether they fit a table's schema
//! is asked later.
//! Not here: pages (`query.rs`).

use std::collections::HashSet;
use std::sync::Arc;

use super::ApiError;
use super::table::TableRef;
use crate::expr::{Condition, Projection, Update};
use crate::model::{
    AttributeValue, ITEM_BYTES_MAX, Item, ItemBytes, ItemImage, ItemRef, encode_attributes,
};

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
    /// The item as it is now; of an update only, like the two that follow.
    AllNew,
    /// What was before at the paths that the update names.
    UpdatedOld,
    /// What is now at the paths that the update names.
    UpdatedNew,
}

/// What a write whose condition did not hold tells of the item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OnConditionFailure {
    /// Nothing.
    None,
    /// The item that is there.
    AllOld,
}

/// Whether a write tells how large the item collection is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CollectionDetail {
    /// It does not.
    None,
    /// It does, if the table has a local index.
    Size,
}

/// What every write of one item can ask for besides its effect.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// What must hold of the item that is there.
    pub condition: Option<Arc<Condition>>,
    /// What is told of the item if it does not.
    pub on_failure: OnConditionFailure,
    /// What is returned.
    pub return_values: ReturnValues,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
    /// Whether the size of the item collection is reported.
    pub collection: CollectionDetail,
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
    pub table: TableRef,
    /// The key.
    pub key: Key,
    /// How fresh the answer must be.
    pub consistency: Consistency,
    /// The parts of the item that are wanted; all of it without.
    pub projection: Option<Projection>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// Writes one item whole.
#[derive(Debug)]
pub struct PutItem {
    /// The table.
    pub table: TableRef,
    /// The item, its key attributes included.
    pub item: Item,
    /// What else is asked; `return_values` is `None` or `AllOld`.
    pub options: WriteOptions,
}

/// Removes one item.
#[derive(Debug)]
pub struct DeleteItem {
    /// The table.
    pub table: TableRef,
    /// The key.
    pub key: Key,
    /// What else is asked; `return_values` is `None` or `AllOld`.
    pub options: WriteOptions,
}

/// Changes attributes of one item, or makes it.
#[derive(Debug)]
pub struct UpdateItem {
    /// The table.
    pub table: TableRef,
    /// The key.
    pub key: Key,
    /// What becomes of the item.
    pub update: Arc<Update>,
    /// Whether an item that is not there is made. `AttributeUpdates` that only delete make none.
    pub makes_item: bool,
    /// What else is asked.
    pub options: WriteOptions,
}

/// The two ways in which a request can put a filter or key conditions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// By an expression.
    Expression,
    /// By the older parameters, some of whose refusals are worded otherwise.
    Legacy,
}

/// Writes and removes up to 25 items of several tables, each on its own.
#[derive(Debug)]
pub struct BatchWriteItem {
    /// The tables in the order of the request; none appears twice.
    pub tables: Vec<BatchWriteTable>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
    /// Whether sizes of item collections are reported.
    pub collection: CollectionDetail,
}

/// The part of a [`BatchWriteItem`] for one table.
#[derive(Debug)]
pub struct BatchWriteTable {
    /// The table.
    pub table: TableRef,
    /// The writes, 1 to 25.
    pub writes: Vec<BatchWrite>,
}

/// One write of a batch.
#[derive(Clone, Debug)]
pub enum BatchWrite {
    /// The item is written whole.
    Put(Item),
    /// The item of that key is removed.
    Delete(Key),
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
    pub table: TableRef,
    /// The keys, 1 to 100.
    pub keys: Vec<Key>,
    /// How fresh the answer must be.
    pub consistency: Consistency,
    /// The parts of the items that are wanted.
    pub projection: Option<BatchProjection>,
}

/// A projection, and the members that said it, which what is left unread is sent back with.
#[derive(Clone, Debug)]
pub struct BatchProjection {
    /// The projection.
    pub projection: Projection,
    /// The members.
    pub given: ProjectionMembers,
}

/// The members of a request that say a projection.
#[derive(Clone, Debug)]
pub enum ProjectionMembers {
    /// An expression, and the names of the request.
    Expression {
        /// `ProjectionExpression`
        text: String,
        /// `ExpressionAttributeNames`
        names: Vec<(String, String)>,
    },
    /// `AttributesToGet`
    AttributesToGet(Vec<String>),
}

/// An item as an answer has it.
#[derive(Clone, Debug)]
pub enum AnswerItem {
    /// An item whole; its image keeps its JSON.
    Whole(ItemImage),
    /// A part of an item, or an item that nobody keeps.
    Part(ItemBytes),
}

impl AnswerItem {
    /// The item as what may be kept.
    pub fn image(&self) -> ItemImage {
        match self {
            Self::Whole(image) => image.clone(),
            Self::Part(item) => ItemImage::of(item),
        }
    }

    /// A view of the item.
    pub fn view(&self) -> ItemRef<'_> {
        match self {
            Self::Whole(image) => image.view(),
            Self::Part(item) => item.view(),
        }
    }
}

/// The answer to a [`GetItem`].
#[derive(Debug)]
pub struct GetItemOutput {
    /// The item, if there is one.
    pub item: Option<AnswerItem>,
    /// The capacity, if asked for.
    pub capacity: Option<ConsumedCapacity>,
}

/// The answer to a [`PutItem`], [`DeleteItem`] or [`UpdateItem`].
#[derive(Debug)]
pub struct WriteOutput {
    /// The attributes, if asked for and there are some.
    pub attributes: Option<AnswerItem>,
    /// The capacity, if asked for.
    pub capacity: Option<ConsumedCapacity>,
    /// The item collection's size, if asked for and the table has a local index.
    pub collection: Option<CollectionSize>,
}

/// The size of an item collection, as far as the service tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionSize {
    /// The partition key.
    pub key: (String, AttributeValue),
    /// The size in whole gigabytes, rounded down; the upper bound is one more.
    pub gigabytes: u64,
}

/// The answer to a [`BatchWriteItem`].
#[derive(Debug)]
pub struct BatchWriteItemOutput {
    /// What was not written, ready to be sent again.
    pub unprocessed: Vec<BatchWriteTable>,
    /// The sizes of item collections by table, if asked for; tables without any are left out.
    pub collections: Vec<(TableRef, Vec<CollectionSize>)>,
    /// The capacity of each table, if asked for.
    pub capacity: Vec<ConsumedCapacity>,
}

/// The answer to a [`BatchGetItem`].
#[derive(Debug)]
pub struct BatchGetItemOutput {
    /// The items found, a list for every table of the request.
    pub responses: Vec<(TableRef, Vec<AnswerItem>)>,
    /// What was not read, ready to be sent again.
    pub unprocessed: Vec<BatchGetTable>,
    /// The capacity of each table, if asked for.
    pub capacity: Vec<ConsumedCapacity>,
}

/// The capacity that an operation consumed on one table.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumedCapacity {
    /// The table, named as the request named it.
    pub table: TableRef,
    /// The table's own part.
    pub table_units: HalfUnits,
    /// The part of each local index that cost something.
    pub local: Vec<(String, HalfUnits)>,
    /// The part of each global index that cost something.
    pub global: Vec<(String, HalfUnits)>,
    /// How it is reported; never [`CapacityDetail::None`].
    pub detail: CapacityDetail,
    /// What it was consumed for, where that is told: of transactions.
    pub kind: Option<CapacityKind>,
}

/// What capacity is consumed for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CapacityKind {
    /// Reading.
    Read,
    /// Writing.
    Write,
}

/// Capacity in halves of a unit, since an eventual read of a small item costs half of one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HalfUnits(pub u64);

impl ConsumedCapacity {
    /// The table and its indexes together.
    pub fn total(&self) -> HalfUnits {
        let indexes = self.local.iter().chain(&self.global).map(|(_, units)| units.0);
        HalfUnits(self.table_units.0 + indexes.sum::<u64>())
    }
}

/// Refuses an item above DynamoDB's 400 KB.
///
/// `wire_bytes` is the length of the text that the item was read from. No wire writes an item in
/// fewer bytes than it is charged for, so most items need not be measured.
pub fn check_item_size(item: &Item, wire_bytes: usize) -> Result<(), ApiError> {
    if wire_bytes > ITEM_BYTES_MAX && item.encode().view().size() > ITEM_BYTES_MAX {
        return Err(ApiError::item_too_large());
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
