//! Condition objects of the older parameters: an attribute, an operator and values.
//!
//! `QueryFilter`, `ScanFilter` and `KeyConditions` are maps of them; `Expected` says more and has
//! a file of its own. What passed its checks becomes the tree that an expression would give.
//!
//! Must hold: a [`Test`] has as many values as its operator takes, of types that it takes.
//! Not here: `Expected` (`expected.rs`), `AttributeUpdates` (`update.rs`).

use std::borrow::Cow;

use super::super::constraints::{Map, REQUIRED, shape};
use super::super::scan::Scanner;
use super::super::types::{Place, shape_class};
use super::super::values::Values;
use super::operator::{Operator, Types};
use super::required;
use crate::api::{ApiError, invalid};
use crate::expr::{Comparator, Condition, KeyClause, KeyConditions, KeyTest, Operand, Path};
use crate::model::AttributeValue;

/// A map from attributes to conditions, as it came.
#[derive(Debug)]
pub(in crate::wire) struct Comparisons<'a>(Vec<Comparison<'a>>);

/// One entry of it.
#[derive(Debug, Default)]
pub(super) struct Comparison<'a> {
    pub(super) attribute: Cow<'a, str>,
    pub(super) operator: Option<Operator>,
    /// The word that stands for the operator and is none; the constraints refuse it.
    unknown: Option<Cow<'a, str>>,
    pub(super) list: Option<Vec<AttributeValue>>,
    pub(super) values: Values,
}

/// What must hold of one attribute.
#[derive(Debug)]
pub(super) struct Test {
    attribute: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Compare(Comparator, AttributeValue),
    Between(AttributeValue, AttributeValue),
    BeginsWith(AttributeValue),
    Contains(AttributeValue),
    NotContains(AttributeValue),
    In(Vec<AttributeValue>),
    Exists,
    NotExists,
}

impl<'a> Comparisons<'a> {
    /// Reads `QueryFilter`, `ScanFilter` or `KeyConditions`; `None` for null.
    pub(super) fn read(scan: &mut Scanner<'a>) -> Result<Option<Self>, ApiError> {
        let mut all = Vec::new();
        let present = scan.map(shape_class!("Condition"), Place::Member, |scan, attribute| {
            let mut one = Comparison::of(attribute);
            scan.structure("Condition", Place::Element, |scan, name| {
                if one.read(scan, &name)? { Ok(()) } else { scan.skip() }
            })?;
            all.push(one);
            Ok(())
        })?;
        Ok(present.then_some(Self(all)))
    }

