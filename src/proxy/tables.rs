//! Operations on tables.
//!
//! Not here: how a table comes to be and goes (`engine/`).

use std::sync::Arc;

use super::Proxy;
use crate::api::{
    ApiError, CreateTable, ListTables, ListTablesOutput, TableDescription, TableName, UpdateTable,
};
use crate::engine::{self, Alteration, Table};
use crate::model::TableSchema;

impl Proxy {
    pub(super) async fn create_table(
        &self,
        create: CreateTable,
    ) -> Result<TableDescription, ApiError> {
        let table = self.store()?.create_table(create).await?;
        self.apply_policies();
        Ok(self.describe(&table))
    }

    pub(super) fn describe_table(&self, name: &TableName) -> Result<TableDescription, ApiError> {
        let catalog = self.catalog();
        let table = catalog.table(name.as_str());
        table
            .map(|table| self.describe(table))
            .ok_or_else(|| ApiError::table_not_found(name.as_str()))
    }

    pub(super) async fn update_table(
        &self,
        update: UpdateTable,
    ) -> Result<TableDescription, ApiError> {
        let UpdateTable { name, change } = update;
        if let Some(table) = self.catalog().table(name.as_str()) {
            self.fill_buckets(table);
        }
        let altered = self.store()?.alter_table(name.clone(), Alteration::Settings(change)).await;
        let table = altered.map_err(|error| named(error, &name))?;
        self.table_was_altered();
        Ok(self.describe(&table))
    }

    pub(super) async fn delete_table(&self, name: TableName) -> Result<TableDescription, ApiError> {
        let dropped = self.store()?.delete_table(name.clone()).await;
        let table = dropped.map_err(|error| named(error, &name))?;
        Ok(self.describe(&table))
    }

    pub(super) fn list_tables(&self, request: &ListTables) -> ListTablesOutput {
        let limit = request.limit.unwrap_or(NAMES_MAX);
        let catalog = self.catalog();
        let mut after = catalog.names_after(request.after.as_deref());
        let names: Vec<TableName> = after.by_ref().take(limit).cloned().collect();
        let last = after.next().and_then(|_| names.last().cloned());
        ListTablesOutput { names, last }
    }

    /// The schema of a table that serves data, for a wire that needs it to read its requests.
    pub fn schema(&self, table: &str) -> Option<Arc<TableSchema>> {
        self.catalog().serving(table).map(|table| Arc::clone(&table.schema))
    }

    fn describe(&self, table: &Table) -> TableDescription {
        table.describe(self.clock.unix_ms())
    }
}

/// An error as it is told of an operation on the table itself.
pub(super) fn named(error: engine::Error, name: &TableName) -> ApiError {
    match error {
        engine::Error::NoTable { .. } => ApiError::table_not_found(name.as_str()),
        error => error.into(),
    }
}

const NAMES_MAX: usize = 100;
