//! What a workload may ask for.
//!
//! Not here: how requests are drawn (`workload/`), sent (`client.rs`) or counted (`measured.rs`).

use bytes::Bytes;

/// The operations that workloads are made of.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Operation {
    /// Reads an item.
    GetItem,
    /// Writes an item.
    PutItem,
    /// Changes an item.
    UpdateItem,
    /// Removes an item.
    DeleteItem,
    /// Reads a part of a partition of a table or an index.
    Query,
    /// Reads a page of a table.
    Scan,
    /// Reads several items.
    BatchGetItem,
    /// Writes several items.
    BatchWriteItem,
}

/// One request, ready to be signed and sent.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What is asked.
    pub operation: Operation,
    /// The request's body, JSON.
    pub body: Bytes,
}

impl Operation {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::GetItem,
        Self::PutItem,
        Self::UpdateItem,
        Self::DeleteItem,
        Self::Query,
        Self::Scan,
        Self::BatchGetItem,
        Self::BatchWriteItem,
    ];

    /// DynamoDB's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetItem => "GetItem",
            Self::PutItem => "PutItem",
            Self::UpdateItem => "UpdateItem",
            Self::DeleteItem => "DeleteItem",
            Self::Query => "Query",
            Self::Scan => "Scan",
            Self::BatchGetItem => "BatchGetItem",
            Self::BatchWriteItem => "BatchWriteItem",
        }
    }

    /// Whether it only reads.
    pub fn is_read(self) -> bool {
        match self {
            Self::GetItem | Self::Query | Self::Scan | Self::BatchGetItem => true,
            Self::PutItem | Self::UpdateItem | Self::DeleteItem | Self::BatchWriteItem => false,
        }
    }
}
