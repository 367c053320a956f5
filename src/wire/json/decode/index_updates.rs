//! The changes of global indexes that a request to update a table asks for.
//!
//! Not here: what a change means for the table (`engine/`).

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::constraints::{INDEX_NAME, OPTIONAL, shape};
use super::super::scan::Scanner;
use super::super::types::Place;
use super::indexes::Index;
use super::schema::{Throughput, owned, read_throughput};
use super::throughput::{read_maxima, read_warm};
use crate::api::{
    ApiError, IndexAction, IndexCapacity, MaximaRequest, ThroughputRequest, WarmRequest, invalid,
};

/// A change of a global index as it came; one of the three should be there.
#[derive(Debug, Default)]
pub(super) struct IndexUpdate<'a> {
    update: Option<Update<'a>>,
    create: Option<Index<'a>>,
    delete: Option<Delete<'a>>,
}

#[derive(Debug, Default)]
struct Update<'a> {
    name: Option<Cow<'a, str>>,
    throughput: Option<Throughput>,
    maxima: MaximaRequest,
    warm: Option<WarmRequest>,
}

#[derive(Debug, Default)]
struct Delete<'a> {
    name: Option<Cow<'a, str>>,
}

pub(super) fn read_updates<'a>(
    scan: &mut Scanner<'a>,
) -> Result<Option<Vec<IndexUpdate<'a>>>, ApiError> {
    scan.list(|scan| {
        let mut update = IndexUpdate::default();
        scan.structure("GlobalSecondaryIndexUpdate", Place::Element, |scan, name| {
            match &*name {
                "Update" => update.update = Update::read(scan)?,
                "Create" => {
                    let mut index = Index::default();
                    let shape = "CreateGlobalSecondaryIndexAction";
                    let present =
                        scan.structure(shape, Place::Member, |scan, name| index.read(scan, &name))?;
                    update.create = present.then_some(index);
                }
                "Delete" => update.delete = Delete::read(scan)?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(update)
    })
}

shape! {
    impl "GlobalSecondaryIndexUpdate" for IndexUpdate<'_> as change {
        "update": OPTIONAL, change.update.as_ref();
        "create": OPTIONAL, change.create.as_ref();
        "delete": OPTIONAL, change.delete.as_ref();
    }
}

shape! {
    impl "UpdateGlobalSecondaryIndexAction" for Update<'_> as update {
        "indexName": INDEX_NAME, update.name.as_deref();
        "provisionedThroughput": OPTIONAL, update.throughput.as_ref();
    }
}

shape! {
    impl "DeleteGlobalSecondaryIndexAction" for Delete<'_> as delete {
        "indexName": INDEX_NAME, delete.name.as_deref();
    }
}

/// Refuses a change that changes nothing, and two changes of one index.
pub(super) fn check_updates(updates: &[IndexUpdate<'_>]) -> Result<(), ApiError> {
    if updates.iter().any(IndexUpdate::is_empty) {
        return Err(invalid(
            "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, \
             GlobalSecondaryIndexUpdate.Delete must not be null",
        ));
    }
    let mut named = HashSet::new();
    let mut all = updates.iter().flat_map(IndexUpdate::names);
    match all.find(|name| !named.insert(*name)) {
        Some(name) => Err(invalid(format_args!(
            "Only one global secondary index update per index is allowed simultaneously. \
             Index: {name}"
        ))),
        None => Ok(()),
    }
}

/// The indexes that are made and dropped.
pub(super) fn index_actions(updates: &[IndexUpdate<'_>]) -> Vec<IndexAction> {
    let mut actions = Vec::new();
    for IndexUpdate { create, delete, .. } in updates {
        let create = create.as_ref().map(|index| IndexAction::Create(index.request()));
        let delete = delete.as_ref().map(|delete| IndexAction::Delete(owned(delete.name.as_ref())));
        actions.extend(create.into_iter().chain(delete));
    }
    actions
}

/// The new capacity of each index whose capacity changes.
pub(super) fn index_capacities(
    updates: &[IndexUpdate<'_>],
) -> Result<Vec<IndexCapacity>, ApiError> {
    let mut capacities = Vec::new();
    for IndexUpdate { update, .. } in updates {
        let Some(update) = update else { continue };
        let index = owned(update.name.as_ref());
        if update.warm.is_some_and(WarmRequest::is_empty) {
            return Err(invalid(format_args!(
                "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond \
                 specified for index: {index}"
            )));
        }
        let units = update.throughput.map(Throughput::units);
        let warm = update.warm.unwrap_or_default();
        let throughput = ThroughputRequest { maxima: update.maxima, warm };
        capacities.push(IndexCapacity { index, units, throughput });
    }
    Ok(capacities)
}

impl IndexUpdate<'_> {
    /// Whether an index is made or dropped.
    pub(super) fn makes_or_drops(&self) -> bool {
        self.create.is_some() || self.delete.is_some()
    }

    fn is_empty(&self) -> bool {
        self.update.is_none() && self.create.is_none() && self.delete.is_none()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let update = self.update.as_ref().and_then(|update| update.name.as_deref());
        let create = self.create.as_ref().and_then(Index::name);
        let delete = self.delete.as_ref().and_then(|delete| delete.name.as_deref());
        [update, create, delete].into_iter().flatten()
    }
}

impl<'a> Update<'a> {
    fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut update = Self::default();
        let shape = "UpdateGlobalSecondaryIndexAction";
        let present = scan.structure(shape, Place::Member, |scan, name| {
            match &*name {
                "IndexName" => update.name = scan.text()?,
                "ProvisionedThroughput" => update.throughput = read_throughput(scan)?,
                "OnDemandThroughput" => update.maxima = read_maxima(scan)?.unwrap_or_default(),
                "WarmThroughput" => update.warm = read_warm(scan)?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(present.then_some(update))
    }
}

impl<'a> Delete<'a> {
    fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut delete = Self::default();
        let shape = "DeleteGlobalSecondaryIndexAction";
        let present = scan.structure(shape, Place::Member, |scan, name| {
            match &*name {
                "IndexName" => delete.name = scan.text()?,
                _ => scan.skip()?,
            }
            Ok(())
        })?;
        Ok(present.then_some(delete))
    }
}
