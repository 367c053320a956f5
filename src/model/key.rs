//! The full primary key of an item, and the numbers that tables and indexes go by.
//!
//!     key bytes   length of the partition key (2, big-endian) | partition key | sort key
//!
//! Both parts are canonical: text as UTF-8, binary as it is, a number as its sortable bytes. Keys
//! of one partition therefore compare as their sort keys do.
//!
//! Must hold: a key is made only by [`super::TableSchema`], so whoever holds one knows that it fits
//! its table; borrowed and owned keys hash alike.
//! Not here: the row a key becomes (`engine/embedded/`).

use std::hash::{Hash, Hasher};

use equivalent::Equivalent;

/// One incarnation of one table; never used again once the table is dropped.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TableId(u64);

/// One index of a table; the table itself is [`IndexId::TABLE`]. Never used again either.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IndexId(u32);

/// The full primary key of one item: table and canonical key bytes.
///
/// Made only by [`super::TableSchema`]: whoever holds one knows that it fits its table's schema.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ItemKey {
    table: TableId,
    bytes: Box<[u8]>,
}

/// A key that is not yet owned, for look-ups.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ItemKeyRef<'a> {
    table: TableId,
    bytes: &'a [u8],
}

/// Room for the bytes of one key; short keys need no allocation.
#[derive(Debug)]
pub struct KeyBuffer {
    inline: [u8; INLINE_BYTES],
    len: usize,
    spilled: Vec<u8>,
}

impl TableId {
    /// The table of that number.
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl IndexId {
    /// The table's own items.
    pub const TABLE: Self = Self(0);

    /// The index of that number.
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl ItemKey {
    /// The table.
    pub fn table(&self) -> TableId {
        self.table
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The partition key's bytes.
    pub fn partition(&self) -> &[u8] {
        partition_of(&self.bytes)
    }

    /// The same key as a view.
    pub fn view(&self) -> ItemKeyRef<'_> {
        ItemKeyRef { table: self.table, bytes: &self.bytes }
    }
}

impl<'a> ItemKeyRef<'a> {
    pub(super) fn new(table: TableId, bytes: &'a [u8]) -> Self {
        Self { table, bytes }
    }

    /// The table.
    pub fn table(self) -> TableId {
        self.table
    }

    /// The canonical bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The partition key's bytes.
    pub fn partition(self) -> &'a [u8] {
        partition_of(self.bytes)
    }

    /// An owned copy.
    pub fn to_key(self) -> ItemKey {
        ItemKey { table: self.table, bytes: self.bytes.into() }
    }
}

impl Hash for ItemKeyRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.table.0);
        state.write(self.bytes);
    }
}

impl Hash for ItemKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.view().hash(state);
    }
}

impl Equivalent<ItemKey> for ItemKeyRef<'_> {
    fn equivalent(&self, key: &ItemKey) -> bool {
        self.table == key.table && *self.bytes == *key.bytes
    }
}

impl Default for KeyBuffer {
    fn default() -> Self {
        Self { inline: [0; INLINE_BYTES], len: 0, spilled: Vec::new() }
    }
}

impl KeyBuffer {
    /// Fills the buffer with a key of these parts.
    pub(super) fn fill(&mut self, partition: &[u8], sort: &[u8]) -> &[u8] {
        let length =
            u16::try_from(partition.len()).expect("a partition key has at most 2048 bytes");
        self.len = 2 + partition.len() + sort.len();
        if self.len > INLINE_BYTES {
            self.spilled.clear();
            self.spilled.reserve_exact(self.len);
            self.spilled.extend_from_slice(&length.to_be_bytes());
            self.spilled.extend_from_slice(partition);
            self.spilled.extend_from_slice(sort);
            return &self.spilled;
        }
        let (head, rest) = self.inline.split_at_mut(2);
        head.copy_from_slice(&length.to_be_bytes());
        rest[..partition.len()].copy_from_slice(partition);
        rest[partition.len()..partition.len() + sort.len()].copy_from_slice(sort);
        &self.inline[..self.len]
    }
}

fn partition_of(bytes: &[u8]) -> &[u8] {
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    &bytes[2..2 + length]
}

const INLINE_BYTES: usize = 128;
