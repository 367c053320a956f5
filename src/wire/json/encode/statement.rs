//! Writes the answers to statements.

use super::write::{Separator, list, text};
use super::{answer_item, capacity, item_bytes, optional_item, value};
use crate::api::{
    ApiError, BatchExecuteStatementOutput, BatchStatementOutput, Details, ExecuteStatementOutput,
    ExecuteTransactionOutput, batch_error_code,
};

/// Writes the answer to an ExecuteStatement.
pub(super) fn output(out: &mut Vec<u8>, output: &ExecuteStatementOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "Items");
    list(out, &output.items, answer_item);
    if let Some(next) = &output.next {
        members.name(out, "NextToken");
        text(out, next);
    }
    if let Some(last) = &output.last {
        members.name(out, "LastEvaluatedKey");
        value::owned_attributes(out, last);
    }
    capacity::optional(out, &mut members, output.capacity.as_ref());
    out.push(b'}');
}

/// Writes the answer to a BatchExecuteStatement.
pub(super) fn batch_output(out: &mut Vec<u8>, output: &BatchExecuteStatementOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "Responses");
    list(out, &output.responses, response);
    capacity::optional_list(out, &mut members, &output.capacity);
    out.push(b'}');
}

/// Writes the answer to an ExecuteTransaction.
pub(super) fn transaction_output(out: &mut Vec<u8>, output: &ExecuteTransactionOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "Responses");
    list(out, &output.responses, |out, item| {
        out.push(b'{');
        optional_item(out, &mut Separator::start(), "Item", item.as_ref());
        out.push(b'}');
    });
    capacity::optional_list(out, &mut members, &output.capacity);
    out.push(b'}');
}

fn response(out: &mut Vec<u8>, response: &BatchStatementOutput) {
    let mut members = Separator::start();
    out.push(b'{');
    match &response.result {
        Ok(item) => optional_item(out, &mut members, "Item", item.as_ref()),
        Err(error) => {
            members.name(out, "Error");
            refusal(out, error);
        }
    }
    if let Some(table) = &response.table {
        members.name(out, "TableName");
        text(out, table);
    }
    out.push(b'}');
}

fn refusal(out: &mut Vec<u8>, error: &ApiError) {
    let mut members = Separator::start();
    out.push(b'{');
    members.name(out, "Code");
    text(out, batch_error_code(error.code));
    members.name(out, "Message");
    text(out, &error.message);
    if let Some(Details::Item(item)) = error.details.as_deref() {
        members.name(out, "Item");
        item_bytes(out, item);
    }
    out.push(b'}');
}
