//! Conditions: the tree that a `FilterExpression` would be.
//!
//! Must hold: every clause has passed the checks of expressions (`expr/`).
//! Not here: which of its clauses say where an item lies (`plan/`).

use super::super::Error;
use super::super::token::Position;
use super::super::tree::{Expr, Infix, Kind, Type};
use super::{Binder, expr_path};
use crate::expr::{Comparator, Condition, Fault, Function, Resolved, ValueType};
use crate::model::AttributeValue;

impl Binder {
    /// What an expression says of an item.
    pub(super) fn condition(&mut self, expr: Expr) -> Result<Condition, Error> {
        let at = expr.at;
        match expr.kind {
            Kind::And(all) => self.conditions(all).map(Condition::And),
            Kind::Or(any) => self.conditions(any).map(Condition::Or),
            Kind::Not(inner) => Ok(Condition::Not(Box::new(self.condition(*inner)?))),
            Kind::Infix(Infix::In, tested, choices) => self.is_in(*tested, *choices),
            Kind::Infix(infix, left, right) => match comparator(infix) {
                Some(comparator) => self.compare(*left, comparator, *right),
                None => Err(Error::Operation(Kind::Infix(infix, left, right).name())),
            },
            Kind::Between(operands) => {
                let [tested, lower, upper] = *operands;
                let (tested, lower, upper) =
                    (self.operand(tested)?, self.operand(lower)?, self.operand(upper)?);
                Ok(Condition::between(tested, lower, upper)?)
            }
            Kind::Is(tested, wanted) => is_type(*tested, wanted),
            Kind::Call(name, arguments) => {
                let function = function(&name, at)?;
                let arguments = self.operands(arguments)?;
                Ok(Condition::call(function, arguments)?)
            }
            Kind::Missing => Err(Error::Missing),
            other => Err(Error::Operation(other.name())),
        }
    }

    fn conditions(&mut self, all: Vec<Expr>) -> Result<Vec<Condition>, Error> {
        all.into_iter().map(|one| self.condition(one)).collect()
    }

    /// A condition may be compared with `true` or `false` as well.
    fn compare(
        &mut self,
        left: Expr,
        comparator: Comparator,
        right: Expr,
    ) -> Result<Condition, Error> {
        let is_equal = match comparator {
            Comparator::Equal => Some(true),
            Comparator::NotEqual => Some(false),
            Comparator::Less
            | Comparator::LessOrEqual
            | Comparator::Greater
            | Comparator::GreaterOrEqual => None,
        };
        match (left, right, is_equal) {
            (
                call @ Expr { kind: Kind::Call(..), .. },
                Expr { kind: Kind::Bool(truth), .. },
                Some(is_equal),
            )
            | (
                Expr { kind: Kind::Bool(truth), .. },
                call @ Expr { kind: Kind::Call(..), .. },
                Some(is_equal),
            ) if !is_operand(&call) => {
                let condition = self.condition(call)?;
                Ok(if truth == is_equal { condition } else { Condition::Not(Box::new(condition)) })
            }
            (left, right, _) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                Ok(Condition::compare(left, comparator, right)?)
            }
        }
    }

    /// The choices are a list, or a parameter that is one.
    fn is_in(&mut self, tested: Expr, choices: Expr) -> Result<Condition, Error> {
        let tested = self.operand(tested)?;
        let name = choices.kind.name();
        let choices = match choices.kind {
            Kind::List(choices) => self.operands(choices)?,
            Kind::Parameter(_) => match self.value(choices)? {
                AttributeValue::L(values) => values.into_iter().map(Resolved::Value).collect(),
                other => return Err(Fault::OperandType("IN", other.type_name()).into()),
            },
            _ => return Err(Error::Operation(name)),
        };
        Ok(Condition::is_in(tested, choices)?)
    }

    fn operands(&mut self, operands: Vec<Expr>) -> Result<Vec<Resolved>, Error> {
        operands.into_iter().map(|operand| self.operand(operand)).collect()
    }

    fn operand(&mut self, expr: Expr) -> Result<Resolved, Error> {
        if expr.kind.is_value() {
            return self.value(expr).map(Resolved::Value);
        }
        match expr.kind {
            Kind::Path(path) => expr_path(path).map(Resolved::Path),
            Kind::Call(name, arguments) => {
                let function = function(&name, expr.at)?;
                Ok(Resolved::Call(function, self.operands(arguments)?))
            }
            other => Err(Error::Operation(other.name())),
        }
    }
}

/// Whether a call yields a value, not true or false.
fn is_operand(call: &Expr) -> bool {
    matches!(&call.kind, Kind::Call(name, _) if name == Function::Size.name())
}

fn function(name: &str, at: Position) -> Result<Function, Error> {
    Function::named(name).ok_or_else(|| Error::Function(name.to_owned(), at))
}

fn is_type(tested: Expr, wanted: Type) -> Result<Condition, Error> {
    let at = tested.at;
    let Kind::Path(path) = tested.kind else {
        return Err(Fault::PathRequired("IS").into());
    };
    let path = expr_path(path)?;
    let wanted = match wanted {
        Type::Missing => return Ok(Condition::NotExists(path)),
        Type::Null => ValueType::Null,
        Type::Bool => ValueType::Bool,
        Type::Number => ValueType::N,
        Type::Text => ValueType::S,
        Type::Blob => ValueType::B,
        Type::Map => ValueType::M,
        Type::List => ValueType::L,
        Type::Other(name) => return Err(Error::Type(name, at)),
    };
    Ok(Condition::HasType(path, wanted))
}

fn comparator(infix: Infix) -> Option<Comparator> {
    match infix {
        Infix::Equal => Some(Comparator::Equal),
        Infix::NotEqual => Some(Comparator::NotEqual),
        Infix::Less => Some(Comparator::Less),
        Infix::LessOrEqual => Some(Comparator::LessOrEqual),
        Infix::Greater => Some(Comparator::Greater),
        Infix::GreaterOrEqual => Some(Comparator::GreaterOrEqual),
        Infix::In
        | Infix::Like
        | Infix::Plus
        | Infix::Minus
        | Infix::Concat
        | Infix::Times
        | Infix::Divide
        | Infix::Modulo => None,
    }
}
