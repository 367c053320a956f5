//! DynamoDB's requests and answers as types, whatever wire they came by.
//!
//! Must hold: a request that exists has passed every check that needs no table: member types,
//! member constraints and the semantic checks of the request alone (`docs/compatibility.md`).
//! Not here: JSON or CBOR (`wire/`), what a request does (`proxy/`).

mod backup;
mod billing;
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
    /// Makes a table.
    CreateTable(CreateTable),
    /// Describes a table.
    DescribeTable(TableName),
    /// Drops a table.
    DeleteTable(TableName),
    /// Names the tables.
    ListTables(ListTables),
    /// Changes settings of a table.
    UpdateTable(UpdateTable),
    /// Adds tags to a table.
    TagResource(TagResource),
    /// Takes tags from a table.
    UntagResource(UntagResource),
    /// Lists the tags of a table.
    ListTagsOfResource(ListTagsOfResource),
    /// Enables or disables the expiry of a table's items.
    UpdateTimeToLive(UpdateTimeToLive),
    /// Describes when a table's items expire.
    DescribeTimeToLive(TableName),
    /// Gives a table or stream a policy.
    PutResourcePolicy(PutResourcePolicy),
    /// Reads the policy of a table or stream.
    GetResourcePolicy(PolicyResource),
    /// Takes the policy of a table or stream away.
    DeleteResourcePolicy(DeleteResourcePolicy),
    /// Tells the limits of capacity.
    DescribeLimits,
    /// Names the endpoint to use.
    DescribeEndpoints,
    /// Names streams.
    ListStreams(ListStreams),
    /// Describes a stream.
    DescribeStream(DescribeStream),
    /// Asks for a place to read a shard from.
    GetShardIterator(GetShardIterator),
    /// Reads records of a shard.
    GetRecords(GetRecords),
    /// Makes a backup of a table.
    CreateBackup(CreateBackup),
    /// Describes a backup.
    DescribeBackup(BackupArn),
    /// Names backups.
    ListBackups(ListBackups),
    /// Deletes a backup.
    DeleteBackup(BackupArn),
    /// Makes a table of a backup.
    RestoreTableFromBackup(RestoreTableFromBackup),
    /// Makes a table as another one was at a time.
    RestoreTableToPointInTime(RestoreTableToPointInTime),
    /// Tells whether a table can be restored as it was at any time.
    DescribeContinuousBackups(TableName),
    /// Changes that.
    UpdateContinuousBackups(UpdateContinuousBackups),
    /// Asks for a feature that hearth does not have.
    Feature(FeatureRequest),
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
    /// To [`Request::CreateTable`].
    CreateTable(TableDescription),
    /// To [`Request::DescribeTable`].
    DescribeTable(TableDescription),
    /// To [`Request::DeleteTable`].
    DeleteTable(TableDescription),
    /// To [`Request::ListTables`].
    ListTables(ListTablesOutput),
    /// To [`Request::UpdateTable`].
    UpdateTable(TableDescription),
    /// To [`Request::TagResource`].
    TagResource,
    /// To [`Request::UntagResource`].
    UntagResource,
    /// To [`Request::ListTagsOfResource`].
    ListTagsOfResource(Tags),
    /// To [`Request::UpdateTimeToLive`].
    UpdateTimeToLive(TimeToLiveSpecification),
    /// To [`Request::DescribeTimeToLive`].
    DescribeTimeToLive(TimeToLiveDescription),
    /// To [`Request::PutResourcePolicy`]: the revision.
    PutResourcePolicy(String),
    /// To [`Request::GetResourcePolicy`].
    GetResourcePolicy(Arc<ResourcePolicy>),
    /// To [`Request::DeleteResourcePolicy`]: the revision that was there.
    DeleteResourcePolicy(Option<String>),
    /// To [`Request::DescribeLimits`].
    DescribeLimits,
    /// To [`Request::DescribeEndpoints`]; the address is the Host the client used.
    DescribeEndpoints,
    /// To [`Request::ListStreams`].
    ListStreams(ListStreamsOutput),
    /// To [`Request::DescribeStream`].
    DescribeStream(StreamDescription),
    /// To [`Request::GetShardIterator`]: the iterator.
    GetShardIterator(String),
    /// To [`Request::GetRecords`].
    GetRecords(GetRecordsOutput),
    /// To [`Request::CreateBackup`].
    CreateBackup(BackupDetails),
    /// To [`Request::DescribeBackup`].
    DescribeBackup(Box<BackupDescription>),
    /// To [`Request::ListBackups`].
    ListBackups(ListBackupsOutput),
    /// To [`Request::DeleteBackup`].
    DeleteBackup(Box<BackupDescription>),
    /// To [`Request::RestoreTableFromBackup`].
    RestoreTableFromBackup(TableDescription),
    /// To [`Request::DescribeContinuousBackups`] and [`Request::UpdateContinuousBackups`]: a table
    /// cannot be restored as it was at any time.
    ContinuousBackups,
    /// To [`Request::Feature`].
    Feature(FeatureOutput),
}
