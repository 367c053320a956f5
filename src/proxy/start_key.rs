//! Where a page begins and where it ended: `ExclusiveStartKey` and `LastEvaluatedKey`.
//!
//! A start key has the table's key and, for an index, the index's; what it names need not exist.
//!
//! Must hold: a position that leaves this file lies in what is read. Query and Scan refuse a wrong
//! start key in different words.
//! Not here: its values, which are checked without a table (`wire/`).

use super::key_range::KeyRange;
use super::keys;
use super::target::Target;
use crate::api::{ApiError, Key};
use crate::engine::Position;
use crate::model::{
    AttributeValue, IndexKey, Item, ItemBytes, KeyAttribute, KeyBuffer, KeyError, KeyValue, Segment,
};

/// Who reads, which decides how a fault is worded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reader {
    Query,
    Scan,
}

/// The start key of a request, with the attributes that it must have.
pub(super) struct StartKey<'a> {
    key: &'a Key,
    target: Target<'a>,
    reader: Reader,
}

impl<'a> StartKey<'a> {
    /// The start key, if it has the right attributes and its table part fits the table.
    pub(super) fn of(
        key: Option<&'a Key>,
        target: Target<'a>,
        reader: Reader,
    ) -> Result<Option<Self>, ApiError> {
        let Some(key) = key else { return Ok(None) };
        let start = StartKey { key, target, reader };
        if key.is_empty() {
            return Err(invalid());
        }
        if key.len() != target.start_keys().count() {
            return Err(start.wrong_shape());
        }
        if target.start_keys().any(|attribute| start.find(attribute).is_none()) {
            return Err(start.wrong_shape());
        }
        if target.index().is_some() {
            for attribute in target.table().keys() {
                attribute.bytes_of(start.value(attribute)).map_err(|error| match error {
                    KeyError::Mismatch { .. } => invalid_key(),
                    KeyError::Missing { .. }
                    | KeyError::Extra
                    | KeyError::Empty { .. }
                    | KeyError::PartitionTooLong
                    | KeyError::SortTooLong => keys::of_request(error),
                })?;
            }
        }
        Ok(Some(start))
    }

    /// Refuses a value of another type than the key attribute of what is read.
    pub(super) fn check(&self, attribute: &KeyAttribute) -> Result<(), ApiError> {
        self.bytes(attribute).map(drop)
    }

    /// The place in what is read, for a query that asks for this range.
    pub(super) fn in_range(&self, range: &KeyRange) -> Result<Position, ApiError> {
        let sorts = self.target.range().iter().map(|key| self.bytes(key));
        let sorts = sorts.collect::<Result<Vec<_>, _>>()?;
        let refuse = |message: &str| Err(ApiError::validation(message));
        if !range.admits(&sorts) {
            return refuse("The provided starting key does not match the range key predicate");
        }
        if range.is_of(&self.partition()?) {
            return self.position();
        }
        if range.has_sort_condition() {
            return refuse("The query can return at most one row and cannot be restarted");
        }
        refuse("The provided starting key is outside query boundaries based on provided conditions")
    }

    /// Refuses a place that is not in the segment.
    pub(super) fn check_segment(&self, segment: Segment) -> Result<(), ApiError> {
        if segment.holds(&self.partition()?) {
            return Ok(());
        }
        Err(ApiError::validation(format!(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use \
             ExclusiveStartKey with correct Segment. TotalSegments: {} Segment: {}",
            segment.total, segment.number
        )))
    }

    /// The place in what is read.
    pub(super) fn position(&self) -> Result<Position, ApiError> {
        let pairs: Vec<(&str, KeyValue<'_>)> = self
            .target
            .table()
            .keys()
            .filter_map(|key| Some((key.name.as_str(), KeyValue::of(self.value(key))?)))
            .collect();
        let mut buffer = KeyBuffer::default();
        let item = self.target.table().key_of_pairs(&pairs, &mut buffer);
        let item = item.map_err(keys::of_request)?.to_key();
        let entry = match self.target.index() {
            None => None,
            Some(index) => {
                let attributes = Item { attributes: self.key.clone() }.encode();
                Some(index.key_of(attributes.view()).ok_or_else(invalid)?)
            }
        };
        Ok(Position { item, entry })
    }

    fn partition(&self) -> Result<Vec<u8>, ApiError> {
        let parts = self.target.hash().iter().map(|key| self.bytes(key));
        Ok(IndexKey::partition_of(&parts.collect::<Result<Vec<_>, _>>()?))
    }

    fn bytes(&self, attribute: &KeyAttribute) -> Result<&'a [u8], ApiError> {
        let value = self.value(attribute);
        self.target.bytes_of(attribute, value).map_err(|error| match error {
            KeyError::Mismatch { .. } => self.wrong_type(),
            KeyError::Missing { .. }
            | KeyError::Extra
            | KeyError::Empty { .. }
            | KeyError::PartitionTooLong
            | KeyError::SortTooLong => keys::of_request(error),
        })
    }

    fn value(&self, attribute: &KeyAttribute) -> &'a AttributeValue {
        self.find(attribute).expect("a start key has the attributes that its shape asks for")
    }

    fn find(&self, attribute: &KeyAttribute) -> Option<&'a AttributeValue> {
        self.key.iter().find(|(name, _)| *name == attribute.name).map(|(_, value)| value)
    }

    fn wrong_shape(&self) -> ApiError {
        match (self.reader, self.target) {
            (Reader::Scan, Target::Table(_)) => invalid_key(),
            (Reader::Query | Reader::Scan, _) => invalid(),
        }
    }

    fn wrong_type(&self) -> ApiError {
        match (self.reader, self.target) {
            (Reader::Query, _) => invalid(),
            (Reader::Scan, Target::Table(_)) => invalid_key(),
            (Reader::Scan, Target::Local(..) | Target::Global(..)) => {
                ApiError::validation("The provided key element does not match the schema")
            }
        }
    }
}

/// The key by which a client goes on behind the item or entry that was looked at last.
pub(super) fn key_of_last(target: Target<'_>, last: &ItemBytes) -> Key {
    let view = last.view();
    let attribute = |key: &KeyAttribute| {
        view.attribute(&key.name).map(|value| (key.name.clone(), value.to_value()))
    };
    target.start_keys().filter_map(attribute).collect()
}

fn invalid() -> ApiError {
    ApiError::validation("The provided starting key is invalid")
}

fn invalid_key() -> ApiError {
    ApiError::validation(
        "The provided starting key is invalid: The provided key element does not match the schema",
    )
}
