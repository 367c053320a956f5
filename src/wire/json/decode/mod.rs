//! From an operation and a body to its request.
//!
//! Each operation first reads its members, where only JSON types can be wrong; then come the
//! constraints, all at once; then what the request means by itself; and last, what hearth does not
//! have yet. A member of a later version is refused by name, never ignored.
//!
//! Must hold: the first fault in this order is the one that is told.
//! Not here: checks that other wires need too (`api/`).

use std::borrow::Cow;

use super::scan::{Scanner, not_json};
use super::types::Place;
use super::wording::Wording;
use crate::api::{
    ApiError, CapacityDetail, Consistency, ControlRequest, ErrorCode, Operation, Request, TableRef,
};

mod backup;
mod batch;
mod batch_write;
mod continuous_backups;
mod encryption;
mod expected;
mod expressions;
mod features;
mod index_updates;
mod indexes;
mod item;
mod key;
mod later;
mod legacy;
mod operator;
mod page;
mod projection;
mod query;
mod resource_policy;
mod scan;
mod schema;
mod statement;
mod streams;
mod table;
mod tables;
mod tags;
mod throughput;
mod time_to_live;
mod transact;
mod update;
mod update_table;
mod write;

pub use key::key;

pub(super) use batch::unread;
pub(in crate::wire) use batch::{BatchGetMembers, KeysAndAttributes};
pub(super) use batch_write::unwritten;
pub(in crate::wire) use batch_write::{BatchWriteMembers, WriteRequest, WriteRequests};
pub(in crate::wire) use expressions::Expressions;
pub(in crate::wire) use item::{GetMembers, delete, put};
pub(super) use operator::Operator;
pub(in crate::wire) use page::PageMembers;
pub(in crate::wire) use projection::Projection as ReadProjection;
pub(in crate::wire) use query::QueryMembers;
pub(in crate::wire) use scan::ScanMembers;
pub(in crate::wire) use transact::{
    Action, Actions, Kind as ActionKind, TransactGetMembers, TransactWriteMembers,
};
pub(in crate::wire) use update::UpdateMembers;
pub(in crate::wire) use write::WriteMembers;

