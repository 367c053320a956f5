//! Writes the answers of BatchGetItem, two values, and of BatchWriteItem, three.

use std::sync::Arc;

use super::super::attributes::{self, ListIds};
use super::super::cbor::Writer;
use super::super::form::ItemForm;
use super::super::key;
use super::{capacity, put_collections, put_found, put_key_of, success};
use crate::api::{AnswerItem, BatchGetItemOutput, BatchWrite, BatchWriteItemOutput, TableRef};
use crate::model::TableSchema;

pub(super) fn get(
    output: &BatchGetItemOutput,
    forms: &[(String, ItemForm)],
    ids: &mut ListIds<'_>,
) -> Vec<u8> {
    let mut writer = success();
    writer.array(2);
    writer.map(output.responses.len());
    for (table, items) in &output.responses {
        writer.text(table.as_given());
        put_items(&mut writer, items, form_of(forms, table), ids);
    }
    writer.map(output.unprocessed.len());
    for part in &output.unprocessed {
        writer.text(part.table.as_given());
        writer.array(part.keys.len());
        let schema = &form_of(forms, &part.table).schema;
        for key in &part.keys {
            key::put(&mut writer, schema, key);
        }
    }
    capacity::put_all(&mut writer, &output.capacity);
    writer.finish()
}

pub(super) fn write(
    output: &BatchWriteItemOutput,
    forms: &[(String, Arc<TableSchema>)],
    ids: &mut ListIds<'_>,
) -> Vec<u8> {
    let mut writer = success();
    writer.map(output.unprocessed.len());
    for part in &output.unprocessed {
        writer.text(part.table.as_given());
        writer.array(part.writes.len() * 2);
        let schema = form_of(forms, &part.table);
        for write in &part.writes {
            put_write(&mut writer, write, schema, ids);
        }
    }
    capacity::put_all(&mut writer, &output.capacity);
    put_collections(&mut writer, &output.collections);
    writer.finish()
}

/// Without a projection keys and attributes take turns.
fn put_items(writer: &mut Writer, items: &[AnswerItem], form: &ItemForm, ids: &mut ListIds<'_>) {
    let is_whole = form.places.is_none();
    writer.array(if is_whole { items.len() * 2 } else { items.len() });
    for item in items {
        if is_whole {
            put_key_of(writer, item.view(), &form.schema);
        }
        put_found(writer, item.view(), form, ids);
    }
}

fn put_write(writer: &mut Writer, write: &BatchWrite, schema: &TableSchema, ids: &mut ListIds<'_>) {
    match write {
        BatchWrite::Put(item) => {
            let image = item.encode();
            put_key_of(writer, image.view(), schema);
            attributes::put(writer, image.view(), schema, ids);
        }
        BatchWrite::Delete(key) => {
            key::put(writer, schema, key);
            writer.null();
        }
    }
}

/// The form of a table of the request; the answer names no other.
fn form_of<'f, F>(forms: &'f [(String, F)], table: &TableRef) -> &'f F {
    let form = forms.iter().find(|(given, _)| given == table.as_given());
    &form.expect("an answer names the tables of its request").1
}
