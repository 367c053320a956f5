//! DynamoDB's requests and answers as types, whatever wire they came by.
//!
//! Must hold: a request that exists has passed every check that needs no table: member types,
//! member constraints and the semantic checks of the request alone (`docs/compatibility.md`).
//! Not here: JSON or CBOR (`wire/`), what a request does (`proxy/`).

mod backup;
mod billing;
mod control;
mod digest;
mod encryption;
mod error;
mod features;
mod index_schema;
mod item;
mod key_schema;
mod operation;
mod page;
mod query;
mod resource_policy;
mod statement;
mod streams;
mod table;
mod tags;
mod throttle;
mod throughput;
mod time_to_live;
mod transact;
mod value;

use std::sync::Arc;

pub use crate::model::Cut;
pub use backup::{
    BackupArn, BackupDescription, BackupDetails, BackupStatus, BackupSummary, BackupType,
    CreateBackup, ListBackups, ListBackupsOutput, RestoreOverrides, RestoreSummary,
    RestoreTableFromBackup, RestoreTableToPointInTime, UpdateContinuousBackups,
};
pub use billing::{
    Billing, BillingMode, CapacityChange, IndexCapacity, UNITS_MAX, Units, check_units,
    units_on_demand,
};
pub use control::ControlRequest;
pub use encryption::{
    EncryptionDescription, EncryptionKey, EncryptionKind, EncryptionSpecification,
};
pub use error::{ApiError, ControlCode, Details, ErrorCode, Passed};
pub use features::{Feature, FeatureOutput, FeatureRequest, Missing, Subject};
pub use index_schema::{
    GLOBAL_INDEXES_MAX, IndexAction, IndexRequest, IndexesChange, ProjectionType, TableKeys,
    added_index, check_projected, index_units_on_demand, new_indexes, too_many_global_indexes,
};
pub use item::{
    AnswerItem, BatchGetItem, BatchGetItemOutput, BatchGetTable, BatchProjection, BatchWrite,
    BatchWriteItem, BatchWriteItemOutput, BatchWriteTable, CapacityDetail, CapacityKind,
    CollectionDetail, CollectionSize, Consistency, ConsumedCapacity, DeleteItem, Form, GetItem,
    GetItemOutput, HalfUnits, Key, OnConditionFailure, ProjectionMembers, PutItem, ReturnValues,
    UpdateItem, WriteOptions, WriteOutput, check_batch_keys, check_item_size,
};
pub use key_schema::{KeyElement, KeyRole, check_definitions, key_schema};
pub use operation::Operation;
pub use page::{PageFound, PageImage};
pub use query::{Filter, Order, PageOutput, PageRequest, Query, Scan, Select};
pub use resource_policy::{
    DeleteResourcePolicy, PolicyDocument, PolicyResource, PutResourcePolicy, ResourcePolicy,
    ResourcePolicyChange,
};
pub use statement::{
    BatchExecuteStatement, BatchExecuteStatementOutput, BatchStatement, BatchStatementOutput,
    ExecuteStatement, ExecuteStatementOutput, ExecuteTransaction, ExecuteTransactionOutput,
    TransactStatement, batch_error_code, in_transaction,
};
pub use streams::{
    DescribeStream, GetRecords, GetRecordsOutput, GetShardIterator, ListStreams, ListStreamsOutput,
    SequenceNumber, ShardDescription, ShardStart, StreamChange, StreamDescription, StreamEvent,
    StreamName, StreamRecord, StreamStatus, StreamSummary, StreamView,
};
pub use table::{
    ClassSummary, CreateIndex, CreateTable, IndexDescription, ListTables, ListTablesOutput,
    TableChange, TableClass, TableDescription, TableName, TableRef, TableStatus, ThroughputChanges,
    UpdateTable,
};
pub use tags::{
    ListTagsOfResource, TableArn, TagResource, Tags, UntagResource, check_tag_count, check_tags,
};
pub use throttle::{CapacityLimit, ThrottlingReason};
pub use throughput::{
    MaximaRequest, OnDemandMaxima, Throughput, ThroughputRequest, WarmRequest, Whose,
};
pub use time_to_live::{
    TimeToLiveDescription, TimeToLiveSpecification, TimeToLiveStatus, UpdateTimeToLive,
};
pub use transact::{
    CancellationReason, ReasonCode, TransactAction, TransactChange, TransactGet, TransactGetItems,
    TransactGetItemsOutput, TransactWriteItems, TransactWriteItemsOutput, check_transaction_size,
};
pub use value::{binary_set, invalid, null, number_set, text_set};

