//! Members of tables of which hearth only knows that they ask for what it does not have yet.
//!
//! Must hold: what such a member asks for is refused by its name; one that asks for nothing, as an
//! empty list, is none.

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

/// Whether a list of structures has any.
pub(super) fn read_structures(scan: &mut Scanner<'_>, shape: &str) -> Result<bool, ApiError> {
    let list =
        scan.list(|scan| scan.structure(shape, Place::Element, |scan, _| scan.skip()).map(drop))?;
    Ok(list.is_some_and(|list| !list.is_empty()))
}
