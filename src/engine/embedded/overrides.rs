//! What a restored table is: as it was, but for what the request has otherwise.
//!
//! Must hold: every index that it has is one that the table had; what a restore does not bring back
//! is as in a new table.
//! Not here: its items (`restores.rs`).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::definition::Setting;
use super::index_changes;
use crate::api::{
    ApiError, Billing, BillingMode, IndexRequest, KeyElement, KeyRole, MaximaRequest,
    OnDemandMaxima, ProjectionType, RestoreOverrides, Throughput, ThroughputChanges,
    ThroughputRequest, Whose, check_units, index_units_on_demand, invalid,
};
use crate::engine::{Table, TableIndex, TimeToLive};
use crate::model::{IndexProjection, IndexSchema, IndexScope, TableSchema};

/// The table with what the request has otherwise, or why it cannot be.
pub(super) fn overridden(
    table: &Table,
    overrides: &RestoreOverrides,
    setting: &Setting<'_>,
) -> Result<Table, ApiError> {
    let billing = billing(table, overrides)?;
    let mut chosen = Vec::new();
    for (scope, requests) in
        [(IndexScope::Local, &overrides.local), (IndexScope::Global, &overrides.global)]
    {
        chosen.extend(indexes(table, billing.mode(), scope, requests.as_deref())?);
    }
    check_names(&chosen)?;
    charge(&mut chosen, billing)?;
    let throughput = throughput(table, billing, overrides.maxima)?;
    let (schemas, states): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
    let schema = TableSchema { indexes: schemas, ..TableSchema::clone(&table.schema) };
    let table = Table {
        schema: Arc::new(schema),
        billing,
        throughput,
        indexes: states,
        throughput_changes: ThroughputChanges::default(),
        deletion_protection: false,
        class: None,
        time_to_live: TimeToLive::default(),
        tags: BTreeMap::new(),
        stream: None,
        policy: None,
        encryption: match &overrides.encryption {
            Some(key) => key.arn(setting.region, setting.account),
            None => table.encryption.clone(),
        },
        ..table.clone()
    };
    // What defined an index alone goes with it.
    Ok(index_changes::cleared(&table))
}

fn billing(table: &Table, overrides: &RestoreOverrides) -> Result<Billing, ApiError> {
    let mode = overrides.mode.unwrap_or(table.billing.mode());
    match (mode, table.billing, overrides.units) {
        (BillingMode::Provisioned, bought @ Billing::Provisioned { .. }, None) => Ok(bought),
        (mode, _, units) => Billing::new(mode, units),
    }
}

/// The indexes of a kind that the table keeps, with the names and units that the request gives.
fn indexes(
    table: &Table,
    mode: BillingMode,
    scope: IndexScope,
    requests: Option<&[IndexRequest]>,
) -> Result<Vec<(IndexSchema, TableIndex)>, ApiError> {
    let of_scope = |(schema, _): &(&IndexSchema, &TableIndex)| schema.scope == scope;
    let mut there: Vec<_> = table.schemas_and_indexes().filter(of_scope).collect();
    let anew = |(schema, index): (&IndexSchema, &TableIndex)| {
        let throughput = kept(index.throughput, table.billing.mode(), mode);
        let throughput_changes = ThroughputChanges::default();
        let index = TableIndex { throughput, throughput_changes, ..index.clone() };
        (schema.clone(), index)
    };
    let Some(requests) = requests else { return Ok(there.into_iter().map(anew).collect()) };
    let find = |request: &IndexRequest| {
        let place = there.iter().position(|(schema, _)| is_of(request, schema));
        let (mut schema, mut index) = anew(there.swap_remove(place.ok_or_else(|| {
            ApiError::validation(format!(
                "Index {} does not match a secondary index that existed in the source table and \
                 cannot be created during the restore operation",
                request.name
            ))
        })?));
        schema.name.clone_from(&request.name);
        index.units = request.units.or(index.units);
        let whose = Whose::Index(&request.name);
        index.throughput = index.throughput.changed(mode, request.throughput, whose)?;
        check_throughput_of(mode, request)?;
        Ok((schema, index))
    };
    let mut found = requests.iter().map(find).collect::<Result<Vec<_>, ApiError>>()?;
    found.sort_by_key(|(schema, _)| schema.id);
    Ok(found)
}

/// Whether a request describes this index, whatever it calls it.
fn is_of(request: &IndexRequest, schema: &IndexSchema) -> bool {
    let element = |role: KeyRole| {
        move |key: &crate::model::KeyAttribute| KeyElement { name: key.name.clone(), role }
    };
    let hash = schema.hash.iter().map(element(KeyRole::Hash));
    let elements = hash.chain(schema.range.iter().map(element(KeyRole::Range)));
    let names = |names: &[String]| names.iter().cloned().collect::<HashSet<_>>();
    let projects = match (&schema.projection, request.projection) {
        (IndexProjection::All, Some(ProjectionType::All))
        | (IndexProjection::KeysOnly, Some(ProjectionType::KeysOnly)) => {
            request.projected.as_ref().is_none_or(Vec::is_empty)
        }
        (IndexProjection::Include(included), Some(ProjectionType::Include)) => {
            names(included) == names(request.projected.as_deref().unwrap_or_default())
        }
        (IndexProjection::All | IndexProjection::KeysOnly | IndexProjection::Include(_), _) => {
            false
        }
    };
    projects && elements.eq(request.elements.iter().cloned())
}

fn check_throughput_of(mode: BillingMode, request: &IndexRequest) -> Result<(), ApiError> {
    match (mode, request.units) {
        (BillingMode::OnDemand, Some(_)) => Err(index_units_on_demand(&request.name)),
        (BillingMode::Provisioned, Some(units)) => check_units(units),
        (BillingMode::OnDemand | BillingMode::Provisioned, None) => Ok(()),
    }
}

fn check_names(chosen: &[(IndexSchema, TableIndex)]) -> Result<(), ApiError> {
    let mut names = HashSet::new();
    match chosen.iter().find(|(schema, _)| !names.insert(schema.name.as_str())) {
        Some((schema, _)) => Err(invalid(format_args!("Duplicate index name: {}", schema.name))),
        None => Ok(()),
    }
}

/// What the table takes.
fn throughput(
    table: &Table,
    billing: Billing,
    maxima: MaximaRequest,
) -> Result<Throughput, ApiError> {
    let kept = kept(table.throughput, table.billing.mode(), billing.mode());
    let request = ThroughputRequest { maxima, ..ThroughputRequest::default() };
    Ok(kept.changed(billing.mode(), request, Whose::Table)?.raised_for(billing))
}

/// A maximum goes with the mode that it was made for.
fn kept(throughput: Throughput, before: BillingMode, after: BillingMode) -> Throughput {
    let maxima = if before == after { throughput.maxima } else { OnDemandMaxima::default() };
    Throughput { maxima, ..throughput }
}

/// Gives global indexes the units that go with how the table is charged.
fn charge(chosen: &mut [(IndexSchema, TableIndex)], billing: Billing) -> Result<(), ApiError> {
    for (schema, index) in chosen.iter_mut().filter(|(schema, _)| !schema.is_local()) {
        match billing {
            Billing::OnDemand => index.units = None,
            Billing::Provisioned { .. } if index.units.is_none() => {
                return Err(invalid(format_args!(
                    "ProvisionedThroughput must be specified for index: {}",
                    schema.name
                )));
            }
            Billing::Provisioned { .. } => {}
        }
        let billing = index.units.map_or(billing, Billing::bought);
        index.throughput = index.throughput.raised_for(billing);
    }
    Ok(())
}
