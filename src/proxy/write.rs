//! Writing one item: through to the engine, with a ticket that keeps the cache exact.
//!
//! Must hold: the ticket goes with the mutation by value; a client that hangs up drops the wait
//! for the answer and nothing else once the mutation is queued, before that the write whole.
//! Not here: when the ticket opens and closes, and when a condition is judged (`engine/`).

use super::{Proxy, capacity, keys, mutations};
use crate::api::{
    AnswerItem, ApiError, CollectionDetail, CollectionSize, DeleteItem, Details, ErrorCode, Key,
    OnConditionFailure, PutItem, ReturnValues, TableRef, UpdateItem, WriteOptions, WriteOutput,
};
use crate::engine::{Error, Mutation, Origin, Table, Written};
use crate::expr::Update;
use crate::metrics::Capacity;
use crate::model::{AttributeValue, Image, Item, ItemImage, TableSchema};

impl Proxy {
    pub(super) async fn put_item(&self, put: PutItem) -> Result<WriteOutput, ApiError> {
        let table = self.serving(put.table.name())?;
        let (key, change) = mutations::put(&table.schema, &put.item, keys::of_item)?;
        let condition = put.options.condition.clone();
        let attempted = capacity::attempted(&change);
        let mutation = Mutation { key, condition, change, origin: Origin::Client };
        let written = self.write_charged(&table, mutation).await;
        let written = written.map_err(|error| told(error, &table, &put.options, attempted))?;
        let answer = Answer { table: &table, named: put.table, options: &put.options };
        Ok(answer.of(&written, &put.item.attributes, None))
    }

    pub(super) async fn delete_item(&self, delete: DeleteItem) -> Result<WriteOutput, ApiError> {
        let table = self.serving(delete.table.name())?;
        let (key, change) = mutations::delete(&table.schema, &delete.key)?;
        let condition = delete.options.condition.clone();
        let mutation = Mutation { key, condition, change, origin: Origin::Client };
        let written = self.write_charged(&table, mutation).await;
        let written = written.map_err(|error| told(error, &table, &delete.options, 0))?;
        let answer = Answer { table: &table, named: delete.table, options: &delete.options };
        Ok(answer.of(&written, &delete.key, None))
    }

    pub(super) async fn update_item(&self, request: UpdateItem) -> Result<WriteOutput, ApiError> {
        let UpdateItem { table: named, key: attributes, update, makes_item, options } = request;
        let table = self.serving(named.name())?;
        let new = Item { attributes };
        let (key, change) = mutations::update(&table.schema, &new, &update, makes_item)?;
        let condition = options.condition.clone();
        let mutation = Mutation { key, condition, change, origin: Origin::Client };
        let written = self.write_charged(&table, mutation).await;
        let written = written.map_err(|error| match error {
            Error::IndexKey(error) => keys::of_updated_index(error),
            error => told(error, &table, &options, 0),
        })?;
        let answer = Answer { table: &table, named, options: &options };
        Ok(answer.of(&written, &new.attributes, Some(&update)))
    }

    /// Writes what the table and its global indexes have capacity for.
    pub(super) async fn write_charged(
        &self,
        table: &Table,
        mutation: Mutation,
    ) -> Result<Written, Error> {
        let attempted = capacity::attempted(&mutation.change);
        let admission = self.admit_write(table, &mutation.change, capacity::LEAST_WRITE)?;
        let written = self.write(mutation).await;
        match &written {
            Ok(written) => admission.settle(|| capacity::of_write(&table.schema, written)),
            Err(Error::ConditionFailed { found }) => {
                admission.settle(|| capacity::of_refused_write(found, attempted));
            }
            // Nothing was written, as far as is known.
            Err(_) => drop(admission),
        }
        written
    }

    /// Writes with a ticket of its own.
    pub(super) async fn write(&self, mutation: Mutation) -> Result<Written, Error> {
        self.engine.write(mutation, self.fence.ticket()).await
    }
}

/// What the client is told of a write of so many bytes that failed; one whose condition did not hold
/// is counted.
fn told(error: Error, table: &Table, options: &WriteOptions, attempted: u64) -> ApiError {
    match error {
        Error::ConditionFailed { found } => {
            table.metrics.condition_failed();
            capacity::of_refused_write(&found, attempted).count(&table.metrics, Capacity::Write);
            let details = match options.on_failure {
                OnConditionFailure::None => None,
                OnConditionFailure::AllOld => {
                    item_of(&found).map(|item| Box::new(Details::Item(item.item())))
                }
            };
            let message = "The conditional request failed";
            ApiError { details, ..ApiError::new(ErrorCode::ConditionalCheckFailed, message) }
        }
        error => error.into(),
    }
}

/// What of a write's outcome the client asked for.
struct Answer<'a> {
    table: &'a Table,
    /// The table as the request named it.
    named: TableRef,
    options: &'a WriteOptions,
}

impl Answer<'_> {
    /// The answer; `key` has the key attributes, `update` is there if the write was one.
    fn of(self, written: &Written, key: &Key, update: Option<&Update>) -> WriteOutput {
        let schema = &self.table.schema;
        let units = capacity::of_write(schema, written);
        units.count(&self.table.metrics, Capacity::Write);
        let collection = match self.options.collection {
            CollectionDetail::None => None,
            CollectionDetail::Size => collection_of(schema, key, written),
        };
        WriteOutput {
            attributes: attributes_of(self.options.return_values, written, update),
            capacity: capacity::report(self.named, self.options.capacity, units),
            collection,
        }
    }
}

fn attributes_of(
    values: ReturnValues,
    written: &Written,
    update: Option<&Update>,
) -> Option<AnswerItem> {
    let whole = |image: &Image| match image {
        Image::Item(image) => Some(AnswerItem::Whole(image.clone())),
        Image::Absent => None,
    };
    let updated = |image: &Image| {
        let targets = update?.project_targets(item_of(image)?.view());
        targets.map(AnswerItem::Part)
    };
    match values {
        ReturnValues::None => None,
        ReturnValues::AllOld => whole(&written.before),
        ReturnValues::AllNew => whole(&written.after),
        ReturnValues::UpdatedOld => updated(&written.before),
        ReturnValues::UpdatedNew => updated(&written.after),
    }
}

/// Keeps this size as the last of its collection.
pub(super) fn keep_last(sizes: &mut Vec<CollectionSize>, size: CollectionSize) {
    sizes.retain(|earlier| earlier.key != size.key);
    sizes.push(size);
}

/// The size of the item's collection, if the table has local indexes.
pub(super) fn collection_of(
    schema: &TableSchema,
    attributes: &[(String, AttributeValue)],
    written: &Written,
) -> Option<CollectionSize> {
    let bytes = written.collection_bytes?;
    let key = attributes.iter().find(|(name, _)| *name == schema.hash.name)?.clone();
    Some(CollectionSize { key, gigabytes: bytes >> 30 })
}

fn item_of(image: &Image) -> Option<&ItemImage> {
    match image {
        Image::Item(image) => Some(image),
        Image::Absent => None,
    }
}
