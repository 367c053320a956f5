//! Reads what an operation consumed, and the sizes of item collections.

use super::reader::{Fault, Reader, required};
use crate::api::{
    CapacityDetail, CapacityKind, CollectionSize, ConsumedCapacity, HalfUnits, TableRef,
};

/// The capacity of one table; `None` for null.
pub(super) fn consumed(reader: &mut Reader<'_>) -> Result<Option<ConsumedCapacity>, Fault> {
    let mut given = Given::default();
    if !reader.members(|reader, name| given.read(reader, name))? {
        return Ok(None);
    }
    let table = table_ref(&required(given.table, "TableName")?)?;
    let detail = match given.own {
        None => CapacityDetail::Total,
        Some(_) => CapacityDetail::Indexes,
    };
    let total = given.total.unwrap_or_default();
    let (local, global) = (given.local, given.global);
    // Some tell of indexes and not of the table: the rest is then the table's.
    let of_indexes: u64 = local.iter().chain(&global).map(|(_, units)| units.0).sum();
    let table_units = given.own.unwrap_or(HalfUnits(total.0.saturating_sub(of_indexes)));
    let kind = given.kind;
    Ok(Some(ConsumedCapacity { table, table_units, local, global, detail, kind }))
}

/// The capacity of each table.
pub(super) fn consumed_list(reader: &mut Reader<'_>) -> Result<Vec<ConsumedCapacity>, Fault> {
    let all = reader.list(consumed)?.unwrap_or_default();
    Ok(all.into_iter().flatten().collect())
}

/// The size of one collection; `None` for null, and where it says of no collection.
pub(super) fn collection(reader: &mut Reader<'_>) -> Result<Option<CollectionSize>, Fault> {
    let (mut key, mut range) = (None, None);
    reader.members(|reader, name| {
        match name {
            "ItemCollectionKey" => key = reader.attributes()?,
            "SizeEstimateRangeGB" => range = reader.list(Reader::units)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let (Some(key), Some(range)) = (key, range) else { return Ok(None) };
    let lower = range.first().copied().flatten();
    Ok(key.into_iter().next().zip(lower).map(|(key, lower)| {
        let HalfUnits(half_gigabytes) = lower;
        CollectionSize { key, gigabytes: half_gigabytes / 2 }
    }))
}

/// The sizes of collections by table.
pub(super) fn collections(
    reader: &mut Reader<'_>,
) -> Result<Vec<(TableRef, Vec<CollectionSize>)>, Fault> {
    let mut tables = Vec::new();
    reader.members(|reader, name| {
        let sizes = reader.list(collection)?.unwrap_or_default();
        tables.push((table_ref(name)?, sizes.into_iter().flatten().collect()));
        Ok(())
    })?;
    Ok(tables)
}

/// The table that an answer names.
pub(super) fn table_ref(name: &str) -> Result<TableRef, Fault> {
    Ok(TableRef::of(name)?)
}

/// The members as they came.
#[derive(Default)]
struct Given {
    table: Option<String>,
    total: Option<HalfUnits>,
    own: Option<HalfUnits>,
    local: Vec<(String, HalfUnits)>,
    global: Vec<(String, HalfUnits)>,
    kind: Option<CapacityKind>,
}

impl Given {
    fn read(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "TableName" => self.table = reader.owned_text()?,
            "CapacityUnits" => self.total = reader.units()?,
            "ReadCapacityUnits" => self.note(reader, CapacityKind::Read)?,
            "WriteCapacityUnits" => self.note(reader, CapacityKind::Write)?,
            "Table" => self.own = part(reader)?,
            "LocalSecondaryIndexes" => self.local = parts(reader)?,
            "GlobalSecondaryIndexes" => self.global = parts(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// Only what is not zero tells what it was for: some always write both.
    fn note(&mut self, reader: &mut Reader<'_>, kind: CapacityKind) -> Result<(), Fault> {
        if reader.units()?.is_some_and(|units| units.0 > 0) {
            self.kind = Some(kind);
        }
        Ok(())
    }
}

fn part(reader: &mut Reader<'_>) -> Result<Option<HalfUnits>, Fault> {
    let mut units = None;
    let is_there = reader.members(|reader, name| {
        match name {
            "CapacityUnits" => units = reader.units()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(is_there.then(|| units.unwrap_or_default()))
}

fn parts(reader: &mut Reader<'_>) -> Result<Vec<(String, HalfUnits)>, Fault> {
    let mut parts = Vec::new();
    reader.members(|reader, name| {
        parts.extend(part(reader)?.map(|units| (name.to_owned(), units)));
        Ok(())
    })?;
    Ok(parts)
}
