//! Several items at once: read from one snapshot, or changed all or none.
//!
//! Must hold: a read goes past the cache, since its items are as of one moment; of two elements for
//! one item nothing is carried out; a transaction that is cancelled says of every element why, or
//! that nothing is wrong with it.
//! Not here: how all or none comes about (`engine/`), when a ticket opens and closes (`fence/`).

use std::collections::HashSet;
use std::sync::Arc;

use super::capacity::{self, Units};
use super::read::{answered, item_of, projected_paths};
use super::throttle::{Admission, Refusal};
use super::write::{collection_of, keep_last};
use super::{Proxy, key_paths, keys, mutations};
use crate::api::{
    AnswerItem, ApiError, CancellationReason, CapacityDetail, CapacityKind, CollectionDetail,
    CollectionSize, Consistency, ConsumedCapacity, Key, OnConditionFailure, ReasonCode, TableRef,
    TransactAction, TransactChange, TransactGet, TransactGetItems, TransactGetItemsOutput,
    TransactWriteItems, TransactWriteItemsOutput, check_transaction_size,
};
use crate::engine::{Change, Error, Mutation, Origin, Table, Token, Transacted, Transaction};
use crate::metrics::{CacheResult, Capacity};
use crate::model::{Item, ItemImage, ItemKey, KeyBuffer, KeyError};

impl Proxy {
    pub(super) async fn transact_get_items(
        &self,
        request: TransactGetItems,
    ) -> Result<TransactGetItemsOutput, ApiError> {
        if let Some(through) = &self.through {
            return Box::pin(self.transact_get_through(through, request)).await;
        }
        let TransactGetItems { gets, capacity } = request;
        let tables = gets.iter().map(|get| self.serving(get.table.name()));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let keys = all_or_cancelled(gets.iter().zip(&tables).map(|(get, table)| {
            key_paths::check(projected_paths(get.projection.as_ref()), &table.schema)?;
            mutations::key_of(&table.schema, &get.key)
        }))?;
        check_apart(keys.iter())?;
        let least = twice(Units::of_table(capacity::least_read(Consistency::Strong))).table;
        let admission = self.admit_reads(tables.iter().map(|table| (&**table, least)));
        let admission = admission.map_err(cancelled_for_capacity)?;
        let images = self.in_time(self.reader.read_many(keys)).await?;
        // A store of this process leaves none unread.
        let found: Vec<Option<ItemImage>> =
            images.into_iter().map(|image| image.and_then(item_of)).collect();
        check_transaction_size(found.iter().flatten().map(|item| item.view().size()))?;
        let mut bill = Bill::of(CapacityKind::Read, capacity);
        let mut items = Vec::with_capacity(found.len());
        let units: Vec<Units> = found.iter().map(|item| of_read(item.as_ref())).collect();
        admission.settle_all(CapacityKind::Read, charged(&tables, &units));
        let charged = tables.iter().zip(units);
        for ((TransactGet { table: named, projection, .. }, (table, units)), item) in
            gets.into_iter().zip(charged).zip(found)
        {
            table.metrics.cache_lookup(CacheResult::Bypass);
            bill.add(&named, table, units);
            let item = item.map(|item| answered(item, projection.as_ref()));
            items.push(item.filter(|item| !is_empty(item)));
        }
        Ok(TransactGetItemsOutput { items, capacity: bill.report() })
    }

    pub(super) async fn transact_write_items(
        &self,
        request: TransactWriteItems,
    ) -> Result<TransactWriteItemsOutput, ApiError> {
        if let Some(through) = &self.through {
            return Box::pin(self.transact_write_through(through, request)).await;
        }
        let digest = request.token.is_some().then(|| request.digest());
        let TransactWriteItems { actions, capacity, collection, token } = request;
        let tables = actions.iter().map(|action| self.serving(action.table.name()));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let mutations = checked(&actions, &tables)?;
        let attempted: Vec<u64> =
            mutations.iter().map(|one| capacity::attempted(&one.change)).collect();
        let token = token.zip(digest).map(|(name, digest)| Token { name, digest });
        let transaction = Transaction { mutations, token };
        let (done, admission) = self.transact_charged(transaction, &tables, &attempted).await?;
        let done = match done {
            Ok(done) => done,
            Err(Error::Cancelled(refusals)) => {
                return Err(cancelled(refusals, &actions, &tables, &attempted, admission));
            }
            Err(error) => {
                admission.end_unwritten(&error);
                return Err(error.into());
            }
        };
        let mut sizes = Sizes::default();
        let (kind, units): (_, Vec<Units>) = match done {
            Transacted::Done(written) => {
                for ((action, table), written) in actions.iter().zip(&tables).zip(&written) {
                    if !matches!(action.change, TransactChange::Check(_)) {
                        let size = collection_of(&table.schema, attributes_of(action), written);
                        sizes.add(&action.table, size);
                    }
                }
                let written = tables.iter().zip(&written);
                let units =
                    written.map(|(table, one)| twice(capacity::of_write(&table.schema, one)));
                (CapacityKind::Write, units.collect())
            }
            Transacted::Before(images) => {
                let items = images.into_iter().map(item_of);
                (CapacityKind::Read, items.map(|item| of_read(item.as_ref())).collect())
            }
        };
        admission.settle_all(kind, charged(&tables, &units));
        let mut bill = Bill::of(kind, capacity);
        for ((action, table), units) in actions.iter().zip(&tables).zip(units) {
            bill.add(&action.table, table, units);
        }
        let collections = match collection {
            CollectionDetail::None => Vec::new(),
            CollectionDetail::Size => sizes.0,
        };
        Ok(TransactWriteItemsOutput { collections, capacity: bill.report() })
    }

