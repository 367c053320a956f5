//! Key conditions: which part of a partition a query reads.
//!
//! Must hold: every clause is about one top-level attribute and values of the request.
//! Not here: whether the attributes are the key's (`proxy/`).

use super::condition::{Comparator, Condition, Function, Operand, Part, read};
use super::error::{Error, Fault, Language};
use super::path::Path;
use super::placeholders::Placeholders;
use super::printed::{Printed, Printer};
use crate::model::AttributeValue;

/// The clauses of a key condition, each about another attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyConditions {
    /// In the order of the request.
    pub clauses: Vec<KeyClause>,
}

/// What must hold of one key attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyClause {
    /// The attribute.
    pub attribute: String,
    /// What must hold.
    pub test: KeyTest,
}

/// How a key attribute is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyTest {
    /// It equals this.
    Equal(AttributeValue),
    /// It is less.
    Less(AttributeValue),
    /// It is not greater.
    LessOrEqual(AttributeValue),
    /// It is greater.
    Greater(AttributeValue),
    /// It is not less.
    GreaterOrEqual(AttributeValue),
    /// It lies between, both included.
    Between(AttributeValue, AttributeValue),
    /// It begins with this text or these bytes.
    BeginsWith(AttributeValue),
}

impl KeyConditions {
    /// The clauses as an expression.
    pub fn print(&self) -> Printed {
        let mut printer = Printer::default();
        printer.put_all(&self.clauses, " AND ", |printer, clause| clause.put(printer));
        printer.finish()
    }
}

impl KeyClause {
    fn put<'a>(&'a self, printer: &mut Printer<'a>) {
        let mut compare = |comparator: Comparator, value| {
            printer.put_name(&self.attribute);
            printer.put(&format!(" {} ", comparator.symbol()));
            printer.put_value(value);
        };
        match &self.test {
            KeyTest::Equal(value) => compare(Comparator::Equal, value),
            KeyTest::Less(value) => compare(Comparator::Less, value),
            KeyTest::LessOrEqual(value) => compare(Comparator::LessOrEqual, value),
            KeyTest::Greater(value) => compare(Comparator::Greater, value),
            KeyTest::GreaterOrEqual(value) => compare(Comparator::GreaterOrEqual, value),
            KeyTest::Between(lower, upper) => {
                printer.put_name(&self.attribute);
                printer.put(" BETWEEN ");
                printer.put_value(lower);
                printer.put(" AND ");
                printer.put_value(upper);
            }
            KeyTest::BeginsWith(prefix) => {
                printer.put_call(Function::BeginsWith.name(), |printer| {
                    printer.put_name(&self.attribute);
                    printer.put(", ");
                    printer.put_value(prefix);
                });
            }
        }
    }
}

/// A `KeyConditionExpression`, parsed, resolved and checked as far as that needs no table.
///
/// A clause is checked as in any condition and then for what key conditions may not have, before
/// the next one is looked at.
pub fn parse_key_conditions(
    text: &str,
    placeholders: &mut Placeholders,
) -> Result<KeyConditions, Error> {
    let written = read(Language::KeyCondition, text)?;
    let mut clauses: Vec<KeyClause> = Vec::new();
    for part in &written.parts {
        match part {
            Part::Clause(clause) => {
                if let Some(joint) = written.first_joint
                    && joint.clauses_before == clauses.len()
                {
                    return Err(Fault::KeyOperator(joint.operator).into());
                }
                let clause = key_clause(written.resolve_clause(clause, placeholders)?)?;
                if clauses.iter().any(|other| other.attribute == clause.attribute) {
                    return Err(Error::in_expression(Language::KeyCondition, Fault::KeyTwice));
                }
                clauses.push(clause);
            }
            Part::And(_) => {}
            Part::Not => return Err(Fault::KeyOperator("NOT").into()),
            Part::Or(_) => return Err(Fault::KeyOperator("OR").into()),
        }
    }
    Ok(KeyConditions { clauses })
}