/// A request, checked as far as it can be without a table.
#[derive(Debug)]
pub enum Request {
    /// Reads one item.
    GetItem(GetItem),
    /// Writes one item whole.
    PutItem(PutItem),
    /// Removes one item.
    DeleteItem(DeleteItem),
    /// Changes one item.
    UpdateItem(UpdateItem),
    /// Reads a part of one partition.
    Query(Query),
    /// Reads everything.
    Scan(Scan),
    /// Writes and removes up to 25 items of several tables.
    BatchWriteItem(BatchWriteItem),
    /// Reads up to 100 items of several tables.
    BatchGetItem(BatchGetItem),
    /// Reads up to 100 items as they are at one moment.
    TransactGetItems(TransactGetItems),
    /// Changes up to 100 items, all or none.
    TransactWriteItems(TransactWriteItems),
    /// Carries out a statement.
    ExecuteStatement(ExecuteStatement),
    /// Carries out up to 25 statements, each on its own.
    BatchExecuteStatement(BatchExecuteStatement),
    /// Carries out up to 100 statements, all or none.
    ExecuteTransaction(ExecuteTransaction),
    /// Asks for something else than items.
    Control(ControlRequest),
}

/// The answer to a [`Request`].
#[derive(Debug)]
pub enum Response {
    /// To [`Request::GetItem`].
    GetItem(GetItemOutput),
    /// To [`Request::PutItem`].
    PutItem(WriteOutput),
    /// To [`Request::DeleteItem`].
    DeleteItem(WriteOutput),
    /// To [`Request::UpdateItem`].
    UpdateItem(WriteOutput),
    /// To [`Request::Query`].
    Query(PageOutput),
    /// To [`Request::Scan`].
    Scan(PageOutput),
    /// To [`Request::BatchWriteItem`].
    BatchWriteItem(BatchWriteItemOutput),
    /// To [`Request::BatchGetItem`].
    BatchGetItem(BatchGetItemOutput),
    /// To [`Request::TransactGetItems`].
    TransactGetItems(TransactGetItemsOutput),
    /// To [`Request::TransactWriteItems`].
    TransactWriteItems(TransactWriteItemsOutput),
    /// To [`Request::ExecuteStatement`].
    ExecuteStatement(ExecuteStatementOutput),
    /// To [`Request::BatchExecuteStatement`].
    BatchExecuteStatement(BatchExecuteStatementOutput),
    /// To [`Request::ExecuteTransaction`].
    ExecuteTransaction(ExecuteTransactionOutput),
    /// To [`ControlRequest::CreateTable`].
    CreateTable(TableDescription),
    /// To [`ControlRequest::DescribeTable`].
    DescribeTable(TableDescription),
    /// To [`ControlRequest::DeleteTable`].
    DeleteTable(TableDescription),
    /// To [`ControlRequest::ListTables`].
    ListTables(ListTablesOutput),
    /// To [`ControlRequest::UpdateTable`].
    UpdateTable(TableDescription),
    /// To [`ControlRequest::TagResource`].
    TagResource,
    /// To [`ControlRequest::UntagResource`].
    UntagResource,
    /// To [`ControlRequest::ListTagsOfResource`].
    ListTagsOfResource(Tags),
    /// To [`ControlRequest::UpdateTimeToLive`].
    UpdateTimeToLive(TimeToLiveSpecification),
    /// To [`ControlRequest::DescribeTimeToLive`].
    DescribeTimeToLive(TimeToLiveDescription),
    /// To [`ControlRequest::PutResourcePolicy`]: the revision.
    PutResourcePolicy(String),
    /// To [`ControlRequest::GetResourcePolicy`].
    GetResourcePolicy(Arc<ResourcePolicy>),
    /// To [`ControlRequest::DeleteResourcePolicy`]: the revision that was there.
    DeleteResourcePolicy(Option<String>),
    /// To [`ControlRequest::DescribeLimits`].
    DescribeLimits,
    /// To [`ControlRequest::DescribeEndpoints`]; the address is the Host the client used.
    DescribeEndpoints,
    /// To [`ControlRequest::ListStreams`].
    ListStreams(ListStreamsOutput),
    /// To [`ControlRequest::DescribeStream`].
    DescribeStream(StreamDescription),
    /// To [`ControlRequest::GetShardIterator`]: the iterator.
    GetShardIterator(String),
    /// To [`ControlRequest::GetRecords`].
    GetRecords(GetRecordsOutput),
    /// To [`ControlRequest::CreateBackup`].
    CreateBackup(BackupDetails),
    /// To [`ControlRequest::DescribeBackup`].
    DescribeBackup(Box<BackupDescription>),
    /// To [`ControlRequest::ListBackups`].
    ListBackups(ListBackupsOutput),
    /// To [`ControlRequest::DeleteBackup`].
    DeleteBackup(Box<BackupDescription>),
    /// To [`ControlRequest::RestoreTableFromBackup`].
    RestoreTableFromBackup(TableDescription),
    /// To [`ControlRequest::DescribeContinuousBackups`] and [`ControlRequest::UpdateContinuousBackups`]: a table
    /// cannot be restored as it was at any time.
    ContinuousBackups,
    /// To [`ControlRequest::Feature`].
    Feature(FeatureOutput),
}
