//! Query and Scan.

use std::sync::Arc;

use super::super::cbor::Reader;
use super::super::expression::Texts;
use super::super::form::{Form, ItemForm, PageForm};
use super::super::frame::Habits;
use super::super::key;
use super::super::options::Options;
use super::{Call, Known, table_name, utf8, whole_attributes};
use crate::api::{ApiError, PageRequest, Request};
use crate::expr::{Language, Places};
use crate::model::TableSchema;
use crate::wire::json::{PageMembers, QueryMembers, ScanMembers, Values};

pub(super) fn query(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let table = table_name(&mut reader)?;
    let schema = known.table(table)?;
    let keys = reader.optional_bytes()?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let page = page_members(table, &schema, &options, keys, known.habits)?;
    let members = QueryMembers { page, forward: options.forward, ..QueryMembers::default() };
    let mut query = members.request(known.wording)?;
    let form = form(schema, &mut query.page);
    Ok(Call { request: Request::Query(query), form })
}

pub(super) fn scan(mut reader: Reader<'_>, known: &Known<'_>) -> Result<Call, ApiError> {
    let table = table_name(&mut reader)?;
    let schema = known.table(table)?;
    let options = Options::read(&mut reader)?;
    reader.end()?;
    let page = page_members(table, &schema, &options, None, known.habits)?;
    let members = ScanMembers { page, segment: options.segment(), segments: options.segments() };
    let mut scan = members.request(known.wording)?;
    let form = form(schema, &mut scan.page);
    Ok(Call { request: Request::Scan(scan), form })
}

fn page_members<'a>(
    table: &'a str,
    schema: &TableSchema,
    options: &Options<'a>,
    keys: Option<&[u8]>,
    habits: Habits,
) -> Result<PageMembers<'a>, ApiError> {
    let mut texts = Texts::default();
    texts.add(Language::KeyCondition, keys)?;
    texts.add(Language::Filter, options.filter)?;
    texts.add(Language::Projection, options.projection)?;
    let mut start_values = Values::default();
    let start = options.start.map(|start| match options.index {
        Some(_) => key::read_compound(start, &mut start_values),
        None => key::read(schema, start, &mut start_values),
    });
    Ok(PageMembers {
        expressions: texts.members(),
        limit: options.limit(),
        capacity: options.capacity(),
        table: Some(table.into()),
        index: options.index.map(utf8).transpose()?.map(Into::into),
        select: options.select(habits),
        consistent: options.consistent,
        start: start.transpose()?,
        start_values,
        ..PageMembers::default()
    })
}

fn form(schema: Arc<TableSchema>, page: &mut PageRequest) -> Form {
    let places = page.projection.as_ref().map(Places::of);
    page.projection = whole_attributes(page.projection.take());
    Form::Page(PageForm { item: ItemForm { schema, places }, is_index: page.index.is_some() })
}
