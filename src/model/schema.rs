//! Which attributes key a table, and the only way to an [`ItemKey`].
//!
//! Must hold: a key that leaves this file has exactly the schema's attributes, of the schema's
//! types, not empty and within DynamoDB's sizes.
//! Not here: how a key is named in an error; each operation words it (`api/`).

use super::index::IndexSchema;
use super::item::Item;
use super::key::{ItemKey, ItemKeyRef, KeyBuffer, TableId, parts_of};
use super::number::{Number, NumberRef};
use super::size::{PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX};
use super::value::AttributeValue;
use super::view::ItemRef;

/// The three types that a key attribute can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyType {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

/// One attribute of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: KeyType,
}

/// The key schema of one incarnation of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TableSchema {
    /// The table.
    pub table: TableId,
    /// The partition key.
    pub hash: KeyAttribute,
    /// The sort key, if the table has one.
    pub range: Option<KeyAttribute>,
    /// The secondary indexes in the order of their numbers.
    pub indexes: Vec<IndexSchema>,
}

/// The value of a key attribute, borrowed from a request or an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyValue<'a> {
    /// Text.
    S(&'a str),
    /// A number.
    N(&'a Number),
    /// Bytes.
    B(&'a [u8]),
}

/// Why attributes make no key of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyError {
    /// A key attribute is not there.
    Missing {
        /// Its name.
        name: String,
    },
    /// A key attribute has another type than the schema says.
    Mismatch {
        /// Its name.
        name: String,
        /// The schema's type.
        expected: KeyType,
        /// The type that came.
        actual: &'static str,
    },
    /// There is an attribute that is no part of the key.
    Extra,
    /// A key attribute is empty.
    Empty {
        /// Its name.
        name: String,
        /// Its type, S or B.
        kind: KeyType,
    },
    /// The partition key is longer than 2048 bytes.
    PartitionTooLong,
    /// The sort key is longer than 1024 bytes.
    SortTooLong,
}

impl KeyAttribute {
    /// The canonical bytes of a value for this attribute: of its type and not empty.
    pub fn bytes_of<'a>(&self, value: &'a AttributeValue) -> Result<&'a [u8], KeyError> {
        checked(self, KeyValue::of(value).ok_or_else(|| mismatch(self, value.type_name()))?)
    }

    /// The value that these canonical bytes are; `None` if they are none of the attribute's type.
    pub fn value_of(&self, bytes: &[u8]) -> Option<AttributeValue> {
        Some(match self.kind {
            KeyType::S => AttributeValue::S(str::from_utf8(bytes).ok()?.to_owned()),
            KeyType::N => AttributeValue::N(NumberRef::from_bytes(bytes)?.to_number()),
            KeyType::B => AttributeValue::B(bytes.to_vec().into()),
        })
    }
}

impl KeyType {
    /// The type's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
        }
    }
}

impl<'a> KeyValue<'a> {
    /// The value as a key value, if it has one of the three types.
    pub fn of(value: &'a AttributeValue) -> Option<Self> {
        match value {
            AttributeValue::S(text) => Some(Self::S(text)),
            AttributeValue::N(number) => Some(Self::N(number)),
            AttributeValue::B(bytes) => Some(Self::B(bytes)),
            AttributeValue::Bool(_)
            | AttributeValue::Null
            | AttributeValue::L(_)
            | AttributeValue::M(_)
            | AttributeValue::Ss(_)
            | AttributeValue::Ns(_)
            | AttributeValue::Bs(_) => None,
        }
    }

    fn kind(self) -> KeyType {
        match self {
            Self::S(_) => KeyType::S,
            Self::N(_) => KeyType::N,
            Self::B(_) => KeyType::B,
        }
    }

    fn bytes(self) -> &'a [u8] {
        match self {
            Self::S(text) => text.as_bytes(),
            Self::N(number) => number.as_bytes(),
            Self::B(bytes) => bytes,
        }
    }
}

