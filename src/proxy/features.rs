//! What is asked of features that hearth does not have.
//!
//! Not here: what is wrong with the request itself (`wire/`).

use std::sync::Arc;

use super::Proxy;
use super::target::no_index;
use crate::api::{
    ApiError, ErrorCode, Feature, FeatureOutput, Missing, Subject, TableName, TableStatus,
};
use crate::engine::{Catalog, Table};
use crate::model::IndexScope;

impl Proxy {
    pub(super) fn feature(&self, feature: Feature) -> Result<FeatureOutput, ApiError> {
        let catalog = self.catalog();
        let table = feature.subject().map(|subject| found(&catalog, subject)).transpose()?;
        match feature {
            Feature::Insights(Subject { table, index, .. }) => {
                Ok(FeatureOutput::Insights(table, index))
            }
            Feature::Destinations(Subject { table, .. }) => Ok(FeatureOutput::Destinations(table)),
            Feature::Scaling(Subject { table: name, .. }) => {
                let status = table.map_or(TableStatus::Active, |table| table.status);
                Ok(FeatureOutput::Scaling(name, status))
            }
            Feature::List(list, _) => Ok(FeatureOutput::List(list)),
            Feature::NewTable(name, _) if catalog.table(name.as_str()).is_some() => {
                Err(ApiError::table_exists(name.as_str()))
            }
            Feature::NewTable(_, refusal) | Feature::Refused(refusal, _) => Err(refusal),
        }
    }
}

/// The table, if it and its index are there.
fn found<'c>(catalog: &'c Catalog, subject: &Subject) -> Result<&'c Arc<Table>, ApiError> {
    let Subject { table: name, index, missing } = subject;
    let table = match missing {
        Missing::Named | Missing::Table => catalog.table(name.as_str()),
        Missing::Unnamed => catalog.serving(name.as_str()),
    };
    // One that waits for its items has nothing besides its settings yet.
    let table = table.filter(|table| table.restoring.is_none());
    let table = table.ok_or_else(|| no_table(name, *missing))?;
    let Some(index) = index else { return Ok(table) };
    let is_it = |scope: IndexScope, known: &str| {
        // Keys of local indexes are those of the table, and are not watched by themselves.
        known == index && (*missing == Missing::Unnamed || scope == IndexScope::Global)
    };
    if table.schema.indexes.iter().any(|known| is_it(known.scope, &known.name)) {
        return Ok(table);
    }
    Err(match missing {
        Missing::Unnamed => no_index(index),
        Missing::Named | Missing::Table => ApiError::new(
            ErrorCode::ResourceNotFound,
            format!("Requested resource not found: Index: {index} not found"),
        ),
    })
}

fn no_table(name: &TableName, missing: Missing) -> ApiError {
    match missing {
        Missing::Named => ApiError::table_not_found(name.as_str()),
        Missing::Unnamed => ApiError::not_found(),
        Missing::Table => ApiError::backed_table_not_found(name.as_str()),
    }
}
