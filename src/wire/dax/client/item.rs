//! Puts items together from what travels of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::cbor::{Count, Head, Reader};
use super::super::form::ItemForm;
use super::super::{key, value};
use super::answer::{AnswerError, names_of};
use super::strict::check_value;
use crate::api::Key;
use crate::expr::{Path, Step};
use crate::model::{AttributeValue, Item};
use crate::wire::json::Values;

/// The names behind ids.
pub type Names<'a> = &'a dyn Fn(u64) -> Option<Arc<[Box<str>]>>;

/// An item in the form that reads of it have; `key` is what a whole one lacks.
pub(super) fn found(
    reader: &mut Reader<'_>,
    form: &ItemForm,
    key: Option<&Key>,
    names: Names<'_>,
) -> Result<Item, AnswerError> {
    match &form.places {
        Some(places) => projected(reader, places.paths()),
        None => beside_key(reader, key.cloned().unwrap_or_default(), names),
    }
}

/// An item of a page: a pair of key and the rest, or what was wanted of it.
pub(super) fn of_page(
    reader: &mut Reader<'_>,
    form: &ItemForm,
    names: Names<'_>,
) -> Result<Item, AnswerError> {
    if form.places.is_some() {
        return found(reader, form, None, names);
    }
    if reader.array()? != Count::Of(2) {
        return Err(AnswerError::Broken("an item of a page is no pair"));
    }
    with_key(reader, form, names)
}

/// A key, and behind it what else the item has.
pub(super) fn with_key(
    reader: &mut Reader<'_>,
    form: &ItemForm,
    names: Names<'_>,
) -> Result<Item, AnswerError> {
    let mut values = Values::default();
    let key = key::read(&form.schema, reader.bytes()?, &mut values)?;
    check(values)?;
    beside_key(reader, key, names)
}

/// An item of which the key is known.
pub(super) fn beside_key(
    reader: &mut Reader<'_>,
    key: Key,
    names: Names<'_>,
) -> Result<Item, AnswerError> {
    let mut reader = Reader::new(reader.bytes()?);
    let list = names_of(reader.integer()?, names)?;
    let mut attributes = key;
    for name in &list[..] {
        attributes.push((name.to_string(), read(&mut reader)?));
    }
    reader.end()?;
    Ok(Item { attributes })
}

/// Attributes by their places in a list.
pub(super) fn by_place(reader: &mut Reader<'_>, names: Names<'_>) -> Result<Item, AnswerError> {
    let mut reader = Reader::new(reader.bytes()?);
    let list = names_of(reader.integer()?, names)?;
    let mut attributes = Vec::new();
    for (place, value) in places(&mut reader)? {
        let name = list.get(place).ok_or(AnswerError::Broken("a place beyond the list"))?;
        attributes.push((name.to_string(), value));
    }
    reader.end()?;
    Ok(Item { attributes })
}

fn projected(reader: &mut Reader<'_>, paths: &[Path]) -> Result<Item, AnswerError> {
    let mut root = Node::default();
    for (place, value) in places(reader)? {
        let path = paths.get(place).ok_or(AnswerError::Broken("a place beyond the projection"))?;
        root.put(path, value);
    }
    let attributes = root.names.into_iter();
    Ok(Item { attributes: attributes.map(|(name, node)| (name, node.into_value())).collect() })
}

/// A map from places to values.
fn places(reader: &mut Reader<'_>) -> Result<Vec<(usize, AttributeValue)>, AnswerError> {
    let Head::Map(mut count) = reader.head()? else {
        return Err(AnswerError::Broken("a part of an item is no map"));
    };
    let mut places = Vec::new();
    while reader.has_next(&mut count)? {
        let place = usize::try_from(reader.integer()?);
        let place = place.map_err(|_| AnswerError::Broken("a place below zero"))?;
        places.push((place, read(reader)?));
    }
    Ok(places)
}

fn read(reader: &mut Reader<'_>) -> Result<AttributeValue, AnswerError> {
    check_value(&mut reader.clone())?;
    let mut values = Values::default();
    let value = value::read(reader, &mut values, 1)?;
    check(values)?;
    Ok(value)
}

fn check(values: Values) -> Result<(), AnswerError> {
    values.check().map_err(|_| AnswerError::Broken("a value that no item can have"))
}

/// A place in an item, and what is there or below.
#[derive(Default)]
struct Node {
    value: Option<AttributeValue>,
    names: BTreeMap<String, Self>,
    elements: BTreeMap<u32, Self>,
}

impl Node {
    fn put(&mut self, path: &Path, value: AttributeValue) {
        let mut place = self.names.entry(path.attribute.clone()).or_default();
        for step in &path.steps {
            place = match step {
                Step::Name(name) => place.names.entry(name.clone()).or_default(),
                Step::Index(index) => place.elements.entry(*index).or_default(),
            };
        }
        place.value = Some(value);
    }

    fn into_value(self) -> AttributeValue {
        if let Some(value) = self.value {
            return value;
        }
        if self.elements.is_empty() {
            let names = self.names.into_iter();
            return AttributeValue::M(
                names.map(|(name, node)| (name, node.into_value())).collect(),
            );
        }
        AttributeValue::L(self.elements.into_values().map(Self::into_value).collect())
    }
}
