//! Writing many items at once: each on its own, all of them checked before the first.
//!
//! Must hold: a batch that is refused for what it says wrote nothing; what found no room in the
//! engine's queue, or no capacity, is answered as unprocessed, and only if that is all of it, as an
//! error. If the engine fails one write, or a collection is full, the batch is that error, and others of it may
//! have been written.
//! Not here: the limits that need no table (`api/`).

use std::collections::HashSet;

use futures_util::future::join_all;

use super::capacity::{self, Units};
use super::write::{Unwritten, collection_of, keep_last};
use super::{Proxy, keys, mutations};
use crate::api::{
    ApiError, BatchWrite, BatchWriteItem, BatchWriteItemOutput, BatchWriteTable, CollectionDetail,
    CollectionSize,
};
use crate::engine::{Error, Mutation, Origin, Table, Written};
use crate::metrics::Capacity;
use crate::model::TableSchema;

impl Proxy {
    pub(super) async fn batch_write_item(
        &self,
        batch: BatchWriteItem,
    ) -> Result<BatchWriteItemOutput, ApiError> {
        if let Some(through) = &self.through {
            return Box::pin(self.batch_write_through(through, batch)).await;
        }
        let BatchWriteItem { tables, capacity, collection } = batch;
        let serving = tables.iter().map(|part| self.serving(part.table.name()));
        let serving = serving.collect::<Result<Vec<_>, _>>()?;
        let mut mutations = Vec::new();
        for (part, table) in tables.iter().zip(&serving) {
            let of_table = mutations_of(part, &table.schema)?.into_iter();
            mutations.extend(of_table.map(|mutation| (table, mutation)));
        }
        let written = mutations.into_iter().map(|(table, one)| self.write_charged(table, one));
        let written = join_all(written).await;
        let written = unless_all_refused(written)?;
        let mut written = written.into_iter();
        let mut output = BatchWriteItemOutput {
            unprocessed: Vec::new(),
            collections: Vec::new(),
            capacity: Vec::new(),
        };
        for (part, table) in tables.into_iter().zip(&serving) {
            let BatchWriteTable { table: name, writes } = part;
            let done = TableOutcome::of(writes, &mut written, table);
            let TableOutcome { left, units, collections } = done;
            units.count(&table.metrics, Capacity::Write);
            output.capacity.extend(capacity::report(name.clone(), capacity, units));
            if collection == CollectionDetail::Size && !collections.is_empty() {
                output.collections.push((name.clone(), collections));
            }
            if !left.is_empty() {
                output.unprocessed.push(BatchWriteTable { table: name, writes: left });
            }
        }
        Ok(output)
    }
}

/// The mutations of one table's part, all of them checked.
pub(super) fn mutations_of(
    part: &BatchWriteTable,
    schema: &TableSchema,
) -> Result<Vec<Mutation>, ApiError> {
    let mut mutations = Vec::with_capacity(part.writes.len());
    let mut seen = HashSet::new();
    for write in &part.writes {
        let (key, change) = match write {
            // A batch words every misfit of a key as one of a request's key.
            BatchWrite::Put(item) => mutations::put(schema, item, keys::of_request)?,
            BatchWrite::Delete(key) => mutations::delete(schema, key)?,
        };
        seen.insert(key.clone());
        mutations.push(Mutation { key, condition: None, change, origin: Origin::Client });
    }
    if seen.len() < mutations.len() {
        return Err(ApiError::validation("Provided list of item keys contains duplicates"));
    }
    Ok(mutations)
}

/// Every write's outcome, `None` for those that found no room or capacity; an error ends the batch.
fn unless_all_refused(
    outcomes: Vec<Result<(Written, Units), Unwritten<Error>>>,
) -> Result<Vec<Option<(Written, Units)>>, ApiError> {
    let mut written = Vec::with_capacity(outcomes.len());
    let mut refusal = None;
    for outcome in outcomes {
        match outcome {
            Ok(done) => written.push(Some(done)),
            Err(Unwritten { error, .. }) => {
                let error = ApiError::from(error);
                if !error.is_throttling() {
                    return Err(error);
                }
                refusal = Some(error);
                written.push(None);
            }
        }
    }
    match refusal {
        Some(error) if written.iter().all(Option::is_none) => Err(error),
        Some(_) | None => Ok(written),
    }
}

/// What became of one table's part.
struct TableOutcome {
    left: Vec<BatchWrite>,
    units: Units,
    /// The last size of each collection that was written.
    collections: Vec<CollectionSize>,
}

impl TableOutcome {
    fn of(
        writes: Vec<BatchWrite>,
        written: &mut impl Iterator<Item = Option<(Written, Units)>>,
        table: &Table,
    ) -> Self {
        let mut outcome =
            Self { left: Vec::new(), units: Units::default(), collections: Vec::new() };
        for (write, done) in writes.into_iter().zip(written) {
            let Some((done, units)) = done else {
                outcome.left.push(write);
                continue;
            };
            outcome.units.add(units);
            let attributes = match &write {
                BatchWrite::Put(item) => &item.attributes,
                BatchWrite::Delete(key) => key,
            };
            if let Some(size) = collection_of(&table.schema, attributes, &done) {
                keep_last(&mut outcome.collections, size);
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Image;

    fn done() -> (Written, Units) {
        let (before, after) = (Image::Absent, Image::Absent);
        let written = Written { before, after, indexes: Vec::new(), collection_bytes: None };
        (written, Units::default())
    }

    fn refused() -> Unwritten<Error> {
        Error::QueueFull { queued_max: 1 }.into()
    }

    #[test]
    fn a_batch_fails_only_if_all_of_it_found_no_room() {
        let some = unless_all_refused(vec![Err(refused()), Ok(done())]).expect("one was written");
        assert_eq!(some.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);

        let none =
            unless_all_refused(vec![Err(refused()), Err(refused())]).expect_err("none was written");
        assert_eq!(none.code, crate::api::ErrorCode::Throttling);

        let stopped = unless_all_refused(vec![Ok(done()), Err(Error::Stopped.into())]);
        assert_eq!(stopped.expect_err("unknown").code, crate::api::ErrorCode::InternalServerError);
    }
}