fn key_clause(clause: Condition) -> Result<KeyClause, Error> {
    let refuse = |operator| Err(Fault::KeyOperator(operator).into());
    let call = |function: Function| refuse(function.name());
    match clause {
        Condition::Compare(_, Comparator::NotEqual, _) => refuse(Comparator::NotEqual.symbol()),
        Condition::Compare(left, comparator, right) => compare(left, comparator, right),
        Condition::Between(tested, lower, upper) => {
            let (attribute, [lower, upper]) = key_first("BETWEEN", tested, [lower, upper])?;
            Ok(KeyClause { attribute, test: KeyTest::Between(lower, upper) })
        }
        Condition::BeginsWith(tested, prefix) => {
            let (attribute, [prefix]) = key_first(Function::BeginsWith.name(), tested, [prefix])?;
            Ok(KeyClause { attribute, test: KeyTest::BeginsWith(prefix) })
        }
        Condition::In(..) => refuse("IN"),
        Condition::Exists(_) => call(Function::Exists),
        Condition::NotExists(_) => call(Function::NotExists),
        Condition::HasType(..) => call(Function::HasType),
        Condition::Contains(..) => call(Function::Contains),
        Condition::And(_) => refuse("AND"),
        Condition::Or(_) => refuse("OR"),
        Condition::Not(_) => refuse("NOT"),
    }
}

/// `:v < key` means `key > :v`.
fn compare(left: Operand, comparator: Comparator, right: Operand) -> Result<KeyClause, Error> {
    let (path, value, comparator) = match (side(left)?, side(right)?) {
        (Side::Path(path), Side::Value(value)) => (path, value, comparator),
        (Side::Value(value), Side::Path(path)) => (path, value, comparator.mirrored()),
        (Side::Path(_), Side::Path(_)) => return Err(Fault::KeySeveralNames.into()),
        (Side::Value(_), Side::Value(_)) => return Err(Fault::KeyWithoutName.into()),
    };
    let test = match comparator {
        Comparator::Equal => KeyTest::Equal(value),
        Comparator::NotEqual => return Err(Fault::KeyOperator(comparator.symbol()).into()),
        Comparator::Less => KeyTest::Less(value),
        Comparator::LessOrEqual => KeyTest::LessOrEqual(value),
        Comparator::Greater => KeyTest::Greater(value),
        Comparator::GreaterOrEqual => KeyTest::GreaterOrEqual(value),
    };
    Ok(KeyClause { attribute: whole_attribute(path)?, test })
}

/// The attribute and the values of an operator whose first operand must be the attribute.
fn key_first<const N: usize>(
    operator: &'static str,
    first: Operand,
    others: [Operand; N],
) -> Result<(String, [AttributeValue; N]), Error> {
    let first = side(first)?;
    let others = others.into_iter().map(side).collect::<Result<Vec<_>, _>>()?;
    let Side::Path(path) = first else {
        return Err(Fault::KeyNotFirst(operator).into());
    };
    let mut values = Vec::new();
    for other in others {
        match other {
            Side::Value(value) => values.push(value),
            Side::Path(_) => return Err(Fault::KeySeveralNames.into()),
        }
    }
    Ok((whole_attribute(path)?, values.try_into().expect("as many as there were operands")))
}

/// An operand that a key condition may have.
enum Side {
    Path(Path),
    Value(AttributeValue),
}

fn side(operand: Operand) -> Result<Side, Error> {
    match operand {
        Operand::Path(path) => Ok(Side::Path(path)),
        Operand::Value(value) => Ok(Side::Value(value)),
        Operand::Size(_) => Err(Fault::KeyNestedOperation.into()),
    }
}

fn whole_attribute(path: Path) -> Result<String, Error> {
    if path.steps.is_empty() {
        Ok(path.attribute)
    } else {
        Err(Error::in_expression(Language::KeyCondition, Fault::KeyNestedAttribute))
    }
}

#[cfg(test)]
mod tests;
