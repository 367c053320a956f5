//! The names of the operations that hearth knows.
//!
//! Not here: what they ask for and answer (`mod.rs`).

/// The operations that hearth knows, as `X-Amz-Target` names them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operation {
    /// Carries out several statements.
    BatchExecuteStatement,
    /// Reads up to 100 items.
    BatchGetItem,
    /// Writes up to 25 items.
    BatchWriteItem,
    /// Makes a backup of a table.
    CreateBackup,
    /// Makes a table.
    CreateTable,
    /// Deletes a backup.
    DeleteBackup,
    /// Removes an item.
    DeleteItem,
    /// Drops a table.
    DeleteTable,
    /// Describes a backup.
    DescribeBackup,
    /// Tells whether a table can be restored as it was at any time.
    DescribeContinuousBackups,
    /// Names the endpoint.
    DescribeEndpoints,
    /// Tells the limits of capacity.
    DescribeLimits,
    /// Describes a stream.
    DescribeStream,
    /// Describes a table.
    DescribeTable,
    /// Describes when a table's items expire.
    DescribeTimeToLive,
    /// Carries out a statement.
    ExecuteStatement,
    /// Carries out several statements, all or none.
    ExecuteTransaction,
    /// Reads an item.
    GetItem,
    /// Reads records of a stream.
    GetRecords,
    /// Asks for a place in a stream.
    GetShardIterator,
    /// Names backups.
    ListBackups,
    /// Names streams.
    ListStreams,
    /// Names the tables.
    ListTables,
    /// Lists the tags of a table.
    ListTagsOfResource,
    /// Writes an item.
    PutItem,
    /// Reads a part of a partition.
    Query,
    /// Makes a table of a backup.
    RestoreTableFromBackup,
    /// Makes a table as another one was at a time.
    RestoreTableToPointInTime,
    /// Reads everything.
    Scan,
    /// Adds tags to a table.
    TagResource,
    /// Reads several items at one moment.
    TransactGetItems,
    /// Changes several items, all or none.
    TransactWriteItems,
    /// Takes tags from a table.
    UntagResource,
    /// Changes whether a table can be restored as it was at any time.
    UpdateContinuousBackups,
    /// Changes an item.
    UpdateItem,
    /// Changes settings of a table.
    UpdateTable,
    /// Enables or disables the expiry of a table's items.
    UpdateTimeToLive,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 37] = [
        Self::BatchExecuteStatement,
        Self::BatchGetItem,
        Self::BatchWriteItem,
        Self::CreateBackup,
        Self::CreateTable,
        Self::DeleteBackup,
        Self::DeleteItem,
        Self::DeleteTable,
        Self::DescribeBackup,
        Self::DescribeContinuousBackups,
        Self::DescribeEndpoints,
        Self::DescribeLimits,
        Self::DescribeStream,
        Self::DescribeTable,
        Self::DescribeTimeToLive,
        Self::ExecuteStatement,
        Self::ExecuteTransaction,
        Self::GetItem,
        Self::GetRecords,
        Self::GetShardIterator,
        Self::ListBackups,
        Self::ListStreams,
        Self::ListTables,
        Self::ListTagsOfResource,
        Self::PutItem,
        Self::Query,
        Self::RestoreTableFromBackup,
        Self::RestoreTableToPointInTime,
        Self::Scan,
        Self::TagResource,
        Self::TransactGetItems,
        Self::TransactWriteItems,
        Self::UntagResource,
        Self::UpdateContinuousBackups,
        Self::UpdateItem,
        Self::UpdateTable,
        Self::UpdateTimeToLive,
    ];

    /// The operation's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchExecuteStatement => "BatchExecuteStatement",
            Self::BatchGetItem => "BatchGetItem",
            Self::BatchWriteItem => "BatchWriteItem",
            Self::CreateBackup => "CreateBackup",
            Self::CreateTable => "CreateTable",
            Self::DeleteBackup => "DeleteBackup",
            Self::DeleteItem => "DeleteItem",
            Self::DeleteTable => "DeleteTable",
            Self::DescribeBackup => "DescribeBackup",
            Self::DescribeContinuousBackups => "DescribeContinuousBackups",
            Self::DescribeEndpoints => "DescribeEndpoints",
            Self::DescribeLimits => "DescribeLimits",
            Self::DescribeStream => "DescribeStream",
            Self::DescribeTable => "DescribeTable",
            Self::DescribeTimeToLive => "DescribeTimeToLive",
            Self::ExecuteStatement => "ExecuteStatement",
            Self::ExecuteTransaction => "ExecuteTransaction",
            Self::GetItem => "GetItem",
            Self::GetRecords => "GetRecords",
            Self::GetShardIterator => "GetShardIterator",
            Self::ListBackups => "ListBackups",
            Self::ListStreams => "ListStreams",
            Self::ListTables => "ListTables",
            Self::ListTagsOfResource => "ListTagsOfResource",
            Self::PutItem => "PutItem",
            Self::Query => "Query",
            Self::RestoreTableFromBackup => "RestoreTableFromBackup",
            Self::RestoreTableToPointInTime => "RestoreTableToPointInTime",
            Self::Scan => "Scan",
            Self::TagResource => "TagResource",
            Self::TransactGetItems => "TransactGetItems",
            Self::TransactWriteItems => "TransactWriteItems",
            Self::UntagResource => "UntagResource",
            Self::UpdateContinuousBackups => "UpdateContinuousBackups",
            Self::UpdateItem => "UpdateItem",
            Self::UpdateTable => "UpdateTable",
            Self::UpdateTimeToLive => "UpdateTimeToLive",
        }
    }

    /// Whether it is one of those on streams, which clients ask for in another service's name.
    pub fn is_of_streams(self) -> bool {
        matches!(
            self,
            Self::DescribeStream | Self::GetRecords | Self::GetShardIterator | Self::ListStreams
        )
    }

    /// The operation of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}
