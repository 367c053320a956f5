//! Requests for several items at once, all or none, and their answers.
//!
//! Must hold: two requests have the same digest if they ask for the same, in whatever order their
//! maps and under whatever placeholders.
//! Not here: two actions on one item, which only the table's key can tell (`proxy/`).

use std::sync::Arc;

use super::digest::Digest;
use super::error::DUPLICATE_ITEM;
use super::item::{
    AnswerItem, CapacityDetail, CollectionDetail, CollectionSize, ConsumedCapacity, Key,
    OnConditionFailure,
};
use super::table::TableRef;
use super::{ApiError, ErrorCode};
use crate::expr::{Condition, Projection, Update};
use crate::model::{Item, ItemBytes};

/// Reads up to 100 items as they are at one moment.
#[derive(Debug)]
pub struct TransactGetItems {
    /// What is read.
    pub gets: Vec<TransactGet>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
}

/// One item of a [`TransactGetItems`].
#[derive(Debug)]
pub struct TransactGet {
    /// The table.
    pub table: TableRef,
    /// The key.
    pub key: Key,
    /// The parts of the item that are wanted; all of it without.
    pub projection: Option<Projection>,
}

/// Changes or checks up to 100 items, all or none.
#[derive(Debug)]
pub struct TransactWriteItems {
    /// What is done.
    pub actions: Vec<TransactAction>,
    /// How the capacity is reported.
    pub capacity: CapacityDetail,
    /// Whether sizes of item collections are reported.
    pub collection: CollectionDetail,
    /// The client's word for this request: once it is carried out, it does nothing more for a while.
    pub token: Option<String>,
}

/// One action of a [`TransactWriteItems`].
#[derive(Debug)]
pub struct TransactAction {
    /// The table.
    pub table: TableRef,
    /// What becomes of the item.
    pub change: TransactChange,
    /// What must hold of the item that is there.
    pub condition: Option<Arc<Condition>>,
    /// What is told of the item if it does not.
    pub on_failure: OnConditionFailure,
}

/// What an action does to its item.
#[derive(Debug)]
pub enum TransactChange {
    /// The item of that key is only held against the condition.
    Check(Key),
    /// The item is written whole.
    Put(Item),
    /// The item of that key is removed.
    Delete(Key),
    /// The item of that key is changed, or made.
    Update(Key, Arc<Update>),
}

/// The answer to a [`TransactGetItems`].
#[derive(Debug)]
pub struct TransactGetItemsOutput {
    /// What was found, in the order of the request.
    pub items: Vec<Option<AnswerItem>>,
    /// The capacity of each table, if asked for.
    pub capacity: Vec<ConsumedCapacity>,
}

/// The answer to a [`TransactWriteItems`].
#[derive(Debug)]
pub struct TransactWriteItemsOutput {
    /// The sizes of item collections by table, if asked for; tables without any are left out.
    pub collections: Vec<(TableRef, Vec<CollectionSize>)>,
    /// The capacity of each table, if asked for.
    pub capacity: Vec<ConsumedCapacity>,
}

/// What one element has to do with a transaction's being cancelled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CancellationReason {
    /// What is wrong with it.
    pub code: ReasonCode,
    /// The sentence beside it; none where nothing is wrong.
    pub message: String,
    /// The item that a condition did not hold of, if the request asked for it.
    pub item: Option<ItemBytes>,
}

/// What can be wrong with one element of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReasonCode {
    /// Nothing.
    None,
    /// The condition did not hold.
    ConditionalCheckFailed,
    /// The key does not fit the table, or the item would become one that cannot be.
    ValidationError,
    /// The item's collection would become too large.
    ItemCollectionSizeLimitExceeded,
    /// A statement inserts an item that is there.
    DuplicateItem,
    /// The item is in another transaction that is under way; hearth itself never answers so.
    TransactionConflict,
    /// The units bought ahead are used up.
    ProvisionedThroughputExceeded,
    /// The maximum of what is charged on demand is.
    ThrottlingError,
}

impl ReasonCode {
    /// Every code.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::ConditionalCheckFailed,
        Self::ValidationError,
        Self::ItemCollectionSizeLimitExceeded,
        Self::DuplicateItem,
        Self::TransactionConflict,
        Self::ProvisionedThroughputExceeded,
        Self::ThrottlingError,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::ConditionalCheckFailed => "ConditionalCheckFailed",
            Self::ValidationError => "ValidationError",
            Self::ItemCollectionSizeLimitExceeded => "ItemCollectionSizeLimitExceeded",
            Self::DuplicateItem => "DuplicateItem",
            Self::TransactionConflict => "TransactionConflict",
            Self::ProvisionedThroughputExceeded => "ProvisionedThroughputExceeded",
            Self::ThrottlingError => "ThrottlingError",
        }
    }
}

impl CancellationReason {
    /// Of an element with which nothing is wrong.
    pub fn none() -> Self {
        Self { code: ReasonCode::None, message: String::new(), item: None }
    }

    /// Of a statement that inserts an item that is there.
    pub fn duplicate_item() -> Self {
        Self { code: ReasonCode::DuplicateItem, message: DUPLICATE_ITEM.to_owned(), item: None }
    }

    /// What an operation on the item alone would have been refused for: what it says, or a want of
    /// capacity.
    pub fn of(error: ApiError) -> Self {
        let code = if error.code == ErrorCode::ProvisionedThroughputExceeded {
            ReasonCode::ProvisionedThroughputExceeded
        } else if error.code == ErrorCode::Throttling {
            ReasonCode::ThrottlingError
        } else {
            ReasonCode::ValidationError
        };
        Self { code, message: error.message, item: None }
    }
}

impl TransactWriteItems {
    /// What is asked for, in short.
    pub fn digest(&self) -> u128 {
        let mut digest = Digest::default();
        for TransactAction { table, change, condition, on_failure } in &self.actions {
            digest.text(table.name().as_str());
            match change {
                TransactChange::Check(key) => digest.attributes("check", key),
                TransactChange::Put(item) => digest.attributes("put", &item.attributes),
                TransactChange::Delete(key) => digest.attributes("delete", key),
                TransactChange::Update(key, update) => {
                    digest.attributes("update", key);
                    digest.expression(&update.print());
                }
            }
            if let Some(condition) = condition {
                digest.expression(&condition.print());
            }
            digest.text(match on_failure {
                OnConditionFailure::None => "none",
                OnConditionFailure::AllOld => "old",
            });
        }
        digest.end()
    }
}

/// Refuses items that take more than a transaction may, together.
pub fn check_transaction_size(sizes: impl IntoIterator<Item = usize>) -> Result<(), ApiError> {
    if sizes.into_iter().sum::<usize>() <= TRANSACTION_BYTES_MAX {
        return Ok(());
    }
    Err(ApiError::validation(
        "Collection size of items exceeded, which can also be caused by the aggregate size of the \
         items in the transaction exceeding the 4MB limit",
    ))
}

const TRANSACTION_BYTES_MAX: usize = 4 << 20;
