//! Global indexes that come to a table that is there, and that leave it.
//!
//!     made      in the schema at once: writes keep its entries, reads are refused until it is full
//!     dropped   out of the schema at once: its rows are cleared away, and it is described until then
//!
//! Must hold: of a table, one index at most is on its way; a number is given once.
//! Not here: filling and clearing (`backfill.rs`), other changes of a table (`settings.rs`).

use std::sync::Arc;
use std::time::Duration;

use super::admission::{INDEXES_BUSY, in_use};
use super::new_table::{index_schema, new_index};
use super::settings::{Altered, change_capacity, global_indexes, place_of, shown_while};
use crate::api::{
    ApiError, CreateIndex, ErrorCode, GLOBAL_INDEXES_MAX, IndexAction, IndexRequest, IndexesChange,
    TableStatus, added_index, check_projected, invalid, too_many_global_indexes,
};
use crate::engine::{LeavingIndex, Table, TableIndex, Unsettled};
use crate::model::{IndexSchema, KeyAttribute, TableSchema};

/// What the actions make of the table, together with a change of how capacity is charged.
pub(super) fn change(
    table: &Table,
    change: IndexesChange,
    now_ms: u64,
) -> Result<Altered, ApiError> {
    let IndexesChange { actions, definitions, capacity } = change;
    let charged_anew = change_capacity(table, &capacity, now_ms)?;
    let mut shown = Table { status: TableStatus::Updating, ..shown_while(table, &charged_anew) };
    let mut actions = actions.into_iter();
    let (Some(action), None) = (actions.next(), actions.next()) else {
        return Err(only_one());
    };
    let changed = match action {
        IndexAction::Create(index) => {
            let index = addable(&charged_anew, &definitions, &index)?;
            // Its work has not begun.
            shown = with_index(&shown, &index).settling_until(Duration::ZERO, Unsettled::Index);
            shown.status = TableStatus::Updating;
            with_index(&charged_anew, &index)
        }
        IndexAction::Delete(name) => {
            let place = droppable(&charged_anew, &name)?;
            shown = without_index(&shown, place);
            without_index(&charged_anew, place)
        }
    };
    Ok(Altered { table: changed, shown })
}

/// Refuses to drop a table while one of its indexes is on its way.
pub(super) fn check_idle(table: &Table) -> Result<(), ApiError> {
    on_its_way(table).map_or(Ok(()), |_| Err(in_use(INDEXES_BUSY)))
}

/// Refuses to change the units of an index that is on its way.
pub(super) fn check_stays(table: &Table, name: &str) -> Result<(), ApiError> {
    match on_its_way(table) {
        Some((schema, what)) if schema.name == name => Err(busy(table, schema, what)),
        Some(_) | None => Ok(()),
    }
}

/// The index that is on its way, and what is being done to it.
fn on_its_way(table: &Table) -> Option<(&IndexSchema, &'static str)> {
    let building =
        table.building().and_then(|id| table.schema.index_of(id).map(|schema| (schema, "created")));
    building.or_else(|| table.leaving.as_ref().map(|leaving| (&leaving.schema, "deleted")))
}

/// The table once the index is full.
pub(super) fn built(table: &Table) -> Table {
    let mut table = table.clone();
    for index in &mut table.indexes {
        index.status = TableStatus::Active;
    }
    table
}

/// The table once the rows of the index that left it are gone; what defined that one alone is
/// forgotten, too.
pub(super) fn cleared(table: &Table) -> Table {
    let mut table = Table { leaving: None, ..table.clone() };
    let schema = Arc::clone(&table.schema);
    let keys = || schema.keys().chain(schema.indexes.iter().flat_map(IndexSchema::keys));
    table.definitions.retain(|defined| keys().any(|key| key.name == defined.name));
    table
}

/// The index that the request asks for, if the table can have it.
fn addable(
    table: &Table,
    definitions: &[KeyAttribute],
    request: &IndexRequest,
) -> Result<CreateIndex, ApiError> {
    if table.has_index_work() {
        return Err(only_one());
    }
    let index = added_index(definitions, table.billing, request)?;
    if table.schema.index(&index.name).is_some() {
        return Err(invalid(format_args!("Index already exists: {}", index.name)));
    }
    if global_indexes(table).count() >= GLOBAL_INDEXES_MAX {
        return Err(limit_exceeded(&too_many_global_indexes()));
    }
    let projections = table.schema.indexes.iter().map(|schema| &schema.projection);
    check_projected(projections.chain([&index.projection]))?;
    let is_other =
        |key: &&KeyAttribute| table.definitions.iter().any(|d| d.name == key.name && d != *key);
    match index.hash.iter().chain(&index.range).find(is_other) {
        Some(key) => Err(invalid(format_args!(
            "Attribute definitions conflict with those of the table for attribute: {}",
            key.name
        ))),
        None => Ok(index),
    }
}

/// The place of the index of that name, if it can be dropped: one that is being filled can, too.
fn droppable(table: &Table, name: &str) -> Result<usize, ApiError> {
    if table.leaving.as_ref().is_some_and(|leaving| leaving.schema.name == name) {
        return Err(only_one());
    }
    let place = place_of(table, name)?;
    let is_built = |index: &TableIndex| index.status != TableStatus::Creating;
    if table.has_index_work() && is_built(&table.indexes[place]) {
        return Err(only_one());
    }
    if table.waits_for_index() {
        return Err(in_use(&format!(
            "Index creation is in resource allocation phase. Retry deletion during backfilling phase \
             or when the index is active. Table: {} Index: {name}",
            table.name
        )));
    }
    Ok(place)
}

fn with_index(table: &Table, index: &CreateIndex) -> Table {
    let mut table = table.clone();
    table.indexes_made += 1;
    let numbered = (table.indexes_made, index);
    table.indexes.push(TableIndex { status: TableStatus::Creating, ..new_index(numbered) });
    change_schema(&mut table, |schema| schema.indexes.push(index_schema(numbered)));
    for key in index.hash.iter().chain(&index.range) {
        if !table.definitions.contains(key) {
            table.definitions.push(key.clone());
        }
    }
    table
}

fn without_index(table: &Table, place: usize) -> Table {
    let mut table = table.clone();
    let index = TableIndex { status: TableStatus::Deleting, ..table.indexes.remove(place) };
    let schema = table.schema.indexes[place].clone();
    change_schema(&mut table, |schema| drop(schema.indexes.remove(place)));
    table.leaving = Some(LeavingIndex { schema, index });
    table
}

fn change_schema(table: &mut Table, change: impl FnOnce(&mut TableSchema)) {
    let mut schema = TableSchema::clone(&table.schema);
    change(&mut schema);
    table.schema = Arc::new(schema);
}

fn busy(table: &Table, index: &IndexSchema, what: &str) -> ApiError {
    in_use(&format!("Index is being {what}.  Table: {} Index: {}", table.name, index.name))
}

/// One index more than may be on its way.
pub(super) fn only_one() -> ApiError {
    limit_exceeded("Only 1 online index can be created or deleted simultaneously per table")
}

fn limit_exceeded(limit: &str) -> ApiError {
    let message = format!("Subscriber limit exceeded: {limit}");
    ApiError::new(ErrorCode::LimitExceeded, message)
}
