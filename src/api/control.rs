//! Requests about tables, their streams and backups.
//!
//! Not here: requests for items (`mod.rs`).

use super::{
    BackupArn, CreateBackup, CreateTable, DeleteResourcePolicy, DescribeStream, FeatureRequest,
    GetRecords, GetShardIterator, ListBackups, ListStreams, ListTables, ListTagsOfResource,
    PolicyResource, PutResourcePolicy, RestoreTableFromBackup, RestoreTableToPointInTime,
    TableName, TagResource, UntagResource, UpdateContinuousBackups, UpdateTable, UpdateTimeToLive,
};

/// A request for something else than items; no cache has its answer.
#[derive(Debug)]
pub enum ControlRequest {
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
