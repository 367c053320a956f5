//! `OnDemandThroughput` and `WarmThroughput`, of tables and of indexes.
//!
//! Not here: what they may say (`api/throughput.rs`).

use super::super::scan::Scanner;
use super::super::types::Place;
use crate::api::{ApiError, MaximaRequest, WarmRequest};

pub(super) fn read_maxima(scan: &mut Scanner<'_>) -> Result<Option<MaximaRequest>, ApiError> {
    let mut maxima = MaximaRequest::default();
    let present = scan.structure("OnDemandThroughput", Place::Member, |scan, name| {
        match &*name {
            "MaxReadRequestUnits" => maxima.read = scan.long()?,
            "MaxWriteRequestUnits" => maxima.write = scan.long()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    Ok(present.then_some(maxima))
}

pub(super) fn read_warm(scan: &mut Scanner<'_>) -> Result<Option<WarmRequest>, ApiError> {
    let mut warm = WarmRequest::default();
    let present = scan.structure("WarmThroughput", Place::Member, |scan, name| {
        match &*name {
            "ReadUnitsPerSecond" => warm.read = scan.long()?,
            "WriteUnitsPerSecond" => warm.write = scan.long()?,
            _ => scan.skip()?,
        }
        Ok(())
    })?;
    Ok(present.then_some(warm))
}
