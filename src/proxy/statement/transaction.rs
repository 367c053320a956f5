//! ExecuteTransaction: its statements as the elements of a TransactGetItems or TransactWriteItems.
//!
//! Must hold: a fault that shows before anything is looked at is told with the place of its
//! statement; what the items are to blame for cancels the transaction, with a reason for each.
//! Not here: statements that no transaction may have (`api/`).

use std::sync::Arc;

use super::super::Proxy;
use super::write::lower;
use super::{named, picked};
use crate::api::{
    ApiError, CancellationReason, CapacityDetail, CollectionDetail, Details, ExecuteTransaction,
    ExecuteTransactionOutput, ReasonCode, TableRef, TransactAction, TransactChange, TransactGet,
    TransactGetItems, TransactStatement, TransactWriteItems, check_transaction_size,
    in_transaction,
};
use crate::engine::Table;
use crate::partiql::{KeyedItem, Select, Statement};

impl Proxy {
    pub(in crate::proxy) async fn execute_transaction(
        &self,
        request: ExecuteTransaction,
    ) -> Result<ExecuteTransactionOutput, ApiError> {
        let is_read = request.is_read();
        let ExecuteTransaction { statements, token, capacity } = request;
        let found = statements.iter().map(|one| {
            let named = named(&one.statement)?;
            Ok((self.serving(named.name())?, named))
        });
        let found = found.collect::<Result<Vec<_>, ApiError>>()?;
        let statements = statements.into_iter().zip(found);
        if is_read {
            self.read_all(statements, capacity).await
        } else {
            self.write_all(statements, token, capacity).await
        }
    }

    async fn read_all(
        &self,
        statements: impl Iterator<Item = (TransactStatement, (Arc<Table>, TableRef))>,
        capacity: CapacityDetail,
    ) -> Result<ExecuteTransactionOutput, ApiError> {
        let (mut gets, mut columns) = (Vec::new(), Vec::new());
        for (at, (TransactStatement { statement, .. }, (table, named))) in statements.enumerate() {
            match statement {
                Statement::Select(Select { condition, columns: wanted, .. }) => {
                    let key = KeyedItem::of_select(condition, &table.schema)
                        .map_err(|error| ApiError::of_statement(at, error))?
                        .ok_or_else(|| in_transaction(at, &ApiError::validation(WHOLE_KEY)))?;
                    gets.push(TransactGet { table: named, key, projection: None });
                    columns.push(wanted);
                }
                Statement::Insert(_)
                | Statement::Update(_)
                | Statement::Delete(_)
                | Statement::Exists(_) => unreachable!("a transaction reads or it does not"),
            }
        }
        let found = self.transact_get_items(TransactGetItems { gets, capacity }).await?;
        let items = found.items.into_iter().zip(columns);
        let items = items.map(|(item, columns)| item.map(|item| picked(item, columns.as_ref())));
        Ok(ExecuteTransactionOutput { responses: items.collect(), capacity: found.capacity })
    }

    async fn write_all(
        &self,
        statements: impl Iterator<Item = (TransactStatement, (Arc<Table>, TableRef))>,
        token: Option<String>,
        capacity: CapacityDetail,
    ) -> Result<ExecuteTransactionOutput, ApiError> {
        let mut actions: Vec<TransactAction> = Vec::new();
        for (at, (one, (table, named))) in statements.enumerate() {
            let write = lower(one.statement, named, &table.schema, one.on_failure);
            actions.push(write.map_err(|error| in_transaction(at, &error))?.action);
        }
        let is_insert = |action: &TransactAction| matches!(action.change, TransactChange::Put(_));
        let inserts: Vec<bool> = actions.iter().map(is_insert).collect();
        check_transaction_size(actions.iter().map(|action| match &action.change {
            TransactChange::Put(item) => item.size(),
            TransactChange::Check(_) | TransactChange::Delete(_) | TransactChange::Update(..) => 0,
        }))?;
        let token = token.map(|token| format!("{TOKENS}{token}"));
        let collection = CollectionDetail::None;
        let write = TransactWriteItems { actions, capacity, collection, token };
        let written = self.transact_write_items(write).await;
        let written = written.map_err(|error| with_duplicates(error, &inserts))?;
        Ok(ExecuteTransactionOutput { responses: Vec::new(), capacity: written.capacity })
    }
}

/// The same refusal, telling of inserts that what they insert is there.
fn with_duplicates(error: ApiError, inserts: &[bool]) -> ApiError {
    let Some(Details::Reasons(reasons)) = error.details.as_deref() else { return error };
    let reasons = reasons.iter().zip(inserts).map(|(reason, is_insert)| {
        if *is_insert && reason.code == ReasonCode::ConditionalCheckFailed {
            CancellationReason::duplicate_item()
        } else {
            reason.clone()
        }
    });
    ApiError::cancelled(reasons.collect())
}

const WHOLE_KEY: &str = "Select statements within ExecuteTransaction must specify the primary key \
     in the where clause.";
/// Before the tokens of statements, whose space is another than that of TransactWriteItems: it is
/// longer than any of theirs may be.
const TOKENS: &str = "ExecuteTransaction, whose tokens are its own: ";
