//! Writing one item: through to the engine, with a ticket that keeps the cache exact.
//!
//! Must hold: the ticket goes with the mutation by value; a client that hangs up drops the wait
//! for the answer and nothing else once the mutation is queued, before that the write whole.
//! Not here: when the ticket opens and closes, and when a condition is judged (`engine/`).

use super::capacity::{self, Units};
use super::{Proxy, keys, mutations};
use crate::api::{
    AnswerItem, ApiError, CollectionDetail, CollectionSize, DeleteItem, Details, ErrorCode,
    HalfUnits, Key, OnConditionFailure, PutItem, ReturnValues, TableRef, UpdateItem, WriteOptions,
    WriteOutput,
};
use crate::engine::{Error, Mutation, Origin, Table, Written};
use crate::expr::Update;
use crate::metrics::Capacity;
use crate::model::{AttributeValue, Image, Item, ItemImage, TableSchema};

/// A write that was not carried out, as far as is known.
pub(super) struct Unwritten<E> {
    pub(super) error: E,
    /// What it cost its table all the same, if its condition did not hold.
    pub(super) cost: Option<HalfUnits>,
}

impl<E> From<E> for Unwritten<E> {
    fn from(error: E) -> Self {
        Self { error, cost: None }
    }
}

impl From<Unwritten<Self>> for ApiError {
    fn from(unwritten: Unwritten<Self>) -> Self {
        unwritten.error
    }
}

impl Proxy {
    pub(super) async fn put_item(&self, put: PutItem) -> Result<WriteOutput, Unwritten<ApiError>> {
        if let Some(through) = &self.through {
            return Box::pin(self.put_through(through, put)).await;
        }
        let table = self.serving(put.table.name())?;
        let (key, change) = mutations::put(&table.schema, &put.item, keys::of_item)?;
        let condition = put.options.condition.clone();
        let mutation = Mutation { key, condition, change, origin: Origin::Client };
        let written = self.write_charged(&table, mutation).await;
        let written = written.map_err(|unwritten| told(unwritten, &table, &put.options))?;
        let answer = Answer { table: &table, named: put.table, options: &put.options };
        Ok(answer.of(written, &put.item.attributes, None))
    }

    pub(super) async fn delete_item(
        &self,
        delete: DeleteItem,
    ) -> Result<WriteOutput, Unwritten<ApiError>> {
        if let Some(through) = &self.through {
            return Box::pin(self.delete_through(through, delete)).await;
        }
        let table = self.serving(delete.table.name())?;
        let (key, change) = mutations::delete(&table.schema, &delete.key)?;
        let condition = delete.options.condition.clone();
        let mutation = Mutation { key, condition, change, origin: Origin::Client };
        let written = self.write_charged(&table, mutation).await;
        let written = written.map_err(|unwritten| told(unwritten, &table, &delete.options))?;
        let answer = Answer { table: &table, named: delete.table, options: &delete.options };
        Ok(answer.of(written, &delete.key, None))
    }

    pub(super) async fn update_item(
        &self,
        request: UpdateItem,
    ) -> Result<WriteOutput, Unwritten<ApiError>> {
        if let Some(through) = &self.through {
            return Box::pin(self.update_through(through, request)).await;
        }
        let UpdateItem { table: named, key: attributes, update, makes_item, options } = request;
        let table = self.serving(named.name())?;
        let new = Item { attributes };
        let (key, change) = mutations::update(&table.schema, &new, &update, makes_item)?;
        let condition = options.condition.clone();
        let mutation = Mutation { key, condition, change, origin: Origin::Client };
        let written = self.write_charged(&table, mutation).await;
        let written = written.map_err(|unwritten| match unwritten.error {
            Error::IndexKey(error) => keys::of_updated_index(error).into(),
            error => told(Unwritten { error, ..unwritten }, &table, &options),
        })?;
        let answer = Answer { table: &table, named, options: &options };
        Ok(answer.of(written, &new.attributes, Some(&update)))
    }

    /// Writes what the table and its global indexes have capacity for, and says what it cost.
    pub(super) async fn write_charged(
        &self,
        table: &Table,
        mutation: Mutation,
    ) -> Result<(Written, Units), Unwritten<Error>> {
        let attempted = capacity::attempted(&mutation.change);
        let least = capacity::of_attempt(attempted);
        let admission = self.admit_write(table, &mutation.change, least).map_err(Error::Api)?;
        match self.write(mutation).await {
            Ok(written) => {
                let units = capacity::of_write(&table.schema, &written);
                admission.settle(|| units.clone());
                Ok((written, units))
            }
            Err(error) => {
                let cost = match &error {
                    Error::ConditionFailed { found } => {
                        let units = capacity::of_refused_write(found, attempted);
                        admission.settle(|| Units::of_table(units));
                        Some(units)
                    }
                    error => {
                        admission.end_unwritten(error);
                        None
                    }
                };
                Err(Unwritten { error, cost })
            }
        }
    }

    /// Writes with a ticket of its own.
    pub(super) async fn write(&self, mutation: Mutation) -> Result<Written, Error> {
        self.store()?.write(mutation, self.fence.ticket()).await
    }
}

/// What the client is told of a write that failed; one whose condition did not hold is counted.
fn told(unwritten: Unwritten<Error>, table: &Table, options: &WriteOptions) -> Unwritten<ApiError> {
    let Unwritten { error, cost } = unwritten;
    if let Some(units) = cost {
        Units::of_table(units).count(&table.metrics, Capacity::Write);
    }
    let error = match error {
        Error::ConditionFailed { found } => {
            table.metrics.condition_failed();
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
    };
    Unwritten { error, cost }
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
    fn of(
        self,
        (written, units): (Written, Units),
        key: &Key,
        update: Option<&Update>,
    ) -> WriteOutput {
        let schema = &self.table.schema;
        units.count(&self.table.metrics, Capacity::Write);
        let collection = match self.options.collection {
            CollectionDetail::None => None,
            CollectionDetail::Size => collection_of(schema, key, &written),
        };
        WriteOutput {
            attributes: attributes_of(self.options.return_values, &written, update),
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
