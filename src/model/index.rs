//! Secondary indexes: which items are in one, under which key, and what it holds of them.
//!
//!     partition   the bytes of the one HASH attribute; of several, each behind its length (2)
//!     sorts       the bytes of each RANGE attribute
//!
//! Must hold: an index key is made only by [`IndexSchema`], from attributes of the schema's types.
//! Not here: the row that an entry becomes (`engine/embedded/`).

use super::image::ItemBytes;
use super::item::Item;
use super::key::IndexId;
use super::schema::{KeyAttribute, TableSchema};
use super::value::AttributeValue;
use super::view::ItemRef;

/// One secondary index of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IndexSchema {
    /// Its number in the table.
    pub id: IndexId,
    /// Its name.
    pub name: String,
    /// Whether it shares the table's partitions.
    pub scope: IndexScope,
    /// The attributes of its partition key: one, or up to four of a global index.
    pub hash: Vec<KeyAttribute>,
    /// The attributes of its sort key: one at most, or up to four of a global index.
    pub range: Vec<KeyAttribute>,
    /// What it holds of an item besides the keys.
    pub projection: IndexProjection,
}

/// Where an index's partitions come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IndexScope {
    /// They are the table's.
    Local,
    /// They are its own.
    Global,
}

/// What an index holds of an item besides its own keys and the table's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IndexProjection {
    /// Everything.
    All,
    /// Nothing.
    KeysOnly,
    /// These attributes.
    Include(Vec<String>),
}

/// The key of an entry in an index, without the table's key that makes it unique.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct IndexKey {
    /// The partition's bytes.
    pub partition: Vec<u8>,
    /// The bytes of each sort attribute.
    pub sorts: Vec<Vec<u8>>,
}

/// Why an item's attribute cannot key an index.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IndexKeyError {
    /// The attribute has another type than the index asks for.
    Mismatch {
        /// The index.
        index: String,
        /// The attribute.
        name: String,
        /// The type it must have.
        expected: &'static str,
        /// The type it has.
        actual: &'static str,
    },
    /// The attribute is an empty text or empty bytes.
    Empty {
        /// The index.
        index: String,
        /// The attribute.
        name: String,
        /// `string` or `binary`.
        what: &'static str,
    },
    /// A partition key attribute is longer than 2048 bytes.
    PartitionTooLong,
    /// A sort key attribute is longer than 1024 bytes.
    SortTooLong,
}

impl IndexSchema {
    /// Whether the index is local.
    pub fn is_local(&self) -> bool {
        self.scope == IndexScope::Local
    }

    /// The key attributes, those of the partition first.
    pub fn keys(&self) -> impl Iterator<Item = &KeyAttribute> {
        self.hash.iter().chain(&self.range)
    }

    /// The key of the item's entry; none if it lacks a key attribute, so that it is not in the
    /// index.
    pub fn key_of(&self, item: ItemRef<'_>) -> Option<IndexKey> {
        let _ = item;
        unimplemented!()
    }

    /// What the index holds of the item.
    pub fn entry(&self, table: &TableSchema, item: ItemRef<'_>) -> ItemBytes {
        let _ = (table, item);
        unimplemented!()
    }

    /// Whether the index holds the attribute of that name.
    pub fn projects(&self, table: &TableSchema, attribute: &str) -> bool {
        let _ = (table, attribute);
        unimplemented!()
    }
}

impl TableSchema {
    /// Refuses an item whose attributes cannot key an index that asks for them.
    ///
    /// Of an update's result only the attributes that `changed` names are looked at.
    pub fn check_index_keys(
        &self,
        item: ItemRef<'_>,
        changed: impl Fn(&str) -> bool,
    ) -> Result<(), IndexKeyError> {
        let _ = (item, changed("x"));
        unimplemented!()
    }

    /// Refuses a value that the attribute of that name cannot have, if it keys an index.
    pub fn check_index_key(&self, name: &str, value: &AttributeValue) -> Result<(), IndexKeyError> {
        let item = Item { attributes: vec![(name.to_owned(), value.clone())] }.encode();
        self.check_index_keys(item.view(), |_| true)
    }

    /// The index of that name.
    pub fn index(&self, name: &str) -> Option<&IndexSchema> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The key attributes of the table, the partition key first.
    pub fn keys(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }
}
