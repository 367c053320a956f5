//! The order of rows, and that ranges hold what their tests say.

use std::ops::RangeBounds as _;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::model::{KeyAttribute, KeyBuffer, KeyType, KeyValue, TableId, TableSchema};

fn item_key(partition: &[u8], sort: &[u8]) -> ItemKey {
    let key = |name: &str| KeyAttribute { name: name.into(), kind: KeyType::B };
    let (table, indexes) = (TableId::new(1), Vec::new());
    let schema = TableSchema { table, hash: key("pk"), range: Some(key("sk")), indexes };
    let (hash, range) = (KeyValue::B(partition), Some(KeyValue::B(sort)));
    schema.key_of_values(hash, range, &mut KeyBuffer::default()).expect("a key").to_key()
}

fn index_key(partition: &[u8], sorts: &[Vec<u8>]) -> IndexKey {
    IndexKey { partition: partition.to_vec(), sorts: sorts.to_vec() }
}

fn contains(range: &KeyRange, row: &Bytes) -> bool {
    let bounds: (Bound<&Bytes>, Bound<&Bytes>) = (range.from.as_ref(), range.to.as_ref());
    !range.is_empty() && bounds.contains(&row)
}

/// Whether the test holds of raw bytes: what a range of rows is measured by.
fn holds(test: &SortTest, sort: &[u8]) -> bool {
    match test {
        SortTest::Any => true,
        SortTest::Less(than) => sort < &than[..],
        SortTest::LessOrEqual(than) => sort <= &than[..],
        SortTest::Greater(than) => sort > &than[..],
        SortTest::GreaterOrEqual(than) => sort >= &than[..],
        SortTest::Between(from, to) => sort >= &from[..] && sort <= &to[..],
        SortTest::BeginsWith(start) => sort.starts_with(start),
    }
}

/// Few bytes, among them those that escaping is about, so that values often meet.
fn bytes(least: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![Just(0), Just(1), Just(0xFE), Just(0xFF)], least..4)
}

fn sort_test() -> impl Strategy<Value = SortTest> {
    prop_oneof![
        Just(SortTest::Any),
        bytes(0).prop_map(SortTest::Less),
        bytes(0).prop_map(SortTest::LessOrEqual),
        bytes(0).prop_map(SortTest::Greater),
        bytes(0).prop_map(SortTest::GreaterOrEqual),
        (bytes(0), bytes(0)).prop_map(|(from, to)| SortTest::Between(from, to)),
        bytes(0).prop_map(SortTest::BeginsWith),
    ]
}

#[test]
fn rows_have_the_bytes_that_the_format_says() {
    let item = item_key(b"a", b"k");
    let entry = index_key(b"a", &[vec![7, 0, 9], vec![]]);

    // XXH3-64 of "a" is E6C632B61E964E1F.
    let row = entry_row(IndexId::new(0x0102), &entry, &item);
    let before_sorts = [2, 0, 0, 1, 2, 0xE6, 0xC6, 0, 1, b'a'];
    let sorts_and_item = [7, 0, 0xFF, 9, 0, 0, 0, 0, 0, 1, b'a', b'k'];
    assert_eq!(row, [&before_sorts[..], &sorts_and_item].concat());
    assert_eq!(collection_row(b"a"), &[3, 0xE6, 0xC6, 0, 1, b'a'][..]);
    let value = entry_value(3, &ItemBytes::of_views(std::iter::empty()));
    assert_eq!(value, &[0, 0, 0, 0, 0, 0, 0, 3, 1, 0][..]);
}

#[test]
fn segments_part_all_hashes() {
    let row = |hash: u16| Bytes::from([&[ITEM_ROW][..], &hash.to_be_bytes(), b"\0\x01p"].concat());
    for total in [1, 2, 3, 7, 4096, 65_535, 65_536, 65_537, 1_000_000] {
        for hash in (0..=u16::MAX).step_by(257).chain([1, u16::MAX - 1]) {
            let expected = u64::from(hash) * u64::from(total) / 65_536;
            for number in expected.saturating_sub(2)..=(expected + 2).min(u64::from(total) - 1) {
                let number = u32::try_from(number).expect("below the total");
                let scope = Scope::Segment(Segment { number, total });
                let held = contains(&scope_range(IndexId::TABLE, &scope), &row(hash));
                assert_eq!(held, u64::from(number) == expected, "{hash} in {number} of {total}");
            }
        }
        let (number, scope) = (total - 1, Scope::Everything);
        assert!(contains(&scope_range(IndexId::TABLE, &scope), &row(u16::MAX)));
        let last = scope_range(IndexId::new(9), &Scope::Segment(Segment { number, total }));
        assert_eq!(last.to, scope_range(IndexId::new(9), &scope).to);
    }
}

