//! The indexes of a new table, checked in DynamoDB's order.
//!
//! Must hold: indexes that leave this file have different names and keys that are defined, and use
//! every definition together with the table's own key.
//! Not here: lengths and words, which are constraints of single members (`wire/`).

use std::collections::HashSet;

use super::key_schema::{Definitions, lists_of_keys, names, pair_of_keys};
use super::value::invalid;
use super::{
    ApiError, Billing, CapacityChange, CreateIndex, Cut, KeyElement, Throughput, ThroughputRequest,
    Units, Whose, check_units,
};
use crate::model::{IndexProjection, IndexScope, KeyAttribute};

/// An index as a request asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexRequest {
    /// The name.
    pub name: String,
    /// The key schema.
    pub elements: Vec<KeyElement>,
    /// What it shall hold, if that was said.
    pub projection: Option<ProjectionType>,
    /// The attributes that it shall hold besides, if there was a list of them.
    pub projected: Option<Vec<String>>,
    /// The units.
    pub units: Option<Units>,
    /// What else is asked of it.
    pub throughput: ThroughputRequest,
}

/// What an index shall hold of an item, as a request says it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProjectionType {
    /// Everything.
    All,
    /// The keys.
    KeysOnly,
    /// The keys and named attributes.
    Include,
}

/// A change of the global indexes that a table has; other settings may change with it.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexesChange {
    /// What becomes of them; no index is named twice.
    pub actions: Vec<IndexAction>,
    /// The attribute definitions of the request, which must have the keys of those that are made.
    pub definitions: Vec<KeyAttribute>,
    /// How capacity is charged from then on, if that changes.
    pub capacity: CapacityChange,
}

/// A global index of a table that is there, made or dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexAction {
    /// It is made, of the items that are there.
    Create(IndexRequest),
    /// The one of this name is dropped.
    Delete(String),
}

/// What of a new table its indexes are checked against.
#[derive(Clone, Copy, Debug)]
pub struct TableKeys<'a> {
    /// The attribute definitions.
    pub definitions: &'a [KeyAttribute],
    /// The partition key.
    pub hash: &'a KeyAttribute,
    /// The sort key.
    pub range: Option<&'a KeyAttribute>,
    /// How capacity is charged.
    pub billing: Billing,
}

/// The indexes of a new table, local ones first; a list that is there must not be empty.
pub fn new_indexes(
    table: TableKeys<'_>,
    local: Option<&[IndexRequest]>,
    global: Option<&[IndexRequest]>,
) -> Result<Vec<CreateIndex>, ApiError> {
    let definitions = Definitions::of(table.definitions);
    let mut named = HashSet::new();
    let mut indexes = Vec::new();
    if let Some(local) = local {
        check_not_empty(local, "LocalSecondaryIndexes")?;
        if table.range.is_none() {
            return Err(invalid(
                "Table KeySchema does not have a range key, which is required when specifying a \
                 LocalSecondaryIndex",
            ));
        }
        for request in local {
            indexes.push(local_index(table, &definitions, request)?);
            check_name(&mut named, request)?;
        }
        if local.len() > LOCAL_MAX {
            return Err(invalid(format_args!(
                "Number of LocalSecondaryIndexes exceeds per-table limit of {LOCAL_MAX}"
            )));
        }
    }
    if let Some(global) = global {
        check_not_empty(global, "GlobalSecondaryIndexes")?;
        for request in global {
            indexes.push(global_index(table.billing, &definitions, request)?);
            check_name(&mut named, request)?;
        }
        if global.len() > GLOBAL_INDEXES_MAX {
            return Err(invalid(too_many_global_indexes()));
        }
    }
    if !indexes.is_empty() {
        check_use(table, &indexes)?;
        check_projected(indexes.iter().map(|index| &index.projection))?;
    }
    Ok(indexes)
}

/// A global index for a table that is there, keyed by attributes that the request defines.
pub fn added_index(
    definitions: &[KeyAttribute],
    billing: Billing,
    request: &IndexRequest,
) -> Result<CreateIndex, ApiError> {
    global_index(billing, &Definitions::of(definitions), request)
}

/// What is wrong with a table of more than [`GLOBAL_INDEXES_MAX`] global indexes.
pub fn too_many_global_indexes() -> String {
    format!("GlobalSecondaryIndex count exceeds the per-table limit of {GLOBAL_INDEXES_MAX}")
}

fn local_index(
    table: TableKeys<'_>,
    definitions: &Definitions<'_>,
    request: &IndexRequest,
) -> Result<CreateIndex, ApiError> {
    let (hash, range) = pair_of_keys(definitions, &request.elements)?;
    let name = &request.name;
    let Some(range) = range else {
        let fault = "Index KeySchema does not have a range key for index:";
        return Err(invalid(format_args!("{fault} {name}")));
    };
    if hash.name != table.hash.name {
        return Err(invalid(format_args!(
            "Index KeySchema does not have the same leading hash key as table KeySchema for index: \
             {name}. index hash key: {}, table hash key: {}",
            hash.name, table.hash.name
        )));
    }
    Ok(CreateIndex {
        name: name.clone(),
        scope: IndexScope::Local,
        hash: vec![hash],
        range: vec![range],
        projection: projection(request)?,
        units: None,
        throughput: Throughput::default(),
    })
}