/// Decodes a request, and checks it as far as that can be done without a table; what is refused is
/// told in that wording.
#[expect(clippy::too_many_lines, reason = "an arm for each operation")]
pub fn decode(operation: Operation, body: &[u8], wording: Wording) -> Result<Request, ApiError> {
    let control = match operation {
        Operation::BatchExecuteStatement => {
            return statement::batch_execute_statement(body).map(Request::BatchExecuteStatement);
        }
        Operation::BatchGetItem => {
            return batch::batch_get_item(body, wording).map(Request::BatchGetItem);
        }
        Operation::BatchWriteItem => {
            return batch_write::batch_write_item(body, wording).map(Request::BatchWriteItem);
        }
        Operation::DeleteItem => {
            return item::delete_item(body)
                .map(Request::DeleteItem)
                .map_err(|refusal| refusal.told(wording));
        }
        Operation::ExecuteStatement => {
            return statement::execute_statement(body).map(Request::ExecuteStatement);
        }
        Operation::ExecuteTransaction => {
            return statement::execute_transaction(body).map(Request::ExecuteTransaction);
        }
        Operation::GetItem => return item::get_item(body).map(Request::GetItem),
        Operation::PutItem => {
            return item::put_item(body)
                .map(Request::PutItem)
                .map_err(|refusal| refusal.told(wording));
        }
        Operation::Query => return query::query(body, wording).map(Request::Query),
        Operation::Scan => return scan::scan(body, wording).map(Request::Scan),
        Operation::UpdateItem => {
            return update::update_item(body)
                .map(Request::UpdateItem)
                .map_err(|refusal| refusal.told(wording));
        }
        Operation::TransactGetItems => {
            return transact::transact_get_items(body).map(Request::TransactGetItems);
        }
        Operation::TransactWriteItems => {
            return transact::transact_write_items(body).map(Request::TransactWriteItems);
        }
        Operation::CreateTable => table::create_table(body).map(ControlRequest::CreateTable),
        Operation::DeleteTable => tables::table_name(body).map(ControlRequest::DeleteTable),
        Operation::DescribeEndpoints => {
            tables::nothing(body).map(|()| ControlRequest::DescribeEndpoints)
        }
        Operation::DescribeStream => {
            streams::describe_stream(body).map(ControlRequest::DescribeStream)
        }
        Operation::DescribeTable => tables::table_name(body).map(ControlRequest::DescribeTable),
        Operation::GetRecords => streams::get_records(body).map(ControlRequest::GetRecords),
        Operation::GetShardIterator => {
            streams::get_shard_iterator(body).map(ControlRequest::GetShardIterator)
        }
        Operation::ListStreams => streams::list_streams(body).map(ControlRequest::ListStreams),
        Operation::ListTables => tables::list_tables(body).map(ControlRequest::ListTables),
        Operation::PutResourcePolicy => {
            resource_policy::put_resource_policy(body).map(ControlRequest::PutResourcePolicy)
        }
        Operation::GetResourcePolicy => {
            resource_policy::get_resource_policy(body).map(ControlRequest::GetResourcePolicy)
        }
        Operation::DeleteResourcePolicy => {
            resource_policy::delete_resource_policy(body).map(ControlRequest::DeleteResourcePolicy)
        }
        Operation::DescribeLimits => tables::nothing(body).map(|()| ControlRequest::DescribeLimits),
        Operation::ListTagsOfResource => {
            tags::list_tags_of_resource(body).map(ControlRequest::ListTagsOfResource)
        }
        Operation::TagResource => tags::tag_resource(body).map(ControlRequest::TagResource),
        Operation::UntagResource => tags::untag_resource(body).map(ControlRequest::UntagResource),
        Operation::UpdateTable => update_table::update_table(body).map(ControlRequest::UpdateTable),
        Operation::UpdateTimeToLive => {
            time_to_live::update_time_to_live(body).map(ControlRequest::UpdateTimeToLive)
        }
        Operation::CreateBackup => backup::create_backup(body).map(ControlRequest::CreateBackup),
        Operation::DescribeBackup => backup::backup_arn(body).map(ControlRequest::DescribeBackup),
        Operation::ListBackups => backup::list_backups(body).map(ControlRequest::ListBackups),
        Operation::DeleteBackup => backup::backup_arn(body).map(ControlRequest::DeleteBackup),
        Operation::RestoreTableFromBackup => {
            backup::restore_table_from_backup(body).map(ControlRequest::RestoreTableFromBackup)
        }
        Operation::RestoreTableToPointInTime => {
            let restore = continuous_backups::restore_to_point_in_time(body);
            restore.map(ControlRequest::RestoreTableToPointInTime)
        }
        Operation::DescribeContinuousBackups => {
            tables::table_name(body).map(ControlRequest::DescribeContinuousBackups)
        }
        Operation::UpdateContinuousBackups => {
            let update = continuous_backups::update_continuous_backups(body);
            update.map(ControlRequest::UpdateContinuousBackups)
        }
        Operation::DescribeTimeToLive => {
            tables::table_name(body).map(ControlRequest::DescribeTimeToLive)
        }
        Operation::CancelBulkOperation => features::CANCEL_BULK_OPERATION.decode(body),
        Operation::CreateGlobalTable => features::CREATE_GLOBAL_TABLE.decode(body),
        Operation::DescribeBulkOperation => features::DESCRIBE_BULK_OPERATION.decode(body),
        Operation::DescribeContributorInsights => {
            features::DESCRIBE_CONTRIBUTOR_INSIGHTS.decode(body)
        }
        Operation::DescribeExport => features::DESCRIBE_EXPORT.decode(body),
        Operation::DescribeGlobalTable => features::DESCRIBE_GLOBAL_TABLE.decode(body),
        Operation::DescribeGlobalTableSettings => {
            features::DESCRIBE_GLOBAL_TABLE_SETTINGS.decode(body)
        }
        Operation::DescribeImport => features::DESCRIBE_IMPORT.decode(body),
        Operation::DescribeKinesisStreamingDestination => {
            features::DESCRIBE_KINESIS_STREAMING_DESTINATION.decode(body)
        }
        Operation::DescribeTableReplicaAutoScaling => {
            features::DESCRIBE_TABLE_REPLICA_AUTO_SCALING.decode(body)
        }
        Operation::DisableKinesisStreamingDestination => {
            features::DISABLE_KINESIS_STREAMING_DESTINATION.decode(body)
        }
        Operation::EnableKinesisStreamingDestination => {
            features::ENABLE_KINESIS_STREAMING_DESTINATION.decode(body)
        }
        Operation::ExportTableToPointInTime => features::EXPORT_TABLE_TO_POINT_IN_TIME.decode(body),
        Operation::ImportTable => features::IMPORT_TABLE.decode(body),
        Operation::ListBulkOperations => features::LIST_BULK_OPERATIONS.decode(body),
        Operation::ListContributorInsights => features::LIST_CONTRIBUTOR_INSIGHTS.decode(body),
        Operation::ListExports => features::LIST_EXPORTS.decode(body),
        Operation::ListGlobalTables => features::LIST_GLOBAL_TABLES.decode(body),
        Operation::ListImports => features::LIST_IMPORTS.decode(body),
        Operation::SearchVectors => features::SEARCH_VECTORS.decode(body),
        Operation::StartBulkPutItems => features::START_BULK_PUT_ITEMS.decode(body),
        Operation::UpdateContributorInsights => features::UPDATE_CONTRIBUTOR_INSIGHTS.decode(body),
        Operation::UpdateGlobalTable => features::UPDATE_GLOBAL_TABLE.decode(body),
        Operation::UpdateGlobalTableSettings => features::UPDATE_GLOBAL_TABLE_SETTINGS.decode(body),
        Operation::UpdateKinesisStreamingDestination => {
            features::UPDATE_KINESIS_STREAMING_DESTINATION.decode(body)
        }
        Operation::UpdateTableReplicaAutoScaling => {
            features::UPDATE_TABLE_REPLICA_AUTO_SCALING.decode(body)
        }
    };
    control.map(Request::Control)
}

