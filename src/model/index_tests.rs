//! Index keys, entries and the checks of both.

use proptest::prelude::*;

use super::super::{AttributeValue, Item, ItemImage, Number, TableId};
use super::*;

fn key(name: &str, kind: KeyType) -> KeyAttribute {
    KeyAttribute { name: name.into(), kind }
}

fn index(id: u32, name: &str, hash: &[KeyAttribute], range: &[KeyAttribute]) -> IndexSchema {
    IndexSchema {
        id: IndexId::new(id),
        name: name.into(),
        scope: IndexScope::Global,
        hash: hash.to_vec(),
        range: range.to_vec(),
        projection: IndexProjection::KeysOnly,
    }
}

fn table(indexes: Vec<IndexSchema>) -> TableSchema {
    TableSchema { table: TableId::new(1), hash: key("pk", KeyType::S), range: None, indexes }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(text: &str) -> AttributeValue {
    AttributeValue::N(Number::parse(text).expect("a number"))
}

fn names(item: &ItemBytes) -> Vec<&str> {
    item.view().attributes().map(|(name, _)| name).collect()
}

/// What the check says of an item with one attribute, all of it changed.
fn checked(schema: &TableSchema, name: &str, value: AttributeValue) -> Result<(), IndexKeyError> {
    schema.check_index_keys(Item::from([(name, value)]).encode().view(), |_| true)
}

#[test]
fn one_partition_attribute_is_its_bytes_and_several_are_each_behind_their_length() {
    let one = index(1, "i", &[key("g", KeyType::S)], &[key("r", KeyType::N)]);
    let two = index(2, "j", &[key("g", KeyType::S), key("b", KeyType::B)], &[]);
    let blob = AttributeValue::B(vec![0, 9].into());
    let item = Item::from([("g", text("abc")), ("b", blob), ("r", number("0"))]).encode();

    let (one, two) = (one.key_of(item.view()), two.key_of(item.view()));

    assert_eq!(one, Some(IndexKey { partition: b"abc".to_vec(), sorts: vec![vec![0x80]] }));
    let partition = b"\0\x03abc\0\x02\0\x09".to_vec();
    assert_eq!(two, Some(IndexKey { partition, sorts: vec![] }));
}

#[test]
fn an_item_without_a_usable_key_attribute_is_not_in_the_index() {
    let index = index(1, "i", &[key("g", KeyType::S)], &[key("r", KeyType::S)]);
    let key_of = |attributes: [(&str, AttributeValue); 2]| {
        index.key_of(Item::from(attributes).encode().view())
    };

    assert!(key_of([("g", text("a")), ("r", text("b"))]).is_some());
    assert_eq!(key_of([("g", text("a")), ("x", text("b"))]), None);
    assert_eq!(key_of([("g", text("a")), ("r", number("1"))]), None);
    assert_eq!(key_of([("g", text("a")), ("r", AttributeValue::Null)]), None);
    assert_eq!(key_of([("g", text("")), ("r", text("b"))]), None);
    assert_eq!(key_of([("g", text("a")), ("r", text(&"b".repeat(1025)))]), None);
    assert_eq!(key_of([("g", text(&"a".repeat(2049))), ("r", text("b"))]), None);
}

#[test]
fn an_entry_holds_the_keys_of_both_and_what_is_included() {
    let mut index = index(1, "i", &[key("g", KeyType::S)], &[key("r", KeyType::S)]);
    let table = table(Vec::new());
    let item =
        Item::from([("x", text("1")), ("r", text("2")), ("pk", text("3")), ("g", text("4"))]);
    let item = item.encode();
    let mut entry = |projection| {
        index.projection = projection;
        let entry = index.entry(&table, &item.item());
        for (name, value) in entry.view().attributes() {
            assert!(index.projects(&table, name));
            let before = item.view().attribute(name).expect("it is the item's");
            assert_eq!(value.to_value(), before.to_value());
        }
        entry
    };

    assert_eq!(names(&entry(IndexProjection::KeysOnly)), ["r", "pk", "g"]);
    let include = ["x".to_owned(), "absent".to_owned()].to_vec();
    assert_eq!(names(&entry(IndexProjection::Include(include))), ["x", "r", "pk", "g"]);
    assert_eq!(entry(IndexProjection::All).stored(), item.stored());
    // A 390 KB item in 20 such indexes had 20 copies in the queue; it is shared.
    let every = IndexProjection::Include(["x", "y", "z"].map(str::to_owned).to_vec());
    for whole in [IndexProjection::All, every] {
        assert_eq!(entry(whole).stored().as_ptr(), item.stored().as_ptr());
    }
}

#[test]
fn a_fault_names_the_alphabetically_first_index_that_the_attribute_keys() {
    let g = key("g", KeyType::S);
    let schema = table(vec![
        index(1, "zeta", std::slice::from_ref(&g), &[]),
        index(2, "alpha", &[key("other", KeyType::S)], std::slice::from_ref(&g)),
    ]);
    let mismatch = |actual| {
        let (index, name) = ("alpha".to_owned(), "g".to_owned());
        Err(IndexKeyError::Mismatch { index, name, expected: "S", actual })
    };

    assert_eq!(checked(&schema, "g", text("a")), Ok(()));
    assert_eq!(checked(&schema, "g", number("1")), mismatch("N"));
    assert_eq!(checked(&schema, "g", AttributeValue::Null), mismatch("NULL"));
    assert_eq!(checked(&schema, "g", AttributeValue::L(vec![])), mismatch("L"));
    let (index, name) = ("alpha".to_owned(), "g".to_owned());
    let empty = Err(IndexKeyError::Empty { index, name, what: "string" });
    assert_eq!(checked(&schema, "g", text("")), empty);
}

#[test]
fn key_sizes_are_held_on_both_sides() {
    let (g, r) = (key("g", KeyType::S), key("r", KeyType::B));
    let schema = table(vec![index(1, "i", &[g], &[r])]);
    let blob = |length: usize| AttributeValue::B(vec![7; length].into());

    assert_eq!(checked(&schema, "g", text(&"a".repeat(2048))), Ok(()));
    let partition_too_long = Err(IndexKeyError::PartitionTooLong);
    assert_eq!(checked(&schema, "g", text(&"a".repeat(2049))), partition_too_long);
    assert_eq!(checked(&schema, "r", blob(1024)), Ok(()));
    assert_eq!(checked(&schema, "r", blob(1025)), Err(IndexKeyError::SortTooLong));
    let (index, name) = ("i".to_owned(), "r".to_owned());
    let empty = Err(IndexKeyError::Empty { index, name, what: "binary" });
    assert_eq!(checked(&schema, "r", blob(0)), empty);
}

#[test]
fn global_indexes_are_checked_before_local_ones_and_only_what_changed() {
    let mut local = index(1, "local", &[key("pk", KeyType::S)], &[key("a", KeyType::S)]);
    local.scope = IndexScope::Local;
    let second = index(2, "second", &[key("b", KeyType::S)], &[]);
    let third = index(3, "third", &[key("c", KeyType::S)], &[]);
    let schema = table(vec![local, second, third]);
    let item = Item::from([("a", number("1")), ("b", number("1")), ("c", number("1"))]).encode();
    let refused = |changed: &[&str]| {
        let checked = schema.check_index_keys(item.view(), |name| changed.contains(&name));
        checked.err().map(|error| match error {
            IndexKeyError::Mismatch { index, .. } => index,
            other => panic!("{other:?}"),
        })
    };

    assert_eq!(refused(&["a", "b", "c"]).as_deref(), Some("second"));
    assert_eq!(refused(&["a", "c"]).as_deref(), Some("third"));
    assert_eq!(refused(&["a"]).as_deref(), Some("local"));
    assert_eq!(refused(&[]), None);
}

fn scalar() -> impl Strategy<Value = Option<AttributeValue>> {
    let value = prop_oneof![
        "[a-c]{0,3}".prop_map(AttributeValue::S),
        (-9_i64..9).prop_map(|n| number(&n.to_string())),
        proptest::collection::vec(0_u8..3, 0..3).prop_map(|b| AttributeValue::B(b.into())),
        Just(AttributeValue::Null),
    ];
    proptest::option::of(value)
}

fn encoded(attributes: [(&str, Option<AttributeValue>); 4]) -> ItemImage {
    let given = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Item { attributes: given.collect() }.encode()
}

proptest! {
    /// An item that passes the check is in every index of whose keys it lacks none, and its entry
    /// has the key that the item has.
    #[test]
    fn an_entry_keys_as_its_item_does(
        g in scalar(), h in scalar(), r in scalar(), projection in 0..3,
    ) {
        let hash = [key("g", KeyType::S), key("h", KeyType::N)];
        let mut index = index(1, "i", &hash, &[key("r", KeyType::B)]);
        index.projection = match projection {
            0 => IndexProjection::All,
            1 => IndexProjection::KeysOnly,
            _ => IndexProjection::Include(vec!["x".into()]),
        };
        let schema = table(vec![index.clone()]);
        let complete = g.is_some() && h.is_some() && r.is_some();
        let item = encoded([("g", g), ("h", h), ("r", r), ("pk", Some(text("p")))]);

        let key = index.key_of(item.view());
        let sound = schema.check_index_keys(item.view(), |_| true).is_ok();

        prop_assert_eq!(key.is_some(), complete && index.keys().all(|key| {
            let only = |name: &str| name == key.name;
            schema.check_index_keys(item.view(), only).is_ok()
        }));
        prop_assert!(!sound || key.is_some() == complete);
        prop_assert_eq!(index.key_of(index.entry(&schema, &item.item()).view()), key);
    }
}

#[test]
fn a_partition_is_taken_apart_again() {
    let (one, two) = ([&b"\0a"[..]], [&b"ab"[..], b""]);

    assert_eq!(IndexKey::parts_of(&IndexKey::partition_of(&one), 1), Some(one.to_vec()));
    assert_eq!(IndexKey::parts_of(&IndexKey::partition_of(&two), 2), Some(two.to_vec()));
    for (partition, count) in [(&b"\0\x01ab"[..], 2), (b"\0\x01a\0\x01bc", 2), (b"\0", 2)] {
        assert_eq!(IndexKey::parts_of(partition, count), None, "{partition:?}");
    }
}
