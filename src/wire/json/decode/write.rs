//! The members that PutItem, DeleteItem and UpdateItem have in common.
//!
//! Must hold: what a write asks for ([`WriteMembers::options`]) is known only after `Expected` was
//! checked and the expressions were parsed; the parameters say so.
//! Not here: what each of them has alone (`item.rs`, `update.rs`).

use std::borrow::Cow;
use std::sync::Arc;

use super::super::constraints::Map;
use super::super::scan::Scanner;
use super::super::types::Place;
use super::super::values::Values;
use super::capacity_of;
use super::expected::{Expectation, Expected};
use super::expressions::{Expressions, Parsed, Usage};
use super::legacy::{Test, check_operator, joined};
use crate::api::{ApiError, CollectionDetail, Key, OnConditionFailure, ReturnValues, WriteOptions};

/// The members as they came.
#[derive(Debug, Default)]
pub(in crate::wire) struct WriteMembers<'a> {
    pub(in crate::wire) table: Option<Cow<'a, str>>,
    /// The item of a put, else the key.
    pub(in crate::wire) attributes: Option<Key>,
    pub(in crate::wire) values: Values,
    pub(in crate::wire) expressions: Expressions<'a>,
    pub(in crate::wire) capacity: Option<Cow<'a, str>>,
    pub(in crate::wire) return_values: Option<Cow<'a, str>>,
    pub(in crate::wire) collection_metrics: Option<Cow<'a, str>>,
    pub(in crate::wire) on_failure: Option<Cow<'a, str>>,
    pub(in crate::wire) expected: Option<Expected<'a>>,
    pub(in crate::wire) operator: Option<Cow<'a, str>>,
}

/// `Expected` after its checks.
pub(super) struct Expectations {
    tests: Option<Vec<Test>>,
}

impl<'a> WriteMembers<'a> {
    /// Reads the member if it is one of these, else touches nothing and answers `false`.
    ///
    /// `attributes` is the name of the member that has the item or the key.
    pub(super) fn read(
        &mut self,
        usage: Usage,
        attributes: &str,
        scan: &mut Scanner<'a>,
        name: &str,
    ) -> Result<bool, ApiError> {
        match name {
            "TableName" => self.table = scan.text()?,
            name if name == attributes => {
                self.attributes = self.values.attributes(scan, Place::Member)?;
            }
            "ReturnConsumedCapacity" => self.capacity = scan.text()?,
            "ReturnValues" => self.return_values = scan.text()?,
            "ReturnItemCollectionMetrics" => self.collection_metrics = scan.text()?,
            "ReturnValuesOnConditionCheckFailure" => self.on_failure = scan.text()?,
            "Expected" => self.expected = Expected::read(scan)?,
            "ConditionalOperator" => self.operator = scan.text()?,
            name => return self.expressions.read(usage, scan, name),
        }
        Ok(true)
    }

    /// `Expected` as constraints see it.
    pub(super) fn expected(&self) -> Option<Map<'_, Expectation<'a>>> {
        self.expected.as_ref().map(Expected::entries)
    }

    /// The older parameters, and whether they are there.
    pub(super) fn older(&self) -> [(&'static str, bool); 2] {
        [("Expected", self.expected.is_some()), ("ConditionalOperator", self.operator.is_some())]
    }

    /// What is returned; whether the operation can return it is its own check.
    pub(super) fn return_values(&self) -> ReturnValues {
        match self.return_values.as_deref() {
            Some("ALL_OLD") => ReturnValues::AllOld,
            Some("ALL_NEW") => ReturnValues::AllNew,
            Some("UPDATED_OLD") => ReturnValues::UpdatedOld,
            Some("UPDATED_NEW") => ReturnValues::UpdatedNew,
            _ => ReturnValues::None,
        }
    }

    /// Checks `Expected` and what joins it.
    pub(super) fn check_expected(&mut self) -> Result<Expectations, ApiError> {
        let count = self.expected.as_ref().map(Expected::len);
        check_operator(self.operator.as_deref(), count)?;
        let tests = self.expected.take().map(Expected::checked).transpose()?;
        Ok(Expectations { tests })
    }

    /// What the write asks for besides its effect; `parsed` loses its condition.
    pub(super) fn options(&self, expected: Expectations, parsed: &mut Parsed) -> WriteOptions {
        let condition = match expected.tests {
            Some(tests) => joined(tests, self.operator.as_deref()),
            None => parsed.condition.take(),
        };
        WriteOptions {
            condition: condition.map(Arc::new),
            on_failure: on_failure_of(self.on_failure.as_deref()),
            return_values: self.return_values(),
            capacity: capacity_of(self.capacity.as_deref()),
            collection: collection_of(self.collection_metrics.as_deref()),
        }
    }
}

pub(super) fn on_failure_of(returned: Option<&str>) -> OnConditionFailure {
    match returned {
        Some("ALL_OLD") => OnConditionFailure::AllOld,
        _ => OnConditionFailure::None,
    }
}

pub(super) fn collection_of(metrics: Option<&str>) -> CollectionDetail {
    match metrics {
        Some("SIZE") => CollectionDetail::Size,
        _ => CollectionDetail::None,
    }
}
