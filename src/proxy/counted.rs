//! As what a request is counted: its table, its operation, its outcome.
//!
//! Must hold: names of tables that are not there get no label, for a client could make up any number.
//! Not here: the metrics themselves (`metrics/`).

use std::sync::Arc;
use std::time::Duration;

use super::Proxy;
use crate::api::{ApiError, ControlRequest, ErrorCode, Operation, Request, TableName};
use crate::clock::whole_ms;
use crate::metrics::{Outcome, Protocol, Source, TableMetrics};

impl Proxy {
    /// Counts a request that has ended; `began` is when its last byte was read.
    pub(super) fn count(
        &self,
        table: &TableMetrics,
        counted: Counted,
        outcome: Outcome,
        began: Duration,
    ) {
        let Counted { operation, protocol, source } = counted;
        let name = operation.name();
        self.metrics.count(table, protocol, (operation as usize, name), outcome);
        let took = self.clock.monotonic().saturating_sub(began);
        self.metrics.took(operation as usize, source, took);
        if took >= SLOW {
            tracing::warn!(operation = name, ms = whole_ms(took), "slow request");
        }
    }

    /// Where a request is counted: at its table, if it is about one that is there.
    pub(super) fn metrics_of(&self, request: &Request) -> Arc<TableMetrics> {
        let catalog = self.catalog();
        let table = table_of(request).and_then(|name| catalog.table(name));
        table.map_or_else(|| Arc::clone(&self.no_table), |table| Arc::clone(&table.metrics))
    }
}

/// As what a request is counted, besides its table and outcome.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    pub(super) operation: Operation,
    pub(super) protocol: Protocol,
    pub(super) source: Source,
}

/// The one table that a request is about.
fn table_of(request: &Request) -> Option<&str> {
    match request {
        Request::GetItem(get) => Some(get.table.name().as_str()),
        Request::PutItem(put) => Some(put.table.name().as_str()),
        Request::DeleteItem(delete) => Some(delete.table.name().as_str()),
        Request::UpdateItem(update) => Some(update.table.name().as_str()),
        Request::Query(query) => Some(query.page.table.name().as_str()),
        Request::Scan(scan) => Some(scan.page.table.name().as_str()),
        Request::BatchGetItem(batch) => {
            only(batch.tables.iter().map(|table| table.table.name().as_str()))
        }
        Request::BatchWriteItem(batch) => {
            only(batch.tables.iter().map(|table| table.table.name().as_str()))
        }
        Request::TransactGetItems(get) => {
            only(get.gets.iter().map(|get| get.table.name().as_str()))
        }
        Request::TransactWriteItems(write) => {
            only(write.actions.iter().map(|action| action.table.name().as_str()))
        }
        Request::ExecuteStatement(execute) => Some(execute.statement.table()),
        Request::BatchExecuteStatement(batch) => {
            only(batch.statements.iter().flatten().map(|one| one.statement.table()))
        }
        Request::ExecuteTransaction(execute) => {
            only(execute.statements.iter().map(|one| one.statement.table()))
        }
        Request::Control(request) => table_of_control(request),
    }
}

fn table_of_control(request: &ControlRequest) -> Option<&str> {
    match request {
        ControlRequest::DescribeTable(name)
        | ControlRequest::DeleteTable(name)
        | ControlRequest::DescribeContinuousBackups(name)
        | ControlRequest::DescribeTimeToLive(name) => Some(name.as_str()),
        ControlRequest::UpdateTimeToLive(update) => Some(update.name.as_str()),
        ControlRequest::UpdateTable(update) => Some(update.name.as_str()),
        ControlRequest::TagResource(tag) => Some(tag.arn.table().as_str()),
        ControlRequest::UntagResource(untag) => Some(untag.arn.table().as_str()),
        ControlRequest::ListTagsOfResource(list) => Some(list.arn.table().as_str()),
        ControlRequest::PutResourcePolicy(put) => Some(put.resource.table().as_str()),
        ControlRequest::GetResourcePolicy(resource) => Some(resource.table().as_str()),
        ControlRequest::DeleteResourcePolicy(delete) => Some(delete.resource.table().as_str()),
        ControlRequest::ListStreams(list) => list.table.as_ref().map(TableName::as_str),
        ControlRequest::ListBackups(list) => list.table.as_ref().map(TableName::as_str),
        ControlRequest::CreateBackup(create) => Some(create.table.as_str()),
        ControlRequest::DescribeBackup(arn) | ControlRequest::DeleteBackup(arn) => {
            Some(arn.table().as_str())
        }
        ControlRequest::RestoreTableFromBackup(restore) => Some(restore.backup.table().as_str()),
        ControlRequest::RestoreTableToPointInTime(restore) => Some(restore.source.as_str()),
        ControlRequest::UpdateContinuousBackups(update) => Some(update.name.as_str()),
        ControlRequest::Feature(request) => {
            request.feature.subject().map(|subject| subject.table.as_str())
        }
        ControlRequest::CreateTable(_)
        | ControlRequest::ListTables(_)
        | ControlRequest::DescribeStream(_)
        | ControlRequest::GetShardIterator(_)
        | ControlRequest::GetRecords(_)
        | ControlRequest::DescribeLimits
        | ControlRequest::DescribeEndpoints => None,
    }
}

