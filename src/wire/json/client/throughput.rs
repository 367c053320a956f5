//! Reads what a table or index takes, and how it is charged for it.

use super::reader::{Fault, Reader};
use crate::api::{Billing, OnDemandMaxima, Throughput, ThroughputChanges, Units};

/// Units bought ahead, none of what is charged on demand, and when they were changed.
#[derive(Clone, Copy, Default)]
pub(super) struct Bought {
    pub(super) units: Units,
    pub(super) changes: ThroughputChanges,
}

impl Bought {
    /// How it is charged, which some do not tell and others tell by the lack of units.
    pub(super) fn billing(self, is_on_demand: Option<bool>) -> Billing {
        if is_on_demand.unwrap_or(self.units == Units::default()) {
            Billing::OnDemand
        } else {
            Billing::bought(self.units)
        }
    }
}

/// Units bought ahead.
pub(super) fn bought(reader: &mut Reader<'_>) -> Result<Bought, Fault> {
    let mut bought = Bought::default();
    reader.members(|reader, name| {
        match name {
            "ReadCapacityUnits" => bought.units.read = reader.count()?.unwrap_or_default(),
            "WriteCapacityUnits" => bought.units.write = reader.count()?.unwrap_or_default(),
            "LastIncreaseDateTime" => bought.changes.raised_ms = reader.time_ms()?,
            "LastDecreaseDateTime" => bought.changes.lowered_ms = reader.time_ms()?,
            "NumberOfDecreasesToday" => {
                bought.changes.lowered_that_day = reader.count()?.unwrap_or_default();
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(bought)
}

/// The most that it shall take.
pub(super) fn maxima(reader: &mut Reader<'_>) -> Result<OnDemandMaxima, Fault> {
    let mut maxima = OnDemandMaxima::default();
    reader.members(|reader, name| {
        match name {
            "MaxReadRequestUnits" => maxima.read = reader.maximum()?,
            "MaxWriteRequestUnits" => maxima.write = reader.maximum()?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(maxima)
}

/// What it can take at once.
pub(super) fn warm(reader: &mut Reader<'_>, throughput: &mut Throughput) -> Result<(), Fault> {
    reader.members(|reader, name| {
        match name {
            "ReadUnitsPerSecond" => throughput.warm.read = reader.count()?.unwrap_or_default(),
            "WriteUnitsPerSecond" => throughput.warm.write = reader.count()?.unwrap_or_default(),
            "Status" => {
                throughput.is_warming = reader.text()?.is_some_and(|word| word == "UPDATING");
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}
