//! `UpdateTable`.
//!
//! The service makes one change a call. What may come together, and what hearth does not have yet,
//! is told before the table is looked up.
//!
//! Not here: what depends on the table (`engine/embedded/settings.rs`).

use std::borrow::Cow;

use super::super::constraints::{BILLING_MODES, OPTIONAL, TABLE_CLASSES, shape};
use super::super::scan::Scanner;
use super::encryption::Encryption;
use super::index_updates::{
    IndexUpdate, check_updates, index_actions, index_capacities, read_updates,
};
use super::later::{Later, OF_CHANGE, REPLICAS};
use super::read;
use super::schema::{
    Definition, Throughput, attribute_definitions, read_definitions, read_throughput,
};
use super::streams::Specification;
use super::table::{class_of, mode_of};
use super::tables::control_name;
use super::throughput::{read_maxima, read_warm};
use crate::api::{
    ApiError, BillingMode, CapacityChange, IndexesChange, TableChange, ThroughputRequest,
    UpdateTable, check_units, invalid,
};

#[derive(Debug, Default)]
struct Members<'a> {
    definitions: Option<Vec<Definition<'a>>>,
    name: Option<Cow<'a, str>>,
    billing: Option<Cow<'a, str>>,
    throughput: Option<Throughput>,
    indexes: Option<Vec<IndexUpdate<'a>>>,
    class: Option<Cow<'a, str>>,
    deletion_protection: Option<bool>,
    stream: Option<Specification<'a>>,
    asked: ThroughputRequest,
    encryption: Option<Encryption<'a>>,
    later: Later<'a, OF_CHANGE>,
}

pub(super) fn update_table(body: &[u8]) -> Result<UpdateTable, ApiError> {
    let members: Members<'_> = read(body, Members::read)?;
    let name = control_name(members.name.as_deref())?;
    constrain(&members)?;
    members.check_together()?;
    if let Some(encryption) = &members.encryption {
        return Ok(UpdateTable { name, change: TableChange::Encryption(encryption.key()?) });
    }
    if let Some(protects) = members.deletion_protection {
        return Ok(UpdateTable { name, change: TableChange::DeletionProtection(protects) });
    }
    if let Some(class) = members.class.as_deref() {
        return Ok(UpdateTable { name, change: TableChange::Class(class_of(class)) });
    }
    if !members.asked.warm.is_empty() {
        return Ok(UpdateTable { name, change: TableChange::Warm(members.asked.warm) });
    }
    let capacity = members.capacity_change()?;
    members.later.refuse()?;
    if let Some(stream) = &members.stream {
        return Ok(UpdateTable { name, change: TableChange::Stream(stream.change()?, capacity) });
    }
    let actions = index_actions(members.updates());
    let change = if actions.is_empty() {
        TableChange::Capacity(capacity)
    } else {
        let definitions = attribute_definitions(members.definitions.as_deref());
        TableChange::Indexes(IndexesChange { actions, definitions, capacity })
    };
    Ok(UpdateTable { name, change })
}

shape! {
    /// All but the name, which was checked before.
    fn constrain(table: &Members<'_>) {
        "attributeDefinitions": OPTIONAL, table.definitions.as_deref();
        "provisionedThroughput": OPTIONAL, table.throughput.as_ref();
        "billingMode": BILLING_MODES, table.billing.as_deref();
        "globalSecondaryIndexUpdates": OPTIONAL, table.indexes.as_deref();
        "tableClass": TABLE_CLASSES, table.class.as_deref();
        "streamSpecification": OPTIONAL, table.stream.as_ref();
        "sSESpecification": OPTIONAL, table.encryption.as_ref();
        ..table.later.members();
    }
}

impl<'a> Members<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "AttributeDefinitions" => self.definitions = read_definitions(scan)?,
            "TableName" => self.name = scan.text()?,
            "BillingMode" => self.billing = scan.text()?,
            "ProvisionedThroughput" => self.throughput = read_throughput(scan)?,
            "GlobalSecondaryIndexUpdates" => self.indexes = read_updates(scan)?,
            "TableClass" => self.class = scan.text()?,
            "DeletionProtectionEnabled" => self.deletion_protection = scan.boolean()?,
            "StreamSpecification" => self.stream = Specification::read(scan)?,
            "OnDemandThroughput" => self.asked.maxima = read_maxima(scan)?.unwrap_or_default(),
            "WarmThroughput" => self.asked.warm = read_warm(scan)?.unwrap_or_default(),
            "SSESpecification" => self.encryption = Encryption::read(scan)?,
            _ => self.later.read(scan, name)?,
        }
        Ok(())
    }

    /// Refuses a request that asks for nothing, or for changes that do not go together.
    fn check_together(&self) -> Result<(), ApiError> {
        let alone = [
            (self.encryption.is_some(), "Server-Side Encryption modification"),
            (self.class.is_some(), "TableClass modification"),
            (self.deletion_protection.is_some(), "DeletionProtection modification"),
            (!self.asked.warm.is_empty(), "WarmThroughput"),
            (self.later.asks(REPLICAS), "Replica modification"),
        ];
        let makes_or_drops = self.updates().iter().any(IndexUpdate::makes_or_drops);
        let provisions = self.throughput.is_some() || self.mode() == Some(BillingMode::Provisioned);
        let present = [
            self.billing.is_some(),
            self.throughput.is_some(),
            !self.updates().is_empty(),
            self.class.is_some(),
            self.deletion_protection.is_some(),
            self.stream.is_some(),
            !self.asked.maxima.is_empty(),
            !self.asked.warm.is_empty(),
            self.encryption.is_some(),
        ];
        let count = present.iter().filter(|asked| **asked).count() + self.later.count();
        if count == 0 {
            return Err(ApiError::validation(NOTHING_TO_DO));
        }
        if let (Some((_, what)), 2..) = (alone.iter().find(|(asked, _)| *asked), count) {
            return Err(invalid(format_args!("{what} must be the only operation in the request")));
        }
        if !self.asked.maxima.is_empty() && count > 1 + usize::from(self.billing.is_some()) {
            return Err(invalid(
                "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
            ));
        }
        if self.stream.is_some() && provisions {
            return Err(invalid("You cannot modify stream status while updating table IOPS"));
        }
        if makes_or_drops && self.throughput.is_some() {
            return Err(invalid("You cannot create or delete index while updating table IOPS"));
        }
        if makes_or_drops && self.stream.is_some() {
            return Err(invalid("You cannot create or delete index while changing stream status"));
        }
        Ok(())
    }

    fn capacity_change(&self) -> Result<CapacityChange, ApiError> {
        let mode = self.mode();
        let units = self.throughput.map(Throughput::units);
        if mode == Some(BillingMode::Provisioned) && units.is_none() {
            return Err(invalid(
                "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
            ));
        }
        units.map_or(Ok(()), check_units)?;
        check_updates(self.updates())?;
        let indexes = index_capacities(self.updates())?;
        Ok(CapacityChange { mode, units, maxima: self.asked.maxima, indexes })
    }

    fn mode(&self) -> Option<BillingMode> {
        self.billing.as_deref().map(mode_of)
    }

    fn updates(&self) -> &[IndexUpdate<'a>] {
        self.indexes.as_deref().unwrap_or_default()
    }
}

const NOTHING_TO_DO: &str = "At least one of ProvisionedThroughput, BillingMode, \
    UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is \
    required";
