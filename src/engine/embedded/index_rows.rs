//! The rows of secondary indexes, and the ranges of rows that a query or scan reads.
//!
//!     item         01 |            hash16 | length (2) | partition | sort key
//!     entry        02 | index (4) | hash16 | length (2) | partition | sorts | key bytes of the item
//!     collection   03 |            hash16 | length (2) | partition
//!     sorts        of each sort attribute: its bytes with FF behind each 00 | 00 00
//!
//! Escaped and terminated, the sorts of one partition compare as their values do, attribute by
//! attribute; entries of equal keys follow each other in the order of their items' key bytes.
//!
//! Must hold: a range has exactly the rows for which its tests hold, and segments part the rows.
//! Not here: what an entry holds (`model/index.rs`), items' own rows (`rows.rs`).

use std::ops::Bound;

use bytes::{BufMut as _, Bytes, BytesMut};

use super::rows::{self, ITEM_ROW};
use crate::engine::{Position, Scope, SortRange, SortTest};
use crate::model::{IndexId, IndexKey, ItemBytes, ItemKey, Segment, hash16};
use crate::store::{Direction, KeyRange};

/// The row of an item's entry in an index.
pub(super) fn entry_row(index: IndexId, entry: &IndexKey, item: &ItemKey) -> Bytes {
    let mut row = partition_prefix(index, &entry.partition);
    for sort in &entry.sorts {
        put_sort(&mut row, sort);
    }
    row.put_slice(item.bytes());
    row.freeze()
}

/// The value of an entry's row.
pub(super) fn entry_value(commit: u64, entry: &ItemBytes) -> Bytes {
    let mut value = BytesMut::with_capacity(8 + entry.stored().len());
    value.put_u64(commit);
    value.put_slice(entry.stored());
    value.freeze()
}

/// The row of the item that an entry in a local index belongs to; none if the row is damaged.
pub(super) fn item_row_of_local_entry(row: &Bytes) -> Option<Bytes> {
    let length = row.get(PARTITION_AT..PARTITION_AT + 2)?;
    let sort_at = PARTITION_AT + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
    // A local index has one sort attribute.
    let key = behind_sort(row.get(sort_at..)?)?;
    let mut item_row = BytesMut::with_capacity(3 + key.len());
    item_row.put_u8(ITEM_ROW);
    // Its partitions are the table's.
    item_row.put_slice(&row[HASH_AT..PARTITION_AT]);
    item_row.put_slice(key);
    Some(item_row.freeze())
}

/// The row that keeps the size of an item collection.
pub(super) fn collection_row(partition: &[u8]) -> Bytes {
    let mut row = BytesMut::with_capacity(5 + partition.len());
    row.put_u8(COLLECTION_ROW);
    put_partition(&mut row, partition);
    row.freeze()
}

/// The row at a position.
pub(super) fn position_row(index: IndexId, position: &Position) -> Bytes {
    match &position.entry {
        None => rows::item_row(&position.item),
        Some(entry) => entry_row(index, entry, &position.item),
    }
}

/// The rows of a table or index that a scope holds.
pub(super) fn scope_range(index: IndexId, scope: &Scope) -> KeyRange {
    match scope {
        Scope::Everything => KeyRange::prefix(&index_prefix(index)),
        Scope::Segment(segment) => segment_range(&index_prefix(index), *segment),
        Scope::Partition { partition, sort } => {
            let prefix = partition_prefix(index, partition);
            if index == IndexId::TABLE {
                item_range(&prefix, sort)
            } else {
                entry_range(prefix, sort)
            }
        }
    }
}

/// What is left of a range behind a row, which need not be there nor lie in the range.
pub(super) fn behind(range: &KeyRange, row: &Bytes, direction: Direction) -> KeyRange {
    let inside = match direction {
        Direction::Forward => match &range.from {
            Bound::Included(from) | Bound::Excluded(from) => row >= from,
            Bound::Unbounded => true,
        },
        Direction::Backward => match &range.to {
            Bound::Included(to) | Bound::Excluded(to) => row <= to,
            Bound::Unbounded => true,
        },
    };
    if inside { range.behind(row, direction) } else { range.clone() }
}

/// Items of a partition. Their sort key is the end of the row, as it is.
fn item_range(prefix: &[u8], sort: &SortRange) -> KeyRange {
    let row = |sort: &[u8]| Bytes::from([prefix, sort].concat());
    // A table has one sort attribute: once it is given, there is one row.
    if let Some(sort) = sort.equal.first() {
        return KeyRange { from: Bound::Included(row(sort)), to: Bound::Included(row(sort)) };
    }
    let whole = KeyRange::prefix(prefix);
    match &sort.next {
        SortTest::Any => whole,
        SortTest::Less(sort) => KeyRange { to: Bound::Excluded(row(sort)), ..whole },
        SortTest::LessOrEqual(sort) => KeyRange { to: Bound::Included(row(sort)), ..whole },
        SortTest::Greater(sort) => KeyRange { from: Bound::Excluded(row(sort)), ..whole },
        SortTest::GreaterOrEqual(sort) => KeyRange { from: Bound::Included(row(sort)), ..whole },
        SortTest::Between(from, to) => {
            KeyRange { from: Bound::Included(row(from)), to: Bound::Included(row(to)) }
        }
        SortTest::BeginsWith(start) => KeyRange::prefix(&row(start)),
    }
}

