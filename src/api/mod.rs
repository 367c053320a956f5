//! DynamoDB's requests and answers as types, whatever wire they came by.
//!
//! Must hold: a request that exists has passed every check that needs no table: member types,
//! member constraints and the semantic checks of the request alone (`docs/compatibility.md`).
//! Not here: JSON or CBOR (`wire/`), what a request does (`proxy/`).

mod error;
mod item;
mod key_schema;
mod table;
mod value;

pub use error::{ApiError, ErrorCode};
pub use item::{
    BatchGetItem, BatchGetItemOutput, BatchGetTable, CapacityDetail, Consistency, ConsumedCapacity,
    DeleteItem, GetItem, GetItemOutput, Key, PutItem, ReturnValues, WriteOutput, check_batch_keys,
    check_item_size,
};
pub use key_schema::{KeyElement, KeyRole, check_definitions, key_schema};
pub use table::{
    Billing, CreateTable, ListTables, ListTablesOutput, TableDescription, TableName, TableStatus,
    billing,
};
pub use value::{binary_set, null, number_set, text_set};

/// A request, checked as far as it can be without a table.
#[derive(Debug)]
pub enum Request {
    /// Reads one item.
    GetItem(GetItem),
    /// Writes one item whole.
    PutItem(PutItem),
    /// Removes one item.
    DeleteItem(DeleteItem),
    /// Reads up to 100 items of several tables.
    BatchGetItem(BatchGetItem),
    /// Makes a table.
    CreateTable(CreateTable),
    /// Describes a table.
    DescribeTable(TableName),
    /// Drops a table.
    DeleteTable(TableName),
    /// Names the tables.
    ListTables(ListTables),
    /// Names the endpoint to use.
    DescribeEndpoints,
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
    /// To [`Request::BatchGetItem`].
    BatchGetItem(BatchGetItemOutput),
    /// To [`Request::CreateTable`].
    CreateTable(TableDescription),
    /// To [`Request::DescribeTable`].
    DescribeTable(TableDescription),
    /// To [`Request::DeleteTable`].
    DeleteTable(TableDescription),
    /// To [`Request::ListTables`].
    ListTables(ListTablesOutput),
    /// To [`Request::DescribeEndpoints`]; the address is the Host the client used.
    DescribeEndpoints,
}

/// The operations that hearth knows, as `X-Amz-Target` names them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operation {
    /// Reads up to 100 items.
    BatchGetItem,
    /// Makes a table.
    CreateTable,
    /// Removes an item.
    DeleteItem,
    /// Drops a table.
    DeleteTable,
    /// Names the endpoint.
    DescribeEndpoints,
    /// Describes a table.
    DescribeTable,
    /// Reads an item.
    GetItem,
    /// Names the tables.
    ListTables,
    /// Writes an item.
    PutItem,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 9] = [
        Self::BatchGetItem,
        Self::CreateTable,
        Self::DeleteItem,
        Self::DeleteTable,
        Self::DescribeEndpoints,
        Self::DescribeTable,
        Self::GetItem,
        Self::ListTables,
        Self::PutItem,
    ];

    /// The operation's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchGetItem => "BatchGetItem",
            Self::CreateTable => "CreateTable",
            Self::DeleteItem => "DeleteItem",
            Self::DeleteTable => "DeleteTable",
            Self::DescribeEndpoints => "DescribeEndpoints",
            Self::DescribeTable => "DescribeTable",
            Self::GetItem => "GetItem",
            Self::ListTables => "ListTables",
            Self::PutItem => "PutItem",
        }
    }

    /// The operation of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}
