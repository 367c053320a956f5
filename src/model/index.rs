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
use super::schema::{KeyAttribute, KeyType, TableSchema};
use super::size::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use super::value::AttributeValue;
use super::view::{ItemRef, ValueRef};

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
    ///
    /// An attribute that cannot key the index counts as lacking: items that were there before the
    /// index are not refused, they are left out.
    pub fn key_of(&self, item: ItemRef<'_>) -> Option<IndexKey> {
        let hash = values_of(&self.hash, item, PARTITION_KEY_BYTES_MAX)?;
        let range = values_of(&self.range, item, SORT_KEY_BYTES_MAX)?;
        let sorts = range.into_iter().map(<[u8]>::to_vec).collect();
        Some(IndexKey { partition: IndexKey::partition_of(&hash), sorts })
    }

    /// What the index holds of the item: the item itself, in the same memory, if that is all of it.
    pub fn entry(&self, table: &TableSchema, item: &ItemBytes) -> ItemBytes {
        let attributes = || item.view().attributes();
        match self.projection {
            IndexProjection::All => return item.clone(),
            IndexProjection::KeysOnly | IndexProjection::Include(_) => {}
        }
        if attributes().all(|(name, _)| self.projects(table, name)) {
            return item.clone();
        }
        ItemBytes::of_views(attributes().filter(|(name, _)| self.projects(table, name)))
    }

    /// Whether the index holds the attribute of that name.
    pub fn projects(&self, table: &TableSchema, attribute: &str) -> bool {
        let mut keys = self.keys().chain(table.keys());
        match &self.projection {
            IndexProjection::All => true,
            IndexProjection::KeysOnly => keys.any(|key| key.name == attribute),
            IndexProjection::Include(names) => {
                keys.any(|key| key.name == attribute) || names.iter().any(|name| name == attribute)
            }
        }
    }
}

impl IndexKey {
    /// The partition's bytes, from the canonical bytes of each HASH attribute in the order of the
    /// schema.
    pub fn partition_of(values: &[&[u8]]) -> Vec<u8> {
        if let [value] = values {
            return value.to_vec();
        }
        let mut partition = Vec::with_capacity(values.iter().map(|value| 2 + value.len()).sum());
        for value in values {
            let length = u16::try_from(value.len()).expect("a key value has at most 2048 bytes");
            partition.extend_from_slice(&length.to_be_bytes());
            partition.extend_from_slice(value);
        }
        partition
    }

    /// The canonical bytes of each HASH attribute of a partition of so many; `None` if it is of
    /// another number.
    pub fn parts_of(partition: &[u8], count: usize) -> Option<Vec<&[u8]>> {
        if count == 1 {
            return Some(vec![partition]);
        }
        let mut rest = partition;
        let mut parts = Vec::with_capacity(count);
        for _ in 0..count {
            let (length, behind) = rest.split_first_chunk()?;
            let (part, behind) = behind.split_at_checked(u16::from_be_bytes(*length).into())?;
            parts.push(part);
            rest = behind;
        }
        rest.is_empty().then_some(parts)
    }
}

impl TableSchema {
    /// Refuses an item whose attributes cannot key an index that asks for them.
    ///
    /// Global indexes come first, then local ones, each in the order of their numbers. Of an
    /// update's result only the attributes that `changed` names are looked at.
    pub fn check_index_keys(
        &self,
        item: ItemRef<'_>,
        changed: impl Fn(&str) -> bool,
    ) -> Result<(), IndexKeyError> {
        let (local, global): (Vec<_>, Vec<_>) =
            self.indexes.iter().partition(|index| index.is_local());
        for index in global.into_iter().chain(local) {
            for key in &index.hash {
                let too_long = (PARTITION_KEY_BYTES_MAX, IndexKeyError::PartitionTooLong);
                self.check_index_key(key, item, too_long, &changed)?;
            }
            for key in &index.range {
                let too_long = (SORT_KEY_BYTES_MAX, IndexKeyError::SortTooLong);
                self.check_index_key(key, item, too_long, &changed)?;
            }
        }
        Ok(())
    }

