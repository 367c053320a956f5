//! Reads the description of an index, and key schemas.
//!
//! Not here: which types key attributes have, until the table's definitions are read (`table.rs`).

use super::reader::{Fault, Reader, required};
use super::table::status;
use super::throughput::{Bought, bought, maxima, warm};
use crate::api::{Billing, CreateIndex, IndexDescription, TableStatus, Throughput};
use crate::model::{IndexProjection, IndexScope, KeyAttribute, KeyType};

/// An index whose keys have no types yet.
pub(super) struct GivenIndex {
    name: String,
    keys: Keys,
    members: Members,
}

/// The names of key attributes: those of the partition key, then those of the sort key.
#[derive(Default)]
pub(super) struct Keys {
    hash: Vec<String>,
    range: Vec<String>,
}

/// The members as they came.
#[derive(Default)]
struct Members {
    name: Option<String>,
    keys: Option<Keys>,
    projection: Option<IndexProjection>,
    status: Option<TableStatus>,
    backfilling: Option<bool>,
    units: Bought,
    throughput: Throughput,
    arn: Option<String>,
    items: Option<u64>,
    bytes: Option<u64>,
}

impl Members {
    fn read(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "IndexName" => self.name = reader.owned_text()?,
            "KeySchema" => self.keys = keys(reader)?,
            "Projection" => self.projection = projection(reader)?,
            "IndexStatus" => self.status = reader.text()?.map(|word| status(&word)),
            "Backfilling" => self.backfilling = reader.truth()?,
            "ProvisionedThroughput" => self.units = bought(reader)?,
            "OnDemandThroughput" => self.throughput.maxima = maxima(reader)?,
            "WarmThroughput" => warm(reader, &mut self.throughput)?,
            "IndexArn" => self.arn = reader.owned_text()?,
            "ItemCount" => self.items = reader.count()?,
            "IndexSizeBytes" => self.bytes = reader.count()?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

impl GivenIndex {
    /// The index of a table that is charged so and has these definitions.
    pub(super) fn described(
        self,
        scope: IndexScope,
        billing: Billing,
        definitions: &[KeyAttribute],
    ) -> Result<IndexDescription, Fault> {
        let Self { name, keys, members } = self;
        let (hash, range) = keys.of(definitions)?;
        let is_bought =
            scope == IndexScope::Global && matches!(billing, Billing::Provisioned { .. });
        Ok(IndexDescription {
            index: CreateIndex {
                name,
                scope,
                hash,
                range,
                projection: members.projection.unwrap_or(IndexProjection::All),
                units: is_bought.then_some(members.units.units),
                throughput: members.throughput,
            },
            // Local indexes tell nothing: they are as their table is.
            status: members.status.unwrap_or(TableStatus::Active),
            backfilling: members.backfilling.unwrap_or_default(),
            arn: members.arn.unwrap_or_default(),
            items: members.items.unwrap_or_default(),
            bytes: members.bytes.unwrap_or_default(),
            throughput_changes: members.units.changes,
        })
    }
}

impl Keys {
    /// The attributes, each of the type that its definition has.
    pub(super) fn of(
        self,
        definitions: &[KeyAttribute],
    ) -> Result<(Vec<KeyAttribute>, Vec<KeyAttribute>), Fault> {
        let defined = |name: String| {
            let found = definitions.iter().find(|definition| definition.name == name);
            found.cloned().ok_or_else(|| Fault::Wrong(format!("{name} keys it and is not defined")))
        };
        let hash = self.hash.into_iter().map(defined).collect::<Result<_, _>>()?;
        let range = self.range.into_iter().map(defined).collect::<Result<_, _>>()?;
        Ok((hash, range))
    }
}

/// An index.
pub(super) fn index(reader: &mut Reader<'_>) -> Result<GivenIndex, Fault> {
    let mut members = Members::default();
    reader.members(|reader, name| members.read(reader, name))?;
    let name = required(members.name.take(), "IndexName")?;
    let keys = required(members.keys.take(), "KeySchema")?;
    Ok(GivenIndex { name, keys, members })
}

/// A key schema; `None` for null.
pub(super) fn keys(reader: &mut Reader<'_>) -> Result<Option<Keys>, Fault> {
    let mut keys = Keys::default();
    let elements = reader.list(|reader| {
        let (mut attribute, mut role) = (None, None);
        reader.members(|reader, name| {
            match name {
                "AttributeName" => attribute = reader.owned_text()?,
                "KeyType" => role = reader.owned_text()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        let attribute = required(attribute, "AttributeName")?;
        match required(role, "KeyType")?.as_str() {
            "HASH" => keys.hash.push(attribute),
            "RANGE" => keys.range.push(attribute),
            other => return Err(Fault::Wrong(format!("{other} is no type of a key"))),
        }
        Ok(())
    })?;
    Ok(elements.map(|_| keys))
}

/// The definition of an attribute.
pub(super) fn definition(reader: &mut Reader<'_>) -> Result<KeyAttribute, Fault> {
    let (mut attribute, mut kind) = (None, None);
    reader.members(|reader, name| {
        match name {
            "AttributeName" => attribute = reader.owned_text()?,
            "AttributeType" => kind = reader.owned_text()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let kind = match required(kind, "AttributeType")?.as_str() {
        "S" => KeyType::S,
        "N" => KeyType::N,
        "B" => KeyType::B,
        other => return Err(Fault::Wrong(format!("{other} is no type of a key attribute"))),
    };
    Ok(KeyAttribute { name: required(attribute, "AttributeName")?, kind })
}

fn projection(reader: &mut Reader<'_>) -> Result<Option<IndexProjection>, Fault> {
    let (mut kind, mut names) = (None, None);
    reader.members(|reader, name| {
        match name {
            "ProjectionType" => kind = reader.owned_text()?,
            "NonKeyAttributes" => {
                names = reader.list(|reader| Ok(reader.some_text()?.into_owned()))?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    match kind.as_deref() {
        None => Ok(None),
        Some("ALL") => Ok(Some(IndexProjection::All)),
        Some("KEYS_ONLY") => Ok(Some(IndexProjection::KeysOnly)),
        Some("INCLUDE") => Ok(Some(IndexProjection::Include(names.unwrap_or_default()))),
        Some(other) => Err(Fault::Wrong(format!("{other} is no type of a projection"))),
    }
}
