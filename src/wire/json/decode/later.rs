//! Members of tables of which hearth only knows that they ask for what it does not have yet.
//!
//! Must hold: what such a member asks for is refused by its name; one that asks for nothing, as
//! encryption that is not enabled, is none.

use super::super::scan::Scanner;
use super::super::types::Place;
use super::refuse;
use crate::api::ApiError;

/// The members of a request that ask for something.
#[derive(Debug, Default)]
pub(super) struct Later(Vec<&'static str>);

impl Later {
    /// Reads a member of CreateTable that is none of its others.
    pub(super) fn read_of_new_table(
        &mut self,
        scan: &mut Scanner<'_>,
        name: &str,
    ) -> Result<(), ApiError> {
        match name {
            "SSESpecification" => {
                let asked = read_switch(scan, "SSESpecification", "Enabled")?;
                self.add("SSESpecification", asked);
            }
            "ResourcePolicy" => {
                let policy = scan.text()?;
                self.add("ResourcePolicy", policy.is_some());
            }
            "OnDemandThroughput" => {
                let asked = read_units(scan, "OnDemandThroughput")?;
                self.add("OnDemandThroughput", asked);
            }
            "WarmThroughput" => {
                let asked = read_units(scan, "WarmThroughput")?;
                self.add("WarmThroughput", asked);
            }
            "VectorIndexes" => {
                let asked = read_structures(scan, "VectorIndex")?;
                self.add("VectorIndexes", asked);
            }
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// Reads a member of a request to restore a table that is none of its others.
    pub(super) fn read_of_restored_table(
        &mut self,
        scan: &mut Scanner<'_>,
        name: &str,
    ) -> Result<(), ApiError> {
        match name {
            "SSESpecificationOverride" => {
                let asked = read_switch(scan, "SSESpecification", "Enabled")?;
                self.add("SSESpecificationOverride", asked);
            }
            "OnDemandThroughputOverride" => {
                let asked = read_units(scan, "OnDemandThroughput")?;
                self.add("OnDemandThroughputOverride", asked);
            }
            "VectorIndexOverride" => {
                let asked = read_structures(scan, "VectorIndex")?;
                self.add("VectorIndexOverride", asked);
            }
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// Refuses the first member that asks for something.
    pub(super) fn refuse(&self) -> Result<(), ApiError> {
        match self.0.first() {
            Some(member) => refuse([(*member, true)]),
            None => Ok(()),
        }
    }

    fn add(&mut self, member: &'static str, asked: bool) {
        if asked {
            self.0.push(member);
        }
    }
}

/// Whether units of some kind are there.
pub(super) fn read_units(scan: &mut Scanner<'_>, shape: &str) -> Result<bool, ApiError> {
    scan.structure(shape, Place::Member, |scan, _| scan.long().map(drop))
}

/// Whether a structure is there, whatever is in it.
pub(super) fn read_structure(scan: &mut Scanner<'_>, shape: &str) -> Result<bool, ApiError> {
    scan.structure(shape, Place::Member, |scan, _| scan.skip())
}

/// Whether a list of structures has any.
pub(super) fn read_structures(scan: &mut Scanner<'_>, shape: &str) -> Result<bool, ApiError> {
    let list =
        scan.list(|scan| scan.structure(shape, Place::Element, |scan, _| scan.skip()).map(drop))?;
    Ok(list.is_some_and(|list| !list.is_empty()))
}

/// Whether a structure asks for what it can switch on.
///
/// One that leaves the switch out but sets something else asks for it too.
fn read_switch(scan: &mut Scanner<'_>, shape: &str, switch: &str) -> Result<bool, ApiError> {
    let (mut on, mut others) = (None, false);
    scan.structure(shape, Place::Member, |scan, name| {
        if *name == *switch {
            on = scan.boolean()?;
        } else {
            others |= scan.text()?.is_some();
        }
        Ok(())
    })?;
    Ok(on.unwrap_or(others))
}
