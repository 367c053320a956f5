//! The members that Query and Scan have in common.
//!
//! Must hold: `Select` agrees with the projection and the index of the request.
//! Not here: the order in which the two operations check them (`query.rs`, `scan.rs`).

use std::borrow::Cow;
use std::sync::Arc;

use super::super::constraints::Map;
use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use super::expressions::{Expressions, Parsed, Usage};
use super::legacy::{Comparison, Comparisons, check_operator, joined};
use super::projection::{check_twins, of_attributes};
use super::{capacity_of, consistency_of, table_of};
use crate::api::{ApiError, Filter, Form, Key, PageRequest, Select};
use crate::expr::{Condition, Language};

/// The members as they came.
#[derive(Debug, Default)]
pub(in crate::wire) struct PageMembers<'a> {
    pub(in crate::wire) expressions: Expressions<'a>,
    pub(in crate::wire) filter: Option<Comparisons<'a>>,
    pub(in crate::wire) operator: Option<Cow<'a, str>>,
    pub(in crate::wire) attributes_to_get: Option<Vec<Cow<'a, str>>>,
    pub(in crate::wire) limit: Option<i32>,
    pub(in crate::wire) capacity: Option<Cow<'a, str>>,
    pub(in crate::wire) table: Option<Cow<'a, str>>,
    pub(in crate::wire) index: Option<Cow<'a, str>>,
    pub(in crate::wire) select: Option<Cow<'a, str>>,
    pub(in crate::wire) consistent: Option<bool>,
    pub(in crate::wire) start: Option<Key>,
    pub(in crate::wire) start_values: Values,
}

impl<'a> PageMembers<'a> {
    /// Reads the member if it is one of these, else touches nothing and answers `false`; `filter`
    /// is the name of the older filter.
    pub(super) fn read(
        &mut self,
        usage: Usage,
        filter: &str,
        scan: &mut Scanner<'a>,
        name: &str,
    ) -> Result<bool, ApiError> {
        match name {
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "TableName" => self.table = scan.text()?,
            "IndexName" => self.index = scan.text()?,
            "Select" => self.select = scan.text()?,
            "ConsistentRead" => self.consistent = scan.boolean()?,
            "Limit" => self.limit = scan.integer()?,
            "AttributesToGet" => self.attributes_to_get = scan.texts()?,
            "ConditionalOperator" => self.operator = scan.text()?,
            "ExclusiveStartKey" => {
                self.start = self.start_values.attributes(scan, Place::Member)?;
            }
            name if name == filter => self.filter = Comparisons::read(scan)?,
            name => return self.expressions.read(usage, scan, name),
        }
        Ok(true)
    }

    /// The older filter as constraints see it.
    pub(super) fn filter(&self) -> Option<Map<'_, Comparison<'a>>> {
        self.filter.as_ref().map(Comparisons::entries)
    }

    /// Checks the older filter and what joins its conditions; it is the filter, if it is there.
    pub(super) fn check_filter(&mut self) -> Result<Option<Condition>, ApiError> {
        let operator = self.operator.as_deref();
        check_operator(operator, self.filter.as_ref().map(Comparisons::len))?;
        let tests = self.filter.take().map(Comparisons::checked).transpose()?;
        Ok(tests.and_then(|tests| joined(tests, operator)))
    }

    /// Refuses an attribute that `AttributesToGet` names twice.
    pub(super) fn check_twins(&self) -> Result<(), ApiError> {
        check_twins(self.attributes_to_get.as_deref().unwrap_or_default())
    }

    /// Checks the values of the start key.
    pub(super) fn check_start(&mut self) -> Result<(), ApiError> {
        std::mem::take(&mut self.start_values).check_start_key()
    }

    /// Refuses a `Select` that contradicts the projection, or the lack of an index.
    pub(super) fn check_select(&self) -> Result<(), ApiError> {
        let Some(select) = select_of(self.select.as_deref()) else { return Ok(()) };
        let refuse = |message: &str| Err(ApiError::validation(message));
        let both = |member: &str, wanted: &str| {
            refuse(&format!("Cannot specify the {member} when choosing to get {wanted}"))
        };
        match (select, self.projection_member()) {
            (Select::Specific, None) => refuse(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get \
                 SPECIFIC_ATTRIBUTES",
            ),
            (Select::AllProjected, None) if self.index.is_none() => {
                refuse("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
            }
            (Select::Specific, Some(_))
            | (Select::AllAttributes | Select::AllProjected | Select::Count, None) => Ok(()),
            (Select::AllAttributes, Some(member)) => both(member, "ALL_ATTRIBUTES"),
            (Select::AllProjected, Some(member)) => both(member, "ALL_PROJECTED_ATTRIBUTES"),
            (Select::Count, Some(member)) => both(member, "only the Count"),
        }
    }

    /// The request; `older` is its filter if the older way was taken.
    pub(super) fn request(
        self,
        older: Option<Condition>,
        parsed: &mut Parsed,
    ) -> Result<PageRequest, ApiError> {
        let filter = match (older, parsed.filter.take()) {
            (Some(condition), _) => Some((condition, Form::Legacy)),
            (None, Some(condition)) => Some((condition, Form::Expression)),
            (None, None) => None,
        };
        Ok(PageRequest {
            table: table_of(self.table.as_ref())?,
            index: self.index.map(Cow::into_owned),
            filter: filter.map(|(condition, form)| Filter { condition: Arc::new(condition), form }),
            projection: match self.attributes_to_get {
                Some(names) => Some(of_attributes(&names)),
                None => parsed.projection.take(),
            },
            select: select_of(self.select.as_deref()),
            limit: self.limit.and_then(|limit| usize::try_from(limit).ok()),
            start: self.start,
            consistency: consistency_of(self.consistent),
            capacity: capacity_of(self.capacity.as_deref()),
        })
    }

    /// The member that says the projection.
    fn projection_member(&self) -> Option<&'static str> {
        if self.attributes_to_get.is_some() {
            return Some("AttributesToGet");
        }
        self.expressions.text(Language::Projection).map(|_| "ProjectionExpression")
    }
}

fn select_of(select: Option<&str>) -> Option<Select> {
    match select? {
        "ALL_ATTRIBUTES" => Some(Select::AllAttributes),
        "ALL_PROJECTED_ATTRIBUTES" => Some(Select::AllProjected),
        "SPECIFIC_ATTRIBUTES" => Some(Select::Specific),
        "COUNT" => Some(Select::Count),
        _ => None,
    }
}
