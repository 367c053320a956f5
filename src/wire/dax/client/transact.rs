//! Writes the requests of transactions, and reads their answers.

use std::sync::Arc;

use super::super::cbor::{Count, Head, Reader, Writer};
use super::super::form::ItemForm;
use super::super::frame::Method;
use super::answer::{AnswerError, answered};
use super::batch::by_table;
use super::capacity::{capacities, collection_sizes, units};
use super::expression::{condition, projection, update};
use super::item::{self, Names};
use super::request::{Options, Session, head, put_key, put_key_among};
use crate::api::{
    CapacityDetail, CapacityKind, CollectionDetail, ConsumedCapacity, HalfUnits,
    OnConditionFailure, TableRef, TransactAction, TransactChange, TransactGetItems,
    TransactGetItemsOutput, TransactWriteItems, TransactWriteItemsOutput,
};
use crate::model::TableSchema;

impl Session<'_> {
    pub(super) fn transact_get(&self, request: &TransactGetItems) -> Option<Writer> {
        let mut writer = head(Method::TransactGetItems);
        let gets = &request.gets;
        writer.array(gets.len());
        for get in gets {
            writer.bytes(get.table.as_given().as_bytes());
        }
        writer.array(gets.len());
        for get in gets {
            put_key(&mut writer, (self.schema)(get.table.as_given())?, &get.key)?;
        }
        writer.array(gets.len());
        for get in gets {
            put_optional(&mut writer, get.projection.as_ref().map(projection));
        }
        let mut options = Options::begin(&mut writer);
        options.capacity(request.capacity);
        options.end();
        Some(writer)
    }

    pub(super) fn transact_write(&self, request: &TransactWriteItems) -> Option<Writer> {
        let mut writer = head(Method::TransactWriteItems);
        let actions = &request.actions;
        writer.array(actions.len());
        for action in actions {
            writer.unsigned(match action.change {
                TransactChange::Put(_) => 2,
                TransactChange::Delete(_) => 7,
                TransactChange::Update(..) => 9,
                TransactChange::Check(_) => 12,
            });
        }
        writer.array(actions.len());
        for action in actions {
            writer.bytes(action.table.as_given().as_bytes());
        }
        writer.array(actions.len());
        for TransactAction { table, change, .. } in actions {
            let schema = (self.schema)(table.as_given())?;
            match change {
                TransactChange::Put(item) => put_key_among(&mut writer, schema, &item.attributes)?,
                TransactChange::Check(key)
                | TransactChange::Delete(key)
                | TransactChange::Update(key, _) => put_key(&mut writer, schema, key)?,
            }
        }
        writer.array(actions.len());
        for TransactAction { table, change, .. } in actions {
            match change {
                TransactChange::Put(item) => {
                    self.attributes(&mut writer, table.as_given(), &item.attributes)?;
                }
                TransactChange::Check(_)
                | TransactChange::Delete(_)
                | TransactChange::Update(..) => writer.null(),
            }
        }
        writer.null();
        writer.array(actions.len());
        for action in actions {
            writer.unsigned(match action.on_failure {
                OnConditionFailure::None => 1,
                OnConditionFailure::AllOld => 2,
            });
        }
        writer.array(actions.len());
        for action in actions {
            put_optional(&mut writer, action.condition.as_deref().map(condition));
        }
        writer.array(actions.len());
        for action in actions {
            put_optional(
                &mut writer,
                match &action.change {
                    TransactChange::Update(_, given) if !given.is_empty() => Some(update(given)),
                    TransactChange::Update(..)
                    | TransactChange::Check(_)
                    | TransactChange::Put(_)
                    | TransactChange::Delete(_) => None,
                },
            );
        }
        let mut options = Options::begin(&mut writer);
        options.capacity(request.capacity);
        options.number(
            6,
            match request.collection {
                CollectionDetail::None => None,
                CollectionDetail::Size => Some(1),
            },
        );
        options.text(19, request.token.as_deref());
        options.end();
        Some(writer)
    }
}

fn put_optional(writer: &mut Writer, bytes: Option<Vec<u8>>) {
    match bytes {
        Some(bytes) => writer.bytes(&bytes),
        None => writer.null(),
    }
}