/// Entries of a partition. What begins with a sort attribute up to its terminator has that value.
fn entry_range(mut prefix: BytesMut, sort: &SortRange) -> KeyRange {
    for sort in &sort.equal {
        put_sort(&mut prefix, sort);
    }
    let whole = KeyRange::prefix(&prefix);
    let of_value = |sort: &[u8]| {
        let mut row = prefix.clone();
        put_sort(&mut row, sort);
        KeyRange::prefix(&row)
    };
    match &sort.next {
        SortTest::Any => whole,
        SortTest::Less(sort) => KeyRange { to: before(of_value(sort)), ..whole },
        SortTest::LessOrEqual(sort) => KeyRange { to: of_value(sort).to, ..whole },
        SortTest::Greater(sort) => KeyRange { from: after(of_value(sort)), ..whole },
        SortTest::GreaterOrEqual(sort) => KeyRange { from: of_value(sort).from, ..whole },
        SortTest::Between(from, to) => KeyRange { from: of_value(from).from, to: of_value(to).to },
        SortTest::BeginsWith(start) => {
            put_escaped(&mut prefix, start);
            KeyRange::prefix(&prefix)
        }
    }
}

/// The upper bound of what lies before a prefix's range.
fn before(range: KeyRange) -> Bound<Bytes> {
    match range.from {
        Bound::Included(from) => Bound::Excluded(from),
        bound @ (Bound::Excluded(_) | Bound::Unbounded) => bound,
    }
}

/// The lower bound of what lies behind a prefix's range.
fn after(range: KeyRange) -> Bound<Bytes> {
    match range.to {
        Bound::Excluded(to) => Bound::Included(to),
        bound @ (Bound::Included(_) | Bound::Unbounded) => bound,
    }
}

fn segment_range(prefix: &[u8], segment: Segment) -> KeyRange {
    let whole = KeyRange::prefix(prefix);
    let row = |hash: u64| {
        let hash = u16::try_from(hash).ok()?;
        Some(Bytes::from([prefix, &hash.to_be_bytes()].concat()))
    };
    let hashes = segment.hashes();
    KeyRange {
        // Behind the last hash lies the end of the index.
        from: row(hashes.start).map_or_else(|| after(whole.clone()), Bound::Included),
        to: row(hashes.end).map_or(whole.to, Bound::Excluded),
    }
}

fn index_prefix(index: IndexId) -> BytesMut {
    let mut prefix = BytesMut::with_capacity(64);
    if index == IndexId::TABLE {
        prefix.put_u8(ITEM_ROW);
    } else {
        prefix.put_u8(ENTRY_ROW);
        prefix.put_u32(index.get());
    }
    prefix
}

fn partition_prefix(index: IndexId, partition: &[u8]) -> BytesMut {
    let mut prefix = index_prefix(index);
    put_partition(&mut prefix, partition);
    prefix
}

fn put_partition(row: &mut BytesMut, partition: &[u8]) {
    let length =
        u16::try_from(partition.len()).expect("a partition has at most four keys of 2048 bytes");
    row.put_slice(&hash16(partition));
    row.put_u16(length);
    row.put_slice(partition);
}

fn put_sort(row: &mut BytesMut, sort: &[u8]) {
    put_escaped(row, sort);
    row.put_slice(&[0, 0]);
}

fn put_escaped(row: &mut BytesMut, sort: &[u8]) {
    row.reserve(sort.len() + 2);
    for byte in sort {
        row.put_u8(*byte);
        if *byte == 0 {
            row.put_u8(u8::MAX);
        }
    }
}

/// What follows an escaped and terminated sort attribute.
fn behind_sort(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let zero = bytes.iter().position(|byte| *byte == 0)?;
        let mark = *bytes.get(zero + 1)?;
        bytes = &bytes[zero + 2..];
        match mark {
            0 => return Some(bytes),
            u8::MAX => {}
            _ => return None,
        }
    }
}

const ENTRY_ROW: u8 = 2;
const COLLECTION_ROW: u8 = 3;
/// Where an entry's row has the hash of its partition, and where the partition.
const HASH_AT: usize = 5;
const PARTITION_AT: usize = 7;

#[cfg(test)]
#[path = "index_rows_tests.rs"]
mod tests;
