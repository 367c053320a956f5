//! Members of requests for tables of which hearth only knows that they ask for what it does not
//! have yet.
//!
//! Must hold: what such a member asks for is refused by its name; one that asks for nothing, as an
//! empty list, is none.

use super::super::constraints::OPTIONAL;
use super::super::modelled::Kind::Text;
use super::super::modelled::{Members, Shape, Tree, tables};
use super::super::scan::Scanner;
use super::unsupported;
use crate::api::ApiError;

/// The members of a request of one kind, which is [`OF_NEW`], [`OF_CHANGE`] or [`OF_RESTORED`].
#[derive(Debug)]
pub(super) struct Later<'a, const KIND: usize>(Members<'a>);

impl<'a, const KIND: usize> Later<'a, KIND> {
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

impl<const KIND: usize> Default for Later<'_, KIND> {
    fn default() -> Self {
        Self(Members::none(const { &SHAPES[KIND] }))
    }
}

fn asks(value: &Tree<'_>) -> bool {
    !matches!(value, Tree::List(elements, _) if elements.is_empty())
}

/// Of a new table.
pub(super) const OF_NEW: usize = 0;
/// Of a change of a table.
pub(super) const OF_CHANGE: usize = 1;
/// Of a table that is restored.
pub(super) const OF_RESTORED: usize = 2;
pub(super) const REPLICAS: &str = "replicaUpdates";

static SHAPES: [Shape; 3] = [
    Shape(
        "CreateTableInput",
        &[
            ("vectorIndexes", tables::VECTOR_INDEXES, OPTIONAL),
            ("globalTableSourceArn", Text, OPTIONAL.within(1, 1024)),
            ("globalTableSettingsReplicationMode", Text, tables::SETTINGS_REPLICATION),
        ],
    ),
    Shape(
        "UpdateTableInput",
        &[
            (REPLICAS, tables::REPLICA_UPDATES, OPTIONAL.at_least(1)),
            ("multiRegionConsistency", Text, OPTIONAL.one_of(&["EVENTUAL", "STRONG"])),
            ("globalTableWitnessUpdates", tables::WITNESS_UPDATES, OPTIONAL.within(1, 1)),
            ("vectorIndexUpdates", tables::VECTOR_UPDATES, OPTIONAL),
            ("globalTableSettingsReplicationMode", Text, tables::SETTINGS_REPLICATION),
        ],
    ),
    Shape(
        "RestoreTableFromBackupInput",
        &[("vectorIndexOverride", tables::VECTOR_INDEXES, OPTIONAL)],
    ),
];
