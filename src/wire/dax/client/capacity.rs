//! Reads capacities and sizes of item collections.

use super::super::cbor::{Count, Head, Reader};
use super::super::value;
use super::answer::AnswerError;
use crate::api::{CapacityDetail, CollectionSize, ConsumedCapacity, HalfUnits, TableRef};
use crate::model::TableSchema;
use crate::wire::json::Values;

/// Reads the capacity of one table.
pub(super) fn consumed(reader: &mut Reader<'_>) -> Result<ConsumedCapacity, AnswerError> {
    let mut reader = Reader::new(reader.bytes()?);
    let table = TableRef::of(reader.text()?)
        .map_err(|_| AnswerError::Broken("the capacity of no table"))?;
    let total = units(reader.head()?)?;
    let table_units = match reader.head()? {
        Head::Null => None,
        head => Some(units(head)?),
    };
    let global = index_units(&mut reader)?;
    let local = index_units(&mut reader)?;
    reader.end()?;
    let detail = match table_units {
        Some(_) => CapacityDetail::Indexes,
        None => CapacityDetail::Total,
    };
    let table_units = table_units.unwrap_or(total);
    Ok(ConsumedCapacity { table, table_units, local, global, detail, kind: None })
}

fn index_units(reader: &mut Reader<'_>) -> Result<Vec<(String, HalfUnits)>, AnswerError> {
    let count = match reader.head()? {
        Head::Null => return Ok(Vec::new()),
        Head::Map(Count::Of(count)) => count,
        _ => return Err(AnswerError::Broken("the capacities of indexes are no map")),
    };
    let mut all = Vec::new();
    for _ in 0..count {
        let index = reader.text()?.to_owned();
        all.push((index, units(reader.head()?)?));
    }
    Ok(all)
}

/// Reads the capacities of several tables, each by `consumed`.
pub(super) fn capacities(
    reader: &mut Reader<'_>,
    consumed: impl Fn(&mut Reader<'_>) -> Result<ConsumedCapacity, AnswerError>,
) -> Result<Vec<ConsumedCapacity>, AnswerError> {
    let mut all = Vec::new();
    for _ in 0..reader.array_of()? {
        all.push(consumed(reader)?);
    }
    Ok(all)
}

/// Units of capacity.
pub(super) fn units(head: Head<'_>) -> Result<HalfUnits, AnswerError> {
    let Head::Float(units) = head else {
        return Err(AnswerError::Broken("a capacity is no float"));
    };
    let half_units = units * 2.0;
    if half_units.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&half_units) {
        return Err(AnswerError::Broken("a capacity is not in halves"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and within the bounds"
    )]
    Ok(HalfUnits(half_units as u64))
}

/// Reads the sizes of a table's item collections.
pub(super) fn collection_sizes(
    reader: &mut Reader<'_>,
    schema: &TableSchema,
) -> Result<Vec<CollectionSize>, AnswerError> {
    let mut sizes = Vec::new();
    for _ in 0..reader.array_of()? {
        sizes.push(collection_size(reader, schema)?);
    }
    Ok(sizes)
}

/// Reads the size of an item collection.
pub(super) fn collection_size(
    reader: &mut Reader<'_>,
    schema: &TableSchema,
) -> Result<CollectionSize, AnswerError> {
    let mut reader = Reader::new(reader.bytes()?);
    let mut values = Values::default();
    let key = value::read(&mut reader, &mut values, 1)?;
    let (Head::Float(low), Head::Float(_)) = (reader.head()?, reader.head()?) else {
        return Err(AnswerError::Broken("a size is no float"));
    };
    reader.end()?;
    let HalfUnits(doubled) = units(Head::Float(low))?;
    Ok(CollectionSize { key: (schema.hash.name.clone(), key), gigabytes: doubled / 2 })
}
