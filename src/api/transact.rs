//! Requests for several items at once, all or none, and their answers.
//!
//! Must hold: two requests have the same digest if they ask for the same, in whatever order their
//! maps and under whatever placeholders.
//! Not here: two actions on one item, which only the table's key can tell (`proxy/`).

use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3Default;

use super::ApiError;
use super::item::{
    AnswerItem, CapacityDetail, CollectionDetail, CollectionSize, ConsumedCapacity, Key,
    OnConditionFailure,
};
use super::table::TableRef;
use crate::expr::{Condition, Printed, Projection, Update};
use crate::model::{AttributeValue, Item, ItemBytes};

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
}

impl ReasonCode {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::ConditionalCheckFailed => "ConditionalCheckFailed",
            Self::ValidationError => "ValidationError",
            Self::ItemCollectionSizeLimitExceeded => "ItemCollectionSizeLimitExceeded",
        }
    }
}

impl CancellationReason {
    /// Of an element with which nothing is wrong.
    pub fn none() -> Self {
        Self { code: ReasonCode::None, message: String::new(), item: None }
    }

    /// What an operation on the item alone would have been refused for.
    pub fn validation(error: ApiError) -> Self {
        Self { code: ReasonCode::ValidationError, message: error.message, item: None }
    }
}

impl TransactWriteItems {
    /// What is asked for, in short.
    pub fn digest(&self) -> u128 {
        let mut digest = Digest(Xxh3Default::new());
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
        digest.0.digest128()
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

/// Hashes pieces, each with its length, so that two rows of pieces are never one.
struct Digest(Xxh3Default);

impl Digest {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn attributes(&mut self, what: &str, attributes: &[(String, AttributeValue)]) {
        self.text(what);
        self.0.update(&(attributes.len() as u64).to_be_bytes());
        let mut sorted: Vec<_> = attributes.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| name);
        for (name, value) in sorted {
            self.text(name);
            self.value(value);
        }
    }

    fn values<T>(&mut self, what: &str, values: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.text(what);
        self.0.update(&(values.len() as u64).to_be_bytes());
        for value in values {
            each(self, value);
        }
    }

    fn value(&mut self, value: &AttributeValue) {
        match value {
            AttributeValue::S(text) => self.values("S", &[text], |digest, text| digest.text(text)),
            AttributeValue::N(number) => {
                self.values("N", &[number], |digest, number| {
                    digest.bytes(number.view().as_bytes());
                });
            }
            AttributeValue::B(bytes) => self.values("B", &[bytes], |digest, it| digest.bytes(it)),
            AttributeValue::Bool(truth) => self.text(if *truth { "true" } else { "false" }),
            AttributeValue::Null => self.text("null"),
            AttributeValue::L(list) => self.values("L", list, Self::value),
            AttributeValue::M(map) => self.attributes("M", map),
            AttributeValue::Ss(set) => self.values("SS", set, |digest, text| digest.text(text)),
            AttributeValue::Ns(set) => self.values("NS", set, |digest, number| {
                digest.bytes(number.view().as_bytes());
            }),
            AttributeValue::Bs(set) => self.values("BS", set, |digest, it| digest.bytes(it)),
        }
    }

    /// Placeholders are given out in the order in which they are needed, so their own names say
    /// nothing.
    fn expression(&mut self, printed: &Printed) {
        self.text(&printed.text);
        self.values("names", &printed.names, |digest, (_, name)| digest.text(name));
        self.values("values", &printed.values, |digest, (_, value)| digest.value(value));
    }
}

const TRANSACTION_BYTES_MAX: usize = 4 << 20;
