//! BatchGetItem and BatchWriteItem.

use std::borrow::Cow;

use super::super::attributes;
use super::super::cbor::{Count, Head, Malformed, Reader};
use super::super::expression::Texts;
use super::super::form::{Form, ItemForm};
use super::super::options::Options;
use super::super::{key, value};
use super::item::charged_bytes_max;
use super::{Call, Known};
use crate::api::{ApiError, BatchGetTable, Request};
use crate::expr::{Language, Places};
use crate::model::TableSchema;
use crate::wire::json::{
    BatchGetMembers, BatchWriteMembers, KeysAndAttributes, ReadProjection, Values, WriteRequest,
    WriteRequests,
};

pub(super) fn get(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let (mut tables, mut forms) = (Vec::new(), Vec::new());
    let mut keys_left = KEPT_MAX;
    let mut count = reader.map()?;
    while reader.has_next(&mut count)? {
        let name = reader.text()?;
        let schema = known.table(name)?;
        tables.push(keys_and_attributes(&mut reader, name, &schema, &mut keys_left)?);
        forms.push((name.to_owned(), schema));
    }
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let members = BatchGetMembers { capacity: options.capacity(), tables: Some(tables) };
    let mut batch = members.request(known.wording)?;
    let form = |(table, (name, schema)): (&mut BatchGetTable, _)| {
        let places = table.projection.as_mut().map(|given| {
            let places = Places::of(&given.projection);
            given.projection = given.projection.clone().widened();
            places
        });
        (name, ItemForm { schema, places })
    };
    let forms = batch.tables.iter_mut().zip(forms).map(form).collect();
    Ok(Call { request: Request::BatchGetItem(batch), form: Form::BatchGet(forms) })
}

pub(super) fn write(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let (mut tables, mut forms) = (Vec::new(), Vec::new());
    let (mut charged_max, mut writes_left) = (0, KEPT_MAX);
    let mut count = reader.map()?;
    while reader.has_next(&mut count)? {
        let name = reader.text()?;
        let schema = known.table(name)?;
        let counts = (&mut charged_max, &mut writes_left);
        let requests = write_requests(&mut reader, &schema, known, counts)?;
        tables.push(WriteRequests { name: Cow::Borrowed(name), requests });
        forms.push((name.to_owned(), schema));
    }
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let members = BatchWriteMembers {
        capacity: options.capacity(),
        collection_metrics: options.collection(),
        tables: Some(tables),
    };
    let batch = members.request(known.wording, charged_max)?;
    Ok(Call { request: Request::BatchWriteItem(batch), form: Form::BatchWrite(forms) })
}

/// `[consistent, projection, [key ...]]`
fn keys_and_attributes<'a>(
    reader: &mut Reader<'_>,
    name: &'a str,
    schema: &TableSchema,
    keys_left: &mut usize,
) -> Result<KeysAndAttributes<'a>, Malformed> {
    if reader.array()? != Count::Of(3) {
        return Err(Malformed("a table of a batch has other parts"));
    }
    let consistent = reader.truth()?;
    let mut texts = Texts::default();
    texts.add(Language::Projection, reader.optional_bytes()?)?;
    let mut values = Values::default();
    let count = reader.array()?;
    let keys = value::elements(reader, count, |reader| {
        *keys_left = keys_left.checked_sub(1).ok_or(TOO_MANY)?;
        key::read(schema, reader.bytes()?, &mut values)
    })?;
    Ok(KeysAndAttributes {
        name: name.into(),
        keys: Some(keys),
        values,
        consistent: Some(consistent),
        projection: ReadProjection::of(texts.members()),
    })
}

/// `[key, attributes, key, null ...]`, where null stands for a removal.
fn write_requests(
    reader: &mut Reader<'_>,
    schema: &TableSchema,
    known: &Known<'_>,
    (charged_max, writes_left): (&mut usize, &mut usize),
) -> Result<Vec<WriteRequest>, Malformed> {
    let mut requests = Vec::new();
    let mut count = reader.array()?;
    while reader.has_next(&mut count)? {
        *writes_left = writes_left.checked_sub(1).ok_or(TOO_MANY)?;
        let mut values = Values::default();
        let mut item = key::read(schema, reader.bytes()?, &mut values)?;
        if !reader.has_next(&mut count)? {
            return Err(Malformed("a write of a batch has no second part"));
        }
        requests.push(match reader.head()? {
            Head::Null => WriteRequest::delete(item, values),
            Head::Bytes(content) => {
                attributes::read(content, known.names, &mut values, &mut item)?;
                *charged_max = charged_bytes_max(content, &item).max(*charged_max);
                WriteRequest::put(item, values)
            }
            _ => return Err(Malformed("a write of a batch is neither a put nor a removal")),
        });
    }
    Ok(requests)
}

/// A few bytes can say a key or an item of many, so what is far beyond the limits is not put
/// together to be refused.
const KEPT_MAX: usize = 200;
const TOO_MANY: Malformed = Malformed("a batch has far more than it may");
