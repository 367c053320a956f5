//! Writes the answers to batches.

use super::write::{Separator, list, plain, text};
use super::{answer_item, capacity, collection, optional_item, value};
use crate::api::{
    BatchGetItemOutput, BatchGetTable, BatchWrite, BatchWriteItemOutput, Consistency,
    ProjectionMembers, TransactGetItemsOutput, TransactWriteItemsOutput,
};

/// Writes the answer to a BatchGetItem.
pub(super) fn get_output(out: &mut Vec<u8>, output: &BatchGetItemOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "Responses");
    out.push(b'{');
    let mut tables = Separator::start();
    for (table, items) in &output.responses {
        tables.name(out, table.as_given());
        list(out, items, answer_item);
    }
    out.push(b'}');
    members.name(out, "UnprocessedKeys");
    out.push(b'{');
    let mut tables = Separator::start();
    for table in &output.unprocessed {
        tables.name(out, table.table.as_given());
        unread(out, table);
    }
    out.push(b'}');
    capacity::optional_list(out, &mut members, &output.capacity);
    out.push(b'}');
}

/// Writes the answer to a BatchWriteItem.
pub(super) fn write_output(out: &mut Vec<u8>, output: &BatchWriteItemOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "UnprocessedItems");
    out.push(b'{');
    let mut tables = Separator::start();
    for table in &output.unprocessed {
        tables.name(out, table.table.as_given());
        list(out, &table.writes, unwritten);
    }
    out.push(b'}');
    collection::optional_map(out, &mut members, &output.collections);
    capacity::optional_list(out, &mut members, &output.capacity);
    out.push(b'}');
}

/// Writes the answer to a TransactGetItems.
pub(super) fn transact_get_output(out: &mut Vec<u8>, output: &TransactGetItemsOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "Responses");
    list(out, &output.items, |out, item| {
        out.push(b'{');
        optional_item(out, &mut Separator::start(), "Item", item.as_ref());
        out.push(b'}');
    });
    capacity::optional_list(out, &mut members, &output.capacity);
    out.push(b'}');
}

/// Writes the answer to a TransactWriteItems.
pub(super) fn transact_write_output(out: &mut Vec<u8>, output: &TransactWriteItemsOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    capacity::optional_list(out, &mut members, &output.capacity);
    collection::optional_map(out, &mut members, &output.collections);
    out.push(b'}');
}

/// What is read of a table, as a request names it.
pub(in crate::wire::json) fn unread(out: &mut Vec<u8>, table: &BatchGetTable) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "Keys");
    list(out, &table.keys, |out, key| value::owned_attributes(out, key));
    if table.consistency == Consistency::Strong {
        members.name(out, "ConsistentRead");
        plain(out, true);
    }
    if let Some(projection) = &table.projection {
        projected(out, &mut members, &projection.given);
    }
    out.push(b'}');
}

fn projected(out: &mut Vec<u8>, members: &mut Separator, given: &ProjectionMembers) {
    match given {
        ProjectionMembers::Expression { text: expression, names } => {
            members.name(out, "ProjectionExpression");
            text(out, expression);
            if !names.is_empty() {
                members.name(out, "ExpressionAttributeNames");
                out.push(b'{');
                let mut separator = Separator::start();
                for (placeholder, name) in names {
                    separator.name(out, placeholder);
                    text(out, name);
                }
                out.push(b'}');
            }
        }
        ProjectionMembers::AttributesToGet(names) => {
            members.name(out, "AttributesToGet");
            list(out, names, |out, name| text(out, name));
        }
    }
}

/// One write, as a request names it.
pub(in crate::wire::json) fn unwritten(out: &mut Vec<u8>, write: &BatchWrite) {
    let (request, member, attributes) = match write {
        BatchWrite::Put(item) => ("PutRequest", "Item", &item.attributes),
        BatchWrite::Delete(key) => ("DeleteRequest", "Key", key),
    };
    out.push(b'{');
    Separator::start().name(out, request);
    out.push(b'{');
    Separator::start().name(out, member);
    value::owned_attributes(out, attributes);
    out.extend_from_slice(b"}}");
}
