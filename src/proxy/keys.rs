//! How a key that does not fit its table is told to the client.
//!
//! The key of a request and the key within an item are worded differently, as DynamoDB does.

use crate::api::ApiError;
use crate::model::{
    ITEM_BYTES_MAX, IndexKeyError, IndexSchema, Item, ItemImage, KeyError, KeyType, TableSchema,
};

/// For the Key of GetItem, DeleteItem and BatchGetItem.
pub(super) fn of_request(error: KeyError) -> ApiError {
    match error {
        KeyError::Missing { .. } | KeyError::Mismatch { .. } | KeyError::Extra => {
            ApiError::validation("The provided key element does not match the schema")
        }
        KeyError::Empty { name, kind } => empty(&name, kind),
        KeyError::PartitionTooLong => partition_too_long(),
        KeyError::SortTooLong => sort_too_long(),
    }
}

/// For the key attributes of PutItem's Item.
pub(super) fn of_item(error: KeyError) -> ApiError {
    match error {
        KeyError::Missing { name } => ApiError::validation(format!(
            "One or more parameter values were invalid: Missing the key {name} in the item"
        )),
        KeyError::Mismatch { name, expected, actual } => ApiError::validation(format!(
            "One or more parameter values were invalid: Type mismatch for key {name} expected: {} actual: {actual}",
            expected.name()
        )),
        KeyError::Empty { .. }
        | KeyError::PartitionTooLong
        | KeyError::SortTooLong
        | KeyError::Extra => of_request(error),
    }
}

/// Refuses an item that cannot have the entries in indexes that it would get.
pub(super) fn check_entries(schema: &TableSchema, item: &ItemImage) -> Result<(), ApiError> {
    schema.check_index_keys(item.view(), |_| true).map_err(of_index)?;
    let has_local = schema.indexes.iter().any(IndexSchema::is_local);
    if has_local && schema.size_with_local_entries(&item.item()) > ITEM_BYTES_MAX {
        return Err(ApiError::item_too_large());
    }
    Ok(())
}

/// Refuses an item of which an attribute that keys an index is empty or too long.
pub(super) fn check_empty_index_keys(schema: &TableSchema, item: &Item) -> Result<(), ApiError> {
    if schema.indexes.is_empty() {
        return Ok(());
    }
    match schema.check_index_keys(item.encode().view(), |_| true) {
        Ok(()) | Err(IndexKeyError::Mismatch { .. }) => Ok(()),
        Err(
            error @ (IndexKeyError::Empty { .. }
            | IndexKeyError::PartitionTooLong
            | IndexKeyError::SortTooLong),
        ) => Err(of_index(error)),
    }
}

/// For an attribute of PutItem's Item that keys an index.
pub(super) fn of_index(error: IndexKeyError) -> ApiError {
    match error {
        IndexKeyError::Mismatch { index, name, expected, actual } => ApiError::validation(format!(
            "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {expected} Actual: {actual} IndexName: {index}"
        )),
        IndexKeyError::Empty { index, name, what } => ApiError::validation(format!(
            "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty {what} value. IndexName: {index}, IndexKey: {name}"
        )),
        IndexKeyError::PartitionTooLong => partition_too_long(),
        IndexKeyError::SortTooLong => sort_too_long(),
    }
}

/// For a value that an update gives to an index key in so many words.
pub(super) fn of_given_index(error: IndexKeyError) -> ApiError {
    match error {
        IndexKeyError::Empty { .. } => of_updated_index(error),
        IndexKeyError::Mismatch { .. }
        | IndexKeyError::PartitionTooLong
        | IndexKeyError::SortTooLong => of_index(error),
    }
}

/// For what an update's result has as an index key, when only the stored item could tell.
pub(super) fn of_updated_index(error: IndexKeyError) -> ApiError {
    match error {
        IndexKeyError::Mismatch { .. } => ApiError::validation(
            "The update expression attempted to update the secondary index key to unsupported type",
        ),
        IndexKeyError::Empty { what, .. } => ApiError::validation(format!(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty {what} value."
        )),
        IndexKeyError::PartitionTooLong | IndexKeyError::SortTooLong => of_index(error),
    }
}

fn empty(name: &str, kind: KeyType) -> ApiError {
    let what = match kind {
        KeyType::B => "binary",
        KeyType::S | KeyType::N => "string",
    };
    ApiError::validation(format!(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {what} value. Key: {name}"
    ))
}

fn partition_too_long() -> ApiError {
    // The missing blank is DynamoDB's.
    ApiError::validation(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
    )
}

fn sort_too_long() -> ApiError {
    ApiError::validation(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    )
}