pub(super) fn get(
    reader: &mut Reader<'_>,
    asked: &TransactGetItems,
    forms: &[ItemForm],
    names: Names<'_>,
) -> Result<TransactGetItemsOutput, AnswerError> {
    if reader.array()? != Count::Of(2) {
        return Err(AnswerError::Broken("items and capacities are no pair"));
    }
    if reader.array_of()? != forms.len() as u64 {
        return Err(AnswerError::Broken("there are not as many items as were asked for"));
    }
    let mut items = Vec::new();
    for (form, get) in forms.iter().zip(&asked.gets) {
        if reader.clone().head()? == Head::Null {
            reader.skip()?;
            items.push(None);
            continue;
        }
        items.push(Some(answered(&item::found(reader, form, Some(&get.key), names)?)));
    }
    Ok(TransactGetItemsOutput { items, capacity: capacities(reader, consumed)? })
}

pub(super) fn write(
    reader: &mut Reader<'_>,
    asked: &TransactWriteItems,
    schemas: &[Arc<TableSchema>],
) -> Result<TransactWriteItemsOutput, AnswerError> {
    if reader.array()? != Count::Of(3) || reader.array_of()? != 0 {
        return Err(AnswerError::Broken("the parts of the answer are not three, or one has items"));
    }
    let capacity = capacities(reader, consumed)?;
    let collections = by_table(reader, |reader, table| {
        let given = asked.actions.iter().zip(schemas);
        let mut given = given.filter(|(action, _)| action.table.as_given() == table);
        let Some((action, schema)) = given.next() else {
            return Err(AnswerError::Broken("a table that was not asked for"));
        };
        Ok((action.table.clone(), collection_sizes(reader, schema)?))
    })?;
    Ok(TransactWriteItemsOutput { collections, capacity })
}

fn consumed(reader: &mut Reader<'_>) -> Result<ConsumedCapacity, AnswerError> {
    let (mut table, mut total, mut own) = (None, Consumed::default(), None);
    let (mut global, mut local) = (Vec::new(), Vec::new());
    for _ in 0..known_length(reader)? {
        match reader.integer()? {
            4 => table = TableRef::of(reader.text()?).ok(),
            5 => own = Some(Consumed::of(reader)?.total),
            6 => global = indexes(reader)?,
            7 => local = indexes(reader)?,
            member => total.read(member, reader)?,
        }
    }
    let table = table.ok_or(AnswerError::Broken("the capacity of no table"))?;
    let detail = if own.is_some() { CapacityDetail::Indexes } else { CapacityDetail::Total };
    let (table_units, kind) = (own.unwrap_or(total.total), total.kind);
    Ok(ConsumedCapacity { table, table_units, local, global, detail, kind })
}

fn indexes(reader: &mut Reader<'_>) -> Result<Vec<(String, HalfUnits)>, AnswerError> {
    let mut all = Vec::new();
    for _ in 0..known_length(reader)? {
        let index = reader.text()?.to_owned();
        all.push((index, Consumed::of(reader)?.total));
    }
    Ok(all)
}

fn known_length(reader: &mut Reader<'_>) -> Result<u64, AnswerError> {
    match reader.map()? {
        Count::Of(count) => Ok(count),
        Count::Open => Err(AnswerError::Broken("a capacity is a map of unknown length")),
    }
}

/// Units, and what they were for.
#[derive(Default)]
struct Consumed {
    total: HalfUnits,
    kind: Option<CapacityKind>,
}

impl Consumed {
    fn of(reader: &mut Reader<'_>) -> Result<Self, AnswerError> {
        let mut consumed = Self::default();
        for _ in 0..known_length(reader)? {
            let member = reader.integer()?;
            consumed.read(member, reader)?;
        }
        Ok(consumed)
    }

    fn read(&mut self, member: i64, reader: &mut Reader<'_>) -> Result<(), AnswerError> {
        let units = units(reader.head()?)?;
        match member {
            1 => self.total = units,
            2 => self.kind = Some(CapacityKind::Read),
            3 => self.kind = Some(CapacityKind::Write),
            _ => return Err(AnswerError::Broken("a member that clients do not know")),
        }
        Ok(())
    }
}
