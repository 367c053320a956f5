//! `INSERT`, `UPDATE` and `DELETE`, and `EXISTS` of a transaction.
//!
//!     INSERT    put, if the item is not there        UPDATE    update, if it is
//!     DELETE    delete, if it is not there or so     EXISTS    a check that it is there and so
//!
//! Must hold: the condition of a statement is one of its write, judged where every other is.

use std::sync::Arc;

use super::super::Proxy;
use super::super::write::Unwritten;
use crate::api::{
    ApiError, CapacityDetail, CollectionDetail, DeleteItem, ErrorCode, OnConditionFailure, PutItem,
    ReturnValues, TableRef, TransactAction, TransactChange, UpdateItem, WriteOptions, WriteOutput,
    check_item_size,
};
use crate::expr::{Condition, Path};
use crate::model::TableSchema;
use crate::partiql::{KeyedItem, Returning, Statement};

/// A statement as a write.
pub(super) struct Write {
    pub(super) action: TransactAction,
    pub(super) returned: ReturnValues,
}

/// The write that a statement is of its table.
pub(super) fn lower(
    statement: Statement,
    table: TableRef,
    schema: &TableSchema,
    on_failure: OnConditionFailure,
) -> Result<Write, ApiError> {
    let there = || Condition::Exists(Path::attribute(schema.hash.name.as_str()));
    let absent = || Condition::NotExists(Path::attribute(schema.hash.name.as_str()));
    let (change, condition, returned) = match statement {
        Statement::Select(_) => unreachable!("a SELECT is no write"),
        Statement::Insert(insert) => {
            insert.check_key(schema)?;
            check_item_size(&insert.item, usize::MAX)?;
            (TransactChange::Put(insert.item), Some(absent()), ReturnValues::None)
        }
        Statement::Update(change) => {
            let KeyedItem { key, condition } = KeyedItem::of(change.condition, schema)?;
            let returned = change.returning.map_or(ReturnValues::None, returned);
            let condition = with(condition, |rest| Condition::And(vec![there(), rest]));
            let update = TransactChange::Update(key, change.update);
            (update, Some(condition.unwrap_or_else(there)), returned)
        }
        Statement::Delete(removal) => {
            let KeyedItem { key, condition } = KeyedItem::of(removal.condition, schema)?;
            let returned =
                if removal.returns_old { ReturnValues::AllOld } else { ReturnValues::None };
            let condition = with(condition, |rest| Condition::Or(vec![absent(), rest]));
            (TransactChange::Delete(key), condition, returned)
        }
        Statement::Exists(select) => {
            let keyed = KeyedItem::of(select.condition, schema)?;
            let condition = with(keyed.condition, |rest| Condition::And(vec![there(), rest]));
            let condition = condition.ok_or_else(|| {
                ApiError::validation(
                    "EXISTS() must contain a single item read with additional condition",
                )
            })?;
            (TransactChange::Check(keyed.key), Some(condition), ReturnValues::None)
        }
    };
    let on_failure = match &change {
        // What is there already is not told of.
        TransactChange::Put(_) => OnConditionFailure::None,
        TransactChange::Check(_) | TransactChange::Delete(_) | TransactChange::Update(..) => {
            on_failure
        }
    };
    let condition = condition.map(Arc::new);
    let action = TransactAction { table, change, condition, on_failure };
    Ok(Write { action, returned })
}

impl Proxy {
    /// Carries out a write that stands alone.
    pub(super) async fn write_by_statement(
        &self,
        write: Write,
        capacity: CapacityDetail,
    ) -> Result<WriteOutput, Unwritten<ApiError>> {
        let Write { action: TransactAction { table, change, condition, on_failure }, returned } =
            write;
        let options = WriteOptions {
            condition,
            on_failure,
            return_values: returned,
            capacity,
            collection: CollectionDetail::None,
        };
        match change {
            TransactChange::Put(item) => {
                let written = self.put_item(PutItem { table, item, options }).await;
                written.map_err(|Unwritten { error, cost }| Unwritten {
                    error: duplicate(error),
                    cost,
                })
            }
            TransactChange::Update(key, update) => {
                // What it is of is there, by its condition.
                let makes_item = true;
                self.update_item(UpdateItem { table, key, update, makes_item, options }).await
            }
            TransactChange::Delete(key) => {
                self.delete_item(DeleteItem { table, key, options }).await
            }
            TransactChange::Check(_) => Err(ApiError::validation(EXISTS_ELSEWHERE).into()),
        }
    }
}

fn duplicate(error: ApiError) -> ApiError {
    if error.code == ErrorCode::ConditionalCheckFailed {
        return ApiError { details: error.details, ..ApiError::duplicate_item() };
    }
    error
}

fn returned(returning: Returning) -> ReturnValues {
    match returning {
        Returning::AllOld => ReturnValues::AllOld,
        Returning::AllNew => ReturnValues::AllNew,
        Returning::ModifiedOld => ReturnValues::UpdatedOld,
        Returning::ModifiedNew => ReturnValues::UpdatedNew,
    }
}

/// What is made of a condition that nobody else holds, if there is one.
fn with(
    condition: Option<Arc<Condition>>,
    make: impl FnOnce(Condition) -> Condition,
) -> Option<Condition> {
    condition.map(|condition| make(Arc::unwrap_or_clone(condition)))
}

const EXISTS_ELSEWHERE: &str = "EXISTS can only be used in ExecuteTransaction write requests.";