/// Reads the members of a body, each by `member`.
pub(super) fn read<'a, M: Default>(
    body: &'a [u8],
    member: impl Fn(&mut M, &mut Scanner<'a>, &str) -> Result<(), ApiError>,
) -> Result<M, ApiError> {
    let mut members = M::default();
    let mut whole = || {
        let mut scan = Scanner::new(body)?;
        let is_object = scan
            .structure("", Place::Member, |scan, name| member(&mut members, scan, &name))
            .map_err(|fault| if is_structure(body) { fault } else { not_json() })?;
        scan.end()?;
        if is_object { Ok(()) } else { Err(not_json()) }
    };
    match whole() {
        Ok(()) => Ok(members),
        // The service parses before it types, so a fault of a type needs a body that is JSON.
        Err(fault) if fault.message.is_empty() || is_json(body) => Err(fault),
        Err(_) => Err(not_json()),
    }
}

fn is_json(body: &[u8]) -> bool {
    Scanner::new(body).is_ok_and(|mut scan| scan.skip().is_ok() && scan.end().is_ok())
}

fn is_structure(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

/// Names a member that a later version of hearth will understand.
fn unsupported(member: &str) -> ApiError {
    ApiError::validation(format!("{member} is not supported by this version of hearth"))
}

fn capacity_of(capacity: Option<&str>) -> CapacityDetail {
    match capacity {
        Some("TOTAL") => CapacityDetail::Total,
        Some("INDEXES") => CapacityDetail::Indexes,
        _ => CapacityDetail::None,
    }
}

fn consistency_of(consistent: Option<bool>) -> Consistency {
    if consistent == Some(true) { Consistency::Strong } else { Consistency::Eventual }
}

/// The table of a request whose constraints have passed, so that there is one.
fn table_of(name: Option<&Cow<'_, str>>) -> Result<TableRef, ApiError> {
    TableRef::of(name.map_or("", |name| &**name))
}

/// A member that the constraints have found to be there.
fn required<T>(member: Option<T>) -> Result<T, ApiError> {
    member.ok_or_else(|| ApiError::new(ErrorCode::MemberConstraint, "Member must not be null"))
}

#[cfg(test)]
mod tests;
