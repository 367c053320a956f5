//! The full primary key of an item, and the numbers that tables and indexes go by.
//!
//!     key bytes   length of the partition key (2, big-endian) | partition key | sort key
//!
//! Both parts are canonical: text as UTF-8, binary as it is, a number as its sortable bytes. Keys
//! of one partition therefore compare as their sort keys do.
//!
//! An owned key is the table's number in LEB128 and these bytes, in place if they are few: a cache
//! holds a million of them, and most keys are short.
//!
//! Must hold: a key is made only by [`super::TableSchema`], so whoever holds one knows that it fits
//! its table; borrowed and owned keys hash alike.
//! Not here: the row a key becomes (`engine/embedded/`).

use std::fmt;
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
#[derive(Clone, Eq, PartialEq)]
pub struct ItemKey(Packed);

/// The table's number and the key's bytes in one.
#[derive(Clone, Eq, PartialEq)]
enum Packed {
    /// What is behind `length` is zero.
    Short {
        length: u8,
        bytes: [u8; SHORT_BYTES],
    },
    Long(Box<[u8]>),
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
        self.view().table
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        self.view().bytes
    }

    /// The partition key's bytes.
    pub fn partition(&self) -> &[u8] {
        self.view().partition()
    }

    /// The same key of the same table under another number, which shares nothing with this one.
    pub fn under(&self, table: TableId) -> Self {
        ItemKeyRef { table, bytes: self.bytes() }.to_key()
    }

    /// The same key as a view.
    pub fn view(&self) -> ItemKeyRef<'_> {
        let packed = match &self.0 {
            Packed::Short { length, bytes } => &bytes[..usize::from(*length)],
            Packed::Long(bytes) => bytes,
        };
        let (table, bytes) = unpacked(packed);
        ItemKeyRef { table: TableId(table), bytes }
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
        let mut number = [0; NUMBER_BYTES_MAX];
        let number = packed(self.table.0, &mut number);
        let length = number.len() + self.bytes.len();
        ItemKey(match u8::try_from(length) {
            Ok(length) if usize::from(length) <= SHORT_BYTES => {
                let mut bytes = [0; SHORT_BYTES];
                let (head, rest) = bytes.split_at_mut(number.len());
                head.copy_from_slice(number);
                rest[..self.bytes.len()].copy_from_slice(self.bytes);
                Packed::Short { length, bytes }
            }
            Ok(_) | Err(_) => Packed::Long([number, self.bytes].concat().into()),
        })
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
        *self == key.view()
    }
}

impl fmt::Debug for ItemKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ItemKeyRef { table, bytes } = self.view();
        out.debug_struct("ItemKey").field("table", &table).field("bytes", &bytes).finish()
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

/// The number in LEB128.
fn packed(mut number: u64, room: &mut [u8; NUMBER_BYTES_MAX]) -> &[u8] {
    let mut length = 0;
    loop {
        let low = u8::try_from(number & 0x7F).expect("seven bits");
        number >>= 7;
        room[length] = if number == 0 { low } else { low | 0x80 };
        length += 1;
        if number == 0 {
            return &room[..length];
        }
    }
}

/// The number, and what is behind it.
fn unpacked(bytes: &[u8]) -> (u64, &[u8]) {
    let length = 1 + bytes.iter().take_while(|byte| **byte & 0x80 != 0).count();
    let (number, rest) = bytes.split_at(length);
    let joined = |number, byte: &u8| (number << 7) | u64::from(byte & 0x7F);
    (number.iter().rev().fold(0, joined), rest)
}

/// Partition and sort key of bytes that may be no key at all.
pub(super) fn parts_of(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

const INLINE_BYTES: usize = 128;
/// As many as fit beside a box's tag and pointer.
const SHORT_BYTES: usize = 22;
const NUMBER_BYTES_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owned_key_is_what_it_was_made_of_however_long() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3_000).collect();
        for table in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            for length in (2..40).chain([255, 256, 3_000]) {
                let key = ItemKeyRef::new(TableId::new(table), &bytes[..length]);

                let owned = key.to_key();

                assert_eq!(owned.view(), key);
                assert!(key.equivalent(&owned));
            }
        }
    }

    #[test]
    fn keys_that_differ_in_table_or_bytes_are_not_equal() {
        let key = |table, bytes| ItemKeyRef::new(TableId::new(table), bytes).to_key();

        assert_ne!(key(1, b"\0\x01a"), key(2, b"\0\x01a"));
        assert_ne!(key(1, b"\0\x01a"), key(1, b"\0\x01a\0"));
        // The same bytes when packed, were the number's end not marked.
        assert_ne!(key(1, b"\x01\x01a"), key(129, b"\x01a"));
    }

    #[test]
    fn a_key_under_another_number_is_another_with_the_same_bytes() {
        let key = ItemKeyRef::new(TableId::new(1), b"\0\x01a").to_key();

        let other = key.under(TableId::new(300));

        assert_ne!(other, key);
        assert_eq!((other.table(), other.bytes()), (TableId::new(300), key.bytes()));
    }

    #[test]
    fn an_owned_key_is_no_longer_than_a_table_and_a_box() {
        assert_eq!(size_of::<ItemKey>(), 24);
    }
}
