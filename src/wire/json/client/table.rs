//! Reads the description of a table.
//!
//! What its engine and its cache need is read: keys, indexes, charges, counts, its stream. How it is
//! encrypted, replicated or restored is not.
//!
//! Must hold: keys are of attributes that are defined; a table that does something without a known
//! word for it counts as one being made, which serves nothing.

use std::sync::Arc;

use super::index::{GivenIndex, Keys, definition, index, keys};
use super::reader::{Fault, Reader, Unreadable, read, required};
use super::throughput::{Bought, bought, maxima, warm};
use crate::api::{
    ClassSummary, StreamSummary, StreamView, TableClass, TableDescription, TableName, TableStatus,
    Throughput,
};
use crate::model::{IndexScope, KeyAttribute};

/// The answer to a DescribeTable, or to an operation that makes, changes or drops a table.
pub fn table(body: &[u8]) -> Result<TableDescription, Unreadable> {
    table_known(body, &[])
}

/// The same of a table that had these definitions before: there are services that leave out those
/// that a change of the table did not name.
pub fn table_known(body: &[u8], known: &[KeyAttribute]) -> Result<TableDescription, Unreadable> {
    read(body, |reader| {
        let mut described = None;
        reader.members(|reader, name| {
            match name {
                "Table" | "TableDescription" => described = description(reader, known)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        required(described, "Table")
    })
}

/// The members as they came.
#[derive(Default)]
struct Given {
    name: Option<TableName>,
    arn: Option<String>,
    id: Option<String>,
    status: Option<TableStatus>,
    definitions: Vec<KeyAttribute>,
    keys: Option<Keys>,
    local: Vec<GivenIndex>,
    global: Vec<GivenIndex>,
    units: Bought,
    is_on_demand: Option<bool>,
    on_demand_since_ms: Option<u64>,
    throughput: Throughput,
    created_ms: Option<u64>,
    items: Option<u64>,
    bytes: Option<u64>,
    deletion_protection: Option<bool>,
    class: Option<ClassSummary>,
    stream_arn: Option<String>,
    stream_label: Option<String>,
    view: Option<StreamView>,
}

fn description(
    reader: &mut Reader<'_>,
    known: &[KeyAttribute],
) -> Result<Option<TableDescription>, Fault> {
    let mut given = Given::default();
    let is_there = reader.members(|reader, name| given.read(reader, name))?;
    if is_there { given.described(known).map(Some) } else { Ok(None) }
}

impl Given {
    fn read(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "TableName" => self.name = reader.text()?.map(|name| table_name(&name)).transpose()?,
            "TableArn" => self.arn = reader.owned_text()?,
            "TableId" => self.id = reader.owned_text()?,
            "TableStatus" => self.status = reader.text()?.map(|word| status(&word)),
            "AttributeDefinitions" => {
                self.definitions = reader.list(definition)?.unwrap_or_default();
            }
            "KeySchema" => self.keys = keys(reader)?,
            "LocalSecondaryIndexes" => self.local = reader.list(index)?.unwrap_or_default(),
            "GlobalSecondaryIndexes" => self.global = reader.list(index)?.unwrap_or_default(),
            "ProvisionedThroughput" => self.units = bought(reader)?,
            "BillingModeSummary" => self.read_billing(reader)?,
            "OnDemandThroughput" => self.throughput.maxima = maxima(reader)?,
            "WarmThroughput" => warm(reader, &mut self.throughput)?,
            "CreationDateTime" => self.created_ms = reader.time_ms()?,
            "ItemCount" => self.items = reader.count()?,
            "TableSizeBytes" => self.bytes = reader.count()?,
            "DeletionProtectionEnabled" => self.deletion_protection = reader.truth()?,
            "TableClassSummary" => self.class = class(reader)?,
            "LatestStreamArn" => self.stream_arn = reader.owned_text()?,
            "LatestStreamLabel" => self.stream_label = reader.owned_text()?,
            "StreamSpecification" => self.view = specification(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn read_billing(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        reader.members(|reader, name| {
            match name {
                "BillingMode" => {
                    self.is_on_demand = reader.text()?.map(|mode| mode == "PAY_PER_REQUEST");
                }
                "LastUpdateToPayPerRequestDateTime" => {
                    self.on_demand_since_ms = reader.time_ms()?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    }

    fn described(self, known: &[KeyAttribute]) -> Result<TableDescription, Fault> {
        let mut definitions = self.definitions;
        for known in known {
            if definitions.iter().all(|definition| definition.name != known.name) {
                definitions.push(known.clone());
            }
        }
        let (hash, range) = required(self.keys, "KeySchema")?.of(&definitions)?;
        let billing = self.units.billing(self.is_on_demand);
        let local = self.local.into_iter().map(|index| (IndexScope::Local, index));
        let global = self.global.into_iter().map(|index| (IndexScope::Global, index));
        let indexes: Result<_, _> = local
            .chain(global)
            .map(|(scope, index)| index.described(scope, billing, &definitions))
            .collect();
        let stream = self.stream_arn.map(|arn| {
            let label = self.stream_label.unwrap_or_default();
            Arc::new(StreamSummary { arn, label, view: self.view })
        });
        // One that is being made is on demand and does not tell since when.
        let is_on_demand = self.is_on_demand == Some(true);
        Ok(TableDescription {
            name: required(self.name, "TableName")?,
            arn: self.arn.unwrap_or_default(),
            id: self.id.unwrap_or_default(),
            status: required(self.status, "TableStatus")?,
            hash: required(hash.into_iter().next(), "KeySchema")?,
            range: range.into_iter().next(),
            indexes: indexes?,
            definitions,
            billing,
            throughput: self.throughput,
            on_demand_since_ms: self.on_demand_since_ms.or(is_on_demand.then_some(0)),
            throughput_changes: self.units.changes,
            created_ms: self.created_ms.unwrap_or_default(),
            items: self.items.unwrap_or_default(),
            bytes: self.bytes.unwrap_or_default(),
            deletion_protection: self.deletion_protection.unwrap_or_default(),
            class: self.class,
            stream,
            encryption: None,
            restore: None,
        })
    }
}

/// The name of a table.
pub(super) fn table_name(name: &str) -> Result<TableName, Fault> {
    TableName::new(name).ok_or_else(|| Fault::Wrong(format!("{name} is no name of a table")))
}

fn class(reader: &mut Reader<'_>) -> Result<Option<ClassSummary>, Fault> {
    let (mut class, mut changed_ms) = (None, None);
    reader.members(|reader, name| {
        match name {
            "TableClass" => class = reader.owned_text()?,
            "LastUpdateDateTime" => changed_ms = reader.time_ms()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let known = [TableClass::Standard, TableClass::InfrequentAccess];
    let class = known.into_iter().find(|known| class.as_deref() == Some(known.name()));
    Ok(class.map(|class| ClassSummary { class, changed_ms }))
}

/// What the stream of a table tells, if it is enabled.
fn specification(reader: &mut Reader<'_>) -> Result<Option<StreamView>, Fault> {
    let (mut is_enabled, mut kind) = (None, None);
    reader.members(|reader, name| {
        match name {
            "StreamEnabled" => is_enabled = reader.truth()?,
            "StreamViewType" => kind = view(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(kind.filter(|_| is_enabled == Some(true)))
}

/// What records of a stream tell; `None` for null.
pub(super) fn view(reader: &mut Reader<'_>) -> Result<Option<StreamView>, Fault> {
    let Some(word) = reader.text()? else { return Ok(None) };
    match &*word {
        "KEYS_ONLY" => Ok(Some(StreamView::KeysOnly)),
        "NEW_IMAGE" => Ok(Some(StreamView::NewImage)),
        "OLD_IMAGE" => Ok(Some(StreamView::OldImage)),
        "NEW_AND_OLD_IMAGES" => Ok(Some(StreamView::NewAndOldImages)),
        other => Err(Fault::Wrong(format!("{other} is no type of a stream's view"))),
    }
}

/// What a table or index is doing.
pub(super) fn status(word: &str) -> TableStatus {
    match word {
        "ACTIVE" => TableStatus::Active,
        "UPDATING" => TableStatus::Updating,
        "DELETING" => TableStatus::Deleting,
        _ => TableStatus::Creating,
    }
}
