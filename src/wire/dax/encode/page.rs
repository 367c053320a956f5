//! Writes the pages of Query and Scan.

use super::super::attributes::{self, ListIds};
use super::super::cbor::Writer;
use super::super::form::PageForm;
use super::super::key;
use super::{put_capacity, put_found, put_key_of, success};
use crate::api::PageOutput;
use crate::model::ItemRef;

pub(super) fn page(output: &PageOutput, form: &PageForm, ids: &mut ListIds<'_>) -> Vec<u8> {
    let found = output.page.found();
    let mut writer = success();
    let optional = [found.items.is_some(), found.last.is_some(), output.capacity.is_some()];
    writer.map(2 + optional.into_iter().filter(|there| *there).count());
    put_capacity(&mut writer, output.capacity.as_ref());
    if let Some(items) = &found.items {
        writer.unsigned(ITEMS);
        writer.array(items.len());
        for item in items {
            put_item(&mut writer, item.view(), form, ids);
        }
    }
    writer.unsigned(COUNT);
    writer.unsigned(found.count as u64);
    if let Some(last) = &found.last {
        writer.unsigned(LAST_KEY);
        if form.is_index {
            key::put_compound(&mut writer, last);
        } else {
            key::put(&mut writer, &form.item.schema, last);
        }
    }
    writer.unsigned(SCANNED);
    writer.unsigned(found.scanned as u64);
    writer.finish()
}

fn put_item(writer: &mut Writer, item: ItemRef<'_>, form: &PageForm, ids: &mut ListIds<'_>) {
    if form.item.places.is_some() {
        return put_found(writer, item, &form.item, ids);
    }
    let schema = &form.item.schema;
    writer.array(2);
    put_key_of(writer, item, schema);
    attributes::put(writer, item, schema, ids);
}

const ITEMS: u64 = 7;
const COUNT: u64 = 8;
const LAST_KEY: u64 = 9;
const SCANNED: u64 = 10;