    /// The entries as constraints see them.
    pub(super) fn entries(&self) -> Map<'_, Comparison<'a>> {
        Map(&self.0)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Checks each, in the order of the request.
    pub(super) fn checked(self) -> Result<Vec<Test>, ApiError> {
        check_count(self.len())?;
        let checked = |one: Comparison<'_>| {
            one.values.check()?;
            Test::new(one.attribute, required(one.operator)?, one.list.unwrap_or_default())
        };
        self.0.into_iter().map(checked).collect()
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn of(attribute: Cow<'a, str>) -> Self {
        let mut values = Values::default();
        values.check_name(&attribute);
        Self { attribute, values, ..Self::default() }
    }

    /// Reads the member if it is one of these, else touches nothing and answers `false`.
    pub(super) fn read(&mut self, scan: &mut Scanner<'a>, name: &str) -> Result<bool, ApiError> {
        match name {
            "ComparisonOperator" => {
                let word = scan.text()?;
                self.operator = word.as_deref().and_then(Operator::of_name);
                self.unknown = word.filter(|_| self.operator.is_none());
            }
            "AttributeValueList" => {
                self.list = scan.list(|scan| self.values.value(scan, Place::Element))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The word of the operator, whether there is one or not.
    pub(super) fn word(&self) -> Option<&str> {
        self.operator.map(Operator::name).or(self.unknown.as_deref())
    }
}

shape! {
    impl "Condition" for Comparison<'_> as condition, under (&condition.attribute) {
        "comparisonOperator": REQUIRED.one_of(&Operator::NAMES), condition.word();
    }
}

impl Test {
    /// Checks that the values are what the operator takes.
    pub(super) fn new(
        attribute: Cow<'_, str>,
        operator: Operator,
        values: Vec<AttributeValue>,
    ) -> Result<Self, ApiError> {
        let compare = |comparator, values, types| {
            one(operator, values, types).map(|value| Kind::Compare(comparator, value))
        };
        let kind = match operator {
            Operator::Equal => compare(Comparator::Equal, values, Types::Any)?,
            Operator::NotEqual => compare(Comparator::NotEqual, values, Types::Any)?,
            Operator::Less => compare(Comparator::Less, values, Types::Scalars)?,
            Operator::LessOrEqual => compare(Comparator::LessOrEqual, values, Types::Scalars)?,
            Operator::Greater => compare(Comparator::Greater, values, Types::Scalars)?,
            Operator::GreaterOrEqual => {
                compare(Comparator::GreaterOrEqual, values, Types::Scalars)?
            }
            Operator::Between => {
                let [low, high] = exactly(operator, values, Types::Scalars)?;
                if scalar_bytes(&low) > scalar_bytes(&high) {
                    return Err(ApiError::validation(REVERSED));
                }
                Kind::Between(low, high)
            }
            Operator::BeginsWith => Kind::BeginsWith(one(operator, values, Types::Strings)?),
            Operator::Contains => Kind::Contains(one(operator, values, Types::Scalars)?),
            Operator::NotContains => Kind::NotContains(one(operator, values, Types::Scalars)?),
            Operator::In => {
                if !(1..=IN_VALUES_MAX).contains(&values.len()) {
                    return Err(miscounted(operator));
                }
                check_types(operator, &values, Types::Scalars)?;
                Kind::In(values)
            }
            Operator::Null => exactly(operator, values, Types::Any).map(|[]| Kind::NotExists)?,
            Operator::NotNull => exactly(operator, values, Types::Any).map(|[]| Kind::Exists)?,
        };
        Ok(Self { attribute: attribute.into_owned(), kind })
    }

    fn condition(self) -> Condition {
        let path = Path::attribute(self.attribute);
        let value = Operand::Value;
        match self.kind {
            Kind::Exists => Condition::Exists(path),
            Kind::NotExists => Condition::NotExists(path),
            Kind::Compare(comparator, other) => {
                Condition::Compare(Operand::Path(path), comparator, value(other))
            }
            Kind::Between(low, high) => {
                Condition::Between(Operand::Path(path), value(low), value(high))
            }
            Kind::BeginsWith(start) => Condition::BeginsWith(Operand::Path(path), value(start)),
            Kind::Contains(part) => Condition::Contains(Operand::Path(path), value(part)),
            Kind::NotContains(part) => {
                let contains = Condition::Contains(Operand::Path(path), value(part));
                Condition::Not(Box::new(contains))
            }
            Kind::In(others) => {
                Condition::In(Operand::Path(path), others.into_iter().map(value).collect())
            }
        }
    }

    fn key_clause(self) -> Result<KeyClause, ApiError> {
        let test = match self.kind {
            Kind::Compare(Comparator::Equal, value) => KeyTest::Equal(value),
            Kind::Compare(Comparator::Less, value) => KeyTest::Less(value),
            Kind::Compare(Comparator::LessOrEqual, value) => KeyTest::LessOrEqual(value),
            Kind::Compare(Comparator::Greater, value) => KeyTest::Greater(value),
            Kind::Compare(Comparator::GreaterOrEqual, value) => KeyTest::GreaterOrEqual(value),
            Kind::Between(low, high) => KeyTest::Between(low, high),
            Kind::BeginsWith(start) => KeyTest::BeginsWith(start),
            Kind::Compare(Comparator::NotEqual, _)
            | Kind::Contains(_)
            | Kind::NotContains(_)
            | Kind::In(_)
            | Kind::Exists
            | Kind::NotExists => return Err(ApiError::validation(NOT_INDEXABLE)),
        };
        Ok(KeyClause { attribute: self.attribute, test })
    }
}

/// Refuses more conditions than an expression could have, since each costs a look at the item.
pub(super) fn check_count(conditions: usize) -> Result<(), ApiError> {
    if conditions <= CONDITIONS_MAX {
        return Ok(());
    }
    Err(invalid(format_args!(
        "{conditions} conditions are more than the limit of {CONDITIONS_MAX}"
    )))
}

/// Refuses a `ConditionalOperator` that has nothing to join; `conditions` is how many there are,
/// if the map of them is there at all.
pub(super) fn check_operator(
    operator: Option<&str>,
    conditions: Option<usize>,
) -> Result<(), ApiError> {
    match (operator, conditions) {
        (Some(_), None) => Err(ApiError::validation(
            "ConditionalOperator cannot be used without Filter or Expected",
        )),
        (Some(_), Some(0 | 1)) => Err(ApiError::validation(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        )),
        (Some(_) | None, _) => Ok(()),
    }
}

/// The tests as one condition, joined by `ConditionalOperator`; without tests there is none.
pub(super) fn joined(tests: Vec<Test>, operator: Option<&str>) -> Option<Condition> {
    let mut conditions: Vec<Condition> = tests.into_iter().map(Test::condition).collect();
    match conditions.len() {
        0 | 1 => conditions.pop(),
        _ if operator == Some("OR") => Some(Condition::Or(conditions)),
        _ => Some(Condition::And(conditions)),
    }
}

/// The tests as conditions on keys, if an index can answer each.
pub(super) fn key_conditions(tests: Vec<Test>) -> Result<KeyConditions, ApiError> {
    let clauses: Result<_, _> = tests.into_iter().map(Test::key_clause).collect();
    Ok(KeyConditions { clauses: clauses? })
}

fn one(
    operator: Operator,
    values: Vec<AttributeValue>,
    types: Types,
) -> Result<AttributeValue, ApiError> {
    exactly(operator, values, types).map(|[value]| value)
}

fn exactly<const N: usize>(
    operator: Operator,
    values: Vec<AttributeValue>,
    types: Types,
) -> Result<[AttributeValue; N], ApiError> {
    let values: [AttributeValue; N] = values.try_into().map_err(|_| miscounted(operator))?;
    check_types(operator, &values, types)?;
    Ok(values)
}

fn check_types(
    operator: Operator,
    values: &[AttributeValue],
    types: Types,
) -> Result<(), ApiError> {
    let Some(first) = values.first() else { return Ok(()) };
    let kind = first.type_name();
    if values.iter().any(|value| value.type_name() != kind) {
        return Err(invalid("AttributeValues inside AttributeValueList must be of same type"));
    }
    if types.admits(first) {
        return Ok(());
    }
    Err(invalid(format_args!(
        "ComparisonOperator {} is not valid for {kind} AttributeValue type",
        operator.name()
    )))
}

fn miscounted(operator: Operator) -> ApiError {
    invalid(format_args!(
        "Invalid number of argument(s) for the {} ComparisonOperator",
        operator.name()
    ))
}

/// Bytes that are ordered as scalars of one type are.
fn scalar_bytes(value: &AttributeValue) -> &[u8] {
    match value {
        AttributeValue::S(text) => text.as_bytes(),
        AttributeValue::N(number) => number.as_bytes(),
        AttributeValue::B(bytes) => bytes,
        AttributeValue::Bool(_)
        | AttributeValue::Null
        | AttributeValue::L(_)
        | AttributeValue::M(_)
        | AttributeValue::Ss(_)
        | AttributeValue::Ns(_)
        | AttributeValue::Bs(_) => &[],
    }
}

const IN_VALUES_MAX: usize = 100;
/// As many as an expression has operators; named in `docs/compatibility.md`.
const CONDITIONS_MAX: usize = 300;
const REVERSED: &str = "The BETWEEN condition was provided a range where the lower bound is \
    greater than the upper bound";
const NOT_INDEXABLE: &str = "Attempted conditional constraint is not an indexable operation";
