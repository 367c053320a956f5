//! Writes answers.
//!
//!     80 | values        what was asked for, as many values as the method has
//!
//! Clients break on much that would be good CBOR. So lengths are known everywhere but in the keys of
//! index pages; what is not there is left out and never null; capacities are floats of eight bytes.
//!
//! Must hold: an answer that was written with unknown ids is never sent (see [`ListIds`]).
//! Not here: refusals (`error.rs`).

mod batch;
mod capacity;
mod page;
mod session;
mod transact;

use capacity::units;
pub use session::{Node, encode_endpoints, encode_key_schema, encode_list, encode_list_id};
pub use transact::encode_cancelled;

use super::attributes::{self, ListIds};
use super::cbor::{SHORT_BYTES, Writer};
use super::form::{Form, ItemForm};
use super::{key, value};
use crate::api::{
    AnswerItem, CollectionSize, ConsumedCapacity, GetItemOutput, Response, ReturnValues, TableRef,
    WriteOutput,
};
use crate::model::{ItemRef, TableSchema};

/// The bytes of an answer.
pub fn encode(response: &Response, form: &Form, ids: &mut ListIds<'_>) -> Vec<u8> {
    match (response, form) {
        (Response::GetItem(output), Form::Item(form)) => item(output, form, ids),
        (
            Response::PutItem(output) | Response::DeleteItem(output) | Response::UpdateItem(output),
            Form::Write(schema, returned),
        ) => write(output, schema, *returned, ids),
        (Response::Query(output) | Response::Scan(output), Form::Page(form)) => {
            page::page(output, form, ids)
        }
        (Response::BatchGetItem(output), Form::BatchGet(forms)) => batch::get(output, forms, ids),
        (Response::BatchWriteItem(output), Form::BatchWrite(forms)) => {
            batch::write(output, forms, ids)
        }
        (Response::TransactGetItems(output), Form::TransactGet(forms)) => {
            transact::get(output, forms, ids)
        }
        (Response::TransactWriteItems(output), Form::TransactWrite(_)) => transact::write(output),
        // The form was made with the request, and the proxy answers what it was asked.
        _ => unreachable!("an answer to another request"),
    }
}

/// The answer to a plain GetItem that found this item, or none, behind what is written already.
pub fn encode_item(
    item: Option<ItemRef<'_>>,
    schema: &TableSchema,
    ids: &mut ListIds<'_>,
    written: &mut Vec<u8>,
) {
    let mut writer = Writer::behind(std::mem::take(written));
    put_item(&mut writer, item, None, |writer, item| attributes::put(writer, item, schema, ids));
    *written = writer.finish();
}

fn item(output: &GetItemOutput, form: &ItemForm, ids: &mut ListIds<'_>) -> Vec<u8> {
    let mut writer = Writer::with_capacity(ANSWER_BYTES);
    let (item, capacity) = (output.item.as_ref().map(AnswerItem::view), output.capacity.as_ref());
    put_item(&mut writer, item, capacity, |writer, item| put_found(writer, item, form, ids));
    writer.finish()
}

fn put_item<'a>(
    writer: &mut Writer,
    item: Option<ItemRef<'a>>,
    capacity: Option<&ConsumedCapacity>,
    put: impl FnOnce(&mut Writer, ItemRef<'a>),
) {
    writer.array(0);
    writer.map(usize::from(item.is_some()) + usize::from(capacity.is_some()));
    if let Some(item) = item {
        writer.unsigned(ITEM);
        put(writer, item);
    }
    put_capacity(writer, capacity);
}

fn write(
    output: &WriteOutput,
    schema: &TableSchema,
    returned: ReturnValues,
    ids: &mut ListIds<'_>,
) -> Vec<u8> {
    let WriteOutput { attributes, capacity, collection } = output;
    let mut writer = success();
    let members = [attributes.is_some(), capacity.is_some(), collection.is_some()];
    writer.map(members.into_iter().filter(|there| *there).count());
    put_capacity(&mut writer, capacity.as_ref());
    if let Some(item) = attributes {
        writer.unsigned(ATTRIBUTES);
        match returned {
            ReturnValues::UpdatedOld | ReturnValues::UpdatedNew => {
                attributes::put_by_place(&mut writer, item.view(), ids);
            }
            ReturnValues::None | ReturnValues::AllOld | ReturnValues::AllNew => {
                attributes::put(&mut writer, item.view(), schema, ids);
            }
        }
    }
    if let Some(collection) = collection {
        writer.unsigned(COLLECTION);
        put_collection(&mut writer, collection);
    }
    writer.finish()
}

/// An item as reads have it: what is beside its key, or what is wanted of it by its place.
fn put_found(writer: &mut Writer, item: ItemRef<'_>, form: &ItemForm, ids: &mut ListIds<'_>) {
    let Some(places) = &form.places else {
        return attributes::put(writer, item, &form.schema, ids);
    };
    let found = places.find(item);
    writer.map(found.len());
    for (place, found) in found {
        writer.unsigned(place);
        value::put(writer, found);
    }
}

fn put_key_of(writer: &mut Writer, item: ItemRef<'_>, schema: &TableSchema) {
    key::put_stored(writer, schema, |name| item.attribute(name));
}

fn put_capacity(writer: &mut Writer, capacity: Option<&ConsumedCapacity>) {
    if let Some(capacity) = capacity {
        writer.unsigned(CAPACITY);
        capacity::put(writer, capacity);
    }
}

/// The collections of each table.
fn put_collections(writer: &mut Writer, tables: &[(TableRef, Vec<CollectionSize>)]) {
    writer.map(tables.len());
    for (table, collections) in tables {
        writer.text(table.as_given());
        writer.array(collections.len());
        for collection in collections {
            put_collection(writer, collection);
        }
    }
}

fn put_collection(writer: &mut Writer, collection: &CollectionSize) {
    let gigabytes = f64::from(u32::try_from(collection.gigabytes).unwrap_or(u32::MAX));
    writer.embedded(SHORT_BYTES, |writer| {
        value::put_owned(writer, &collection.key.1);
        writer.float(gigabytes);
        writer.float(gigabytes + 1.0);
    });
}

/// An answer that begins well.
fn success() -> Writer {
    let mut writer = Writer::with_capacity(ANSWER_BYTES);
    writer.array(0);
    writer
}

const ITEM: u64 = 0;
const CAPACITY: u64 = 1;
const ATTRIBUTES: u64 = 2;
const COLLECTION: u64 = 3;
const ANSWER_BYTES: usize = 256;
