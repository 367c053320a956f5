//! Members of requests for tables of which hearth only knows that they ask for what it does not
//! have yet.
//!
//! Must hold: what such a member asks for is refused by its name; one that asks for nothing, as
//! encryption that is not enabled, is none.

use super::super::constraints::OPTIONAL;
use super::super::modelled::Kind::{Long, Structure, Text};
use super::super::modelled::{Members, Shape, Tree, tables};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::unsupported;
use crate::api::ApiError;

/// The members of a request for a new table.
#[derive(Debug)]
pub(super) struct LaterOfNew<'a>(Members<'a>);

/// The members of a request to change a table.
#[derive(Debug)]
pub(super) struct LaterOfChange<'a>(Members<'a>);

impl<'a> LaterOfNew<'a> {
    /// Reads a member that is none of the request's others.
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        self.0.read(scan, name)
    }

    /// The members as constraints see them.
    pub(super) fn members(&self) -> &Members<'a> {
        &self.0
    }

    /// Refuses the first member that asks for something.
    pub(super) fn refuse(&self) -> Result<(), ApiError> {
        let mut members = self.0.given();
        let first = members.find(|(_, value)| asks(value) && !is_switched_off(value));
        first.map_or(Ok(()), |(name, _)| Err(unsupported(&name)))
    }
}

impl<'a> LaterOfChange<'a> {
    /// Reads a member that is none of the request's others.
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        self.0.read(scan, name)
    }

    /// The members as constraints see them.
    pub(super) fn members(&self) -> &Members<'a> {
        &self.0
    }

    /// Whether that member asks for something.
    pub(super) fn asks(&self, name: &str) -> bool {
        self.0.member(name).is_some_and(asks)
    }

    /// How many members ask for something.
    pub(super) fn count(&self) -> usize {
        self.0.given().filter(|(_, value)| asks(value)).count()
    }

    /// Refuses the first member that asks for something.
    pub(super) fn refuse(&self) -> Result<(), ApiError> {
        let first = self.0.given().find(|(_, value)| asks(value));
        first.map_or(Ok(()), |(name, _)| Err(unsupported(&name)))
    }
}

impl Default for LaterOfNew<'_> {
    fn default() -> Self {
        Self(Members::none(&OF_NEW_TABLE))
    }
}

impl Default for LaterOfChange<'_> {
    fn default() -> Self {
        Self(Members::none(&OF_CHANGE))
    }
}

/// Whether units of some kind are there.
pub(super) fn read_units(scan: &mut Scanner<'_>, shape: &str) -> Result<bool, ApiError> {
    scan.structure(shape, Place::Member, |scan, _| scan.long().map(drop))
}

fn asks(value: &Tree<'_>) -> bool {
    !matches!(value, Tree::List(elements, _) if elements.is_empty())
}

/// Whether it is encryption that says that it is off, or nothing at all.
fn is_switched_off(value: &Tree<'_>) -> bool {
    match value {
        Tree::Structure(members) if members.is_of(&tables::ENCRYPTION) => {
            match members.member("enabled") {
                Some(enabled) => !matches!(enabled, Tree::Boolean(true)),
                None => members.is_empty(),
            }
        }
        Tree::Structure(_)
        | Tree::List(..)
        | Tree::Text(_)
        | Tree::Number(_)
        | Tree::Boolean(_)
        | Tree::Other => false,
    }
}

pub(super) const ENCRYPTION: &str = "sSESpecification";
pub(super) const REPLICAS: &str = "replicaUpdates";
pub(super) const ON_DEMAND: &str = "onDemandThroughput";
pub(super) const WARM: &str = "warmThroughput";

const OF_NEW_TABLE: Shape = Shape(
    "CreateTableInput",
    &[
        (ENCRYPTION, Structure(&tables::ENCRYPTION), OPTIONAL),
        ("resourcePolicy", Text, OPTIONAL),
        (ON_DEMAND, Structure(&tables::ON_DEMAND), OPTIONAL),
        (WARM, Structure(&WARM_THROUGHPUT), OPTIONAL),
        ("vectorIndexes", tables::VECTOR_INDEXES, OPTIONAL),
        ("globalTableSourceArn", Text, OPTIONAL.within(1, 1024)),
        ("globalTableSettingsReplicationMode", Text, tables::SETTINGS_REPLICATION),
    ],
);

const OF_CHANGE: Shape = Shape(
    "UpdateTableInput",
    &[
        (ENCRYPTION, Structure(&tables::ENCRYPTION), OPTIONAL),
        (REPLICAS, tables::REPLICA_UPDATES, OPTIONAL.at_least(1)),
        ("multiRegionConsistency", Text, OPTIONAL.one_of(&["EVENTUAL", "STRONG"])),
        ("globalTableWitnessUpdates", tables::WITNESS_UPDATES, OPTIONAL.within(1, 1)),
        (ON_DEMAND, Structure(&tables::ON_DEMAND), OPTIONAL),
        (WARM, Structure(&WARM_THROUGHPUT), OPTIONAL),
        ("vectorIndexUpdates", tables::VECTOR_UPDATES, OPTIONAL),
        ("globalTableSettingsReplicationMode", Text, tables::SETTINGS_REPLICATION),
    ],
);

const WARM_THROUGHPUT: Shape = Shape(
    "WarmThroughput",
    &[("readUnitsPerSecond", Long, OPTIONAL), ("writeUnitsPerSecond", Long, OPTIONAL)],
);
