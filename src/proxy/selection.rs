//! What of the items is answered, and where it comes from.
//!
//! A global index answers only what it holds. A local one fetches from the table what it does not
//! hold: for `ALL_ATTRIBUTES`, and for what a projection or filter names.
//!
//! Must hold: a filter of a query names no key attribute of what is read.
//! Not here: members that contradict each other without any table (`wire/`).

use super::target::Target;
use crate::api::{ApiError, Filter, Form, PageRequest, Select};
use crate::engine::{ItemSource, PageAnswer};
use crate::expr::{Path, Projection};
use crate::model::IndexProjection;

/// What is read for each item and what is answered of it.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) source: ItemSource,
    pub(super) projection: Option<Projection>,
    pub(super) answer: PageAnswer,
}

impl Selection {
    /// What the request asks of what it reads.
    pub(super) fn of(request: &PageRequest, target: Target<'_>) -> Result<Self, ApiError> {
        let source = match target {
            Target::Table(_) => ItemSource::Rows,
            Target::Local(..) => local_source(request, target),
            Target::Global(..) => {
                check_global(request, target)?;
                ItemSource::Rows
            }
        };
        let projection = match (&request.projection, source, request.select) {
            (Some(projection), ..) => Some(projection.clone()),
            // What was fetched for the filter alone is not answered.
            (None, ItemSource::Table, None | Some(Select::AllProjected)) => held(target),
            (None, ItemSource::Rows | ItemSource::Table, _) => None,
        };
        let answer = match request.select {
            Some(Select::Count) => PageAnswer::Count,
            None | Some(Select::AllAttributes | Select::AllProjected | Select::Specific) => {
                PageAnswer::Items
            }
        };
        Ok(Self { source, projection, answer })
    }
}

/// Refuses a filter on the key attributes of what a query reads.
pub(super) fn check_filter(filter: &Filter, target: Target<'_>) -> Result<(), ApiError> {
    let paths = filter.condition.paths();
    let is_named = |name: &str| paths.iter().any(|path| path.attribute == name);
    let Some(key) = target.keys().find(|key| is_named(&key.name)) else { return Ok(()) };
    let form = match filter.form {
        Form::Expression => "Filter Expression",
        Form::Legacy => "QueryFilter",
    };
    Err(ApiError::validation(format!(
        "{form} can only contain non-primary key attributes: Primary key attribute: {}",
        key.name
    )))
}

/// The paths of the request's projection.
pub(super) fn projected(request: &PageRequest) -> &[Path] {
    request.projection.as_ref().map_or(&[], Projection::paths)
}

/// The paths of the request's filter.
pub(super) fn filtered(request: &PageRequest) -> Vec<&Path> {
    request.filter.as_ref().map_or_else(Vec::new, |filter| filter.condition.paths())
}

fn local_source(request: &PageRequest, target: Target<'_>) -> ItemSource {
    let wants_all = request.select == Some(Select::AllAttributes) && !holds_all(target);
    if wants_all || !not_held(request, target).is_empty() {
        ItemSource::Table
    } else {
        ItemSource::Rows
    }
}

fn check_global(request: &PageRequest, target: Target<'_>) -> Result<(), ApiError> {
    let name = target.index().map_or("", |index| &index.name);
    if request.select == Some(Select::AllAttributes) && !holds_all(target) {
        return Err(ApiError::validation(format!(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not \
             supported for global secondary index {name} because its projection type is not ALL"
        )));
    }
    let missing = not_held(request, target);
    if missing.is_empty() {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "One or more parameter values were invalid: Global secondary index {name} does not project \
         [{}]",
        missing.join(", ")
    )))
}

/// The attributes that projection and filter name and the index does not hold, each once.
fn not_held<'a>(request: &'a PageRequest, target: Target<'_>) -> Vec<&'a str> {
    let Some(index) = target.index() else { return Vec::new() };
    let mut missing = Vec::new();
    for path in projected(request).iter().chain(filtered(request)) {
        let name = path.attribute.as_str();
        if !missing.contains(&name) && !index.projects(target.table(), name) {
            missing.push(name);
        }
    }
    missing
}

fn holds_all(target: Target<'_>) -> bool {
    target.index().is_none_or(|index| index.projection == IndexProjection::All)
}

/// The projection on what the index holds.
fn held(target: Target<'_>) -> Option<Projection> {
    let included = match &target.index()?.projection {
        IndexProjection::All => return None,
        IndexProjection::KeysOnly => &[][..],
        IndexProjection::Include(names) => names,
    };
    let mut names: Vec<String> = target.start_keys().map(|key| key.name.clone()).collect();
    for name in included {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    Some(Projection::of_attributes(names))
}