impl TableSchema {
    /// Whether an attribute of that name is one of the key's.
    pub fn is_key(&self, name: &str) -> bool {
        self.hash.name == name || self.range.as_ref().is_some_and(|range| range.name == name)
    }

    /// The key of these attributes, which must be the key's and no others.
    pub fn key<'b>(
        &self,
        attributes: &[(String, AttributeValue)],
        buffer: &'b mut KeyBuffer,
    ) -> Result<ItemKeyRef<'b>, KeyError> {
        let wanted = 1 + usize::from(self.range.is_some());
        if attributes.len() != wanted {
            return Err(KeyError::Extra);
        }
        self.key_among(attributes, buffer)
    }

    /// The key of an item's attributes, which may have others besides.
    pub fn item_key<'b>(
        &self,
        item: &Item,
        buffer: &'b mut KeyBuffer,
    ) -> Result<ItemKeyRef<'b>, KeyError> {
        self.key_among(&item.attributes, buffer)
    }

    /// The key of a stored item; none if it is not one of this table's.
    pub fn key_of_stored<'b>(
        &self,
        item: ItemRef<'_>,
        buffer: &'b mut KeyBuffer,
    ) -> Option<ItemKeyRef<'b>> {
        let stored = |attribute: &KeyAttribute| {
            item.attribute(&attribute.name).map(|value| (attribute.name.clone(), value.to_value()))
        };
        let attributes: Option<Vec<_>> = self.keys().map(stored).collect();
        self.key_among(&attributes?, buffer).ok()
    }

    /// The key of borrowed values, the partition key's first; none for a hash-only table's second.
    pub fn key_of_values<'b>(
        &self,
        hash: KeyValue<'_>,
        range: Option<KeyValue<'_>>,
        buffer: &'b mut KeyBuffer,
    ) -> Result<ItemKeyRef<'b>, KeyError> {
        let partition = checked(&self.hash, hash)?;
        let sort = match (&self.range, range) {
            (None, None) => &[][..],
            (Some(attribute), Some(value)) => checked(attribute, value)?,
            (Some(attribute), None) => {
                return Err(KeyError::Missing { name: attribute.name.clone() });
            }
            (None, Some(_)) => return Err(KeyError::Extra),
        };
        if partition.len() > PARTITION_KEY_BYTES_MAX {
            return Err(KeyError::PartitionTooLong);
        }
        if sort.len() > SORT_KEY_BYTES_MAX {
            return Err(KeyError::SortTooLong);
        }
        Ok(ItemKeyRef::new(self.table, buffer.fill(partition, sort)))
    }

    /// The key of named values, which must be the key's and no others, in any order.
    pub fn key_of_pairs<'b>(
        &self,
        pairs: &[(&str, KeyValue<'_>)],
        buffer: &'b mut KeyBuffer,
    ) -> Result<ItemKeyRef<'b>, KeyError> {
        let find = |attribute: &KeyAttribute| {
            let found = pairs.iter().find(|(name, _)| *name == attribute.name);
            found.map(|(_, value)| *value)
        };
        let Some(hash) = find(&self.hash) else {
            return Err(KeyError::Missing { name: self.hash.name.clone() });
        };
        let range = self.range.as_ref().and_then(find);
        if pairs.len() != 1 + usize::from(range.is_some()) {
            return Err(KeyError::Extra);
        }
        self.key_of_values(hash, range, buffer)
    }

    /// The attributes of a key of this table, the partition key first.
    ///
    /// `None` if the bytes are no key of this table: they may come from outside.
    pub fn attributes_of(&self, key_bytes: &[u8]) -> Option<Vec<(String, AttributeValue)>> {
        let (partition, sort) = parts_of(key_bytes)?;
        let hash = [(&self.hash, partition)];
        let range = self.range.as_ref().map(|range| (range, sort));
        let attribute = |(attribute, bytes): (&KeyAttribute, &[u8])| {
            Some((attribute.name.clone(), attribute.value_of(bytes)?))
        };
        let attributes: Vec<_> =
            hash.into_iter().chain(range).map(attribute).collect::<Option<_>>()?;
        // Sizes, empty values and a sort key without an attribute are refused in one place only.
        let mut buffer = KeyBuffer::default();
        let key = self.key(&attributes, &mut buffer).ok()?;
        (key.bytes() == key_bytes).then_some(attributes)
    }

    /// The key that these bytes are; `None` if they are no key of this table.
    pub fn key_of_bytes(&self, key_bytes: &[u8]) -> Option<ItemKey> {
        let mut buffer = KeyBuffer::default();
        let attributes = self.attributes_of(key_bytes)?;
        Some(self.key(&attributes, &mut buffer).ok()?.to_key())
    }

    fn key_among<'b>(
        &self,
        attributes: &[(String, AttributeValue)],
        buffer: &'b mut KeyBuffer,
    ) -> Result<ItemKeyRef<'b>, KeyError> {
        let hash = value_of(&self.hash, attributes)?;
        let range = self.range.as_ref().map(|range| value_of(range, attributes)).transpose()?;
        self.key_of_values(hash, range, buffer)
    }
}