/// The table that all of these are.
fn only<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

/// The operation that a request asks for.
pub(super) fn operation_of(request: &Request) -> Operation {
    match request {
        Request::GetItem(_) => Operation::GetItem,
        Request::PutItem(_) => Operation::PutItem,
        Request::DeleteItem(_) => Operation::DeleteItem,
        Request::BatchGetItem(_) => Operation::BatchGetItem,
        Request::UpdateItem(_) => Operation::UpdateItem,
        Request::Query(_) => Operation::Query,
        Request::Scan(_) => Operation::Scan,
        Request::BatchWriteItem(_) => Operation::BatchWriteItem,
        Request::TransactGetItems(_) => Operation::TransactGetItems,
        Request::TransactWriteItems(_) => Operation::TransactWriteItems,
        Request::ExecuteStatement(_) => Operation::ExecuteStatement,
        Request::BatchExecuteStatement(_) => Operation::BatchExecuteStatement,
        Request::ExecuteTransaction(_) => Operation::ExecuteTransaction,
        Request::Control(request) => operation_of_control(request),
    }
}

fn operation_of_control(request: &ControlRequest) -> Operation {
    match request {
        ControlRequest::CreateTable(_) => Operation::CreateTable,
        ControlRequest::DescribeTable(_) => Operation::DescribeTable,
        ControlRequest::DeleteTable(_) => Operation::DeleteTable,
        ControlRequest::ListTables(_) => Operation::ListTables,
        ControlRequest::UpdateTable(_) => Operation::UpdateTable,
        ControlRequest::TagResource(_) => Operation::TagResource,
        ControlRequest::UntagResource(_) => Operation::UntagResource,
        ControlRequest::ListTagsOfResource(_) => Operation::ListTagsOfResource,
        ControlRequest::UpdateTimeToLive(_) => Operation::UpdateTimeToLive,
        ControlRequest::DescribeTimeToLive(_) => Operation::DescribeTimeToLive,
        ControlRequest::PutResourcePolicy(_) => Operation::PutResourcePolicy,
        ControlRequest::GetResourcePolicy(_) => Operation::GetResourcePolicy,
        ControlRequest::DeleteResourcePolicy(_) => Operation::DeleteResourcePolicy,
        ControlRequest::DescribeLimits => Operation::DescribeLimits,
        ControlRequest::DescribeEndpoints => Operation::DescribeEndpoints,
        ControlRequest::ListStreams(_) => Operation::ListStreams,
        ControlRequest::DescribeStream(_) => Operation::DescribeStream,
        ControlRequest::GetShardIterator(_) => Operation::GetShardIterator,
        ControlRequest::GetRecords(_) => Operation::GetRecords,
        ControlRequest::CreateBackup(_) => Operation::CreateBackup,
        ControlRequest::DescribeBackup(_) => Operation::DescribeBackup,
        ControlRequest::ListBackups(_) => Operation::ListBackups,
        ControlRequest::DeleteBackup(_) => Operation::DeleteBackup,
        ControlRequest::RestoreTableFromBackup(_) => Operation::RestoreTableFromBackup,
        ControlRequest::RestoreTableToPointInTime(_) => Operation::RestoreTableToPointInTime,
        ControlRequest::DescribeContinuousBackups(_) => Operation::DescribeContinuousBackups,
        ControlRequest::UpdateContinuousBackups(_) => Operation::UpdateContinuousBackups,
        ControlRequest::Feature(request) => request.operation,
    }
}

/// What a refusal counts as.
pub(super) fn outcome_of(error: &ApiError) -> Outcome {
    match error.code {
        ErrorCode::Throttling
        | ErrorCode::ProvisionedThroughputExceeded
        | ErrorCode::LimitExceeded => Outcome::Throttled,
        ErrorCode::InternalServerError | ErrorCode::ServiceUnavailable => Outcome::ServerError,
        ErrorCode::Validation
        | ErrorCode::MemberConstraint
        | ErrorCode::Serialization
        | ErrorCode::UnknownOperation
        | ErrorCode::MissingAuthenticationToken
        | ErrorCode::IncompleteSignature
        | ErrorCode::InvalidSignature
        | ErrorCode::UnrecognizedClient
        | ErrorCode::AccessDenied
        | ErrorCode::ResourceNotFound
        | ErrorCode::ResourceInUse
        | ErrorCode::ConditionalCheckFailed
        | ErrorCode::DuplicateItem
        | ErrorCode::ItemCollectionSizeLimitExceeded
        | ErrorCode::TransactionCanceled
        | ErrorCode::TransactionInProgress
        | ErrorCode::TransactionConflict
        | ErrorCode::IdempotentParameterMismatch
        | ErrorCode::Control(_) => Outcome::ClientError,
    }
}

/// From here on a request is worth an event.
const SLOW: Duration = Duration::from_secs(1);
