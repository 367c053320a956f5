//! TransactGetItems and TransactWriteItems: an array for each part, with an element for each item.

use std::sync::Arc;

use super::super::attributes;
use super::super::cbor::{Head, Malformed, Reader};
use super::super::expression::Texts;
use super::super::form::{Form, ItemForm};
use super::super::key;
use super::super::options::Options;
use super::super::value::elements;
use super::item::charged_bytes_max;
use super::{Call, Known, utf8, whole_attributes};
use crate::api::{ApiError, Request};
use crate::expr::{Language, Places};
use crate::model::TableSchema;
use crate::wire::json::{
    Action, ActionKind, Actions, GetMembers, ReadProjection, TransactGetMembers,
    TransactWriteMembers, Values,
};

/// `[table ...] [key ...] [projection or null ...]`
pub(super) fn get(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let tables = texts(&mut reader)?;
    let keys = parts(&mut reader, Reader::bytes)?;
    let projections = optional_parts(&mut reader, tables.len(), Reader::optional_bytes)?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    same_length([tables.len(), keys.len(), projections.len()])?;
    let (mut gets, mut schemas) = (Vec::new(), Vec::new());
    for ((table, key), projection) in tables.into_iter().zip(keys).zip(projections) {
        let schema = known.table(table)?;
        let mut values = Values::default();
        let key = key::read(&schema, key, &mut values)?;
        let mut texts = Texts::default();
        texts.add(Language::Projection, projection)?;
        gets.push(Some(GetMembers {
            table: Some(table.into()),
            key: Some(key),
            values,
            projection: ReadProjection::of(texts.members()),
            ..GetMembers::default()
        }));
        schemas.push(schema);
    }
    let members = TransactGetMembers { capacity: options.capacity(), gets: Some(gets) };
    let mut request = members.request()?;
    let forms = request.gets.iter_mut().zip(schemas).map(|(get, schema)| {
        let places = get.projection.as_ref().map(Places::of);
        get.projection = whole_attributes(get.projection.take());
        ItemForm { schema, places }
    });
    let form = Form::TransactGet(forms.collect());
    Ok(Call { request: Request::TransactGetItems(request), form })
}

/// `[operation ...] [table ...] [key ...] [attributes or null ...]`, what is returned,
/// `[what is told of a condition ...] [condition or null ...] [update or null ...]`
pub(super) fn write(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let kinds = parts(&mut reader, kind)?;
    let count = kinds.len();
    let tables = texts(&mut reader)?;
    let keys = parts(&mut reader, Reader::bytes)?;
    let contents = optional_parts(&mut reader, count, Reader::optional_bytes)?;
    // Nothing is returned of any item.
    reader.skip()?;
    let told = optional_parts(&mut reader, count, optional_integer)?;
    let conditions = optional_parts(&mut reader, count, Reader::optional_bytes)?;
    let updates = optional_parts(&mut reader, count, Reader::optional_bytes)?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let given = [tables.len(), keys.len(), contents.len()];
    let judged = [told.len(), conditions.len(), updates.len()];
    same_length([count].into_iter().chain(given).chain(judged))?;
    let (mut actions, mut schemas, mut charged_max) = (Vec::new(), Vec::new(), 0);
    let places = kinds.into_iter().zip(tables).zip(keys).zip(contents);
    let conditions = told.into_iter().zip(conditions).zip(updates);
    for ((((kind, table), key), content), ((told, condition), update)) in places.zip(conditions) {
        let schema = known.table(table)?;
        let mut action = self::action(table, &schema, key)?;
        if let (ActionKind::Put, Some(content)) = (kind, content) {
            let item = action.attributes.get_or_insert_default();
            attributes::read(content, known.names, &mut action.values, item)?;
            charged_max = charged_bytes_max(content, item).max(charged_max);
        }
        let mut texts = Texts::default();
        texts.add(Language::Update, update)?;
        texts.add(Language::Condition, condition)?;
        action.expressions = texts.members();
        action.on_failure = told.map(|told| match told {
            1 => "NONE".into(),
            2 => "ALL_OLD".into(),
            other => other.to_string().into(),
        });
        actions.push(Actions::of(kind, action));
        schemas.push(schema);
    }
    let members = TransactWriteMembers {
        capacity: options.capacity(),
        collection_metrics: options.collection(),
        token: options.token.map(Into::into),
        actions: Some(actions),
    };
    let request = members.request(charged_max)?;
    Ok(Call { request: Request::TransactWriteItems(request), form: Form::TransactWrite(schemas) })
}

fn action<'a>(
    table: &'a str,
    schema: &Arc<TableSchema>,
    key: &[u8],
) -> Result<Action<'a>, Malformed> {
    let mut values = Values::default();
    let key = key::read(schema, key, &mut values)?;
    Ok(Action { table: Some(table.into()), attributes: Some(key), values, ..Action::default() })
}

fn kind(reader: &mut Reader<'_>) -> Result<ActionKind, Malformed> {
    match reader.integer()? {
        2 => Ok(ActionKind::Put),
        7 => Ok(ActionKind::Delete),
        9 => Ok(ActionKind::Update),
        12 => Ok(ActionKind::Check),
        _ => Err(Malformed("an operation that no transaction has")),
    }
}

fn optional_integer(reader: &mut Reader<'_>) -> Result<Option<i64>, Malformed> {
    if reader.clone().head()? == Head::Null {
        reader.skip()?;
        return Ok(None);
    }
    reader.integer().map(Some)
}

fn texts<'a>(reader: &mut Reader<'a>) -> Result<Vec<&'a str>, Malformed> {
    parts(reader, |reader| utf8(reader.bytes()?))
}

fn parts<'a, T>(
    reader: &mut Reader<'a>,
    mut part: impl FnMut(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let count = reader.array()?;
    let mut left = KEPT_MAX;
    elements(reader, count, |reader| {
        left = left.checked_sub(1).ok_or(TOO_MANY)?;
        part(reader)
    })
}

/// Parts that may all be missing.
fn optional_parts<'a, T>(
    reader: &mut Reader<'a>,
    count: usize,
    part: impl FnMut(&mut Reader<'a>) -> Result<Option<T>, Malformed>,
) -> Result<Vec<Option<T>>, Malformed> {
    if reader.clone().head()? == Head::Null {
        reader.skip()?;
        return Ok((0..count).map(|_| None).collect());
    }
    parts(reader, part)
}

fn same_length(lengths: impl IntoIterator<Item = usize>) -> Result<(), Malformed> {
    let mut lengths = lengths.into_iter();
    let first = lengths.next();
    if lengths.all(|length| Some(length) == first) {
        return Ok(());
    }
    Err(Malformed("the parts of a transaction are not equally many"))
}

/// A few bytes can say a key or an item of many, so what is far beyond the limit is not put together
/// to be refused.
const KEPT_MAX: usize = 200;
const TOO_MANY: Malformed = Malformed("a transaction has far more than it may");