#[test]
fn a_local_entry_without_a_whole_key_names_no_item() {
    let row = entry_row(IndexId::new(1), &index_key(b"p", &[vec![5]]), &item_key(b"p", b"s"));

    for cut in 0..row.len() - 5 {
        assert_eq!(item_row_of_local_entry(&row.slice(..cut)), None, "{cut}");
    }
}

proptest! {
    #[test]
    fn entries_are_in_the_order_of_their_keys(
        partitions in (bytes(1), bytes(1)),
        sorts in (vec(bytes(0), 2), vec(bytes(0), 2)),
        items in ((bytes(1), bytes(1)), (bytes(1), bytes(1))),
    ) {
        let row = |partition: &[u8], sorts: &[Vec<u8>], item: &(Vec<u8>, Vec<u8>)| {
            let item = item_key(&item.0, &item.1);
            let entry = index_key(partition, sorts);
            let order = (hash16(partition), partition.len(), partition.to_vec());
            (order, entry.sorts.clone(), item.bytes().to_vec(), entry_row(IndexId::new(4), &entry, &item))
        };
        let one = row(&partitions.0, &sorts.0, &items.0);
        let other = row(&partitions.1, &sorts.1, &items.1);

        let order = (&one.0, &one.1, &one.2).cmp(&(&other.0, &other.1, &other.2));
        prop_assert_eq!(one.3.cmp(&other.3), order);
    }

    #[test]
    fn a_range_of_items_holds_the_keys_that_pass_its_test(
        test in sort_test(), partition in bytes(1), keys in vec((bytes(1), bytes(1)), 1..40),
    ) {
        let sort = SortRange { equal: Vec::new(), next: test.clone() };
        let scope = Scope::Partition { partition: partition.clone(), sort };
        let range = scope_range(IndexId::TABLE, &scope);

        for (other, sort) in &keys {
            let row = |partition| rows::item_row(&item_key(partition, sort));
            prop_assert_eq!(contains(&range, &row(&partition)), holds(&test, sort));
            prop_assert!(*other == partition || !contains(&range, &row(other)));
            let equal = SortRange { equal: vec![keys[0].1.clone()], next: SortTest::Any };
            let scope = Scope::Partition { partition: partition.clone(), sort: equal };
            let range = scope_range(IndexId::TABLE, &scope);
            prop_assert_eq!(contains(&range, &row(&partition)), *sort == keys[0].1);
        }
    }

    #[test]
    fn a_range_of_entries_holds_the_keys_that_pass_its_tests(
        test in sort_test(),
        given in 0_usize..3,
        partition in bytes(1),
        keys in vec((bytes(1), vec(bytes(0), 3), bytes(1)), 1..40),
    ) {
        let equal = keys[0].1[..given].to_vec();
        let sort = SortRange { equal: equal.clone(), next: test.clone() };
        let scope = Scope::Partition { partition: partition.clone(), sort };
        let range = scope_range(IndexId::new(3), &scope);

        for (other, sorts, item) in &keys {
            let row = |id, partition: &[u8]| {
                entry_row(IndexId::new(id), &index_key(partition, sorts), &item_key(item, item))
            };
            let expected = sorts.starts_with(&equal) && holds(&test, &sorts[given]);
            prop_assert_eq!(contains(&range, &row(3, &partition)), expected);
            prop_assert!(*other == partition || !contains(&range, &row(3, other)));
            prop_assert!(!contains(&range, &row(2, &partition)));
        }
    }

    #[test]
    fn a_segment_holds_a_partition_where_its_rows_are(
        partition in bytes(1), number in 0_u32..50, more in 1_u32..50,
    ) {
        let segment = Segment { number, total: number + more };
        let range = scope_range(IndexId::new(3), &Scope::Segment(segment));

        let row = entry_row(IndexId::new(3), &index_key(&partition, &[]), &item_key(b"a", b"b"));
        prop_assert_eq!(segment.holds(&partition), contains(&range, &row));
    }

    #[test]
    fn a_local_entry_names_its_items_row(partition in bytes(1), sort in bytes(0), key in bytes(1)) {
        let item = item_key(&partition, &key);
        let row = entry_row(IndexId::new(3), &index_key(&partition, &[sort]), &item);

        prop_assert_eq!(item_row_of_local_entry(&row), Some(rows::item_row(&item)));
    }

    #[test]
    fn behind_a_row_is_what_follows_it_in_the_range(
        from in bytes(0), to in bytes(0), at in bytes(0), row in bytes(0), ascending in any::<bool>(),
    ) {
        let range = KeyRange { from: Bound::Included(from.into()), to: Bound::Excluded(to.into()) };
        let direction = if ascending { Direction::Forward } else { Direction::Backward };
        let (at, row) = (Bytes::from(at), Bytes::from(row));

        let follows = if ascending { row > at } else { row < at };
        let expected = contains(&range, &row) && follows;
        prop_assert_eq!(contains(&behind(&range, &at, direction), &row), expected);
    }
}
