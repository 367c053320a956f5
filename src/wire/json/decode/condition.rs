//! The members by which a write makes its effect depend on the item that is there.
//!
//! Must hold: whoever calls [`Condition::check`] and [`Condition::refuse`] has no condition.
//! Not here: the language of expressions, which hearth does not have yet.

use std::borrow::Cow;

use super::super::constraints::{COMPARISONS, CONDITIONAL_OPERATORS, Faults, RETURN_ON_FAILURE};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::Values;
use super::refuse;
use crate::api::ApiError;

/// The members as they came.
#[derive(Debug, Default)]
pub(super) struct Condition<'a> {
    expression: bool,
    names: bool,
    values: bool,
    expected: Option<Vec<Comparison<'a>>>,
    operator: Option<Cow<'a, str>>,
    on_failure: Option<Cow<'a, str>>,
}

/// An attribute in `Expected`, and how it is compared.
#[derive(Debug)]
struct Comparison<'a> {
    attribute: Cow<'a, str>,
    operator: Option<Cow<'a, str>>,
}

impl<'a> Condition<'a> {
    /// Reads the member if it is one of these, else skips it.
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<(), ApiError> {
        match name {
            "ConditionExpression" => self.expression = scan.text()?.is_some(),
            "ExpressionAttributeNames" => {
                self.names =
                    scan.map("java.lang.String", Place::Member, |scan, _| scan.text().map(drop))?;
            }
            "ExpressionAttributeValues" => {
                let values = Values::default().attributes(scan, Place::Member)?;
                self.values = values.is_some();
            }
            "Expected" => self.expected = read_expected(scan)?,
            "ConditionalOperator" => self.operator = scan.text()?,
            "ReturnValuesOnConditionCheckFailure" => self.on_failure = scan.text()?,
            _ => scan.skip()?,
        }
        Ok(())
    }

    /// The constraints of `ConditionalOperator` and `Expected`.
    pub(super) fn constrain(&self, faults: &mut Faults) {
        faults.one_of("conditionalOperator", self.operator.as_deref(), CONDITIONAL_OPERATORS);
        for Comparison { attribute, operator } in self.expected.iter().flatten() {
            let path = format_args!("expected.{attribute}.member.comparisonOperator");
            faults.one_of(path, operator.as_deref(), COMPARISONS);
        }
    }

    /// The constraint of the member that came to the service last.
    pub(super) fn constrain_last(&self, faults: &mut Faults) {
        let path = "returnValuesOnConditionCheckFailure";
        faults.one_of(path, self.on_failure.as_deref(), RETURN_ON_FAILURE);
    }

    /// Checks that stand before those of the item or key.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        check_mix(
            &[
                ("Expected", self.expected.is_some()),
                ("ConditionalOperator", self.operator.is_some()),
            ],
            &[("ConditionExpression", self.expression)],
        )?;
        if self.names && !self.expression {
            return Err(names_without_expression());
        }
        if self.values && !self.expression {
            return Err(ApiError::validation(
                "ExpressionAttributeValues can only be specified when using expressions: \
                 ConditionExpression is null",
            ));
        }
        Ok(())
    }

    /// Refuses a condition, since there is none yet.
    pub(super) fn refuse(&self) -> Result<(), ApiError> {
        if self.operator.is_some() && self.expected.is_none() {
            return Err(ApiError::validation(
                "ConditionalOperator cannot be used without Filter or Expected",
            ));
        }
        let returns_item = self.on_failure.as_deref() == Some("ALL_OLD");
        refuse([
            ("Expected", self.expected.is_some()),
            ("ConditionExpression", self.expression),
            ("ReturnValuesOnConditionCheckFailure", returns_item),
        ])
    }
}

/// Refuses members of the old and the new way in one request.
pub(super) fn check_mix(old: &[(&str, bool)], new: &[(&str, bool)]) -> Result<(), ApiError> {
    let present = |members: &[(&str, bool)]| {
        let names: Vec<String> = members
            .iter()
            .filter(|(_, there)| *there)
            .map(|(name, _)| (*name).to_owned())
            .collect();
        names.join(", ")
    };
    let (old, new) = (present(old), present(new));
    if old.is_empty() || new.is_empty() {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {{{old}}} Expression parameters: {{{new}}}"
    )))
}

/// The refusal of names that no expression could use.
pub(super) fn names_without_expression() -> ApiError {
    ApiError::validation("ExpressionAttributeNames can only be specified when using expressions")
}

fn read_expected<'a>(scan: &mut Scanner<'a>) -> Result<Option<Vec<Comparison<'a>>>, ApiError> {
    let mut expected = Vec::new();
    let class = shape_class!("ExpectedAttributeValue");
    let present = scan.map(class, Place::Member, |scan, attribute| {
        let mut operator = None;
        scan.structure("ExpectedAttributeValue", Place::Element, |scan, name| {
            read_comparison(scan, &name, &mut operator)
        })?;
        expected.push(Comparison { attribute, operator });
        Ok(())
    })?;
    Ok(present.then_some(expected))
}

fn read_comparison<'a>(
    scan: &mut Scanner<'a>,
    name: &str,
    operator: &mut Option<Cow<'a, str>>,
) -> Result<(), ApiError> {
    // Only types matter here: what is well typed is refused as a whole.
    let mut values = Values::default();
    match name {
        "Value" => values.value(scan, Place::Member).map(drop),
        "AttributeValueList" => {
            scan.list(|scan| values.value(scan, Place::Element).map(drop)).map(drop)
        }
        "Exists" => scan.boolean().map(drop),
        "ComparisonOperator" => {
            *operator = scan.text()?;
            Ok(())
        }
        _ => scan.skip(),
    }
}