    /// Carries out what there is capacity for. What was carried out before is never refused for
    /// capacity: it is told so, and charged.
    async fn transact_charged<'a>(
        &'a self,
        transaction: Transaction,
        tables: &'a [Arc<Table>],
        attempted: &[u64],
    ) -> Result<(Result<Transacted, Error>, Admission<'a>), ApiError> {
        let changes = transaction.mutations.iter().map(|one| &one.change);
        let least = attempted
            .iter()
            .map(|bytes| twice(Units::of_table(capacity::of_attempt(*bytes))).table);
        let writes = tables.iter().zip(changes.zip(least));
        let writes = writes.map(|(table, (change, least))| (&**table, change, least));
        let refusal = match self.admit_writes(writes) {
            Ok(admission) => {
                let done = self.store()?.transact(transaction, self.fence.ticket()).await;
                return Ok((done, admission));
            }
            Err(refusal) => refusal,
        };
        match self.store()?.carried_out(transaction).await? {
            Some(images) => Ok((Ok(Transacted::Before(images)), refusal.waived())),
            None => Err(cancelled_for_capacity(refusal)),
        }
    }
}

/// The mutations of all actions, no two of one item.
pub(super) fn checked(
    actions: &[TransactAction],
    tables: &[Arc<Table>],
) -> Result<Vec<Mutation>, ApiError> {
    let mutations = mutations_of(actions, tables)?;
    check_apart(mutations.iter().map(|mutation| &mutation.key))?;
    Ok(mutations)
}

/// The mutations of all actions. What is empty where a key should be is refused at once; what does
/// not fit its table cancels the transaction.
fn mutations_of(
    actions: &[TransactAction],
    tables: &[Arc<Table>],
) -> Result<Vec<Mutation>, ApiError> {
    for (action, table) in actions.iter().zip(tables) {
        check_empty_keys(action, table)?;
    }
    all_or_cancelled(actions.iter().zip(tables).map(|(action, table)| mutation_of(action, table)))
}

fn mutation_of(action: &TransactAction, table: &Table) -> Result<Mutation, ApiError> {
    let schema = &table.schema;
    let (key, change) = match &action.change {
        TransactChange::Check(key) => (mutations::key_of(schema, key)?, Change::Check),
        TransactChange::Put(item) => mutations::put(schema, item, keys::of_item)?,
        TransactChange::Delete(key) => mutations::delete(schema, key)?,
        TransactChange::Update(key, update) => {
            let new = Item { attributes: key.clone() };
            mutations::update(schema, &new, update, true)?
        }
    };
    Ok(Mutation { key, condition: action.condition.clone(), change, origin: Origin::Client })
}

/// Refuses a transaction for a key attribute that is empty or too long, which is no matter of a
/// single element.
fn check_empty_keys(action: &TransactAction, table: &Table) -> Result<(), ApiError> {
    let mut buffer = KeyBuffer::default();
    let key = match &action.change {
        TransactChange::Put(item) => table.schema.item_key(item, &mut buffer),
        TransactChange::Check(key)
        | TransactChange::Delete(key)
        | TransactChange::Update(key, _) => table.schema.key(key, &mut buffer),
    };
    match key {
        Err(
            error @ (KeyError::Empty { .. } | KeyError::PartitionTooLong | KeyError::SortTooLong),
        ) => Err(keys::of_request(error)),
        Err(KeyError::Missing { .. } | KeyError::Mismatch { .. } | KeyError::Extra) => Ok(()),
        Ok(_) => match &action.change {
            TransactChange::Put(item) => keys::check_empty_index_keys(&table.schema, item),
            TransactChange::Check(_) | TransactChange::Delete(_) | TransactChange::Update(..) => {
                Ok(())
            }
        },
    }
}

/// All results, or the refusal of the transaction for those that are none.
fn all_or_cancelled<T>(
    results: impl Iterator<Item = Result<T, ApiError>>,
) -> Result<Vec<T>, ApiError> {
    let (mut all, mut reasons, mut is_cancelled) = (Vec::new(), Vec::new(), false);
    for result in results {
        match result {
            Ok(one) => {
                all.push(one);
                reasons.push(CancellationReason::none());
            }
            Err(error) => {
                is_cancelled = true;
                reasons.push(CancellationReason::of(error));
            }
        }
    }
    if is_cancelled { Err(ApiError::cancelled(reasons)) } else { Ok(all) }
}

