//! Updates: the tree that an `UpdateExpression` would be.
//!
//!     SET a = set_add(a, <<1>>)   is   ADD a :set        set_delete is DELETE
//!
//! Must hold: no two targets overlap; all right-hand sides read the item as it was.
//! Not here: key attributes, which the table knows (`proxy/`).

use super::super::Error;
use super::super::token::Position;
use super::super::tree::{Expr, Infix, Kind, Operation, Path};
use super::{Binder, expr_path};
use crate::expr::{self, Action, Fault, Sum, Term, Update};
use crate::model::AttributeValue;

impl Binder {
    /// The update that these operations are.
    pub(super) fn update(&mut self, operations: Vec<Operation>) -> Result<Update, Error> {
        let mut actions = Vec::with_capacity(operations.len());
        for operation in operations {
            actions.push(match operation {
                Operation::Remove(path) => Action::Remove(expr_path(path)?),
                Operation::Set(target, value) => self.assignment(target, value)?,
            });
        }
        Ok(Update::of(actions)?)
    }

    fn assignment(&mut self, target: Path, value: Expr) -> Result<Action, Error> {
        let target = expr_path(target)?;
        match value {
            Expr { kind: Kind::Call(name, arguments), at, .. } if name == "set_add" => {
                let set = self.set_operand(&target, arguments, "SET_ADD", at)?;
                Ok(Action::Add(target, set))
            }
            Expr { kind: Kind::Call(name, arguments), at, .. } if name == "set_delete" => {
                let set = self.set_operand(&target, arguments, "SET_DELETE", at)?;
                Ok(Action::Delete(target, set))
            }
            value => Ok(Action::Set(target, self.sum(value)?)),
        }
    }

    /// The set that is added to the target, or taken out of it.
    fn set_operand(
        &mut self,
        target: &expr::Path,
        arguments: Vec<Expr>,
        function: &'static str,
        at: Position,
    ) -> Result<AttributeValue, Error> {
        let Ok([first, second]) = <[Expr; 2]>::try_from(arguments) else {
            return Err(Error::SetArity(function, at));
        };
        let first_at = first.at;
        let Kind::Path(path) = first.kind else { return Err(Error::SetTarget(function, at)) };
        if expr_path(path)? != *target {
            return Err(Error::SetTarget(function, at));
        }
        let no_set = Error::SetOperand(function, first_at);
        let set = match second.kind {
            Kind::Bag(_) | Kind::Parameter(_) => self.value(second)?,
            _ => return Err(no_set),
        };
        match set {
            AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => Ok(set),
            AttributeValue::S(_)
            | AttributeValue::N(_)
            | AttributeValue::B(_)
            | AttributeValue::Bool(_)
            | AttributeValue::Null
            | AttributeValue::L(_)
            | AttributeValue::M(_) => Err(no_set),
        }
    }

    fn sum(&mut self, expr: Expr) -> Result<Sum, Error> {
        if expr.kind.is_value() {
            return Ok(Sum::Term(Term::Value(self.value(expr)?)));
        }
        match expr.kind {
            Kind::Infix(Infix::Plus, a, b) => {
                let (a, b) = (self.sum(*a)?, self.sum(*b)?);
                Ok(Sum::plus(Box::new(a), Box::new(b))?)
            }
            Kind::Infix(Infix::Minus, a, b) => {
                let (a, b) = (self.sum(*a)?, self.sum(*b)?);
                Ok(Sum::minus(Box::new(a), Box::new(b))?)
            }
            Kind::Path(path) => Ok(Sum::Term(Term::Path(expr_path(path)?))),
            Kind::Call(name, arguments) if name == LIST_APPEND => {
                let given = arguments.len();
                let Ok([a, b]) = <[Expr; 2]>::try_from(arguments) else {
                    return Err(Fault::Arity(LIST_APPEND, given).into());
                };
                let (a, b) = (self.sum(a)?, self.sum(b)?);
                Ok(Sum::Term(Term::list_append(Box::new(a), Box::new(b))?))
            }
            Kind::Call(name, _) => Err(Error::Function(name, expr.at)),
            other => Err(Error::Operation(other.name())),
        }
    }
}

const LIST_APPEND: &str = "list_append";
