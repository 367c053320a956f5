//! The canonical bytes of what a page is read from: equal requests, however they were written, are
//! one key.
//!
//! Must hold: two reads that can find different pages have different keys. Every field is written,
//! and whatever is of no fixed length says how long it is.
//! Not here: expressions (`expr/canonical.rs`); what of a request never changes a page, such as how
//! its capacity is reported; how fresh it must be, since no consistent page is kept.

use crate::api::Order;
use crate::cache::PageKey;
use crate::engine::{ItemSource, PageAnswer, PageRead, Position, Scope, SortRange, SortTest};
use crate::model::{IndexId, IndexKey};

/// The key of a read; none if that is too long to be kept: a few KiB of filter can name one large
/// value many times, and a key is held in the map and by every load.
pub(super) fn key_of(read: &PageRead) -> Option<PageKey> {
    let PageRead {
        table,
        index,
        scope,
        order,
        after,
        limit,
        source,
        filter,
        projection,
        answer,
        consistency: _,
    } = read;
    let mut out = Vec::with_capacity(KEY_BYTES);
    out.extend_from_slice(&index.get().to_be_bytes());
    out.push(match order {
        Order::Ascending => 0,
        Order::Descending => 1,
    });
    out.push(match source {
        ItemSource::Rows => 0,
        ItemSource::Table => 1,
    });
    out.push(match answer {
        PageAnswer::Items => 0,
        PageAnswer::Count => 1,
    });
    put_scope(&mut out, scope);
    put_optional(&mut out, after.as_ref(), put_position);
    put_optional(&mut out, limit.as_ref(), |out, limit| {
        out.extend_from_slice(&limit.to_be_bytes());
    });
    put_optional(&mut out, filter.as_ref(), |out, filter| filter.put_canonical(out));
    put_optional(&mut out, projection.as_ref(), |out, projection| projection.put_canonical(out));
    (out.len() <= KEY_BYTES_MAX).then(|| PageKey::new(*table, out))
}

/// Whether the page of a key can have rows of this partition of one of these indexes.
pub(super) fn can_hold(key: &PageKey, indexes: &[IndexId], partition: &[u8]) -> bool {
    let bytes = key.bytes();
    let is_index = |index: &IndexId| bytes.starts_with(&index.get().to_be_bytes());
    // Behind the index: order, source, answer, scope.
    let whole_scope = bytes.get(SCOPE_AT).is_some_and(|scope| *scope != PARTITION);
    let mut own = vec![PARTITION];
    put_bytes(&mut own, partition);
    let rest = bytes.get(SCOPE_AT..).unwrap_or_default();
    indexes.iter().any(is_index) && (whole_scope || rest.starts_with(&own))
}

/// Whether the page of a key is one of these indexes.
pub(super) fn is_of(key: &PageKey, indexes: &[IndexId]) -> bool {
    indexes.iter().any(|index| key.bytes().starts_with(&index.get().to_be_bytes()))
}

fn put_scope(out: &mut Vec<u8>, scope: &Scope) {
    match scope {
        Scope::Partition { partition, sort } => {
            out.push(PARTITION);
            put_bytes(out, partition);
            put_sort_range(out, sort);
        }
        Scope::Everything => out.push(1),
        Scope::Segment(segment) => {
            out.push(2);
            out.extend_from_slice(&segment.number.to_be_bytes());
            out.extend_from_slice(&segment.total.to_be_bytes());
        }
    }
}

fn put_sort_range(out: &mut Vec<u8>, range: &SortRange) {
    put_all(out, &range.equal);
    let (tag, bounds): (u8, [Option<&Vec<u8>>; 2]) = match &range.next {
        SortTest::Any => (0, [None, None]),
        SortTest::Less(bound) => (1, [Some(bound), None]),
        SortTest::LessOrEqual(bound) => (2, [Some(bound), None]),
        SortTest::Greater(bound) => (3, [Some(bound), None]),
        SortTest::GreaterOrEqual(bound) => (4, [Some(bound), None]),
        SortTest::Between(low, high) => (5, [Some(low), Some(high)]),
        SortTest::BeginsWith(start) => (6, [Some(start), None]),
    };
    out.push(tag);
    for bound in bounds.into_iter().flatten() {
        put_bytes(out, bound);
    }
}

fn put_position(out: &mut Vec<u8>, position: &Position) {
    put_bytes(out, position.item.bytes());
    put_optional(out, position.entry.as_ref(), |out, entry| {
        let IndexKey { partition, sorts } = entry;
        put_bytes(out, partition);
        put_all(out, sorts);
    });
}

