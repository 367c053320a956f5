//! From an answer to the bytes of its body.
//!
//! An item is written once in its life, as the complete answer of a GetItem that its image keeps;
//! every other answer splices the item out of that one.
//!
//! Must hold: never a JSON null; members that the service leaves out are left out; equal answers
//! are equal bytes.
//! Not here: refusals (`error.rs`), headers (`server/`).

use crate::api::{AnswerItem, GetItemOutput, ListTablesOutput, Response, WriteOutput};
use crate::model::{Answer, ItemBytes, ItemImage, Made};

mod backup;
pub(super) mod batch;
mod capacity;
mod collection;
mod features;
mod index;
mod page;
mod resource_policy;
mod statement;
mod streams;
mod table;
mod tags;
mod time_to_live;
pub(super) mod value;
pub(super) mod write;

pub use self::value::encode_key;

use write::{Separator, text};

/// What an answer says that is not in the [`Response`].
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The host by which the client reached hearth.
    pub host: &'a str,
}

/// Writes an answer.
pub fn encode(response: &Response, context: Context<'_>) -> Answer {
    match response {
        Response::GetItem(output) => get_item(output),
        Response::PutItem(output) | Response::DeleteItem(output) | Response::UpdateItem(output) => {
            written(|out| write(out, output))
        }
        Response::BatchGetItem(output) => written(|out| batch::get_output(out, output)),
        Response::BatchWriteItem(output) => written(|out| batch::write_output(out, output)),
        Response::TransactGetItems(output) => {
            written(|out| batch::transact_get_output(out, output))
        }
        Response::TransactWriteItems(output) => {
            written(|out| batch::transact_write_output(out, output))
        }
        Response::ExecuteStatement(output) => written(|out| statement::output(out, output)),
        Response::BatchExecuteStatement(output) => {
            written(|out| statement::batch_output(out, output))
        }
        Response::ExecuteTransaction(output) => {
            written(|out| statement::transaction_output(out, output))
        }
        Response::CreateTable(description)
        | Response::UpdateTable(description)
        | Response::DeleteTable(description)
        | Response::RestoreTableFromBackup(description) => {
            written(|out| table::description(out, "TableDescription", description))
        }
        Response::DescribeTable(description) => {
            written(|out| table::description(out, "Table", description))
        }
        Response::Query(output) | Response::Scan(output) => page::answer(output),
        Response::TagResource | Response::UntagResource => written(|_| {}),
        Response::ListTagsOfResource(output) => written(|out| tags::tags(out, output)),
        Response::UpdateTimeToLive(output) => {
            written(|out| time_to_live::specification(out, output))
        }
        Response::DescribeTimeToLive(output) => {
            written(|out| time_to_live::description(out, output))
        }
        Response::PutResourcePolicy(revision) => {
            written(|out| resource_policy::revision(out, Some(revision)))
        }
        Response::GetResourcePolicy(found) => written(|out| resource_policy::policy(out, found)),
        Response::DeleteResourcePolicy(revision) => {
            written(|out| resource_policy::revision(out, revision.as_deref()))
        }
        Response::DescribeLimits => written(limits),
        Response::ListTables(output) => written(|out| list_tables(out, output)),
        Response::DescribeEndpoints => written(|out| endpoints(out, context.host)),
        Response::ListStreams(output) => written(|out| streams::streams(out, output)),
        Response::DescribeStream(stream) => written(|out| streams::description(out, stream)),
        Response::GetShardIterator(iterator) => written(|out| streams::iterator(out, iterator)),
        Response::GetRecords(output) => written(|out| streams::records(out, output)),
        Response::CreateBackup(details) => written(|out| backup::details_alone(out, details)),
        Response::DescribeBackup(description) | Response::DeleteBackup(description) => {
            written(|out| backup::description(out, description))
        }
        Response::ListBackups(output) => written(|out| backup::backups(out, output)),
        Response::ContinuousBackups => written(backup::continuous),
        Response::Feature(output) => written(|out| features::output(out, output)),
    }
}