fn check_apart<'a>(keys: impl Iterator<Item = &'a ItemKey>) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    for key in keys {
        if !seen.insert(key) {
            return Err(ApiError::validation(
                "Transaction request cannot include multiple operations on one item",
            ));
        }
    }
    Ok(())
}

/// What the client is told of a transaction that there is no capacity for.
fn cancelled_for_capacity(refusal: Refusal<'_>) -> ApiError {
    let told = refusal.told_of_each().into_iter();
    let reasons =
        told.map(|error| error.map_or_else(CancellationReason::none, CancellationReason::of));
    ApiError::cancelled(reasons.collect())
}

/// What the client is told of a transaction of which these elements were refused; each would have
/// written `attempted` bytes. Those whose condition did not hold are charged.
fn cancelled(
    refusals: Vec<Option<Error>>,
    actions: &[TransactAction],
    tables: &[Arc<Table>],
    attempted: &[u64],
    admission: Admission<'_>,
) -> ApiError {
    let mut units = Vec::with_capacity(refusals.len());
    for ((refusal, table), attempted) in refusals.iter().zip(tables).zip(attempted) {
        units.push(match refusal {
            Some(Error::ConditionFailed { found }) => {
                table.metrics.condition_failed();
                let units = twice(Units::of_table(capacity::of_refused_write(found, *attempted)));
                units.count(&table.metrics, Capacity::Write);
                units
            }
            Some(_) | None => Units::default(),
        });
    }
    admission.settle_all(CapacityKind::Write, charged(tables, &units));
    let reasons = refusals.into_iter().zip(actions).map(|(refusal, action)| match refusal {
        None => CancellationReason::none(),
        Some(Error::ConditionFailed { found }) => CancellationReason {
            code: ReasonCode::ConditionalCheckFailed,
            message: "The conditional request failed".to_owned(),
            item: match action.on_failure {
                OnConditionFailure::None => None,
                OnConditionFailure::AllOld => item_of(found).map(|item| item.item()),
            },
        },
        Some(error @ Error::CollectionTooLarge { .. }) => CancellationReason {
            code: ReasonCode::ItemCollectionSizeLimitExceeded,
            message: ApiError::from(error).message,
            item: None,
        },
        Some(Error::IndexKey(error)) => CancellationReason::of(keys::of_updated_index(error)),
        Some(error) => CancellationReason::of(error.into()),
    });
    ApiError::cancelled(reasons.collect())
}

/// What reading an element's item costs.
fn of_read(item: Option<&ItemImage>) -> Units {
    twice(capacity::of_reads([item], Consistency::Strong))
}

/// Each element's table, with what the element cost.
fn charged<'a>(
    tables: &'a [Arc<Table>],
    units: &'a [Units],
) -> impl Iterator<Item = (&'a Table, Units)> {
    tables.iter().zip(units).map(|(table, units)| (&**table, units.clone()))
}

fn attributes_of(action: &TransactAction) -> &Key {
    match &action.change {
        TransactChange::Put(item) => &item.attributes,
        TransactChange::Check(key)
        | TransactChange::Delete(key)
        | TransactChange::Update(key, _) => key,
    }
}

/// Whether a projection left nothing of an item.
fn is_empty(item: &AnswerItem) -> bool {
    match item {
        AnswerItem::Whole(_) => false,
        AnswerItem::Part(part) => part.view().attributes().len() == 0,
    }
}

/// A transaction costs twice what its operations cost by themselves.
fn twice(units: Units) -> Units {
    let mut both = units.clone();
    both.add(units);
    both
}

/// What a transaction consumed, table by table in the order of the request.
struct Bill {
    kind: CapacityKind,
    detail: CapacityDetail,
    tables: Vec<(TableRef, Units)>,
}

impl Bill {
    fn of(kind: CapacityKind, detail: CapacityDetail) -> Self {
        Self { kind, detail, tables: Vec::new() }
    }

    fn add(&mut self, named: &TableRef, table: &Table, units: Units) {
        units.count(&table.metrics, capacity::counted(self.kind));
        match self.tables.iter_mut().find(|(given, _)| given.name() == named.name()) {
            Some((_, sum)) => sum.add(units),
            None => self.tables.push((named.clone(), units)),
        }
    }

    fn report(self) -> Vec<ConsumedCapacity> {
        let Self { kind, detail, tables } = self;
        let reports = tables.into_iter().filter_map(|(table, units)| {
            let consumed = capacity::report(table, detail, units)?;
            Some(ConsumedCapacity { kind: Some(kind), ..consumed })
        });
        reports.collect()
    }
}

/// The last size of each collection that was written, by table.
#[derive(Default)]
struct Sizes(Vec<(TableRef, Vec<CollectionSize>)>);

impl Sizes {
    fn add(&mut self, named: &TableRef, size: Option<CollectionSize>) {
        let Some(size) = size else { return };
        match self.0.iter_mut().find(|(given, _)| given.name() == named.name()) {
            Some((_, sizes)) => keep_last(sizes, size),
            None => self.0.push((named.clone(), vec![size])),
        }
    }
}