fn put_all(out: &mut Vec<u8>, all: &[Vec<u8>]) {
    put_length(out, all.len());
    for bytes in all {
        put_bytes(out, bytes);
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("keys have at most a few KiB");
    out.extend_from_slice(&length.to_be_bytes());
}

fn put_optional<T>(out: &mut Vec<u8>, value: Option<&T>, put: impl FnOnce(&mut Vec<u8>, &T)) {
    match value {
        None => out.push(0),
        Some(value) => {
            out.push(1);
            put(out, value);
        }
    }
}

/// Where the scope begins, and how one of a single partition does.
const SCOPE_AT: usize = 7;
const PARTITION: u8 = 0;
/// What most keys fit into.
const KEY_BYTES: usize = 128;
const KEY_BYTES_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::api::Consistency;
    use crate::expr::{Condition, Operand};
    use crate::model::{AttributeValue, Segment, TableId};

    fn read() -> PageRead {
        PageRead {
            table: TableId::new(1),
            index: IndexId::TABLE,
            scope: Scope::Everything,
            order: Order::Ascending,
            after: None,
            limit: None,
            source: ItemSource::Rows,
            filter: None,
            projection: None,
            answer: PageAnswer::Items,
            consistency: Consistency::Eventual,
        }
    }

    fn key_of(read: &PageRead) -> PageKey {
        super::key_of(read).expect("it is short")
    }

    fn partition(partition: &[u8], equal: &[&[u8]], next: SortTest) -> PageRead {
        let equal = equal.iter().map(|sort| sort.to_vec()).collect();
        let sort = SortRange { equal, next };
        PageRead { scope: Scope::Partition { partition: partition.to_vec(), sort }, ..read() }
    }

    #[test]
    fn reads_that_differ_in_anything_have_keys_of_their_own() {
        let segment = |number, total| Segment { number, total };
        let bytes = |bytes: &[u8]| bytes.to_vec();
        let reads = [
            read(),
            PageRead { table: TableId::new(2), ..read() },
            PageRead { index: IndexId::new(1), ..read() },
            PageRead { order: Order::Descending, ..read() },
            PageRead { limit: Some(1), ..read() },
            PageRead { limit: Some(2), ..read() },
            PageRead { source: ItemSource::Table, ..read() },
            PageRead { answer: PageAnswer::Count, ..read() },
            PageRead { scope: Scope::Segment(segment(0, 2)), ..read() },
            PageRead { scope: Scope::Segment(segment(1, 2)), ..read() },
            partition(b"ab", &[], SortTest::Any),
            partition(b"a", &[b"b"], SortTest::Any),
            partition(b"a", &[], SortTest::Less(bytes(b"b"))),
            partition(b"a", &[], SortTest::LessOrEqual(bytes(b"b"))),
            partition(b"a", &[], SortTest::Greater(bytes(b"b"))),
            partition(b"a", &[], SortTest::GreaterOrEqual(bytes(b"b"))),
            partition(b"a", &[], SortTest::BeginsWith(bytes(b"b"))),
            partition(b"a", &[], SortTest::Between(bytes(b"b"), bytes(b"cd"))),
            partition(b"a", &[], SortTest::Between(bytes(b"bc"), bytes(b"d"))),
        ];
        for (place, one) in reads.iter().enumerate() {
            for (other_place, other) in reads.iter().enumerate() {
                assert_eq!(key_of(one) == key_of(other), place == other_place, "{one:?} {other:?}");
            }
        }
    }

    /// A filter of 400 KiB of values was kept four times over for each page and load. Now a read of
    /// so long a key goes past the cache.
    #[test]
    fn a_read_whose_key_is_long_has_none() {
        let value = |bytes: usize| Operand::Value(AttributeValue::S("x".repeat(bytes)));
        let filter = |bytes| Condition::Contains(value(1), value(bytes));
        let read = |bytes| PageRead { filter: Some(Arc::new(filter(bytes))), ..read() };

        assert!(super::key_of(&read(KEY_BYTES_MAX - 100)).is_some());
        assert!(super::key_of(&read(KEY_BYTES_MAX)).is_none());
    }

    #[test]
    fn a_page_can_hold_rows_of_its_own_partition_and_a_scan_those_of_any() {
        let of_a = key_of(&partition(b"a", &[b"x"], SortTest::Any));
        let of_ab = key_of(&partition(b"ab", &[], SortTest::Any));
        let scan = key_of(&read());
        let segment = Segment { number: 1, total: 2 };
        let part = key_of(&PageRead { scope: Scope::Segment(segment), ..read() });
        let indexed = key_of(&PageRead { index: IndexId::new(3), ..read() });

        let holds = |key| can_hold(key, &[IndexId::TABLE], b"a");

        assert!(holds(&of_a) && holds(&scan) && holds(&part));
        assert!(!holds(&of_ab) && !holds(&indexed));
        assert!(can_hold(&indexed, &[IndexId::TABLE, IndexId::new(3)], b"a"));
    }
}
