//! Statements of PartiQL: lowered to the reads and writes of items that other operations are.
//!
//!     SELECT    by its whole key   GetItem               of a transaction   TransactGetItems
//!               else               pages of Query and Scan
//!     others                       PutItem, UpdateItem, DeleteItem          TransactWriteItems
//!
//! Must hold: what a statement means of its table is found in the order of the service: the table,
//! the index, keys, and then the item; nothing is read or written on another way than that of the
//! operation it is lowered to.
//! Not here: what a statement says by itself (`partiql/`).

mod batch;
mod next_token;
mod select;
mod transaction;
mod write;

use super::{Proxy, Trace};
use crate::api::{AnswerItem, ApiError, ExecuteStatement, ExecuteStatementOutput, TableRef};
use crate::expr::Columns;
use crate::partiql::Statement;

use select::Reading;

impl Proxy {
    pub(super) async fn execute_statement(
        &self,
        request: ExecuteStatement,
        trace: &mut Trace,
    ) -> Result<ExecuteStatementOutput, ApiError> {
        let ExecuteStatement { statement, digest, consistency, next, limit, capacity, on_failure } =
            request;
        let named = named(&statement)?;
        let table = self.serving(named.name())?;
        match statement {
            Statement::Select(select) => {
                let reading = Reading { named, table, digest, consistency, next, limit, capacity };
                self.select(select, reading, trace).await
            }
            write @ (Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Exists(_)) => {
                let write = write::lower(write, named, &table.schema, on_failure)?;
                let written = self.write_by_statement(write, capacity).await?;
                let items = written.attributes.into_iter().collect();
                Ok(ExecuteStatementOutput {
                    items,
                    next: None,
                    last: None,
                    capacity: written.capacity,
                })
            }
        }
    }
}

/// The table of a statement. One that no table can be named is not there.
fn named(statement: &Statement) -> Result<TableRef, ApiError> {
    TableRef::of(statement.table()).map_err(|_| ApiError::not_found())
}

/// The item as a statement with these columns answers it.
fn picked(item: AnswerItem, columns: Option<&Columns>) -> AnswerItem {
    match columns {
        None => item,
        Some(columns) => AnswerItem::Part(columns.pick(item.view())),
    }
}
