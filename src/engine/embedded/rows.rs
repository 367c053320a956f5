//! How tables and items lie in the store's spaces; drawn in `docs/storage-format.md`.
//!
//!     space table.N   01 | hash16(partition key) | key bytes   ->  commit number (8) | item
//!     space system    table/N   ->  the table's definition     totals/N    ->  items (8) | bytes (8)
//!                     commit    ->  the last commit number     totals/N/I  ->  the same of an index
//!                     next-table, next-stream, last-revision, format
//!                     covered/N/I ->  the last item's row
//!                     stream/N  ->  the stream's definition
//!                     expiry-cursor/N  ->  the last item's row, too (`expiry_tending.rs`)
//!
//! Numbers are big-endian. The hash gives scans their order (`model/segment.rs`).
//!
//! Must hold: a row that cannot be read is an error that names its table, never a wrong value.
//! Not here: what a definition says (`definition.rs`).

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::engine::{Error, StreamId};
use crate::fence::CommitNumber;
use crate::model::{Image, IndexId, ItemBytes, ItemImage, ItemKey, TableId, TableSchema, hash16};
use crate::store::SpaceName;

/// The version of this layout. Earlier ones are read, and become this one with the first change of
/// a table; a store with a later one is refused.
pub const FORMAT: u64 = 3;

/// The space of what is not a table's.
pub(super) fn system_space() -> SpaceName {
    SpaceName::new("system").expect("the name follows the rule")
}

/// The space of one table incarnation.
pub(super) fn table_space(table: TableId) -> SpaceName {
    SpaceName::new(&format!("{TABLE_SPACE}{}", table.get())).expect("the name follows the rule")
}

/// Whether a space is a table's.
pub(super) fn is_table_space(name: &SpaceName) -> bool {
    name.as_str().starts_with(TABLE_SPACE)
}

/// The row of an item.
pub(super) fn item_row(key: &ItemKey) -> Bytes {
    let mut row = BytesMut::with_capacity(3 + key.bytes().len());
    row.put_u8(ITEM_ROW);
    row.put_slice(&hash16(key.partition()));
    row.put_slice(key.bytes());
    row.freeze()
}

/// The key of the item that a row is of; none if the row is damaged.
pub(super) fn key_of_item_row(schema: &TableSchema, row: &[u8]) -> Option<ItemKey> {
    schema.key_of_bytes(row.get(KEY_AT..)?)
}

/// The value of an item's row.
pub(super) fn item_value(commit: u64, image: &ItemImage) -> Bytes {
    let mut value = BytesMut::with_capacity(8 + image.stored().len());
    value.put_u64(commit);
    value.put_slice(image.stored());
    value.freeze()
}

/// The image that an item's row holds, in memory of its own.
pub(super) fn image_of(table: TableId, value: Option<Bytes>) -> Result<Image, Error> {
    let Some(value) = value else { return Ok(Image::Absent) };
    let image = value.get(COMMIT_BYTES..).and_then(|stored| ItemImage::new(stored).ok());
    image.map(Image::Item).ok_or(Error::Damaged { table: table.get() })
}

/// What the row of an item or of an index's entry holds, in the row's own memory.
pub(super) fn item_of(table: TableId, value: &Bytes) -> Result<ItemBytes, Error> {
    let damaged = || Error::Damaged { table: table.get() };
    if value.len() < COMMIT_BYTES {
        return Err(damaged());
    }
    ItemBytes::new(value.slice(COMMIT_BYTES..)).map_err(|_| damaged())
}

/// The commit number that an item's row holds; none if there is no row.
pub(super) fn version_of(
    table: TableId,
    value: Option<&[u8]>,
) -> Result<Option<CommitNumber>, Error> {
    let Some(value) = value else { return Ok(None) };
    let number = value.get(..8).and_then(number_of).ok_or(Error::Damaged { table: table.get() })?;
    Ok(Some(CommitNumber::new(number)))
}

/// The system row of that name.
pub(super) fn system_row(name: &'static str) -> Bytes {
    Bytes::from_static(name.as_bytes())
}

/// The system row of a table's definition.
pub(super) fn definition_row(table: TableId) -> Bytes {
    numbered(DEFINITIONS, table.get())
}

/// The system row of a table's totals.
pub(super) fn totals_row(table: TableId) -> Bytes {
    numbered("totals/", table.get())
}