/// A body filled by `fill`, with its sum.
pub(super) fn written(fill: impl FnOnce(&mut Vec<u8>)) -> Answer {
    let Made { body, crc32 } = made(BODY_BYTES, fill);
    Answer { body: body.into(), crc32 }
}

/// The same for a body that is kept: without room that it did not need.
fn written_to_keep(fill: impl FnOnce(&mut Vec<u8>)) -> Answer {
    let Made { mut body, crc32 } = made(BODY_BYTES, fill);
    body.shrink_to_fit();
    Answer { body: body.into(), crc32 }
}

/// The same, not shared yet; the body begins with so much room.
fn made(bytes: usize, fill: impl FnOnce(&mut Vec<u8>)) -> Made {
    let mut body = Vec::with_capacity(bytes);
    fill(&mut body);
    let crc32 = crc32fast::hash(&body);
    Made { body, crc32 }
}

fn get_item(output: &GetItemOutput) -> Answer {
    match (&output.item, &output.capacity) {
        (Some(AnswerItem::Whole(image)), None) => image.answer_or_make(item_answer),
        (item, capacity) => written(|out| {
            let mut separator = Separator::start();
            out.push(b'{');
            optional_item(out, &mut separator, "Item", item.as_ref());
            capacity::optional(out, &mut separator, capacity.as_ref());
            out.push(b'}');
        }),
    }
}

fn write(out: &mut Vec<u8>, output: &WriteOutput) {
    let mut separator = Separator::start();
    out.push(b'{');
    optional_item(out, &mut separator, "Attributes", output.attributes.as_ref());
    capacity::optional(out, &mut separator, output.capacity.as_ref());
    collection::optional(out, &mut separator, output.collection.as_ref());
    out.push(b'}');
}

fn list_tables(out: &mut Vec<u8>, output: &ListTablesOutput) {
    out.extend_from_slice(b"{\"TableNames\":[");
    let mut separator = Separator::start();
    for name in &output.names {
        separator.next(out);
        text(out, name.as_str());
    }
    out.push(b']');
    if let Some(last) = &output.last {
        out.extend_from_slice(b",\"LastEvaluatedTableName\":");
        text(out, last.as_str());
    }
    out.push(b'}');
}

fn endpoints(out: &mut Vec<u8>, host: &str) {
    out.extend_from_slice(b"{\"Endpoints\":[{\"Address\":");
    text(out, host);
    out.extend_from_slice(b",\"CachePeriodInMinutes\":1440}]}");
}

fn limits(out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"{\"AccountMaxReadCapacityUnits\":80000,\"AccountMaxWriteCapacityUnits\":80000,\
          \"TableMaxReadCapacityUnits\":40000,\"TableMaxWriteCapacityUnits\":40000}",
    );
}

fn optional_item(
    out: &mut Vec<u8>,
    separator: &mut Separator,
    name: &str,
    item: Option<&AnswerItem>,
) {
    if let Some(item) = item {
        separator.name(out, name);
        answer_item(out, item);
    }
}

fn answer_item(out: &mut Vec<u8>, item: &AnswerItem) {
    match item {
        AnswerItem::Whole(image) => out.extend_from_slice(item_json(image)),
        AnswerItem::Part(item) => item_bytes(out, item),
    }
}

/// Writes an item that nobody keeps.
pub(super) fn item_bytes(out: &mut Vec<u8>, item: &ItemBytes) {
    value::attributes(out, item.view().attributes());
}

/// The answer of a GetItem that finds this item.
fn item_answer(image: &ItemImage) -> Made {
    made(image.answer_bytes_max(), |out| {
        out.extend_from_slice(ITEM_HEAD);
        value::attributes(out, image.view().attributes());
        out.push(b'}');
    })
}

/// The item alone, out of its answer.
fn item_json(image: &ItemImage) -> &[u8] {
    let body = image.body_or_make(item_answer);
    &body[ITEM_HEAD.len()..body.len() - 1]
}

const ITEM_HEAD: &[u8] = b"{\"Item\":";
/// What most answers that hold no item fit into.
const BODY_BYTES: usize = 256;

#[cfg(test)]
mod tests;