fn value_of<'a>(
    attribute: &KeyAttribute,
    attributes: &'a [(String, AttributeValue)],
) -> Result<KeyValue<'a>, KeyError> {
    let Some((_, value)) = attributes.iter().find(|(name, _)| *name == attribute.name) else {
        return Err(KeyError::Missing { name: attribute.name.clone() });
    };
    KeyValue::of(value).ok_or_else(|| mismatch(attribute, value.type_name()))
}

fn checked<'a>(attribute: &KeyAttribute, value: KeyValue<'a>) -> Result<&'a [u8], KeyError> {
    if value.kind() != attribute.kind {
        return Err(mismatch(attribute, value.kind().name()));
    }
    if value.bytes().is_empty() {
        return Err(KeyError::Empty { name: attribute.name.clone(), kind: attribute.kind });
    }
    Ok(value.bytes())
}

fn mismatch(attribute: &KeyAttribute, actual: &'static str) -> KeyError {
    KeyError::Mismatch { name: attribute.name.clone(), expected: attribute.kind, actual }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn schema(kind: KeyType) -> TableSchema {
        TableSchema {
            table: TableId::new(1),
            hash: KeyAttribute { name: "pk".into(), kind: KeyType::S },
            range: Some(KeyAttribute { name: "sk".into(), kind }),
            indexes: Vec::new(),
        }
    }

    fn bytes_of(schema: &TableSchema, sort: KeyValue<'_>) -> Vec<u8> {
        let mut buffer = KeyBuffer::default();
        let key = schema.key_of_values(KeyValue::S("p"), Some(sort), &mut buffer);
        key.expect("a key").bytes().to_vec()
    }

    #[test]
    fn a_key_of_other_attributes_is_refused() {
        let schema = schema(KeyType::N);
        let text = |text: &str| AttributeValue::S(text.into());
        let mut buffer = KeyBuffer::default();

        let missing = [("pk".into(), text("a")), ("x".into(), text("b"))];
        assert_eq!(schema.key(&missing, &mut buffer), Err(KeyError::Missing { name: "sk".into() }));
        let mistyped = [("pk".into(), text("a")), ("sk".into(), text("b"))];
        assert_eq!(
            schema.key(&mistyped, &mut buffer),
            Err(KeyError::Mismatch { name: "sk".into(), expected: KeyType::N, actual: "S" })
        );
        assert_eq!(schema.key(&mistyped[..1], &mut buffer), Err(KeyError::Extra));
    }

    #[test]
    fn key_sizes_are_held_on_both_sides() {
        let schema = schema(KeyType::S);
        let mut buffer = KeyBuffer::default();
        let mut key = |partition: usize, sort: usize| {
            let (partition, sort) = ("p".repeat(partition), "s".repeat(sort));
            let sort = Some(KeyValue::S(&sort));
            schema.key_of_values(KeyValue::S(&partition), sort, &mut buffer).map(|_| ())
        };

        assert_eq!(key(2048, 1024), Ok(()));
        assert_eq!(key(2049, 1), Err(KeyError::PartitionTooLong));
        assert_eq!(key(1, 1025), Err(KeyError::SortTooLong));
        assert_eq!(key(0, 1), Err(KeyError::Empty { name: "pk".into(), kind: KeyType::S }));
    }

    #[test]
    fn numbers_of_one_value_make_one_key() {
        let schema = schema(KeyType::N);
        let number = |text| Number::parse(text).expect("a number");

        let (one, other) = (number("1"), number("10e-1"));

        assert_eq!(bytes_of(&schema, KeyValue::N(&one)), bytes_of(&schema, KeyValue::N(&other)));
    }

    #[test]
    fn bytes_that_are_no_key_of_the_table_have_no_attributes() {
        let (numbers, texts) = (schema(KeyType::N), schema(KeyType::S));
        let text = bytes_of(&texts, KeyValue::S("s"));
        let hash_only = TableSchema { range: None, ..schema(KeyType::S) };

        assert!(texts.attributes_of(&text).is_some());
        assert_eq!(numbers.attributes_of(&text), None);
        assert_eq!(hash_only.attributes_of(&text), None);
        assert_eq!(texts.attributes_of(b"\0\x01p"), None, "no sort key");
        assert_eq!(texts.attributes_of(b"\0\0s"), None, "no partition key");
        assert_eq!(texts.attributes_of(b"\0\x01\xFFs"), None, "not UTF-8");
        assert_eq!(texts.attributes_of(b"\0\x09p"), None, "shorter than it says");
        assert_eq!(texts.attributes_of(b"\0"), None);
    }

    proptest! {
        #[test]
        fn a_key_gives_its_attributes_back(
            text in "\\PC{1,40}",
            number in any::<i64>(),
            bytes in proptest::collection::vec(any::<u8>(), 1..40),
        ) {
            let number = Number::parse(&number.to_string()).expect("a number");
            let sorts = [
                (KeyType::S, AttributeValue::S(text.clone())),
                (KeyType::N, AttributeValue::N(number)),
                (KeyType::B, AttributeValue::B(bytes.into())),
            ];
            for (kind, sort) in sorts {
                let attributes =
                    vec![("pk".into(), AttributeValue::S(text.clone())), ("sk".into(), sort)];
                let mut buffer = KeyBuffer::default();
                let key = schema(kind).key(&attributes, &mut buffer).expect("a key");

                prop_assert_eq!(schema(kind).attributes_of(key.bytes()), Some(attributes));
            }
        }

        #[test]
        fn keys_of_a_partition_sort_as_dynamodb_sorts(
            texts in ("\\PC{1,40}", "\\PC{1,40}"),
            numbers in (any::<i64>(), any::<i64>(), -50_i32..50),
        ) {
            let (a, b) = (&texts.0, &texts.1);
            let by_text = schema(KeyType::S);
            prop_assert_eq!(
                bytes_of(&by_text, KeyValue::S(a)).cmp(&bytes_of(&by_text, KeyValue::S(b))),
                a.as_bytes().cmp(b.as_bytes())
            );
            let by_bytes = schema(KeyType::B);
            prop_assert_eq!(
                bytes_of(&by_bytes, KeyValue::B(a.as_bytes()))
                    .cmp(&bytes_of(&by_bytes, KeyValue::B(b.as_bytes()))),
                a.as_bytes().cmp(b.as_bytes())
            );
            let by_number = schema(KeyType::N);
            let number = |digits: i64| Number::parse(&format!("{digits}e{}", numbers.2)).expect("in range");
            prop_assert_eq!(
                bytes_of(&by_number, KeyValue::N(&number(numbers.0)))
                    .cmp(&bytes_of(&by_number, KeyValue::N(&number(numbers.1)))),
                numbers.0.cmp(&numbers.1)
            );
        }
    }
}
