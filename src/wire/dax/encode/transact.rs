//! Writes the answers of TransactGetItems, two values in one, and of TransactWriteItems, three, and
//! why a transaction was cancelled.
//!
//!     capacity   { 1 units, 2 of reads, 3 of writes, 4 table, 5 its own, 6 and 7 of its indexes }

use super::super::attributes::{self, ListIds};
use super::super::cbor::Writer;
use super::super::error::begin_refusal;
use super::super::form::{Form, ItemForm};
use super::{put_collections, put_found, success, units};
use crate::api::{
    ApiError, CancellationReason, CapacityDetail, CapacityKind, ConsumedCapacity, HalfUnits,
    TransactGetItemsOutput, TransactWriteItemsOutput,
};

pub(super) fn get(
    output: &TransactGetItemsOutput,
    forms: &[ItemForm],
    ids: &mut ListIds<'_>,
) -> Vec<u8> {
    let mut writer = success();
    writer.array(2);
    writer.array(output.items.len());
    for (item, form) in output.items.iter().zip(forms) {
        match item {
            Some(item) => put_found(&mut writer, item.view(), form, ids),
            None => writer.null(),
        }
    }
    put_capacities(&mut writer, &output.capacity);
    writer.finish()
}

pub(super) fn write(output: &TransactWriteItemsOutput) -> Vec<u8> {
    let mut writer = success();
    writer.array(3);
    writer.array(0);
    put_capacities(&mut writer, &output.capacity);
    put_collections(&mut writer, &output.collections);
    writer.finish()
}

/// The bytes of a refusal that says of each element what it has to do with it.
pub fn encode_cancelled(
    error: &ApiError,
    reasons: &[CancellationReason],
    form: &Form,
    request_id: &str,
    ids: &mut ListIds<'_>,
) -> Vec<u8> {
    let mut writer = begin_refusal(error, request_id, 4);
    writer.array(reasons.len() * 3);
    for (reason, schema) in reasons.iter().zip(form.elements()) {
        writer.text(reason.code.name());
        if reason.message.is_empty() {
            writer.null();
        } else {
            writer.text(&reason.message);
        }
        match &reason.item {
            Some(item) => attributes::put(&mut writer, item.view(), schema, ids),
            None => writer.null(),
        }
    }
    writer.finish()
}

fn put_capacities(writer: &mut Writer, all: &[ConsumedCapacity]) {
    writer.array(all.len());
    for consumed in all {
        let is_apart = consumed.detail == CapacityDetail::Indexes;
        let parts = [(6, &consumed.global), (7, &consumed.local)];
        let parts = parts.iter().filter(|(_, indexes)| is_apart && !indexes.is_empty());
        let kind = consumed.kind;
        writer.map(2 + kind.iter().len() + usize::from(is_apart) + parts.clone().count());
        writer.unsigned(4);
        writer.text(consumed.table.as_given());
        put_members(writer, consumed.total(), kind);
        if is_apart {
            writer.unsigned(5);
            put_units(writer, consumed.table_units, kind);
        }
        for (member, indexes) in parts {
            writer.unsigned(*member);
            writer.map(indexes.len());
            for (index, consumed) in *indexes {
                writer.text(index);
                put_units(writer, *consumed, kind);
            }
        }
    }
}

fn put_units(writer: &mut Writer, consumed: HalfUnits, kind: Option<CapacityKind>) {
    writer.map(1 + kind.iter().len());
    put_members(writer, consumed, kind);
}

fn put_members(writer: &mut Writer, consumed: HalfUnits, kind: Option<CapacityKind>) {
    writer.unsigned(1);
    units(writer, consumed);
    if let Some(kind) = kind {
        writer.unsigned(match kind {
            CapacityKind::Read => 2,
            CapacityKind::Write => 3,
        });
        units(writer, consumed);
    }
}