fn global_index(
    billing: Billing,
    definitions: &Definitions<'_>,
    request: &IndexRequest,
) -> Result<CreateIndex, ApiError> {
    let (hash, range) = lists_of_keys(definitions, &request.elements)?;
    let projection = projection(request)?;
    check_throughput(billing, request)?;
    let billing = request.units.map_or(billing, Billing::bought);
    let whose = Whose::Index(&request.name);
    let throughput = Throughput::of_new(billing, request.throughput, whose)?;
    Ok(CreateIndex {
        name: request.name.clone(),
        scope: IndexScope::Global,
        hash,
        range,
        projection,
        units: request.units,
        throughput,
    })
}

fn projection(request: &IndexRequest) -> Result<IndexProjection, ApiError> {
    let forbidden = |kind: &str| {
        invalid(format_args!("ProjectionType is {kind}, but NonKeyAttributes is specified"))
    };
    match (request.projection, &request.projected) {
        (None, _) => Err(invalid("Unknown ProjectionType: null")),
        (Some(ProjectionType::All), None) => Ok(IndexProjection::All),
        (Some(ProjectionType::All), Some(_)) => Err(forbidden("ALL")),
        (Some(ProjectionType::KeysOnly), None) => Ok(IndexProjection::KeysOnly),
        (Some(ProjectionType::KeysOnly), Some(_)) => Err(forbidden("KEYS_ONLY")),
        (Some(ProjectionType::Include), Some(names)) => Ok(IndexProjection::Include(names.clone())),
        (Some(ProjectionType::Include), None) => {
            Err(invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"))
        }
    }
}

fn check_throughput(billing: Billing, request: &IndexRequest) -> Result<(), ApiError> {
    let name = &request.name;
    match (billing, request.units) {
        (Billing::OnDemand, None) => Ok(()),
        (Billing::OnDemand, Some(_)) => Err(index_units_on_demand(name)),
        (Billing::Provisioned { .. }, None) => {
            Err(invalid(format_args!("ProvisionedThroughput is not specified for index: {name}")))
        }
        (Billing::Provisioned { .. }, Some(units)) => check_units(units),
    }
}

/// What is told of units for a global index of a table on demand.
pub fn index_units_on_demand(name: &str) -> ApiError {
    invalid(format_args!(
        "ProvisionedThroughput should not be specified for index: {name} when BillingMode is \
         PAY_PER_REQUEST"
    ))
}

fn check_not_empty(indexes: &[IndexRequest], member: &str) -> Result<(), ApiError> {
    if indexes.is_empty() {
        return Err(invalid(format_args!("List of {member} is empty")));
    }
    Ok(())
}

/// No two indexes have one name, local or global.
fn check_name<'a>(named: &mut HashSet<&'a str>, request: &'a IndexRequest) -> Result<(), ApiError> {
    if named.insert(&request.name) {
        return Ok(());
    }
    Err(invalid(format_args!("Duplicate index name: {}", request.name)))
}

/// Every definition must key something, once.
fn check_use(table: TableKeys<'_>, indexes: &[CreateIndex]) -> Result<(), ApiError> {
    let own = std::iter::once(table.hash).chain(table.range);
    let of_indexes = indexes.iter().flat_map(|index| index.hash.iter().chain(&index.range));
    let mut used: Vec<&KeyAttribute> = Vec::new();
    for key in own.chain(of_indexes) {
        if !used.contains(&key) {
            used.push(key);
        }
    }
    if used.len() == table.definitions.len() {
        return Ok(());
    }
    Err(invalid(format_args!(
        "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
        Cut(names(table.definitions.iter())),
        Cut(names(used.into_iter()))
    )))
}

/// Refuses projections of all indexes of a table that name too many attributes together.
pub fn check_projected<'a>(
    projections: impl Iterator<Item = &'a IndexProjection>,
) -> Result<(), ApiError> {
    let projected = |projection: &IndexProjection| match projection {
        IndexProjection::Include(names) => names.len(),
        IndexProjection::All | IndexProjection::KeysOnly => 0,
    };
    if projections.map(projected).sum::<usize>() > PROJECTED_MAX {
        return Err(invalid(format_args!(
            "Number of NonKeyAttributes over all indexes exceeds the per-table limit of \
             {PROJECTED_MAX}"
        )));
    }
    Ok(())
}

const LOCAL_MAX: usize = 5;
/// Global indexes that a table may have.
pub const GLOBAL_INDEXES_MAX: usize = 20;
/// Names in the projections of all indexes of a table; one in two indexes counts twice.
const PROJECTED_MAX: usize = 100;