/// The system row of an index's totals.
pub(super) fn index_totals_row(table: TableId, index: IndexId) -> Bytes {
    of_index("totals/", table, index)
}

/// The system row of how far an index is filled.
pub(super) fn covered_row(table: TableId, index: IndexId) -> Bytes {
    of_index("covered/", table, index)
}

/// The system row of how far a table's items were looked at for when they expire.
pub(super) fn expiry_cursor_row(table: TableId) -> Bytes {
    numbered("expiry-cursor/", table.get())
}

/// The table that a definition's row belongs to.
pub(super) fn table_of_row(row: &[u8]) -> Option<TableId> {
    let number = row.strip_prefix(DEFINITIONS.as_bytes())?;
    Some(TableId::new(u64::from_be_bytes(number.try_into().ok()?)))
}

/// The system row of a stream's definition.
pub(super) fn stream_row(stream: StreamId) -> Bytes {
    numbered(STREAMS, stream.get())
}

/// The stream that such a row belongs to.
pub(super) fn stream_of_row(row: &[u8]) -> Option<StreamId> {
    number_of(row.strip_prefix(STREAMS.as_bytes())?).map(StreamId::new)
}

/// The value of a row that is one number.
pub(super) fn number_value(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// The number that such a row holds.
pub(super) fn number_of(value: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(value.try_into().ok()?))
}

/// The value of a table's or an index's totals.
pub(super) fn totals_value(items: u64, bytes: u64) -> Bytes {
    let mut value = BytesMut::with_capacity(16);
    value.put_u64(items);
    value.put_u64(bytes);
    value.freeze()
}

/// Items and bytes in such totals.
pub(super) fn totals_of(value: &[u8]) -> Option<(u64, u64)> {
    let (items, bytes) = value.split_at_checked(8)?;
    Some((number_of(items)?, number_of(bytes)?))
}

fn numbered(prefix: &'static str, number: u64) -> Bytes {
    let mut row = BytesMut::with_capacity(prefix.len() + 8);
    row.put_slice(prefix.as_bytes());
    row.put_u64(number);
    row.freeze()
}

fn of_index(prefix: &'static str, table: TableId, index: IndexId) -> Bytes {
    let mut row = BytesMut::from(&numbered(prefix, table.get())[..]);
    row.put_u8(b'/');
    row.put_u32(index.get());
    row.freeze()
}

pub(super) const DEFINITIONS: &str = "table/";
pub(super) const STREAMS: &str = "stream/";
const TABLE_SPACE: &str = "table.";
pub(super) const ITEM_ROW: u8 = 1;
/// Where an item's row has its key.
const KEY_AT: usize = 3;
const COMMIT_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributeValue, Item, KeyAttribute, KeyBuffer, KeyType, KeyValue};

    #[test]
    fn rows_have_the_bytes_that_the_format_says() {
        let hash = KeyAttribute { name: "pk".into(), kind: KeyType::S };
        let schema = TableSchema { table: TableId::new(7), hash, range: None, indexes: Vec::new() };
        let mut buffer = KeyBuffer::default();
        let key =
            schema.key_of_values(KeyValue::S("a"), None, &mut buffer).expect("a key").to_key();
        let image = Item::from([("pk", AttributeValue::S("a".into()))]).encode();

        // XXH3-64 of "a" is E6C632B61E964E1F.
        assert_eq!(item_row(&key), &[1, 0xE6, 0xC6, 0, 1, b'a'][..]);
        assert_eq!(
            item_value(3, &image),
            &[0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 2, b'p', b'k', 1, 1, b'a'][..]
        );
        assert_eq!(table_of_row(&definition_row(TableId::new(7))), Some(TableId::new(7)));
        assert_eq!(
            index_totals_row(TableId::new(7), IndexId::new(2)),
            &b"totals/\0\0\0\0\0\0\0\x07/\0\0\0\x02"[..]
        );
    }

    #[test]
    fn a_damaged_row_is_an_error_that_names_its_table() {
        for value in [&b"short"[..], b"\0\0\0\0\0\0\0\x01\xFF"] {
            let image = image_of(TableId::new(9), Some(Bytes::copy_from_slice(value)));
            assert!(matches!(image, Err(Error::Damaged { table: 9 })), "{image:?}");
        }
    }
}
