//! GetItem, PutItem, UpdateItem and DeleteItem.

use std::sync::Arc;

use super::super::attributes;
use super::super::cbor::{Malformed, Reader};
use super::super::expression::Texts;
use super::super::form::{Form, ItemForm};
use super::super::key;
use super::super::options::Options;
use super::{Call, Known, table_name, whole_attributes};
use crate::api::{ApiError, Key, Request};
use crate::expr::{Language, Places};
use crate::model::TableSchema;
use crate::wire::json::{self, GetMembers, ReadProjection, UpdateMembers, Values, WriteMembers};

/// What every request for one item begins with.
struct Subject<'a> {
    table: &'a str,
    schema: Arc<TableSchema>,
    key: Key,
    values: Values,
}

pub(super) fn get(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let Subject { table, schema, key, values } = Subject::read(&mut reader, known)?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let mut texts = Texts::default();
    texts.add(Language::Projection, options.projection)?;
    let members = GetMembers {
        capacity: options.capacity(),
        table: Some(table.into()),
        key: Some(key),
        values,
        consistent: options.consistent,
        projection: ReadProjection::of(texts.members()),
    };
    let mut get = members.request()?;
    let places = get.projection.as_ref().map(Places::of);
    get.projection = whole_attributes(get.projection);
    let form = Form::Item(ItemForm { schema, places });
    Ok(Call { request: Request::GetItem(get), form })
}

pub(super) fn put(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let Subject { table, schema, key: mut item, mut values } = Subject::read(&mut reader, known)?;
    let content = reader.bytes()?;
    attributes::read(content, known.names, &mut values, &mut item)?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let bytes = charged_bytes_max(content, &item);
    let members = write_members(table, item, values, &options)?;
    let put = json::put(members, bytes).map_err(|refusal| refusal.told(known.wording))?;
    let form = Form::Write(schema, put.options.return_values);
    Ok(Call { request: Request::PutItem(put), form })
}

pub(super) fn delete(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let Subject { table, schema, key, values } = Subject::read(&mut reader, known)?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let members = write_members(table, key, values, &options)?;
    let delete = json::delete(members).map_err(|refusal| refusal.told(known.wording))?;
    let form = Form::Write(schema, delete.options.return_values);
    Ok(Call { request: Request::DeleteItem(delete), form })
}

pub(super) fn update(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let Subject { table, schema, key, values } = Subject::read(&mut reader, known)?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let write = write_members(table, key, values, &options)?;
    let members = UpdateMembers { write, ..UpdateMembers::default() };
    let update = members.request().map_err(|refusal| refusal.told(known.wording))?;
    let form = Form::Write(schema, update.options.return_values);
    Ok(Call { request: Request::UpdateItem(update), form })
}

/// An upper bound of what an item is charged for. No value is charged for more than four times the
/// bytes that it takes here, and names are not here at all.
pub(super) fn charged_bytes_max(content: &[u8], item: &Key) -> usize {
    let names: usize = item.iter().map(|(name, _)| name.len() + KEY_BYTES_MAX).sum();
    content.len().saturating_mul(4).saturating_add(names)
}

impl<'a> Subject<'a> {
    fn read(reader: &mut Reader<'a>, known: &Known<'_>) -> Result<Self, ApiError> {
        let table = table_name(reader)?;
        let schema = known.table(table)?;
        let mut values = Values::default();
        let key = key::read(&schema, reader.bytes()?, &mut values)?;
        Ok(Self { table, schema, key, values })
    }
}

fn write_members<'a>(
    table: &'a str,
    attributes: Key,
    values: Values,
    options: &Options<'_>,
) -> Result<WriteMembers<'a>, Malformed> {
    let mut texts = Texts::default();
    texts.add(Language::Update, options.update)?;
    texts.add(Language::Condition, options.condition)?;
    Ok(WriteMembers {
        table: Some(table.into()),
        attributes: Some(attributes),
        values,
        expressions: texts.members(),
        capacity: options.capacity(),
        return_values: options.return_values(),
        collection_metrics: options.collection(),
        ..WriteMembers::default()
    })
}

/// More than a key attribute adds to its name, of which an item has two at most.
const KEY_BYTES_MAX: usize = 2_048;
