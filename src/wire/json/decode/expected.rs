//! `Expected`: what a write of the older way asks of the item that is there.
//!
//! Must hold: what is told of a wrong entry is the service's first fault of it.
//! Not here: operators and their values (`legacy.rs`).

use super::super::constraints::{Map, OPTIONAL, shape};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::legacy::{Comparison, Test, check_count};
use super::operator::Operator;
use crate::api::{ApiError, invalid};
use crate::model::AttributeValue;

/// The map as it came.
#[derive(Debug)]
pub(in crate::wire) struct Expected<'a>(Vec<Expectation<'a>>);

/// One entry of it.
#[derive(Debug)]
pub(super) struct Expectation<'a> {
    comparison: Comparison<'a>,
    value: Option<AttributeValue>,
    exists: Option<bool>,
}

impl<'a> Expected<'a> {
    /// Reads the member; `None` for null.
    pub(super) fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut all = Vec::new();
        let class = shape_class!("ExpectedAttributeValue");
        let present = scan.map(class, Place::Member, |scan, attribute| {
            let comparison = Comparison::of(attribute);
            let mut one = Expectation { comparison, value: None, exists: None };
            scan.structure("ExpectedAttributeValue", Place::Element, |scan, name| {
                one.read(scan, &name)
            })?;
            all.push(one);
            Ok(())
        })?;
        Ok(present.then_some(Self(all)))
    }

    /// The entries as constraints see them.
    pub(super) fn entries(&self) -> Map<'_, Expectation<'a>> {
        Map(&self.0)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Checks each, in the order of the request.
    pub(super) fn checked(self) -> Result<Vec<Test>, ApiError> {
        check_count(self.len())?;
        self.0.into_iter().map(Expectation::checked).collect()
    }
}

shape! {
    impl "ExpectedAttributeValue" for Expectation<'_> as expected, under (&expected.comparison.attribute) {
        "comparisonOperator": OPTIONAL.one_of(&Operator::NAMES), expected.comparison.word();
    }
}

impl<'a> Expectation<'a> {
    fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "Value" => self.value = self.comparison.values.optional(scan)?,
            "Exists" => self.exists = scan.boolean()?,
            name if self.comparison.read(scan, name)? => {}
            _ => scan.skip()?,
        }
        Ok(())
    }

    fn checked(self) -> Result<Test, ApiError> {
        let Self { comparison, value, exists } = self;
        let Comparison { attribute, operator, list, values, .. } = comparison;
        values.check()?;
        let fault = |fault: &str| Err(invalid(format_args!("{fault} for Attribute: {attribute}")));
        if list.is_some() && value.is_some() {
            return fault("Value and AttributeValueList cannot be used together");
        }
        if let Some(operator) = operator {
            if exists.is_some() {
                return fault("Exists and ComparisonOperator cannot be used together");
            }
            let given = list.or_else(|| value.map(|value| vec![value]));
            return match given {
                None if !operator.tests_presence() => fault(&format!(
                    "Value or AttributeValueList must be used with ComparisonOperator: {}",
                    operator.name()
                )),
                given => Test::new(attribute, operator, given.unwrap_or_default()),
            };
        }
        if list.is_some() {
            return fault("AttributeValueList can only be used with a ComparisonOperator");
        }
        match (exists, value) {
            (Some(false), None) => Test::new(attribute, Operator::Null, Vec::new()),
            (Some(false), Some(_)) => fault("Value cannot be used when Exists is false"),
            (Some(true) | None, Some(value)) => Test::new(attribute, Operator::Equal, vec![value]),
            (Some(true), None) => fault("Value must be provided when Exists is true"),
            (None, None) => fault("Value must be provided when Exists is null"),
        }
    }
}