    fn check_index_key(
        &self,
        key: &KeyAttribute,
        item: ItemRef<'_>,
        (bytes_max, too_long): (usize, IndexKeyError),
        changed: impl Fn(&str) -> bool,
    ) -> Result<(), IndexKeyError> {
        let Some(value) = item.attribute(&key.name).filter(|_| changed(&key.name)) else {
            return Ok(());
        };
        let Some(bytes) = bytes_of(key.kind, value) else {
            return Err(IndexKeyError::Mismatch {
                index: self.first_index_keyed_by(&key.name),
                name: key.name.clone(),
                expected: key.kind.name(),
                actual: value.type_name(),
            });
        };
        if bytes.is_empty() {
            let what = if key.kind == KeyType::B { "binary" } else { "string" };
            let index = self.first_index_keyed_by(&key.name);
            return Err(IndexKeyError::Empty { index, name: key.name.clone(), what });
        }
        if bytes.len() > bytes_max { Err(too_long) } else { Ok(()) }
    }

    /// The name that errors give: of several indexes that the attribute keys, the alphabetically
    /// first.
    fn first_index_keyed_by(&self, attribute: &str) -> String {
        let keyed = self.indexes.iter().filter(|index| index.keys().any(|k| k.name == attribute));
        keyed.map(|index| index.name.clone()).min().unwrap_or_default()
    }

    /// Refuses a value that the attribute of that name cannot have, if it keys an index.
    pub fn check_index_value(
        &self,
        name: &str,
        value: &AttributeValue,
    ) -> Result<(), IndexKeyError> {
        // Most attributes key nothing, and a value may be large.
        if !self.indexes.iter().any(|index| index.keys().any(|key| key.name == name)) {
            return Ok(());
        }
        let item = Item { attributes: vec![(name.to_owned(), value.clone())] }.encode();
        self.check_index_keys(item.view(), |_| true)
    }

    /// The size of the item together with its entries in local indexes, which DynamoDB limits.
    pub fn size_with_local_entries(&self, item: &ItemBytes) -> usize {
        let local = self.indexes.iter().filter(|index| index.is_local());
        let entries = local.filter(|index| index.key_of(item.view()).is_some());
        item.view().size()
            + entries.map(|index| index.entry(self, item).view().size()).sum::<usize>()
    }

    /// The index of that name.
    pub fn index(&self, name: &str) -> Option<&IndexSchema> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The index of that number.
    pub fn index_of(&self, id: IndexId) -> Option<&IndexSchema> {
        self.indexes.iter().find(|index| index.id == id)
    }

    /// The key attributes of the table, the partition key first.
    pub fn keys(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }
}

/// The canonical bytes of these attributes of an item, if each can key an index.
fn values_of<'a>(
    keys: &[KeyAttribute],
    item: ItemRef<'a>,
    bytes_max: usize,
) -> Option<Vec<&'a [u8]>> {
    let value = |key: &KeyAttribute| {
        let bytes = bytes_of(key.kind, item.attribute(&key.name)?)?;
        (1..=bytes_max).contains(&bytes.len()).then_some(bytes)
    };
    keys.iter().map(value).collect()
}

/// The canonical bytes of a value, if it has that type.
fn bytes_of(kind: KeyType, value: ValueRef<'_>) -> Option<&[u8]> {
    let (found, bytes) = match value {
        ValueRef::S(text) => (KeyType::S, text.as_bytes()),
        ValueRef::N(number) => (KeyType::N, number.as_bytes()),
        ValueRef::B(bytes) => (KeyType::B, bytes),
        ValueRef::Bool(_)
        | ValueRef::Null
        | ValueRef::L(_)
        | ValueRef::M(_)
        | ValueRef::Ss(_)
        | ValueRef::Ns(_)
        | ValueRef::Bs(_) => return None,
    };
    (found == kind).then_some(bytes)
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
