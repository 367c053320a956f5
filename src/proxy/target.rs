//! What a Query or Scan reads: the table's own items, or one of its indexes.
//!
//! Not here: which part of it (`key_range.rs`), and where a page begins (`start_key.rs`).

use crate::api::{ApiError, Consistency, PageRequest};
use crate::engine::Table;
use crate::model::{
    AttributeValue, IndexId, IndexSchema, KeyAttribute, KeyError, PARTITION_KEY_BYTES_MAX,
    SORT_KEY_BYTES_MAX, TableSchema,
};

/// The table's own items or an index, with the table's schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    Table(&'a TableSchema),
    Local(&'a TableSchema, &'a IndexSchema),
    Global(&'a TableSchema, &'a IndexSchema),
}

impl<'a> Target<'a> {
    /// What the request names, if it is there and can be read as the request asks.
    pub(super) fn of(table: &'a Table, request: &PageRequest) -> Result<Self, ApiError> {
        let schema = &*table.schema;
        let Some(name) = &request.index else { return Ok(Self::Table(schema)) };
        let Some(index) = schema.index(name) else {
            return Err(no_index(name));
        };
        check_full(table, index)?;
        let target = Self::of_index(schema, Some(index));
        match (target, request.consistency) {
            (Self::Table(_) | Self::Local(..), _) | (_, Consistency::Eventual) => Ok(target),
            (Self::Global(..), Consistency::Strong) => Err(ApiError::validation(
                "Consistent reads are not supported on global secondary indexes",
            )),
        }
    }

    /// The part of that number, if it is there.
    pub(super) fn of_id(schema: &'a TableSchema, id: IndexId) -> Option<Self> {
        if id == IndexId::TABLE {
            return Some(Self::Table(schema));
        }
        let index = schema.index_of(id)?;
        Some(Self::of_index(schema, Some(index)))
    }

    /// The table's own items, or those of this index of it.
    pub(super) fn of_index(schema: &'a TableSchema, index: Option<&'a IndexSchema>) -> Self {
        match index {
            None => Self::Table(schema),
            Some(index) if index.is_local() => Self::Local(schema, index),
            Some(index) => Self::Global(schema, index),
        }
    }

    pub(super) fn table(self) -> &'a TableSchema {
        match self {
            Self::Table(table) | Self::Local(table, _) | Self::Global(table, _) => table,
        }
    }

    pub(super) fn index(self) -> Option<&'a IndexSchema> {
        match self {
            Self::Table(_) => None,
            Self::Local(_, index) | Self::Global(_, index) => Some(index),
        }
    }

    pub(super) fn id(self) -> IndexId {
        self.index().map_or(IndexId::TABLE, |index| index.id)
    }

    /// The attributes of the partition key.
    pub(super) fn hash(self) -> &'a [KeyAttribute] {
        match self {
            Self::Table(table) => std::slice::from_ref(&table.hash),
            Self::Local(_, index) | Self::Global(_, index) => &index.hash,
        }
    }

    /// The attributes of the sort key.
    pub(super) fn range(self) -> &'a [KeyAttribute] {
        match self {
            Self::Table(table) => table.range.as_slice(),
            Self::Local(_, index) | Self::Global(_, index) => &index.range,
        }
    }

    /// The attributes of the key that items are found by, those of the partition first.
    pub(super) fn keys(self) -> impl Iterator<Item = &'a KeyAttribute> {
        self.hash().iter().chain(self.range())
    }

    /// The attributes of a start key: the table's, and those that only the index has.
    pub(super) fn start_keys(self) -> impl Iterator<Item = &'a KeyAttribute> {
        let table = self.table();
        let is_new = move |key: &&KeyAttribute| table.keys().all(|own| own.name != key.name);
        let index = self.index().into_iter().flat_map(IndexSchema::keys);
        table.keys().chain(index.filter(is_new))
    }

    /// The canonical bytes of a value for one of [`Target::keys`].
    pub(super) fn bytes_of<'v>(
        self,
        key: &KeyAttribute,
        value: &'v AttributeValue,
    ) -> Result<&'v [u8], KeyError> {
        let bytes = key.bytes_of(value)?;
        if self.hash().contains(key) {
            if bytes.len() > PARTITION_KEY_BYTES_MAX {
                return Err(KeyError::PartitionTooLong);
            }
        } else if bytes.len() > SORT_KEY_BYTES_MAX {
            return Err(KeyError::SortTooLong);
        }
        Ok(bytes)
    }
}

/// Refuses to read an index that is not full yet.
pub(super) fn check_full(table: &Table, index: &IndexSchema) -> Result<(), ApiError> {
    if table.building() == Some(index.id) {
        let fault = "Cannot read from backfilling global secondary index:";
        return Err(ApiError::validation(format!("{fault} {}", index.name)));
    }
    Ok(())
}

/// The refusal to read an index that is not there.
pub(super) fn no_index(name: &str) -> ApiError {
    ApiError::validation(format!("The table does not have the specified index: {name}"))
}
