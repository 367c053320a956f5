//! The names of the operations.
//!
//! Not here: what they ask for ([`super::Request`]).

/// Makes [`Operation`] of one list, so that a new one has one place.
macro_rules! operations {
    ($(#[$doc:meta] $name:ident,)*) => {
        /// The operations that hearth knows, as `X-Amz-Target` names them.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum Operation {
            $(#[$doc] $name,)*
        }

        impl Operation {
            /// Every operation.
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            /// The operation's name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

operations! {
    /// Carries out several statements.
    BatchExecuteStatement,
    /// Reads up to 100 items.
    BatchGetItem,
    /// Writes up to 25 items.
    BatchWriteItem,
    /// Stops a bulk operation.
    CancelBulkOperation,
    /// Makes a backup of a table.
    CreateBackup,
    /// Makes a global table of the older kind.
    CreateGlobalTable,
    /// Makes a table.
    CreateTable,
    /// Deletes a backup.
    DeleteBackup,
    /// Removes an item.
    DeleteItem,
    /// Takes a policy away.
    DeleteResourcePolicy,
    /// Drops a table.
    DeleteTable,
    /// Describes a backup.
    DescribeBackup,
    /// Describes a bulk operation.
    DescribeBulkOperation,
    /// Tells whether a table can be restored as it was at any time.
    DescribeContinuousBackups,
    /// Describes what is watched of a table's keys.
    DescribeContributorInsights,
    /// Names the endpoint.
    DescribeEndpoints,
    /// Describes an export.
    DescribeExport,
    /// Describes a global table of the older kind.
    DescribeGlobalTable,
    /// Describes the settings of a global table of the older kind.
    DescribeGlobalTableSettings,
    /// Describes an import.
    DescribeImport,
    /// Describes where the changes of a table are sent.
    DescribeKinesisStreamingDestination,
    /// Tells the limits of capacity.
    DescribeLimits,
    /// Describes a stream.
    DescribeStream,
    /// Describes a table.
    DescribeTable,
    /// Describes how the capacity of a table's replicas scales.
    DescribeTableReplicaAutoScaling,
    /// Describes when a table's items expire.
    DescribeTimeToLive,
    /// Ends that the changes of a table are sent somewhere.
    DisableKinesisStreamingDestination,
    /// Has the changes of a table sent somewhere.
    EnableKinesisStreamingDestination,
    /// Carries out a statement.
    ExecuteStatement,
    /// Carries out several statements, all or none.
    ExecuteTransaction,
    /// Writes a table to a bucket.
    ExportTableToPointInTime,
    /// Reads an item.
    GetItem,
    /// Reads records of a stream.
    GetRecords,
    /// Reads a policy.
    GetResourcePolicy,
    /// Asks for a place in a stream.
    GetShardIterator,
    /// Makes a table of what is in a bucket.
    ImportTable,
    /// Names backups.
    ListBackups,
    /// Lists bulk operations.
    ListBulkOperations,
    /// Lists the tables whose keys are watched.
    ListContributorInsights,
    /// Lists exports.
    ListExports,
    /// Lists global tables of the older kind.
    ListGlobalTables,
    /// Lists imports.
    ListImports,
    /// Names streams.
    ListStreams,
    /// Names the tables.
    ListTables,
    /// Lists the tags of a table.
    ListTagsOfResource,
    /// Writes an item.
    PutItem,
    /// Gives something a policy.
    PutResourcePolicy,
    /// Reads a part of a partition.
    Query,
    /// Makes a table of a backup.
    RestoreTableFromBackup,
    /// Makes a table as another one was at a time.
    RestoreTableToPointInTime,
    /// Reads everything.
    Scan,
    /// Searches a vector index.
    SearchVectors,
    /// Puts what is in a bucket into a table.
    StartBulkPutItems,
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
    /// Has the keys of a table watched or not.
    UpdateContributorInsights,
    /// Changes the regions of a global table of the older kind.
    UpdateGlobalTable,
    /// Changes the settings of a global table of the older kind.
    UpdateGlobalTableSettings,
    /// Changes an item.
    UpdateItem,
    /// Changes how the changes of a table are sent somewhere.
    UpdateKinesisStreamingDestination,
    /// Changes settings of a table.
    UpdateTable,
    /// Changes how the capacity of a table's replicas scales.
    UpdateTableReplicaAutoScaling,
    /// Enables or disables the expiry of a table's items.
    UpdateTimeToLive,
}

impl Operation {
    /// Whether it is one of those on streams, which clients ask for in another service's name.
    pub fn is_of_streams(self) -> bool {
        matches!(
            self,
            Self::DescribeStream | Self::GetRecords | Self::GetShardIterator | Self::ListStreams
        )
    }

    /// The operation of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        OFTEN.into_iter().chain(Self::ALL).find(|operation| operation.name() == name)
    }
}

/// What is asked for all the time: a look through all names takes longer than to find a cached item.
const OFTEN: [Operation; 4] =
    [Operation::GetItem, Operation::Query, Operation::PutItem, Operation::UpdateItem];
