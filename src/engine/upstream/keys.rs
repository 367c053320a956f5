//! Canonical bytes of keys as the attributes that requests name.
//!
//! Must hold: bytes that are no key of the table or index have no attributes; they may be of an
//! incarnation that was another.
//! Not here: canonical bytes (`model/`).

use crate::api::Key;
use crate::engine::{Position, SortRange, SortTest};
use crate::expr::{KeyClause, KeyConditions, KeyTest};
use crate::model::{AttributeValue, IndexKey, IndexSchema, KeyAttribute, TableSchema};

/// The key attributes of a table's own items or of an index: those of the partition and of the sort
/// key.
pub(super) fn keys_of<'a>(
    schema: &'a TableSchema,
    index: Option<&'a IndexSchema>,
) -> (&'a [KeyAttribute], &'a [KeyAttribute]) {
    match index {
        None => (std::slice::from_ref(&schema.hash), schema.range.as_slice()),
        Some(index) => (&index.hash, &index.range),
    }
}

/// The conditions that mean this part of a partition.
pub(super) fn conditions(
    (hash, range): (&[KeyAttribute], &[KeyAttribute]),
    partition: &[u8],
    sort: &SortRange,
) -> Option<KeyConditions> {
    let parts = IndexKey::parts_of(partition, hash.len())?;
    let equal = sort.equal.iter().map(Vec::as_slice);
    let given = hash.iter().zip(parts).chain(range.iter().zip(equal));
    let clauses = given.map(|(key, bytes)| Some(clause(key, KeyTest::Equal(key.value_of(bytes)?))));
    let mut clauses = clauses.collect::<Option<Vec<_>>>()?;
    match range.get(sort.equal.len()) {
        Some(key) if sort.next != SortTest::Any => {
            clauses.push(clause(key, test(key, &sort.next)?));
        }
        // What is equal in all attributes has no other test.
        Some(_) | None => {}
    }
    Some(KeyConditions { clauses })
}

/// The key to go on behind a position: the table's, and what only the index has.
pub(super) fn start(
    schema: &TableSchema,
    index: Option<&IndexSchema>,
    position: &Position,
) -> Option<Key> {
    let mut key = schema.attributes_of(position.item.bytes())?;
    let (Some(index), Some(entry)) = (index, &position.entry) else { return Some(key) };
    let parts = IndexKey::parts_of(&entry.partition, index.hash.len())?;
    let sorts = entry.sorts.iter().map(Vec::as_slice);
    for (attribute, bytes) in index.hash.iter().zip(parts).chain(index.range.iter().zip(sorts)) {
        if key.iter().all(|(name, _)| *name != attribute.name) {
            key.push((attribute.name.clone(), attribute.value_of(bytes)?));
        }
    }
    Some(key)
}

fn clause(key: &KeyAttribute, test: KeyTest) -> KeyClause {
    KeyClause { attribute: key.name.clone(), test }
}

/// The test of an attribute; `None` if there is none, or its bytes are no value of the attribute.
fn test(key: &KeyAttribute, test: &SortTest) -> Option<KeyTest> {
    let value = |bytes: &[u8]| -> Option<AttributeValue> { key.value_of(bytes) };
    match test {
        SortTest::Any => None,
        SortTest::Less(bound) => Some(KeyTest::Less(value(bound)?)),
        SortTest::LessOrEqual(bound) => Some(KeyTest::LessOrEqual(value(bound)?)),
        SortTest::Greater(bound) => Some(KeyTest::Greater(value(bound)?)),
        SortTest::GreaterOrEqual(bound) => Some(KeyTest::GreaterOrEqual(value(bound)?)),
        SortTest::Between(low, high) => Some(KeyTest::Between(value(low)?, value(high)?)),
        SortTest::BeginsWith(start) => Some(KeyTest::BeginsWith(value(start)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        IndexId, IndexProjection, IndexScope, Item, KeyBuffer, KeyType, Number, TableId,
    };

    fn key(name: &str, kind: KeyType) -> KeyAttribute {
        KeyAttribute { name: name.into(), kind }
    }

    /// Keyed by (pk, s), with a global index by (g, pk; s, t).
    fn schema() -> TableSchema {
        TableSchema {
            table: TableId::new(7),
            hash: key("pk", KeyType::S),
            range: Some(key("s", KeyType::N)),
            indexes: vec![IndexSchema {
                id: IndexId::new(1),
                name: "glo".into(),
                scope: IndexScope::Global,
                hash: vec![key("g", KeyType::S), key("pk", KeyType::S)],
                range: vec![key("s", KeyType::N), key("t", KeyType::S)],
                projection: IndexProjection::All,
            }],
        }
    }

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.into())
    }

    fn any() -> SortRange {
        SortRange { equal: Vec::new(), next: SortTest::Any }
    }

    #[test]
    fn a_start_key_has_the_tables_key_and_what_only_the_index_has() {
        let schema = schema();
        let one = AttributeValue::N(Number::parse("1").expect("a number"));
        let item = Item::from([
            ("g", text("g")),
            ("pk", text("p")),
            ("s", one.clone()),
            ("t", text("t")),
            ("v", text("v")),
        ]);
        let index = schema.index("glo");
        let entry = index.and_then(|index| index.key_of(item.encode().view()));
        let item = schema.item_key(&item, &mut KeyBuffer::default()).expect("a key").to_key();
        let position = Position { item, entry };

        let named = |name: &str, value: AttributeValue| (name.to_owned(), value);
        let own = vec![named("pk", text("p")), named("s", one)];
        assert_eq!(start(&schema, None, &position), Some(own.clone()));
        let all = [own, vec![named("g", text("g")), named("t", text("t"))]].concat();
        assert_eq!(start(&schema, index, &position), Some(all));
    }

    #[test]
    fn bytes_that_are_no_values_of_the_keys_have_no_conditions() {
        let schema = schema();
        let of_table = keys_of(&schema, None);
        let of_index = keys_of(&schema, schema.index("glo"));
        let less = |bytes: &[u8]| SortRange { next: SortTest::Less(bytes.to_vec()), ..any() };

        assert!(conditions(of_table, b"p", &any()).is_some());
        assert_eq!(conditions(of_table, b"\xFF", &any()), None, "no text");
        assert_eq!(conditions(of_table, b"p", &less(b"")), None, "no number");
        assert!(conditions(of_index, b"\0\x01g\0\x01p", &any()).is_some());
        assert_eq!(conditions(of_index, b"\0\x01g", &any()), None, "one of two");
        assert_eq!(conditions(of_index, b"\0\x01g\0\x09p", &any()), None, "shorter than it says");
    }

    #[test]
    fn tests_follow_what_is_equal() {
        let schema = schema();
        let one = Number::parse("1").expect("a number").as_bytes().to_vec();
        let sort = SortRange { equal: vec![one], next: SortTest::BeginsWith(b"x".to_vec()) };

        let found = conditions(keys_of(&schema, schema.index("glo")), b"\0\x01g\0\x01p", &sort);

        let text = found.expect("they fit").print().text;
        assert_eq!(text, "#0 = :0 AND #1 = :1 AND #2 = :2 AND begins_with(#3, :3)");
    }
}
