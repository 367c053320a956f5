//! Reads the answers of BatchGetItem and BatchWriteItem.

use std::sync::Arc;

use super::super::cbor::{Count, Head, Reader};
use super::super::form::ItemForm;
use super::super::key;
use super::answer::{AnswerError, answered};
use super::capacity::{capacities, collection_sizes, consumed};
use super::item::{self, Names};
use crate::api::{
    AnswerItem, BatchGetItem, BatchGetItemOutput, BatchGetTable, BatchWrite, BatchWriteItemOutput,
    BatchWriteTable, Key, TableRef,
};
use crate::model::TableSchema;
use crate::wire::json::Values;

pub(super) fn get(
    reader: &mut Reader<'_>,
    asked: &BatchGetItem,
    forms: &[(String, ItemForm)],
    names: Names<'_>,
) -> Result<BatchGetItemOutput, AnswerError> {
    if reader.array()? != Count::Of(2) {
        return Err(AnswerError::Broken("items and unread keys are no pair"));
    }
    let responses = by_table(reader, |reader, table| {
        let form = of_table(forms, table)?;
        Ok((TableRef::of(table).map_err(|_| NO_TABLE)?, items(reader, form, names)?))
    })?;
    let unprocessed = by_table(reader, |reader, table| {
        let schema = &of_table(forms, table)?.schema;
        let mut keys = Vec::new();
        for _ in 0..reader.array_of()? {
            keys.push(read_key(reader, schema)?);
        }
        let given = asked.tables.iter().find(|given| given.table.as_given() == table);
        let given = given.ok_or(NO_TABLE)?;
        let (consistency, projection) = (given.consistency, given.projection.clone());
        Ok(BatchGetTable { table: given.table.clone(), keys, consistency, projection })
    })?;
    Ok(BatchGetItemOutput { responses, unprocessed, capacity: capacities(reader, consumed)? })
}

pub(super) fn write(
    reader: &mut Reader<'_>,
    forms: &[(String, Arc<TableSchema>)],
    names: Names<'_>,
) -> Result<BatchWriteItemOutput, AnswerError> {
    let unprocessed = by_table(reader, |reader, table| {
        let schema = of_table(forms, table)?;
        let count = reader.array_of()?;
        if count % 2 != 0 {
            return Err(AnswerError::Broken("a write has no second part"));
        }
        let mut writes = Vec::new();
        for _ in 0..count / 2 {
            writes.push(unwritten(reader, schema, names)?);
        }
        Ok(BatchWriteTable { table: TableRef::of(table).map_err(|_| NO_TABLE)?, writes })
    })?;
    let capacity = capacities(reader, consumed)?;
    let collections = by_table(reader, |reader, table| {
        let schema = of_table(forms, table)?;
        Ok((TableRef::of(table).map_err(|_| NO_TABLE)?, collection_sizes(reader, schema)?))
    })?;
    Ok(BatchWriteItemOutput { unprocessed, collections, capacity })
}

pub(super) fn by_table<T>(
    reader: &mut Reader<'_>,
    mut table: impl FnMut(&mut Reader<'_>, &str) -> Result<T, AnswerError>,
) -> Result<Vec<T>, AnswerError> {
    let Count::Of(count) = reader.map()? else {
        return Err(AnswerError::Broken("the tables are a map of unknown length"));
    };
    let mut all = Vec::new();
    for _ in 0..count {
        let name = reader.text()?;
        all.push(table(reader, name)?);
    }
    Ok(all)
}

fn items(
    reader: &mut Reader<'_>,
    form: &ItemForm,
    names: Names<'_>,
) -> Result<Vec<AnswerItem>, AnswerError> {
    let count = reader.array_of()?;
    let mut items = Vec::new();
    if form.places.is_some() {
        for _ in 0..count {
            items.push(answered(&item::found(reader, form, None, names)?));
        }
        return Ok(items);
    }
    if count % 2 != 0 {
        return Err(AnswerError::Broken("keys and attributes do not take turns"));
    }
    for _ in 0..count / 2 {
        items.push(answered(&item::with_key(reader, form, names)?));
    }
    Ok(items)
}

fn unwritten(
    reader: &mut Reader<'_>,
    schema: &TableSchema,
    names: Names<'_>,
) -> Result<BatchWrite, AnswerError> {
    let key = read_key(reader, schema)?;
    if reader.clone().head()? == Head::Null {
        reader.skip()?;
        return Ok(BatchWrite::Delete(key));
    }
    Ok(BatchWrite::Put(item::beside_key(reader, key, names)?))
}

fn read_key(reader: &mut Reader<'_>, schema: &TableSchema) -> Result<Key, AnswerError> {
    let mut values = Values::default();
    let key = key::read(schema, reader.bytes()?, &mut values)?;
    values.check().map_err(|_| AnswerError::Broken("a key has a value that no item can have"))?;
    Ok(key)
}

fn of_table<'f, F>(forms: &'f [(String, F)], table: &str) -> Result<&'f F, AnswerError> {
    forms.iter().find(|(given, _)| given == table).map(|(_, form)| form).ok_or(NO_TABLE)
}

const NO_TABLE: AnswerError = AnswerError::Broken("a table that was not asked for");
